"""What ``/metrics`` tells Prometheus: each room registers its own numbers in ``metrics.py``.

Numbers are read from the database when they are asked for, so every web process says the same.
"""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from kb.web.registry import Registry

PREFIX = "twiceshy_"
metrics: Registry[Callable[[], Iterable[GaugeMetricFamily]]] = Registry("metrics")


def gauge(
    name: str, help_: str, labels: Iterable[str], values: Iterable[tuple[Iterable[object], float]]
) -> GaugeMetricFamily:
    """A gauge with its samples: (values of the labels, number) each."""
    family = GaugeMetricFamily(PREFIX + name, help_, labels=list(labels))
    for said, value in values:
        family.add_metric([str(one) for one in said], value)
    return family


class FromRooms(Collector):
    """All that the rooms tell, asked anew at every scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for tell in metrics:
            yield from tell()
