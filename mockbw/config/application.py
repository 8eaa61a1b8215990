"""The settings of an application, each declared once, and how applications are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from mockbw.config.account_kinds import ApplicationId, credentials, event_types
from mockbw.config.kinds import Control, Kind, choice, url
from mockbw.config.table import Interface, Setting, Table
from mockbw.core.model import Application, CredentialsMode
from mockbw.documents.model import DocumentModel

__all__ = ["APPLICATION", "application_of", "applications"]

_BOTH = Interface.FILE | Interface.HTTP

APPLICATION = Table(
    Setting(
        key="callback-url",
        kind=url(),
        interfaces=_BOTH,
        help="Where all callbacks go.",
        default="nowhere",
    ),
    Setting(
        key="outbound-url",
        kind=url(),
        interfaces=_BOTH,
        help="Where callbacks about outbound messages go.",
        default="the callback-url",
    ),
    Setting(
        key="inbound-url",
        kind=url(),
        interfaces=_BOTH,
        help="Where callbacks about inbound messages go.",
        default="the callback-url",
    ),
    Setting(
        key="credentials",
        kind=credentials(),
        interfaces=_BOTH,
        help="What callbacks authenticate with at the endpoint.",
        default="none",
    ),
    Setting(
        key="inbound-credentials",
        kind=credentials(),
        interfaces=_BOTH,
        help="What callbacks about inbound messages authenticate with.",
        default="the credentials",
    ),
    Setting(
        key="credentials-mode",
        kind=choice(CredentialsMode),
        interfaces=_BOTH,
        help="When credentials are sent. challenge: after a 401. upfront: with every request.",
        default="depends on the edition",
    ),
    Setting(
        key="callback-types",
        kind=event_types(),
        interfaces=_BOTH,
        help="The types of events it gets callbacks for.",
        default="those the edition sends without being asked",
    ),
    defaults=(Application(""),),
)
"""The settings of an application."""


def application_of(identity: str, given: Mapping[str, Any]) -> Application:
    """Return an application with the given values, by key."""
    url = given.get("callback-url")
    values = {"outbound_url": url, "inbound_url": url, "inbound_credentials": given.get("credentials")}
    for setting in APPLICATION.of(Application):
        if given.get(setting.key) is not None:
            values[setting.target] = given[setting.key]
    return Application(identity, **values)


def applications() -> Kind:
    """Applications by applicationId."""

    def read(models: dict[str, DocumentModel]) -> dict[str, Application]:
        return {name: application_of(name, APPLICATION.given(model)) for name, model in models.items()}

    def write(applications: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: APPLICATION.written(known) if isinstance(known, Application) else known for name, known in applications.items()
        }

    return Kind(
        read=Annotated[dict[ApplicationId, APPLICATION.document], AfterValidator(read)],  # type: ignore[name-defined]  # made of the table
        native=(Mapping,),
        write=write,
        words="applications by applicationId",
        control=Control.NONE,
        structured=True,
    )
