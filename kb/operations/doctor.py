"""What is in force, what is unsafe, and what is missing."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from kb.operations import redis

MANY = 20_000  # documents; what was measured stands in docs/scaling.md
SECRET = re.compile(r"://([^:/@]*):[^@]*@")
NAMES = (
    "DATA_DIR", "DATABASE_URL", "REDIS_URL", "SEARCH_URL", "EMAIL_URL", "SECRET_KEY", "SITE_URL",
    "ATTACHMENTS_URL", "ATTACHMENT_MAX_MB", "BIN_DAYS",
    "ALLOWED_HOSTS", "HOST", "PORT", "DEBUG", "MAIL_FROM", "MAIL_BOUNCES", "BOUNCE_MAILBOX",
    "MAIL_SPREAD_MINUTES", "SHELF_LIFE_DAYS", "NIGHTLY_SWEEP_HOUR",
    "EXPLAIN_SECONDS", "JUDGE_SECONDS", "NETBOX_URL", "NETBOX_FILTER", "NETBOX_HOURS",
    "EXTENDED_SUPPORT_ENTITLED", "API_RATE", "WEB_WORKERS", "TASK_WORKERS",
    "BEHIND_PROXY", "LOG_LEVEL",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value (secrets hidden) and whether the environment or a default gave it."""

    name: str
    value: str
    source: str


def settings_in_force() -> list[Setting]:
    """Every setting of docs/operations.md, as this process sees it."""
    return [Setting(name, _value(name), _source(name)) for name in NAMES]


def _source(name: str) -> str:
    if os.environ.get(f"{name}_FILE"):
        return f"{name}_FILE"
    return "environment" if os.environ.get(name) else "default"


def _value(name: str) -> str:
    if name == "SECRET_KEY":
        return "set" if os.environ.get(name) else f"kept in {settings.DATA_DIR / 'secret_key'}"
    shown: Any = {
        "DATABASE_URL": settings.DATABASE_URL
        or f"sqlite:///{settings.DATABASES['default']['NAME']}",
        "REDIS_URL": settings.REDIS_URL or f"embedded, on {settings.REDIS_SOCKET}",
        "MAIL_FROM": settings.DEFAULT_FROM_EMAIL,
        "API_RATE": settings.API_RATE,
        "LOG_LEVEL": settings.LOG_LEVEL,
    }.get(name, getattr(settings, name, ""))
    if isinstance(shown, (list, tuple, set, frozenset)):
        shown = ", ".join(sorted(map(str, shown))) or "none"
    return SECRET.sub(r"://\1:…@", str(shown))


def unsafe() -> Iterator[str]:
    """What should be mended before others than you use it."""
    local = settings.SITE_URL.startswith(("http://localhost", "http://127."))
    if settings.DEBUG:
        yield "DEBUG is on: errors show the insides to everybody. Set DEBUG=0."
    foreign = settings.DATABASE_URL and not settings.DATABASE_URL.startswith("sqlite")
    if foreign and not (os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE")):
        yield "SECRET_KEY was made for this machine alone; others on the database need the same."
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS allows any name. Name the hosts people use."
    if not local and settings.SITE_URL.startswith("http://"):
        yield "SITE_URL is http: passwords and tokens travel in the clear. Put TLS in front."
    if settings.HOST not in ("127.0.0.1", "localhost", "::1") and local:
        yield "HOST opens the port to the network, but SITE_URL is local: links in mails fail."
    mode = settings.DATA_DIR.stat().st_mode & 0o077 if settings.DATA_DIR.exists() else 0
    if mode:
        yield f"{settings.DATA_DIR} is open to others: chmod 700 {settings.DATA_DIR}"


def outgrown(documents: int) -> Iterator[str]:
    """What this much to know is too much for.  ``documents``: how many the index holds."""
    if documents > MANY and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield (
            f"{documents:,} documents beside SQLite: writing gets slow from here on. "
            "docs/scaling.md says when to give DATABASE_URL of a PostgreSQL."
        )


def missing() -> Iterator[str]:
    """What it could do and cannot."""
    if not settings.REDIS_URL and redis.find_server() is None:
        yield "There is no Redis: install a redis-server, or give REDIS_URL."
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        yield f"Mail goes to files in {settings.EMAIL_FILE_PATH}. Give EMAIL_URL to send it."
