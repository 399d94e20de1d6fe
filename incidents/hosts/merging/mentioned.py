"""What texts mean by the name of a record that was merged, while it is and when it is parted again.

Links are kept by id and move with everything else.  But a text that is saved in between names the
lost record, and means the kept one: parted, it means the lost one again.
"""

from incidents.hosts.merges import HostMerge
from incidents.hosts.merging.journal import Journal
from incidents.hosts.models import Host
from kb.wiki.models import Link


def remember(kept: Host, lost: Host, journal: Journal) -> None:
    """Which texts meant the kept record by the other's name before: it had been called so once."""
    rows = Link.objects.filter(kind="host", target_id=kept.pk, name=lost.name, stated=False)
    if pairs := sorted(set(rows.values_list("content_type_id", "object_id"))):
        journal.stay(Link, [list(pair) for pair in pairs])


def give_back(done: HostMerge) -> None:
    """What was written since, by the lost record's name, means that record."""
    stays = {
        tuple(pair)
        for step in done.journal
        if step["did"] == "stay" and step["model"] == Link._meta.label_lower
        for pair in step["rows"]
    }
    rows = Link.objects.filter(
        kind="host", target_id=done.kept_id, name=done.lost_name, stated=False
    )
    back = [
        pk for pk, *pair in rows.values_list("pk", "content_type_id", "object_id")
        if tuple(pair) not in stays
    ]  # fmt: skip
    Link.objects.filter(pk__in=back).update(target_id=done.lost_id)
