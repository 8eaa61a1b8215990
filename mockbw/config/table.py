"""What a setting is, and the models that are made of a table of settings.

Each setting is declared once, in one table: ``ACCOUNT`` in ``config/account.py``, ``APPLICATION`` in ``config/application.py``,
``SERVER``, ``LIMITS`` and ``TLS`` in ``config/server.py``. The configuration file, environment variables, flags, the bodies and
views of the control API, the page's form, the fixture and the reference in ``docs/configuration.md`` are made from these tables.
The default value of a setting is declared with its effect: it is the default of the dataclass field that the setting sets.
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

__all__ = ["Interface", "Setting", "Table"]

Model = TypeVar("Model", bound=BaseModel)


class Interface(Flag):
    """Where a setting can be given."""

    FILE = auto()
    """In ``mockbw.yaml``, and as an environment variable if it is at the top level of the file."""
    FLAG = auto()
    """As a flag of ``mockbw serve``."""
    HTTP = auto()
    """In the body of a request to the control API."""
    TEST = auto()
    """In a test: by the marker of the fixture or by ``configure``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting."""

    key: str
    """Its name in the file: ``list-limit``."""
    kind: Kind
    help: str
    """What it is for, in a sentence, for all interfaces."""
    default: str = ""
    """What applies when it is not set, in words, where the default value does not say so."""
    interfaces: Interface = Interface.FILE
    field: str = ""
    """The dataclass field that it sets, if it has another name than the setting."""
    title: str = ""
    """Its label in a form, if that is not made from the key."""
    several: bool = False
    """Whether its flag can be given several times, once for each entry of a list."""
    at_start: bool = False
    """Whether a changed configuration affects it only at the next start of the server."""
    initial: Any = ...
    """Its default value, looked up by the table; an ellipsis if no field has its value."""

    @property
    def name(self) -> str:
        """Its name in JSON and in Python: ``list_limit``."""
        return self.key.replace("-", "_")

    @property
    def target(self) -> str:
        """The name of the dataclass field that it sets."""
        return self.field or self.name

    @property
    def variable(self) -> str:
        """Its environment variable: ``MOCKBW_LIST_LIMIT``."""
        return f"MOCKBW_{self.name.upper()}"

    @property
    def default_words(self) -> str:
        """What applies when it is not set."""
        if self.default:
            return self.default
        shown = self.kind.shown(self.initial)
        if isinstance(shown, list):
            return ", ".join(shown)
        return str(shown).lower() if isinstance(shown, bool) else str(shown)

    @property
    def description(self) -> str:
        """What it is for, its valid values and its default, in sentences."""
        values = f"{self.kind.words[0].upper()}{self.kind.words[1:]}"
        return f"{self.help} {values}. Default: {self.default_words}."

    @property
    def label(self) -> str:
        """Its label in a form: ``List limit``."""
        return self.title or self.key.replace("-", " ").capitalize()


class Table(Mapping[str, Setting]):
    """Settings by key, in the order in which they are documented.

    Args:
        settings: the rows.
        defaults: instances of the dataclasses whose fields the settings set, with their default values.
    """

    def __init__(self, *settings: Setting, defaults: tuple[Any, ...] = ()) -> None:
        self._settings = {setting.key: _with_default(setting, defaults) for setting in settings}
        self._single: dict[str, type[DocumentModel]] = {}

    def __getitem__(self, key: str) -> Setting:
        return self._settings[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def at(self, interface: Interface) -> tuple[Setting, ...]:
        """Return the settings that can be given there."""
        return tuple(setting for setting in self._settings.values() if interface in setting.interfaces)

    def of(self, holder: type) -> tuple[Setting, ...]:
        """Return the settings that set a field of a dataclass."""
        names = {field.name for field in fields(holder)}
        return tuple(setting for setting in self._settings.values() if setting.target in names)

    def viewed(self) -> tuple[Setting, ...]:
        """Return the settings that the control API shows: those that can be given there and are the value of a field."""
        return tuple(setting for setting in self.at(Interface.HTTP) if setting.initial is not ...)

    def given(self, model: BaseModel, interface: Interface = Interface.FILE) -> dict[str, Any]:
        """Return the values that are set in a model of that interface, by key; None resets a setting to its default."""
        return {one.key: getattr(model, one.name) for one in self.at(interface) if one.name in model.model_fields_set}

    def written(self, holder: Any) -> dict[str, Any]:
        """Return the values in a dataclass that differ from the defaults, as they are written, by key."""
        found = {}
        for setting in self.of(type(holder)):
            value = getattr(holder, setting.target)
            if value != setting.initial:
                found[setting.key] = setting.kind.written(value)
        return found

    def model(self, name: str, base: type[Model], interface: Interface) -> type[Model]:
        """Return the model that reads the settings of an interface."""
        return _model(name, base, self.at(interface))

    def view(self, name: str, base: type[Model]) -> type[Model]:
        """Return the model that the control API shows values with, as they are written."""
        shown: dict[str, Any] = {
            setting.name: (
                setting.kind.view | None if setting.initial is None else setting.kind.view,
                Field(description=setting.help),
            )
            for setting in self.viewed()
        }
        return create_model(name, __base__=base, __module__=__name__, **shown)

    @cached_property
    def document(self) -> type[DocumentModel]:
        """The model of all settings in the file."""
        return self.model("Settings", DocumentModel, Interface.FILE)

    def document_of(self, key: str) -> type[DocumentModel]:
        """Return the model of one setting in the file; it is built faster than that of all of them."""
        if key not in self._single:
            self._single[key] = _model(key, DocumentModel, (self[key],))
        return self._single[key]


def _with_default(setting: Setting, holders: tuple[Any, ...]) -> Setting:
    holder = next((holder for holder in holders if hasattr(holder, setting.target)), None)
    return setting if holder is None else replace(setting, initial=getattr(holder, setting.target))


def _model(name: str, base: type[Model], settings: Iterable[Setting]) -> type[Model]:
    read: dict[str, Any] = {
        setting.name: (setting.kind.read | None, Field(None, description=setting.description)) for setting in settings
    }
    return create_model(name, __base__=base, __module__=__name__, **read)
