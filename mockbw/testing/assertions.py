"""Reading and asserting: what happened to the messages of a test's account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from mockbw.core.model import RecipientStatus
from mockbw.documents.durations import format_duration
from mockbw.engine.runner import AccountRunner
from mockbw.scenario.expectations import judge
from mockbw.scenario.loader import ScenarioSource
from mockbw.testing.criteria import Criteria
from mockbw.testing.views import Callback, Message, Request

__all__ = ["AccountAssertions", "request_line"]

__tracebackhide__ = True  # pytest shows the line of the test, not ours

T = TypeVar("T")


class AccountAssertions:
    """Everything a test can read without advancing time. The same in sync and async tests; nothing here waits."""

    _runner: AccountRunner
    base_url: str

    # -- reading ------------------------------------------------------------------------------------------------------------

    @property
    def messages(self) -> Sequence[Message]:
        """All messages in the order in which they came, outbound and inbound; each is a live view."""
        account = self._runner
        return [Message(account, record) for record in list(account.records.messages.values())]

    @property
    def sent(self) -> Sequence[Message]:
        """The messages that the application posted."""
        return [message for message in self.messages if message.outbound]

    @property
    def callbacks(self) -> Sequence[Callback]:
        """All callbacks in the order of their events."""
        account = self._runner
        messages = account.records.messages
        return [Callback(account, record, messages[record.message]) for record in list(account.records.callbacks.values())]

    @property
    def requests(self) -> Sequence[Request]:
        """The application's requests to the platform's API, including refused ones."""
        return [Request.of(entry) for entry in self._read_records(lambda: list(self._runner.records.requests))]

    # -- assertions ---------------------------------------------------------------------------------------------------------

    def assert_sent(self, *, times: int = 1, **fields: Any) -> Message:
        """Return the message that the application posted with these fields; of several (``times``), the last.

        Fields are ``to``, ``sender``, ``text``, ``media``, ``tag``, ``kind``, ``application``, ``scenario``, ``status`` and
        ``failed_with``; see ``Criteria`` for the values they can have.

        Raises:
            AssertionError: there is another number of such messages; shows the nearest ones.
        """
        criteria = Criteria.of(fields)
        found = [message for message in self.sent if criteria.match(message)]
        if len(found) != times or not found:
            raise AssertionError(self._not_sent(criteria, found, times))
        return found[-1]

    def assert_not_sent(self, **fields: Any) -> None:
        """Check that the application posted no message with these fields.

        Raises:
            AssertionError: it did; shows them.
        """
        criteria = Criteria.of(fields)
        found = [message for message in self.sent if criteria.match(message)]
        if found:
            count = _count(len(found), "message was sent", "messages were sent")
            raise AssertionError("\n".join([f"{count}{criteria}, and none should have been:", *criteria.describe(found)]))

    def assert_delivered(self, **fields: Any) -> Message:
        """Return the one message with these fields, which must have been delivered to every recipient.

        Raises:
            AssertionError: there is no such message, or it is not delivered; shows its status and the next deadline.
        """
        message = self.assert_sent(**fields)
        if message.status != RecipientStatus.DELIVERED:
            raise AssertionError(self._ended_otherwise(message, "delivered"))
        return message

    def assert_failed(self, error: int | None = None, /, **fields: Any) -> Message:
        """Return the one message with these fields, which must have failed, with that error code if one is given.

        Raises:
            AssertionError: there is no such message, or it has not failed, or with another code.
        """
        message = self.assert_sent(**fields)
        if message.status != RecipientStatus.FAILED or (error is not None and message.failed_with != error):
            raise AssertionError(self._ended_otherwise(message, "failed" if error is None else f"failed with {error}"))
        return message

    # -- the messages of failed assertions ----------------------------------------------------------------------------------

    def _not_sent(self, criteria: Criteria, found: Sequence[Message], times: int) -> str:
        sent = self.sent
        if found:
            lines = [f"{_count(len(found), 'message was sent', 'messages were sent')}{criteria}, not {times}:"]
            lines += criteria.describe(found)
            if times == 1:
                lines.append("Give more fields to select one, or times=… if all are expected.")
            return "\n".join(lines)
        lines = [f"no message was sent{criteria}"]
        if sent:
            lines.append(f"{_count(len(sent), 'message was', 'messages were')} sent; the nearest first:")
            lines += criteria.describe(sent)
        else:
            lines += self._why_nothing()
        if {"status", "failed_with"} & set(criteria.expected):
            lines += self._upcoming()
        return "\n".join(lines)

    def _ended_otherwise(self, message: Message, expected: str) -> str:
        failed = f" with {message.failed_with}" if message.failed_with is not None else ""
        lines = [f"the message is {message.status}{failed}, not {expected}:", *Criteria({}).describe([message])]
        if len(message.to) > 1:
            lines += [f"    {number}: {status}" for number, status in message.recipients.items()]
        lines += [f"    {callback.type}: {_answers(callback)}" for callback in message.callbacks]
        upcoming = self._upcoming()
        if not upcoming and expected == "delivered" and message.status == RecipientStatus.SENT:
            edition = self._runner.edition.name
            lines.append(f"In edition {edition} there is no further event for this {message.kind}: sent is its final status.")
        return "\n".join([*lines, *upcoming])

    def _why_nothing(self) -> Iterable[str]:
        refused = [request for request in self.requests if request.refused]
        if refused:
            yield f"{_count(len(refused), 'request was', 'requests were')} refused:"
            yield from (f"  {request_line(request)}" for request in refused[-3:])
        elif not self.requests:
            yield f"The application has made no request to account {self._runner.name}."
            foreign = self._foreign_requests()
            if foreign:
                yield f"{_count(len(foreign), 'request was', 'requests were')} for another account:"
                yield from (f"  {line}" for line in foreign[-3:])
            else:
                yield f"Does it post to {self.base_url}/users/{self._runner.name}/messages?"

    def _finish_answers(self) -> None:
        """Wait until requests in progress have been answered."""

    def _foreign_requests(self) -> Sequence[str]:
        """Return a line for each request to another account; there are none here."""
        return []

    def _upcoming(self) -> list[str]:
        """Return a line about the next deadline, if there is one."""
        self._finish_answers()
        deadline = self._runner.next_deadline()
        if deadline is None:
            return []
        wait = format_duration(max(0, deadline - self._runner.now()))
        clock = self._runner.clock.mode
        if clock.flows:
            return [f"The platform is not done: the next deadline is in {wait} of virtual time."]
        return [f"The platform is not done: the next deadline is in {wait}. Move time with settle() or advance(…)."]

    @property
    def problems(self) -> Sequence[str]:
        """What makes a test fail at its end unless it allows it, as lines of text.

        Refused requests, requests for other accounts, expired callbacks, and unmet ``expect`` of its own scenarios.
        """
        return self._read_records(self._problems)

    def _read_records(self, at: Callable[[], T]) -> T:
        """Read records while nothing changes them; here nothing else would."""
        return at()

    def _problems(self) -> Sequence[str]:
        found: list[str] = []
        records = self._runner.records
        if not self._refused_allowed:
            bad = [Request.of(entry) for entry in records.requests if not entry.scripted and not 200 <= entry.status < 300]
            if bad:
                found.append(f"{_count(len(bad), 'API request was', 'API requests were')} refused:")
                found += [f"  {request_line(request)}" for request in bad[:5]]
                found.append("  If this is expected: mockbw.allow_refused_requests()")
        if not self._foreign_allowed and (foreign := self._foreign_requests()):
            found.append(f"{_count(len(foreign), 'request was', 'requests were')} for an account that does not belong to a test:")
            found += [f"  {line}" for line in foreign[:5]]
            found.append("  If this is expected: mockbw.allow_other_accounts()")
        if not self._expired_allowed:
            expired = [callback for callback in self.callbacks if callback.status == "expired"]
            if expired:
                found.append(f"{_count(len(expired), 'callback has', 'callbacks have')} expired without a 2xx answer:")
                for callback in expired[:5]:
                    found.append(f"  {callback.id} {callback.type} to {callback.url}: {_answers(callback)}")
                found.append("  If this is expected: mockbw.allow_expired_callbacks()")
        for source in self._judged:
            failed = [judgement for judgement in judge(source, records) if not judgement.held]
            found += [f"scenario {source.name}: {judgement}" for judgement in failed]
        return found

    _refused_allowed = False
    _foreign_allowed = False
    _expired_allowed = False
    _judged: Sequence[ScenarioSource] = ()
    """Scenarios whose ``expect`` must hold at the end."""

    def allow_other_accounts(self) -> None:
        """Do not fail the test because of requests for accounts that do not belong to a test."""
        self._foreign_allowed = True

    def allow_refused_requests(self) -> None:
        """Do not fail the test because of requests that the API refused."""
        self._refused_allowed = True

    def allow_expired_callbacks(self) -> None:
        """Do not fail the test because of callbacks that were never answered 2xx."""
        self._expired_allowed = True

    def check(self) -> None:
        """Check that there are no unexpected problems, as the pytest plugin does at the end of each test.

        Raises:
            AssertionError: with the ``problems``.
        """
        problems = self.problems
        if problems:
            raise AssertionError("\n".join(problems))


def request_line(request: Request) -> str:
    """Return a request and its answer in one line."""
    because = f": {request.because}" if request.because else ""
    return f"{request.method} {request.path} → {request.status or 'no answer'}{because}"


def _answers(callback: Callback) -> str:
    attempts = callback.attempts
    if not attempts:
        return "not attempted yet"
    last = attempts[-1]
    detail = f" ({last.answer.strip().splitlines()[0][:120]})" if last.status != 200 and last.answer.strip() else ""
    if len(attempts) == 1:
        return f"answered {last.outcome}{detail}"
    return f"{len(attempts)} attempts, the last {last.outcome}{detail}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
