"""What the network itself refuses or answers: opt-out on toll-free numbers, and numbers that are not the account's (P4, P15)."""

from __future__ import annotations

from collections.abc import Container, Iterator

from mockbw.core import journal as j
from mockbw.core.model import Draft, Message
from mockbw.core.settings import AccountSettings

__all__ = ["OPTED_OUT", "is_toll_free", "reaction", "refusal"]

OPTED_OUT = 4775
FOREIGN_NUMBER = 4403
UNKNOWN_APPLICATION = 4452

_TOLL_FREE = tuple(f"+1{code}" for code in ("800", "833", "844", "855", "866", "877", "888"))
_STOPPED = (
    'NETWORK MSG: You replied with the word "STOP" which blocks all texts sent from this number. '
    'Text back "UNSTOP" to receive messages again.'
)
_RESUMED = 'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.'


def is_toll_free(number: str) -> bool:
    """Return True for a North American toll-free number, the only kind whose opt-out the network controls (P15)."""
    return number.startswith(_TOLL_FREE) and len(number) == 12


def reaction(message: Message, now: int) -> Iterator[j.Entry]:
    """Yield what the network does about an inbound message: STOP and UNSTOP alone, in any case, trailing spaces allowed (P15)."""
    if not is_toll_free(message.owner):
        return
    word = (message.text or "").rstrip(" ").upper()
    if word == "STOP":
        yield j.OptedOut(now, message.owner, message.sender)
        yield j.NetworkReplied(now, message.owner, message.sender, _STOPPED)
    elif word == "UNSTOP":
        yield j.OptedIn(now, message.owner, message.sender)
        yield j.NetworkReplied(now, message.owner, message.sender, _RESUMED)


def refusal(opted_out: Container[tuple[str, str]], settings: AccountSettings, draft: Draft, recipient: str) -> int | None:
    """Return the code with which the platform itself fails a message to this recipient, or None (P4, P20 rows 16, 20)."""
    if settings.strict and settings.application(draft.application) is None:
        return UNKNOWN_APPLICATION
    if settings.strict and settings.numbers and draft.sender not in settings.numbers:
        return FOREIGN_NUMBER
    if (draft.sender, recipient) in opted_out:
        return OPTED_OUT
    return None
