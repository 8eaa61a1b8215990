"""What the control API is told: the models of its request bodies, which are also their OpenAPI schemas.

They speak the language of ``mockbw.yaml`` and of scenario files: durations are written as ``10m``, a retry schedule as there.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mockbw.config.account import ACCOUNT, FASTEST
from mockbw.config.account_kinds import Number
from mockbw.config.application import APPLICATION
from mockbw.config.kinds import Instant
from mockbw.config.table import Interface
from mockbw.core.clock import ClockMode
from mockbw.core.model import CallbackStatus
from mockbw.documents.values import Duration, Str
from mockbw.scenario.schema import Response
from mockbw.server.control.filters import CallbackFilter

__all__ = [
    "AccountBody",
    "AdvanceBody",
    "ApplicationBody",
    "ClockBody",
    "InboundBody",
    "OutageBody",
    "RedeliverBody",
    "SettingsBody",
    "SwitchBody",
]


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Input(BaseModel):
    """Base of every request body; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid", defer_build=True)


class ApplicationBody(APPLICATION.model("ApplicationFields", Input, Interface.HTTP)):  # type: ignore[misc]  # made of the table
    """An application: where its callbacks go, and with what credentials. It replaces what was there."""


class SettingsBody(ACCOUNT.model("SettingsFields", Input, Interface.HTTP)):  # type: ignore[misc]  # made of the table
    """Settings of an account. Only what is given changes; null sets a setting back to its default."""


class ClockBody(Input):
    """How the clock goes from now on; virtual time goes on from where it is. Only what is given changes."""

    mode: ClockMode | None = None
    """scaled: `rate` times as fast as the wall clock. real: as fast. auto: at once. manual: when told."""
    rate: Annotated[float, Field(ge=0.001, le=FASTEST)] | None = None
    """Virtual time that passes in one unit of wall time, on a scaled clock."""
    day: Annotated[int, ACCOUNT["day"].kind] | None = None
    """The same, as the wall time in which 24 virtual hours pass."""

    @model_validator(mode="after")
    def _one_pace(self) -> Self:
        if self.rate is not None and self.day is not None:
            raise ValueError("give either 'rate' or 'day', not both")
        return self


class AccountBody(SettingsBody):
    """How an account begins; what is left out is as the server begins every account."""

    clock: ClockBody | None = None
    """How its clock goes."""
    start: Annotated[int, ACCOUNT["start"].kind] | None = None
    """Where virtual time begins; default now."""
    scenarios: Annotated[str, Field(max_length=1_000_000)] | None = None
    """Scenarios in YAML, tried before those every account has."""


class AdvanceBody(Input):
    """How far to move a clock that stands: one of the four."""

    by: Duration | None = None
    """By so much virtual time."""
    to: Instant | None = None
    """To this instant."""
    steps: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """To the next deadline, so many times."""
    until: Literal["idle"] | None = None
    """Until nothing is left to do."""
    timeout: Annotated[Duration, Field(ge=1, le=600_000, json_schema_extra={"default": "60s"})] = 60_000
    """How long it may take, in wall time, before it is given up; at most 10m."""

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if sum(target is not None for target in (self.by, self.to, self.steps, self.until)) != 1:
            raise ValueError("give one of 'by', 'to', 'steps' and 'until'")
        return self


MediaItem = Annotated[Str, Field(min_length=1, max_length=4096)]


class InboundBody(Input):
    """A message that a handset sends."""

    from_: Annotated[Number, Field(alias="from")]
    """The handset's number."""
    to: Annotated[list[Number], Field(min_length=1, max_length=50), BeforeValidator(_one_or_many)] | None = None
    """One number or several; those of the account get the message. Default: the number that wrote to the handset last."""
    text: Annotated[Str, Field(max_length=10_000)] = ""
    media: Annotated[list[MediaItem], Field(max_length=10), BeforeValidator(_one_or_many)] = []
    """File names, which the account's media store then serves, or whole URLs; they make it an MMS."""
    application: Annotated[Str, Field(max_length=100)] | None = None
    """The applicationId that is told; default that of the number's location, or the one that last sent from it."""


class RedeliverBody(CallbackFilter):
    """Which callbacks get one extra attempt; everything given must hold."""

    status: list[CallbackStatus] = Field(default=[CallbackStatus.WAITING, CallbackStatus.EXPIRED])
    """Any of these."""
    callbacks: Annotated[list[Annotated[Str, Field(max_length=100)]], Field(max_length=1000)] | None = None
    """Only those with one of these ids."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000
    """At most this many, the oldest first."""
    dry_run: bool = False
    """Attempt nothing: only say how many match."""


class OutageBody(Input):
    """An outage of the platform's API, written as the `outage` step of a scenario."""

    duration: Duration | None = None
    """How long, in virtual time; default until it is ended."""
    answer: Response = Response(status=503)
    """How every request is answered meanwhile."""


class SwitchBody(Input):
    """In or out of play."""

    on: bool
