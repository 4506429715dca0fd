"""A row of `make bench`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured, in `unit`, beside its goal. Only a ratio that misses its goal by more than a tenth fails the run."""  # noqa: E501

    name: str
    measured: float
    goal: float
    unit: str  # "ms", "MB", "/s", or "x" and "%" for ratios.
    at_most: bool = True  # The goal is the most; otherwise the least.
