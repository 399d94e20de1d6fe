"""Settings come from the environment: what has to be given, what is made up, what follows from it.

Each question is asked in a Python of its own, since settings are read once in a process.
"""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json, sys
from django.conf import global_settings
from kb import settings
ours = vars(global_settings) | vars(settings)
print(json.dumps({name: ours[name] for name in sys.argv[1:]}, default=str))
"""


def ask(folder: Path, *names: str, **environment: str) -> Any:
    """The settings of these names; a ``RuntimeError`` with the last line where none came up."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, *names],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    found = json.loads(done.stdout)
    return found if len(names) > 1 else found[names[0]]


def test_everything_is_kept_in_the_data_directory(tmp_path: Path) -> None:
    found = ask(tmp_path, "DATABASES", "REDIS_SOCKET", "SEARCH_URL", "MAIL_DIR", "DEBUG")
    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "twiceshy.sqlite3")
    assert found["REDIS_SOCKET"] == str(tmp_path / "redis.sock")
    assert found["SEARCH_URL"] == f"whoosh://{tmp_path}/index"
    assert found["MAIL_DIR"] == str(tmp_path / "mail")
    assert found["DEBUG"] is False


# --- the secret key ---


def test_a_key_is_made_once_and_kept_where_only_we_read_it(tmp_path: Path) -> None:
    first = ask(tmp_path, "SECRET_KEY")
    assert len(first) > 50
    assert ask(tmp_path, "SECRET_KEY") == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_foreign_database_asks_for_the_key(tmp_path: Path) -> None:
    foreign = "postgres://tw:pw@db-01/tw"
    with pytest.raises(RuntimeError, match="give SECRET_KEY too"):
        ask(tmp_path, "SECRET_KEY", DATABASE_URL=foreign)
    assert not (tmp_path / "secret_key").exists()
    assert ask(tmp_path, "SECRET_KEY", DATABASE_URL=foreign, SECRET_KEY="k" * 50) == "k" * 50
    assert ask(tmp_path, "DEBUG", DATABASE_URL=foreign, DEBUG="1") is True


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file")
    assert ask(tmp_path, "SECRET_KEY", SECRET_KEY_FILE=str(tmp_path / "key")) == "from a file"


# --- where people come from ---


def test_the_address_says_which_names_and_forms_are_ours(tmp_path: Path) -> None:
    found = ask(
        tmp_path,
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        SITE_URL="https://kb.example.net:8443/",
    )
    assert "kb.example.net" in found["ALLOWED_HOSTS"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://kb.example.net:8443"]
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is True


def test_a_proxy_is_believed_only_where_one_was_named(tmp_path: Path) -> None:
    names = ("SECURE_PROXY_SSL_HEADER", "ALLAUTH_TRUSTED_PROXY_COUNT")
    assert list(ask(tmp_path, *names).values()) == [None, 0]
    assert list(ask(tmp_path, *names, BEHIND_PROXY="1").values()) == [
        ["HTTP_X_FORWARDED_PROTO", "https"], 1,
    ]  # fmt: skip


# --- Redis and mail ---


def test_a_deep_data_directory_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    found = ask(deep, "REDIS_SOCKET", "CELERY_BROKER_URL", TMPDIR="/tmp")
    assert len(found["REDIS_SOCKET"]) < 100
    assert found["CELERY_BROKER_URL"] == f"redis+socket://{found['REDIS_SOCKET']}"
    other = ask(tmp_path / ("deeper" * 20), "REDIS_SOCKET", TMPDIR="/tmp")
    assert other != found["REDIS_SOCKET"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
    ],
)
def test_a_redis_of_ones_own(tmp_path: Path, given: str, meant: str) -> None:
    assert ask(tmp_path, "CELERY_BROKER_URL", REDIS_URL=given) == meant


def test_a_mail_server_by_its_address(tmp_path: Path) -> None:
    found = ask(
        tmp_path,
        "EMAIL_BACKEND",
        "EMAIL_HOST",
        "EMAIL_PORT",
        "EMAIL_HOST_USER",
        "EMAIL_HOST_PASSWORD",
        "EMAIL_USE_TLS",
        EMAIL_URL="submission://us%40er:p%3Aw@mx.example.net:587",
    )
    assert list(found.values()) == [
        "django.core.mail.backends.smtp.EmailBackend",
        "mx.example.net", 587, "us@er", "p:w", True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "encrypted"),
    [("smtp", (False, False)), ("submission", (True, False)), ("smtps", (False, True))],
)
def test_the_scheme_says_how_the_way_to_the_mail_server_is_encrypted(
    tmp_path: Path, scheme: str, encrypted: tuple[bool, bool]
) -> None:
    """Not at all, from STARTTLS on, or from the first byte."""
    asked = ("EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL")
    found = ask(tmp_path, *asked, EMAIL_URL=f"{scheme}://mx.example.net:2525")
    assert found == dict(zip(asked, (2525, *encrypted), strict=True))


def test_a_number_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="http"):
        ask(tmp_path, "PORT", PORT="http")


def test_history_is_kept_at_least_as_long_as_its_detail(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="HISTORY_KEEP_DAYS=10 is shorter"):
        ask(tmp_path, "DEBUG", HISTORY_KEEP_DAYS="10", HISTORY_DETAIL_DAYS="20")
