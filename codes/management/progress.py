"""How far a long command is: a bar on a terminal, nothing in a log."""

from functools import partial

from tqdm import tqdm

bar = partial(tqdm, ascii=True, leave=False, disable=None)
