"""What a person sets for one account; frozen, replaced as a whole when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mockbw.core.model import Application, Credentials
from mockbw.core.retry import DEFAULT_RETRY, RetrySchedule

__all__ = ["AccountSettings"]


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Settings of one account.

    Open by default: any application is accepted and its callbacks go to ``callback_url``. With ``strict``, only the listed
    ``applications`` and ``numbers`` exist and the platform's refusals apply (P4). ``numbers`` maps a number to the
    application of its location, or to None when its location has none.

    ``rate`` is the dequeue rate in segments per second, None for no queue; the queue holds ``queue_seconds`` of it (P5).
    ``mms_receipts`` None means what is usual in the edition. ``redirects`` says what a 3xx from an endpoint means:
    ``fail``, ``follow`` or ``accept`` (P10).
    """

    callback_url: str | None = None
    applications: Mapping[str, Application] = field(default_factory=dict)
    numbers: Mapping[str, str | None] = field(default_factory=dict)
    strict: bool = False
    api_credentials: tuple[Credentials, ...] = ()
    retry: RetrySchedule = DEFAULT_RETRY
    rate: float | None = None
    queue_seconds: int = 900
    mms_receipts: bool | None = None
    redirects: str = "fail"

    def application(self, application_id: str) -> Application | None:
        """Return the application of that id; None when it is unknown and the account is strict."""
        known = self.applications.get(application_id)
        if known is not None or self.strict:
            return known
        return Application(application_id, outbound_url=self.callback_url, inbound_url=self.callback_url)
