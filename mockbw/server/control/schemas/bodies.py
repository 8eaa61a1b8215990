"""What the control API is told: the models of its request bodies, which are also their OpenAPI schemas.

They speak the language of ``mockbw.yaml`` and of scenario files: durations are written as ``10m``, a retry schedule as there.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mockbw.config.schema import EditionName, EventType, Instant, Url
from mockbw.core.clock import LATEST, ClockMode
from mockbw.core.model import CredentialsMode
from mockbw.documents.values import Duration, Str
from mockbw.scenario.schema import Response, Retry

__all__ = [
    "AccountBody",
    "AdvanceBody",
    "ApplicationBody",
    "ClockBody",
    "CredentialsBody",
    "InboundBody",
    "OutageBody",
    "SettingsBody",
    "SwitchBody",
]

_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|[1-9][0-9]{2,7}", re.ASCII)


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"{value!r} is no number: write it as +19195550100, or a short code as 12345")
    return value


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _reachable(value: int) -> int:
    if not 0 <= value <= LATEST:
        raise ValueError("a clock can be sent to the years 1970 to 3000")
    return value


Number = Annotated[Str, AfterValidator(_number)]
Reachable = Annotated[Instant, AfterValidator(_reachable)]


class Input(BaseModel):
    """Base of every request body; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid", defer_build=True)


class CredentialsBody(Input):
    """User and password for HTTP Basic."""

    user: Annotated[Str, Field(min_length=1, max_length=200)]
    password: Annotated[Str, Field(max_length=200)] | None = None
    """Left out: the one that is known for this user."""


class ApplicationBody(Input):
    """An application: where its callbacks go, and with what credentials. It replaces what was there."""

    callback_url: Url | None = None
    """Where callbacks go, both kinds."""
    outbound_url: Url | None = None
    """Where callbacks about outbound messages go, if elsewhere."""
    inbound_url: Url | None = None
    """Where callbacks about inbound messages go, if elsewhere."""
    credentials: CredentialsBody | None = None
    """What callbacks authenticate with."""
    inbound_credentials: CredentialsBody | None = None
    """The same for inbound messages, if others."""
    credentials_mode: CredentialsMode | None = None
    """challenge: only after a 401. upfront: with every request. Default: as usual in the edition."""
    callback_types: Annotated[list[EventType], Field(max_length=50)] | None = None
    """The events it asks for. Default: what the edition sends unasked."""


class SettingsBody(Input):
    """Settings of an account. Only what is given changes; null sets a setting back to its default."""

    callback_url: Url | None = None
    """Where callbacks go, unless an application says otherwise."""
    edition: EditionName | None = None
    """How the platform behaved at a date."""
    seed: Annotated[Str, Field(max_length=200)] | None = None
    """Makes ids and choices repeat themselves, from now on."""
    strict: bool | None = None
    """Whether unlisted applications and numbers are refused as on the platform."""
    numbers: Annotated[dict[Number, Str | None], Field(max_length=10_000)] | None = None
    """The account's numbers, each with the applicationId of its location (null: none, so no event ever comes)."""
    credentials: Annotated[list[CredentialsBody], Field(max_length=100)] | None = None
    """Who may use the API; none listed: anybody."""
    callback_types: Annotated[list[EventType], Field(max_length=50)] | None = None
    """The events that applications ask for which do not say it themselves."""
    carrier_name: Annotated[Str, Field(max_length=100)] | None = None
    """Puts `carrierName` with this value into events."""
    retry: Retry | None = None
    """When callbacks are attempted again."""
    rate: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """How many segments leave the send queue per second of virtual time; null: no queue."""
    queue: Annotated[Duration, Field(ge=1000)] | None = None
    """How much the send queue holds, as a time at that rate."""
    mms_receipts: bool | None = None
    """Whether MMS have delivery receipts; null: as usual in the edition."""
    fetch_media: bool | None = None
    """Whether the URLs of outbound media are fetched, and unusable ones fail."""
    redirects: Literal["fail", "follow", "accept"] | None = None
    """What a 3xx from an endpoint means."""
    list_limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """How often one address may ask for the platform's list of messages in 5 minutes of virtual time; null: any number."""
    keep_messages: Annotated[int, Field(ge=100, le=10_000_000)] | None = None
    """How many messages are kept; the oldest finished ones beyond are forgotten."""
    keep_for: Annotated[Duration, Field(ge=1000)] | None = None
    """Forget finished messages that are older than this, in virtual time; null: never."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many attempts one endpoint gets at once; null: 1 where time stands still, else 64."""


class ClockBody(Input):
    """How the clock goes from now on; virtual time goes on from where it is. Only what is given changes."""

    mode: ClockMode | None = None
    """scaled: `rate` times as fast as the wall clock. real: as fast. auto: at once. manual: when told."""
    rate: Annotated[float, Field(ge=0.001, le=100_000)] | None = None
    """Virtual time that passes in one unit of wall time, on a scaled clock."""
    day: Annotated[Duration, Field(ge=864)] | None = None
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
    start: Reachable | None = None
    """Where virtual time begins; default now."""
    scenarios: Annotated[str, Field(max_length=1_000_000)] | None = None
    """Scenarios in YAML, tried before those every account has."""


class AdvanceBody(Input):
    """How far to move a clock that stands: one of the four."""

    by: Duration | None = None
    """By so much virtual time."""
    to: Reachable | None = None
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


class OutageBody(Input):
    """An outage of the platform's API, written as the `outage` step of a scenario."""

    duration: Duration | None = None
    """How long, in virtual time; default until it is ended."""
    answer: Response = Response(status=503)
    """How every request is answered meanwhile."""


class SwitchBody(Input):
    """In or out of play."""

    on: bool
