"""Settings of the example: one application, one database in memory."""

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "notices.urls"
INSTALLED_APPS = ["notices"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
MAINTENANCE = False

BANDWIDTH = None
"""A ``bandwidth.Configuration``; the tests put mockbw's here."""
BANDWIDTH_ACCOUNT = ""
BANDWIDTH_APPLICATION = "93de2206-9669-4e07-948d-329f4b722ee2"
BANDWIDTH_NUMBER = "+19195550199"
