"""The JSON Schema of a scenario file, for editors: completion, documentation, and validation while typing."""

from __future__ import annotations

from typing import Any

from mockbw.documents.described_schema import DescribedSchema
from mockbw.scenario.edition import edition_names, load_edition
from mockbw.scenario.schema import Scenario

__all__ = ["scenario_schema"]


class _Plain(DescribedSchema):
    """Omits titles, which only repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one scenario. It accepts whatever the loader accepts, and nearly nothing else."""
    schema = _without_null_defaults(Scenario.model_json_schema(by_alias=True, schema_generator=_Plain))
    events = list(dict.fromkeys(event for name in edition_names() for event in load_edition(name).edition.events))
    definitions = schema["$defs"]
    for model in ("CallbackModel", "Expectation"):
        definitions[model]["properties"]["callback"]["examples"] = events
    schema["properties"]["editions"]["examples"] = [[name] for name in edition_names()]
    # `retry` can also be just a list of delays.
    schema["properties"]["retry"]["anyOf"].append(definitions["Retry"]["properties"]["delays"]["anyOf"][0])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A mockbw scenario", **schema}


def _without_null_defaults(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_null_defaults(inner)
            for key, inner in value.items()
            if not (key == "default" and inner in (None, {}, []))
        }
    if isinstance(value, list):
        return [_without_null_defaults(inner) for inner in value]
    return value
