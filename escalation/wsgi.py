"""The WSGI entry point for gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "escalation.settings")
application = get_wsgi_application()

# What is loaded by now stays until the process ends. The collector would walk through all of it again and again: a
# tenth of the time of a page. It leaves that out, and looks at the rest when pages have left enough behind.
_ = get_resolver().url_patterns  # every view is loaded, before the first person asks
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
