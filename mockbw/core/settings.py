"""What a person sets for one account; frozen, replaced as a whole when it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isfinite
from typing import Any

from mockbw.core.edition import ApplicationOf
from mockbw.core.model import Application, Credentials, Direction, Message
from mockbw.core.retry import DEFAULT_RETRY, RetrySchedule
from mockbw.errors import SettingsError

__all__ = ["AccountSettings"]


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Settings of one account.

    Open by default: any application is accepted and its callbacks go to ``callback_url``. With ``strict``, only the listed
    ``applications`` and ``numbers`` exist and the platform's refusals apply (P4). ``numbers`` maps a number to the
    application of its location, or to None when its location has none.

    ``api_credentials`` may use the API, none listed means anybody; ``barred_credentials`` are right but have no access to
    messaging (403, P3). ``bearer_tokens`` are accepted besides those of the token endpoint.

    ``callback_types`` are what applications ask for that do not say it themselves; None: all but what an edition sends on
    request only (P19). ``carrier_name``: the account feature that puts ``carrierName`` into events, with that value (P7).

    ``rate`` is the dequeue rate in segments per second, None for no queue; the queue holds ``queue_seconds`` of it (P5).
    ``mms_receipts`` None means what is usual in the edition. ``fetch_media``: the URLs of outbound media are fetched, and a
    message whose media cannot be had, is too large or of a wrong type fails (4410, 4411, 4412). ``redirects`` says what a
    3xx from an endpoint means: ``fail``, ``follow`` or ``accept`` (P10). ``list_limit``: how many requests for the list of
    messages one address may make in 5 minutes of virtual time, None for any number (P12; the platform's own is 3500).

    The oldest finished messages beyond ``keep_messages`` are forgotten, and those older than ``keep_for`` milliseconds of
    virtual time. With twice as many unfinished ones, no more are taken.

    Raises:
        SettingsError: a value is not of its kind; says what it must be.
    """

    callback_url: str | None = None
    applications: Mapping[str, Application] = field(default_factory=dict)
    numbers: Mapping[str, str | None] = field(default_factory=dict)
    strict: bool = False
    api_credentials: tuple[Credentials, ...] = ()
    barred_credentials: tuple[Credentials, ...] = ()
    bearer_tokens: tuple[str, ...] = field(default=(), repr=False)
    callback_types: frozenset[str] | None = None
    carrier_name: str | None = None
    retry: RetrySchedule = DEFAULT_RETRY
    rate: float | None = None
    queue_seconds: int = 900
    mms_receipts: bool | None = None
    fetch_media: bool = False
    list_limit: int | None = None
    redirects: str = "fail"
    keep_messages: int = 20_000
    keep_for: int | None = None

    def __post_init__(self) -> None:
        for name, (is_right, wanted) in _RULES.items():
            value = getattr(self, name)
            if not is_right(value):
                given = type(value).__name__ if name in _SECRETS else repr(value)
                raise SettingsError(f"the setting {name!r} must be {wanted}, not {given}")

    def application(self, application_id: str) -> Application | None:
        """Return the application of that id; None when it is unknown and the account is strict."""
        known = self.applications.get(application_id)
        if known is None:
            return None if self.strict else self._own(application_id)
        if known.callback_types is None and self.callback_types is not None:
            return replace(known, callback_types=self.callback_types)
        return known

    def application_for(self, message: Message, whose: ApplicationOf) -> Application:
        """Return the application that is told about a message; the account's own URL stands in for an unknown one."""
        application_id = message.application
        if whose is ApplicationOf.SENDER and message.direction is Direction.OUT:
            application_id = self.numbers.get(message.sender) or application_id
        return self.application(application_id) or self._own(application_id)

    def _own(self, application_id: str) -> Application:
        return _open_application(application_id, self.callback_url, self.callback_types)


@lru_cache(maxsize=1024)
def _open_application(identity: str, url: str | None, types: frozenset[str] | None) -> Application:
    """Return the application that nobody listed; every callback asks for it several times."""
    return Application(identity, outbound_url=url, inbound_url=url, callback_types=types)


Check = Callable[[Any], bool]


def _is(*kinds: type) -> Check:
    return lambda value: isinstance(value, kinds)


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _all(container: type[tuple[Any, ...] | frozenset[Any]], check: Check) -> Check:
    return lambda value: isinstance(value, container) and all(check(item) for item in value)


def _mapping(check: Check) -> Check:
    return lambda value: isinstance(value, Mapping) and all(isinstance(key, str) and check(value[key]) for key in value)


def _whole(least: int) -> Check:
    return lambda value: type(value) is int and value >= least


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value) and value > 0


_TEXT, _FLAG = _is(str), _is(bool)

_RULES: Mapping[str, tuple[Check, str]] = {
    "callback_url": (_optional(_TEXT), "a URL or None"),
    "applications": (_mapping(_is(Application)), "a mapping of applicationId to Application"),
    "numbers": (_mapping(_optional(_TEXT)), "a mapping of number to applicationId or None"),
    "strict": (_FLAG, "True or False"),
    "api_credentials": (_all(tuple, _is(Credentials)), "a tuple of Credentials"),
    "barred_credentials": (_all(tuple, _is(Credentials)), "a tuple of Credentials"),
    "bearer_tokens": (_all(tuple, _TEXT), "a tuple of tokens"),
    "callback_types": (_optional(_all(frozenset, _TEXT)), "a frozenset of event types or None"),
    "carrier_name": (_optional(_TEXT), "a name or None"),
    "retry": (_is(RetrySchedule), "a RetrySchedule, e.g. RetrySchedule(delays=(5_000, 60_000))"),
    "rate": (_optional(_is_rate), "a number of segments per second above 0, or None"),
    "queue_seconds": (_whole(1), "a whole number of seconds above 0"),
    "mms_receipts": (_optional(_FLAG), "True, False or None"),
    "fetch_media": (_FLAG, "True or False"),
    "list_limit": (_optional(_whole(1)), "a whole number above 0, or None"),
    "redirects": (lambda value: value in ("fail", "follow", "accept"), "'fail', 'follow' or 'accept'"),
    "keep_messages": (_whole(1), "a whole number above 0"),
    "keep_for": (_optional(_whole(0)), "a whole number of milliseconds or None"),
}

_SECRETS = frozenset({"api_credentials", "barred_credentials", "bearer_tokens", "callback_url"})
"""What an error must not repeat."""
