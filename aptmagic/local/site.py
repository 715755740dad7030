"""The site as `make run` serves it: our WSGI application, and /static/ as CloudFront would."""

from django.conf import settings
from whitenoise import WhiteNoise

from aptmagic.wsgi import application as pages

# Files are looked up as they are asked for, so that a changed stylesheet shows at once.
application = WhiteNoise(pages, autorefresh=True, max_age=0, charset="utf-8")
for folder in settings.STATICFILES_DIRS:
    application.add_files(str(folder), prefix=settings.STATIC_URL)
