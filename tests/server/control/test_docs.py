"""The page about the control API says what there is, and the OpenAPI document hangs together."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

from mockbw.core.entries import Entry
from mockbw.server.control.openapi import describe
from mockbw.server.control.routes import ROOT, ROUTES
from mockbw.server.control.serialize.messages import type_of

PAGE = (Path(__file__).parents[3] / "docs" / "control-api.md").read_text(encoding="utf-8")
DOCUMENT = describe(ROUTES, ROOT)


def paths_of(text: str) -> set[tuple[str, str]]:
    """Return method and path of everything a page names in its tables; ``[/{id}]`` is a path with and one without it."""
    found = set()
    for cell in re.findall(r"^\| (`[A-Z].*?) \|", text, re.MULTILINE):
        methods: list[str] = []
        for quoted in re.findall(r"`([^`]+)`", cell):
            method, _, path = quoted.partition(" ")
            methods.append(method)
            if path:
                for whole in {re.sub(r"\[.*?\]", "", path), path.replace("[", "").replace("]", "")}:
                    found.update((method, re.sub(r"{\w+}", "{}", whole)) for method in methods)
                methods = []
    return found


def test_the_page_names_every_route_and_no_other():
    served = {(route.method, re.sub(r"{\w+}", "{}", route.path)) for route in ROUTES}
    assert paths_of(PAGE) == served


def test_the_page_names_every_type_of_journal_entry():
    table = PAGE[PAGE.index("| type | data |") :]
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines()[2:] if line)
    named = set(re.findall(r"`([a-z]+-[a-z]+(?:-[a-z]+)*)`", first_cells))
    assert named == {type_of(kind) for kind in get_args(Entry)}


def test_every_reference_of_the_document_leads_somewhere():
    references = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert references - set(DOCUMENT["components"]["schemas"]) == set()


def test_every_operation_has_an_id_and_a_summary_of_its_own():
    operations = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"].endswith(".") or ":" in operation["summary"] for operation in operations)


def test_every_parameter_is_described():
    undescribed = [
        f"{path} {parameter['name']}"
        for path, methods in DOCUMENT["paths"].items()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and not parameter["description"]
    ]
    assert undescribed == []


def test_the_document_has_the_bounds_and_the_defaults_of_settings():
    schemas = DOCUMENT["components"]["schemas"]
    limit, name = (schemas["SettingsBody"]["properties"][key] for key in ("list_limit", "carrier_name"))
    assert limit["anyOf"][0] == {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    assert limit["description"].endswith(" A whole number from 1 to 1000000. Default: no limit.")
    assert name["anyOf"][0] == {"type": "string", "maxLength": 100}
    assert schemas["CredentialsModel"]["properties"]["user"]["minLength"] == 1
