"""Editions: data files in the scenario language that say how the platform behaved at a date (P1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field

from mockbw.core.edition import (
    ApplicationOf,
    CodeInfo,
    Edition,
    ErrorBody,
    ErrorForm,
    EventType,
    Features,
    MediaRules,
    PayloadStyle,
    Precision,
    RequestLimits,
)
from mockbw.core.model import CredentialsMode, Direction, Kind
from mockbw.documents.model import DocumentModel
from mockbw.documents.reader import check, load_documents
from mockbw.documents.values import Duration
from mockbw.errors import ScenarioError, UnknownError
from mockbw.scenario.codes import catalogue
from mockbw.scenario.schema import STEPS, Timeline

__all__ = ["DEFAULT_EDITION", "LoadedEdition", "edition_names", "load_edition"]

DEFAULT_EDITION = "2018-01"


class _Payload(DocumentModel):
    answer: list[str]
    event: list[str]
    message: list[str]
    answer_time: Precision
    event_time: Precision
    text: Literal["full", "empty"]


class _Event(DocumentModel):
    direction: Direction
    description: str
    descriptions: dict[Kind, str] = Field(default_factory=dict)
    per: Literal["recipient", "message"] = "recipient"
    names_recipient: bool = True
    on_request: bool = False
    event_time: bool = False


class _Error(DocumentModel):
    status: int
    form: ErrorForm
    type: str
    description: str


class _Limits(DocumentModel):
    recipients: int = 10
    media: int = 10
    text: int = 2048
    tag: int = 1024
    media_url: int = 4096
    alphanumeric_sender: bool = False
    priority: bool = False
    expiration: bool = False
    mms_priority: bool = False


class _Features(DocumentModel):
    records: bool = False
    multi_channel: bool = False
    oauth: bool = False


class _Media(DocumentModel):
    version: Literal["v1", "v2"]
    put_status: int
    delete_status: int
    limit: int
    keep: Duration | None = None
    keep_inbound: Duration | None = None
    page: int = 1000


_Outcomes = dict[str, Timeline]


class EditionFile(DocumentModel):
    """An edition's data file."""

    alternatives = STEPS

    edition: str
    title: str
    payload: _Payload
    events: dict[str, _Event]
    failures: dict[str, str]
    credentials: CredentialsMode
    limits: _Limits = _Limits()
    features: _Features = _Features()
    media: _Media
    mms_receipts: bool = False
    application_of: ApplicationOf = ApplicationOf.REQUEST
    timelines: Annotated[dict[str, _Outcomes], Field(min_length=3)]
    errors: dict[str, _Error]


@dataclass(frozen=True, slots=True)
class LoadedEdition:
    """An edition and its own timelines by kind of message (or ``mms-receipts``, ``group-receipts``) and outcome."""

    edition: Edition
    timelines: dict[str, _Outcomes]


@lru_cache(maxsize=1)
def edition_names() -> tuple[str, ...]:
    """Return the names of all editions, oldest first."""
    folder = files("mockbw.scenario") / "editions"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@lru_cache(maxsize=8)
def load_edition(name: str) -> LoadedEdition:
    """Read an edition.

    Raises:
        UnknownError: there is no such edition.
        ScenarioError: its file is invalid.
    """
    if name not in edition_names():
        raise UnknownError("edition", name, edition_names())
    path = files("mockbw.scenario") / "editions" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    documents, problems = load_documents(text, str(path))
    if problems:
        raise ScenarioError(problems)
    checked = check(EditionFile, documents[0], str(path), text)
    if checked.model is None:
        raise ScenarioError(checked.problems)
    data = checked.model
    edition = Edition(
        name=data.edition,
        title=data.title,
        payload=PayloadStyle(
            answer_fields=tuple(data.payload.answer),
            event_fields=tuple(data.payload.event),
            message_fields=tuple(data.payload.message),
            answer_time=data.payload.answer_time,
            event_time=data.payload.event_time,
            full_text=data.payload.text == "full",
        ),
        events={
            event_name: EventType(
                event_name,
                event.direction,
                event.description,
                per_message=event.per == "message",
                names_recipient=event.names_recipient,
                on_request=event.on_request,
                descriptions=event.descriptions,
                event_time=event.event_time,
            )
            for event_name, event in data.events.items()
        },
        codes={
            number: CodeInfo(
                number,
                code.name,
                code.meaning,
                code.category,
                code.billable,
                code.outcome == "failed",
                _description(data, number),
            )
            for number, code in catalogue().items()
            if name in code.editions
        },
        errors={reason: ErrorBody(e.status, e.form, e.type, e.description) for reason, e in data.errors.items()},
        media=MediaRules(**data.media.model_dump()),
        limits=RequestLimits(**data.limits.model_dump()),
        features=Features(**data.features.model_dump()),
        credentials_mode=data.credentials,
        mms_receipts=data.mms_receipts,
        application_of=data.application_of,
    )
    return LoadedEdition(edition, data.timelines)


def _description(data: EditionFile, number: int) -> str:
    """Return the description of a failed event: the edition's own for this code, else the code's name or meaning (P7)."""
    code = catalogue()[number]
    default = code.name if data.failures.get("description") == "name" else code.meaning
    return data.failures.get(str(number)) or default or code.meaning
