"""Everything that writes. Pages change through `publishing.publish` alone."""
