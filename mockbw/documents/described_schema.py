"""JSON Schemas whose descriptions are the docstrings of the models' fields, read only when a schema is generated.

pydantic can do this too (``use_attribute_docstrings``), but when the model is built: every start of the server would read its
source.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

__all__ = ["DescribedSchema"]


class DescribedSchema(GenerateJsonSchema):
    """Describes the fields of models by their docstrings."""

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Return the schema of a model."""
        described = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        properties = described.get("properties", {})
        for name, field in model.model_fields.items():
            text = _texts(model).get(name)
            for key in (name, field.alias, field.serialization_alias):
                if text is not None and key in properties:
                    properties[key].setdefault("description", text)
        return described


@cache
def _texts(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings of a model's fields, its own and those of its bases."""
    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            texts.update(_own_texts(base))
    return texts


def _own_texts(model: type[BaseModel]) -> dict[str, str]:
    try:
        source = inspect.getsource(model)
    except OSError:  # it was made of a table, which has described the fields
        return {}
    (written,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(written, ast.ClassDef), "the source of a model is a class"
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(written.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }
