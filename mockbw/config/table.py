"""What a setting is, and what is made of a table of them: the models that read a document, a request's JSON or Python values.

A setting stands in one table, once: ``ACCOUNT`` in ``config/account.py``, ``APPLICATION`` beside it, ``SERVER``, ``LIMITS`` and
``TLS`` in ``config/server.py``. The file, variables, flags, the bodies and views of the control API, the page's form, the fixture
and the reference in the documentation are made from there. Only its default stands elsewhere: with its effect, as the default of
the field that it sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import Flag, auto
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, Field, create_model

from mockbw.config.kinds import Kind
from mockbw.documents.model import DocumentModel

__all__ = ["Door", "Setting", "Table"]

Model = TypeVar("Model", bound=BaseModel)


class Door(Flag):
    """Where a setting may be said."""

    FILE = auto()
    """In ``mockbw.yaml``, and as a variable where it stands at the top of the file."""
    FLAG = auto()
    """As a flag of ``mockbw serve``."""
    HTTP = auto()
    """In the body of a request to the control API."""
    TEST = auto()
    """By the fixture: the marker, or ``configure``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. What it is by default says the field that it sets."""

    key: str
    """Its name in the file: ``list-limit``."""
    kind: Kind
    help: str
    """What it is for, in a sentence; every door shows it."""
    default: str = ""
    """What holds while nobody says it, in words, where the value alone does not say so."""
    doors: Door = Door.FILE
    field: str = ""
    """The field of the settings in force that has its value, where it is called otherwise."""
    title: str = ""
    """What a form calls it, where that is not the key itself."""
    several: bool = False
    """Whether its flag may be given several times, for one entry of the list each time."""
    at_start: bool = False
    """Whether a change waits for the next start of the server."""
    initial: Any = ...
    """The value in force while nobody says it, found by the table; an ellipsis where no field has its value."""

    @property
    def name(self) -> str:
        """Its name in JSON and in Python: ``list_limit``."""
        return self.key.replace("-", "_")

    @property
    def target(self) -> str:
        """The field that has its value."""
        return self.field or self.name

    @property
    def variable(self) -> str:
        """Its environment variable: ``MOCKBW_LIST_LIMIT``."""
        return f"MOCKBW_{self.name.upper()}"

    @property
    def default_words(self) -> str:
        """What holds while nobody says it."""
        if self.default:
            return self.default
        shown = self.kind.shown(self.initial)
        if isinstance(shown, list):
            return ", ".join(shown)
        return str(shown).lower() if isinstance(shown, bool) else str(shown)

    @property
    def label(self) -> str:
        """What a form calls it: ``List limit``."""
        return self.title or self.key.replace("-", " ").capitalize()


class Table(Mapping[str, Setting]):
    """Settings by key, in the order in which people read them. The fields of ``defaults`` have their default values."""

    def __init__(self, *settings: Setting, defaults: tuple[Any, ...] = ()) -> None:
        self._settings = {setting.key: _with_default(setting, defaults) for setting in settings}
        self._single: dict[str, type[DocumentModel]] = {}

    def __getitem__(self, key: str) -> Setting:
        return self._settings[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def at(self, door: Door) -> tuple[Setting, ...]:
        """Return the settings that may be said there."""
        return tuple(setting for setting in self._settings.values() if door in setting.doors)

    def of(self, holder: type) -> tuple[Setting, ...]:
        """Return the settings that a dataclass has a field for."""
        names = {field.name for field in fields(holder)}
        return tuple(setting for setting in self._settings.values() if setting.target in names)

    def shown(self) -> tuple[Setting, ...]:
        """Return the settings that the control API shows: those that may be said there and have a value of their own."""
        return tuple(setting for setting in self.at(Door.HTTP) if setting.initial is not ...)

    def said(self, model: BaseModel, door: Door = Door.FILE) -> dict[str, Any]:
        """Return what a model of that door says, by key; None: back to the default."""
        return {one.key: getattr(model, one.name) for one in self.at(door) if one.name in model.model_fields_set}

    def written(self, holder: Any) -> dict[str, Any]:
        """Return the values in force that a dataclass holds as they are written, by key, as far as they are not the default."""
        found = {}
        for setting in self.of(type(holder)):
            value = getattr(holder, setting.target)
            if value != setting.initial:
                found[setting.key] = setting.kind.written(value)
        return found

    def model(self, name: str, base: type[Model], door: Door) -> type[Model]:
        """Return a model that reads what is said at a door."""
        return _model(name, base, self.at(door))

    def view(self, name: str, base: type[Model]) -> type[Model]:
        """Return a model that shows the values in force, as they are written."""
        fields: dict[str, Any] = {
            setting.name: (
                setting.kind.view | None if setting.initial is None else setting.kind.view,
                Field(description=setting.help),
            )
            for setting in self.shown()
        }
        return create_model(name, __base__=base, __module__=__name__, **fields)

    @cached_property
    def document(self) -> type[DocumentModel]:
        """The model of the settings as they stand in the file."""
        return self.model("Settings", DocumentModel, Door.FILE)

    def document_of(self, key: str) -> type[DocumentModel]:
        """Return the model of one setting as it stands in the file; a small one is quickly made."""
        if key not in self._single:
            self._single[key] = _model(key, DocumentModel, (self[key],))
        return self._single[key]


def _with_default(setting: Setting, holders: tuple[Any, ...]) -> Setting:
    holder = next((holder for holder in holders if hasattr(holder, setting.target)), None)
    return setting if holder is None else replace(setting, initial=getattr(holder, setting.target))


def _model(name: str, base: type[Model], settings: Iterable[Setting]) -> type[Model]:
    fields: dict[str, Any] = {
        setting.name: (setting.kind.read | None, Field(None, description=setting.help)) for setting in settings
    }
    return create_model(name, __base__=base, __module__=__name__, **fields)
