"""What is kept of what endpoints and clients send, at the door of the core, whoever has carried it there."""

from __future__ import annotations

import pytest
from multidict import istr

from mockbw.core.bounds import KEPT_BODY, KEPT_DETAIL, KEPT_HEADERS
from mockbw.core.entries import AttemptFinished, RequestAnswered
from mockbw.core.model import Fault, Outcome
from mockbw.journal.codec import decode, encode
from tests.support import CoreBench


def kept(outcome: Outcome) -> Outcome:
    """Return what the journal has of an outcome."""
    bench = CoreBench(answer=lambda _: outcome)
    bench.post()
    bench.run(until=1_000)
    return bench.of(AttemptFinished)[0].outcome


def test_headers_of_a_type_of_a_library_are_plain_strings_and_can_be_written():
    outcome = kept(Outcome(status=200, headers=((istr("Server"), istr("x")), ("Date", "y"))))
    assert outcome.headers == (("Server", "x"), ("Date", "y"))
    assert {type(text) for header in outcome.headers for text in header} == {str}
    entry = AttemptFinished(1, "cb-1", 1, outcome)
    assert decode(*encode(entry)) == entry


@pytest.mark.parametrize(
    "headers",
    [
        (("X", "v" * 56_000),),
        tuple((f"X-{number}", "v" * 100) for number in range(500)),
        (("N" * 5_000, "v"), ("Y", "w")),
        tuple(("X", "") for _ in range(10_000)),
    ],
)
def test_headers_are_cut_as_bodies_are(headers):
    left = kept(Outcome(status=503, headers=headers, body="b" * 100_000)).headers
    assert sum(len(name) + len(value) for name, value in left) <= KEPT_HEADERS
    assert all(value.startswith(short) for (_, value), (_, short) in zip(headers, left, strict=False))


def test_body_and_detail_are_cut():
    outcome = kept(Outcome(fault=Fault.PROTOCOL, body="b" * 100_000, detail="d" * 100_000))
    assert (len(outcome.body), len(outcome.detail)) == (KEPT_BODY, KEPT_DETAIL)


def test_an_answer_within_the_bounds_stays_as_it_is():
    outcome = Outcome(status=200, headers=(("Date", "today"),), body="b" * KEPT_BODY, detail="d")
    assert kept(outcome) is outcome


def test_of_a_request_method_path_and_reason_are_cut():
    bench = CoreBench()
    bench.account.record_request(RequestAnswered(bench.now, "M" * 9_000, "/p" * 9_000, 404, because="b" * 9_000))
    bench.perform()
    (entry,) = bench.of(RequestAnswered)
    assert (entry.method, entry.path, entry.because) == ("M" * 32, "/p" * 250, "b" * 1_000)
    assert list(bench.account.records.requests) == [entry]
