"""The log: lines for people on a terminal, else JSON, one object a line. No text of a message and no secret is ever in it."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

import orjson

from mockbw.core.entries import CallbackExpired, MessageRefused, RequestAnswered
from mockbw.journal import Stamped
from mockbw.journal.codec import subject_of
from mockbw.journal.memory import MemoryJournal

__all__ = ["JsonFormatter", "follow", "is_for_people", "set_up_logs"]

log = logging.getLogger("mockbw")

_USUAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "taskName"}


class JsonFormatter(logging.Formatter):
    """``time`` (UTC), ``level``, ``message``, and whatever was given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": at, "level": record.levelname.lower(), "message": record.getMessage()}
        line.update((key, value) for key, value in record.__dict__.items() if key not in _USUAL)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def is_for_people(form: str, stream: TextIO | None = None) -> bool:
    """Return True when ``form`` (``auto``, ``human`` or ``json``) means lines for people on this stream."""
    return form == "human" or (form == "auto" and (stream or sys.stdout).isatty())


def set_up_logs(form: str, level: str) -> None:
    """Write the log in that form from ``level`` on: for people to standard error, JSON to standard output."""
    people = is_for_people(form)
    handler = logging.StreamHandler(sys.stderr if people else sys.stdout)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s") if people else JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    log.setLevel(level.upper())


async def follow(journal: MemoryJournal) -> None:
    """Log what the journal records until cancelled: what went wrong as ``info``, everything else as ``debug``."""
    after = journal.last
    while True:
        await journal.changed(after)
        for stamped in journal.read(after):
            _log(stamped)
        after = journal.last


def _log(stamped: Stamped) -> None:
    entry = stamped.entry
    match entry:
        case RequestAnswered(status=status, because=because) if status >= 400:
            extra = {"account": stamped.account, "status": status, "because": because}
            log.info("%s %s answered %s: %s", entry.method, entry.path, status, because, extra=extra)
        case MessageRefused(because=because):
            log.info("a message was refused: %s", because, extra={"account": stamped.account})
        case CallbackExpired(callback=callback, attempts=attempts):
            extra = {"account": stamped.account, "callback": callback, "message_id": stamped.message}
            log.info("callback %s expired after %s attempts", callback, attempts, extra=extra)
        case _ if log.isEnabledFor(logging.DEBUG):
            about = {"account": stamped.account, "number": stamped.number, "virtual": entry.time, "about": subject_of(entry)}
            log.debug("%s", type(entry).__name__, extra=about)
