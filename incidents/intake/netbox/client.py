"""One page of NetBox's REST API, whatever goes wrong on the way.

The token goes to the configured address and nowhere else: redirects are not followed, and of the
address of the next page only its place in the list is believed.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

TRIES = 4
LONGEST_WAIT = 60.0
MOST_BYTES = 32 * 1024 * 1024
PAGE = 100
AGAIN = frozenset({429, 500, 502, 503, 504})


class NetBoxError(Exception):
    """NetBox could not be asked; the words say why, and what would mend it."""


class _Passing(NetBoxError):
    """It may go better the next time; ``wait`` is what the server asked for, in seconds."""

    def __init__(self, words: str, wait: float | None = None) -> None:
        super().__init__(words)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Page:
    """Some objects, and where the next ones begin; None after the last."""

    results: list[dict[str, Any]]
    following: int | None


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Nowhere: the token must not travel."""
        return


@dataclass(frozen=True, slots=True)
class Client:
    url: str
    token: str
    filters: str = ""
    seconds: float = 30
    sleep: Callable[[float], object] = time.sleep

    def page(self, path: str, offset: int, *, filtered: bool = True) -> Page:
        """The page that begins at ``offset``, asked again where that may help."""
        query = [*(parse_qsl(self.filters) if filtered else ()), ("limit", str(PAGE))]
        query += [("offset", str(offset)), ("ordering", "id")]
        address = f"{self.url.rstrip('/')}/api/{path}/?{urlencode(query)}"
        for left in reversed(range(TRIES)):
            try:
                return _page(self._get(address), offset)
            except _Passing as problem:
                if not left:
                    raise NetBoxError(f"{problem} ({TRIES} tries)") from None
                wait = 2.0 ** (TRIES - left - 1) if problem.wait is None else problem.wait
                self.sleep(min(wait, LONGEST_WAIT))
        raise AssertionError("unreachable")

    def _get(self, address: str) -> Any:
        kind = "Bearer" if self.token.startswith("nbt_") else "Token"
        headers = {
            "Authorization": f"{kind} {self.token}",
            "Accept": "application/json",
            "User-Agent": "Twiceshy",
        }
        if urlsplit(address).scheme not in ("http", "https"):
            raise NetBoxError("NETBOX_URL should begin with https:// or http://.")
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 (checked above)
        opener = urllib.request.build_opener(_Stay)
        try:
            with opener.open(request, timeout=self.seconds) as answer:
                body = answer.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from None
        except (OSError, HTTPException) as error:  # refused, timed out, cut off half-way
            why = getattr(error, "reason", None) or error
            raise _Passing(f"NetBox did not answer: {why or type(error).__name__}.") from None
        except ValueError:
            raise NetBoxError(
                "NETBOX_URL is no address; write https://netbox.example.net."
            ) from None
        if len(body) > MOST_BYTES:
            raise NetBoxError(f"NetBox sent more than {MOST_BYTES:,} bytes for one page.")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise _Passing("NetBox sent half a page, or something that is no JSON.") from None


def _refusal(error: urllib.error.HTTPError) -> NetBoxError:
    if error.code in AGAIN:
        wait = error.headers.get("Retry-After", "")
        seconds = float(wait) if wait.isdecimal() else None
        return _Passing(f"NetBox answered {error.code}.", seconds)
    if error.code in (401, 403):
        return NetBoxError(
            f"NetBox answered {error.code}: the token in NETBOX_TOKEN is not valid, or may not "
            "read devices, virtual machines and sites."
        )
    if 300 <= error.code < 400:
        where = urlsplit(error.headers.get("Location", ""))
        return NetBoxError(
            f"NetBox answered with a redirect to {where.scheme}://{where.netloc}, which is not "
            "followed with a token. Set NETBOX_URL to the address it is really at."
        )
    if error.code == 404:
        return NetBoxError("There is no NetBox API at NETBOX_URL (404).")
    return NetBoxError(f"NetBox answered {error.code}.")


def _page(raw: Any, offset: int) -> Page:
    results = raw.get("results") if isinstance(raw, dict) else None
    if not isinstance(results, list):
        raise NetBoxError("The answer has no list of results; is NETBOX_URL a NetBox?")
    following = raw.get("next")
    if not following or not results:
        return Page(results, None)
    said = parse_qs(urlsplit(str(following)).query).get("offset", [""])[0]
    # A server may give smaller pages than were asked for; it never leads back.
    place = int(said) if said.isdecimal() else offset + len(results)
    return Page(results, max(place, offset + 1))
