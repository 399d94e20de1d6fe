"""Settings come from the environment; the defaults run everything embedded in DATA_DIR.

Every variable and its meaning: docs/operations.md.  ``manage.py doctor`` says what is in force.
"""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured

from kb.attachments.addresses import storage as attachments_from_url

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()  # NAME_FILE holds the path of a secret: for container secrets

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
TASK_WORKERS = env.int("TASK_WORKERS", default=2)
DEBUG = env.bool("DEBUG", default=False)
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{PORT}").rstrip("/")


def _kept_secret() -> str:
    """The key generated once into DATA_DIR, so that sessions outlive a restart."""
    path = DATA_DIR / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # O_EXCL: of two processes that start together only one writes, the other reads.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


DATABASE_URL = env.str("DATABASE_URL", default="")
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY and DATABASE_URL and not DATABASE_URL.startswith("sqlite") and not DEBUG:
    # Several machines may share a database; each with a key of its own would sign others out.
    raise ImproperlyConfigured(
        "DATABASE_URL names a database outside DATA_DIR, so give SECRET_KEY too (or "
        "SECRET_KEY_FILE): the same long random text on every machine."
    )
SECRET_KEY = SECRET_KEY or _kept_secret()
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=["localhost", "127.0.0.1", "[::1]", urlsplit(SITE_URL).hostname or "localhost"],
)
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(SITE_URL))]

INSTALLED_APPS = [
    "kb.web",
    "kb.accounts",
    "kb.outbox",
    "kb.search",
    "kb.wiki",
    "kb.attachments",
    "kb.comments",
    "kb.bin",
    "kb.transfer",
    "kb.watching",
    "incidents.hosts",
    "incidents.patterns",
    "incidents.intake",
    "incidents.records",
    "incidents.learning",
    "incidents.alerts",
    "incidents.digests",
    "incidents.overview",
    "incidents.exports",
    "incidents.example",
    "kb.operations",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "drf_spectacular",
    "rest_framework",
    "reversion",
]

#: Where web processes keep their counts of requests, for whichever of them Prometheus asks.
METRICS_DIR = DATA_DIR / "metrics"
METRICS_OPEN = env.bool("METRICS_OPEN", default=False)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)

MIDDLEWARE = [
    "kb.operations.metrics.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kb.accounts.idempotency.IdempotencyMiddleware",
    "incidents.hosts.moved.FollowFormerNames",
    "kb.wiki.moved.RedirectMoved",
    "kb.wiki.thrown.AnswerThrown",
]

ROOT_URLCONF = "kb.urls"
ASGI_APPLICATION = "kb.asgi.application"
WSGI_APPLICATION = "kb.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["django.templatetags.static"],
        },
    }
]

DATABASES = {
    "default": env.db_url_config(DATABASE_URL or f"sqlite:///{DATA_DIR / 'twiceshy.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue instead of failing; IMMEDIATE takes the write lock at BEGIN, so a read
        # that turns into a write cannot die half-way with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "kb.accounts.adapter.ClosedDoorAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody can make us write to strangers
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Twiceshy] "
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]

SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Whose guesses at passwords are counted together: the visitor's, not the proxy's.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
CSRF_FAILURE_VIEW = "kb.web.views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

# --- language, time, files ----------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024  # doors for facts have tighter bounds of their own

