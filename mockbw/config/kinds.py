"""Kinds of values: how the values of settings are written, and their bounds.

A ``Kind`` reads a value as it is written (text from the file, a variable or a flag, JSON from the control API, a Python value
from a test) and returns the value in force; and it writes a value in force as it would be written. Bounds, and the messages for
values outside of them, are declared here, once for all interfaces. Validators read the ``folder`` that paths are relative to from
the validation context.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_network
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError
from yarl import URL

from mockbw.core.clock import LATEST
from mockbw.core.payload import format_time
from mockbw.documents import values
from mockbw.documents.durations import format_duration
from mockbw.documents.explanations import shown

__all__ = [
    "Control",
    "Instant",
    "Kind",
    "at_commas",
    "choice",
    "duration",
    "flag",
    "folder_or_file",
    "host",
    "instant",
    "many",
    "must",
    "number",
    "size",
    "text",
    "url",
    "whole",
]

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\*")
_SIZE = re.compile(r"(\d+)\s*(B|kB|KB|MB)?", re.ASCII)
_BYTES = {"MB": 1_000_000, "kB": 1000, "KB": 1000, "B": 1}


class Control(StrEnum):
    """What a form offers for a value."""

    TEXT = "text"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LIST = "list"
    NONE = "none"
    """Nothing: the value has too much structure, or is a secret."""


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How the values of a setting are written, and their bounds."""

    read: Any
    """The pydantic type that reads what is written; it returns the value in force."""
    view: Any = str
    """The type of what ``show`` returns."""
    native: tuple[type, ...] = (str,)
    """The types of values in force, which programs can pass as they are."""
    write: Callable[[Any], Any] = _same
    """Returns a value in force as it would be written, as JSON data; the value may be out of bounds."""
    show: Callable[[Any], Any] = _same
    """Removes secrets from what ``write`` returned."""
    words: str = ""
    """The valid values, e.g. ``a whole number from 1 to 1000``."""
    control: Control = Control.TEXT
    choices: tuple[str, ...] = ()
    metavar: str = "TEXT"
    """The placeholder for the value in the help of a flag."""
    structured: bool = False
    """Whether the text of a variable or a flag is read as YAML if it is in brackets."""
    secret: bool = False
    """Whether it is never shown, and can be read from a file that a variable names."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let a field of a model be of this kind: ``Annotated[int, kind]``."""
        return handler.generate_schema(self.read)

    def written(self, value: Any) -> Any:
        """Return a value in force as it is written; anything else as it is."""
        fits = isinstance(value, self.native) and (bool in self.native or not isinstance(value, bool))
        return self.write(value) if fits else value

    def shown(self, value: Any) -> Any:
        """Return a value in force as it is written, without the secrets in it."""
        return None if value is None else self.show(self.write(value))


def must(wanted: str, given: Any = None) -> PydanticCustomError:
    """Return the error for an invalid value; the message repeats ``given`` unless it is None."""
    return _wrong(f"must be {wanted}" + ("" if given is None else f", not {shown(given)}"))


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("must", "{message}", {"message": message})


