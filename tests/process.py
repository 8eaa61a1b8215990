"""``mockbw serve`` as a process of its own, to be signalled and killed."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any


class ServeProcess:
    """A server on a free port; ``url`` is where, once it has started. Its log is JSON.

    ``largest``: no file of it grows beyond so many bytes, as on a disk that is full then. ``errors`` is what it has said to a
    person when it has ended.
    """

    def __init__(self, *arguments: str, folder: Path | None = None, largest: int | None = None) -> None:
        self.arguments = ("--port", "0", *arguments)
        self.folder = folder
        self.largest = largest
        self.errors = ""
        self.url = ""
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MOCKBW_")}
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mockbw", "serve", *self.arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=self.folder,
            preexec_fn=None if self.largest is None else self._limit,
        )
        self.url = (await self.said("ready"))["url"]

    async def said(self, beginning: str) -> dict[str, Any]:
        """Return the next line of the log whose message begins so."""
        assert self.process is not None
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            found: dict[str, Any] = json.loads(line)
            if found["message"].startswith(beginning):
                return found
        raise AssertionError(f"the server ended without saying {beginning!r}")

    def _limit(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.largest or 0, self.largest or 0))

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        """Signal it, and return its exit code when it has ended."""
        assert self.process is not None
        self.process.send_signal(how)
        _, errors = await self.process.communicate()
        self.errors = " ".join(errors.decode().split())
        return int(self.process.returncode or 0)
