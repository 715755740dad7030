"""Every deployment choice is an environment variable; the defaults run on a laptop."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


STAGE = env("STAGE", "local")
FUNCTION = env("FUNCTION")  # on Lambda: web, or worker
ON_A_LAPTOP = STAGE == "local"


def required(name: str, local: str, *, where: str) -> str:
    """The variable; on the local stage its default. Elsewhere a missing one stops the start."""
    value = env(name, local if ON_A_LAPTOP else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {where}.")
    return value


STACK = "it is an output of the stacks, see `manage.py stack outputs`"

# The site ---------------------------------------------------------------------------------------
SITE_URL = required(
    "SITE_URL", "http://127.0.0.1:8000", where="the site's own https address"
).rstrip("/")
SECRET_KEY = required(
    "SECRET_KEY",
    "this-laptop-only-and-no-secret",
    where="a long random string, kept in Secrets Manager",
)
DEBUG = False
ALLOWED_HOSTS = [
    host
    for host in env("ALLOWED_HOSTS", urlsplit(SITE_URL).hostname or "").split(",")
    + (["127.0.0.1", "localhost", "testserver"] if ON_A_LAPTOP else [])
    if host
]
SECURE = SITE_URL.startswith("https://")
# What CloudFront adds to each request. Several, with commas, while one takes over from another.
ORIGIN_SECRET = env("ORIGIN_SECRET")

# AWS --------------------------------------------------------------------------------------------
AWS_ENDPOINT_URL = env("AWS_ENDPOINT_URL")
AWS_REGION = env("AWS_REGION", env("AWS_DEFAULT_REGION", "us-east-1"))
BEDROCK_REGION = env("BEDROCK_REGION", "us-west-2")
PUBLIC_BUCKET = required("PUBLIC_BUCKET", "aptmagic-local-public-000000000000", where=STACK)
PRIVATE_BUCKET = required("PRIVATE_BUCKET", "aptmagic-local-private-000000000000", where=STACK)
MEDIA_URL = env(
    "MEDIA_URL", f"{AWS_ENDPOINT_URL}/{PUBLIC_BUCKET}/" if AWS_ENDPOINT_URL else "/media/"
)
WORKFLOW_ARN = required(
    "WORKFLOW_ARN",
    f"arn:aws:states:{AWS_REGION}:000000000000:stateMachine:local-generation",
    where=STACK,
)
EVENTS_TOPIC_ARN = required(
    "EVENTS_TOPIC_ARN", f"arn:aws:sns:{AWS_REGION}:000000000000:local-events", where=STACK
)
CHORES_QUEUE_URL = required("CHORES_QUEUE_URL", "local-chores", where=STACK)
BULK_QUEUE_URL = required("BULK_QUEUE_URL", "local-bulk", where=STACK)
IMPORTS_QUEUE_URL = required("IMPORTS_QUEUE_URL", "local-imports", where=STACK)
COGNITO_POOL_ID = required("COGNITO_POOL_ID", f"{AWS_REGION}_local", where=STACK)
COGNITO_CLIENT_ID = required("COGNITO_CLIENT_ID", "local", where=STACK)
COGNITO_CLIENT_SECRET = required(
    "COGNITO_CLIENT_SECRET",
    "this-laptop-only-and-no-secret",
    where="the user pool client's secret, kept in Secrets Manager",
)
GUARDRAIL_ID = required("GUARDRAIL_ID", "embedded", where=STACK)
GUARDRAIL_VERSION = required("GUARDRAIL_VERSION", "1", where=STACK)

# Money: what a credit is worth is said next to every price ---------------------------------------
FREE_CREDITS = 25
CREDIT_PRICE_USD = "0.013"
RUNNING_JOBS = 3  # at a time and person; the rest wait in their own queue

# Replaceable services: BACKEND is a class, OPTIONS its arguments ---------------------------------
IDENTITY_PROVIDER = {"BACKEND": "accounts.providers.cognito.Cognito", "OPTIONS": {}}
# Cognito's own sign-in pages, for stages that have them, and who else may vouch there.
LOGIN_URL = env("LOGIN_URL")
LOGIN_PROVIDERS = [name for name in env("LOGIN_PROVIDERS").split(",") if name]
LOGIN_PAGES: dict[str, Any] | None = (
    {"BACKEND": "accounts.providers.login_pages.CognitoPages", "OPTIONS": {"url": LOGIN_URL}}
    if LOGIN_URL
    else None
)
IMAGE_PROVIDERS = {
    "bedrock": {"BACKEND": "generation.providers.bedrock.BedrockStability", "OPTIONS": {}},
}
# What tells which words of a prompt will not be drawn; without an address nothing can.
PROMPT_PREVIEW = {
    "BACKEND": "generation.providers.preview.NotDrawn",
    "OPTIONS": {"url": env("NOT_DRAWN_URL")},
}
MODERATION = {"BACKEND": "generation.providers.moderation.GuardrailAndRekognition", "OPTIONS": {}}
# How accounts, which generation stands upon, has what people say and show of themselves judged.
WORDS_CHECK = "generation.moderation.check_words"
PICTURE_CHECK = "generation.moderation.picture_is_refused"
EMAIL_BACKEND = "accounts.providers.mail.AmazonSes"
MAIL_FROM = env("MAIL_FROM")  # nobody gets letters where there is no domain to send them from
SUPPORT_EMAIL = env("SUPPORT_ADDRESS")  # where somebody reads the answers to letters
ANYMAIL = {"AMAZON_SES_CONFIGURATION_SET_NAME": env("MAIL_CONFIGURATION") or None}
MAILBOX_URL = env("MAILBOX_URL")  # where the embedded cloud keeps what it has sent
CACHE_URL = env("CACHE_URL")  # redis://… or rediss://…; without one DynamoDB does what it would
LIMITER = (
    {"BACKEND": "aptmagic.buckets.Redis", "OPTIONS": {"url": CACHE_URL}}
    if CACHE_URL
    else {"BACKEND": "aptmagic.buckets.Dynamo", "OPTIONS": {}}
)

# How often, by whose count: (100, 900) is 100 at once, and evenly 100 more in the next 900 seconds.
# Where guessing is to be stopped, nothing happens uncounted when nobody can count.
LIMITS: dict[str, dict[str, Any]] = {
    "sign-in": {"counts": {"address": (100, 900), "account": (10, 900)}, "uncounted": False},
    # From a browser that this account has been used with: strangers do not lock its owner out.
    "sign-in-known": {"counts": {"address": (100, 900), "account": (20, 900)}, "uncounted": False},
    "sign-up": {"counts": {"address": (30, 3600), "account": (5, 3600)}, "uncounted": False},
    "code": {"counts": {"address": (100, 900), "account": (6, 900)}, "uncounted": False},
    # From a browser that asked for the mail, as for "sign-in-known".
    "code-asked": {"counts": {"address": (100, 900), "account": (6, 900)}, "uncounted": False},
    # Codes after the right password: apart, so that strangers who type some use up none of these.
    "second-step": {"counts": {"address": (100, 900), "account": (6, 900)}, "uncounted": False},
    # Mails that anybody may ask for: codes, and a new password.
    "forgot": {"counts": {"address": (30, 3600), "account": (5, 3600)}, "uncounted": False},
    "forgot-known": {"counts": {"address": (30, 3600), "account": (5, 3600)}, "uncounted": False},
    # Words of a form that waits for its author to sign in.
    "draft": {"counts": {"address": (60, 3600)}, "uncounted": True},
    "generate": {"counts": {"person": (30, 60)}, "uncounted": True},
    "like": {"counts": {"person": (120, 60)}, "uncounted": True},
    "comment": {"counts": {"person": (20, 300)}, "uncounted": True},
    "follow": {"counts": {"person": (100, 3600)}, "uncounted": True},
    "report": {"counts": {"person": (20, 3600)}, "uncounted": True},
    # Forms by which a browser sends us a file; an open page asks for a new one every five minutes.
    "offer-picture": {"counts": {"person": (120, 3600)}, "uncounted": True},
    "offer-archive": {"counts": {"person": (20, 3600)}, "uncounted": True},
    "upload": {"counts": {"person": (60, 3600)}, "uncounted": True},
    # What has files copied, or all of somebody's posts written anew.
    "publish": {"counts": {"person": (200, 3600)}, "uncounted": True},
    "profile": {"counts": {"person": (30, 3600)}, "uncounted": True},
    "export": {"counts": {"person": (3, 86_400)}, "uncounted": True},
    "import": {"counts": {"person": (20, 86_400)}, "uncounted": True},
    # What services judge for us costs money each time: both count thousands of characters, which is
    # what a guardrail is paid by. An import's picture is judged with its words.
    "moderation": {"counts": {"person": (300, 3600)}, "uncounted": True},
    "import-picture": {"counts": {"person": (500, 86_400)}, "uncounted": False},
    "token": {"counts": {"person": (20, 86_400)}, "uncounted": True},
    "api": {
        "counts": {"address": (600, 60), "token": (600, 60), "person": (1200, 60)},
        "uncounted": True,
    },
}

# Who holds personal data, in the order in which it is erased; see accounts/rights/holder.py -------
PERSONAL_DATA = [
    "gallery.holdings.Gallery",
    "generation.holdings.Pictures",
    "accounts.holdings.Account",
]
ARCHIVE_PART_BYTES = 400_000_000  # a part is bound in /tmp, of which a Lambda has 512 MB
LEAVING_DAYS = 14  # to change one's mind

# From what a new request may begin, and who knows its settings (generation/recipes.py) ------------
RECIPES = {
    "picture": "generation.recipes.of_picture",
    "job": "generation.recipes.of_job",
    "post": "gallery.posts.recipe",
}

# What may be run by an event (Step Functions, SQS, schedules), and nothing else -------------------
WORKER_COMMANDS = {
    "prepare": "generation.tasks.prepare",
    "draw": "generation.tasks.draw",
    "derive": "generation.tasks.derive",
    "settle": "generation.tasks.settle",
    "announce": "generation.tasks.announce",
    "sweep": "generation.tasks.sweep",
    "forget_files": "generation.tasks.forget_files",
    "forget_unkept": "generation.tasks.forget_unkept",
    "notify": "gallery.tasks.notify",
    "tidy_post": "gallery.tasks.tidy_post",
    "retell_author": "gallery.tasks.retell_author",
    "take_avatar": "accounts.tasks.take_avatar",
    "tidy_avatars": "accounts.tasks.tidy_avatars",
    "build_archive": "accounts.tasks.build_archive",
    "run_errands": "accounts.tasks.run_errands",
    "take_archive_in": "accounts.tasks.take_archive_in",
    "erase_person": "accounts.tasks.erase_person",
    "forget_sign_up": "accounts.tasks.forget_sign_up",
    "send_letter": "accounts.tasks.send_letter",
    "write_digest": "gallery.tasks.write_digest",
    "give_up_avatar": "accounts.tasks.give_up_avatar",
    "skip_picture": "accounts.tasks.skip_picture",
}
# What takes minutes waits in queues of its own, so that nothing urgent (a post is taken down, an
# account goes private) ever waits behind it. Everything else goes to the chores queue.
QUEUES = {
    "build_archive": "BULK_QUEUE_URL",
    "erase_person": "BULK_QUEUE_URL",
    "write_digest": "BULK_QUEUE_URL",  # short, and thousands of them in one hour
    "take_archive_in": "IMPORTS_QUEUE_URL",
}
# A queue brings a message so often (maxReceiveCount in infra/data.yaml). What is made of strangers'
# files is settled at the last try, whatever went wrong before, so that nobody waits in vain.
QUEUE_TRIES = 5
LAST_TRIES = {"take_avatar": "give_up_avatar", "take_archive_in": "skip_picture"}

# What whoever may invoke the worker may run besides; no message and no workflow may name these.
OPERATOR_COMMANDS = {
    "try_drawing": "generation.tasks.try_drawing",
}

# Django -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    # Not rest_framework: Django would import all of it for its template tags, at the first page.
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "aptmagic",
    "accounts",
    "generation",
    "gallery",
]
MIDDLEWARE = [
    "aptmagic.http.known_by_our_word",
    "aptmagic.compression.compressed",
    "django.middleware.security.SecurityMiddleware",
    "aptmagic.http.security_headers",
    "aptmagic.http.kept_by_no_cache",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "aptmagic.http.in_the_readers_language",
    "aptmagic.http.ends_in_a_slash",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.signed_in_person",
    "aptmagic.http.say_refusals",
]
ROOT_URLCONF = "aptmagic.urls"
WSGI_APPLICATION = "aptmagic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "aptmagic.context.site",
                "accounts.context.person",
                "gallery.context.alerts",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",  # drf-spectacular's
                    ],
                )
            ],
            "builtins": ["aptmagic.templatetags.pieces"],
        },
    }
]
DATABASES: dict[str, dict[str, str]] = {}  # people, pictures and money are in DynamoDB
MESSAGE_STORAGE = "aptmagic.notices.Notices"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt")]  # each in its own words
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "aptmagic.formats"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / (".local/static" if ON_A_LAPTOP else "collected")
STORAGES = {
    "staticfiles": {
        # In a package the names have hashes, and only the list of them is there.
        "BACKEND": "django.contrib.staticfiles.storage."
        + ("StaticFilesStorage" if ON_A_LAPTOP else "ManifestStaticFilesStorage")
    }
}

# Cookies and transport: `__Host-` names need https, which a laptop does not have. There, cookies
# are shared by all ports of a host: the key, which each checkout has of its own, tells them apart.
HOST_PREFIX = "__Host-" if SECURE else f"{sha256(SECRET_KEY.encode()).hexdigest()[:8]}-"
SESSION_COOKIE = f"{HOST_PREFIX}apt"
CSRF_COOKIE_NAME = f"{HOST_PREFIX}csrf"
THEME_COOKIE_NAME = f"{HOST_PREFIX}theme"
LANGUAGE_COOKIE_NAME = f"{HOST_PREFIX}language"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "aptmagic.http.csrf_failure"
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 63_072_000 if SECURE else 0
# Other names under the domain may not speak https, and browsers remember for two years, or, on the
# preload list, nearly for ever: so only the site's own name is promised unless HSTS says more.
HSTS = env("HSTS", "host")  # or subdomains, or preload
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE and HSTS in ("subdomains", "preload")
SECURE_HSTS_PRELOAD = SECURE and HSTS == "preload"
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they want subdomains and preload
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ApiToken"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["aptmagic.api.Counted"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["aptmagic.api.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "aptmagic.openapi.Documented",
    "EXCEPTION_HANDLER": "aptmagic.api.problem",
    "UNAUTHENTICATED_USER": "accounts.people.Anyone",
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "APT Magic",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "aptmagic.openapi.introduced",
    ],
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "/static/icons/favicon.svg",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(levelname)s %(name)s %(message)s"},
        "json": {"()": "aptmagic.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": env("LOG_FORMAT", "line")}
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", "WARNING")},
    "loggers": {"aptmagic.watch": {"level": "INFO"}},
}
