"""The language of ``mockbw.yaml``; environment variables and flags speak it too. The docstrings are its reference.

Nothing here has a default but None, for *not said*: the defaults stand in ``config.Settings`` and ``AccountSettings`` alone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from yarl import URL

from mockbw.core.clock import ClockMode
from mockbw.core.model import Application, Credentials, CredentialsMode
from mockbw.documents.model import DocumentModel
from mockbw.documents.values import Bool, Duration, Str
from mockbw.errors import nearest
from mockbw.scenario.edition import edition_names, load_edition
from mockbw.scenario.schema import Retry

__all__ = ["AccountModel", "ApplicationModel", "Configuration", "CredentialsModel"]

_HOST_PATTERN = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\*")
_SIZE = re.compile(r"(\d+)\s*(B|kB|KB|MB)?", re.ASCII)


def _url(value: str) -> str:
    try:
        url = URL(value)
        good, secret = url.scheme in ("http", "https") and bool(url.host), url.user is not None
    except ValueError:
        good = secret = False
    if secret:
        raise ValueError("user and password do not belong into a URL, where the journal would show them: use 'credentials'")
    if not good:
        raise ValueError(f"{value!r} is no URL to call: write it as http://localhost:5000/callbacks")
    return value


def _edition(value: str) -> str:
    if value not in edition_names():
        close = nearest(value, edition_names())
        hint = f". Did you mean {close!r}?" if close else ""
        raise ValueError(f"there is no edition {value!r}: there are {', '.join(edition_names())}{hint}")
    return value


def _event(value: str) -> str:
    known = sorted({event for name in edition_names() for event in load_edition(name).edition.events})
    if value not in known:
        close = nearest(value, known)
        hint = f"Did you mean {close!r}?" if close else f"There are {', '.join(known)}"
        raise ValueError(f"no edition has an event {value!r}. {hint}")
    return value


def _instant(value: Any) -> Any:
    try:
        parsed = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is no date-time: write it as 2018-01-24T16:00:00Z") from None
    return round((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000)


def _size(value: Any) -> Any:
    written = _SIZE.fullmatch(str(value))
    if written is None:
        raise ValueError(f"{value!r} is no size: write it as 500kB or 1MB")
    return int(written[1]) * {"B": 1, "MB": 1_000_000}.get(written[2] or "B", 1000)


def _host(value: str) -> str:
    if not _HOST_PATTERN.fullmatch(value):
        try:
            ip_network(value.strip("[]"), strict=False)
        except ValueError:
            raise ValueError(f"{value!r} is no host: write app, *.example.com, 127.0.0.1 or 10.0.0.0/8, without port") from None
    return value.lower()


def _apart(value: Any) -> Any:
    """Part a text at its commas, so that lists can be written in an environment variable."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _switch(value: Any) -> Any:
    """Read ``true`` as a section that says nothing more, and ``false`` as no section."""
    words: dict[str, Any] = {"true": {}, "yes": {}, "on": {}, "1": {}, "false": None, "no": None, "off": None, "0": None}
    return words.get(value.lower(), value) if isinstance(value, str) else value


def _pair(value: Any) -> Any:
    if isinstance(value, str):
        user, colon, password = value.partition(":")
        if not colon or not user:
            raise ValueError("credentials are written as USER:PASSWORD")
        return {"user": user, "password": password}
    return value


class CredentialsModel(DocumentModel):
    """User and password for HTTP Basic; `USER:PASSWORD` for short."""

    user: Annotated[Str, Field(min_length=1)]
    """The user. In the edition 2018-01 this is an API token."""
    password: Str
    """The password."""

    def compiled(self) -> Credentials:
        """Return it as the core knows it."""
        return Credentials(self.user, self.password)


Pair: TypeAlias = Annotated[CredentialsModel, BeforeValidator(_pair)]
Url = Annotated[Str, AfterValidator(_url)]
EditionName = Annotated[Str, AfterValidator(_edition)]
EventType = Annotated[Str, AfterValidator(_event)]
Instant = Annotated[int, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema({"type": ["string", "integer"], "examples": ["500kB", "1MB"]})]
Strs = Annotated[list[Str], BeforeValidator(_apart)]
Hosts = Annotated[list[Annotated[Str, AfterValidator(_host)]], BeforeValidator(_apart)]
Pairs = Annotated[list[Pair], BeforeValidator(_apart)]
Count = Annotated[int, Field(ge=1)]


class ApplicationModel(DocumentModel):
    """An application: where its callbacks go, and with what credentials."""

    callback_url: Url | None = None
    """Where callbacks go, both kinds."""
    outbound_url: Url | None = None
    """Where callbacks about outbound messages go, if elsewhere."""
    inbound_url: Url | None = None
    """Where callbacks about inbound messages go, if elsewhere."""
    credentials: Pair | None = None
    """What callbacks authenticate with, as the endpoint asks for it."""
    inbound_credentials: Pair | None = None
    """The same for inbound messages, if others."""
    credentials_mode: CredentialsMode | None = None
    """challenge: only after a 401. upfront: with every request. Default: as usual in the edition."""
    callback_types: Annotated[list[EventType], BeforeValidator(_apart)] | None = None
    """The events it asks for. Default: what the edition sends unasked."""

    def compiled(self, application_id: str) -> Application:
        """Return it as the core knows it."""
        credentials = self.credentials.compiled() if self.credentials else None
        return Application(
            id=application_id,
            outbound_url=self.outbound_url or self.callback_url,
            inbound_url=self.inbound_url or self.callback_url,
            credentials=credentials,
            inbound_credentials=self.inbound_credentials.compiled() if self.inbound_credentials else credentials,
            credentials_mode=self.credentials_mode,
            callback_types=None if self.callback_types is None else frozenset(self.callback_types),
        )


