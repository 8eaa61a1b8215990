"""What an answer means for the platform, in a sentence a person can act on."""

from __future__ import annotations

import re
from html import unescape

from mockbw.check.evidence import ObservedCallback
from mockbw.core.model import Fault, Outcome

__all__ = ["Kind", "hint_of", "kind_of", "sentence"]

Kind = str
"""What answers have in common that have one cause: a status (``404``), or a fault (``timeout``)."""

_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def kind_of(outcome: Outcome | None) -> Kind:
    """Return the kind of an answer."""
    return "none" if outcome is None else str(outcome)


def sentence(observed: ObservedCallback, limit: int) -> str:
    """Say what went wrong with a callback. ``limit`` is the time-out in milliseconds."""
    outcome = observed.last
    if outcome is None:
        return f"{observed.label} was never attempted"
    return f"{observed.label} {_what(outcome, limit)}{_said(outcome)}"


def _what(outcome: Outcome, limit: int) -> str:
    if outcome.status is None:
        match outcome.fault:
            case Fault.TIMEOUT:
                return f"was not answered within {limit / 1000:g} s"
            case Fault.RESET:
                return "got no answer: the endpoint closed the connection"
            case Fault.REFUSED:
                return "could not be delivered: the endpoint does not accept connections any more"
        return f"could not be delivered: {outcome.detail or outcome.fault}"
    if 300 <= outcome.status < 400:
        where = next((value for name, value in outcome.headers if name.lower() == "location"), None)
        return f"was answered with a redirect, {outcome.status}{f' to {where}' if where else ''}, instead of 2xx"
    return f"was answered {outcome.status} instead of 2xx"


def _said(outcome: Outcome) -> str:
    """Quote the beginning of the answer, as a browser would show it."""
    text = " ".join(unescape(_TAGS.sub(" ", outcome.body)).split())
    if not text or outcome.status is None:
        return ""
    return f", saying “{text[:117]}{'…' if len(text) > 117 else ''}”"


def hint_of(kind: Kind) -> str:
    """Return what usually mends answers of a kind; empty when that depends on the drill."""
    if kind.startswith("3"):
        return (
            "Answer at the very URL that is configured: take care of trailing slashes, http to https, and log-in pages. "
            "Redirects of callbacks are not followed."
        )
    return _HINTS.get(kind, "")


_HINTS = {
    "401": "Leave the endpoint out of the log-in of the rest of the application, and give its Basic credentials with --user.",
    "403": "Exempt the endpoint from CSRF protection and log-in: the platform has no session and no token.",
    "404": "Check the path of the URL; if it is right, answer 2xx to events about messages you do not know.",
    "405": "Accept POST at this URL.",
    "413": "Allow bodies of at least 64 kB.",
    "415": "Accept `Content-Type: application/json; charset=utf-8`, charset included.",
    "429": "Do not limit the rate of the platform: it sends inbound messages as fast as they arrive.",
    "timeout": "Answer first and work afterwards: put the event on a queue, answer 2xx, and process it in the background.",
    "reset": "Look into the log of the server: the handler died, or a proxy in front of it cut the connection.",
    "refused": "Look into the log of the server: the process ended. Let a supervisor restart it, and mend the crash.",
    "tls": "Serve a certificate that a public authority has signed for this host, with its whole chain.",
}
