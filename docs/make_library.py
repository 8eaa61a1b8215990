"""Writes ``docs/library.md`` from the shipped scenarios' own descriptions: ``python docs/make_library.py > docs/library.md``."""

from __future__ import annotations

from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.shipped import default_sources, shipped_sources

HEAD = """# The shipped scenarios

Play any of them by name: `mockbw play carrier-spam --to http://localhost:5000/callbacks`, `mockbw explain carrier-spam`, or
`mockbw.play("carrier-spam")` in a test. Each is one short file in `scenarios/`: read it, copy it, change it.

This page is generated from the files: `python docs/make_library.py > docs/library.md`.
"""

MAGIC = """
## Magic numbers

Like test cards: what happens to a message depends on the number it goes to. They are on for every account unless you pass
`--no-magic-numbers`; your own scenarios come first. In a group, only the magic recipient is affected.
They are implemented by `scenarios/magic-numbers.yaml` and nothing else.

| to | what happens |
|---|---|
"""

SECTIONS = (
    ("Messages that arrive", ("delivered-", "mms-", "group-without-")),
    ("Refused by the platform", ("refused-", "media-", "platform-")),
    ("Failed at the carrier", ("carrier-", "flaky-", "receipt-", "group-one-")),
    (
        "Unexpected callbacks",
        ("duplicate-", "out-of-order", "early-", "corrupted-", "unknown-", "lost-", "group-failed-"),
    ),
    ("Failing endpoints", ("outage-and-", "expiry", "slow-", "redirecting-", "broken-")),
    ("Failures of the API", ("queue-full", "api-outage", "double-send")),
    ("Inbound messages and replies", ("handset-", "conversation", "inbound-")),
)


def page() -> str:
    """Return the whole page."""
    left = {source.name: source for source in shipped_sources()}
    parts = [HEAD]
    for title, prefixes in SECTIONS:
        own = [left.pop(name) for name in list(left) if name.startswith(prefixes)]
        parts.append(f"\n## {title}\n\n| scenario | editions | what happens |\n|---|---|---|\n")
        parts.extend(_row(source) for source in own)
    assert not left, f"in no section: {', '.join(left)}"
    parts.append(MAGIC)
    for source in default_sources():
        number, _, what = source.scenario.description.partition(": ")
        parts.append(f"| `{number}` | {what[0].upper()}{what[1:]} |\n")
    return "".join(parts)


def _row(source: ScenarioSource) -> str:
    editions = ", ".join(source.scenario.editions or ["all"])
    return f"| [`{source.name}`](../scenarios/{source.name}.yaml) | {editions} | {source.scenario.description} |\n"


if __name__ == "__main__":
    print(page(), end="")
