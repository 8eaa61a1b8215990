"""The log: text on a terminal, else JSON, one object per line. It never contains the text of a message or a secret."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import urlsplit

import orjson

from mockbw.core.entries import CallbackExpired, MessageRefused, RequestAnswered, about
from mockbw.core.narrative import CallbackEnded, ends, narrate
from mockbw.journal import Stamped
from mockbw.journal.memory import MemoryJournal

__all__ = ["JsonFormatter", "follow", "is_for_people", "set_up_logs"]

log = logging.getLogger("mockbw")

_STANDARD_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "taskName"}


class JsonFormatter(logging.Formatter):
    """``time`` (UTC), ``level``, ``message``, and whatever was passed as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": at, "level": record.levelname.lower(), "message": record.getMessage()}
        line.update((key, value) for key, value in record.__dict__.items() if key not in _STANDARD_FIELDS)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def is_for_people(form: str, stream: TextIO | None = None) -> bool:
    """Return True when ``form`` (``auto``, ``human`` or ``json``) means text for people on this stream."""
    return form == "human" or (form == "auto" and (stream or sys.stdout).isatty())


def set_up_logs(form: str, level: str) -> None:
    """Write the log in that form, at ``level`` and above: text for people to standard error, JSON to standard output."""
    people = is_for_people(form)
    handler = logging.StreamHandler(sys.stderr if people else sys.stdout)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s") if people else JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    log.setLevel(level.upper())


async def follow(journal: MemoryJournal) -> None:
    """Log the journal's entries until cancelled: failures as ``info``, everything else as ``debug``."""
    after = journal.last
    while True:
        await journal.changed(after)
        for stamped in journal.read(after):
            _log(stamped, journal)
        after = journal.last


def _log(stamped: Stamped, journal: MemoryJournal) -> None:
    entry = stamped.entry
    match entry:
        case RequestAnswered(status=status, because=because) if status >= 400:
            extra = {"account": stamped.account, "status": status, "because": because}
            log.info("%s %s answered %s: %s", entry.method, entry.path, status, because, extra=extra)
        case MessageRefused(because=because):
            log.info("a message was refused: %s", because, extra={"account": stamped.account})
        case CallbackExpired():
            _log_expired(stamped, _end_of(stamped, journal))
        case _ if log.isEnabledFor(logging.DEBUG):
            message, callback = about(entry)
            extra = {"account": stamped.account, "number": stamped.number, "virtual": entry.time, "about": callback or message}
            log.debug("%s", type(entry).__name__, extra=extra)


def _log_expired(stamped: Stamped, end: CallbackEnded) -> None:
    extra = {"account": stamped.account, "callback": end.callback, "message_id": stamped.message}
    what = ""
    if end.created is not None:
        endpoint = urlsplit(end.created.url).netloc.rpartition("@")[2]  # only the host: the rest of the URL may contain secrets
        extra |= {"event": str(end.created.event), "endpoint": endpoint}
        what = f" ({end.created.event} to {endpoint})"
    last = ""
    if end.last is not None:
        extra["answer"] = str(end.last)
        last = f", the last {end.last}"
    log.info("callback %s%s expired after %s attempts%s", end.callback, what, end.attempts, last, extra=extra)


def _end_of(stamped: Stamped, journal: MemoryJournal) -> CallbackEnded:
    """Return how a callback ended, from its entries in the journal: the log itself keeps no state."""
    _, callback = about(stamped.entry)
    kept = journal.about(stamped.account, stamped.message or "")  # empty when the account was reset since then
    own = (each.entry for each in kept if each.number < stamped.number and about(each.entry)[1] == callback)
    return next(ends(narrate([*own, stamped.entry])))
