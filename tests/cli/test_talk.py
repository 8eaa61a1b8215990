"""What ``mockbw serve`` shows on a terminal while it runs."""

from __future__ import annotations

from collections.abc import Iterable

from mockbw.cli.talk import Talk
from mockbw.core import entries as j
from mockbw.core.inbound import InboundDraft
from mockbw.core.model import Fault, Outcome
from mockbw.core.settings import AccountSettings
from mockbw.journal.memory import MemoryJournal
from tests.support import DOWN, OK, RECIPIENT, SENDER, CoreBench

ONE_EVENT = "name: one-event\ntimeline: [{callback: message-failed, error: 4770, after: 1s}]"
NOBODY = Outcome(fault=Fault.REFUSED, detail="nobody listens at localhost:5000")
POST = "  00:00:00    POST /messages                        202      SMS  to +19195550100"


def one_event(*answers: Outcome, url: str = "http://localhost:5000/callbacks") -> CoreBench:
    left = iter(answers)
    bench = CoreBench(
        scenarios=ONE_EVENT, settings=AccountSettings(callback_url=url), answer=lambda attempt: next(left, answers[-1])
    )
    bench.post()
    return bench


def lines(entries: Iterable[j.Entry], *, before: Iterable[j.Entry] = (), every: bool = False) -> list[str]:
    """Return what is shown of entries; those ``before`` are in the journal from an earlier start of the server."""
    journal = MemoryJournal()
    journal.append("9900000", *before)
    talk, after = Talk(journal, every=every), journal.last
    journal.append("9900000", *entries)
    return [line.plain for stamped in journal.read(after) for line in talk.lines(stamped)]


def test_a_failure_names_the_endpoint_the_reason_and_what_to_do_once_and_the_end_does_again() -> None:
    bench = one_event(NOBODY)
    bench.run()
    failure = [
        "              http://localhost:5000/callbacks: nobody listens at localhost:5000",
        "              start the application there; in a container that is the container itself: use host.docker.internal",
    ]
    assert lines(bench.entries) == [
        "  account 9900000",
        POST,
        "  00:00:01    message-failed 4770 +19195550100      refused  next attempt at 00:00:31",
        *failure,
        "  23:03:31    message-failed 4770 +19195550100  attempt 30 refused  expired after 30 attempts: dropped",
        *failure,
    ]


def test_of_attempts_those_are_shown_that_change_something() -> None:
    bench = one_event(DOWN, DOWN, DOWN, NOBODY, OK)
    bench.run()
    shown = [line for line in lines(bench.entries) if "message-failed" in line]
    assert [line.split()[-1] if "next" not in line else line.split()[-5] for line in shown] == ["500", "refused", "200"]
    assert len([line for line in lines(bench.entries, every=True) if "message-failed" in line]) == 5


def test_no_secret_of_a_url_and_no_text_of_a_person_is_shown() -> None:
    bench = one_event(DOWN, url="http://user:secret1@app.test/callbacks?token=secret2")
    bench.account.receive(InboundDraft(RECIPIENT, (SENDER,), "secret3"), bench.now)
    bench.perform()
    bench.run()
    text = "\n".join(lines(bench.entries))
    assert "the handset +19195550100 sends SMS" in text
    assert "http://…@app.test/callbacks?token=…: it answered 500" in text
    assert "secret" not in text


def test_a_callback_from_before_a_restart_is_shown_with_its_event_and_url() -> None:
    bench = one_event(NOBODY)
    bench.run(until=10_000)
    seen = len(bench.entries)
    bench.run()
    shown = lines(bench.entries[seen:], before=bench.entries[:seen])
    assert "message-failed 4770" in shown[-3]
    assert shown[-2] == "              http://localhost:5000/callbacks: nobody listens at localhost:5000"


def test_a_request_that_was_refused_is_shown_with_the_reason() -> None:
    bench = CoreBench()
    bench.account.record_request(j.RequestAnswered(bench.now, "POST", "/api/v2/users/1/messages", 401, None, "no credentials"))
    bench.perform()
    assert lines(bench.entries)[-1] == "  00:00:00    POST /messages                        401      no credentials"
