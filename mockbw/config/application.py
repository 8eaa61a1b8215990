"""The settings of an application, each declared once, and how applications are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from mockbw.config.account_kinds import ApplicationId, credentials, event_types
from mockbw.config.kinds import Control, Kind, choice, url
from mockbw.config.table import Door, Setting, Table
from mockbw.core.model import Application, CredentialsMode
from mockbw.documents.model import DocumentModel

__all__ = ["APPLICATION", "application_of", "applications"]

_BOTH = Door.FILE | Door.HTTP

APPLICATION = Table(
    Setting(key="callback-url", kind=url(), doors=_BOTH, help="Where callbacks go, both kinds.", default="nowhere"),
    Setting(
        key="outbound-url",
        kind=url(),
        doors=_BOTH,
        help="Where callbacks about outbound messages go.",
        default="the callback-url",
    ),
    Setting(
        key="inbound-url", kind=url(), doors=_BOTH, help="Where callbacks about inbound messages go.", default="the callback-url"
    ),
    Setting(
        key="credentials",
        kind=credentials(),
        doors=_BOTH,
        help="What callbacks authenticate with, as the endpoint asks for it.",
        default="none",
    ),
    Setting(
        key="inbound-credentials",
        kind=credentials(),
        doors=_BOTH,
        help="The same for inbound messages.",
        default="the credentials",
    ),
    Setting(
        key="credentials-mode",
        kind=choice(CredentialsMode),
        doors=_BOTH,
        help="challenge: only after a 401. upfront: with every request.",
        default="as the edition has it",
    ),
    Setting(
        key="callback-types",
        kind=event_types(),
        doors=_BOTH,
        help="The events it asks for.",
        default="what the edition sends unasked",
    ),
    defaults=(Application(""),),
)
"""The settings of an application."""


def application_of(identity: str, said: Mapping[str, Any]) -> Application:
    """Return an application of what is said of it, by key."""
    both = said.get("callback-url")
    values = {"outbound_url": both, "inbound_url": both, "inbound_credentials": said.get("credentials")}
    for setting in APPLICATION.of(Application):
        if said.get(setting.key) is not None:
            values[setting.target] = said[setting.key]
    return Application(identity, **values)


def applications() -> Kind:
    """Applications by applicationId."""

    def read(models: dict[str, DocumentModel]) -> dict[str, Application]:
        return {name: application_of(name, APPLICATION.said(model)) for name, model in models.items()}

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
