"""The settings of the server, each declared once, with its limits and its HTTPS. Defaults are those of ``config/settings.py``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from mockbw.config.account import ACCOUNT
from mockbw.config.kinds import Control, Kind, choice, duration, flag, folder_or_file, host, limited, many, size, text, whole
from mockbw.config.settings import ServerLimits, Settings, Tls
from mockbw.config.table import Door, Setting, Table
from mockbw.documents.model import DocumentModel

__all__ = ["LIMITS", "SERVER", "TLS", "account_name"]

_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@:+-]{0,99}", re.ASCII)

_FLAG = Door.FILE | Door.FLAG


def _group(table: Table, make: type, *, switch: bool = False) -> Kind:
    """Settings below one key, in force as a dataclass; with ``switch``, ``true`` is the section that says nothing more."""
    words: dict[str, Any] = {"true": {}, "yes": {}, "on": {}, "1": {}, "false": None, "no": None, "off": None, "0": None}

    def read(value: Any) -> Any:
        if switch and isinstance(value, (str, bool)):
            return words.get(str(value).lower(), value)
        return value

    def in_force(model: DocumentModel | None) -> Any:
        if model is None:
            return None
        return make(**{table[key].target: value for key, value in table.said(model).items() if value is not None})

    return Kind(
        read=Annotated[table.document | None, BeforeValidator(read), AfterValidator(in_force)],
        native=(make,),
        write=table.written,
        words="true, or a section" if switch else "a section",
        control=Control.SWITCH if switch else Control.NONE,
        structured=True,
    )


def account_name(value: str) -> str:
    """Return the name of an account.

    Raises:
        ValueError: no account can have it.
    """
    if not _ACCOUNT_NAME.fullmatch(value):
        right = "use letters, digits and _ . @ : + -, at most 100 of them, starting with a letter or digit"
        raise ValueError(f"{value[:100]!r} is not a valid name for an account: {right}")
    return value


def _accounts_kind() -> Kind:
    """Accounts by name; in force as what is said of each, by key."""

    def read(models: dict[str, DocumentModel]) -> dict[str, dict[str, Any]]:
        return {name: ACCOUNT.said(model) for name, model in models.items()}

    name = Annotated[str, limited(), AfterValidator(account_name)]
    return Kind(
        read=Annotated[dict[name, ACCOUNT.document], AfterValidator(read)],  # type: ignore[name-defined]  # made of the table
        native=(Mapping,),
        words="accounts by name",
        control=Control.NONE,
        structured=True,
    )


LIMITS = Table(
    Setting(key="body", kind=size(), help="The longest body of a request."),
    Setting(key="header", kind=size(), help="The longest line and header of a request."),
    Setting(
        key="media",
        kind=size(),
        help="Total size of the media stores of all accounts, with uploads in progress and deleted files that are still read; "
        "a file counts as 1 kB more than its size.",
    ),
    Setting(key="connections", kind=whole(1, 1_000_000), help="Open connections."),
    Setting(key="streams", kind=whole(1, 1_000_000), help="Open event streams among them."),
    Setting(
        key="header-timeout",
        field="header_seconds",
        kind=duration(1, unit=1000.0),
        help="How long a client may take for a TLS handshake, and for the head of every request.",
    ),
    Setting(
        key="body-timeout",
        field="body_seconds",
        kind=duration(1, unit=1000.0),
        help="How long a client may take for the body of a request.",
    ),
    Setting(
        key="write-timeout",
        field="write_seconds",
        kind=duration(1, unit=1000.0),
        help="How long a client may take to read what fills the buffer of its connection.",
    ),
    Setting(
        key="idle-timeout",
        field="idle_seconds",
        kind=duration(1, unit=1000.0),
        help="How long a connection may be idle between two requests; less when most connections are in use.",
    ),
    defaults=(ServerLimits(),),
)
"""What the server takes at most."""

TLS = Table(
    Setting(key="port", kind=whole(0, 65535), doors=_FLAG, help="The port of HTTPS; 0 takes a free one."),
    Setting(key="names", kind=many(text(least=1), "names", most=100), help="The names the certificate is for."),
    Setting(
        key="folder",
        kind=folder_or_file("FOLDER"),
        help="Where the certificate authority is kept.",
        default="the folder `tls` in `data`",
    ),
    defaults=(Tls(),),
)
"""HTTPS with mockbw's own certificate authority."""

SERVER = Table(
    Setting(
        key="host",
        kind=text(least=1),
        doors=_FLAG,
        at_start=True,
        help="The address to listen on; 0.0.0.0 lets other machines in.",
    ),
    Setting(key="port", kind=whole(0, 65535), doors=_FLAG, at_start=True, help="The port to listen on; 0 takes a free one."),
    Setting(
        key="magic-numbers",
        kind=flag(),
        doors=_FLAG,
        help="Whether numbers such as +1 999 555 4770 have their meaning.",
    ),
    Setting(
        key="grace",
        kind=duration(unit=1000.0),
        at_start=True,
        help="How long attempts in flight may take at a stop, in wall time.",
    ),
    Setting(
        key="accounts",
        kind=_accounts_kind(),
        help="Accounts by name, each with the settings of an account. With any, only those exist.",
        default="any",
    ),
    Setting(
        key="data",
        kind=folder_or_file("FOLDER"),
        doors=_FLAG,
        at_start=True,
        help="The folder that keeps the journal, so that nothing is lost when the server stops.",
        default="in memory only",
    ),
    Setting(
        key="count-downtime",
        kind=flag(),
        at_start=True,
        help="Whether scaled clocks count the time in which the server was down.",
    ),
    Setting(
        key="control-token",
        kind=text(least=8, secret=True),
        at_start=True,
        help="What opens the control API; needed as soon as other machines are let in.",
        default="none",
    ),
    Setting(
        key="control-open",
        kind=flag(),
        doors=_FLAG,
        at_start=True,
        help="Let other machines use the control API without a token.",
    ),
    Setting(
        key="control-hosts",
        kind=many(host(), "hosts", most=1000, metavar="HOST,…"),
        at_start=True,
        help="Further names the control API may be called by, against DNS rebinding.",
        default="none",
    ),
    Setting(
        key="callback-hosts",
        kind=many(host(), "hosts", most=1000, metavar="HOST,…"),
        doors=_FLAG,
        at_start=True,
        help="The only hosts callbacks may go to: names, *.example.com, addresses, networks.",
        default="any",
    ),
    Setting(
        key="sender",
        kind=choice(("lean", "aiohttp")),
        at_start=True,
        help="What carries the callbacks: mockbw's own client, the quicker one, or aiohttp.",
    ),
    Setting(
        key="limits",
        kind=_group(LIMITS, ServerLimits),
        at_start=True,
        help="What the server takes at most.",
        default="those below",
    ),
    Setting(
        key="tls",
        kind=_group(TLS, Tls, switch=True),
        doors=_FLAG,
        at_start=True,
        help="Serve HTTPS too, with mockbw's own certificate authority.",
        default="none",
    ),
    Setting(
        key="log",
        kind=choice(("auto", "human", "json")),
        doors=_FLAG,
        help="How the log is written; auto: for people on a terminal, else JSON.",
    ),
    Setting(
        key="log-level",
        kind=choice(("debug", "info", "warning", "error")),
        help="The least important lines the log has.",
    ),
    defaults=(Settings(),),
)
"""The settings of the server."""
