"""The content of an event, and whether a callback is sent for it (P7, P19)."""

from __future__ import annotations

from mockbw.core.edition import Edition
from mockbw.core.model import Application, Direction, Event, Message
from mockbw.core.settings import AccountSettings
from mockbw.core.timeline import CallbackStep

__all__ = ["event_of_step", "why_withheld"]


def event_of_step(
    edition: Edition,
    settings: AccountSettings,
    message: Message,
    step: CallbackStep,
    recipient: str,
    due: int,
    channel: int | None = None,
) -> Event:
    """Return the event of a step, which happens at ``due``, with the edition's description unless the step has one."""
    kind = edition.events.get(step.event)
    if step.description is not None:
        description = step.description
    elif step.error is not None:
        description = edition.failure_description(step.error)
    else:
        description = kind.description_for(message.kind) if kind is not None else step.event
    return Event(
        type=step.event,
        time=due,
        recipient=recipient if kind is None or kind.names_recipient else None,
        description=description,
        error=step.error,
        carrier=step.carrier or settings.carrier_name,
        changes=step.changes,
        omitted=step.omitted,
        corruption=step.corruption,
        headers=step.headers,
        channel=channel,
    )


def why_withheld(
    edition: Edition, application: Application, message: Message, step: CallbackStep, scenario: str | None
) -> str | None:
    """Return why no callback is sent for a step's event, or None when one is."""
    if step.dropped:
        return f"dropped by the scenario {scenario or ''}"
    if message.direction is Direction.OUT and not _is_requested(edition, application, step.event):
        return f"application {application.id} does not request {step.event}"
    return None


def _is_requested(edition: Edition, application: Application, event: str) -> bool:
    """An application that lists no types gets all except those on request (P19)."""
    if application.callback_types is not None:
        return event in application.callback_types
    kind = edition.events.get(event)
    return kind is None or not kind.on_request
