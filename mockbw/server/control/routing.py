"""One table of routes for the control API: each row registers a handler and describes it.

A handler takes the ``ControlRequest`` and, if it has parameters of these names, ``query`` and ``body``: pydantic models that were
validated before it runs. It returns a model, which is the answer's JSON, or a finished response.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, get_origin, get_type_hints

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mockbw.documents.explanations import KEY, explain
from mockbw.engine.account_setup import account_name
from mockbw.engine.engine import Engine
from mockbw.engine.runner import AccountRunner
from mockbw.errors import Problem, UnknownError, nearest
from mockbw.journal.memory import MemoryJournal
from mockbw.redaction import plain
from mockbw.server.control.schemas.views import ErrorView, ProblemView
from mockbw.server.json_body import parse
from mockbw.server.keys import ENGINE, JOURNAL

__all__ = [
    "JSON_TYPE",
    "ControlError",
    "ControlRequest",
    "Route",
    "RouteTable",
    "error_answer",
    "missing",
    "nearest_path",
    "read_json",
    "serialize_problem",
    "unknown",
    "validated",
]

JSON_TYPE = "application/json"
_PART = re.compile(r"\{(\w+)\}")

Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[..., Awaitable[Any]]


class ControlError(Exception):
    """A request that the control API refuses.

    Attributes:
        status: the HTTP status.
        answer: the body of the response.
    """

    def __init__(self, status: int, error: str, hint: str = "", **more: Any) -> None:
        super().__init__(error)
        self.status = status
        self.answer = ErrorView(error=plain(error), hint=plain(hint), **more)


def error_answer(error: ControlError, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return the response to a refused request."""
    body = error.answer.model_dump_json(by_alias=True).encode()
    return web.Response(body=body, status=error.status, content_type=JSON_TYPE, headers=headers)


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """One request to the control API, and what its path names."""

    request: web.Request

    @property
    def engine(self) -> Engine:
        """The engine with all accounts."""
        return self.request.app[ENGINE]

    @property
    def journal(self) -> MemoryJournal:
        """The journal of all accounts."""
        return self.request.app[JOURNAL]

    def name(self, what: str) -> str:
        """Return a part of the path, e.g. the id of ``messages/{message}``."""
        return self.request.match_info[what]

    @property
    def account(self) -> AccountRunner:
        """The account in the path, which must exist.

        Raises:
            UnknownError: it does not.
        """
        return self.engine.known(self.name("account"))

    def begin(self) -> AccountRunner:
        """Return the account in the path, created now if it does not exist.

        Raises:
            ControlError: the name is not valid for an account.
        """
        return self.engine.account(self.account_name())

    def account_name(self) -> str:
        """Return the account's name in the path; the account may not exist.

        Raises:
            ControlError: the name is not valid for an account.
        """
        try:
            return account_name(self.name("account"))
        except ValueError as error:
            raise ControlError(422, str(error)) from None


Context = Callable[[ControlRequest], Mapping[str, Any]]


