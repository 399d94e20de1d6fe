"""``services``: what runs on a host or inside it; absent while nothing was ever recorded there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.hosts.models import Host, Service
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.relatives import Relatives

from . import each_once, known


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    around = context.relatives
    found = {}
    for host in hosts:
        if here := around.services_on(host.pk):
            found[host.pk] = [_service(around.services[pk], around) for pk in here]
    return found


def _service(service: Service, around: Relatives) -> dict[str, Any]:
    carriers = [pk for pk in around.carriers_of[service.pk] if around.hosts[pk].active]
    return {
        **known(
            name=service.slug,
            criticality=service.criticality,
            needs_hosts=service.needs_hosts,
            load_balanced=service.load_balanced,
            runbook=service.runbook,
            owner=service.owner.slug if service.owner else None,
        ),
        "fine_alone": service.fine_alone,
        "hosts": [around.hosts[pk].name for pk in carriers],
        "machines": each_once([around.hosts[around.outermost(pk)].name for pk in carriers]),
    }
