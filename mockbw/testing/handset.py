"""The phone at the other end of a test's messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from mockbw.core.account import InboundDraft
from mockbw.engine.runner import AccountRunner
from mockbw.errors import MockbwError
from mockbw.testing.views import Message

__all__ = ["Handset"]

__tracebackhide__ = True  # pytest shows the line of the test, not ours

Received = TypeVar("Received")

PICTURE = "picture.png"

_REACHED = ("sent", "delivered")


class Handset(Generic[Received]):
    """A person's phone. In an async test, its methods are awaited."""

    def __init__(self, number: str, runner: AccountRunner, send: Callable[[InboundDraft], Received]) -> None:
        self.number = number
        self._runner, self._send = runner, send

    def texts(self, text: str, *, to: str | Sequence[str] | None = None) -> Received:
        """Send a text to the application: to the number that wrote last, or to ``to``; several make a group message.

        On a manual or auto clock it returns when the first attempt of the callback has ended.

        Raises:
            MockbwError: no number has written to this handset yet, so ``to`` is required.
        """
        return self._send(InboundDraft(self.number, self._recipients(to), text))

    def sends_picture(
        self, media: str | Sequence[str] = PICTURE, *, text: str = "", to: str | Sequence[str] | None = None
    ) -> Received:
        """Send an MMS with these media; otherwise like ``texts``.

        Media are file names, which the application can then fetch from the account's media store, or complete URLs.
        """
        urls = (media,) if isinstance(media, str) else tuple(media)
        return self._send(InboundDraft(self.number, self._recipients(to), text, urls))

    def _recipients(self, to: str | Sequence[str] | None) -> tuple[str, ...]:
        if to is not None:
            return (to,) if isinstance(to, str) else tuple(to)
        for record in reversed(list(self._runner.records.messages.values())):
            if self.number in record.message.to and record.message.sender != self.number:
                return (record.message.sender,)
        raise MockbwError(f'no number has written to {self.number} yet: give the one to write to, texts("…", to="+1…")')

    @property
    def received(self) -> Sequence[Message]:
        """The application's messages that have reached this handset."""
        account = self._runner
        return [
            Message(account, record)
            for record in list(account.records.messages.values())
            if any(entry.number == self.number and entry.status.value in _REACHED for entry in record.recipients)
        ]

    @property
    def network_messages(self) -> Sequence[str]:
        """The replies of the network itself to this handset, as after STOP to a toll-free number."""
        return [reply.text for reply in list(self._runner.records.network_replies) if reply.to == self.number]

    @property
    def opted_out_of(self) -> Sequence[str]:
        """The toll-free numbers that this handset has opted out of."""
        return sorted(number for number, consumer in self._runner.records.opted_out if consumer == self.number)

    def __repr__(self) -> str:
        return f"<handset {self.number}>"
