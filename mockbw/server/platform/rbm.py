"""The contents that a multi-channel request can have: SMS, MMS, and the kinds of RBM (P13)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from mockbw.core.validation import is_number, is_url, parse_expiration

__all__ = ["content_check"]


def _url(value: str) -> str:
    if not is_url(value):
        raise ValueError("must be a URL")
    return value


def _base64(value: str) -> str:
    try:
        b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None
    return value


def _number(value: str) -> str:
    if not is_number(value):
        raise ValueError("must be a valid E164 formatted telephone number")
    return value


def _instant(value: str) -> str:
    if parse_expiration(value) is None:
        raise ValueError("must be an RFC-3339 date-time, e.g. 2021-03-14T01:59:26Z")
    return value


def _degrees(most: int) -> AfterValidator:
    def check(value: str) -> str:
        try:
            inside = abs(float(value)) <= most
        except ValueError:
            inside = False
        if not inside:
            raise ValueError(f"must be a number from -{most} to {most}")
        return value

    return AfterValidator(check)


def _written(value: Any) -> Any:
    """Convert a number to text: clients send degrees either way."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


Url = Annotated[str, Field(max_length=1000), AfterValidator(_url)]
Instant = Annotated[str, AfterValidator(_instant)]
Text = Annotated[str, Field(min_length=1, max_length=2048)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, alias_generator=to_camel, defer_build=True)


class _Suggestion(_Model):
    text: Annotated[str, Field(max_length=25)]
    postback_data: Annotated[str, Field(max_length=2048), AfterValidator(_base64)]


class Reply(_Suggestion):
    """A suggested reply, or a request for the location."""

    type: Literal["REPLY", "REQUEST_LOCATION"]


class DialPhone(_Suggestion):
    """Calls a number."""

    type: Literal["DIAL_PHONE"]
    phone_number: Annotated[str, AfterValidator(_number)]


class ShowLocation(_Suggestion):
    """Shows a location."""

    type: Literal["SHOW_LOCATION"]
    latitude: Annotated[str, BeforeValidator(_written), _degrees(90)]
    longitude: Annotated[str, BeforeValidator(_written), _degrees(180)]
    label: Annotated[str, Field(max_length=100)] | None = None


class CalendarEvent(_Suggestion):
    """Creates an entry in a calendar."""

    type: Literal["CREATE_CALENDAR_EVENT"]
    title: Annotated[str, Field(max_length=100)]
    start_time: Instant
    end_time: Instant
    description: Annotated[str, Field(max_length=500)] | None = None


class OpenUrl(_Suggestion):
    """Opens a URL."""

    type: Literal["OPEN_URL"]
    url: Annotated[str, Field(max_length=2048), AfterValidator(_url)]
    application: Literal["BROWSER", "WEBVIEW"] | None = None
    webview_view_mode: Literal["FULL", "HALF", "TALL"] | None = None

    @model_validator(mode="after")
    def _view_mode_belongs(self) -> Self:
        if (self.application == "WEBVIEW") != (self.webview_view_mode is not None):
            raise ValueError("must have a webviewViewMode if its application is WEBVIEW, and only then")
        return self


Suggestion = Annotated[Reply | DialPhone | ShowLocation | CalendarEvent | OpenUrl, Field(discriminator="type")]
Suggestions = Annotated[list[Suggestion], Field(max_length=11)] | None


class File(_Model):
    """A file of an MMS."""

    file_url: Url


class RichFile(File):
    """A file of an RBM message."""

    thumbnail_url: Url | None = None


class CardFile(RichFile):
    """The file on a card."""

    height: Literal["SHORT", "MEDIUM", "TALL"]


class Card(_Model):
    """A card: at least one of title, description and media."""

    title: Annotated[str, Field(max_length=200)] | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    media: CardFile | None = None
    suggestions: Annotated[list[Suggestion], Field(max_length=4)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.title or self.description or self.media):
            raise ValueError("must have a title, a description or media")
        return self


class SmsContent(_Model):
    """The content of an SMS."""

    text: Text


class MmsContent(_Model):
    """The content of an MMS."""

    text: Text | None = None
    media: Annotated[list[File], Field(max_length=10)] = []

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.text or self.media):
            raise ValueError("must have text or media")
        return self


class RbmText(_Model):
    """RBM: a text."""

    text: Annotated[str, Field(min_length=1, max_length=3270)]
    suggestions: Suggestions = None


class RbmMedia(_Model):
    """RBM: files."""

    media: Annotated[list[RichFile], Field(min_length=1)]
    suggestions: Suggestions = None


class RbmCard(_Model):
    """RBM: one card."""

    orientation: Literal["HORIZONTAL", "VERTICAL"]
    thumbnail_image_alignment: Literal["LEFT", "RIGHT"] | None = None
    card_content: Card
    suggestions: Suggestions = None

    @model_validator(mode="after")
    def _aligned(self) -> Self:
        if self.orientation == "HORIZONTAL" and self.thumbnail_image_alignment is None:
            raise ValueError("must have a thumbnailImageAlignment if its orientation is HORIZONTAL")
        return self


class RbmCarousel(_Model):
    """RBM: a row of cards."""

    card_width: Literal["SMALL", "MEDIUM"]
    card_contents: Annotated[list[Card], Field(min_length=2, max_length=10)]
    suggestions: Suggestions = None


_CONTENTS: dict[str, type[_Model]] = {"SMS": SmsContent, "MMS": MmsContent}
_RBM: dict[str, type[_Model]] = {"cardContents": RbmCarousel, "cardContent": RbmCard, "media": RbmMedia, "text": RbmText}


def content_check(channel: str, content: dict[str, Any]) -> type[BaseModel] | None:
    """Return the model of a content: RBM has four kinds, each with its own key; None when it is none of them."""
    if channel in _CONTENTS:
        return _CONTENTS[channel]
    return next((model for key, model in _RBM.items() if key in content), None)
