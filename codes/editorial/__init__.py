"""The starter entries and the rules that every entry is held to. Pure."""
