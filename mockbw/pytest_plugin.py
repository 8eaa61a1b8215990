"""The pytest plugin: the fixtures ``mockbw`` and ``async_mockbw``, the marker ``mockbw``, and the timeline in failure reports.

It is imported in every pytest run where mockbw is installed, so it imports nothing of mockbw until a test uses it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:  # only the first test that uses a fixture pays for these imports
    from mockbw.testing import AsyncMockAccount, MockAccount, ServerThread

    Account = TypeVar("Account", MockAccount, AsyncMockAccount)

__all__ = ["async_mockbw", "mockbw"]

_ACCOUNTS = pytest.StashKey[list[Any]]()
_EDITIONS = pytest.StashKey[set[str]]()
_MARKER = {
    "scenario": "scenarios to play: a name, path, dict or YAML text, or a list of them",
    "account": "the account id, for an application whose id is fixed",
}
"""What the marker takes besides settings of the account."""

_INI = {
    "edition": "edition of the platform, as in mockbw.yaml",
    "clock": "clock of the accounts, as in mockbw.yaml; default manual",
    "scenarios": "scenario files and folders that are loaded for every test",
    "callback_url": "where callbacks go, unless a test sets it",
}
"""The settings that are ini options, too."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    for name, meaning in _INI.items():
        if name == "scenarios":
            parser.addini(f"mockbw_{name}", meaning, type="paths")
        else:
            parser.addini(f"mockbw_{name}", meaning)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    arguments = "scenario=…, account=…, edition=…, clock=…, start=…, seed=…, callback_url=…, any setting of an account"
    config.addinivalue_line("markers", f"mockbw({arguments}): settings of the test's account on the messaging platform")


@pytest.fixture(scope="session")
def _mockbw_server(pytestconfig: pytest.Config) -> Iterator[ServerThread]:
    from mockbw.config.schema import CONFIGURATION, read_values
    from mockbw.config.settings import Settings
    from mockbw.errors import MockbwError
    from mockbw.testing import ServerThread

    given = {name: value for name in _INI if (value := pytestconfig.getini(f"mockbw_{name}"))}
    placed = {name.replace("_", "-"): (f"the ini option mockbw_{name}", value) for name, value in given.items()}
    try:
        values = read_values(CONFIGURATION, {"clock": ("", "manual"), **placed})
        server = ServerThread(Settings(port=0, grace=0.0, **{CONFIGURATION[key].name: value for key, value in values.items()}))
    except MockbwError as error:
        pytest.fail(f"mockbw cannot start: {error}", pytrace=False)
    server.start()
    yield server
    late = server.call(server.late_requests)
    server.stop()
    if late:
        pytest.fail(
            "\n".join(["mockbw: the tests are over, but their applications made requests after that:", *late]), pytrace=False
        )


@pytest.fixture
def mockbw(request: pytest.FixtureRequest, _mockbw_server: ServerThread) -> Iterator[MockAccount]:
    """An account on the messaging platform for a sync test, with a clock that the test advances."""
    from mockbw.testing import MockAccount

    yield from _account_for(request, MockAccount, _mockbw_server)


@pytest.fixture
def async_mockbw(request: pytest.FixtureRequest, _mockbw_server: ServerThread) -> Iterator[AsyncMockAccount]:
    """An account on the messaging platform for an async test: whatever takes time is awaited."""
    from mockbw.testing import AsyncMockAccount

    # A fixture set up before this one is torn down after it: pytest-asyncio's loop, in which an aiohttp application is stopped.
    for loop in [name for name in request.fixturenames if name.endswith("_scoped_runner")]:
        request.getfixturevalue(loop)
    yield from _account_for(request, AsyncMockAccount, _mockbw_server)


def _account_for(request: pytest.FixtureRequest, kind: type[Account], server: ServerThread) -> Iterator[Account]:
    """Create an account for the test, and remove it when the test is over."""
    from mockbw.errors import MockbwError

    account = None
    try:
        options = _options(request.node)
        scenarios = options.pop("scenario", [])
        name = str(options.pop("account", None) or _account_id(f"{request.node.nodeid} {request.fixturename}"))
        folders = (request.path.parent, request.config.rootpath)
        account = kind(server, name, folders=folders, test=request.node.nodeid, **{"seed": request.node.nodeid[-200:], **options})
        for scenario in scenarios if isinstance(scenarios, list) else [scenarios]:
            account.play(scenario)
    except (MockbwError, ValueError) as error:
        if account is not None:
            account.close()
        pytest.fail(f"mockbw cannot set up the account of this test: {error}", pytrace=False)
    request.node.stash.setdefault(_ACCOUNTS, []).append(account)
    request.config.stash.setdefault(_EDITIONS, set()).add(account.edition)
    yield account
    account.close()
    request.node.stash[_ACCOUNTS].remove(account)  # pytest keeps every test of the session, and so would its application be


def _options(item: pytest.Item) -> dict[str, Any]:
    """Return the arguments of the markers; those nearest to the test win."""
    from mockbw.config.account import ACCOUNT
    from mockbw.config.table import Interface

    takes = _MARKER | {setting.target: setting.help for setting in ACCOUNT.at(Interface.TEST)}
    options: dict[str, Any] = {}
    for marker in item.iter_markers("mockbw"):
        unknown = [name for name in marker.kwargs if name not in takes]
        if unknown or marker.args:
            known = "\n".join(f"  {name}: {meaning}" for name, meaning in takes.items())
            problem = f"no argument {unknown[0]!r}" if unknown else "no positional arguments"
            raise ValueError(f"the marker takes {problem}. Its arguments are\n{known}")
        options = {**marker.kwargs, **options}
    return options


def _account_id(nodeid: str) -> str:
    """Return seven digits that are the same in every run and differ between tests."""
    return str(9_000_000 + int(sha256(nodeid.encode()).hexdigest(), 16) % 1_000_000)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail a test that passed although the platform refused a request or gave up on a callback."""
    yield
    problems = [problem for account in item.stash.get(_ACCOUNTS, []) for problem in account.problems]
    if problems:
        pytest.fail("\n".join(["mockbw: the test itself passed, but", *problems]), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the timeline of the account to the report of a failed test."""
    report = yield
    if report.failed and call.when == "call":
        for account in item.stash.get(_ACCOUNTS, []):
            report.sections.append(("mockbw timeline", account.timeline))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in which edition the tests have met the platform: they may pass here and fail on today's."""
    used = config.stash.get(_EDITIONS, set())
    if used:  # whoever has not used mockbw neither pays for the import nor reads about it
        from mockbw.scenario.edition_differences import describe_edition

        for name in sorted(used):
            terminalreporter.write_line(f"mockbw: edition {describe_edition(name)}")
