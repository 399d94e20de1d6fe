"""Teams: the rule behind the page and the API."""

from collections.abc import Callable

from django.db import transaction

from kb.accounts.models import Team
from kb.web.registry import Registry

#: What a higher room does, inside the transaction, when the team of this key is called otherwise.
renamed: Registry[Callable[[int], None]] = Registry("what follows a team's name")


@transaction.atomic
def save(write: Callable[[], Team], pk: int | None) -> Team:
    """Write a team, new or the one of this key; what bears its name follows where it changed."""
    there = Team.objects.select_for_update().filter(pk=pk or 0)
    before = there.values_list("slug", "name").first()
    team = write()
    if before is not None and before != (team.slug, team.name):
        for follow in renamed:
            follow(team.pk)
    return team
