"""Every exception mockbw raises on purpose.

::

    MockbwError
    ├── LifecycleError         a state change that the lifecycle table does not allow: a bug in mockbw
    ├── ClockError             the clock cannot move as requested: its mode or a hold forbids it
    ├── AccountEndedError      an account was removed, or its server stopped, while something was waiting for it
    ├── LimitError             as much exists already as a limit of the server allows; says which limit
    ├── UnknownError           an unknown name, id or code; has the nearest known one
    ├── ScenarioError          a scenario file is invalid; has every problem with file, line, column and hint
    ├── SettingsError          the configuration is invalid
    ├── JournalError           the journal cannot be written or read
    │   └── LostEntriesError   the server has stopped, and the last entries could not be written
    ├── RemoteError            a running server cannot be reached, or refuses a request
    └── StartError             the server cannot start: port in use, folder unreadable …

Exceptions keep the facts as attributes; ``str()`` makes the sentence. ``nearest`` and ``named`` are internal helpers for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from itertools import islice

__all__ = [
    "AccountEndedError",
    "ClockError",
    "JournalError",
    "LifecycleError",
    "LimitError",
    "LostEntriesError",
    "MockbwError",
    "Problem",
    "RemoteError",
    "ScenarioError",
    "SettingsError",
    "StartError",
    "UnknownError",
]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like ``word``, or None when none is similar.

    Only the first thousand are compared: comparing is slow, and more names than that are ids.
    """
    close = get_close_matches(word[:200], list(islice(known, 1000)), n=1, cutoff=0.5)
    return close[0] if close else None


def named(names: Sequence[str], most: int = 5) -> str:
    """Return up to ``most`` of the names in one line, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


class MockbwError(Exception):
    """Base of everything raised on purpose."""


class LifecycleError(MockbwError):
    """A trigger arrived in a state that has no transition for it.

    Attributes:
        entity: what it happened to, e.g. ``callback c-12``.
        state: the state it was in.
        trigger: what should have happened to it.
        history: the states it went through before, oldest first.
    """

    def __init__(self, entity: str, state: str, trigger: str, history: tuple[str, ...] = ()) -> None:
        super().__init__(entity, state, trigger, history)
        self.entity, self.state, self.trigger, self.history = entity, state, trigger, history

    def __str__(self) -> str:
        past = f" (history: {' → '.join(self.history)})" if self.history else ""
        return f"{self.entity} is {self.state}: it cannot take {self.trigger!r}{past}"


class ClockError(MockbwError):
    """The clock cannot move as requested.

    Attributes:
        holds: the names of the holds that forbid it, if that is the reason.
    """

    def __init__(self, reason: str, holds: tuple[str, ...] = ()) -> None:
        super().__init__(reason, holds)
        self.reason, self.holds = reason, holds

    def __str__(self) -> str:
        return f"{self.reason}{': held by ' + named(self.holds) if self.holds else ''}"


class AccountEndedError(MockbwError):
    """Nothing more will happen in the account.

    Attributes:
        account: its name.
        because: why it has ended.
    """

    def __init__(self, account: str, because: str) -> None:
        super().__init__(account, because)
        self.account, self.because = account, because

    def __str__(self) -> str:
        return f"account {self.account} has ended: {self.because}"


class LimitError(MockbwError):
    """As much exists already as the server allows.

    Attributes:
        what: what there is too much of, e.g. ``accounts``.
        limit: how many of them the server allows.
        hint: what can be done about it.
    """

    def __init__(self, what: str, limit: int, hint: str) -> None:
        super().__init__(what, limit, hint)
        self.what, self.limit, self.hint = what, limit, hint

    def __str__(self) -> str:
        return f"The limit of {self.what} is reached ({self.limit}). {self.hint}"


class UnknownError(MockbwError):
    """A name that does not exist.

    Attributes:
        what: the kind of thing, e.g. ``scenario``.
        name: the unknown name.
        suggestion: the nearest known name, or None.
        because: why it does not exist any more; may be empty.
    """

    def __init__(self, what: str, name: str, known: Iterable[str] = (), because: str = "") -> None:
        super().__init__(what, name)
        self.because = because
        self.what, self.name = what, name
        self.suggestion = nearest(name, known)

    def __str__(self) -> str:
        hint = f" Did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"There is no {self.what} {self.name!r}{self.because and ': '}{self.because}.{hint}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    excerpt: str = ""

    @property
    def data(self) -> dict[str, object]:
        """The problem as JSON data."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """What is wrong and what would be right, without the place."""
        return f"{self.message}{'. ' + self.hint if self.hint else ''}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.sentence}"


class ScenarioError(MockbwError):
    """One or more problems in scenario files; each is one printable line with file, line and column.

    Attributes:
        problems: what is wrong, in the order of the files.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class SettingsError(MockbwError):
    """The configuration is invalid; the message says which setting, from where, and what would be right."""


class JournalError(MockbwError):
    """The journal cannot be written or read; the message says why."""


class LostEntriesError(JournalError):
    """The server has stopped, and what happened last is not in the journal; the message says what, and why."""


class StartError(MockbwError):
    """The server cannot start; the message says why and what to do."""


class RemoteError(MockbwError):
    """A running server cannot be reached, or refuses a request.

    Attributes:
        status: the HTTP status, or None when there was no answer.
        error: what is wrong, in a sentence.
        hint: what would be right; may be empty.
        answer: the JSON body of the server's answer, if any.
    """

    def __init__(self, error: str, hint: str = "", status: int | None = None, answer: object = None) -> None:
        super().__init__(error, hint, status)
        self.error, self.hint, self.status, self.answer = error, hint, status, answer

    def __str__(self) -> str:
        return f"{self.error}{'. ' + self.hint if self.hint else ''}"
