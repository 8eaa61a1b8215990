"""A process under test: started, asked for what it has used, stopped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

ROOT = Path(__file__).resolve().parent.parent
_READY = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Process:
    """Started with a line of output that names its address, or with a ``port`` that it will listen on."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str] | None = None, port: int | None = None) -> None:
        self._output = subprocess.PIPE if port is None else subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, stdout=self._output, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, cwd=ROOT, text=True
        )
        self._meter = psutil.Process(self._process.pid)
        self.port = port or self._read_port()

    @classmethod
    def python(cls, *arguments: str) -> Self:
        """Run a module of ours with this interpreter, from bytecode as where it is installed."""
        as_installed = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""}
        return cls([sys.executable, "-W", "ignore", *arguments], env=as_installed)

    def _read_port(self) -> int:
        assert self._process.stdout is not None
        seen = []
        for line in self._process.stdout:
            seen.append(line)
            if found := _READY.search(line):
                return int(found[1])
        raise RuntimeError(f"{self._process.args} did not start:\n{''.join(seen)}")

    def cpu(self) -> float:
        """Return the CPU seconds used so far, by all threads."""
        nanoseconds = 0
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            nanoseconds += int((task / "schedstat").read_text().split()[0])
        return nanoseconds / 1e9

    def memory(self) -> int:
        """Return the bytes of memory that are the process's own."""
        return self._meter.memory_full_info().uss

    def resident(self) -> int:
        """Return the resident bytes, shared libraries included."""
        return self._meter.memory_info().rss

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in (*self._meter.children(recursive=True), self._process):
            process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
