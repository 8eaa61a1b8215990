"""The settings of one account; frozen, replaced as a whole when they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from mockbw.core.application_time import ApplicationTime
from mockbw.core.edition import ApplicationOf
from mockbw.core.model import Application, Credentials, Direction, Message
from mockbw.core.retry import DEFAULT_RETRY, RetrySchedule

__all__ = ["AccountSettings"]


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Settings of one account.

    Open by default: any application is accepted and its callbacks go to ``callback_url``. With ``strict``, only the listed
    ``applications`` and ``numbers`` exist and the platform's refusals apply (P4). ``numbers`` maps a number to the
    application of its location, or to None when its location has none.

    ``api_credentials`` may use the API, an empty list means any; ``barred_credentials`` are valid but have no access to
    messaging (403, P3). ``bearer_tokens`` are accepted in addition to those of the token endpoint.

    ``callback_types`` are the default of applications without their own; None: all but what an edition sends only on
    request (P19). ``carrier_name``: the account feature that puts ``carrierName`` into events, with that value (P7).

    ``rate`` is the dequeue rate in segments per second, None for no queue; the queue holds ``queue_seconds`` of it (P5).
    ``mms_receipts`` None means the edition's default. ``fetch_media``: the URLs of outbound media are fetched, and a message
    whose media cannot be fetched, is too large or of a wrong type fails (4410, 4411, 4412). ``redirects`` says what a 3xx
    from an endpoint means: ``fail``, ``follow`` or ``accept`` (P10). ``list_limit``: how many requests for the list of
    messages one address may make in 5 minutes of virtual time, None for any number (P12; the platform's own is 3500).

    The oldest finished messages beyond ``keep_messages`` are deleted, and those older than ``keep_for`` milliseconds of
    virtual time. With twice as many unfinished ones, further messages are refused.

    ``application_time``: whose time the instants in requests are written in.

    Values are checked where they are written, by ``mockbw.config``.
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
    application_time: ApplicationTime = ApplicationTime.AUTO

    def application(self, application_id: str) -> Application | None:
        """Return the application with that id; None when it is unknown and the account is strict."""
        known = self.applications.get(application_id)
        if known is None:
            return None if self.strict else self._own(application_id)
        if known.callback_types is None and self.callback_types is not None:
            return replace(known, callback_types=self.callback_types)
        return known

    def application_for(self, message: Message, whose: ApplicationOf) -> Application:
        """Return the application that is notified about a message; the account's own URL is used for an unknown one."""
        application_id = message.application
        if whose is ApplicationOf.SENDER and message.direction is Direction.OUT:
            application_id = self.numbers.get(message.sender) or application_id
        return self.application(application_id) or self._own(application_id)

    def _own(self, application_id: str) -> Application:
        return _open_application(application_id, self.callback_url, self.callback_types)


@lru_cache(maxsize=1024)
def _open_application(identity: str, url: str | None, types: frozenset[str] | None) -> Application:
    """Return the application that stands in for those that are not listed; every callback calls this several times."""
    return Application(identity, outbound_url=url, inbound_url=url, callback_types=types)
