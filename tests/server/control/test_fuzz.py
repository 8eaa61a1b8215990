"""Whatever is sent to the control API, it answers as its own document says, and never with a 500."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mockbw.core.clock import ClockMode
from mockbw.core.timeline import ApiAnswer
from mockbw.engine.runner import AccountRunner
from mockbw.server.control.openapi import describe
from mockbw.server.control.routes import ROOT, ROUTES
from tests.server.bench import ACCOUNT, Answer, Bench, serving
from tests.support import RECIPIENT, SENDER, examples

DOCUMENT = describe(ROUTES, ROOT)
NOWHERE = "http://127.0.0.1:9/callbacks"

WORDS = st.sampled_from(
    [
        *(
            "",
            "0",
            "-1",
            "1.5",
            "null",
            "true",
            "NaN",
            " ",
            "…",
            "\u202e",
            "a" * 300,
            "%00",
            "..",
            "../..",
            "*",
            "/(/",
            "/.*/",
            "@",
        ),
        *("500ms", "1s", "10m", "24h", "366d", "9999h", "2018-01-24T17:00:00Z", "2018-01-24", "9999-12-31T23:59:59Z"),
        *(RECIPIENT, SENDER, "12345", "+1", "sms", "out", "delivered", "message-sent", "2018-01", "2026", "auto", "manual"),
        *(NOWHERE, "http://", "ftp://x", "http://127.0.0.1:99999", "http://[", "cb-1", "cb-2", "user:password", "idle"),
    ]
)
TEXTS = st.one_of(WORDS, st.text(max_size=20))
NUMBERS = st.one_of(
    st.integers(-2, 1200), st.integers(), st.floats(), st.sampled_from([2**63, -(2**63), 1e308, 4770, 0.001, 100_000, 864])
)
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
YAMLS = st.one_of(
    st.sampled_from(
        [
            "name: a\ntimeline:\n  - callback: message-sent\n",
            "name: a\nmatch: {to: /(?P<code>....)$/}\ntimeline:\n  - outcome: failed\n    error: ${code}\n",
            "name: b\ngiven: {inbound: {from: '+19195550100', to: '+19195550199', text: STOP}}\n---\nname: c\ntimes: 1\n",
            "timeline: [{outage: 1m}, {reply: hi, after: 1s}, {set-state: x}, {choose: [{timeline: []}]}]\n",
            "response: {connection: reset}\n",
            "- a\n",
            "a: &a [*a]\n",
            "!!python/object:os.system {}",
            "\t",
            "{" * 2000,
            "name: [\n",
        ]
    ),
    TEXTS,
).map(str.encode) | st.binary(max_size=20)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw what a schema asks for; now and then something else."""
    return st.one_of(fitting(schema), fitting(schema), fitting(schema), JUNK)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return st.deferred(lambda: fitting(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]))
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*(fitting(one) for one in schema["anyOf"]))
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return st.one_of(*(fitting({**schema, "type": kind}) for kind in kinds))
    match kinds:
        case "object" if "properties" in schema:
            parts = {name: values(inner) for name, inner in schema["properties"].items()}
            needed = {name: parts.pop(name) for name in schema.get("required", [])}
            return st.fixed_dictionaries(needed, optional=parts)
        case "object":
            return st.dictionaries(TEXTS, values(schema.get("additionalProperties") or {}), max_size=3)
        case "array":
            return st.lists(values(schema.get("items", {})), max_size=3)
        case "string":
            return TEXTS
        case "integer" | "number":
            return NUMBERS
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    return JUNK


