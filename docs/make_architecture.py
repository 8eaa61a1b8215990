"""Writes the lifecycle tables of ``docs/architecture.md`` from those of the core: ``python docs/make_architecture.py``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from mockbw.core.lifecycle import CALLBACK, RECIPIENT, Trigger

PAGE = Path(__file__).parent / "architecture.md"


def table(transitions: Mapping[tuple[StrEnum, Trigger], StrEnum]) -> str:
    """Return a lifecycle as a Markdown table."""
    states = list(dict.fromkeys(state for state, _ in transitions))
    triggers = [trigger for trigger in Trigger if any(trigger is known for _, known in transitions)]
    lines = [f"| | {' | '.join(f'`{trigger}`' for trigger in triggers)} |", "|---" * (len(triggers) + 1) + "|"]
    for state in states:
        cells = (str(transitions.get((state, trigger), "")) for trigger in triggers)
        lines.append(f"| `{state}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def page() -> str:
    """Return the page with its tables as they are in the code."""
    text = PAGE.read_text(encoding="utf-8")
    for name, transitions in (("callback", CALLBACK), ("recipient", RECIPIENT)):
        before, rest = text.split(f"<!-- {name} -->\n", 1)
        _, after = rest.split("<!-- end -->\n", 1)
        text = f"{before}<!-- {name} -->\n\n{table(transitions)}\n\n<!-- end -->\n{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
