"""Where the commands print: results on standard output, everything else on standard error.

On a terminal a long line is broken between words. What is piped keeps its lines, so that it can be searched. Where a terminal is
narrower than ``NARROW``, tables become lists.
"""

from __future__ import annotations

from rich.console import Console

__all__ = ["NARROW", "stderr", "stdout"]

NARROW = 80
"""The columns that a table needs at least."""

stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)
stdout.soft_wrap, stderr.soft_wrap = not stdout.is_terminal, not stderr.is_terminal
