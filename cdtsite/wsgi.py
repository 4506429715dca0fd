"""The site as a server runs it: a door of kept pages, and Django behind it.

Says at the start what is set up wrong, and writes down at the end what it holds.
"""

import gc
import os
from multiprocessing.util import Finalize

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdtsite.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - all need the settings

from cdtsite import checks, errors, urls  # noqa: E402, F401 - all views are loaded before the first request
from cdtsite.kept.door import Application, Door  # noqa: E402
from cdtsite.kept.store import Kept, release  # noqa: E402
from cdtsite.uploads import Request  # noqa: E402
from codes.acts import reads  # noqa: E402

django.request_class = Request
# While somebody works on the templates, nothing says when they change.
application: Application = django if settings.DEBUG else Door(django, Kept(settings.VAR / "kept" / release()))
if settings.METRICS_TOKEN:
    from cdtsite.metrics import Counted

    application = Counted(application)
if settings.ERRORS_TO.startswith("https:"):
    errors.to_sentry(settings.ERRORS_TO)
checks.say()
# At the end of a process of any sort; the workers of granian are multiprocessing's, which leave `atexit` out.
Finalize(None, reads.flush, exitpriority=0)

# What was loaded stays to the end, and what a page makes dies with it: looking for circles took a seventh of its time.
# Each page leaves some three hundred objects in circles; so many wait at most.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 100, 50)
