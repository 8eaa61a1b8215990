"""Kinds of values that only accounts have: credentials, phone numbers, types of events, retry schedules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from mockbw.config.kinds import Control, Kind, at_commas, many, text
from mockbw.core.model import Credentials
from mockbw.core.retry import RetrySchedule
from mockbw.documents.durations import format_duration
from mockbw.documents.model import DocumentModel
from mockbw.errors import nearest
from mockbw.scenario.compile import compile_retry
from mockbw.scenario.edition import edition_names, load_edition
from mockbw.scenario.schema import Retry

__all__ = ["ApplicationId", "Number", "application_id", "credentials", "event_types", "phone_numbers", "retry_schedule"]

_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}|[1-9][0-9]{2,7}", re.ASCII)


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class UserView(_Shown):
    """Credentials, of which only the user is shown."""

    user: str


class RetryView(_Shown):
    """When callbacks are attempted again, written as it is set."""

    delays: list[str]
    repeat: bool
    jitter: float
    window: str
    timeout: str


class CredentialsModel(DocumentModel):
    """User and password for HTTP Basic; `USER:PASSWORD` for short."""

    user: Annotated[str, text(200, least=1)]
    """The user. In the edition 2018-01 this is an API token."""
    password: Annotated[str, text(200, secret=True)] | None = None
    """The password. In the control API it can be left out for a user whose password is known."""


def _pair(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    user, colon, password = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not colon or not user:  # a secret is not repeated
        raise ValueError("credentials are written as USER:PASSWORD")
    return {"user": user, "password": password}


def _credentials(model: CredentialsModel, info: ValidationInfo) -> Credentials:
    password = model.password
    if password is None:
        password = (info.context or {}).get("passwords", {}).get(model.user)
    if password is None:
        raise ValueError(f"the password of user {model.user!r} is missing")
    return Credentials(model.user, password)


def credentials() -> Kind:
    """User and password. The password can be left out if the validation context has it, in ``passwords`` by user."""
    return Kind(
        read=Annotated[CredentialsModel, BeforeValidator(_pair), AfterValidator(_credentials)],
        view=UserView,
        native=(Credentials,),
        write=lambda credentials: {"user": credentials.user, "password": credentials.password},
        show=lambda written: {"user": written["user"]},
        words="USER:PASSWORD, or user and password, each at most 200 characters",
        control=Control.NONE,
        metavar="USER:PASSWORD",
        structured=True,
        secret=True,
    )


def _phone_number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"{value[:100]!r} is not a phone number: write it as +19195550100, or a short code as 12345")
    return value


def application_id(value: str) -> str:
    """Return an applicationId.

    Raises:
        ValueError: no application can have it.
    """
    if len(value) > 100 or not value.isprintable():
        raise ValueError(f"{value[:100]!r} is not an applicationId: it has at most 100 characters, all of them printable")
    return value


Number = Annotated[str, text(), AfterValidator(_phone_number)]
ApplicationId = Annotated[str, text(), AfterValidator(application_id)]


def phone_numbers() -> Kind:
    """The numbers of an account, each with the application of its location."""

    def read(numbers: dict[str, str | None]) -> dict[str, str | None]:
        return {number: application or None for number, application in numbers.items()}

    return Kind(
        read=Annotated[dict[Number, ApplicationId | None], Field(max_length=10_000), AfterValidator(read)],
        view=dict[str, str | None],
        native=(Mapping,),
        write=dict,
        words="phone numbers, each with an applicationId or nothing, at most 10000",
        control=Control.NONE,
        structured=True,
    )


def _event(value: str) -> str:
    known = sorted({event for name in edition_names() for event in load_edition(name).edition.events})
    if value not in known:
        close = nearest(value, known)
        hint = f"Did you mean {close!r}?" if close else f"There are {', '.join(known)}"
        raise ValueError(f"no edition has an event {value[:100]!r}. {hint}")
    return value


def event_types() -> Kind:
    """Types of events, each of which exists in at least one edition."""
    event = Kind(read=Annotated[str, text(), AfterValidator(_event)], metavar="EVENT")
    return many(event, "types of events", most=50, make=frozenset)


def retry_schedule() -> Kind:
    """When callbacks are attempted again."""

    def write(retry: RetrySchedule) -> dict[str, Any]:
        return {
            "delays": [format_duration(delay) for delay in retry.delays],
            "repeat": retry.repeat,
            "jitter": retry.jitter,
            "window": format_duration(retry.window),
            "timeout": format_duration(retry.timeout),
        }

    return Kind(
        read=Annotated[Retry, BeforeValidator(at_commas), AfterValidator(compile_retry)],
        view=RetryView,
        native=(RetrySchedule,),
        write=write,
        words="a list of delays; or first, factor and max; also repeat, jitter, window and timeout",
        control=Control.LIST,
        structured=True,
    )
