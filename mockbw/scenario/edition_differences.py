"""What today's platform does otherwise than an edition, in a line: made from the data of both (P1)."""

from __future__ import annotations

from collections.abc import Iterator

from mockbw.core.edition import ApplicationOf, Edition
from mockbw.core.model import CredentialsMode, Direction
from mockbw.scenario.edition import edition_names, load_edition

__all__ = ["describe_edition", "differences"]


def describe_edition(name: str) -> str:
    """Return the edition's name, and what the newest edition does otherwise.

    Raises:
        UnknownError: there is no such edition.
    """
    newest = edition_names()[-1]
    if name == newest:
        return f"{name}, today's platform"
    today = ", ".join(differences(load_edition(name).edition, load_edition(newest).edition))
    return f"{name}. Today's platform ({newest}) {today}"


def differences(old: Edition, new: Edition) -> Iterator[str]:
    """Yield what an application would see of a change from one edition to the other, most important first."""
    sent, sent_now = _unasked(old), _unasked(new)
    for name in sorted(sent - sent_now):
        yield f"sends {name} only on request" if name in new.events else f"does not send {name}"
    if more := sorted(sent_now - sent):
        yield f"sends {' and '.join(more)}"
    if new.mms_receipts and not old.mms_receipts:
        yield "has receipts for MMS"
    if new.credentials_mode is not old.credentials_mode and new.credentials_mode is CredentialsMode.CHALLENGE:
        yield "sends credentials only after a 401"
    if new.application_of is not old.application_of and new.application_of is ApplicationOf.REQUEST:
        yield "calls the application that the request names"
    features = (("lists messages", "records"), ("has multi-channel messages", "multi_channel"), ("has OAuth", "oauth"))
    yield from (words for words, feature in features if getattr(new.features, feature) and not getattr(old.features, feature))
    if codes := len(set(new.codes) - set(old.codes)):
        yield f"has {codes} more error codes"


def _unasked(edition: Edition) -> set[str]:
    """Return the outbound events that an edition sends unless an application asks for others."""
    return {event.name for event in edition.events.values() if event.direction is Direction.OUT and not event.on_request}
