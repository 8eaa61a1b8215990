"""What to do about an attempt that failed."""

from __future__ import annotations

import pytest

from mockbw.cli.advice import reason, remedy
from mockbw.core.model import Fault, Outcome


def refused(endpoint: str) -> Outcome:
    return Outcome(fault=Fault.REFUSED, detail=f"nobody listens at {endpoint}")


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1:5000", "[::1]:5000"])
def test_a_container_is_told_how_it_calls_the_machine_it_runs_on(host: str) -> None:
    assert reason(refused(host)) == f"nobody listens at {host}"
    assert remedy(refused(host), f"http://{host}/callbacks") == (
        "start the application there; in a container that is the container itself: use host.docker.internal"
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (refused("app:5000"), "0.0.0.0"),
        (Outcome(fault=Fault.DNS), "names of their services"),
        (Outcome(fault=Fault.TIMEOUT), "answer 2xx first"),
        (Outcome(fault=Fault.FORBIDDEN), "callback-hosts"),
        (Outcome(fault=Fault.PROTOCOL), "HTTP server"),
        (Outcome(fault=Fault.RESET), "crash"),
        (Outcome(fault=Fault.TLS), "certificate"),
        (Outcome(status=401), "credentials"),
        (Outcome(status=404), "path"),
        (Outcome(status=405), "POST"),
        (Outcome(status=302), "no redirects"),
        (Outcome(status=500), "its log"),
    ],
)
def test_each_kind_of_failure_has_its_remedy(outcome: Outcome, words: str) -> None:
    assert words in remedy(outcome, "http://app:5000/callbacks")


def test_what_is_the_endpoints_own_business_has_none() -> None:
    assert (reason(Outcome(status=418)), remedy(Outcome(status=418), "http://app/")) == ("it answered 418", "")
