"""``/metrics``: the rooms' numbers, the parts' health, and the requests of all web processes."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily

from kb.operations.readiness import ask_all
from kb.web.metrics import FromRooms, gauge, metrics

log = logging.getLogger(__name__)
BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
# Registered nowhere: each process writes its own file, and whoever is asked adds them all up.
REQUESTS = Counter(
    "twiceshy_requests", "Requests by page, method and status.", ("view", "method", "status"),
    registry=None,
)  # fmt: skip
SECONDS = Histogram(
    "twiceshy_request_seconds", "How long they took.", ("view",), buckets=BUCKETS, registry=None
)


class CountRequests:
    """Middleware: counts every request by the name of its address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        Path(settings.METRICS_DIR).mkdir(parents=True, exist_ok=True)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.view_name or "unnamed") if match else "none"
        method = request.method if request.method in _METHODS else "other"
        try:
            REQUESTS.labels(view, method, response.status_code).inc()
            SECONDS.labels(view).observe(time.perf_counter() - began)
        except OSError:  # a full disk, a folder that is gone: the page matters more
            log.exception("A request could not be counted")
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def exposition() -> bytes:
    """All of it in Prometheus' text form."""
    registry = CollectorRegistry()
    registry.register(FromRooms())
    folder = Path(settings.METRICS_DIR)
    if folder.is_dir():
        multiprocess.MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    text: bytes = generate_latest(registry)
    return text


def parts() -> Iterator[GaugeMetricFamily]:
    """What ``/readyz`` says, a number for each part."""
    yield gauge(
        "part_ok",
        "Whether a part works, as /readyz says: 1 or 0.",
        ("part",),
        [((name,), float(answer.ok)) for name, answer in ask_all().items()],
    )


metrics.register("parts", parts, rank=80)
