"""What an answer means to the platform, in a sentence that a person can act on."""

from __future__ import annotations

import re
from html import unescape

from mockbw.check.evidence import ObservedCallback
from mockbw.core.model import Fault, Outcome

__all__ = ["Kind", "hint_of", "kind_of", "sentence"]

Kind = str
"""What answers with the same cause have in common: a status (``404``), or a fault (``timeout``)."""

_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def kind_of(outcome: Outcome | None) -> Kind:
    """Return the kind of an answer."""
    return "none" if outcome is None else str(outcome)


def sentence(observed: ObservedCallback, limit: int) -> str:
    """Describe what went wrong with a callback. ``limit`` is the time-out in milliseconds."""
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
                return "could not be delivered: the endpoint no longer accepts connections"
        return f"could not be delivered: {outcome.detail or outcome.fault}"
    if 300 <= outcome.status < 400:
        where = next((value for name, value in outcome.headers if name.lower() == "location"), None)
        return f"was answered with a redirect, {outcome.status}{f' to {where}' if where else ''}, instead of 2xx"
    return f"was answered {outcome.status} instead of 2xx"


def _said(outcome: Outcome) -> str:
    """Quote the start of the answer, as a browser would show it."""
    text = " ".join(unescape(_TAGS.sub(" ", outcome.body)).split())
    if not text or outcome.status is None:
        return ""
    return f", saying “{text[:117]}{'…' if len(text) > 117 else ''}”"


def hint_of(kind: Kind) -> str:
    """Return what usually fixes answers of a kind; empty when that depends on the drill."""
    if kind.startswith("3"):
        return (
            "Answer at exactly the URL that is configured: watch for trailing slashes, http to https, and login pages. "
            "Callbacks do not follow redirects."
        )
    return _HINTS.get(kind, "")


_HINTS = {
    "401": "Exempt the endpoint from the login of the rest of the application, and give its Basic credentials with --user.",
    "403": "Exempt the endpoint from CSRF protection and login: the platform has no session and no token.",
    "404": "Check the path of the URL; if it is right, answer 2xx to events about messages you do not know.",
    "405": "Accept POST at this URL.",
    "413": "Allow bodies of at least 64 kB.",
    "415": "Accept `Content-Type: application/json; charset=utf-8`, charset included.",
    "429": "Do not rate-limit the platform: it sends inbound messages as fast as they arrive.",
    "timeout": "Answer first and process later: put the event on a queue, answer 2xx, and handle it in the background.",
    "reset": "Check the server's log: the handler died, or a proxy in front of it closed the connection.",
    "refused": "Check the server's log: the process ended. Let a supervisor restart it, and fix the crash.",
    "tls": "Serve a certificate for this host that a public authority has signed, with its full chain.",
}
