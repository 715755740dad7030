"""Settings. Whatever differs between stages is an environment variable with a local default."""

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
IS_LOCAL = STAGE == "local"


def required(name: str, local: str, *, where: str) -> str:
    """The variable, or its default on the local stage. Elsewhere it must be set."""
    value = env(name, local if IS_LOCAL else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {where}.")
    return value


STACK = "it is an output of the stacks, see `manage.py stack outputs`"

# The site ---------------------------------------------------------------------------------------
SITE_NAME = "APT Magic"
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
    + (["127.0.0.1", "localhost", "testserver"] if IS_LOCAL else [])
    if host
]
SECURE = SITE_URL.startswith("https://")
# The secret header that CloudFront adds to each request; comma-separated during a rotation.
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
TASKS_QUEUE_URL = required("TASKS_QUEUE_URL", "local-tasks", where=STACK)
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

# Money: every price is shown with its value in dollars -------------------------------------------
FREE_CREDITS = 25
CREDIT_PRICE_USD = "0.013"
RUNNING_JOBS = 3  # at a time and per user; further jobs wait

# Replaceable services: BACKEND is a class, OPTIONS its arguments ---------------------------------
IDENTITY_PROVIDER = {
    "BACKEND": "accounts.identity.cognito.client.CognitoIdentityProvider",
    "OPTIONS": {},
}
# Cognito's hosted sign-in pages and their identity providers, for stages that have them.
LOGIN_URL = env("LOGIN_URL")
LOGIN_PROVIDERS = [name for name in env("LOGIN_PROVIDERS").split(",") if name]
HOSTED_UI: dict[str, Any] | None = (
    {
        "BACKEND": "accounts.identity.cognito.hosted_ui.CognitoHostedUI",
        "OPTIONS": {"url": LOGIN_URL},
    }
    if LOGIN_URL
    else None
)
# Operations and models; a later file adds to those before it.
IMAGE_CATALOGUES = [BASE_DIR / "generation" / "operations" / "catalogue.json"]
IMAGE_PROVIDERS = {
    "bedrock": {"BACKEND": "generation.providers.bedrock.BedrockStability", "OPTIONS": {}},
}
# Tells which words of a prompt the local engine doesn't draw; off without a URL.
PROMPT_PREVIEW = {
    "BACKEND": "generation.providers.prompt_preview.PromptPreview",
    "OPTIONS": {"url": env("NOT_DRAWN_URL")},
}
MODERATION = {"BACKEND": "generation.providers.moderation.GuardrailAndRekognition", "OPTIONS": {}}
# How accounts, which may not import generation, moderates profile texts and photos.
TEXT_MODERATION = "generation.moderation.check_text"
PICTURE_MODERATION = "generation.moderation.is_picture_refused"
# The gallery's form fields for the defaults of new posts, which accounts shows and stores.
POST_DEFAULT_FIELDS = "gallery.posts.forms.default_fields"
# Which notifications can be turned off, in the order of the settings page.
NOTIFICATION_SWITCHES = [
    "gallery.notifications.kinds.SWITCHES",
    "accounts.profiles.switches.EMAIL_SWITCHES",
]
EMAIL_BACKEND = "accounts.mail.ses.AmazonSes"
MAIL_FROM = env("MAIL_FROM")  # empty: the stage has no mail domain and sends no mail
SUPPORT_EMAIL = env("SUPPORT_ADDRESS")  # the Reply-To of e-mails
ANYMAIL = {"AMAZON_SES_CONFIGURATION_SET_NAME": env("MAIL_CONFIGURATION") or None}
MAILBOX_URL = env("MAILBOX_URL")  # the embedded cloud's sent mail
CACHE_URL = env("CACHE_URL")  # redis://… or rediss://…; without it, rate limits use DynamoDB
RATE_LIMIT_BACKEND = (
    {"BACKEND": "aptmagic.rate_limits.backends.RedisBackend", "OPTIONS": {"url": CACHE_URL}}
    if CACHE_URL
    else {"BACKEND": "aptmagic.rate_limits.backends.DynamoDBBackend", "OPTIONS": {}}
)

