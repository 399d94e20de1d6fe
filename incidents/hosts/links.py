"""``@robert`` leads to a host; ``[[service:…]]``, ``[[site:…]]`` and ``[[group:…]]`` to theirs."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.http import urlencode

from incidents.hosts.models import RedundancyGroup, Service, Site
from incidents.hosts.names import hosts_by_name
from kb.accounts.models import User
from kb.wiki.links import LinkKind, Resolve, Target, link_targets


def _hosts(keys: Iterable[str], user: User) -> dict[str, Target]:
    """By the names they bear, and by those they bore before."""
    if not user.is_active:
        return {}
    return {
        key: Target(reverse("hosts:detail", args=[host.name]), host.name)
        for key, host in hosts_by_name(keys).items()
    }


def _new_host(key: str) -> str:
    return f"{reverse('hosts:new')}?{urlencode({'name': key})}"


def _by_slug(model: type[Site] | type[Service] | type[RedundancyGroup], kind: str) -> Resolve:
    def resolve(keys: Iterable[str], user: User) -> dict[str, Target]:
        found = model.objects.visible_to(user).filter(slug__in=keys).values_list("slug", "name")
        return {slug: Target(reverse(f"hosts:{kind}", args=[slug]), name) for slug, name in found}

    return resolve


link_targets.register("host", LinkKind(_hosts, _new_host))
link_targets.register("site", LinkKind(_by_slug(Site, "site")))
link_targets.register("service", LinkKind(_by_slug(Service, "service")))
link_targets.register("group", LinkKind(_by_slug(RedundancyGroup, "group")))
