"""The site as `make run` serves it: our WSGI application, and /static/ as CloudFront would."""

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from whitenoise import WhiteNoise

from aptmagic.wsgi import application as pages

# Files are looked up as they are asked for, so that a changed stylesheet shows at once.
application = WhiteNoise(pages, autorefresh=True, max_age=0, charset="utf-8")
for finder in get_finders():
    for storage in getattr(finder, "storages", {}).values():
        application.add_files(storage.location, prefix=settings.STATIC_URL)
