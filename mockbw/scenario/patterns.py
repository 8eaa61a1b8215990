"""The patterns of the scenario language: an exact text, a glob, or a ``/regular expression/``.

People write patterns, messages are matched with them on the event loop, and a pattern such as ``^(a+)+$`` takes an engine that
backtracks for ever. So RE2 matches them, in time that grows only with the text. What RE2 lacks (lookaround, backreferences) an
engine that backtracks matches, for at most ``LONGEST``; a text that takes longer does not match.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import re2

__all__ = ["LONGEST", "Pattern"]

LONGEST = 0.02
"""How long an expression that RE2 cannot match may take for one text, in wall seconds."""

_QUIET = re2.Options()
_QUIET.log_errors = False

_NOTHING: Mapping[str, str] = {}

_LITERAL_START = re.compile(r"/\^((?:\\[^\w]|[\w ])*)(?![*+?{])")
"""The literal start of a regex, with which every match starts: characters that stand for themselves and are not repeated."""


class Pattern:
    """One value of a match: exact, a glob, or a ``/regex/`` whose named groups are bound.

    Raises:
        ValueError: it is not a valid regular expression.
    """

    __slots__ = ("_backtracks", "_exact", "_regex", "groups", "written")

    def __init__(self, written: str) -> None:
        self.written = written
        self._exact: str | None = None
        self._regex: Any = None
        self._backtracks = False
        if len(written) > 1 and written.startswith("/") and written.endswith("/"):
            self._regex, self._backtracks = _compiled(written[1:-1])
        elif any(character in written for character in "*?"):
            self._regex, self._backtracks = _compiled(_of_glob(written))
        else:
            self._exact = written
        self.groups = tuple(self._regex.groupindex) if self._regex is not None else ()

    @property
    def start(self) -> str | None:
        """The prefix of every text that matches; None when there is none, or it cannot be determined."""
        if self._exact is not None:
            return self._exact
        if not self.written.startswith("/"):
            return re.split(r"[*?]", self.written, maxsplit=1)[0] or None
        literal = _LITERAL_START.match(self.written)
        return re.sub(r"\\(.)", r"\1", literal[1]) or None if literal is not None and "|" not in self.written else None

    @property
    def exact(self) -> str | None:
        """The one text that matches, or None for a glob or regex."""
        return self._exact

    def match(self, value: str) -> Mapping[str, str] | None:
        """Return the named groups when ``value`` matches, else None."""
        if self._regex is None:
            return _NOTHING if value == self._exact else None
        try:
            found = self._regex.search(value, timeout=LONGEST) if self._backtracks else self._regex.search(value)
        except TimeoutError:
            return None
        except UnicodeEncodeError:  # half a surrogate pair, which RE2 does not take for text
            return None
        return None if found is None else {name: text or "" for name, text in found.groupdict().items()}


def _of_glob(written: str) -> str:
    parts = (".*" if character == "*" else "." if character == "?" else re.escape(character) for character in written)
    return f"(?s)^{''.join(parts)}$"


@lru_cache(maxsize=512)
def _compiled(expression: str) -> tuple[Any, bool]:
    """Return the compiled expression, and whether its engine backtracks."""
    try:
        compiled = re.compile(expression)
    except re.error as error:
        raise ValueError(f"/{expression}/ is not a valid regular expression: {error}") from None
    try:
        return re2.compile(expression, _QUIET), False
    except re2.error:
        import regex  # only few need it

        return regex.compile(expression, compiled.flags & re.ASCII), True
