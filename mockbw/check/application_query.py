"""Queries the application by a command or a URL that its owner has configured."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any
from urllib.parse import quote as quote_url

import aiohttp

from mockbw.errors import MockbwError

__all__ = ["Answer", "ApplicationQueryError", "ask", "status_in"]

TIMEOUT = 30.0
"""Wall seconds that a command or URL may take."""

_PLACE = re.compile(r"\{(\w+)\}")


class ApplicationQueryError(MockbwError):
    """The command or URL could not be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, or a URL answered. ``found`` is False when it failed: exit code not 0, status not 2xx."""

    text: str
    found: bool


async def ask(query: str, values: Mapping[str, str]) -> Answer:
    """Run the command, or GET the URL, with every ``{name}`` that has a value replaced by it.

    Raises:
        ApplicationQueryError: it cannot be used, or takes too long.
    """
    escape = quote_url if _is_url(query) else quote
    filled = _PLACE.sub(lambda place: escape(values[place[1]]) if place[1] in values else place[0], query)
    try:
        async with asyncio.timeout(TIMEOUT):
            return await (_get(filled) if _is_url(query) else _run(filled))
    except TimeoutError:
        raise ApplicationQueryError(f"{filled!r} took longer than {TIMEOUT:g} s") from None
    except (OSError, aiohttp.ClientError) as error:
        raise ApplicationQueryError(f"{filled!r} cannot be used: {error}") from None


def _is_url(query: str) -> bool:
    return query.lower().startswith(("http://", "https://"))


async def _get(url: str) -> Answer:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return Answer((await response.text(errors="replace")).strip(), 200 <= response.status < 300)


async def _run(command: str) -> Answer:
    process = await asyncio.create_subprocess_shell(
        command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    return Answer(output.decode(errors="replace").strip(), process.returncode == 0)


def status_in(answer: Answer, message: str) -> str | None:
    """Return the status in an answer: the field ``status`` or ``state`` of JSON, else the text, without the message's id.

    None when there is none.
    """
    if not answer.found or not answer.text:
        return None
    try:
        data: Any = json.loads(answer.text)
    except ValueError:
        return answer.text.replace(message, "{id}")
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if isinstance(data, dict):
        named = next((data[name] for name in ("status", "state", "messageStatus") if data.get(name) is not None), None)
        if named is not None:
            return str(named)
    if data in (None, {}, []):
        return None
    return json.dumps(data, sort_keys=True, ensure_ascii=False).replace(message, "{id}")
