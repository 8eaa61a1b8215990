"""Where settings come from: ``mockbw.yaml``, then the environment over it, then flags over both.

Every value is read by the kind of its setting, so that errors are the same wherever a value was given, and every value in force
has the place where it was given.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mockbw.config.account import ACCOUNT
from mockbw.config.schema import CONFIGURATION, FLAGS, SECRETS, read_values
from mockbw.config.settings import NamedAccount, Settings
from mockbw.config.table import Setting
from mockbw.core.settings import AccountSettings
from mockbw.documents.reader import check, load_documents
from mockbw.documents.values import Text
from mockbw.errors import Problem, ScenarioError, SettingsError
from mockbw.redaction import hide_problems

__all__ = ["CONFIG_FILE", "InForce", "Resolved", "resolve"]

CONFIG_FILE = Path("mockbw.yaml")
"""The configuration that is read when none is named."""

_VARIABLES = {setting.variable: setting for setting in CONFIGURATION.values()}
_FILE_VARIABLES = {f"{setting.variable}_FILE": setting for setting in CONFIGURATION.values() if setting.kind.secret}
"""Secrets that may also be handed over as a file, as orchestrators do: ``MOCKBW_CONTROL_TOKEN_FILE``."""

_OTHER_VARIABLES = frozenset({"MOCKBW_CONFIG", "MOCKBW_URL", "MOCKBW_ACCOUNT"})
_ORCHESTRATOR = re.compile(r"MOCKBW_(SERVICE_.*|PORT_\d+_.*)")
"""What Kubernetes sets in every pod when a service is named mockbw; its MOCKBW_PORT is a URL."""


@dataclass(frozen=True, slots=True)
class InForce:
    """One setting in force: the value as it is written, with secrets hidden, and where it was given."""

    key: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings of all layers together. ``warnings`` are about unknown variables and empty folders."""

    settings: Settings
    in_force: tuple[InForce, ...]
    file: Path | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Given:
    """A setting in one layer: the value in force (None: reset to the default), how it is written, and where it was given."""

    value: Any
    written: Any
    origin: str