# (100, 900) allows a burst of 100, refilled evenly over 900 seconds. With `fail_open` requests pass
# while the backend is unavailable; never where the limit stops guessing.
RATE_LIMITS: dict[str, dict[str, Any]] = {
    "sign-in": {"limits": {"address": (100, 900), "account": (10, 900)}, "fail_open": False},
    # From a browser the account was used in before: attackers elsewhere can't lock its owner out.
    "sign-in-known": {"limits": {"address": (100, 900), "account": (20, 900)}, "fail_open": False},
    "sign-up": {"limits": {"address": (30, 3600), "account": (5, 3600)}, "fail_open": False},
    "code": {"limits": {"address": (100, 900), "account": (6, 900)}, "fail_open": False},
    # From the browser that requested the code, as for "sign-in-known".
    "code-asked": {"limits": {"address": (100, 900), "account": (6, 900)}, "fail_open": False},
    # Codes after the right password, counted apart from those that anyone can try.
    "totp": {"limits": {"address": (100, 900), "account": (6, 900)}, "fail_open": False},
    # E-mails that anyone can request: codes and password resets.
    "forgot": {"limits": {"address": (30, 3600), "account": (5, 3600)}, "fail_open": False},
    "forgot-known": {"limits": {"address": (30, 3600), "account": (5, 3600)}, "fail_open": False},
    # Drafts of forms that were submitted signed out.
    "draft": {"limits": {"address": (60, 3600)}, "fail_open": True},
    "generate": {"limits": {"person": (30, 60)}, "fail_open": True},
    "like": {"limits": {"person": (120, 60)}, "fail_open": True},
    "comment": {"limits": {"person": (20, 300)}, "fail_open": True},
    "follow": {"limits": {"person": (100, 3600)}, "fail_open": True},
    "report": {"limits": {"person": (20, 3600)}, "fail_open": True},
    # Upload forms; an open page requests a new one every five minutes.
    "upload-form-picture": {"limits": {"person": (120, 3600)}, "fail_open": True},
    "upload-form-archive": {"limits": {"person": (20, 3600)}, "fail_open": True},
    "upload": {"limits": {"person": (60, 3600)}, "fail_open": True},
    # These copy files, or rewrite all of an author's posts.
    "publish": {"limits": {"person": (200, 3600)}, "fail_open": True},
    "profile": {"limits": {"person": (30, 3600)}, "fail_open": True},
    "export": {"limits": {"person": (3, 86_400)}, "fail_open": True},
    "import": {"limits": {"person": (20, 86_400)}, "fail_open": True},
    # Moderation costs money: both count thousands of characters, the unit in which guardrails are
    # billed. An imported picture is moderated with its text.
    "moderation": {"limits": {"person": (300, 3600)}, "fail_open": True},
    "import-picture": {"limits": {"person": (500, 86_400)}, "fail_open": False},
    "token": {"limits": {"person": (20, 86_400)}, "fail_open": True},
    "api": {
        "limits": {"address": (600, 60), "token": (600, 60), "person": (1200, 60)},
        "fail_open": True,
    },
}

# Who holds personal data, in the order in which it is erased (accounts/privacy/personal_data.py) --
PERSONAL_DATA = [
    "gallery.personal_data.GalleryData",
    "generation.library.personal_data.PictureData",
    "accounts.privacy.account_data.AccountData",
]
LEDGER_ENTRY_KINDS = [
    "accounts.billing.entry_kinds.WELCOME",
    "accounts.billing.entry_kinds.PROMOTION",
    "accounts.billing.entry_kinds.ACCOUNT_CLOSED",
    "generation.jobs.ledger_entries.IMAGE_GENERATION",
]
EXPORT_PART_BYTES = 400_000_000  # each part is zipped in /tmp, which has 512 MB on Lambda
ACCOUNT_DELETION_DAYS = 14  # during which it can be cancelled

# What a new request may start from (generation/library/recipe_sources.py) ----
RECIPE_SOURCES = {
    "picture": "generation.library.recipe_sources.from_picture",
    "job": "generation.library.recipe_sources.from_job",
    "post": "gallery.posts.posts.get_recipe",
}

# The only commands that events (Step Functions, SQS, schedules) can run ---------------------------
WORKER_COMMANDS = {
    "prepare": "generation.tasks.prepare",
    "draw": "generation.tasks.draw",
    "derive": "generation.tasks.derive",
    "settle": "generation.tasks.settle",
    "announce": "generation.tasks.announce",
    "sweep": "generation.tasks.sweep",
    "delete_files": "generation.tasks.delete_files",
    "delete_unkept_pictures": "generation.tasks.delete_unkept_pictures",
    "notify": "gallery.tasks.notify",
    "sync_post_files": "gallery.tasks.sync_post_files",
    "refresh_author": "gallery.tasks.refresh_author",
    "process_avatar": "accounts.tasks.process_avatar",
    "delete_unused_avatars": "accounts.tasks.delete_unused_avatars",
    "build_export": "accounts.tasks.build_export",
    "dispatch_scheduled_tasks": "accounts.tasks.dispatch_scheduled_tasks",
    "import_archive": "accounts.tasks.import_archive",
    "erase_account": "accounts.tasks.erase_account",
    "delete_unconfirmed_account": "accounts.tasks.delete_unconfirmed_account",
    "send_email": "accounts.tasks.send_email",
    "send_weekly_digest": "gallery.tasks.send_weekly_digest",
    "reject_avatar": "accounts.tasks.reject_avatar",
    "skip_import_picture": "accounts.tasks.skip_import_picture",
}
# Commands that take minutes, or come by the thousand, have queues of their own, so that urgent ones
# (a post is unpublished, an account becomes private) never wait behind them. The others share one.
QUEUES = {
    "build_export": "BULK_QUEUE_URL",
    "erase_account": "BULK_QUEUE_URL",
    "send_weekly_digest": "BULK_QUEUE_URL",  # short, and thousands of them in one hour
    "import_archive": "IMPORTS_QUEUE_URL",
}
# Which command consumes the events in a queue, by the queue's name without its stage. Its
# subscription in infra/data.yaml says which events those are.
EVENT_CONSUMERS = {"notifications": "notify"}
# How often a message is tried (maxReceiveCount in infra/data.yaml). Where a user's file may be the
# cause of the failures, another command takes the last try: it marks the file as rejected.
QUEUE_TRIES = 5
LAST_TRIES = {"process_avatar": "reject_avatar", "import_archive": "skip_import_picture"}

