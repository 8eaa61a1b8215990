"""The configuration file of ``mockbw check``: what a CI job needs every time, kept beside the tests. Flags override it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mockbw.documents.reader import check, load_documents
from mockbw.documents.values import Bool, Duration, Str, Strings
from mockbw.errors import Problem, ScenarioError

__all__ = ["CheckFile", "read_check_file"]


class CheckFile(BaseModel):
    """The keys of the file. Each has the name of a flag; none is required."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-"))

    url: Str | None = None
    """Where the application receives callbacks."""
    inbound_url: Str | None = None
    """Where it receives inbound messages, if not at the same URL."""
    edition: Str | None = None
    """How the platform behaves."""
    user: Str | None = None
    """User of the endpoint's Basic credentials; the password is better kept in MOCKBW_CHECK_PASSWORD."""
    password: Str | None = None
    """Password of the endpoint's Basic credentials."""
    only: Strings | None = None
    """Only these drills and areas."""
    skip: Strings | None = None
    """None of these drills and areas."""
    timeout: Duration | None = None
    """How long the platform waits for an answer."""
    patience: Duration | None = None
    """How long the application may take to send its replies."""
    app_sends: Bool | None = None
    """The application sends through mockbw."""
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Port of the platform's API, for the application."""
    trigger: Str | None = None
    """A command or URL that makes the application send one message to `{to}`."""
    status_of: Str | None = None
    """A command or URL that returns the stored status of the message `{id}`."""
    down: Str | None = None
    """A command that takes the endpoint down."""
    up: Str | None = None
    """A command that brings it up again."""
    fail_on: Literal["must", "should", "advice", "never"] | None = None
    """What makes the exit code 1."""


def read_check_file(path: Path) -> CheckFile:
    """Read a configuration file.

    Raises:
        ScenarioError: with every problem of the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError([Problem(str(path), 1, 1, f"cannot be read: {error}")]) from None
    documents, problems = load_documents(text, str(path))
    if problems:
        raise ScenarioError(problems)
    if not documents:
        return CheckFile()
    checked = check(CheckFile, documents[0], str(path), text)
    if checked.model is None:
        raise ScenarioError(checked.problems)
    return checked.model