def _bounded(annotation: Any, words: str) -> Any:
    """Return the annotation with one message for everything that it rejects."""

    def read(value: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            if not isinstance(value, bool):
                return handler(value)
        except ValidationError:
            pass
        raise must(words, value)

    return Annotated[annotation, WrapValidator(read)]


# -- single values ----------------------------------------------------------------------------------------------------------


def text(most: int | None = None, least: int = 0, *, secret: bool = False) -> Kind:
    """Text with a length between the bounds. Messages never repeat a ``secret``."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise must("text in quotes" if secret else "text", None if secret else value)
        if len(value) < least:
            raise must(f"at least {least} characters long") if least > 1 else _wrong("must not be empty")
        if most is not None and len(value) > most:
            raise _wrong(f"must be at most {most} characters long" + ("" if secret else f", not {len(value)}"))
        return str(value)

    schema = {"type": "string", **({"minLength": least} if least else {}), **({"maxLength": most} if most else {})}
    bounds = [f"at least {least} characters"] * (least > 1) + [f"at most {most} characters"] * (most is not None)
    return Kind(
        read=Annotated[str, BeforeValidator(read), WithJsonSchema(schema)],
        show=(lambda _: "…") if secret else _same,
        words=", ".join(["text", *bounds]),
        control=Control.NONE if secret else Control.TEXT,
        secret=secret,
    )


def flag() -> Kind:
    """True or false."""
    return Kind(read=values.Bool, view=bool, native=(bool,), words="true or false", control=Control.SWITCH)


def whole(least: int, most: int) -> Kind:
    """A whole number between the bounds, which are included."""
    words = f"a whole number from {least} to {most}"
    read = _bounded(Annotated[int, Field(ge=least, le=most)], words)
    return Kind(read=read, view=int, native=(int,), words=words, control=Control.NUMBER, metavar="NUMBER")


def number(above: float, most: float) -> Kind:
    """A number above ``above`` and at most ``most``."""
    words = f"a number above {above:g}, at most {most:g}"
    read = _bounded(Annotated[float, Field(gt=above, le=most, allow_inf_nan=False)], words)
    return Kind(read=read, view=float, native=(int, float), words=words, control=Control.NUMBER, metavar="NUMBER")


def duration(least: int = 0, *, unit: float = 1) -> Kind:
    """A duration of at least ``least`` milliseconds; the value in force is in units of ``unit`` milliseconds.

    It is rounded down to a whole number if ``unit`` is an ``int``.
    """
    words = f"a duration of at least {format_duration(least)}" if least else "a duration"

    def read(milliseconds: int) -> float:
        if milliseconds < least:
            raise must(words, format_duration(milliseconds))
        return milliseconds // unit if isinstance(unit, int) else milliseconds / unit

    def write(value: float | timedelta) -> Any:
        milliseconds = value / timedelta(milliseconds=1) if isinstance(value, timedelta) else value * unit
        return format_duration(milliseconds) if milliseconds >= 0 and isfinite(milliseconds) else value

    return Kind(
        read=Annotated[values.Duration, AfterValidator(read)],
        native=(int, float, timedelta),
        write=write,
        words=words,
        metavar="DURATION",
    )


def _instant(value: Any) -> int:
    try:
        parsed = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{str(value)[:100]!r} is not a valid date-time: write it as 2018-01-24T16:00:00Z") from None
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    milliseconds = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if not 0 <= milliseconds <= LATEST:
        raise ValueError("a clock can be sent to the years 1970 to 3000")
    return milliseconds


Instant = Annotated[int, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant in the range of clocks, in milliseconds since the epoch; UTC if it is written without an offset."""


def instant() -> Kind:
    """An instant; the value in force is in milliseconds since the epoch."""

    def write(value: int | datetime) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        return format_time(value) if 0 <= value <= LATEST else value

    return Kind(
        read=Instant,
        native=(int, datetime),
        write=write,
        words="a date-time such as 2018-01-24T16:00:00Z",
        metavar="DATETIME",
    )


def size() -> Kind:
    """A number of bytes."""

    def read(value: Any) -> int:
        written = _SIZE.fullmatch(str(value))
        if written is None:
            raise ValueError(f"{str(value)[:100]!r} is not a valid size: write it as 500kB or 1MB")
        return int(written[1]) * _BYTES[written[2] or "B"]

    def write(value: int) -> str:
        unit = next((unit for unit in ("MB", "kB") if value and value % _BYTES[unit] == 0), None)
        return str(value) if unit is None else f"{value // _BYTES[unit]}{unit}"

    return Kind(
        read=Annotated[int, BeforeValidator(read), WithJsonSchema({"type": ["string", "integer"], "examples": ["500kB", "1MB"]})],
        native=(int,),
        write=write,
        words="a size such as 500kB or 1MB",
        metavar="SIZE",
    )


def choice(words: Collection[str] | type[StrEnum]) -> Kind:
    """One of several words; the value in force is a member if they are an enumeration."""
    choices = tuple(str(word) for word in words)
    annotation: Any = words if isinstance(words, type) else Literal[choices]
    listed = f"{', '.join(choices[:-1])} or {choices[-1]}"
    return Kind(
        read=annotation,
        view=annotation,
        write=str,
        words=listed,
        control=Control.CHOICE,
        choices=choices,
        metavar="|".join(choices),
    )


def url() -> Kind:
    """A URL to call. A URL with a password is refused, and the message does not repeat it."""

    def read(value: str) -> str:
        try:
            parsed = URL(value)
            good, secret = parsed.scheme in ("http", "https") and bool(parsed.host), parsed.user is not None
        except ValueError:
            good = secret = False
        if secret:
            raise ValueError("a URL must not contain user and password, since the journal shows URLs: use 'credentials'")
        if not good:
            given = "this" if "@" in value else repr(value[:100])
            raise ValueError(f"{given} is not a URL to call: write it as http://localhost:5000/callbacks")
        return value

    return Kind(read=Annotated[text().read, AfterValidator(read)], words="a URL, http or https", metavar="URL")


def host() -> Kind:
    """A host name, a pattern ``*.example.com``, an address or a network."""

    def read(value: str) -> str:
        if not _HOST.fullmatch(value):
            try:
                ip_network(value.strip("[]"), strict=False)
            except ValueError:
                right = "write app, *.example.com, 127.0.0.1 or 10.0.0.0/8, without port"
                raise ValueError(f"{value[:100]!r} is not a host: {right}") from None
        return value.lower()

    return Kind(read=Annotated[text().read, AfterValidator(read)], words="a name, *.example.com, an address or a network")


def folder_or_file(metavar: str) -> Kind:
    """A path, relative to the ``folder`` of the validation context."""

    def read(value: str, info: ValidationInfo) -> Path:
        folder: Path = (info.context or {}).get("folder", Path())
        return folder / value

    return Kind(
        read=Annotated[text(least=1).read, AfterValidator(read)], native=(str, Path), write=str, words="a path", metavar=metavar
    )


# -- several ----------------------------------------------------------------------------------------------------------------


def at_commas(value: Any) -> Any:
    """Split a text at its commas, so that a list can be written in a variable or a flag."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def many(item: Kind, words: str, *, most: int, make: Callable[[Iterable[Any]], Any] = tuple, metavar: str = "") -> Kind:
    """A list of values of one kind, which can also be written as comma-separated text."""

    def write(given: Iterable[Any]) -> list[Any]:
        written = [item.written(value) for value in given]
        return sorted(written) if isinstance(given, (set, frozenset)) else written

    return Kind(
        read=Annotated[list[item.read], BeforeValidator(at_commas), Field(max_length=most), AfterValidator(make)],  # type: ignore[name-defined]
        view=list[item.view],  # type: ignore[name-defined]
        native=(tuple, list, set, frozenset),
        write=write,
        show=lambda written: [item.show(value) for value in written],
        words=f"{words}, at most {most}",
        control=Control.NONE if item.control is Control.NONE else Control.LIST,
        metavar=metavar or f"{item.metavar},…",
        structured=True,
        secret=item.secret,
    )
