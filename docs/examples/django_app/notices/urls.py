"""Where what is."""

from django.urls import path

from notices.views import callbacks

urlpatterns = [path("callbacks", callbacks)]
