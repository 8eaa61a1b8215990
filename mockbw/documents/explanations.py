"""What pydantic found wrong, as a sentence for the author of the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mockbw.documents.model import Alternatives, DocumentModel
from mockbw.errors import nearest

__all__ = ["KEY", "explain", "shown"]

KEY = "[key]"
"""What pydantic ends the place of an error with that is about the key of a mapping."""


def explain(model: type[BaseModel], detail: ErrorDetails) -> tuple[str, str]:
    """Return the sentence for one validation error, and a hint (which may be empty)."""
    path = tuple(part for part in detail["loc"] if part != KEY)
    name = next((str(part) for part in reversed(path) if not (isinstance(part, str) and part.startswith("<"))), "document")
    if isinstance(path[-1] if path else None, int):
        name = (
            f"entry {int(path[-1]) + 1} of {next((part for part in reversed(path[:-1]) if isinstance(part, str)), 'the list')!r}"
        )
    else:
        name = repr(name)
    written = detail.get("input")
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key {name}", _similar_key(model, path)
        case "missing":
            return f"the key {name} is missing", ""
        case "union_tag_not_found":
            return _no_alternative(_alternatives(model), written)
        case "value_error":
            return str(context.get("error", detail["msg"])), ""
        case "literal_error" | "enum":
            known = str(context.get("expected", ""))
            close = nearest(str(written), [word.strip(" '") for word in known.replace(" or ", ",").split(",")])
            return f"{name} must be {known}, not {shown(written)}", f"Did you mean {close!r}?" if close else ""
        case "int_parsing" | "int_type" | "float_parsing" | "float_type" | "int_from_float":
            return f"{name} must be a number, not {shown(written)}", ""
        case "bool_parsing" | "bool_type":
            return f"{name} must be true or false, not {shown(written)}", ""
        case "string_type":
            return f"{name} must be text, not {shown(written)}", ""
        case "list_type":
            return f"{name} must be a list, not {shown(written)}", "Put a dash before each entry"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"{name} must be a mapping (key: value), not {shown(written)}", ""
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than" | "must":
            # "must" is ours: said in full where it was found
            return f"{name} {detail['msg'].replace('Input should be', 'must be')}", ""
        case "too_short" | "string_too_short" | "too_long":
            return f"{name} {_of_wrong_length(written, context)}", ""
    return f"{name}: {detail['msg']}", ""


def _alternatives(model: type[BaseModel]) -> Alternatives:
    known = model.alternatives if issubclass(model, DocumentModel) else None
    return known or Alternatives("an entry", ())


def _no_alternative(known: Alternatives, written: Any) -> tuple[str, str]:
    close = next((hit for key in (written if isinstance(written, dict) else {}) if (hit := nearest(key, known.keys))), None)
    return f"{known.noun} needs one of the keys {', '.join(known.keys)}", f"Did you mean {close!r}?" if close else ""


def _of_wrong_length(written: Any, context: Mapping[str, Any]) -> str:
    if "max_length" in context:
        return f"must have at most {context['max_length']} entries, not {len(written)}"
    if isinstance(written, str) and context["min_length"] > 1:
        return f"must be at least {context['min_length']} characters long"
    return "must not be empty"


def shown(value: Any) -> str:
    """Return what was written as a sentence can repeat it."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else repr(str(value)[:100])


def _similar_key(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    """Return a hint with the key of the model at ``path`` that is most like the unknown one, or with all of its keys."""
    known = sorted(_keys_at(model, path[:-1]))
    unknown = str(path[-1])
    noun, keys = _alternatives(model)
    if unknown in keys and set(keys) & set(known):
        return f"{noun.capitalize()} does one thing: start another one with a dash"
    close = nearest(unknown, known)
    return f"Did you mean {close!r}?" if close else f"Known keys are {', '.join(known)}"


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> set[str]:
    here = {model}
    for part in path:
        if isinstance(part, int):
            continue
        if part.startswith("<"):
            here = {m for m in here if part[1:-1] in {field.alias for field in m.model_fields.values()}} or here
            continue
        inner: set[type[BaseModel]] = set()
        for candidate in here:
            for name, info in candidate.model_fields.items():
                if (info.alias or name) == part:
                    inner.update(_models_in(info.annotation))
        here = inner or here
    return {str(field.alias or name) for m in here for name, field in m.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
