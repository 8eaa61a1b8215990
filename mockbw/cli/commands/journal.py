"""``mockbw journal``: the journal of a data folder as JSON lines, and back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Annotated, Any

import orjson
import typer

from mockbw.cli.console import stderr
from mockbw.errors import JournalError
from mockbw.journal import Stamped
from mockbw.journal.codec import decode, encode
from mockbw.journal.sqlite import SqliteStore

__all__ = ["journal"]

journal = typer.Typer(
    name="journal",
    add_completion=False,
    help="Export the journal of a data folder, or import it into a new one.",
    no_args_is_help=True,
)

Data = Annotated[Path, typer.Option("--data", metavar="FOLDER", help="The data folder; no server may be using it.")]


@journal.command("export")
def export(
    data: Data,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file. Default: standard output.")] = None,
) -> None:
    """Write every entry of a journal as one line of JSON.

    [dim]Example:[/] mockbw journal export --data ./data -o journal.jsonl
    """
    if not data.is_dir():
        raise JournalError(f"there is no data folder {data}")
    with closing(SqliteStore(data)) as store:
        if output is None:
            count = _write(store, sys.stdout.buffer)
        else:
            try:
                with output.open("wb") as file:
                    count = _write(store, file)
            except OSError as error:
                raise JournalError(f"{output} cannot be written: {error.strerror}") from None
    stderr.print(f"{count} entries")


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


def _write(store: SqliteStore, file: IO[bytes]) -> int:
    count = 0
    for stamped in store.read():
        count += 1
        kind, body = encode(stamped.entry)
        about = {"number": stamped.number, "account": stamped.account, "wall": stamped.wall, "kind": kind}
        file.write(orjson.dumps({**about, "entry": orjson.Fragment(body)}) + b"\n")
    file.flush()
    return count


def _read(lines: IO[bytes], file: Path) -> Iterator[Stamped]:
    number = 0
    for place, line in enumerate(lines, 1):
        try:
            data: dict[str, Any] = orjson.loads(line)
            entry = decode(data["kind"], orjson.dumps(data["entry"]))
            stamped = Stamped(int(data["number"]), str(data["account"]), int(data["wall"]), entry)
        except JournalError as error:
            raise JournalError(f"{file}:{place}: {error}") from None
        except (ValueError, TypeError, KeyError):
            raise JournalError(f"{file}:{place}: this is not a journal entry") from None
        if stamped.number <= number:
            raise JournalError(f"{file}:{place}: entry {stamped.number} comes after entry {number}")
        number = stamped.number
        yield stamped
