"""The notices that a library has sent."""

from django.db import models


class Notice(models.Model):
    """One text message to one reader."""

    message = models.CharField(max_length=36, unique=True)
    reader = models.CharField(max_length=16)
    text = models.TextField()
    status = models.CharField(max_length=16, default="accepted")
    error = models.IntegerField(null=True)
    changed = models.DateTimeField(auto_now=True)


class Stopped(models.Model):
    """A reader who has opted out."""

    reader = models.CharField(max_length=16, unique=True)
