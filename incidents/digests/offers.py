"""The mail that somebody new is offered, and nobody is made to take."""

from incidents.digests.models import Subscription
from incidents.hosts.models import Host
from incidents.patterns.models import Severity
from kb.accounts.models import User

DECLINED = "You said no thanks."


def offer_for(user: User) -> Subscription | None:
    """What would suit this person, not stored; None where they ever decided for themselves."""
    if Subscription.objects.filter(user=user).exists():
        return None
    teams = Host.objects.filter(owner__members=user).order_by("owner__slug")
    slugs = list(teams.values_list("owner__slug", flat=True).distinct())
    return Subscription(
        user=user,
        time_zone=user.time_zone,
        least_severity=Severity.MEDIUM,
        scope={"teams": slugs} if slugs else {},
    )


def answer(user: User, *, take: bool) -> Subscription | None:
    """Take the offer or decline it; None where it was answered before."""
    offered = offer_for(user)
    if offered is None:
        return None
    offered.active = take
    offered.ended_because = "" if take else DECLINED
    offered.save()
    return offered
