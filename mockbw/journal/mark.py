"""The progress of a journal in a small file next to it: the last committed entry, and when the server was last alive.

The file is rewritten in place after each commit, and once a second while nothing is committed, without a sync. So it is
ahead of the journal only if the journal has lost something, and after a kill it is at most about a second old.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

from mockbw.errors import StartError

__all__ = ["Mark", "MarkFile"]

WIDTH = 80
"""The size of the file in bytes: constant, so that it can be rewritten on a full disk."""


@dataclass(frozen=True, slots=True)
class Mark:
    """``last``: the number of the last committed entry. ``alive``: when the server last wrote, in wall milliseconds."""

    last: int
    alive: int

    @property
    def check(self) -> int:
        """The checksum of the two numbers."""
        return zlib.crc32(f"{self.last} {self.alive}".encode())


class MarkFile:
    """The file of a mark. It is created when it is first written.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    @classmethod
    def read(cls, path: Path) -> Mark | None:
        """Read a file; None when there is none, as next to a journal of version 0.1.0.

        Raises:
            StartError: it cannot be read.
        """
        try:
            data = json.loads(path.read_bytes())
            mark = Mark(data["last"], data["alive"])
            if data["check"] != mark.check:
                raise ValueError
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StartError(f"{path} cannot be read: {error.strerror}") from None
        except (ValueError, TypeError, KeyError):
            raise StartError(
                f"{path} is damaged: it has the number of the journal's last entry. Nothing was changed. "
                f"To start without checking the journal against it, remove it"
            ) from None
        return mark

    def write(self, mark: Mark) -> None:
        """Rewrite the file."""
        if self._file is None:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        line = f'{{"last": {mark.last}, "alive": {mark.alive}, "check": {mark.check}}}'.ljust(WIDTH - 1)
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, f"{line}\n".encode())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
