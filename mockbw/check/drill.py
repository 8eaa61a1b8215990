"""Drills: scenario files whose first document says what the drill is for, why it matters, and how to fix what it finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mockbw.check.wire_sender import Wire
from mockbw.documents.reader import check, load_documents
from mockbw.documents.values import Bool, Str
from mockbw.errors import ScenarioError, UnknownError
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.schema import Scenario

__all__ = ["Area", "Drill", "Facts", "Need", "Rule", "Severity", "chosen", "load_drill", "shipped_drills"]


class Area(StrEnum):
    """What a drill is about; drills are played in this order."""

    BASICS = "basics"
    EVENTS = "events"
    ORDER = "order"
    INBOUND = "inbound"
    HTTP = "http"
    SECURITY = "security"
    APPLICATION = "application"
    LOAD = "load"
    OVERALL = "overall"


class Severity(StrEnum):
    """What it means when a drill finds something.

    ``must``: on the real platform, events or messages get lost, duplicated or corrupted. ``should``: that happens on a bad day.
    ``advice``: the platform allows it, or does not say; never a failure.
    """

    MUST = "must"
    SHOULD = "should"
    ADVICE = "advice"


class Need(StrEnum):
    """What a drill requires."""

    CREDENTIALS = "credentials"
    APPLICATION = "application"
    TRIGGER = "trigger"
    STATUS = "status"
    CONTROL = "control"


class Rule(StrEnum):
    """How a drill is judged; the code is in ``rules.py``."""

    ANSWERED = "answered"
    ANY_ANSWERED = "any-answered"
    NO_CRASH = "no-crash"
    REFUSED = "refused"
    CHALLENGED = "challenged"
    TOGETHER = "together"
    RECOVERED = "recovered"
    QUIET = "quiet"
    ONCE = "once"
    STOPPED = "stopped"
    SAME_STATUS = "same-status"
    VALID_REQUESTS = "valid-requests"
    QUICK = "quick"
    PLAIN_ANSWERS = "plain-answers"
    ADDRESS = "address"


class Facts(BaseModel):
    """The first document of a drill file."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-"))

    drill: Annotated[Str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    """Its name."""
    title: Str
    """What the endpoint has to handle, in a few words."""
    area: Area
    """What it is about."""
    severity: Severity
    """What it means when it finds something."""
    why: Str
    """Why the platform makes this matter."""
    source: Str
    """Where that is written."""
    mend: Str
    """What to change in the endpoint."""
    rule: Rule = Rule.ANSWERED
    """How it is judged."""
    wire: Annotated[list[Wire], Field(min_length=1)] = [Wire.FRESH]
    """How its HTTP requests are made; every scenario is played once in each way."""
    copies: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many messages of each scenario there are."""
    at_once: Annotated[int, Field(ge=1, le=200)] = 1
    """How many callbacks are in flight at the same time."""
    needs: list[Need] = []
    """What it requires; a drill without it is skipped."""
    own_message: Bool = False
    """The application sends the messages itself where a trigger is configured, so that it knows them."""


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill: its facts and the scenarios it plays, in order."""

    facts: Facts
    sources: tuple[ScenarioSource, ...]

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return self.facts.drill

    def for_edition(self, edition: str) -> tuple[ScenarioSource, ...]:
        """Return the scenarios that exist in an edition."""
        return tuple(source for source in self.sources if source.scenario.editions is None or edition in source.scenario.editions)


def load_drill(text: str, file: str) -> Drill:
    """Read one drill file.

    Raises:
        ScenarioError: with every problem of the file.
    """
    documents, problems = load_documents(text, file)
    if not documents:
        raise ScenarioError(problems)
    facts = check(Facts, documents[0], file, text)
    problems.extend(facts.problems)
    sources = []
    for number, located in enumerate(documents[1:], 1):
        scenario = check(Scenario, located, file, text)
        problems.extend(scenario.problems)
        if scenario.model is not None:
            name = scenario.model.name or f"{Path(file).stem}-{number}"
            sources.append(ScenarioSource(scenario.model, name, file, text, located, shipped=True))
    if problems or facts.model is None:
        raise ScenarioError(problems)
    return Drill(facts.model, tuple(sources))


@lru_cache(maxsize=1)
def shipped_drills() -> tuple[Drill, ...]:
    """Return the drills of the package in the order in which they are played."""
    folder = Path(__file__).resolve().parent / "drills"
    drills = [load_drill(path.read_text(encoding="utf-8"), path.name) for path in folder.glob("*.yaml")]
    areas = list(Area)
    return tuple(sorted(drills, key=lambda drill: (areas.index(drill.facts.area), drill.name)))


def chosen(drills: Iterable[Drill], only: Iterable[str] = (), skip: Iterable[str] = ()) -> tuple[Drill, ...]:
    """Return the drills whose name or area is in ``only`` (empty: all of them) and not in ``skip``.

    Raises:
        UnknownError: a word is neither a drill nor an area.
    """
    drills, only, skip = list(drills), set(only), set(skip)
    known = {drill.name for drill in drills} | {area.value for area in Area}
    for word in sorted(only | skip):
        if word not in known:
            raise UnknownError("drill or area", word, known)
    return tuple(
        drill
        for drill in drills
        if (not only or {drill.name, drill.facts.area.value} & only) and not {drill.name, drill.facts.area.value} & skip
    )
