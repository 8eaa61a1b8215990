"""Sending notices with the platform's own client."""

from __future__ import annotations

from bandwidth import ApiClient, MessageRequest, MessagesApi
from django.conf import settings

from notices.models import Notice, Stopped


def send(reader: str, text: str, media: list[str] | None = None) -> Notice | None:
    """Send a notice; return None for a reader who has opted out."""
    if Stopped.objects.filter(reader=reader).exists():
        return None
    wanted = {"applicationId": settings.BANDWIDTH_APPLICATION, "from": settings.BANDWIDTH_NUMBER, "to": [reader], "text": text}
    if media:
        wanted["media"] = media
    with ApiClient(settings.BANDWIDTH) as client:
        message = MessagesApi(client).create_message(settings.BANDWIDTH_ACCOUNT, MessageRequest.from_dict(wanted))
    return Notice.objects.create(message=message.id, reader=reader, text=text)
