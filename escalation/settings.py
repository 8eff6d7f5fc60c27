"""Settings. Every value from outside is read here; a missing or malformed one stops start-up by name."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

try:
    SECRET_KEY = env.str("SECRET_KEY")
    SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
    # Behind a pooler that hands out connections by transaction, nothing may be kept on one.
    POOLED = env.bool("DATABASE_POOLED", False)
    DATABASES = {
        "default": env.dj_db_url(
            "DATABASE_URL", conn_max_age=60, conn_health_checks=True, disable_server_side_cursors=POOLED
        )
    }
    PGOPTIONS = env.str("PGOPTIONS", "")
    REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
    BASE_URL = urlsplit(env.str("BASE_URL", "http://127.0.0.1:8000"))
    if BASE_URL.scheme not in {"http", "https"} or not BASE_URL.hostname:
        raise EnvError('BASE_URL must be a whole address such as "https://escalation.example.org"')
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [BASE_URL.hostname or "127.0.0.1"])
    DEMO_MODE = env.bool("DEMO_MODE", False)
    PROFESSIONAL_CODES = env.str(
        "PROFESSIONAL_CODES", ""
    )  # a TOML file; without one cases/learning/codes.toml
    EMAIL = urlsplit(env.str("EMAIL_URL", ""))
    if EMAIL.geturl() and (EMAIL.scheme not in {"smtp", "smtp+tls", "smtps", "notify"} or not EMAIL.hostname):
        raise EnvError('EMAIL_URL must be like "smtp+tls://user:password@mail.example.org:587"')
    if DEMO_MODE and (BASE_URL.scheme == "https" or EMAIL.scheme):
        raise EnvError(
            "DEMO_MODE lets anybody sign in as anyone: it goes with neither an https BASE_URL nor an EMAIL_URL"
        )
    # A copy of the real service on somebody's machine must not write to real people.
    SEND_MAIL = env.bool("SEND_MAIL", BASE_URL.scheme == "https")
    NOTIFY_KEY = env.str("NOTIFY_KEY", "")
    NOTIFY_TEMPLATE = EMAIL.path.strip("/")
    if EMAIL.scheme == "notify" and not (NOTIFY_KEY and NOTIFY_TEMPLATE):
        raise EnvError(
            'GOV.UK Notify needs NOTIFY_KEY and a template: EMAIL_URL="notify://api.notifications.service.gov.uk/TEMPLATE-ID"'
        )
    DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "escalation@localhost")
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
    PROXIES = env.int("PROXIES", 0)  # how many of ours stand in front, each adding to X-Forwarded-For
    # Our secret at each organisation's own sign-in: OIDC_SECRET_NHS_SCOT for the one with the slug nhs-scot
    OIDC_SECRETS = {
        name.removeprefix("OIDC_SECRET_"): value
        for name, value in os.environ.items()
        if name.startswith("OIDC_SECRET_")
    }
except EnvError as error:
    raise ImproperlyConfigured(f"{error}. See docs/running.md for each variable and an example.") from error

if "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise ImproperlyConfigured(
        "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:5432/name"
    )
if REDIS_URL.split(":")[0] not in {"redis", "rediss", "unix", "redis+socket"}:
    raise ImproperlyConfigured("REDIS_URL must name a Redis or Valkey server: redis://host:6379/0")

DEBUG = False
DATABASES["default"]["ATOMIC_REQUESTS"] = False  # each action opens its own, short transaction
if not POOLED:
    # A prepared statement (escalation/prepared.py) reads through the same index whoever asks: planned once. What is
    # said here would hide what PGOPTIONS says.
    options = DATABASES["default"].setdefault("OPTIONS", {})
    given = options.get("options", PGOPTIONS)
    options["options"] = f"{given} -c plan_cache_mode=force_generic_plan".strip()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "guardian",
    "csp",
    "escalation.apps.EscalationConfig",
    "accounts.apps.AccountsConfig",
    "cases.apps.CasesConfig",
    "notifications.apps.NotificationsConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "escalation.middleware.WithoutZeroBytes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sign_in.middleware.NotesClicks",
    "escalation.middleware.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "escalation.middleware.PrivatePages",
    "escalation.denials.Denials",
    "cases.middleware.WhoLooked",
]
ROOT_URLCONF = "escalation.urls"
WSGI_APPLICATION = "escalation.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "escalation.context.page",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]
FORM_RENDERER = "escalation.forms.GovukRenderer"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
PAGE_FURNITURE = ["accounts.furniture.page", "cases.guidance.pages.furniture"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.PersonBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.sign_in.password_rules.ContextValidator"},
    {"NAME": "accounts.sign_in.password_rules.PatternValidator"},
]
ANONYMOUS_USER_NAME = None  # guardian would add a person who does not exist
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
SESSION_ENGINE = "accounts.sign_in.sessions"  # how long a sign-in lasts stands in accounts/sign_in/limits.py
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Language and time: instants are stored in UTC and shown in the partnership's own time
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

# Web surface: https is known from BASE_URL alone
SECURE = BASE_URL.scheme == "https"
CSRF_TRUSTED_ORIGINS = [f"{BASE_URL.scheme}://{BASE_URL.netloc}"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
# Browsers do not tell ports apart for cookies: without the port, two local checkouts would sign each other out.
SESSION_COOKIE_NAME = "__Host-session" if SECURE else f"session-{BASE_URL.port or 80}"
DEVICE_COOKIE_NAME = "__Host-device" if SECURE else f"device-{BASE_URL.port or 80}"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else f"csrf-{BASE_URL.port or 80}"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "escalation.views.csrf_failure"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
# A staff list is read and forgotten: it never touches the disk. A bigger file is not read at all.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # the product takes no uploads
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO_MODE
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEMO_MODE

# Mail goes out only when EMAIL_URL says where to; the demonstration shows it on a page instead
MAIL_CARRIER = "notify" if EMAIL.scheme == "notify" else "server"
HAND_OVER_MAIL = "notifications.carriers.hand_over"  # asked by `escalation`, which imports no other app
NOTIFY_ADDRESS = f"https://{EMAIL.netloc}"
EMAIL_BACKEND = (
    f"django.core.mail.backends.{'smtp' if EMAIL.scheme.startswith('smtp') else 'dummy'}.EmailBackend"
)
EMAIL_HOST = EMAIL.hostname or ""
EMAIL_PORT = EMAIL.port or {"smtps": 465, "smtp+tls": 587}.get(EMAIL.scheme, 25)
EMAIL_HOST_USER = unquote(EMAIL.username or "")
EMAIL_HOST_PASSWORD = unquote(EMAIL.password or "")
EMAIL_USE_TLS = EMAIL.scheme == "smtp+tls"
EMAIL_USE_SSL = EMAIL.scheme == "smtps"
EMAIL_TIMEOUT = 10

# Whether pages and /readyz say that background work is silent
WATCH_BACKGROUND = True

# Nothing rides on the broker: losing it makes a reminder late, never lost (docs/decisions)
CELERY_BROKER_URL = REDIS_URL

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "escalation.logs.WithoutWords",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Django's own mail-to-admins handler would send case text; errors go to the log without locals.
    "loggers": {
        "django": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "fido2": {"level": "WARNING"},  # it would name each passkey that is used
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
