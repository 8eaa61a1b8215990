"""The control API of scenarios: load, replace, switch, play, validate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import Field

from mockbw.config.account import ACCOUNT
from mockbw.engine.runner import AccountRunner
from mockbw.errors import ScenarioError, UnknownError
from mockbw.scenario.loader import ScenarioSource, load_text
from mockbw.scenario.playbook import ScenarioPlaybook
from mockbw.scenario.shipped import shipped_sources
from mockbw.server.control.filters import Filter
from mockbw.server.control.routing import JSON_TYPE, ControlError, ControlRequest, RouteTable, read_json, serialize_problem
from mockbw.server.control.schemas import account_views as v
from mockbw.server.control.schemas.bodies import SwitchBody
from mockbw.server.control.schemas.views import ProblemView
from mockbw.server.control.serialize.accounts import serialize_scenario, serialize_scenarios

__all__ = ["TABLE"]

TABLE = RouteTable()

LARGE = 20_000
"""Texts of more characters are read in a thread."""

T = TypeVar("T")

SCENARIOS = {
    "application/yaml": "One or several scenarios in YAML, separated by `---`.",
    JSON_TYPE: "One scenario as an object, or several in a list; the same keys as in YAML.",
}


class FileQuery(Filter):
    """Where scenarios come from."""

    file: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f]+$")] = "<text>"
    """The name of the text in problems and lists."""


class ValidateQuery(FileQuery):
    """What scenarios are checked for."""

    edition: Annotated[str, ACCOUNT["edition"].kind] | None = None
    """The edition to check them for; default: the server's own."""


@TABLE.route("GET", "accounts/{account}/scenarios")
async def list_scenarios(call: ControlRequest) -> v.ScenarioPage:
    """List the loaded scenarios in the order in which they are tried, then the shipped ones that can be played by name."""
    return v.ScenarioPage(scenarios=serialize_scenarios(call.account))


@TABLE.route("POST", "accounts/{account}/scenarios", status=201, body_types=SCENARIOS)
async def post_scenarios(call: ControlRequest, query: FileQuery) -> v.ScenarioPage:
    """Load scenarios ahead of the existing ones; one with the same name is replaced."""
    account = call.begin()
    sources = await _read(call, query.file)
    account.add_scenarios(sources)
    return v.ScenarioPage(scenarios=[serialize_scenario(account, source) for source in sources])


@TABLE.route("GET", "accounts/{account}/scenarios/{scenario}")
async def get_scenario(call: ControlRequest) -> v.ScenarioView:
    """Show one scenario."""
    account = call.account
    source = _source(account, call.name("scenario"))
    return serialize_scenario(account, source, loaded=source in account.sources)


@TABLE.route("PUT", "accounts/{account}/scenarios/{scenario}", body_types=SCENARIOS)
async def put_scenario(call: ControlRequest, query: FileQuery) -> v.ScenarioView:
    """Replace one scenario in its place, or load a new one ahead of the existing ones."""
    account, name = call.begin(), call.name("scenario")
    sources = await _read(call, query.file)
    if len(sources) != 1:
        raise ControlError(422, f"{len(sources)} scenarios cannot replace one", "POST them to scenarios")
    given = sources[0].scenario.name
    if given is not None and given != name:
        raise ControlError(422, f"the scenario's name is {given!r}, the path says {name!r}", "Use the same name in both")
    source = replace(sources[0], name=name)
    account.replace_scenario(source)
    return serialize_scenario(account, source)


@TABLE.route("DELETE", "accounts/{account}/scenarios/{scenario}")
async def delete_scenario(call: ControlRequest) -> None:
    """Remove a scenario; messages that play it continue."""
    call.account.remove_scenario(call.name("scenario"))


@TABLE.route("POST", "accounts/{account}/scenarios/{scenario}/switch")
async def switch_scenario(call: ControlRequest, body: SwitchBody) -> v.ScenarioView:
    """Switch a scenario off or on."""
    account, name = call.account, call.name("scenario")
    account.switch_scenario(name, on=body.on)
    return serialize_scenario(account, _loaded(account, name))


@TABLE.route("POST", "accounts/{account}/scenarios/{scenario}/play", status=202)
async def play_scenario(call: ControlRequest) -> v.PlayView:
    """Start a scenario by itself: one of the account's, or a shipped one. Its message comes from `given`, or is generated."""
    account = call.begin()
    return _play(account, _source(account, call.name("scenario")))


@TABLE.route("POST", "accounts/{account}/play", status=202, body_types=SCENARIOS)
async def play_scenarios(call: ControlRequest, query: FileQuery) -> v.PlayPage:
    """Start scenarios by themselves without loading them."""
    account = call.begin()
    return v.PlayPage(plays=[_play(account, source) for source in await _read(call, query.file)])


@TABLE.route("POST", "validate", body_types=SCENARIOS)
async def validate_scenarios(call: ControlRequest, query: ValidateQuery) -> v.ValidationView:
    """Check scenarios without loading them: every problem with its place and what would be right."""
    edition = query.edition or call.engine.setup.edition
    try:
        sources = await _read(call, query.file)
        await _aside(sum(len(source.text) for source in sources[:1]), lambda: ScenarioPlaybook(edition, sources))
    except ScenarioError as error:
        return v.ValidationView(valid=False, scenarios=[], problems=[serialize_problem(problem) for problem in error.problems])
    return v.ValidationView(valid=True, scenarios=[source.name for source in sources], problems=[])


def _play(account: AccountRunner, source: ScenarioSource) -> v.PlayView:
    message = account.play(source)
    return v.PlayView(scenario=source.name, message=None if message is None else message.id)


def _loaded(account: AccountRunner, name: str) -> ScenarioSource:
    for source in account.sources:
        if source.name == name:
            return source
    raise UnknownError("scenario", name, [source.name for source in account.sources])


def _source(account: AccountRunner, name: str) -> ScenarioSource:
    for source in (*account.sources, *shipped_sources()):
        if source.name == name:
            return source
    raise UnknownError("scenario", name, [source.name for source in (*account.sources, *shipped_sources())])


async def _read(call: ControlRequest, file: str) -> list[ScenarioSource]:
    """Return the scenarios of the body.

    Raises:
        ScenarioError: with every problem.
        ControlError: the body is neither text nor JSON.
    """
    if call.request.content_type == JSON_TYPE:
        data = await read_json(call.request)
        return await _aside(call.request.content_length or LARGE + 1, lambda: _from_json(data))
    try:
        text = (await call.request.read()).decode()
    except UnicodeDecodeError as error:
        raise ControlError(422, f"the body is not UTF-8 at byte {error.start}") from None
    return await _aside(len(text), lambda: load_text(text, file))


async def _aside(size: int, work: Callable[[], T]) -> T:
    """Do work on a text of so many characters, in a thread if it is large: everybody else would wait."""
    return await asyncio.to_thread(work) if size > LARGE else work()


def _from_json(data: Any) -> list[ScenarioSource]:
    documents = data if isinstance(data, list) else [data]
    if not documents or not all(isinstance(document, dict) for document in documents):
        message = "the body must be a JSON object, or a list of them"
        raise ControlError(422, message, problems=[ProblemView(field="body", message=message)])
    try:
        text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)
    except RecursionError:
        raise ControlError(422, "the body is nested too deeply") from None
    return load_text(text)