# Additional commands for operators who may invoke the worker; queues can't run these.
OPERATOR_COMMANDS = {
    "try_drawing": "generation.tasks.draw_test_picture",
}

# Django -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    # Not rest_framework: Django would import all of it for its template tags on the first page.
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "aptmagic",
    "accounts",
    "generation",
    "gallery",
]
MIDDLEWARE = [
    "aptmagic.web.middleware.cloudfront_only",
    "aptmagic.web.compression.CompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "aptmagic.web.middleware.security_headers",
    "aptmagic.web.middleware.no_store",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "aptmagic.web.middleware.LanguageMiddleware",
    "aptmagic.web.middleware.AppendSlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.current_user_middleware",
    "gallery.middleware.viewer_middleware",
    "aptmagic.web.middleware.RefusalMiddleware",
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
                "aptmagic.web.context.site",
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
            "builtins": ["aptmagic.templatetags.components"],
        },
    }
]
DATABASES: dict[str, dict[str, str]] = {}  # all data are in DynamoDB
MESSAGE_STORAGE = "aptmagic.web.messages.MessageStorage"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt")]  # each in its own language
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "aptmagic.formats"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / (".local/static" if IS_LOCAL else "collected")
# The code itself uses aptmagic.aws.storage; the static files' names are hashed in a package.
STORAGES = {
    "private": {"BACKEND": "aptmagic.aws.django_storage.PrivateStorage"},
    "public": {"BACKEND": "aptmagic.aws.django_storage.PublicStorage"},
    "staticfiles": {
        # In a package the names have hashes, and only the list of them is there.
        "BACKEND": "django.contrib.staticfiles.storage."
        + ("StaticFilesStorage" if IS_LOCAL else "ManifestStaticFilesStorage")
    },
}

# Cookies and transport. `__Host-` names need HTTPS, which a laptop doesn't have. There, all ports
# of a host share cookies, so the prefix comes from SECRET_KEY, which differs for each checkout.
HOST_PREFIX = "__Host-" if SECURE else f"{sha256(SECRET_KEY.encode()).hexdigest()[:8]}-"
SESSION_COOKIE = f"{HOST_PREFIX}apt"
CSRF_COOKIE_NAME = f"{HOST_PREFIX}csrf"
THEME_COOKIE_NAME = f"{HOST_PREFIX}theme"
LANGUAGE_COOKIE_NAME = f"{HOST_PREFIX}language"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "aptmagic.web.error_views.csrf_failure"
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 63_072_000 if SECURE else 0
# Other subdomains may not support HTTPS, and browsers remember HSTS for two years (practically for
# ever once preloaded), so by default it covers only the site's own host.
HSTS = env("HSTS", "host")  # or subdomains, or preload
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE and HSTS in ("subdomains", "preload")
SECURE_HSTS_PRELOAD = SECURE and HSTS == "preload"
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they want subdomains and preload
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ApiToken"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["aptmagic.web.api.throttling.RateLimit"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["aptmagic.web.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "aptmagic.web.api.openapi.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "aptmagic.web.api.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": "accounts.current_user.AnonymousUser",
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "APT Magic API",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "aptmagic.web.api.openapi.add_description",
    ],
    "VERSION": "1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # it would only repeat the values
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "/static/icons/favicon.svg",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(levelname)s %(name)s %(message)s"},
        "json": {"()": "aptmagic.observability.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": env("LOG_FORMAT", "line")}
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", "WARNING")},
    "loggers": {"aptmagic.observability.security_log": {"level": "INFO"}},
}
