"""``mockbw messages``: the messages of a running server as a list, or one message with its history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.text import Text

from mockbw.cli.console import stderr, stdout
from mockbw.cli.remote import ACCOUNT, JSON, TOKEN, URL, account_of, connect, event_text, print_json, status_text
from mockbw.errors import RemoteError

__all__ = ["messages"]

TEXT_SHOWN = 40
"""How many characters of a text the list shows."""

UPCOMING_SHOWN = 5
"""How many upcoming attempts of a callback are shown."""


def messages(
    identity: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Show only this message, with everything about it.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="PATTERN", help="A recipient: exact, with *, or a /regex/.")] = None,
    sender: Annotated[str | None, typer.Option("--from", metavar="PATTERN", help="The sender.")] = None,
    text: Annotated[str | None, typer.Option(metavar="PATTERN", help="The text.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="delivered, failed, sent …; can be repeated.")] = None,
    direction: Annotated[str | None, typer.Option(help="out or in.")] = None,
    kind: Annotated[str | None, typer.Option(help="sms, mms or group.")] = None,
    scenario: Annotated[str | None, typer.Option(help="The scenario that plays.")] = None,
    search: Annotated[
        str | None, typer.Option("--search", "-s", metavar="WORDS", help="Search in id, numbers, text and tag.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many, newest first.")] = 20,
    account: Annotated[str | None, ACCOUNT] = None,
    url: Annotated[str, URL] = "http://127.0.0.1:8080",
    token: Annotated[str | None, TOKEN] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List messages, newest first; with an id, show everything about one.

    Exit 0 when there are any, 1 when there are none, so that a script can check whether a message exists.

    [dim]Example:[/] mockbw messages --to +19195550100 --status failed
    """
    with connect(url, token) as client:
        try:
            name = account_of(client, account)
        except RemoteError as error:
            if error.status != 404:
                raise
            stderr.print(Text("There is no message yet: the first one creates its account", "dim"))
            raise typer.Exit(1) from None
        if identity is not None:
            message = client.get(f"accounts/{name}/messages/{identity}")
            if as_json:
                print_json(message)
                return
            for line in _details(message):
                stdout.print(line)
            return
        page = client.get(
            f"accounts/{name}/messages",
            to=to,
            from_=sender,
            text=text,
            status=status,
            direction=direction,
            kind=kind,
            scenario=scenario,
            q=search,
            limit=limit,
        )
    found = page["messages"]
    if as_json:
        print_json(found)
    elif found:
        for message in found:
            stdout.print(_line(message))
        if page["next"] is not None:
            stderr.print(Text(f"These are the newest {len(found)} that match; --limit shows more", "dim"))
    else:
        stderr.print(Text(f"None of the {page['total']} messages of account {name} match", "dim"))
    raise typer.Exit(0 if found else 1)


def _line(message: dict[str, Any]) -> Text:
    out = message["direction"] == "out"
    others = message["to"] if out else [message["from"]]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    day, time = message["time"][5:10], message["time"][11:19]
    line = Text.assemble(
        message["id"], (f"  {day} {time}  ", "dim"), f"{message['kind']:<5} {'→' if out else '←'} {others[0]}{more}  "
    )
    line.append_text(status_text(message["status"], message["error"]))
    said = (message["text"] or "").replace("\n", " ")
    return line.append(f"  {said[:TEXT_SHOWN]}{'…' if len(said) > TEXT_SHOWN else ''}", "dim")


def _details(message: dict[str, Any]) -> Iterator[Text]:
    way = "from the application" if message["direction"] == "out" else "from a handset"
    yield Text.assemble((message["id"], "bold"), f"  {message['kind']} {way}, ", status_text(message["status"], message["error"]))
    yield _fact("from", message["from"])
    yield _fact("to", ", ".join(message["to"]))
    for name in ("text", "tag"):
        if message[name]:
            yield _fact(name, message[name])
    for place in message["media"]:
        yield _fact("media", place)
    yield _fact("application", message["application"])
    yield _fact("accepted" if message["direction"] == "out" else "received", message["time"])
    yield from _plan(message["plan"])
    if len(message["recipients"]) > 1:
        for recipient in message["recipients"]:
            status = status_text(recipient["status"], recipient["error"])
            yield Text.assemble(_fact("recipient", f"{recipient['number']}  "), status)
    for callback in message["callback_details"]:
        yield from _callback(callback)
    for withheld in message["withheld"]:
        yield Text.assemble("  ", event_text(withheld["event"]), ("  not sent: ", "yellow"), withheld["because"])
    for step in message["steps_to_come"]:
        due = f"due {step['due']}" if step["due"] else "due once the message leaves the send queue"
        yield Text(f"  {step['event'] or step['step']} {step['recipient']}  {due}", "yellow")


def _plan(plan: dict[str, Any] | None) -> Iterator[Text]:
    if plan is None:
        return
    yield _fact("plays", plan["scenario"] or "the edition's own timeline")
    for miss in plan["near_misses"]:
        yield _fact("no match", f"{miss['scenario']}: {miss['because']}")


def _callback(callback: dict[str, Any]) -> Iterator[Text]:
    head = Text.assemble("  ", event_text(callback["event"]), "  ", status_text(callback["status"]))
    yield head.append(f"  {callback['id']} to {callback['url']}", "dim")
    for attempt in callback["attempts"]:
        outcome = attempt["outcome"]
        line = Text.assemble((f"    {attempt['started']}  attempt {attempt['number']}  ", "dim"))
        if outcome is None:
            yield line.append("in flight", "yellow")
            continue
        line.append(str(outcome["status"] or outcome["fault"]), "bold green" if outcome["delivered"] else "bold red")
        line.append(f"  {outcome['latency_ms']:.0f} ms", "dim")
        yield line.append("  by hand" if attempt["by_hand"] else "", "dim").append(f"  {outcome['detail']}".rstrip(), "dim")
    upcoming = callback["to_come"]
    if upcoming:
        shown = ", ".join(upcoming[:UPCOMING_SHOWN])
        rest = len(upcoming) - UPCOMING_SHOWN
        yield Text(f"    due {shown}{f' and {rest} more' if rest > 0 else ''}", "yellow")


def _fact(name: str, value: str) -> Text:
    return Text.assemble("  ", (f"{name:<12}", "dim"), value)
