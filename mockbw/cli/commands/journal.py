"""``mockbw journal``: checks the journal of a data folder, exports it as JSON lines, and imports such lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Annotated, Any

import orjson
import typer

from mockbw.cli.console import stderr, stdout
from mockbw.core.payload import format_time
from mockbw.errors import JournalError, StartError
from mockbw.journal import LAST_NUMBER, Stamped
from mockbw.journal.codec import decode, encode
from mockbw.journal.fold import Fold
from mockbw.journal.sqlite import SqliteStore
from mockbw.journal.sqlite_file import Files, read_only

__all__ = ["journal"]

journal = typer.Typer(
    name="journal",
    add_completion=False,
    help="Check or export the journal of a data folder, or import one into a new folder.",
    no_args_is_help=True,
)

Data = Annotated[Path, typer.Option("--data", metavar="FOLDER", help="The data folder; no server may be using it.")]

END = "end"
"""The key of an export's last line, which holds how many entries there are: a file without it was cut."""

HIGHEST = LAST_NUMBER // 2
"""The highest number of an entry that is imported: a server goes on from there, and must not run out of numbers."""


@journal.command("check")
def check(data: Data, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check that a journal is complete and can be served, without changing it. Exits with 1 when it cannot.

    [dim]Example:[/] mockbw journal check --data ./data
    """
    count, last, folding, problem = 0, None, Fold(), ""
    try:
        with read_only(data, thorough=True) as entries:
            try:
                for stamped in entries:
                    folding.add(stamped)
                    count, last = count + 1, stamped
            except JournalError as error:
                problem = f"the journal in {data} cannot be served: {error}"
    except StartError as error:
        problem = str(error)
    messages = sum(len(account.records.messages) for account in folding.accounts.values())
    found = {"entries": count, "last": last.number if last else 0, "accounts": len(folding.accounts), "messages": messages}
    if as_json:
        stdout.print_json(data={**found, "problem": problem or None})
    elif problem:
        readable = f" {count} entries up to {last.number} can be read" if last else ""
        stderr.print(f"{problem}.{readable}", style="red")
    else:
        written = f", the last of {format_time(last.wall)}" if last else ""
        held = f"{messages} messages in {len(folding.accounts)} accounts"
        stdout.print(f"{data}: {count} entries{written}; {held}. Nothing is missing.")
    if problem:
        raise typer.Exit(1)


@journal.command("export")
def export(
    data: Data,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file. Default: standard output.")] = None,
) -> None:
    """Write every entry of a journal as one line of JSON, and in the last line how many there are.

    [dim]Example:[/] mockbw journal export --data ./data -o journal.jsonl
    """
    if output is not None and any(_is_same(output, path) for path in Files(data).all):
        raise JournalError(f"{output} belongs to the journal itself: choose another file")
    with read_only(data) as entries:
        if output is None:
            count = _write(entries, sys.stdout.buffer)
        else:
            try:
                with output.open("wb") as file:
                    count = _write(entries, file)
            except OSError as error:
                raise JournalError(f"{output} cannot be written: {error.strerror}") from None
    stderr.print(f"{count} entries")


def _is_same(one: Path, other: Path) -> bool:
    """Return True when two paths lead to one file, by a link too, or would if it existed."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


@journal.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file written by `mockbw journal export`.")],
    data: Data,
) -> None:
    """Fill an empty data folder with an exported journal; a server started on it continues from there.

    [dim]Example:[/] mockbw journal import journal.jsonl --data ./copy
    """
    try:
        with file.open("rb") as lines, closing(SqliteStore(data)) as store:
            count = store.fill(_read(lines, file))
    except OSError as error:
        raise JournalError(f"{file} cannot be read: {error.strerror}") from None
    stderr.print(f"{count} entries")


def _write(entries: Iterable[Stamped], file: IO[bytes]) -> int:
    count = 0
    for stamped in entries:
        count += 1
        kind, body = encode(stamped.entry)
        about = {"number": stamped.number, "account": stamped.account, "wall": stamped.wall, "kind": kind}
        file.write(orjson.dumps({**about, "entry": orjson.Fragment(body)}) + b"\n")
    file.write(orjson.dumps({END: count}) + b"\n")
    file.flush()
    return count


def _read(lines: IO[bytes], file: Path) -> Iterator[Stamped]:
    """Yield the entries of an export, each after everything that a server would check.

    Raises:
        JournalError: a line is wrong, or some are missing; says which.
    """
    folding, count, number = Fold(), 0, 0
    for place, line in enumerate(lines, 1):
        try:
            data = orjson.loads(line)
            if isinstance(data, dict) and data.keys() == {END}:
                _check_end(data[END], count, next(lines, None))
                return
            stamped = _entry(data, number)
            folding.add(stamped)
        except orjson.JSONDecodeError as error:
            raise JournalError(f"{file}:{place}: this is not a journal entry: {error}") from None
        except JournalError as error:
            raise JournalError(f"{file}:{place}: {error}") from None
        count, number = count + 1, stamped.number
        yield stamped
    raise JournalError(f"{file} was cut after {count} entries: its last line, which says how many there are, is missing")


def _check_end(said: Any, count: int, after: bytes | None) -> None:
    if said != count:
        raise JournalError(f"there should be {said} entries, and there are {count}")
    if after is not None:
        raise JournalError("there is more after the last line of an export")


def _entry(data: Any, before: int) -> Stamped:
    """Return the entry of a line.

    Raises:
        JournalError: it is none, or cannot come after the one numbered ``before``.
    """
    match data:
        case {"number": int(number), "account": str(account), "wall": int(wall), "kind": str(kind), "entry": entry}:
            pass
        case _:
            raise JournalError("this is not a journal entry")
    if number <= before:
        raise JournalError(f"entry {number} comes after entry {before}")
    if number > HIGHEST:
        raise JournalError(f"{number} is too high for the number of an entry: it can be {HIGHEST} at most")
    if not 0 <= wall <= LAST_NUMBER:
        raise JournalError(f"{wall} is not a time in milliseconds")
    return Stamped(number, account, wall, decode(kind, orjson.dumps(entry)))
