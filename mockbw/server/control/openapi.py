"""The OpenAPI document of the control API, generated from the same table that serves it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from mockbw._version import __version__
from mockbw.documents.described_schema import DescribedSchema
from mockbw.server.control.routing import JSON_TYPE, Route
from mockbw.server.control.schemas.views import ErrorView

__all__ = ["describe"]

_PARAMETER = re.compile(r"\{(\w+)\}")
_TEMPLATE = "#/components/schemas/{model}"


def describe(routes: Iterable[Route], root: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the routes below ``root``."""
    listed = list(routes)
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for route in listed:
        paths.setdefault(f"{root}/{route.path}", {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mockbw control API",
            "version": __version__,
            "description": "Everything about a double of the messaging platform that the platform itself does not expose.",
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    summary, _, more = route.description.partition("\n\n")
    described: dict[str, Any] = {"operationId": route.name, "summary": summary.replace("\n", " ")}
    if more:
        described["description"] = more
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _PARAMETER.findall(route.path)
    ]
    if route.query is not None:
        parameters.extend(_query_parameters(route.query, schemas))
    if parameters:
        described["parameters"] = parameters
    if route.body is not None:
        schema = _collect(route.body, schemas, "validation")
        described["requestBody"] = {"content": {JSON_TYPE: {"schema": schema}}}
    elif route.body_types:
        described["requestBody"] = {
            "required": True,
            "content": {
                media_type: {"schema": {"description": text, **({"type": "string"} if "yaml" in media_type else {})}}
                for media_type, text in route.body_types.items()
            },
        }
    described["responses"] = _responses(route, schemas, bool(parameters or route.body or route.body_types))
    return described


def _responses(route: Route, schemas: dict[str, Any], reads: bool) -> dict[str, Any]:
    fine: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.answer is not None:
        answer = route.answer.json_schema(
            ref_template=_TEMPLATE, schema_generator=DescribedSchema, mode="serialization", by_alias=True
        )
        schemas.update(answer.pop("$defs", {}))
        model = route.hints["return"]
        if isinstance(model, type) and issubclass(model, BaseModel):
            schemas[model.__name__] = answer
            answer = {"$ref": _TEMPLATE.format(model=model.__name__)}
        fine["content"] = {JSON_TYPE: {"schema": answer}}
    elif route.media_type != JSON_TYPE:
        fine["content"] = {route.media_type: {"schema": {"type": "string"}}}
    refusals = {*route.refusals}
    if _PARAMETER.search(route.path):
        refusals.add(404)
    if "{account}" in route.path and route.method in ("POST", "PUT"):
        refusals.add(503)  # the account would begin, but the limit of accounts is reached
    if reads:
        refusals.add(422)
    if route.body is not None or route.body_types:
        refusals.add(413)
    error = _collect(ErrorView, schemas, "serialization")
    return {
        str(route.status if route.answer or route.media_type != JSON_TYPE else 204): fine,
        **{
            str(status): {"description": HTTPStatus(status).phrase, "content": {JSON_TYPE: {"schema": error}}}
            for status in sorted(refusals)
        },
    }


def _query_parameters(model: type[BaseModel], schemas: dict[str, Any]) -> Iterable[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=_TEMPLATE, schema_generator=DescribedSchema, by_alias=True)
    schemas.update(schema.get("$defs", {}))
    required = schema.get("required", [])
    for name, described in schema.get("properties", {}).items():
        text = described.pop("description", "")
        yield {"name": name, "in": "query", "required": name in required, "description": text, "schema": described}


@cache
def _schemas_of(model: type[BaseModel], mode: Any) -> dict[str, Any]:
    _, found = models_json_schema([(model, mode)], ref_template=_TEMPLATE, schema_generator=DescribedSchema)
    return dict(found.get("$defs", {}))


def _collect(model: type[BaseModel], schemas: dict[str, Any], mode: Any) -> dict[str, Any]:
    """Add the schema of a model and those it uses to the others; return the reference to it."""
    schemas.update(_schemas_of(model, mode))
    return {"$ref": _TEMPLATE.format(model=model.__name__)}
