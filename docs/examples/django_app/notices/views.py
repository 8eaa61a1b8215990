"""The endpoint for callbacks."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notices.models import Notice, Stopped

FINAL = ("delivered", "failed")


@csrf_exempt
@require_POST
def callbacks(request: HttpRequest) -> HttpResponse:
    """Process events. They arrive at least once and in any order: a final status is kept."""
    if settings.MAINTENANCE:
        return HttpResponse("the library's computer is down", status=503)
    for event in json.loads(request.body):
        message, kind = event["message"], event["type"].removeprefix("message-")
        if kind == "received":
            if message["text"].strip().upper() == "STOP":
                Stopped.objects.get_or_create(reader=message["from"])
            continue
        notice = Notice.objects.get(message=message["id"])
        if notice.status not in FINAL:
            notice.status, notice.error = kind, event.get("errorCode")
            notice.save()
    return HttpResponse(status=204)
