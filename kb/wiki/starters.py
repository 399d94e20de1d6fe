"""What a new text may start from: a few of ours, and every page of the team's tagged "template"."""

from dataclasses import dataclass

from kb.accounts.models import User
from kb.wiki.models import Page

TAG = "template"


@dataclass(frozen=True, slots=True)
class Starter:
    """A choice above an empty form: ``key`` stands in the address, ``body`` in the text."""

    key: str
    name: str
    body: str
    is_runbook: bool = False


OURS = (
    Starter(
        "runbook",
        "Runbook",
        "> [!IMPORTANT]\n> When to use this, in one sentence. When not to.\n\n"
        "## Before you start\n\n- [ ] Tell the others that you are on it\n"
        "- [ ] Know which backup you would go back to, and when it was last restored\n\n"
        "## Steps\n\n1. \n2. \n3. \n\n"
        "## How you see that it worked\n\n\n\n## If it did not\n\n\n\n## Who to call\n\n",
        is_runbook=True,
    ),
    Starter(
        "service",
        "Service",
        "What it does, and for whom.\n\n## Where it runs\n\n@\n\n## What it needs\n\n\n\n"
        "## What breaks when it is down\n\n\n\n## Start, stop, check\n\n```bash\n\n```\n\n"
        "## Backups\n\nWhere they are, and when one was last restored.\n\n## Known traps\n\n",
    ),
    Starter(
        "visit",
        "Visit to a site",
        "## Why we go\n\n\n\n## To take along\n\n- [ ] Spares\n- [ ] Cables, console adapter\n"
        "- [ ] Credentials that work without the network\n- [ ] Lunch\n\n"
        "## On arrival\n\n1. \n\n## Done\n\n\n\n## For the next visit\n\n",
    ),
    Starter(
        "decision",
        "Decision",
        "## What we decided\n\n\n\n## Why\n\n\n\n## What else we looked at\n\n"
        "| choice | speaks for it | speaks against it |\n|---|---|---|\n|  |  |  |\n\n"
        "## What would make us think again\n\n",
    ),
)


def starters(user: User) -> list[Starter]:
    """Ours, then the team's own by title."""
    rows = Page.objects.visible_to(user).filter(tags__icontains=f'"{TAG}"').order_by("title")
    own = rows.values_list("slug", "title", "is_runbook")[:30]
    return [*OURS, *(Starter(f"page:{slug}", title, "", runbook) for slug, title, runbook in own)]


def starter(key: str, user: User) -> Starter | None:
    """One of them with its text; None where there is none of that key."""
    if key.startswith("page:"):
        page = Page.objects.visible_to(user).filter(slug=key.removeprefix("page:")).first()
        if page is None or TAG not in page.tags:
            return None
        return Starter(key, page.title, page.body, page.is_runbook)
    return next((one for one in OURS if one.key == key), None)
