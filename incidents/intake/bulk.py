"""``POST /api/v1/facts/``: many hosts in one body, a result for every row, whatever the others do.

The body is NDJSON or a JSON array, in any known format, and is read as it comes in: memory does not
grow with the number of hosts.  Rows are stored by the dozen, the first of them judged at once and
the rest in the background.  Sent again, a report
changes nothing, so a client that lost the answer simply sends it all again; with an
``Idempotency-Key`` it gets the first answer without any work.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO, Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from incidents.facts.bounds import MAX_BYTES
from incidents.facts.errors import FactsError
from incidents.facts.readers import FORMATS, Report, read, read_rows, table
from incidents.hosts.again import Again
from incidents.intake.reading import CHUNK, Body, fingerprint, read_or_recognise
from incidents.intake.rows import Malformed, RowTooLong, rows
from incidents.intake.take import Taken, take_many, taken_back
from kb.accounts import idempotency
from kb.accounts.models import User
from kb.web.problems import FieldError, Problem

READ = 64 * 1024
NDJSON = "application/x-ndjson"
YES = ("1", "true", "yes")


class Stream(BaseParser):
    """The body as it comes in, unread."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: Any = None, context: Any = None) -> Any:
        return stream


class Lines(JSONRenderer):
    """So that whoever accepts only NDJSON is let in; refusals are JSON all the same."""

    media_type = NDJSON
    format = "ndjson"


@dataclass(slots=True)
class Tally:
    """What became of the rows so far."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    refused: int = 0
    digest: Any = None


@dataclass(frozen=True, slots=True)
class Asked:
    """How the rows are to be understood, and what is to be done with them."""

    format: str = "auto"
    source: str | None = None
    dry_run: bool = False
    overwrite: bool = False
    columns: dict[str, str] | None = None
    table: bool = False
    by: User | None = None


class FactsOfMany(APIView):
    """The door for reports about many hosts."""

    parser_classes = [Stream]
    renderer_classes = [JSONRenderer, Lines]

    @extend_schema(
        request={NDJSON: OpenApiTypes.OBJECT, "application/json": OpenApiTypes.OBJECT},
        responses={200: OpenApiTypes.OBJECT},
        parameters=[
            OpenApiParameter("format", str, description=f"auto, {', '.join(FORMATS)}"),
            OpenApiParameter("source", str, description="who says it; default: the format's name"),
            OpenApiParameter("dry_run", bool, description="say what would change; store nothing"),
            OpenApiParameter(
                "column", str, many=True, description="of a CSV list: HEADING=MEANING, repeatable"
            ),
            OpenApiParameter(
                "overwrite", bool, description="a CSV list wins over what people wrote down"
            ),
            OpenApiParameter("Idempotency-Key", str, location="header"),
        ],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Tell facts about many hosts; one bad row spoils nothing else."""
        key = request.headers.get(idempotency.HEADER, "")
        said, tally = request.query_params, Tally(digest=hashlib.sha256() if key else None)
        chunks = _chunks(cast(IO[bytes], request.data), tally)
        if key and (kept := idempotency.find(_user(request), key)):
            return _replay(kept, request, chunks, tally)
        format_ = said.get("format", "auto")
        if format_ not in ("auto", *FORMATS):
            known = ", ".join(sorted(FORMATS))
            raise Problem(
                400, f"There is no format {format_!r}.", [FieldError("/format", f"Use {known}.")]
            )
        asked = Asked(
            format_,
            said.get("source") or None,
            dry_run=said.get("dry_run", "") in YES,
            overwrite=said.get("overwrite", "") in YES,
            columns=_columns(said.getlist("column")),
            table="text/csv" in (request.content_type or "") or format_ == table.NAME,
            by=_user(request),
        )
        lines = _lines(chunks, tally, asked)
        if _wants_lines(request) and not key:
            return StreamingHttpResponse(lines, content_type=NDJSON)
        response = _whole(lines, _wants_lines(request))
        if key:
            _keep(request, key, tally, response)
        return response


def _wants_lines(request: Request) -> bool:
    """NDJSON for whoever asks for it, and for whoever sends it and does not mind."""
    accepts = request.headers.get("Accept", "*/*")
    if NDJSON in accepts:
        return True
    return NDJSON in (request.content_type or "") and "application/json" not in accepts


def _chunks(stream: IO[bytes] | None, tally: Tally) -> Iterator[bytes]:
    while stream is not None and (chunk := stream.read(READ)):
        if tally.digest is not None:
            tally.digest.update(chunk)
        yield chunk


def _columns(said: list[str]) -> dict[str, str] | None:
    """What was said of columns; None leaves it to the headings."""
    found = {}
    for one in said:
        heading, sign, meaning = one.rpartition("=")
        if not sign or not heading:
            raise Problem(
                400,
                f"{one!r} says nothing of a column.",
                [FieldError("/column", "Write HEADING=MEANING, such as Hostname=name.")],
            )
        found[heading] = meaning
    return found or None


