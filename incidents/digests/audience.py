"""Who reads a mail, and what all of them may see."""

from incidents.digests.models import Subscription
from incidents.records.models import Incident, IncidentQuerySet, Visibility
from kb.accounts.models import User


def readers(subscription: Subscription) -> list[User]:
    """The people a subscription reaches; a team address reaches every member."""
    if subscription.user is not None:
        return [subscription.user] if subscription.user.is_active else []
    assert subscription.team is not None
    return list(subscription.team.members.filter(is_active=True))


def address(subscription: Subscription) -> str:
    """Where the mail goes; empty when nobody has told us an address."""
    who = subscription.user or subscription.team
    return who.email if who is not None else ""


def incidents_for(people: list[User]) -> IncidentQuerySet:
    """The incidents that each of ``people`` may see; of nobody, the unrestricted ones."""
    incidents = Incident.objects.filter(deleted_at=None)
    if not people:
        return incidents.filter(visibility=Visibility.EVERYONE)
    for person in people:
        incidents = incidents.filter(pk__in=Incident.objects.visible_to(person).values("pk"))
    return incidents


def visible_numbers(people: list[User], numbers: set[int]) -> set[int]:
    """Which of these incident numbers all of ``people`` may see."""
    if not numbers:
        return set()
    named = Incident.objects.filter(deleted_at=None, pk__in=numbers)
    seen = set(named.filter(visibility=Visibility.EVERYONE).values_list("pk", flat=True))
    if guarded := numbers - seen:  # rights are dear to ask for, and seldom wanted
        allowed = incidents_for(people).filter(pk__in=guarded)
        seen |= set(allowed.values_list("pk", flat=True))
    return seen
