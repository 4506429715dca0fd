"""gunicorn reads this file by itself when it is started in this folder."""

import runpy

from cdtsite import folders


def on_starting(server):
    """Read the settings before any worker does: what is wrong ends the start, not one worker after the other."""
    with folders.in_words():
        runpy.run_module("cdtsite.settings")
