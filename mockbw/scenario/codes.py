"""The error-code catalogue: ``codes.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

__all__ = ["Code", "catalogue", "nearest_codes"]


@dataclass(frozen=True, slots=True)
class Code:
    """One error code. ``billable`` is None where it was never published."""

    code: int
    name: str | None
    meaning: str
    category: str
    billable: bool | None
    editions: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """The outcome that leads to it: ``refused`` by the platform, ``failed`` at the carrier, or ``unreceipted``."""
        if self.category == "ambiguous":
            return "unreceipted"
        return "failed" if self.category.startswith("carrier") else "refused"


@lru_cache(maxsize=1)
def catalogue() -> dict[int, Code]:
    """Return every known error code."""
    text = (files("mockbw.scenario") / "codes.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return {number: Code(number, **{**facts, "editions": tuple(facts["editions"])}) for number, facts in data.items()}


def nearest_codes(code: int, edition: str | None = None, most: int = 3) -> list[int]:
    """Return the known codes numerically nearest to ``code``, of one edition or of all."""
    known = [number for number, facts in catalogue().items() if edition is None or edition in facts.editions]
    return sorted(sorted(known, key=lambda number: (abs(number - code), number))[:most])
