"""Run by test_race.py in a process of its own: many authors who save one page at once.

``python -m tests.wiki.race AUTHORS`` migrates the database of DATABASE_URL.  Every author starts
from the same first revision; three of four write in a paragraph of their own, the others in one
they share.  Who
is told of a conflict reads the newest text and writes into that, until it is saved.  Prints, as
JSON, what was promised and what is on record.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

AT_ONCE = 16


def main(authors: int) -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from kb.wiki import revisions
    from kb.wiki.models import KeptText, Page, SavedState
    from kb.wiki.pages import create_page

    call_command("migrate", verbosity=0)
    shared = "What everybody changes."
    own = [f"Paragraph {n}." for n in range(authors)]
    page = create_page(by=None, title="Page", body="\n\n".join([shared, *own]))
    first = Page.objects.get(pk=page.pk)
    connections.close_all()

    def write(n: int) -> dict[str, Any]:
        from django.contrib.auth import get_user_model

        by = get_user_model().objects.create(username=f"author-{n}")
        text, expected, clashes = first.body, 1, 0
        mark = f"mark{n:03}"
        try:
            while True:
                place = own[n] if n % 4 else text.split("\n\n")[0]
                changed = text.replace(place, f"{place} {mark}", 1)
                outcome = revisions.save(first, expected=expected, by=by, changes={"body": changed})
                if isinstance(outcome, revisions.Saved):
                    break
                clashes += 1
                text, expected = outcome.current.body, outcome.current.revision
            return {"mark": mark, "revision": outcome.revision, "clashes": clashes,
                    "merged": len(outcome.merged)}  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = list(pool.map(write, range(authors)))
    bodies = {}
    for state in SavedState.objects.filter(object_id=page.pk):
        held = revisions.state_at(page, state.number)
        assert held is not None
        bodies[state.number] = held["body"]
    newest = Page.objects.get(pk=page.pk)
    json.dump(
        {
            "saved": len(told),
            "clashes": sum(one["clashes"] for one in told),
            "merged": sum(1 for one in told if one["merged"]),
            "kept": KeptText.objects.count(),
            "revisions": sorted(bodies) == list(range(1, authors + 2)),
            "told wrongly": [
                one["mark"] for one in told if one["mark"] not in bodies[one["revision"]]
            ],
            "lost": [one["mark"] for one in told if one["mark"] not in newest.body],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
    main(int(sys.argv[1]))
