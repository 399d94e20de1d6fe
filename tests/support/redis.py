"""A real Redis on a private socket."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kb.operations.redis import find_server
from tests.support.strict import give_up


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The address of a running Redis, as ``REDIS_URL`` wants it."""
    server = find_server()
    if server is None:
        give_up("needs redis-server: apt install redis-server")
    socket = folder / "redis.sock"
    process = subprocess.Popen(
        [server, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            if socket.exists():
                break
            time.sleep(0.05)
        yield f"redis+socket://{socket}"
    finally:
        process.terminate()
        process.wait(10)
