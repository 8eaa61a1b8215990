"""Other doubles that an npm registry has, each told to do as much of the job as it can.

``npm install --prefix benchmarks/.peers @stoplight/prism-cli @mockoon/cli mountebank wiremock`` installs them; one that is not
there is left out. They keep no timeline and never retry.
"""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.process import Process
from benchmarks.traffic import APPLICATION, RECIPIENT, SENDER, message_request

PATH = "/api/v2/users/9900000/messages"
EVENTS = ("message-sent", "message-delivered")


@dataclass(frozen=True)
class Peer:
    """Another double. It gets a fifth of the messages, or a run would take minutes."""

    name: str
    does: str
    command: Callable[[str | None, int], list[str]]
    tell: bool = False
    """True where the request itself must name the callback URL."""

    def start(self, url: str | None) -> Process:
        port = _free_port()
        process = Process(self.command(url, port), port=port)
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return process
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not listen")

    def share(self, count: int) -> int:
        return max(100, count // 5)

    def request(self, url: str | None) -> bytes:
        if not self.tell:
            return message_request(PATH)
        body = {"from": SENDER, "to": [RECIPIENT], "text": "Your table is ready", "applicationId": APPLICATION, "url": url or ""}
        return message_request(PATH, json.dumps(body).encode())


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def installed(folder: Path) -> list[Peer]:
    """Return the peers that are there."""
    modules = folder / "node_modules"
    found = [
        (modules / "@stoplight/prism-cli", _prism(folder)),
        (modules / "@mockoon/cli", _mockoon(folder)),
        (modules / "mountebank", _mountebank(folder)),
        (modules / "wiremock", _wiremock(folder)),
    ]
    return [peer for place, peer in found if place.exists() and (peer.name != "WireMock" or shutil.which("java"))]


def _event(kind: str) -> str:
    message = {"id": "1516809600000abcdefghijklmnop", "from": SENDER, "to": [RECIPIENT], "text": "Your table is ready"}
    return json.dumps([{"type": kind, "time": "2018-01-24T16:00:00.000Z", "message": message}])


def _prism(folder: Path) -> Peer:
    media = {"application/json": {"schema": {"type": "object"}, "example": {"id": "1516809600000abcdefghijklmnop"}}}

    def callback(kind: str) -> dict[str, object]:
        body = {"content": {"application/json": {"schema": {"type": "array"}, "example": json.loads(_event(kind))}}}
        return {"{$request.body#/url}": {"post": {"requestBody": body, "responses": {"200": {"description": "taken"}}}}}

    def command(url: str | None, port: int) -> list[str]:
        schema = {
            "type": "object",
            "required": ["from", "to"],
            "properties": {"from": {"type": "string"}, "to": {"type": "array"}},
        }
        operation: dict[str, object] = {
            "parameters": [{"name": "account", "in": "path", "required": True, "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/json": {"schema": schema}}},
            "responses": {"202": {"description": "accepted", "content": media}},
        }
        if url is not None:
            operation["callbacks"] = {kind: callback(kind) for kind in EVENTS}
        document = {
            "openapi": "3.0.3",
            "info": {"title": "messages", "version": "1"},
            "paths": {"/api/v2/users/{account}/messages": {"post": operation}},
        }
        file = folder / "prism.json"
        file.write_text(json.dumps(document))
        cli = str(folder / "node_modules/.bin/prism")
        return ["node", cli, "mock", "--port", str(port), "--verboseLevel", "silent", str(file)]

    return Peer("Prism", "validates by OpenAPI; both callbacks at once, once, with a fixed body", command, tell=True)


def _mockoon(folder: Path) -> Peer:
    def command(url: str | None, port: int) -> list[str]:
        callbacks = [
            {
                "uuid": f"00000000-0000-4000-8000-00000000000{index}",
                "id": f"cb{index}",
                "name": kind,
                "documentation": "",
                "method": "post",
                "uri": url or "http://127.0.0.1:1/",
                "headers": [{"key": "Content-Type", "value": "application/json"}],
                "bodyType": "INLINE",
                "body": _event(kind),
                "databucketID": "",
                "filePath": "",
                "sendFileAsBody": False,
            }
            for index, kind in enumerate(EVENTS, 1)
        ]
        response = {
            "uuid": "00000000-0000-4000-8000-000000000010",
            "body": '{"id": "{{now}}", "from": "{{body \'from\'}}", "text": "{{body \'text\'}}"}',
            "latency": 0,
            "statusCode": 202,
            "label": "",
            "headers": [{"key": "Content-Type", "value": "application/json"}],
            "bodyType": "INLINE",
            "filePath": "",
            "databucketID": "",
            "sendFileAsBody": False,
            "rules": [],
            "rulesOperator": "OR",
            "disableTemplating": False,
            "fallbackTo404": False,
            "default": True,
            "crudKey": "id",
            "callbacks": [{"uuid": entry["uuid"], "latency": 0} for entry in callbacks] if url else [],
        }
        route = {
            "uuid": "00000000-0000-4000-8000-000000000020",
            "type": "http",
            "documentation": "",
            "method": "post",
            "endpoint": "api/v2/users/:account/messages",
            "responses": [response],
            "responseMode": None,
            "streamingMode": None,
            "streamingInterval": 0,
        }
        environment = {
            "uuid": "00000000-0000-4000-8000-000000000030",
            "lastMigration": 33,
            "name": "messages",
            "endpointPrefix": "",
            "latency": 0,
            "port": port,
            "hostname": "127.0.0.1",
            "folders": [],
            "routes": [route],
            "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
            "proxyMode": False,
            "proxyHost": "",
            "proxyRemovePrefix": False,
            "tlsOptions": {
                "enabled": False, "type": "CERT", "pfxPath": "", "certPath": "", "keyPath": "", "caPath": "", "passphrase": "",
            },
            "cors": False,
            "headers": [],
            "proxyReqHeaders": [],
            "proxyResHeaders": [],
            "data": [],
            "callbacks": callbacks,
        }  # fmt: skip
        file = folder / "mockoon.json"
        file.write_text(json.dumps(environment))
        cli = str(folder / "node_modules/.bin/mockoon-cli")
        return ["node", cli, "start", "--data", str(file), "--port", str(port), "--disable-log-to-file", "--disable-admin-api"]

    return Peer("Mockoon", "answers from a template; both callbacks at once, once, with a fixed body; validates nothing", command)


def _mountebank(folder: Path) -> Peer:
    def command(url: str | None, port: int) -> list[str]:
        parts = urlsplit(url or "")
        send = ""
        for kind in EVENTS if url else ():
            target = f"host: '{parts.hostname}', port: {parts.port}, path: '{parts.path}', method: 'POST', agent: agent"
            send += (
                f"(function () {{ var r = http.request({{{target}, headers: {{'Content-Type': 'application/json'}}}}); "
                "r.on('response', function (a) { a.resume(); }); r.on('error', function () {}); "
                f"r.end({json.dumps(_event(kind))}); }})();"
            )
        inject = (
            "function (config) { var http = require('http'); var agent = global.benchAgent || "
            "(global.benchAgent = new http.Agent({keepAlive: true})); var m = JSON.parse(config.request.body); "
            f"m.id = String(Date.now()); {send} "
            "return {statusCode: 202, headers: {'Connection': 'keep-alive'}, body: JSON.stringify(m)}; }"
        )
        stub = {"predicates": [{"equals": {"method": "POST", "path": PATH}}], "responses": [{"inject": inject}]}
        file = folder / "mountebank.json"
        file.write_text(json.dumps({"imposters": [{"protocol": "http", "port": port, "stubs": [stub]}]}))
        cli = str(folder / "node_modules/.bin/mb")
        pid = str(folder / "mb.pid")
        return ["node", cli, "start", "--port", str(_free_port()), "--configfile", str(file), "--allowInjection", "--nologfile",
                "--loglevel", "error", "--pidfile", pid, "--localOnly"]  # fmt: skip

    return Peer("mountebank", "JavaScript of ours in it parses, answers, and sends both callbacks at once, once", command)


def _wiremock(folder: Path) -> Peer:
    def command(url: str | None, port: int) -> list[str]:
        root = folder / "wiremock"
        shutil.rmtree(root, ignore_errors=True)
        (root / "mappings").mkdir(parents=True)
        hooks = [
            {
                "name": "webhook",
                "parameters": {
                    "method": "POST",
                    "url": url,
                    "headers": {"Content-Type": "application/json"},
                    "body": _event(kind),
                },
            }
            for kind in EVENTS
        ]
        mapping = {
            "request": {"method": "POST", "urlPath": PATH, "bodyPatterns": [{"matchesJsonPath": "$.to"}]},
            "response": {"status": 202, "headers": {"Content-Type": "application/json"}, "body": '{"id": "1"}'},
            "serveEventListeners": hooks if url else [],
        }
        (root / "mappings" / "messages.json").write_text(json.dumps(mapping))
        jar = next((folder / "node_modules/wiremock/build").glob("*.jar"), Path("wiremock.jar"))
        return ["java", "-jar", str(jar), "--port", str(port), "--bind-address", "127.0.0.1", "--root-dir", str(root),
                "--no-request-journal", "--disable-banner"]  # fmt: skip

    return Peer("WireMock", "matches by JSON path; both callbacks at once, once, with a fixed body; on several cores", command)
