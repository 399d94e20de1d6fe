"""What a pattern says may link, and stands in "mentioned in" of what it links to."""

import pytest
from django.core.management import call_command
from django.test import Client

from incidents.patterns import shipped
from incidents.patterns.models import Pattern
from kb.accounts.models import User
from kb.wiki import mentions, revisions
from kb.wiki.models import Link
from kb.wiki.pages import create_page
from tests.patterns.test_pattern_life import OURS
from tests.support.factories import make_flag, make_host, make_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, keeper: User) -> Client:
    client.force_login(keeper)
    return client


def written(by: User, why: str, fix: str, pattern: Pattern | None = None) -> Pattern:
    text = f"{OURS}why: '{why}'\nfix: '{fix}'\n"
    return shipped.save_pattern(text, by=by, pattern=pattern)


def test_why_and_fix_link_and_are_mentions(page: Client, keeper: User) -> None:
    host, incident = make_host("robert"), make_incident("The disk went")
    rack = create_page(by=None, title="The rack")
    pattern = written(keeper, f"It bit @robert in #{incident.pk}.", "Open [[The rack]].")
    flag = make_flag(pattern, host)
    revisions.save(rack, expected=1, by=None, changes={"title": "The cage"})
    for address in ("/patterns/bad-disk/", f"/flags/{flag.pk}/"):
        said = page.get(address).content.decode()
        assert "@robert</a>" in said
        assert f'href="/incidents/{incident.pk}/"' in said
        assert 'href="/pages/the-rack/"' in said  # as it was meant, whatever it is called now
    for address in ("/hosts/robert/", f"/incidents/{incident.pk}/", "/pages/the-rack/"):
        said = page.get(address).content.decode()
        assert "Mentioned in" in said, address
        assert '<a href="/patterns/bad-disk/">A bad disk</a>' in said
    written(keeper, "It bites.", "Look.", pattern)
    assert not mentions.mentions_of("page", rack, keeper)


def test_links_can_be_read_again(keeper: User) -> None:
    host = make_host("robert")
    written(keeper, "It bit @robert.", "Look.")
    Link.objects.all().delete()
    call_command("rebuild_links", verbosity=0)
    (one,) = mentions.mentions_of("host", host, keeper)
    assert (one.kind, one.target.title) == ("Pattern", "A bad disk")
