"""The site as a server runs it: says at the start what is set up wrong, and writes down at the end what it holds."""

import atexit
import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdtsite.settings")
application = get_wsgi_application()

from cdtsite import checks  # noqa: E402 - both need the settings
from codes.acts import reads  # noqa: E402

checks.say()
atexit.register(reads.flush)

# What was loaded stays to the end, and what a page makes dies with it: looking for circles took a seventh of its time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
