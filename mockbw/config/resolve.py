"""Where settings come from: ``mockbw.yaml``, then the environment over it, then flags over both.

Every layer is checked by the same model, so that a mistake is explained the same way wherever it was made, and every value
in force knows where it came from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mockbw.config.schema import AccountModel, Configuration
from mockbw.config.settings import NamedAccount, ServerLimits, Settings, Tls
from mockbw.core.settings import AccountSettings
from mockbw.documents.durations import format_duration
from mockbw.documents.reader import Located, Position, check, load_documents
from mockbw.documents.values import Text
from mockbw.errors import Problem, ScenarioError, SettingsError
from mockbw.scenario.compile import compile_retry

__all__ = ["CONFIG_FILE", "InForce", "Resolved", "resolve"]

CONFIG_FILE = Path("mockbw.yaml")
"""The configuration that is read when none is named."""

_KEYS = {str(info.alias): name for name, info in Configuration.model_fields.items()}
_VARIABLES = {"MOCKBW_" + key.upper().replace("-", "_"): key for key in _KEYS}
_FILE_VARIABLES = ("MOCKBW_CONTROL_TOKEN", "MOCKBW_CREDENTIALS", "MOCKBW_BEARER_TOKENS")
"""Secrets that may also be handed over as a file, as orchestrators do: ``MOCKBW_CONTROL_TOKEN_FILE``."""

_OTHER_VARIABLES = frozenset({"MOCKBW_CONFIG", "MOCKBW_URL", "MOCKBW_ACCOUNT"})
_SECRETS = frozenset({"control-token", "credentials", "inbound-credentials", "barred-credentials", "bearer-tokens", "password"})
_ORCHESTRATOR = re.compile(r"MOCKBW_(SERVICE_.*|PORT_\d+_.*)")
"""What Kubernetes sets in every pod when a service is named mockbw; its MOCKBW_PORT is a URL."""


@dataclass(frozen=True, slots=True)
class InForce:
    """One setting as it is in force: the value as people write it, secrets hidden, and where it was said."""

    key: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings of all layers together. ``warnings`` are about variables nobody reads."""

    settings: Settings
    said: tuple[InForce, ...]
    file: Path | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Layer:
    model: Configuration
    written: Mapping[str, Any]
    origins: Mapping[str, str]
    folder: Path


