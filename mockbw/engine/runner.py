"""``AccountRunner``: the interface of one account for the server, the tests and the commands.

It has the inputs and the queries; ``TimeControl`` moves its time; only the ``Pump`` behind both performs effects. Every input
first brings the account up to now, and then lets the pump perform what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random
from typing import Final

from mockbw.core.account import Account, InboundDraft, SubmitResult
from mockbw.core.application_time import Present
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import LATEST, Hold, HoldKind
from mockbw.core.edition import Edition
from mockbw.core.entries import RequestAnswered, RequestContents
from mockbw.core.model import Draft, Message
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from mockbw.core.timeline import ApiAnswer
from mockbw.delivery.outcomes import Sender
from mockbw.engine.account_setup import AccountSetup, RestoredAccount
from mockbw.engine.pump import Pump
from mockbw.engine.scenario_set import ScenarioSet
from mockbw.engine.time_control import TimeControl
from mockbw.journal import Journal
from mockbw.media.store import MediaStore
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.playbook import ScenarioPlaybook, only_scenario, start_scenario
from mockbw.supervision import Health
from mockbw.wallclock import now_ms

__all__ = ["AccountRunner"]


class AccountRunner(TimeControl):
    """Drives one account. All methods belong to the engine's event loop; times are virtual milliseconds.

    Raises:
        ScenarioError: the setup is inconsistent.
    """

    def __init__(
        self,
        name: str,
        setup: AccountSetup,
        sender: Sender,
        journal: Journal,
        media: MediaStore,
        kept: RestoredAccount | None = None,
        health: Health | None = None,
    ) -> None:
        records = kept.records if kept is not None else None
        self.name: Final = name
        self.media: Final = media
        self._setup, self._scenarios = setup, ScenarioSet(setup.sources)
        again = f"/{records.time}" if records is not None else ""
        self._random = Random(setup.seed_of(name, again))  # noqa: S311 - for repeatability, not secrecy
        playbook = _compiled(setup, self._scenarios)
        self._core = Account(
            name,
            edition=playbook.edition,
            playbook=playbook,
            random=self._random,
            settings=setup.settings,
            records=records,
        )
        clock = kept.clock(setup) if kept is not None else setup.clock()
        super().__init__(Pump(self._core, clock, sender, journal, setup.follower, setup.concurrency, health))

    # -- queries ----------------------------------------------------------------------------------------------------------

    @property
    def setup(self) -> AccountSetup:
        """The account's setup: its edition, seed and concurrency, its settings, and the configured scenarios."""
        return self._setup

    @property
    def sources(self) -> tuple[ScenarioSource, ...]:
        """The scenarios, first match first."""
        return self._scenarios.sources

    @property
    def switched_off(self) -> frozenset[str]:
        """The names of the scenarios that are switched off."""
        return self._scenarios.switched_off

    @property
    def records(self) -> Records:
        """What has happened in the account, as the fold of its entries; read-only."""
        return self._core.records

    @property
    def settings(self) -> AccountSettings:
        """The current settings."""
        return self._setup.settings

    @property
    def edition(self) -> Edition:
        """The current edition."""
        return self._core.edition

    @property
    def idle(self) -> bool:
        """True while nothing is scheduled and no callback is in flight."""
        return self._core.idle

    @property
    def media_path(self) -> str:
        """The path below which the platform serves the account's media."""
        return self._core.media_path

    @property
    def site(self) -> str:
        """The scheme and host of the API."""
        return self._core.site

    def present(self) -> Present:
        """Return the current time of the account, and of the application that sends it a request."""
        now = self.now()
        follows = self.settings.application_time.follows(known_to=self._setup.application_follows)
        return Present(now, now if follows else now_ms())

    def outage(self) -> ApiAnswer | None:
        """Return how the API answers every request during an outage, else None."""
        return self._core.outage(self.now())

    def request_of(self, callback: str) -> SendAttempt:
        """Return the HTTP request of an attempt of the callback, without making it.

        Raises:
            UnknownError: the account has no such callback.
        """
        return self._core.request_of(callback)

    # -- inputs: messages and callbacks -----------------------------------------------------------------------------------

    def submit(self, draft: Draft, fault: int | None = None) -> SubmitResult:
        """Submit a create request; see ``Account.submit``. Follow up with ``record_request`` or ``waive_answer``."""
        submission = self._core.submit(draft, self._pump.catch_up(), fault)
        if submission.message is not None:
            self._pump.hold(_answer_to(submission.message.id))
        self._pump.done()
        return submission

    def waive_answer(self, message: str) -> None:
        """Start the timeline of a message whose client was not answered: it has disconnected, or must not know."""
        self._core.waive_answer(message, self._pump.catch_up())
        self._pump.release(_answer_to(message))
        self._pump.done()

    def receive(self, arrival: InboundDraft) -> tuple[Message, ...]:
        """A handset sends a message."""
        messages = self._core.receive(arrival, self._pump.catch_up())
        self._pump.done()
        return messages

    def play(self, source: ScenarioSource) -> Message | None:
        """Start a scenario by itself: with its ``given``, else with a message generated to match it.

        Returns that message, or None when the scenario refuses it.

        Raises:
            ScenarioError: the scenario is not valid in the edition, or no message can be generated that it matches.
        """
        scenario = only_scenario(source, self._setup.edition, self._setup.settings.mms_receipts)
        message = start_scenario(self._core, scenario, self._pump.catch_up())
        self._pump.done()
        return message

    def redeliver(self, callback: str) -> None:
        """Make one extra attempt of a callback."""
        self._core.redeliver(callback, self._pump.catch_up())
        self._pump.done()

    def cancel_callback(self, callback: str) -> None:
        """Stop attempting a callback."""
        self._core.cancel_callback(callback, self._pump.catch_up())
        self._pump.done()

    def cancel_message(self, message: str) -> None:
        """Cancel what remains of a message."""
        self._core.cancel_message(message, self._pump.catch_up())
        self._pump.done()

    def reset(self) -> None:
        """Cancel everything outstanding and delete all records; settings, scenarios and clock stay."""
        now = self._pump.catch_up()
        self._pump.drop_waiting()
        self._core.reset(now)
        self.media.clear()
        self._pump.done()

    def record_request(
        self,
        method: str,
        path: str,
        status: int,
        message: str | None = None,
        because: str = "",
        *,
        scripted: bool = False,
        contents: RequestContents | None = None,
    ) -> None:
        """Record a request to the platform's API; ``scripted`` when a scenario defined the answer.

        ``message`` is the one that it created: its timeline may start now. ``contents`` is for refused requests.
        """
        now = self._pump.catch_up()
        self._core.record_request(RequestAnswered(now, method, path, status, message, because, scripted, contents))
        if message is not None:
            self._pump.release(_answer_to(message))
        self._pump.done()

    def begin_outage(self, answer: ApiAnswer, duration: int | None) -> None:
        """Make the API fail for ``duration`` virtual milliseconds from now, None: until it is ended; 0 ends an outage."""
        now = self._pump.catch_up()
        self._core.begin_outage(answer, LATEST if duration is None else now + duration, now)
        self._pump.done()

    def reached_at(self, site: str) -> None:
        """Set the scheme and host of the API: URLs of received media start with it."""
        if site != self._core.site:
            self._pump.catch_up()
            self._core.reached_at(site)
            self._pump.done()

    # -- inputs: setup ----------------------------------------------------------------------------------------------------

    def configure(self, settings: AccountSettings) -> None:
        """Replace the account's settings.

        Raises:
            ScenarioError: a loaded scenario is not valid with them; nothing has changed then.
        """
        self.use_setup(replace(self._setup, settings=settings))

    def use_edition(self, name: str) -> None:
        """Switch to another edition.

        Raises:
            UnknownError: there is no such edition.
            ScenarioError: a loaded scenario is not valid in it; nothing has changed then.
        """
        self.use_setup(replace(self._setup, edition=name))

    def use_setup(self, setup: AccountSetup) -> None:
        """Switch to the edition, the settings and the concurrency of a setup; the rest of it only matters at the start.

        Raises:
            UnknownError: there is no such edition.
            ScenarioError: a loaded scenario is not valid with them; nothing has changed then.
        """
        changed = replace(self._setup, edition=setup.edition, settings=setup.settings, concurrency=setup.concurrency)
        self._prepared(changed, self._scenarios)()

    def prepare_to_follow(self, old: AccountSetup, new: AccountSetup) -> Callable[[], None]:
        """Return a function that replaces whatever the account has from ``old`` by ``new``: edition, settings, scenarios.

        What was set for the account since stays. Scenarios that were added since stay, ahead of the others.

        Raises:
            UnknownError: there is no such edition.
            ScenarioError: a scenario is not valid.
        """
        follows = [name for name in ("edition", "settings", "sources") if getattr(self._setup, name) == getattr(old, name)]
        setup = replace(self._setup, **{name: getattr(new, name) for name in follows})
        return self._prepared(setup, self._scenarios.renewed(new.sources) if "sources" in follows else self._scenarios)

    def reseed(self, seed: str | None) -> None:
        """Make ids and random choices repeat those of any account with this name and the same seed; None: random again."""
        self._setup = replace(self._setup, seed=seed)
        self._random.seed(self._setup.seed_of(self.name))

    # -- inputs: scenarios ------------------------------------------------------------------------------------------------

    def set_scenarios(self, sources: Iterable[ScenarioSource]) -> None:
        """Replace the scenarios of the account, first match first.

        Raises:
            ScenarioError: one is not valid in the edition; nothing has changed then.
        """
        self._use_scenarios(self._scenarios.with_only(sources))

    def add_scenarios(self, sources: Iterable[ScenarioSource]) -> None:
        """Load scenarios ahead of the existing ones; one with the same name is replaced.

        Raises:
            ScenarioError: one is not valid in the edition; nothing has changed then.
        """
        self._use_scenarios(self._scenarios.with_first(sources))

    def replace_scenario(self, source: ScenarioSource) -> None:
        """Replace the scenario with the same name in its place, or load it ahead of the existing ones.

        Raises:
            ScenarioError: it is not valid in the edition; nothing has changed then.
        """
        self._use_scenarios(self._scenarios.with_replaced(source))

    def remove_scenario(self, name: str) -> None:
        """Remove a scenario; messages that play it continue.

        Raises:
            UnknownError: there is no such scenario.
        """
        self._use_scenarios(self._scenarios.without(name))

    def switch_scenario(self, name: str, *, on: bool) -> None:
        """Switch a scenario off or on.

        Raises:
            UnknownError: there is no such scenario.
        """
        self._use_scenarios(self._scenarios.switching(name, on=on))

    def _use_scenarios(self, scenarios: ScenarioSet) -> None:
        self._prepared(self._setup, scenarios)()

    def _prepared(self, setup: AccountSetup, scenarios: ScenarioSet) -> Callable[[], None]:
        """Return a function that applies these: an inconsistent combination is refused before anything has changed."""
        playbook = _compiled(setup, scenarios)

        def put_in_force() -> None:
            self._pump.catch_up()
            self._setup, self._scenarios = setup, scenarios
            self._pump.concurrency = setup.concurrency
            self._core.configure(setup.settings)
            self._core.use(playbook.edition, playbook)
            self._pump.done()

        return put_in_force

    # -- the start and the end --------------------------------------------------------------------------------------------

    def resume(self) -> None:
        """Continue everything unfinished in an account that was restored from a journal."""
        self._core.resume(self.now())
        self._pump.done()

    def leave(self) -> None:
        """Cancel everything and have the journal forget the account; one that has failed cannot be reset before."""
        if not self._pump.failed:
            self.reset()
        self._pump.leave()

    @property
    def failed(self) -> bool:
        """True when a bug in mockbw has ended the account."""
        return self._pump.failed

    async def close(self, grace: float) -> None:
        """Stop: give attempts in flight ``grace`` seconds of wall time to end, then cancel them."""
        await self._pump.close(grace)


def _compiled(setup: AccountSetup, scenarios: ScenarioSet) -> ScenarioPlaybook:
    return ScenarioPlaybook(setup.edition, scenarios.in_play(), setup.settings.mms_receipts)


def _answer_to(message: str) -> Hold:
    return Hold(HoldKind.ANSWER, message)