class Fuzzed:
    """A server with something in it, on an event loop that runs while it is asked."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.serving = serving(NOWHERE, clock=ClockMode.MANUAL)
        self.bench: Bench = self.loop.run_until_complete(self.serving.__aenter__())
        self.message = self.callback = ""

    def fill(self) -> None:
        """See to it that there is something to ask for, whatever was done before."""
        account = self.bench.double.account(ACCOUNT)
        if self.message not in account.records.messages:
            account.configure(self.bench.double.engine.setup.settings)
            account.begin_outage(ApiAnswer(), 0)
            account.set_scenarios([])
            account.set_clock(ClockMode.MANUAL)
            for hold in account.held_by_hand:
                account.release(hold)
            self.loop.run_until_complete(self._fill(account))

    async def _fill(self, account: AccountRunner) -> None:
        self.message = await self.bench.post()
        await self.bench.post([RECIPIENT, "+19195550101"])
        await account.step(3)
        self.callback = next(iter(account.records.callbacks))

    def call(self, method: str, path: str, **rest: Any) -> Answer:
        async def asked() -> Answer:
            async with asyncio.timeout(20):
                if path.startswith("events"):
                    return await self.head(path, rest.get("params"))
                return await self.bench.call(method, path, **rest)

        return self.loop.run_until_complete(asked())

    async def head(self, path: str, params: Any) -> Answer:
        async with self.bench.session.get(f"{self.bench.double.url}{ROOT}/{path}", params=params) as response:
            refusal = await response.json() if response.status != 200 else None
            return Answer(response.status, refusal, response.headers, "")

    def stop(self) -> None:
        self.loop.run_until_complete(self.serving.__aexit__(None, None, None))
        self.loop.close()


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Fuzzed]:
    with ExitStack() as stack:
        running = Fuzzed()
        stack.callback(running.stop)
        yield running


OPERATIONS = [(method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda value: value if isinstance(value, str) else "")
@settings(
    max_examples=examples(15),
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_operation_answers_as_documented(
    fuzzed: Fuzzed, method: str, path: str, operation: dict[str, Any], data: st.DataObject
) -> None:
    known = {
        "account": ACCOUNT,
        "message": fuzzed.message,
        "callback": "cb-1",
        "scenario": "a",
        "index": "0",
        "name": "cat.png",
        "application": "app",
        "hold": "h",
        "number": "1",
    }
    names = {
        name: data.draw(st.one_of(st.just(known[name]), st.just(known[name]), TEXTS)) for name in re.findall(r"{(\w+)}", path)
    }
    target = path.removeprefix(f"{ROOT}/").format(**{name: quote(value, safe="") or "-" for name, value in names.items()})
    rest: dict[str, Any] = {"params": {}}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query" and data.draw(st.integers(0, 3)) == 0:
            rest["params"][parameter["name"]] = as_text(data.draw(values(parameter["schema"])))
    content = operation.get("requestBody", {}).get("content", {})
    if "application/yaml" in content and data.draw(st.booleans()):
        rest |= {"data": data.draw(YAMLS), "headers": {"Content-Type": "application/yaml"}}
    elif "application/json" in content:
        rest["json"] = data.draw(values(content["application/json"]["schema"]))
    if target.endswith("/wait"):
        rest["params"]["timeout"] = "1ms"
    if target.endswith("/advance") and isinstance(rest.get("json"), dict):
        rest["json"]["timeout"] = "50ms"
    answer = fuzzed.call(method.upper(), target, **rest)
    if not known_path(target, path):
        return  # a drawn name has led to another path, which has a turn of its own
    assert str(answer.status) in operation["responses"], answer.text
    if answer.status >= 400:
        assert answer.json["error"]


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def known_path(target: str, path: str) -> bool:
    """A name of dots is resolved away before it is sent."""
    return "/." not in target and "%2E" not in target.upper()


@pytest.mark.parametrize("path", ["", "/", "accounts/", "accounts//messages", "accounts/a/b/c/d", "openapi.json/x"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "OPTIONS", "HEAD"])
def test_whatever_else_is_asked_for_is_refused_in_the_same_form(fuzzed: Fuzzed, method: str, path: str) -> None:
    answer = fuzzed.call(method, path)
    assert answer.status in (404, 405)
    if method != "HEAD":
        assert answer.json["error"]