def _lines(chunks: Iterable[bytes], tally: Tally, asked: Asked) -> Iterator[bytes]:
    """A line of JSON for every row, and one with the sums at the end."""
    for result in results(chunks, tally, asked):
        yield json.dumps(result, ensure_ascii=False).encode() + b"\n"
    summary = {name: getattr(tally, name) for name in ("rows", "created", "changed", "refused")}
    yield json.dumps({"summary": summary}).encode() + b"\n"


def results(chunks: Iterable[bytes], tally: Tally, asked: Asked) -> Iterator[dict[str, Any]]:
    """What became of each report, in the order of the rows.

    The first dozens are judged at once, as long as ``settings.JUDGE_SECONDS`` last for all of them
    together; whoever sends a whole fleet need not wait for its flags, the background has them.
    """
    waiting, left = _reports(chunks, tally, asked), settings.JUDGE_SECONDS
    while batch := list(islice(waiting, CHUNK)):
        reports = [one for _, one in batch if not isinstance(one, FactsError)]
        begun = time.monotonic()
        taken = _take(reports, asked, judge=left > 0) if reports else []
        left -= time.monotonic() - begun
        done = iter(taken)
        for row, one in batch:
            yield _result(row, one if isinstance(one, FactsError) else next(done), tally)


def _take(reports: list[Report | Again], asked: Asked, *, judge: bool) -> list[Taken | FactsError]:
    with taken_back() if asked.dry_run else nullcontext():
        return take_many(
            reports,
            arrived_at=timezone.now(),
            judge=judge,
            by=asked.by,
            overwrite=asked.overwrite,
        )


def _listed(
    chunks: Iterable[bytes], tally: Tally, asked: Asked
) -> Iterator[tuple[int, Report | FactsError]]:
    """The lines of a CSV list, which is read whole: it is bounded like any report."""
    body = bytearray()
    for chunk in chunks:
        if len(body) <= MAX_BYTES:
            body += chunk
    now = timezone.now()
    try:
        text = body.decode("utf-8-sig", "replace")
        for line, one in read_rows(
            text, arrived_at=now, mapping=asked.columns, source=asked.source
        ):
            tally.rows += 1
            yield line, one
    except FactsError as error:
        tally.rows += 1
        yield 1, error


def _reports(
    chunks: Iterable[bytes], tally: Tally, asked: Asked
) -> Iterator[tuple[int, Report | Again | FactsError]]:
    if asked.table:
        return _listed(chunks, tally, asked)
    return read_or_recognise(_bodies(chunks, tally, asked))


def _bodies(
    chunks: Iterable[bytes], tally: Tally, asked: Asked
) -> Iterator[tuple[int, Body | FactsError]]:
    said: dict[str, Any] = {"format": asked.format, "source": asked.source}
    cut = rows(chunks)
    while True:
        try:
            row = next(cut, None)
        except Malformed as problem:
            yield tally.rows + 1, FactsError(str(problem))
            return
        if row is None:
            return
        tally.rows += 1
        if isinstance(row, RowTooLong):
            yield tally.rows, FactsError(f"The row is longer than {MAX_BYTES:,} bytes.")
            continue
        whole = partial(read, row, arrived_at=timezone.now(), **said)
        yield tally.rows, Body(row, whole, fingerprint(row, **said))


def _result(row: int, done: Taken | FactsError, tally: Tally) -> dict[str, Any]:
    if isinstance(done, FactsError):
        tally.refused += 1
        errors = [{"pointer": pointer, "detail": detail} for pointer, detail in done.errors]
        return {"row": row, "ok": False, "errors": errors}
    ingested = done.ingested
    tally.created += ingested.created
    tally.changed += bool(ingested.changed or done.written)
    opened = [flag["pattern"] for flag in done.opened or []]
    resolved = [flag["pattern"] for flag in done.resolved or []]
    return {
        "row": row,
        "ok": True,
        "host": ingested.host.name,
        "created": ingested.created,
        "changed": ingested.changed,
        "flags": "pending" if done.pending else {"opened": opened, "resolved": resolved},
        "written": done.written,
        "notes": ingested.notes,
    }


def _whole(lines: Iterator[bytes], as_lines: bool) -> HttpResponse:
    if as_lines:
        return HttpResponse(b"".join(lines), content_type=NDJSON)
    *found, last = lines
    body = b'{"rows": [' + b",".join(found) + b'], "summary": '
    return HttpResponse(
        body + json.dumps(json.loads(last)["summary"]).encode() + b"}",
        content_type="application/json",
    )


def _user(request: Request) -> User:
    return cast(User, request.user)  # the permission let nobody else in


def _print(request: Request, tally: Tally) -> str:
    return idempotency.fingerprint(request.get_full_path(), tally.digest.digest())


def _keep(request: Request, key: str, tally: Tally, response: HttpResponse) -> None:
    try:
        with transaction.atomic():
            row = idempotency.claim(_user(request), key, _print(request, tally))
            idempotency.keep(row, response)
    except IntegrityError:
        pass  # the same was sent twice at once; both did the same


def _replay(kept: Any, request: Request, chunks: Iterator[bytes], tally: Tally) -> HttpResponse:
    for _ in chunks:  # only to know whether it is the same body
        pass
    return idempotency.replay(kept, _print(request, tally))