class AccountModel(DocumentModel):
    """What can be said of one account. At the top of the file it is said of all of them."""

    callback_url: Url | None = None
    """Where callbacks go, unless an application says otherwise."""
    edition: EditionName | None = None
    """How the platform behaved at a date: 2018-01, 2023 or 2026."""
    clock: ClockMode | None = None
    """scaled: by `day`. real: as slow as life. auto: at once. manual: when told."""
    day: Annotated[Duration, Field(ge=1)] | None = None
    """How long 24 virtual hours take on a scaled clock; default 60s."""
    start: Instant | None = None
    """Where virtual time begins; default now."""
    seed: Str | None = None
    """Makes ids and choices repeat themselves."""
    scenarios: Strs | None = None
    """Scenario files and folders, beginning at the folder of this file."""
    credentials: Pairs | None = None
    """Who may use the API; default anybody."""
    barred_credentials: Pairs | None = None
    """Right credentials without access to messaging: they are answered 403."""
    bearer_tokens: Strs | None = None
    """Bearer tokens that are accepted besides those of the token endpoint."""
    applications: dict[Str, ApplicationModel] | None = None
    """Applications by applicationId."""
    numbers: dict[Str, Str | None] | None = None
    """The account's numbers, each with the applicationId of its location (empty: none, so no event ever comes)."""
    strict: Bool | None = None
    """Whether unlisted applications and numbers are refused as on the platform; default: for accounts that list some."""
    retry: Retry | None = None
    """When callbacks are attempted again."""
    rate: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """How many segments leave the send queue per second of virtual time; default no queue."""
    queue: Annotated[Duration, Field(ge=1000)] | None = None
    """How much the send queue holds, as a time at that rate; default 15m."""
    mms_receipts: Bool | None = None
    """Whether MMS have delivery receipts; default as usual in the edition."""
    fetch_media: Bool | None = None
    """Fetch the media of outbound messages, and let those fail whose media cannot be had; default false."""
    list_limit: Annotated[int, Field(ge=1)] | None = None
    """How many requests for the list of messages one address may make in 5 minutes of virtual time; default any number."""
    callback_types: Annotated[list[EventType], BeforeValidator(_apart)] | None = None
    """The events applications ask for that do not say it themselves. Default: what the edition sends unasked."""
    carrier_name: Str | None = None
    """The account feature that puts carrierName into events, with this value. Default: off."""
    redirects: Literal["fail", "follow", "accept"] | None = None
    """What a 3xx from an endpoint means; default fail."""
    keep_messages: Annotated[int, Field(ge=100)] | None = None
    """How many messages an account keeps; the oldest finished ones beyond are forgotten. Default 20000."""
    keep_for: Duration | None = None
    """Forget finished messages older than this, in virtual time; default never."""


class LimitsModel(DocumentModel):
    """What the server takes at most."""

    body: Size | None = None
    """The longest body of a request; default 1MB."""
    header: Size | None = None
    """The longest line and header of a request; default 16kB."""
    media: Size | None = None
    """What the media stores of all accounts hold together; default 256MB."""
    connections: Count | None = None
    """Open connections; default 5000."""
    streams: Count | None = None
    """Open event streams; default 100."""


class TlsModel(DocumentModel):
    """HTTPS with mockbw's own certificate authority."""

    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """The port of HTTPS; default 8443."""
    names: Strs | None = None
    """The names the certificate is for; default those of the platform and of this machine."""
    folder: Str | None = None
    """Where the certificate authority is kept; default the folder `tls` in `data`."""


class Configuration(AccountModel):
    """Everything that can be configured."""

    host: Annotated[Str, Field(min_length=1)] | None = None
    """The address to listen on; default 127.0.0.1. 0.0.0.0 lets other machines in."""
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """The port to listen on; default 8080, 0 takes a free one."""
    magic_numbers: Bool | None = None
    """Whether numbers such as +1 999 555 4770 have their meaning; default true."""
    concurrency: Count | None = None
    """How many attempts one endpoint gets at once; default 64, and 1 where time stands still."""
    grace: Duration | None = None
    """How long attempts in flight may take at a stop, in wall time; default 3s."""
    accounts: dict[Str, AccountModel] | None = None
    """Accounts by id. With any, only those exist."""
    data: Str | None = None
    """The folder that keeps the journal; default: in memory only."""
    count_downtime: Bool | None = None
    """Whether scaled clocks count the time in which the server was down; default false."""
    control_token: Annotated[Str, Field(min_length=8)] | None = None
    """What opens the control API; needed as soon as other machines are let in."""
    control_open: Bool | None = None
    """Let other machines use the control API without a token; default false."""
    control_hosts: Hosts | None = None
    """Further names the control API may be called by, against DNS rebinding."""
    callback_hosts: Hosts | None = None
    """The only hosts callbacks may go to: names, *.example.com, addresses, networks. Default: any."""
    sender: Literal["lean", "aiohttp"] | None = None
    """What carries the callbacks: `lean`, mockbw's own and the quicker one, or `aiohttp`; default lean."""
    limits: LimitsModel | None = None
    """What the server takes at most."""
    tls: Annotated[TlsModel | None, BeforeValidator(_switch)] = None
    """HTTPS with mockbw's own certificate authority; `true` is enough. Default: none."""
    log: Literal["auto", "human", "json"] | None = None
    """How the log is written; auto: for people on a terminal, else JSON."""
    log_level: Literal["debug", "info", "warning", "error"] | None = None
    """The least important lines the log has; default info."""
