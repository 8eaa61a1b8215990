"""Every setting is declared once, and every field that a setting can set is set by one."""

from __future__ import annotations

from dataclasses import fields

import pytest

from mockbw.config.account import ACCOUNT
from mockbw.config.application import APPLICATION
from mockbw.config.kinds import Control
from mockbw.config.schema import CONFIGURATION, FLAGS
from mockbw.config.server import LIMITS, SERVER, TLS
from mockbw.config.settings import NamedAccount, ServerLimits, Settings, Tls
from mockbw.config.table import Interface, Setting, Table
from mockbw.core.model import Application
from mockbw.core.settings import AccountSettings

TABLES = {"account": ACCOUNT, "application": APPLICATION, "server": SERVER, "limits": LIMITS, "tls": TLS}
EVERY = [pytest.param(setting, id=f"{name}.{key}") for name, table in TABLES.items() for key, setting in table.items()]


@pytest.mark.parametrize(
    ("holder", "table", "besides"),
    [
        (AccountSettings, ACCOUNT, set()),
        (NamedAccount, ACCOUNT, {"settings"}),
        (Application, APPLICATION, {"id"}),
        (Settings, CONFIGURATION, {"account", "credentials"}),
        (ServerLimits, LIMITS, set()),
        (Tls, TLS, set()),
    ],
)
def test_every_field_is_set_by_a_setting(holder: type, table: Table, besides: set[str]) -> None:
    assert {field.name for field in fields(holder)} - {setting.target for setting in table.of(holder)} == besides


@pytest.mark.parametrize("setting", EVERY)
def test_every_setting_says_what_it_is_for_what_it_may_be_and_what_holds_by_default(setting: Setting) -> None:
    assert setting.help[0].isupper()
    assert setting.help.endswith(".")
    assert setting.kind.words
    assert setting.default_words not in ("", "None", "Ellipsis")
    assert not (setting.kind.secret and setting.kind.control is not Control.NONE), "a form shows no secret"


def test_every_setting_of_accounts_sets_a_field() -> None:
    fields_of = {setting.key for holder in (AccountSettings, NamedAccount) for setting in ACCOUNT.of(holder)}
    assert fields_of == set(ACCOUNT)


def test_a_setting_of_the_server_and_one_of_accounts_never_have_the_same_key() -> None:
    assert set(SERVER) & set(ACCOUNT) == set()


def test_the_flags_are_those_of_the_tables() -> None:
    flags = {setting.key for setting in CONFIGURATION.values() if Interface.FLAG in setting.interfaces}
    assert {path for path in FLAGS if "." not in path} == flags
    assert [path for path in FLAGS if "." in path] == ["tls.port"]
