"""``python -m benchmarks.pending WHAT COUNT``: what a core account costs by itself, without IO. Prints figures as JSON."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from random import Random

import psutil

from mockbw.core.account import Account, InboundDraft
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import ClockMode
from mockbw.core.model import Draft, Outcome
from mockbw.core.settings import AccountSettings
from mockbw.core.timers import Timers
from mockbw.engine.account_setup import AccountSetup
from mockbw.engine.engine import Engine
from mockbw.journal.memory import MemoryJournal
from mockbw.scenario.loader import load_text
from mockbw.scenario.playbook import ScenarioPlaybook

START = 1_516_809_600_000
DRAFT = Draft("+19195550199", ("+19195550100",), "93de2206-9669-4e07-948d-329f4b722ee2", "Your table is ready")
SAMPLE = 5000


def resident() -> int:
    return psutil.Process().memory_full_info().uss


def account(scenarios: str = "", keep: int = 10_000_000) -> Account:
    playbook = ScenarioPlaybook("2018-01", load_text(scenarios) if scenarios else [])
    settings = AccountSettings(callback_url="http://127.0.0.1:1/callbacks", keep_messages=keep)
    return Account("9900000", edition=playbook.edition, playbook=playbook, random=Random(1), settings=settings)


def accept(subject: Account, count: int, now: int = START) -> None:
    for _ in range(count):
        submission = subject.submit(DRAFT, now)
        assert submission.message is not None
        subject.waive_answer(submission.message.id, now)
        subject.take_effects()


def cost(subject: Account) -> float:
    """Return the CPU microseconds of accepting one message more: the least of three goes."""
    goes = []
    for _ in range(3):
        began = time.process_time()
        accept(subject, SAMPLE)
        goes.append((time.process_time() - began) / SAMPLE * 1e6)
    return min(goes)


def kept(count: int) -> dict[str, float]:
    """What a message costs when so many are kept already, and what each takes."""
    subject = account()
    accept(subject, 1000)
    before = resident()
    accept(subject, count)
    memory = (resident() - before) / max(count, 1)
    gc.collect()
    gc.freeze()
    return {"us": cost(subject), "bytes": memory}


def scenarios(count: int) -> dict[str, float]:
    """What a message costs when so many scenarios are loaded, half for one number each, half for numbers that begin alike."""
    numbers = [f"+1{7_000_000_000 + number * 1000}{'*' if number % 2 else ''}" for number in range(count)]
    answer = "response: {status: 202}\n"
    written = [f"name: s{index}\nmatch: {{to: '{number}'}}\n{answer}" for index, number in enumerate(numbers)]
    subject = account("---\n".join(written))
    accept(subject, 1000)
    gc.collect()
    gc.freeze()
    return {"us": cost(subject)}


def waiting(count: int) -> dict[str, float]:
    """What a message costs while so many callbacks wait for their next attempt."""
    subject = account()
    for _ in range(count):
        subject.receive(InboundDraft("+19195550100", ("+19195550199",), "hello"), START)
    for effect in subject.take_effects():
        if isinstance(effect, SendAttempt) and (number := subject.attempt_started(effect, START)) is not None:
            subject.attempt_finished(effect.callback, number, Outcome(status=503), START)
    subject.take_effects()
    accept(subject, 1000)
    gc.collect()
    gc.freeze()
    return {"us": cost(subject)}


def accounts(count: int) -> dict[str, float]:
    """What a message costs the last of so many accounts of one server, journal and clock included."""
    return asyncio.run(_accounts(count))


async def _accounts(count: int) -> dict[str, float]:
    settings = AccountSettings(keep_messages=10_000_000)
    engine = Engine(AccountSetup(mode=ClockMode.MANUAL, settings=settings), _Nobody(), MemoryJournal())

    def post(name: str) -> None:
        runner = engine.account(name)
        submission = runner.submit(DRAFT)
        assert submission.message is not None
        runner.record_request("POST", "/", 202, submission.message.id)

    for number in range(count):
        post(str(number))
    gc.collect()
    gc.freeze()
    goes = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(SAMPLE):
            post(str(count - 1))
        goes.append((time.process_time() - began) / SAMPLE * 1e6)
    return {"us": min(goes)}


class _Nobody:
    """A sender that has nothing to send, since the clock stands."""

    async def send(self, attempt: SendAttempt) -> Outcome:
        raise AssertionError(attempt)

    async def close(self) -> None:
        pass


def timers(count: int) -> dict[str, float]:
    """So many pending attempts: what each takes, and what it costs to add one, to look, and to take one out."""
    random = Random(1)
    tasks = [str(number) for number in range(count)]  # in an account they are the callbacks' records
    before = resident()
    queue: Timers[str] = Timers()
    dues = [START + random.randrange(86_400_000) for _ in range(count)]
    began = time.process_time()
    for sequence, (due, task) in enumerate(zip(dues, tasks, strict=True)):
        queue.add(due, sequence, task)
    added = time.process_time()
    memory = resident() - before
    for _ in range(count):
        queue.next_due()
    looked = time.process_time()
    while queue.pop(START + 86_400_000) is not None:
        pass
    popped = time.process_time()
    return {
        "bytes": memory / count,
        "insert": (added - began) / count * 1e6,
        "next": (looked - added) / count * 1e6,
        "advance": (popped - looked) / count * 1e6,
    }


def callbacks(count: int) -> dict[str, float]:
    """So many callbacks that wait for their next attempt, each of a message of its own: what both take together."""
    subject = account()
    subject.receive(InboundDraft("+19195550100", ("+19195550199",), "hello"), START)
    subject.take_effects()
    before = resident()
    for _ in range(count):
        subject.receive(InboundDraft("+19195550100", ("+19195550199",), "hello"), START)
        subject.take_effects()
    return {"bytes": (resident() - before) / count}


if __name__ == "__main__":
    gc.set_threshold(20_000, 50, 20)
    measures = (accounts, callbacks, kept, scenarios, timers, waiting)
    print(json.dumps({measure.__name__: measure for measure in measures}[sys.argv[1]](int(sys.argv[2]))))
