"""URL configuration."""

from django.urls import path

from notices.views import callbacks

urlpatterns = [path("callbacks", callbacks)]
