"""The settings of the server, of its limits and of HTTPS, each declared once. Defaults are in ``config/settings.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from mockbw.config.account import ACCOUNT
from mockbw.config.kinds import Control, Kind, choice, duration, flag, folder_or_file, host, many, size, text, whole
from mockbw.config.settings import ServerLimits, Settings, Tls
from mockbw.config.table import Interface, Setting, Table
from mockbw.documents.model import DocumentModel
from mockbw.engine.account_setup import account_name

__all__ = ["LIMITS", "SERVER", "TLS"]

_FLAG = Interface.FILE | Interface.FLAG


def _group(table: Table, make: type, *, switch: bool = False) -> Kind:
    """Settings below one key; the value in force is a dataclass. With ``switch``, ``true`` is an empty section."""
    words: dict[str, Any] = {"true": {}, "yes": {}, "on": {}, "1": {}, "false": None, "no": None, "off": None, "0": None}

    def read(value: Any) -> Any:
        if switch and isinstance(value, (str, bool)):
            return words.get(str(value).lower(), value)
        return value

    def in_force(model: DocumentModel | None) -> Any:
        if model is None:
            return None
        return make(**{table[key].target: value for key, value in table.given(model).items() if value is not None})

    return Kind(
        read=Annotated[table.document | None, BeforeValidator(read), AfterValidator(in_force)],
        native=(make,),
        write=table.written,
        words="true, or a section" if switch else "a section",
        control=Control.SWITCH if switch else Control.NONE,
        structured=True,
    )


def _accounts_kind() -> Kind:
    """Accounts by name; the value in force has the given values of each, by key."""

    def read(models: dict[str, DocumentModel]) -> dict[str, dict[str, Any]]:
        return {name: ACCOUNT.given(model) for name, model in models.items()}

    name = Annotated[str, text(), AfterValidator(account_name)]
    return Kind(
        read=Annotated[dict[name, ACCOUNT.document], AfterValidator(read)],  # type: ignore[name-defined]  # made of the table
        native=(Mapping,),
        words="accounts by name",
        control=Control.NONE,
        structured=True,
    )


LIMITS = Table(
    Setting(
        key="accounts",
        kind=whole(1, 1_000_000),
        help="Maximum number of accounts. Beyond it a new one takes the place of the one that has been idle longest, is not "
        "listed, and has no settings or scenarios of its own; while there is none, new accounts are refused with 503.",
    ),
    Setting(key="body", kind=size(), help="Maximum size of a request body."),
    Setting(key="header", kind=size(), help="Maximum size of the first line of a request, and of each header."),
    Setting(
        key="media",
        kind=size(),
        help="Total size of the media stores of all accounts, with uploads in progress and deleted files that are still read; "
        "a file counts as 1 kB more than its size.",
    ),
    Setting(key="connections", kind=whole(1, 1_000_000), help="Maximum number of open connections."),
    Setting(key="streams", kind=whole(1, 1_000_000), help="Maximum number of open event streams."),
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
"""The limits of the server."""

TLS = Table(
    Setting(key="port", kind=whole(0, 65535), interfaces=_FLAG, help="The port of HTTPS; 0 takes a free one."),
    Setting(key="names", kind=many(text(least=1), "names", most=100), help="The names in the certificate."),
    Setting(
        key="folder",
        kind=folder_or_file("FOLDER"),
        help="The folder of the certificate authority.",
        default="the folder `tls` in `data`",
    ),
    defaults=(Tls(),),
)
"""HTTPS with mockbw's own certificate authority."""

SERVER = Table(
    Setting(
        key="host",
        kind=text(least=1),
        interfaces=_FLAG,
        at_start=True,
        help="The address to listen on; 0.0.0.0 accepts connections from other machines.",
    ),
    Setting(key="port", kind=whole(0, 65535), interfaces=_FLAG, at_start=True, help="The port to listen on; 0 takes a free one."),
    Setting(
        key="magic-numbers",
        kind=flag(),
        interfaces=_FLAG,
        help="Whether magic numbers such as +1 999 555 4770 are in effect.",
    ),
    Setting(
        key="grace",
        kind=duration(unit=1000.0),
        at_start=True,
        help="How long a stop waits for attempts in progress, in wall time.",
    ),
    Setting(
        key="accounts",
        kind=_accounts_kind(),
        help="Accounts by name, each with settings of an account. If any are listed, only those exist.",
        default="any",
    ),
    Setting(
        key="data",
        kind=folder_or_file("FOLDER"),
        interfaces=_FLAG,
        at_start=True,
        help="The folder of the journal, so that messages survive a restart.",
        default="in memory only",
    ),
    Setting(
        key="count-downtime",
        kind=flag(),
        at_start=True,
        help="Whether scaled clocks include the time in which the server was down.",
    ),
    Setting(
        key="control-token",
        kind=text(least=8, secret=True),
        at_start=True,
        help="The token for the control API; required when other machines can reach it.",
        default="none",
    ),
    Setting(
        key="control-open",
        kind=flag(),
        interfaces=_FLAG,
        at_start=True,
        help="Let other machines use the control API without a token.",
    ),
    Setting(
        key="control-hosts",
        kind=many(host(), "names, *.example.com, addresses or networks", most=1000, metavar="HOST,…"),
        at_start=True,
        help="Further host names that requests to the control API can have (protection against DNS rebinding).",
        default="none",
    ),
    Setting(
        key="callback-hosts",
        kind=many(host(), "names, *.example.com, addresses or networks", most=1000, metavar="HOST,…"),
        interfaces=_FLAG,
        at_start=True,
        help="The only hosts that callbacks may go to.",
        default="any",
    ),
    Setting(
        key="sender",
        kind=choice(("lean", "aiohttp")),
        at_start=True,
        help="The HTTP client for callbacks: mockbw's own, which is faster, or aiohttp.",
    ),
    Setting(
        key="limits",
        kind=_group(LIMITS, ServerLimits),
        at_start=True,
        help="The limits of the server.",
        default="those below",
    ),
    Setting(
        key="tls",
        kind=_group(TLS, Tls, switch=True),
        interfaces=_FLAG,
        at_start=True,
        help="Serve HTTPS too, with mockbw's own certificate authority.",
        default="none",
    ),
    Setting(
        key="log",
        kind=choice(("auto", "human", "json")),
        interfaces=_FLAG,
        help="The format of the log; auto: human on a terminal, otherwise json.",
    ),
    Setting(
        key="log-level",
        kind=choice(("debug", "info", "warning", "error")),
        interfaces=_FLAG,
        help="The minimum level of log lines; debug shows every attempt, warning no messages.",
    ),
    defaults=(Settings(),),
)
"""The settings of the server."""
