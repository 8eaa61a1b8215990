"""Runs a command's coroutine on the quickest event loop there is."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["run"]

Result = TypeVar("Result")

YOUNG = 20_000
"""After how many new objects the garbage collector looks. A message makes a hundred that stay: Python's 700 would have it look
every few messages at what is no garbage, for a fifth of all time."""


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run ``main`` to its end on uvloop where it is installed, else on asyncio's own loop."""
    gc.set_threshold(YOUNG, 50, 20)
    try:
        from uvloop import new_event_loop
    except ImportError:  # Windows
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
