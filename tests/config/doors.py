"""Every door through which a setting may be said, as its users find it, and what each answers to one written value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import yaml

from mockbw.config.account import ACCOUNT
from mockbw.config.resolve import resolve
from mockbw.config.schema import FLAGS
from mockbw.config.settings import Settings
from mockbw.config.table import Interface, Setting
from mockbw.core.settings import AccountSettings
from mockbw.errors import MockbwError, ScenarioError
from mockbw.testing import MockAccount, ServerThread

ACCOUNT_ID = "9900000"
FILE = Path("mockbw.yaml")


@dataclass(frozen=True)
class Taken:
    """The value was accepted; the value in force."""

    value: Any


@dataclass(frozen=True)
class Refused:
    """The value was refused; what was said, without the place."""

    sentences: frozenset[str]


class Doors:
    """The doors of one running server and of the folder the test is in."""

    def __init__(self, server: ServerThread) -> None:
        self._server = server
        self._http = HTTPConnection("127.0.0.1", server.double.settings.port or int(server.double.url.rpartition(":")[2]))
        self.account = MockAccount(server, ACCOUNT_ID)

    def answers(self, setting: Setting, written: Any) -> dict[str, Taken | Refused]:
        """Say one value of a setting at every door it has."""
        text = as_text(written)
        found: dict[str, Taken | Refused] = {"file": _tried(lambda: self._by_file(setting, written), _of_file)}
        if text:
            place = setting.variable
            found["variable"] = _tried(lambda: self._resolved(setting, environment={place: text}), _after(place))
            if setting.key in FLAGS:
                place = f"--{setting.key}"
                found["flag"] = _tried(lambda: self._resolved(setting, flags={setting.key: text}), _after(place))
        if Interface.HTTP in setting.interfaces:
            found["http"] = self._by_http(setting, written)
        if Interface.TEST in setting.interfaces:
            found["test"] = _tried(lambda: self._by_test(setting, written), _after(setting.target))
        return found

    def _by_file(self, setting: Setting, written: Any) -> Any:
        FILE.write_text(yaml.safe_dump({setting.key: written}, default_style='"', allow_unicode=True), encoding="utf-8")
        return in_force(setting, resolve(FILE, {}, {}).settings)

    @staticmethod
    def _resolved(setting: Setting, **said: Mapping[str, Any]) -> Any:
        FILE.unlink(missing_ok=True)
        return in_force(setting, resolve(None, said.get("flags"), said.get("environment", {})).settings)

    def _by_http(self, setting: Setting, written: Any) -> Taken | Refused:
        body = json.dumps({setting.name: written})
        self._http.request("PUT", f"/_mockbw/accounts/{ACCOUNT_ID}/settings", body, {"Content-Type": "application/json"})
        response = self._http.getresponse()
        answer = json.loads(response.read())
        if response.status == 200:
            return Taken(self._of_account(setting))
        assert response.status == 422, answer
        problems = [problem["message"] + (f". {problem['hint']}" if problem["hint"] else "") for problem in answer["problems"]]
        assert all(problem["field"].split(".")[0] == setting.name for problem in answer["problems"])
        # The name is spelled as at this door.
        return Refused(frozenset(problem.replace(f"'{setting.name}'", f"'{setting.key}'") for problem in problems))

    def _by_test(self, setting: Setting, written: Any) -> Any:
        if setting in ACCOUNT.of(AccountSettings):
            self.account.configure(**{setting.target: written})
        else:
            self.account = MockAccount(self._server, ACCOUNT_ID, **{setting.target: written})
        return self._of_account(setting)

    def _of_account(self, setting: Setting) -> Any:
        setup = self._server.double.account(ACCOUNT_ID).setup
        named = {"clock": setup.mode, "day": setup.rate}
        holder = setup.settings if hasattr(setup.settings, setting.target) else setup
        return named.get(setting.key, getattr(holder, setting.target, None))

    def close(self) -> None:
        self._http.close()
        self.account.close()


def in_force(setting: Setting, settings: Settings) -> Any:
    """Return the value that settings have of one of them."""
    own = setting.target in {field.name for field in fields(AccountSettings)}
    value = getattr(settings.account if own else settings, setting.target)
    return 86_400_000 / value if setting.key == "day" else value


def as_text(written: Any) -> str:
    """Return a value as it is written where everything is text."""
    if isinstance(written, str):
        return written
    return yaml.safe_dump(written, default_flow_style=True, default_style='"', allow_unicode=True, width=10**9).strip()


def _tried(say: Callable[[], Any], sentences: Callable[[MockbwError], frozenset[str]]) -> Taken | Refused:
    try:
        return Taken(say())
    except MockbwError as error:
        return Refused(sentences(error))


def _of_file(error: MockbwError) -> frozenset[str]:
    assert isinstance(error, ScenarioError)
    assert all((problem.file, problem.line) == (str(FILE), 1) or problem.line > 1 for problem in error.problems)
    return frozenset(problem.sentence for problem in error.problems)


def _after(place: str) -> Callable[[MockbwError], frozenset[str]]:
    def sentences(error: MockbwError) -> frozenset[str]:
        lines = str(error).splitlines()
        assert all(line.startswith(f"{place}: ") for line in lines), lines
        return frozenset(line.removeprefix(f"{place}: ") for line in lines)

    return sentences