@dataclass(frozen=True)
class Route:
    """One row of the table: what is served where, and how it is described."""

    method: str
    path: str
    handler: Handler
    status: int
    refusals: tuple[int, ...]
    media_type: str
    body_types: Mapping[str, str]
    context: Context | None

    @property
    def name(self) -> str:
        """The handler's name, which is the operation's id."""
        return str(getattr(self.handler, "__name__", "handler"))

    @cached_property
    def hints(self) -> Mapping[str, Any]:
        """The types of the handler's parameters and of its result."""
        return get_type_hints(self.handler)

    @property
    def query(self) -> type[BaseModel] | None:
        """The model of the query string, if the handler reads one."""
        return self.hints.get("query")

    @property
    def body(self) -> type[BaseModel] | None:
        """The model of the JSON body, if the handler reads one."""
        return self.hints.get("body")

    @property
    def description(self) -> str:
        """What the handler does, from its docstring."""
        return inspect.getdoc(self.handler) or ""

    @cached_property
    def answer(self) -> TypeAdapter[Any] | None:
        """The model of the response's JSON; None when the handler builds the response itself."""
        kind = self.hints.get("return")
        if kind is None or kind is type(None) or (isinstance(kind, type) and issubclass(kind, web.StreamResponse)):
            return None
        return TypeAdapter(kind)

    @property
    def resource(self) -> str:
        """The path in the router's form: a part in braces matches any text, including braces."""
        return _PART.sub(r"{\1:[^/]+}", self.path)

    def matches(self, path: str) -> bool:
        """Return True when the route has this path, whatever the method."""
        parts, wanted = path.split("/"), self.path.split("/")
        return len(parts) == len(wanted) and all(
            want == part or (want.startswith("{") and bool(part)) for want, part in zip(wanted, parts, strict=True)
        )

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Read, validate, handle, respond."""
        given: dict[str, Any] = {}
        call = ControlRequest(request)
        if self.query is not None:
            given["query"] = _read_query(self.query, request)
        if self.body is not None:
            context = self.context(call) if self.context is not None else None
            given["body"] = validated(self.body, await read_json(request), "body", context)
        result = await self.handler(call, **given)
        if isinstance(result, web.StreamResponse):
            return result
        if self.answer is None:
            return web.Response(status=204)
        return web.Response(body=self.answer.dump_json(result, by_alias=True), status=self.status, content_type=JSON_TYPE)


class RouteTable:
    """The routes of one part of the control API, in the order in which they are described."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def route(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        refusals: Iterable[int] = (),
        media_type: str = JSON_TYPE,
        body_types: Mapping[str, str] | None = None,
        context: Context | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register a handler.

        Args:
            method: the HTTP method.
            path: below the root; ``{account}`` and other names in braces are read with ``ControlRequest.name``.
            status: of a successful response.
            refusals: statuses it can have besides 404 for an unknown part of its path and 422 for invalid input.
            media_type: of the response.
            body_types: for a body that the handler reads itself: its media types, each with a description.
            context: returns what the validators of the body may read.
        """

        def add(handler: Handler) -> Handler:
            self.routes.append(Route(method, path, handler, status, tuple(refusals), media_type, body_types or {}, context))
            return handler

        return add


async def read_json(request: web.Request) -> Any:
    """Return the JSON of the body; an empty body is an empty object.

    Raises:
        ControlError: it is not valid JSON.
    """
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        return parse(raw)
    except ValueError as error:
        raise ControlError(422, f"the body is not JSON: {error}", problems=[_problem("body", str(error))]) from None


def _read_query(model: type[Model], request: web.Request) -> Model:
    """Return the query string as a model; a list can be comma-separated, or the parameter can be repeated."""
    lists = {info.alias or name for name, info in model.model_fields.items() if get_origin(info.annotation) is list}
    data: dict[str, Any] = {}
    for key in request.query:
        values = request.query.getall(key)
        if len(values) > 1 and key not in lists:
            message = f"the parameter {key!r} is given {len(values)} times"
            raise ControlError(422, message, problems=[_problem(key, message)])
        data[key] = [part for value in values for part in value.split(",")] if key in lists else values[0]
    return validated(model, data, "query")


def validated(model: type[Model], data: Any, whole: str, context: Mapping[str, Any] | None = None) -> Model:
    """Return the data as a model.

    Raises:
        ControlError: with every problem and the field it is about; ``whole`` names the data itself.
    """
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        problems = [_explained(model, detail, whole) for detail in error.errors(include_url=False)]
        raise ControlError(422, problems[0].message, problems[0].hint, problems=problems) from None


def _explained(model: type[BaseModel], detail: ErrorDetails, whole: str) -> ProblemView:
    field = ".".join(str(part) for part in detail["loc"] if part != KEY and not str(part).startswith("<")) or whole
    if not detail["loc"] and detail["type"] in ("model_type", "dict_type", "model_attributes_type"):
        return _problem(field, f"the {whole} must be a JSON object")
    message, hint = explain(model, detail)
    return _problem(field, message, hint)


def _problem(field: str, message: str, hint: str = "") -> ProblemView:
    return ProblemView(field=field, message=message, hint=hint)


def serialize_problem(problem: Problem) -> ProblemView:
    """Show a problem of a scenario file."""
    return ProblemView(
        message=problem.message,
        hint=problem.hint,
        file=problem.file,
        line=problem.line,
        column=problem.column,
        excerpt=problem.excerpt,
    )


def missing(what: str, name: str, hint: str) -> ControlError:
    """Return the refusal of an unknown id; ids are random, so none is similar."""
    return ControlError(404, f"There is no {what} {name[:100]!r}.", hint)


def unknown(error: UnknownError) -> ControlError:
    """Return the refusal of an unknown name."""
    hint = f"Did you mean {error.suggestion!r}?" if error.suggestion else ""
    return ControlError(404, f"There is no {error.what} {error.name[:100]!r}.", hint)


def nearest_path(path: str, routes: Iterable[Route]) -> str:
    """Return a hint with the path that is most like ``path``."""
    close = nearest(path, {route.path for route in routes})
    return f"Did you mean {close}?" if close else "Every path is in openapi.json"
