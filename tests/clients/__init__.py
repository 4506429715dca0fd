"""Programs of others against the live site, for minutes: `make clients`. No other run looks into `ask_*.py`."""
