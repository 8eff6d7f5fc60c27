"""The product's settings for measuring: its own addresses and one more, static files built as in production."""

import os

from escalation.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
STATIC_ROOT = os.environ["BENCH_STATIC"]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
