"""Restores accounts from the entries of a journal: when a server starts, at an import, and for ``mockbw journal check``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockbw.core import entries as j
from mockbw.core.state import Records
from mockbw.errors import JournalError, LifecycleError
from mockbw.journal import Stamped

__all__ = ["Fold", "FoldedAccount", "fold"]

LAST_TIME = 253_402_300_799_999
"""The last millisecond of the year 9999: later times cannot be written."""


@dataclass(slots=True)
class FoldedAccount:
    """An account restored from its entries, with the wall time of the last one in milliseconds.

    ``stopped``: its server was stopped with that entry, so that its virtual time has not continued since.
    """

    records: Records = field(default_factory=Records)
    wall: int = 0
    stopped: bool = False


class Fold:
    """Folds the entries of a journal one by one; ``accounts`` is the result so far, by name."""

    def __init__(self) -> None:
        self.accounts: dict[str, FoldedAccount] = {}

    def add(self, stamped: Stamped) -> None:
        """Fold in the next entry.

        Raises:
            JournalError: it does not follow from those before it.
        """
        name, entry = stamped.account, stamped.entry
        if isinstance(entry, j.AccountRemoved):
            self.accounts.pop(name, None)
            return
        folded = self.accounts.get(name)
        if folded is None:
            folded = self.accounts[name] = FoldedAccount()
        records = folded.records
        try:
            if not records.time <= entry.time <= LAST_TIME:
                raise ValueError(f"its time is {entry.time}, but the previous one has {records.time}")
            if (check := _CHECKS.get(type(entry))) is not None:
                check(entry, records)
            records.apply(entry)
        except (LifecycleError, LookupError, ValueError) as error:
            what = f"entry {stamped.number}, {type(entry).__name__} of account {name},"
            raise JournalError(f"{what} does not follow from those before it: {error}") from None
        folded.wall, folded.stopped = stamped.wall, isinstance(entry, j.ClockStopped)


def fold(entries: Iterable[Stamped], clocks: Mapping[str, int] | None = None) -> dict[str, FoldedAccount]:
    """Return the accounts that result from the entries, by name.

    ``clocks``: the times of clocks, by account, where they are after the last entry.

    Raises:
        JournalError: an entry does not follow from those before it.
    """
    folding = Fold()
    for stamped in entries:
        folding.add(stamped)
    for name, time in (clocks or {}).items():
        if (folded := folding.accounts.get(name)) is not None and folded.records.time < time <= LAST_TIME:
            folded.records.apply(j.ClockStopped(time))
    return folding.accounts


def _check_tracks(entry: j.MessageAccepted, _: Records) -> None:
    if len(entry.plan.tracks) != len(entry.message.to):
        raise ValueError(f"it has {len(entry.plan.tracks)} tracks for {len(entry.message.to)} recipients")


def _check_start(entry: j.AttemptStarted, records: Records) -> None:
    made = len(records.callbacks[entry.callback].attempts)
    if entry.number != made + 1:
        raise ValueError(f"attempt {entry.number} comes after attempt {made}")


def _check_finish(entry: j.AttemptFinished, records: Records) -> None:
    if not 0 < entry.number <= len(records.callbacks[entry.callback].attempts):
        raise ValueError(f"attempt {entry.number} was never started")


_CHECKS: Mapping[type, Callable[[Any, Records], None]] = {
    j.MessageAccepted: _check_tracks,
    j.AttemptStarted: _check_start,
    j.AttemptFinished: _check_finish,
}
"""What the fold itself does not check, by type of entry: each raises ValueError or LookupError for one that is not valid here."""
