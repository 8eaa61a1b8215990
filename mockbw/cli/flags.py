"""The flags of ``mockbw serve``, made of the table of settings: a setting has one statement of what it is and may be."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from mockbw.config.kinds import Control
from mockbw.config.schema import FLAGS
from mockbw.config.table import Setting

__all__ = ["with_flags"]


def with_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for each setting of ``FLAGS``; it takes them as ``flags``, by the path of their keys.

    Values are texts, lists of texts or truth values, unchecked: ``resolve`` reads them as it reads what stands in a file.
    """
    own = [one for one in inspect.signature(command, eval_str=True).parameters.values() if one.name != "flags"]
    paths = {path.replace(".", "_").replace("-", "_"): path for path in FLAGS}

    def called(**given: Any) -> None:
        flags = {path: value for name, path in paths.items() if (value := given.pop(name)) not in (None, [])}
        command(**given, flags=flags)

    made = [_parameter(name, FLAGS[path], path) for name, path in paths.items()]
    called.__signature__ = inspect.Signature([*own, *made])  # type: ignore[attr-defined]  # what typer reads
    called.__doc__ = command.__doc__
    return called


def _parameter(name: str, setting: Setting, path: str) -> inspect.Parameter:
    flag = f"--{path.replace('.', '-')}"
    text = f"{setting.help} May be given several times." if setting.several else setting.help
    help_ = f"{text} Default: {setting.default_words}."
    if setting.kind.control is Control.SWITCH:
        kind: Any = Annotated[bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=help_)]
    else:
        option = typer.Option(flag, metavar=setting.kind.metavar, help=help_)
        kind = Annotated[list[str] | None if setting.several else str | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
