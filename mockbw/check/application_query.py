"""Queries the application by a command or a URL that its owner has configured."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any
from urllib.parse import quote as quote_url

import aiohttp

from mockbw.delivery.counted_response import AnswerTooLongError, CountedResponse, counted_response
from mockbw.errors import MockbwError
from mockbw.redaction import hide, hide_command

__all__ = ["Answer", "ApplicationQueryError", "ask", "status_in"]

TIMEOUT = 30.0
"""Wall seconds that a command or URL may take."""

LONGEST_ANSWER = 262_144
"""How many bytes of what a command prints, or a URL answers, are read."""

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
        raise ApplicationQueryError(f"{hide_command(filled)!r} took longer than {TIMEOUT:g} s") from None
    except AnswerTooLongError:
        raise ApplicationQueryError(f"{hide_command(filled)!r} said more than {LONGEST_ANSWER} bytes") from None
    except (OSError, aiohttp.ClientError) as error:
        raise ApplicationQueryError(f"{hide_command(filled)!r} cannot be used: {hide(str(error))}") from None


def _is_url(query: str) -> bool:
    return query.lower().startswith(("http://", "https://"))


async def _get(url: str) -> Answer:
    counted = counted_response(LONGEST_ANSWER)
    async with aiohttp.ClientSession(response_class=counted, auto_decompress=False) as session, session.get(url) as response:
        assert isinstance(response, CountedResponse), "the session's own"
        body = b"".join([piece async for piece in response.pieces()])
        return Answer(body.decode(errors="replace").strip(), 200 <= response.status < 300)


async def _run(command: str) -> Answer:
    process = await asyncio.create_subprocess_shell(
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # so that what the shell has started can be ended with it
    )
    assert process.stdout is not None, "asked for"
    output = bytearray()
    try:
        while chunk := await process.stdout.read(65_536):
            output += chunk
            if len(output) > LONGEST_ANSWER:
                raise AnswerTooLongError
        await process.wait()
    except BaseException:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # Windows
            process.kill()
        await process.communicate()
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
