"""``manage.py doctor``: what is in force, unsafe and missing, without telling secrets."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from kb.operations import doctor
from kb.web.health import Health, health_checks


def shown(name: str) -> doctor.Setting:
    return next(one for one in doctor.settings_in_force() if one.name == name)


def test_it_says_where_a_setting_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.delenv("SITE_URL", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", "/run/secrets/key")
    sources = [shown(name).source for name in ("PORT", "SITE_URL", "SECRET_KEY")]
    assert sources == ["environment", "default", "SECRET_KEY_FILE"]


def test_passwords_inside_addresses_are_hidden(settings: Settings) -> None:
    settings.DATABASE_URL = "postgres://tw:hunter2@db-01/twiceshy"
    settings.EMAIL_URL = "smtp://mailer:hunter2@mx.example.net:587"
    assert shown("DATABASE_URL").value == "postgres://tw:…@db-01/twiceshy"
    assert shown("EMAIL_URL").value == "smtp://mailer:…@mx.example.net:587"


def test_the_secret_key_is_never_shown(settings: Settings) -> None:
    settings.SECRET_KEY = "do-not-tell-anybody"
    assert "do-not-tell" not in str(doctor.settings_in_force())


def test_a_careful_set_up_has_nothing_unsafe(settings: Settings, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    settings.DATA_DIR = tmp_path
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["kb.example.net"]
    settings.SITE_URL = "https://kb.example.net"
    settings.HOST = "127.0.0.1"
    assert list(doctor.unsafe()) == []


def test_each_careless_setting_is_named(settings: Settings, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    settings.DATA_DIR = tmp_path
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "http://kb.example.net"
    begins = [line.split()[0] for line in doctor.unsafe()]
    assert begins == ["DEBUG", "ALLOWED_HOSTS", "SITE_URL", str(tmp_path)]


def test_a_key_of_this_machine_alone_beside_a_shared_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATABASE_URL = "postgres://tw:pw@db-01/tw"
    for name in ("SECRET_KEY", "SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert any(line.startswith("SECRET_KEY was made for this machine") for line in doctor.unsafe())
    monkeypatch.setenv("SECRET_KEY_FILE", "/run/secrets/key")
    assert not any(line.startswith("SECRET_KEY") for line in doctor.unsafe())


def test_a_site_that_has_outgrown_sqlite_is_told(settings: Settings) -> None:
    assert list(doctor.outgrown(20_000)) == []
    (said,) = doctor.outgrown(20_001)
    assert said.startswith("20,001 documents beside SQLite")


def test_a_failing_part_is_listed_and_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {
        "database": lambda: Health(True, "sqlite"),
        "beat": lambda: Health(False, "has not been heard of yet"),
    }
    monkeypatch.setattr(health_checks, "items", lambda: list(kept.items()))
    with pytest.raises(CommandError, match=r"^Not working: beat\.$"):
        call_command("doctor")
    said = capsys.readouterr().out
    assert "  ok   database: sqlite\n  FAIL beat: has not been heard of yet\n" in said
    assert [line for line in said.splitlines() if not line.startswith(" ")] == [
        "In force",
        "Unsafe",
        "Missing",
        "Working",
    ]
