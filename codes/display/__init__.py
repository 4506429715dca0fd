"""What is shown, gathered and put in words. Reads, never writes."""
