"""Metrics in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from mockbw.delivery.shortage import SHORTAGES
from mockbw.engine.engine import Engine
from mockbw.engine.runner import AccountRunner
from mockbw.journal.memory import MemoryJournal
from mockbw.server.connections import UNSENT_LIMIT, ConnectionLimits
from mockbw.server.control.serialize.messages import type_of
from mockbw.supervision import Health

__all__ = ["measure"]

MOST_ACCOUNTS = 1000
"""The maximum number of accounts with their own metrics, so that a server with one for each test stays readable."""


_OF_ACCOUNTS: tuple[tuple[str, str, Callable[[AccountRunner], float]], ...] = (
    ("mockbw_messages", "Messages in an account.", lambda account: len(account.records.messages)),
    ("mockbw_callbacks", "Callbacks in an account.", lambda account: len(account.records.callbacks)),
    ("mockbw_callbacks_pending", "Callbacks that have not ended.", lambda account: account.records.pending),
    ("mockbw_clock_seconds", "Virtual time of an account.", lambda account: account.now() / 1000),
    ("mockbw_clock_holds", "Holds on an account's clock.", lambda account: len(account.clock.holds)),
)


def measure(engine: Engine, journal: MemoryJournal, health: Health, connections: ConnectionLimits | None = None) -> str:
    """Return the metrics of a server. The cost depends on the number of accounts, not on what they contain."""
    accounts = engine.accounts
    entries = sorted((f'{{type="{type_of(kind)}"}}', count) for kind, count in journal.counts.items())
    failing = {part: int(part in health.failures) for part in health.counts}
    lines = [
        *_metric("mockbw_accounts", "gauge", "Existing accounts.", [("", len(accounts))]),
        *_metric("mockbw_failures_total", "counter", "Failures of parts of the server.", _parts(health.counts)),
        *_metric("mockbw_failing", "gauge", "Parts of the server that have failed and not recovered.", _parts(failing)),
        *_metric("mockbw_journal_entries_total", "counter", "Journal entries, by type.", entries),
    ]
    lines.extend(_metric("mockbw_accounts_evicted_total", "counter", "Idle accounts that made room.", [("", engine.evicted)]))
    short_of = sorted((f'{{of="{what}"}}', count) for what, count in SHORTAGES.counts.items())
    lines.extend(_metric("mockbw_shortages_total", "counter", "How often an attempt had to wait for what is short.", short_of))
    lines.extend(_metric("mockbw_shortage_waiting", "gauge", "Attempts that wait for what is short.", [("", SHORTAGES.waiting)]))
    bounds = [
        ("accounts", len(accounts), engine.most_accounts),
        ("journal_entries", journal.count, journal.most_entries),
        ("journal_bytes", journal.size, journal.most_bytes),
        ("media_bytes", engine.media_space.used, engine.media_space.limit),
    ]
    if connections is not None:
        bounds.append(("connections", connections.count, connections.limits.connections))
        bounds.append(("unsent_bytes", connections.unsent, UNSENT_LIMIT))
        cut = sorted((f'{{reason="{reason}"}}', count) for reason, count in connections.cut.items())
        lines.extend(_metric("mockbw_connections_cut_total", "counter", "Connections that were cut or refused.", cut))
    used = [(f'{{bound="{name}"}}', number) for name, number, _ in bounds]
    limit = [(f'{{bound="{name}"}}', number) for name, _, number in bounds]
    lines.extend(_metric("mockbw_bound_used", "gauge", "How much of a bound is in use.", used))
    lines.extend(_metric("mockbw_bound_limit", "gauge", "The bound.", limit))
    for name, text, number in _OF_ACCOUNTS:
        samples = [(f'{{account="{_escaped(account.name)}"}}', number(account)) for account in accounts[-MOST_ACCOUNTS:]]
        lines.extend(_metric(name, "gauge", text, samples))
    return "\n".join(lines) + "\n"


def _parts(numbers: Mapping[str, int]) -> list[tuple[str, float]]:
    return [(f'{{part="{part}"}}', number) for part, number in sorted(numbers.items())]


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _metric(name: str, kind: str, text: str, samples: Iterable[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield f"{name}{labels} {value}"
