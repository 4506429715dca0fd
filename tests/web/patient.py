"""The site as it is deployed, but that a list is waited for as long as a test wants, its turn and its reading; and
that it writes into a folder of its own, so that nobody else on the machine has these turns.
"""

import os
from pathlib import Path

from cdtsite import folders

folders.VAR = Path(os.environ["TESTED_VAR"])

from cdtsite.wsgi import application  # noqa: E402 - settings are read with it
from codes.checks import apart  # noqa: E402

apart.MAX_WAIT = 600
apart.MAX_WALL = 60

__all__ = ["application"]
