"""What is asked of an application: by a command or a URL that may answer anything."""

from __future__ import annotations

import pytest

from mockbw.check.application_query import LONGEST_ANSWER, ApplicationQueryError, ask
from tests.delivery.test_answers import IN_BETWEEN, OK, torrent


async def test_a_url_that_answers_without_end_is_cut():
    async with torrent(OK + b"\r\n", b"x" * 1000) as peer:
        with pytest.raises(ApplicationQueryError, match=f"said more than {LONGEST_ANSWER} bytes"):
            await ask(peer.url, {})
        await peer.ended.wait()
    assert peer.written < IN_BETWEEN


async def test_a_command_that_prints_without_end_is_ended():
    with pytest.raises(ApplicationQueryError, match=f"^'yes' said more than {LONGEST_ANSWER} bytes$"):
        await ask("yes", {})


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("http://user:canary@127.0.0.1:1/{id}", "http://…@127.0.0.1:1/5"),
        ("http://127.0.0.1:1/?token=canary", "http://127.0.0.1:1/?token=…"),
    ],
)
async def test_an_error_does_not_repeat_the_secrets_of_a_url(wanted, shown):
    with pytest.raises(ApplicationQueryError) as caught:
        await ask(wanted, {"id": "5"})
    assert shown in str(caught.value)
    assert "canary" not in str(caught.value)


async def test_an_error_does_not_repeat_the_secrets_of_a_command():
    with pytest.raises(ApplicationQueryError, match=r"^'sh -c yes -u … https://…@host/\?api_key=…' said more than"):
        await ask("sh -c yes -u user:canary https://user:canary@host/?api_key=canary", {})