def resolve(
    file: Path | None = None, flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Resolved:
    """Return the settings in force. ``flags`` are what was given by the keys of ``FLAGS``; a None was not given.

    ``file`` None: the one that ``MOCKBW_CONFIG`` names, else ``mockbw.yaml`` in this folder if there is one.

    Raises:
        ScenarioError: the file is wrong, with every problem at its line.
        SettingsError: a variable or a flag is wrong.
    """
    variables = os.environ if environment is None else environment
    path = file or (Path(variables["MOCKBW_CONFIG"]) if variables.get("MOCKBW_CONFIG") else None)
    if path is None and CONFIG_FILE.is_file():
        path = CONFIG_FILE
    layers = _from_file(path) if path is not None else {}
    given, warnings = _from_environment(variables)
    layers |= _from_texts(given)
    layers |= _from_texts(_from_flags(flags or {}))
    settings = _settings({key: one.value for key, one in layers.items() if one.value is not None})
    empty = [path for path in settings.scenarios if _is_empty_folder(path)]
    settings = replace(settings, scenarios=tuple(path for path in settings.scenarios if path not in empty))
    warnings += tuple(f"the scenario folder {folder} is empty" for folder in empty)
    return Resolved(settings, tuple(_in_force(layers)), path, warnings)


def _is_empty_folder(path: Path) -> bool:
    """Return True for a folder without anything in it: how a container looks into which no scenarios were mounted."""
    try:
        return path.is_dir() and os.access(path, os.R_OK) and not any(path.iterdir())
    except OSError:  # reading the scenarios will say what it is
        return False


# -- the layers ---------------------------------------------------------------------------------------------------------


_SECRET_KEYS = ("bearer-tokens", "barred-credentials", "control-token", "credentials", "inbound-credentials", "password")
"""Keys of the file whose values no message may show, wherever they stand."""


def _from_file(path: Path) -> dict[str, _Given]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(f"there is no configuration file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the configuration file {path} cannot be read: {error}") from None
    documents, problems = load_documents(text, str(path))
    if problems:
        raise ScenarioError(hide_problems(problems, text, _SECRET_KEYS, CONFIGURATION))
    if len(documents) > 1:
        position = documents[1].find(())[0]
        raise ScenarioError([Problem(str(path), position.line, position.column, "a configuration is one document", "Remove ---")])
    if not documents:
        return {}
    (document,) = documents
    read = check(CONFIGURATION.document, document, str(path), text, {"folder": path.parent})
    if read.model is None:
        # Only the lines are redacted: the messages, which never repeat a secret, are the same at every interface.
        shown = hide_problems(read.problems, text, _SECRET_KEYS, CONFIGURATION)
        pairs = zip(read.problems, shown, strict=True)
        raise ScenarioError(replace(problem, excerpt=hidden.excerpt) for problem, hidden in pairs)
    return {
        key: _Given(value, document.value[key], f"{path}:{document.find_key((key,)).line}")
        for key, value in CONFIGURATION.given(read.model).items()
    }


def _from_environment(variables: Mapping[str, str]) -> tuple[dict[str, tuple[str, Any]], tuple[str, ...]]:
    given: dict[str, tuple[str, Any]] = {}
    warnings: list[str] = []
    for name, value in variables.items():
        if not name.startswith("MOCKBW_") or name in _OTHER_VARIABLES or _ORCHESTRATOR.fullmatch(name):
            continue
        if (setting := _FILE_VARIABLES.get(name)) is not None:
            given[setting.key] = (name, _value(setting, name, _secret(name, value)))
        elif name == "MOCKBW_PORT" and value.startswith("tcp://"):
            continue
        elif (setting := _VARIABLES.get(name)) is not None:
            if value:  # an empty variable is how compose files say: not set
                given[setting.key] = (name, _value(setting, name, value))
        elif close := get_close_matches(
            name.removeprefix("MOCKBW_"), [known.removeprefix("MOCKBW_") for known in _VARIABLES], 1, 0.75
        ):
            raise SettingsError(f"nothing reads the variable {name}. Did you mean MOCKBW_{close[0]}?")
        else:
            warnings.append(f"nothing reads the variable {name}")
    return given, tuple(warnings)


def _secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: the file {path} cannot be read: {error}") from None


def _from_flags(flags: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """Return what flags say, by key; ``tls.port`` says it of the group ``tls``, and goes over the flag ``tls`` itself."""
    given: dict[str, tuple[str, Any]] = {}
    for path in sorted(flags, key=lambda path: "." in path):
        if (written := flags[path]) is None:
            continue
        flag = f"--{path.replace('.', '-')}"
        value = _value(FLAGS[path], flag, written)
        key, _, inner = path.partition(".")
        given[key] = (flag, {inner: value} if inner else value)
    return given


def _value(setting: Setting, place: str, written: Any) -> Any:
    """Return a text as a document would have it; structures are written as YAML in brackets."""
    if isinstance(written, (list, tuple)):
        return [Text(str(entry), str(entry)) for entry in written]
    text = str(written)
    if not (setting.kind.structured and text.startswith(("{", "["))):
        return Text(text, text)
    documents, problems = load_documents(text, place)
    if problems or not documents:
        raise SettingsError(f"{place}: {problems[0].message if problems else 'it is empty'}")
    return documents[0].value


def _from_texts(given: Mapping[str, tuple[str, Any]]) -> dict[str, _Given]:
    values = read_values(CONFIGURATION, given)
    return {key: _Given(values[key], written, place) for key, (place, written) in given.items()}


# -- together -----------------------------------------------------------------------------------------------------------


def _in_force(given: Mapping[str, _Given]) -> Iterator[InForce]:
    """Yield every setting in force as it is written; one that was not given with its default."""
    for key, setting in sorted(CONFIGURATION.items()):
        if key in given:
            yield InForce(key, _shown(key, given[key].written), given[key].origin)
        elif (default := setting.kind.shown(setting.initial)) not in (None, [], {}):
            yield InForce(key, default, "default")


def _shown(key: str, value: Any) -> Any:
    """Return a value as it was written, without the secrets in it."""
    if isinstance(value, dict):
        return {inner: _shown(inner, entry) for inner, entry in value.items()}
    if isinstance(value, list):
        return [_shown(key, entry) for entry in value]
    if value is None or key not in SECRETS:
        return getattr(value, "plain", value)
    user, colon, _ = value.partition(":")
    return f"{user}:…" if colon and "credentials" in key else "…"


def _settings(values: Mapping[str, Any]) -> Settings:
    """Return the settings of a server in which these values are in force, by key."""
    account = replace(AccountSettings(), **_targeted(values, AccountSettings))
    own = {setting.name for setting in CONFIGURATION.values()} & {field.name for field in fields(Settings)}
    settings = Settings(
        **{CONFIGURATION[key].name: value for key, value in values.items() if CONFIGURATION[key].name in own - {"accounts"}},
        account=account,
        accounts={name: _named(given, account) for name, given in values.get("accounts", {}).items()},
    )
    if settings.tls is not None and settings.tls.folder is None and settings.data is not None:
        settings = replace(settings, tls=replace(settings.tls, folder=settings.data / "tls"))
    return settings


def _named(given: Mapping[str, Any], common: AccountSettings) -> NamedAccount:
    """Return an account of the file, with the common settings unless it has its own. It is strict if it lists something."""
    values = {key: value for key, value in given.items() if value is not None}
    lists = bool(values.get("applications") or values.get("numbers"))
    changes = {**({"strict": True} if lists else {}), **_targeted(values, AccountSettings)}
    return NamedAccount(settings=replace(common, **changes), **_targeted(values, NamedAccount))


def _targeted(values: Mapping[str, Any], holder: type) -> dict[str, Any]:
    """Return the values that a dataclass has fields for, by field."""
    return {setting.target: values[setting.key] for setting in ACCOUNT.of(holder) if setting.key in values}