def resolve(
    file: Path | None = None, flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Resolved:
    """Return the settings in force. ``flags`` are texts by key (``callback-url``); a None was not given.

    ``file`` None: the one that ``MOCKBW_CONFIG`` names, else ``mockbw.yaml`` in this folder if there is one.

    Raises:
        ScenarioError: the file is wrong, with every problem at its line.
        SettingsError: a variable or a flag is wrong, or two settings contradict each other.
    """
    variables = os.environ if environment is None else environment
    path = file or (Path(variables["MOCKBW_CONFIG"]) if variables.get("MOCKBW_CONFIG") else None)
    if path is None and CONFIG_FILE.is_file():
        path = CONFIG_FILE
    layers = [_read(path)] if path is not None else []
    given, warnings = _from_environment(variables)
    layers.append(_from_texts(given))
    layers.append(_from_texts({key: (f"--{key}", value) for key, value in (flags or {}).items() if value is not None}))
    settings = _settings(layers)
    # An empty folder is how a container looks into which no scenarios were mounted.
    empty = [
        folder for folder in settings.scenarios if folder.is_dir() and os.access(folder, os.R_OK) and not any(folder.iterdir())
    ]
    settings = replace(settings, scenarios=tuple(path for path in settings.scenarios if path not in empty))
    warnings += tuple(f"the scenario folder {folder} is empty" for folder in empty)
    return Resolved(settings, tuple(_said(layers)), path, warnings)


# -- the layers ---------------------------------------------------------------------------------------------------------


def _read(path: Path) -> _Layer:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(f"there is no configuration file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the configuration file {path} cannot be read: {error}") from None
    documents, problems = load_documents(text, str(path))
    if problems:
        raise ScenarioError(problems)
    if len(documents) > 1:
        position = documents[1].find(())[0]
        raise ScenarioError([Problem(str(path), position.line, position.column, "a configuration is one document", "Remove ---")])
    if not documents:
        return _Layer(Configuration(), {}, {}, path.parent)
    checked = check(Configuration, documents[0], str(path), text)
    if checked.model is None:
        raise ScenarioError(checked.problems)
    origins = {name: f"{path}:{documents[0].find_key((key,)).line}" for key, name in _KEYS.items()}
    return _Layer(checked.model, documents[0].value, origins, path.parent)


def _from_environment(variables: Mapping[str, str]) -> tuple[dict[str, tuple[str, str]], tuple[str, ...]]:
    given: dict[str, tuple[str, str]] = {}
    warnings: list[str] = []
    for name, value in variables.items():
        if not name.startswith("MOCKBW_") or name in _OTHER_VARIABLES or _ORCHESTRATOR.fullmatch(name):
            continue
        if name.removesuffix("_FILE") in _FILE_VARIABLES and name.endswith("_FILE"):
            given[_VARIABLES[name.removesuffix("_FILE")]] = (name, _secret(name, value))
        elif name == "MOCKBW_PORT" and value.startswith("tcp://"):
            continue
        elif name in _VARIABLES:
            if value:  # an empty variable is how compose files say: not set
                given[_VARIABLES[name]] = (name, value)
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


def _from_texts(given: Mapping[str, tuple[str, Any]]) -> _Layer:
    """Check settings that were given as texts under a name of their own; structures are written as YAML in brackets."""
    located = Located({})
    for key, (origin, value) in given.items():
        located.value[key] = _value(origin, value)
        located.values[key,] = Position(1, 1)
    checked = check(Configuration, located, "", "")
    if checked.model is None:
        raise SettingsError("\n".join(_blame(located, given)))
    return _Layer(checked.model, located.value, {_KEYS[key]: origin for key, (origin, _) in given.items()}, Path())


def _value(origin: str, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [Text(str(entry), str(entry)) for entry in value]
    text = str(value)
    if not text.startswith(("{", "[")):
        return Text(text, text)
    documents, problems = load_documents(text, origin)
    if problems or not documents:
        raise SettingsError(f"{origin}: {problems[0].message if problems else 'it is empty'}")
    return documents[0].value


def _blame(located: Located, given: Mapping[str, tuple[str, Any]]) -> Iterator[str]:
    """Say what is wrong under the name it was given by; each setting is checked alone so that the name is known."""
    for key, (origin, _) in given.items():
        alone = check(Configuration, Located({key: located.value[key]}), "", "")
        for problem in alone.problems:
            yield f"{origin}: {problem.message}{'. ' + problem.hint if problem.hint else ''}"


# -- together -----------------------------------------------------------------------------------------------------------


def _said(layers: Iterable[_Layer]) -> Iterator[InForce]:
    """Yield every setting as it is in force, as it was written; what nobody said as its default."""
    last = {key: layer for layer in layers for key in layer.written}
    for key, name in sorted(_KEYS.items()):
        if key in last:
            yield InForce(key, _shown(key, last[key].written[key]), last[key].origins[name])
        elif (default := _default(name)) is not None:
            yield InForce(key, default, "default")


def _default(name: str) -> Any:
    value: Any = getattr(Settings(), name, None)
    if name == "day":
        return format_duration(value)
    if name == "grace":
        return format_duration(value * 1000)
    return value if isinstance(value, (bool, int, str)) else None


def _shown(key: str, value: Any) -> Any:
    """Return a value as it was written, without the secrets in it."""
    if isinstance(value, dict):
        return {inner: _shown(inner, entry) for inner, entry in value.items()}
    if isinstance(value, list):
        return [_shown(key, entry) for entry in value]
    if value is None or key not in _SECRETS:
        return getattr(value, "plain", value)
    user, colon, _ = value.partition(":")
    return f"{user}:…" if colon and "credentials" in key else "…"


def _settings(layers: Iterable[_Layer]) -> Settings:
    values: dict[str, Any] = {}
    folders: dict[str, Path] = {}
    for layer in layers:
        for name in layer.model.model_fields_set:
            value = getattr(layer.model, name)
            values.pop(name, None)  # null: back to the default
            if value is not None:
                values[name], folders[name] = value, layer.folder

    def paths(name: str) -> tuple[Path, ...]:
        return tuple(folders[name] / path for path in values.get(name, ()))

    top = Configuration.model_construct(**values)
    account = _account_settings(top, AccountSettings())
    plain = ["host", "port", "callback_url", "edition", "clock", "day", "start", "seed", "magic_numbers", "concurrency"]
    plain += ["count_downtime", "control_token", "control_open", "sender", "log", "log_level"]
    settings = Settings(
        **{name: values[name] for name in plain if name in values},
        scenarios=paths("scenarios"),
        credentials=account.api_credentials,
        account=account,
        control_hosts=tuple(values.get("control_hosts", ())),
        callback_hosts=tuple(values.get("callback_hosts", ())),
        accounts={
            name: _named(model, account, folders["accounts"], top.callback_url)
            for name, model in values.get("accounts", {}).items()
        },
    )
    if "grace" in values:
        settings = replace(settings, grace=values["grace"] / 1000)
    if "data" in values:
        settings = replace(settings, data=folders["data"] / values["data"])
    if "limits" in values:
        settings = replace(settings, limits=replace(ServerLimits(), **values["limits"].model_dump(exclude_none=True)))
    if "tls" in values:
        said = values["tls"]
        usual = settings.data / "tls" if settings.data else None
        tls = Tls(folder=folders["tls"] / said.folder if said.folder else usual)
        tls = tls if said.port is None else replace(tls, port=said.port)
        settings = replace(settings, tls=tls if said.names is None else replace(tls, names=tuple(said.names)))
    return settings


def _named(model: AccountModel, usual: AccountSettings, folder: Path, callback_url: str | None) -> NamedAccount:
    return NamedAccount(
        settings=replace(
            _account_settings(model, usual, lists=bool(model.applications or model.numbers)),
            callback_url=model.callback_url or usual.callback_url or callback_url,
        ),
        edition=model.edition,
        clock=model.clock,
        day=model.day,
        start=model.start,
        seed=model.seed,
        scenarios=tuple(folder / path for path in model.scenarios or ()),
    )


def _account_settings(model: AccountModel, usual: AccountSettings, *, lists: bool = False) -> AccountSettings:
    """Return what a model says of an account over what is usual; with ``lists`` it is strict unless it says no."""
    changes: dict[str, Any] = {}
    if model.callback_url is not None:
        changes["callback_url"] = model.callback_url
    if model.applications is not None:
        changes["applications"] = {name: application.compiled(name) for name, application in model.applications.items()}
    if model.numbers is not None:
        changes["numbers"] = {number: application or None for number, application in model.numbers.items()}
    if model.strict is not None or lists:
        changes["strict"] = lists if model.strict is None else model.strict
    if model.credentials is not None:
        changes["api_credentials"] = tuple(pair.compiled() for pair in model.credentials)
    if model.barred_credentials is not None:
        changes["barred_credentials"] = tuple(pair.compiled() for pair in model.barred_credentials)
    if model.bearer_tokens is not None:
        changes["bearer_tokens"] = tuple(model.bearer_tokens)
    if model.callback_types is not None:
        changes["callback_types"] = frozenset(model.callback_types)
    if model.retry is not None:
        changes["retry"] = compile_retry(model.retry)
    if model.queue is not None:
        changes["queue_seconds"] = model.queue // 1000
    for name in ("rate", "mms_receipts", "fetch_media", "list_limit", "carrier_name", "redirects", "keep_messages", "keep_for"):
        if getattr(model, name) is not None:
            changes[name] = getattr(model, name)
    return replace(usual, **changes)
