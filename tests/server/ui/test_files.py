"""How the page's files are served."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import mockbw.server
from tests.server.bench import Bench, serving

FOLDER = Path(mockbw.server.__file__).parent / "ui"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with serving(control_token="a-control-token") as running:
        yield running


async def test_the_page_is_at_the_root_and_lets_nothing_in_from_elsewhere(bench: Bench) -> None:
    async with bench.session.get(f"{bench.double.url}/") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("ui/js/app.js", "text/javascript"), ("ui/style/base.css", "text/css"), ("ui/icon.svg", "image/svg+xml")],
)
async def test_its_files_are_open_and_have_their_types(bench: Bench, path: str, kind: str) -> None:
    async with bench.session.get(f"{bench.double.url}/{path}") as response:
        assert (response.status, response.content_type) == (200, kind)


@pytest.mark.parametrize("path", ["ui/", "ui/nothing.js", "ui/index.html", "ui/../page.py", "ui/%2e%2e/page.py"])
async def test_no_other_path_is_served(bench: Bench, path: str) -> None:
    async with bench.session.get(f"{bench.double.url}/{path}") as response:
        assert response.status == 404


async def test_what_was_not_changed_is_not_sent_again(bench: Bench) -> None:
    async with bench.session.get(f"{bench.double.url}/ui/js/app.js") as response:
        tag = response.headers["ETag"]
    async with bench.session.get(f"{bench.double.url}/ui/js/app.js", headers={"If-None-Match": tag}) as response:
        assert response.status == 304


def test_it_asks_no_other_server_for_anything() -> None:
    elsewhere = re.compile(r"""(?:src|href|url|import|from|fetch)\W{1,3}(?:https?:)?//""")
    found = [file.name for file in FOLDER.rglob("*.*") if elsewhere.search(file.read_text())]
    assert found == []


def test_text_never_becomes_markup() -> None:
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|\beval\(|new Function")
    assert [file.name for file in FOLDER.rglob("*.js") if markup.search(file.read_text())] == []
