"""The two check-ups: an office's list of codes, and the lines of a claim. Nothing of what is checked is stored."""
