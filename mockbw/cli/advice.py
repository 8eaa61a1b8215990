"""What to do about an attempt that failed: the sentence after the reason, for people."""

from __future__ import annotations

from urllib.parse import urlsplit

from mockbw.config.settings import is_loopback
from mockbw.core.model import Fault, Outcome

__all__ = ["reason", "remedy"]

CONTAINER_HOST = "host.docker.internal"
"""What a container calls the machine that it runs on."""

_FAULTS = {
    Fault.TIMEOUT: "answer 2xx first and do the work afterwards",
    Fault.RESET: "does the application crash on this callback? See its log",
    Fault.TLS: "is it HTTPS at all, and is its certificate one that mockbw trusts?",
    Fault.PROTOCOL: "is there an HTTP server on this port, and not HTTPS or something else?",
    Fault.FORBIDDEN: "add the host to callback-hosts",
}
_STATUSES = {
    401: "give the application these credentials: applications in mockbw.yaml",
    403: "does the endpoint accept these credentials, and calls from this machine?",
    404: "the server is there, but this path is not: check the path of the callback URL",
    405: "the path is there, but takes no POST",
    408: "the endpoint waited for the request for too long",
    413: "let the endpoint accept longer requests",
    415: "let the endpoint accept application/json; charset=utf-8",
    429: "the endpoint limits its callers: the platform's callbacks come in bursts",
}


def reason(outcome: Outcome) -> str:
    """Return how an attempt failed: the fault's own words, or what the endpoint answered."""
    if outcome.status is not None:
        return f"it answered {outcome.status}"
    return outcome.detail or str(outcome)


def remedy(outcome: Outcome, url: str) -> str:
    """Return what to do about an attempt to ``url`` that failed; empty where it is the endpoint's own business."""
    host = urlsplit(url).hostname or ""
    if outcome.fault in (Fault.REFUSED, Fault.DNS):
        if is_loopback(host):
            return f"start the application there; in a container that is the container itself: use {CONTAINER_HOST}"
        if outcome.fault is Fault.DNS:
            return "check the host's name; containers know each other by the names of their services, in the same network"
        return "start the application there, and let it listen on 0.0.0.0 if it is in a container"
    if outcome.fault is not None:
        return _FAULTS.get(outcome.fault, "")
    status = outcome.status or 0
    if 300 <= status < 400:
        return "the platform follows no redirects: use the final URL as callback URL"
    if status >= 500:
        return "the application failed: see its log"
    return _STATUSES.get(status, "")
