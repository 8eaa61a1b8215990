"""Why a callback does not come, as a running server knows it: what ``mockbw doctor`` goes through, in the order of a person.

Did anything reach the server at all, and in this account? Is there a URL? Was the event withheld, since an edition or a filter
has it so? Does time stand? And what did the endpoint answer? Each question becomes findings, read from the control API.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mockbw.cli.advice import CONTAINER_HOST, reason, remedy
from mockbw.cli.words import counted
from mockbw.client import ControlClient
from mockbw.config.settings import is_loopback
from mockbw.core.model import Fault, Outcome

__all__ = ["Finding", "examine"]

LOOKED_AT = 20
"""How many of an account's newest messages are looked at one by one."""

CALLBACKS = 200
"""How many of an account's newest callbacks are looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was seen; ``remedy`` says what to do about it. ``wrong``: it can be why a callback does not come."""

    account: str | None
    what: str
    wrong: bool = False
    remedy: str = ""


def examine(client: ControlClient, account: str | None = None) -> Iterator[Finding]:
    """Yield what a server shows of an account, or of all of them.

    Raises:
        RemoteError: the server does not answer, or refuses to.
    """
    accounts = {view["name"]: view for view in client.get("accounts")["accounts"]}
    used = [name for name, view in accounts.items() if view["messages"] or view["requests"]]
    if account is not None and account not in used:
        others = f"; there are some of {', '.join(used[:5])}" if used else ""
        yield Finding(account, f"account {account} has no requests and no messages{others}", True, _post_to(client, account))
    elif not used:
        yield Finding(None, "no application has posted to this server", True, _post_to(client, "{account}"))
    for name in used:
        if account in (None, name):
            yield from _Account(client, accounts[name]).findings()


def _post_to(client: ControlClient, account: str) -> str:
    return f"let the application post to {client.url}/api/v2/users/{account}/messages; in a container, localhost is itself"


class _Account:
    def __init__(self, client: ControlClient, view: dict[str, Any]) -> None:
        self._client, self._view = client, view
        self._name: str = view["name"]
        self._path = f"accounts/{self._name}"

    def findings(self) -> Iterator[Finding]:
        yield self._seen(f"edition {self._view['edition']}, {counted(self._view['messages'], 'message')}")
        yield from self._requests()
        yield from self._withheld()
        yield from self._clock()
        yield from self._callbacks()

    def _seen(self, what: str) -> Finding:
        return Finding(self._name, what)

    def _wrong(self, what: str, remedy: str = "") -> Finding:
        return Finding(self._name, what, True, remedy)

    def _requests(self) -> Iterator[Finding]:
        outage = self._client.get(f"{self._path}/outage")
        if outage["on"]:
            yield self._wrong(f"an outage is on: requests are answered {outage['status'] or outage['connection']}")
        refused: Counter[tuple[int, str]] = Counter()
        for request in self._client.get(f"{self._path}/requests", limit=LOOKED_AT)["requests"]:
            if request["status"] >= 400:
                refused[request["status"], request["because"]] += 1
        for (status, because), times in refused.items():
            what = f"{counted(times, 'request')} answered {status}: {because}"
            yield self._wrong(what, "give the application the credentials of the configuration" if status == 401 else "")

    def _withheld(self) -> Iterator[Finding]:
        """Yield which events had no callback, and why: there is no URL, or nobody asks for them."""
        reasons: Counter[tuple[str, str]] = Counter()
        for message in self._client.get(f"{self._path}/messages", limit=LOOKED_AT)["messages"]:
            details = self._client.get(f"{self._path}/messages/{message['id']}")
            reasons.update((withheld["because"], withheld["event"]["type"]) for withheld in details["withheld"])
        of: dict[str, list[str]] = {}
        for because, event in reasons:
            of.setdefault(because, []).append(event)
        for because, events in of.items():
            what = f"{', '.join(sorted(events))} not sent: {because}"
            if "URL" in because:
                yield self._wrong(what, "set it: mockbw serve --callback-url http://localhost:5000/callbacks, or callback-url")
            elif "request" in because:
                edition = self._view["edition"]
                yield Finding(
                    self._name, f"{what} (edition {edition})", remedy=f"to have them: callback-types: {', '.join(events)}"
                )
            else:
                yield self._seen(what)

    def _clock(self) -> Iterator[Finding]:
        clock = self._client.get(f"{self._path}/clock")
        by_hand = [hold["name"] for hold in clock["holds"] if hold["by_hand"]]
        due = clock["next_deadline"]
        if by_hand and clock["mode"] in ("auto", "manual"):
            yield self._wrong(f"the clock is held by hand: {', '.join(by_hand)}", "release the hold")
        elif clock["mode"] == "manual" and due is not None:
            yield self._wrong(
                f"the clock stands at {clock['now']}; something is due at {due}", "mockbw advance 1h, or mockbw clock auto"
            )
        elif due is not None:
            yield self._seen(f"the clock is {clock['mode']}, now {clock['now']}; something is due at {due}")

    def _callbacks(self) -> Iterator[Finding]:
        callbacks = self._client.get(f"{self._path}/callbacks", limit=CALLBACKS)["callbacks"]
        answered = Counter(callback["url"] for callback in callbacks if callback["status"] == "delivered")
        for url, times in answered.items():
            yield self._seen(f"{counted(times, 'callback')} to {url} answered 2xx")
        failing: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for callback in callbacks:
            last = callback["last_attempt"]
            if callback["status"] in ("waiting", "expired") and last is not None and last["outcome"] is not None:
                failing.setdefault((callback["url"], reason(_outcome(last["outcome"]))), []).append(callback)
        for (url, why), some in failing.items():
            yield self._wrong(f"{counted(len(some), 'callback')} to {url}: {why}{_fate(some)}", _remedy(some[0], url))


def _outcome(view: dict[str, Any]) -> Outcome:
    fault = None if view["fault"] is None else Fault(view["fault"])
    return Outcome(status=view["status"], fault=fault, detail=view["detail"])


def _fate(callbacks: Iterable[dict[str, Any]]) -> str:
    """Say how many have expired, and when the first of the others is attempted again."""
    some = list(callbacks)
    expired = sum(callback["status"] == "expired" for callback in some)
    dues = [callback["next_due"] for callback in some if callback["next_due"] is not None]
    words = [f"{expired} expired"] if expired else []
    words += [f"next attempt at {min(dues)}"] if dues else []
    return f"; {', '.join(words)}" if words else ""


def _remedy(callback: dict[str, Any], url: str) -> str:
    outcome = _outcome(callback["last_attempt"]["outcome"])
    parts = urlsplit(url)
    if outcome.fault is Fault.REFUSED and is_loopback(parts.hostname or "") and _listens(parts.hostname or "", parts.port or 80):
        return f"it listens here, but not where the server runs: that is another machine or a container, so use {CONTAINER_HOST}"
    return remedy(outcome, url)


def _listens(host: str, port: int) -> bool:
    """Return whether somebody listens on a port of this machine."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
