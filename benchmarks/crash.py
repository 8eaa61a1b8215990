"""Kills a server with SIGKILL at random moments while clients post without pause, then counts what was lost.

    python benchmarks/crash.py --kills 100

Every message that got a 202 must be there after the last start, and each of its callbacks must have been delivered.
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

from aiohttp import ClientError, ClientSession, web

BODY = {"from": "+19195550199", "to": "+19195550100", "text": "Your table is ready", "applicationId": "app"}
EVENTS = ("message-sent", "message-delivered")


class Bench:
    def __init__(self, folder: str) -> None:
        self.folder = folder
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
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mockbw", "serve", *arguments, stdout=asyncio.subprocess.PIPE, env={**os.environ}
        )
        assert server.stdout is not None
        async for line in server.stdout:
            if (said := json.loads(line))["message"].startswith("ready"):
                self.url = said["url"]
                break
        self.starts.append(time.perf_counter() - began)
        return server

    async def post(self, client: ClientSession) -> None:
        with suppress(ClientError, TimeoutError):  # the server is killed under it
            while True:
                async with client.post(f"{self.url}/api/v2/users/1/messages", json=BODY) as response:
                    if response.status == 202:
                        self.accepted.add((await response.json())["id"])

    async def round(self, client: ClientSession, clients: int) -> None:
        server = await self.serve()
        posting = [asyncio.ensure_future(self.post(client)) for _ in range(clients)]
        await asyncio.sleep(random.uniform(0.05, 1.0))
        server.kill()
        await server.communicate()
        await asyncio.gather(*posting)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
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
    print(f"start to ready: median {sorted(bench.starts)[len(bench.starts) // 2]:.2f} s, last {bench.starts[-1]:.2f} s")
    print(f"data folder in the end: {size / 1e6:.1f} MB")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
