"""What the network itself refuses or answers: opt-out on toll-free numbers, and other accounts' numbers (P4, P15)."""

from __future__ import annotations

from collections.abc import Container, Iterator

from mockbw.core import entries as j
from mockbw.core.edition import ApplicationOf
from mockbw.core.model import Message
from mockbw.core.settings import AccountSettings

__all__ = ["OPTED_OUT", "is_toll_free", "reaction", "refusal", "unlinked"]

OPTED_OUT = 4775
FOREIGN_NUMBER = 4403
UNALLOCATED_NUMBER = 4405
FOREIGN_SHORT_CODE = 4431
FOREIGN_TOLL_FREE = 4433
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


def refusal(opted_out: Container[tuple[str, str]], settings: AccountSettings, message: Message, recipient: str) -> int | None:
    """Return the code with which the platform itself fails a message to this recipient, or None (P4, P20 rows 16, 20)."""
    if settings.strict and settings.application(message.application) is None:
        return UNKNOWN_APPLICATION
    if settings.strict and settings.numbers and message.sender not in settings.numbers:
        return _foreign(message.sender)
    if (message.sender, recipient) in opted_out:
        return OPTED_OUT
    return None


def _foreign(sender: str) -> int:
    """Return the code for a sender that is not the account's: which of the four is our choice (P20 row 16)."""
    if is_toll_free(sender):
        return FOREIGN_TOLL_FREE
    if sender.isdecimal():
        return FOREIGN_SHORT_CODE
    # No North American number has an area code or an exchange that starts with 0 or 1.
    if sender.startswith("+1") and not (len(sender) == 12 and sender[2] in "23456789" and sender[5] in "23456789"):
        return UNALLOCATED_NUMBER
    return FOREIGN_NUMBER


def unlinked(settings: AccountSettings, message: Message, whose: ApplicationOf) -> str:
    """Return why a message is accepted and no event is ever sent (P4); empty when events are sent.

    This happens if the number's location has no application, or if the request has another one than the location.
    """
    if not settings.strict or message.sender not in settings.numbers:
        return ""
    linked = settings.numbers[message.sender]
    if linked is None:
        return "the number's location has no application: no events"
    known = settings.application(message.application) is not None
    if whose is ApplicationOf.REQUEST and known and linked != message.application:
        return f"the number's location has the application {linked}, not {message.application}: no events"
    return ""
