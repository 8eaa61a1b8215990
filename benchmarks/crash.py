"""Kills a server with SIGKILL at random moments while clients post without pause, then counts what was lost.

    python benchmarks/crash.py --kills 100
    python benchmarks/crash.py --kills 20 --sender aiohttp

Every message that got a 202 must be there after the last start, and each of its callbacks must have been delivered. Virtual time
must not be behind what it was before a kill by more than two seconds of wall time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime

from aiohttp import ClientError, ClientSession, web

BODY = {"from": "+19195550199", "to": "+19195550100", "text": "Your table is ready", "applicationId": "app"}
EVENTS = ("message-sent", "message-delivered")


RATE = 1440
"""Virtual milliseconds in one of wall time while something is pending: --day 60s."""


class Bench:
    def __init__(self, folder: str, sender: str) -> None:
        self.folder, self.sender = folder, sender
        self.time = 0
        self.behind: list[float] = []
        self.url = ""
        self.callback_url = ""
        self.accepted: set[str] = set()
        self.received: Counter[tuple[str, str]] = Counter()
        self.starts: list[float] = []

    async def listen(self) -> web.AppRunner:
        async def callback(request: web.Request) -> web.Response:
            for event in await request.json():
                self.received[event["message"]["id"], event["type"]] += 1
            return web.Response(status=200)

        app = web.Application()
        app.router.add_post("/callbacks", callback)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.callback_url = f"http://127.0.0.1:{runner.addresses[0][1]}/callbacks"
        return runner

    async def serve(self) -> asyncio.subprocess.Process:
        began = time.perf_counter()
        arguments = ["--port", "0", "--data", self.folder, "--callback-url", self.callback_url, "--day", "60s", "--log", "json"]
        environment = {**os.environ, "MOCKBW_SENDER": self.sender}
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mockbw", "serve", *arguments, stdout=asyncio.subprocess.PIPE, env=environment
        )
        assert server.stdout is not None
        async for line in server.stdout:
            if (said := json.loads(line))["message"].startswith("ready"):
                self.url = said["url"]
                break
        self.starts.append(time.perf_counter() - began)
        return server

    async def virtual(self, client: ClientSession) -> int:
        """Return the account's virtual time in milliseconds; 0 before it began."""
        async with client.get(f"{self.url}/_mockbw/accounts/1/clock") as response:
            if response.status == 404:
                return 0
            return round(datetime.fromisoformat((await response.json())["now"]).timestamp() * 1000)

    async def post(self, client: ClientSession) -> None:
        with suppress(ClientError, TimeoutError):  # the server is killed under it
            while True:
                async with client.post(f"{self.url}/api/v2/users/1/messages", json=BODY) as response:
                    if response.status == 202:
                        self.accepted.add((await response.json())["id"])

    async def round(self, client: ClientSession, clients: int) -> None:
        server = await self.serve()
        self.behind.append(max(0, self.time - await self.virtual(client)) / RATE / 1000)
        posting = [asyncio.ensure_future(self.post(client)) for _ in range(clients)]
        await asyncio.sleep(random.uniform(0.05, 1.0))
        self.time = await self.virtual(client)
        server.kill()
        await server.communicate()
        await asyncio.gather(*posting)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--sender", choices=("lean", "aiohttp"), default="lean")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder, options.sender)
        runner = await bench.listen()
        async with ClientSession() as client:
            for number in range(options.kills):
                await bench.round(client, options.clients)
                print(f"\rkill {number + 1}: {len(bench.accepted)} accepted", end="", flush=True)
            server = await bench.serve()
            wanted = {(message, event) for message in bench.accepted for event in EVENTS}
            deadline = time.monotonic() + 300
            while wanted - bench.received.keys() and time.monotonic() < deadline:  # noqa: ASYNC110 - wall time bounds it anyhow
                await asyncio.sleep(0.2)
            server.send_signal(signal.SIGTERM)
            await server.communicate()
        await runner.cleanup()
        size = sum(entry.stat().st_size for entry in os.scandir(folder))
    lost = len(wanted - bench.received.keys())
    twice = sum(bench.received.values()) - len(bench.received)
    print(f"\n{options.kills} kills, {len(bench.accepted)} messages accepted, {sum(bench.received.values())} callbacks received")
    print(f"callbacks lost: {lost}; received more than once: {twice} ({twice / options.kills:.1f} for each kill)")
    print(f"virtual time after a kill: at most {max(bench.behind):.2f} s of wall time behind")
    print(f"start to ready: median {sorted(bench.starts)[len(bench.starts) // 2]:.2f} s, last {bench.starts[-1]:.2f} s")
    print(f"data folder in the end: {size / 1e6:.1f} MB")
    return 1 if lost or max(bench.behind) > 2 else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
