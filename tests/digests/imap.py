"""As much of an IMAP server as a reader of bounces asks for, on loopback."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mails: list[bytes]
    seen: set[int]


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say(b"* OK ready")
        for line in self.rfile:
            tag, command, rest = [*line.decode().strip().split(" ", 2), "", ""][:3]
            if not self._answer(tag, command.upper(), rest):
                return

    def _answer(self, tag: str, command: str, rest: str) -> bool:
        if command == "CAPABILITY":
            self._say(b"* CAPABILITY IMAP4rev1")
        elif command == "LOGIN" and rest != 'ruth "a secret"':
            self._say(f"{tag} NO who are you".encode())
            return True
        elif command == "SELECT":
            self._say(f"* {len(self.server.mails)} EXISTS".encode())
        elif command == "UID":
            self._uid(rest)
        elif command == "LOGOUT":
            self._say(b"* BYE")
        self._say(f"{tag} OK done".encode())
        return command != "LOGOUT"

    def _uid(self, rest: str) -> None:
        mails, seen = self.server.mails, self.server.seen
        if rest.startswith("SEARCH"):
            left = [str(n) for n in range(1, len(mails) + 1) if n not in seen]
            self._say(f"* SEARCH {' '.join(left)}".encode())
        elif (asked := re.match(r"FETCH (\d+) \(BODY\.PEEK\[\]\)", rest)) is not None:
            raw = mails[int(asked[1]) - 1]
            head = f"* {asked[1]} FETCH (UID {asked[1]} BODY[] {{{len(raw)}}}".encode()
            self.wfile.write(head + b"\r\n" + raw + b")\r\n")
        elif (asked := re.match(r"STORE (\d+) \+FLAGS \(.*\\Seen", rest)) is not None:
            seen.add(int(asked[1]))

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextmanager
def imap_server(mails: list[bytes]) -> Iterator[tuple[int, set[int]]]:
    """Its port, and the numbers of the mails that somebody marked as seen."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.mails, server.seen = mails, set()
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        try:
            yield server.server_address[1], server.seen
        finally:
            server.shutdown()
