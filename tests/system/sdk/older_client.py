"""What the SDK's major version 14 does with a server; run by ``test_older_client.py`` in an interpreter of its own.

Usage: ``python -I -S older_client.py FOLDER BASE_URL ACCOUNT``. It prints what it saw as JSON.
"""

from __future__ import annotations

import json
import sys

folder, base_url, account = sys.argv[1:]
sys.path.append(folder)  # after the standard library: the folder holds an ``enum`` of long ago

from bandwidth.bandwidth_client import BandwidthClient  # noqa: E402
from bandwidth.configuration import Environment  # noqa: E402
from bandwidth.exceptions.api_exception import APIException  # noqa: E402
from bandwidth.messaging.exceptions.messaging_exception import MessagingException  # noqa: E402
from bandwidth.messaging.models.bandwidth_callback_message import BandwidthCallbackMessage  # noqa: E402
from bandwidth.messaging.models.message_request import MessageRequest  # noqa: E402

EVENT = {
    "type": "message-delivered",
    "time": "2018-01-24T16:00:02.000Z",
    "description": "ok",
    "to": "+19195550100",
    "message": {"id": "1", "owner": "+19195550199", "direction": "out", "segmentCount": 1},
}


def client(password: str = "secret"):
    """Return the messaging part of the SDK, pointed at the server."""
    return BandwidthClient(
        environment=Environment.CUSTOM,
        base_url=base_url,
        messaging_basic_auth_user_name="user",
        messaging_basic_auth_password=password,
    ).messaging_client.client


def create(**changes: object):
    """Create a message that is right but for ``changes``."""
    request = MessageRequest()
    fields = {
        "application_id": "93de2206-9669-4e07-948d-329f4b722ee2",
        "to": ["+19195550100"],
        "mfrom": "+19195550199",
        "text": "Your table is ready",
        **changes,
    }
    for name, value in fields.items():
        setattr(request, name, value)
    return client().create_message(account, request)


def failure(action) -> list[object]:
    """Return the class, status and description of what the SDK raises."""
    try:
        action()
    except MessagingException as error:
        return [type(error).__name__, error.response_code, error.description]
    except APIException as error:
        return [type(error).__name__, error.response_code, None]
    return []


created = create(tag="t", media=["https://media.test/menu.png"])
client().upload_media(account, "menu.png", b"\x89PNG", content_type="image/png", cache_control="no-cache")
media = [[file.media_name, file.content_length] for file in client().list_media(account).body]
down = client().get_media(account, "menu.png").body
deleted = client().delete_media(account, "menu.png").status_code
listed = client().get_messages(account, source_tn="+19195550199", message_status="RECEIVED").body
seen = {
    "created": [created.status_code, len(created.body.id), created.body.to, created.body.segment_count, created.body.tag],
    "media": media,
    "down": down.decode("latin-1") if isinstance(down, bytes) else str(down),
    "deleted": deleted,
    "listed": [listed.total_count, listed.messages[0].message_status],
    "invalid": failure(lambda: create(mfrom="+invalid")),
    "wrong password": failure(lambda: client("wrong").list_media(account)),
    "callback": BandwidthCallbackMessage.from_dictionary(EVENT).message.owner,
}
sys.stdout.write(json.dumps(seen))
