"""The platform's own SDK, unchanged, led here by a hosts entry: https://messaging.bandwidth.com on port 443, OAuth included.

It runs in a mount and a network namespace of its own, so that neither this machine's /etc/hosts nor its port 443 is touched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = """
import json
import bandwidth
from bandwidth.api.messages_api import MessagesApi
from bandwidth.models.message_request import MessageRequest

configuration = bandwidth.Configuration(client_id="an-id", client_secret="a-secret")
with bandwidth.ApiClient(configuration) as client:
    message = MessagesApi(client).create_message(
        "9900000",
        MessageRequest(applicationId="an-application", to=["+19195550100"], var_from="+19195550199", text="hi"),
    )
print(json.dumps({"id": message.id, "host": configuration.host, "token": bool(configuration.temp_access_token)}))
"""

INSIDE = """
set -eu
mount --bind "$1/hosts" /etc/hosts
ip link set lo up
{python} -m mockbw serve --port 8080 --data "$1/data" --tls-port 443 --edition 2026 >"$1/log" 2>&1 &
server=$!
trap 'kill $server; wait $server' EXIT
{python} -m mockbw readyz --wait
SSL_CERT_FILE="$1/data/tls/ca.pem" {python} "$1/client.py"
"""


def _why_not() -> str:
    unshare = shutil.which("unshare")
    if sys.platform != "linux" or unshare is None or shutil.which("ip") is None:
        return "needs Linux with unshare and ip"
    tried = subprocess.run([unshare, "--mount", "--net", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "this user may not make namespaces"


@pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "-")
def test_the_stock_sdk_posts_a_message_with_oauth_to_the_platforms_own_url(tmp_path: Path) -> None:
    pytest.importorskip("bandwidth", reason="bandwidth-sdk is not installed")
    (tmp_path / "hosts").write_text("127.0.0.1 localhost messaging.bandwidth.com api.bandwidth.com\n")
    (tmp_path / "client.py").write_text(CLIENT)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MOCKBW_")}
    script = INSIDE.replace("{python}", sys.executable)
    done = subprocess.run(
        ["unshare", "--mount", "--net", "sh", "-c", script, "sh", str(tmp_path)],
        capture_output=True,
        check=False,
        env=environment,
        timeout=60,
        text=True,
    )
    assert done.returncode == 0, done.stderr + (tmp_path / "log").read_text()
    answer = json.loads(done.stdout.splitlines()[-1])
    assert len(answer["id"]) == 29
    assert answer["token"]