# --- files that people attach -------------------------------------------------------------
ATTACHMENTS_URL = env.str("ATTACHMENTS_URL", default="")
ATTACHMENT_MAX_MB = env.int("ATTACHMENT_MAX_MB", default=25)
ATTACHMENT_MAX_BYTES = ATTACHMENT_MAX_MB * 2**20
STORAGES = {
    **global_settings.STORAGES,
    "attachments": attachments_from_url(ATTACHMENTS_URL, DATA_DIR),
}
FILE_UPLOAD_HANDLERS = [
    "kb.attachments.bounds.EndsAtTheMost",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

#: So long what was thrown away can be brought back.
BIN_DAYS = env.int("BIN_DAYS", default=30)

# --- background ---------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")


def _redis_socket() -> Path:
    """In DATA_DIR; where that path is too long for a socket (108 bytes), in a short private one."""
    path = DATA_DIR / "redis.sock"
    if len(os.fsencode(path)) < 100:
        return path
    name = hashlib.sha256(os.fsencode(DATA_DIR)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"twiceshy-{os.getuid()}-{name}" / "redis.sock"


REDIS_SOCKET = _redis_socket()
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://", 1) or f"redis+socket://{REDIS_SOCKET}"
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "twiceshy"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
CELERY_TASK_PUBLISH_RETRY = False  # a page never hangs on a dead Redis: the outbox remembers
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")


def _every(seconds: float, task: str) -> dict[str, object]:
    """A periodic task; what no worker took up in time is dropped, the next one follows anyway."""
    return {"task": task, "schedule": seconds, "options": {"expires": max(seconds * 2, 30)}}


#: How long a worker may be silent about its share of a sweep before another takes it over.
SWEEP_LEASE_SECONDS = env.int("SWEEP_LEASE_SECONDS", default=120)
SWEEP_RESUME_SECONDS = env.int("SWEEP_RESUME_SECONDS", default=60)

CELERY_BEAT_SCHEDULE = {
    "heartbeat": _every(10, "kb.operations.tasks.heartbeat"),
    "outbox": _every(5, "kb.outbox.tasks.drain"),
    "index-reconcile": _every(600, "kb.search.tasks.reconcile"),
    "sweep-nightly": _every(300, "incidents.patterns.tasks.nightly"),
    "sweep-resume": _every(SWEEP_RESUME_SECONDS, "incidents.patterns.tasks.resume"),
    "waivers": _every(300, "incidents.patterns.tasks.end_waivers"),
    "verify-actions": _every(10, "incidents.records.tasks.verify_actions"),
    "learning": _every(10, "incidents.learning.tasks.keep_up"),
    "digests": _every(60, "incidents.digests.tasks.send_due"),
    "bounces": _every(300, "incidents.digests.tasks.read_bounces"),
    "webhooks": _every(5, "incidents.exports.tasks.send_due"),
    "watching": _every(60, "kb.watching.tasks.tell"),
    "bin-purge": _every(6 * 3600, "kb.bin.tasks.purge"),
    "attachments-sweep": _every(86400, "kb.attachments.tasks.sweep"),
    "netbox": _every(300, "incidents.intake.tasks.pull_netbox_when_due"),
    "uploads": _every(3600, "incidents.intake.tasks.forget_uploads"),
    "webhook-log": _every(3600, "incidents.exports.tasks.tidy"),
    "compact-history": _every(86400, "incidents.hosts.tasks.compact_history"),
}
NIGHTLY_SWEEP_HOUR = env.int("NIGHTLY_SWEEP_HOUR", default=3)


# --- inventory coming in ------------------------------------------------------------------
#: NetBox is asked every so many hours where its address and a token that may read are given.
NETBOX_URL = env.str("NETBOX_URL", default="").rstrip("/")
NETBOX_TOKEN = env.str("NETBOX_TOKEN", default="")
NETBOX_FILTER = env.str("NETBOX_FILTER", default="")  # such as role=server&status=active
NETBOX_HOURS = env.float("NETBOX_HOURS", default=24)
NETBOX_SECONDS = env.float("NETBOX_SECONDS", default=30)  # for one page

# --- alerts coming in ---------------------------------------------------------------------
#: Labels of alerts that open an incident; of several rules one must hold, "&" joins matchers.
ALERTS_OPEN_INCIDENTS = env.list("ALERTS_OPEN_INCIDENTS", default=["severity=critical"])
PAGERDUTY_SECRETS = env.list("PAGERDUTY_SECRETS", default=[])

# --- events going out ---------------------------------------------------------------------
#: Networks, addresses and names inside your own network to which webhooks may send.
WEBHOOK_ALLOW = env.list("WEBHOOK_ALLOW", default=[])

# --- search, mail -------------------------------------------------------------------------
SEARCH_URL = env.str("SEARCH_URL", default=f"whoosh://{DATA_DIR / 'index'}")
EMAIL_URL = env.str("EMAIL_URL", default=f"filemail://{DATA_DIR / 'mail'}")
MAIL_DIR = DATA_DIR / "mail"
if EMAIL_URL.startswith("filemail://"):
    MAIL_DIR = Path(EMAIL_URL.removeprefix("filemail://"))
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR)
else:
    scheme, _, rest = EMAIL_URL.partition("://")
    # As RFC 8314 uses the words; django-environ's own "smtps" would begin in the clear.
    scheme = {"smtps": "smtp+ssl", "submission": "smtp+tls"}.get(scheme, scheme)
    vars().update(env.email_url_config(f"{scheme}://{rest}"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Twiceshy <twiceshy@localhost>")
REPLY_TO = env.str("MAIL_REPLY_TO", default="")
#: Where returned mail goes; each mail has an address of its own there: bounces+w12-ab@…
MAIL_BOUNCES = env.str("MAIL_BOUNCES", default="")
#: Where bounces are read by themselves: mbox:/path, maildir:/path, imaps://user:password@host/box
BOUNCE_MAILBOX = env.str("BOUNCE_MAILBOX", default="")
#: Over how many minutes after the hour mails are spread, so that a thousand are no burst.
MAIL_SPREAD_MINUTES = env.int("MAIL_SPREAD_MINUTES", default=10)

# --- facts and patterns -------------------------------------------------------------------
SHELF_LIFE_DAYS = env.int("SHELF_LIFE_DAYS", default=14)
#: Days for which every change of facts is kept, then one value a month, then nothing; 0: for ever.
HISTORY_DETAIL_DAYS = env.int("HISTORY_DETAIL_DAYS", default=400)
HISTORY_KEEP_DAYS = env.int("HISTORY_KEEP_DAYS", default=0)
SAMPLES_KEEP_DAYS = env.int("SAMPLES_KEEP_DAYS", default=800)
if 0 < HISTORY_KEEP_DAYS < HISTORY_DETAIL_DAYS:
    raise ImproperlyConfigured(
        f"HISTORY_KEEP_DAYS={HISTORY_KEEP_DAYS} is shorter than "
        f"HISTORY_DETAIL_DAYS={HISTORY_DETAIL_DAYS}: keep history at least as long as its detail."
    )
EXPLAIN_SECONDS = env.float("EXPLAIN_SECONDS", default=3.0)  # how long a page asks every check anew
JUDGE_SECONDS = env.float("JUDGE_SECONDS", default=2.0)  # how long a door waits for the flags
EXTENDED_SUPPORT_ENTITLED = frozenset(env.list("EXTENDED_SUPPORT_ENTITLED", default=[]))

# --- API ----------------------------------------------------------------------------------
API_RATE = env.str("API_RATE", default="6000/min")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "kb.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["kb.accounts.permissions.ReadOrWrite"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "kb.web.paging.CursorPage",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": API_RATE},
    "EXCEPTION_HANDLER": "kb.web.problems.handle",
    # ?format= belongs to the doors for facts: which tool wrote the report.
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Twiceshy",
    "DESCRIPTION": "Hosts, incidents and lessons, and the patterns that watch for them.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
}

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django.request": {"level": "ERROR"}},
}
