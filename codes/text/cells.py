"""What may stand in a cell of a table that others open in a spreadsheet. No Django."""

import re

from codes.text.characters import seen


def defused(cell: str) -> str:
    """The cell with an apostrophe before it if a spreadsheet might take it for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if re.match(r"[\s'\"]*[=+\-@＝＋－＠]|[\t\r\0]", cell) else cell


def legible(cell: str) -> str:
    """The cell without characters that nobody sees: they hide what a cell begins with, and no XML may hold some."""
    return cell if cell.isascii() and cell.isprintable() else seen(cell)
