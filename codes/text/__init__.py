"""Texts without a page around them: code numbers, characters, addresses, the small Markdown. Pure."""
