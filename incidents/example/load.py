"""Loading the example: four hundred days lived through in the order they happened.

Everything comes in by the doors a user has: reports are read and ingested, texts are written by
the rules of their rooms, and the fleet is judged as of each Monday, so that flags, their history
and the plot of 26 weeks are made and not painted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.db import transaction

from incidents.example import story
from incidents.example.fleet import (
    CONTROLLER_DIED,
    DAVID_BACKED_UP,
    FLEET,
    MACHINES,
    SITE,
    Machine,
    reports,
)
from incidents.facts.errors import FactsError
from incidents.facts.readers import read
from incidents.hosts import register, upkeep
from incidents.hosts.ingest import ingest_many
from incidents.hosts.models import Host, HostStatus, RedundancyGroup, Service, Site
from incidents.patterns import acts, judge, weekly
from incidents.patterns.models import Flag, FlagState, Pattern
from incidents.records import actions, lessons, timeline, writing
from incidents.records.models import Incident, Lesson
from incidents.records.shipped import read_lesson
from kb.accounts.models import Team
from kb.outbox.models import OutboxRow
from kb.wiki import pages
from kb.wiki.models import Page

WEEKS = 27
FIRST = 400
REBUILT = CONTROLLER_DIED - 1.2


class AlreadyLoaded(Exception):
    """The example is there, or a host of the team has the name of one of its hosts."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens so many days before today."""

    days_ago: float
    happen: Callable[[], None]


@transaction.atomic
def load(now: datetime, say: Callable[[str], None] = lambda words: None) -> None:
    """Load all of it or nothing.  Raises ``AlreadyLoaded``."""
    names = {machine.name for machine in MACHINES}
    taken = Host.objects.filter(name__in=names).order_by("name").first()
    if taken is not None:
        why = "The example is loaded" if taken.example else f"A host called {taken.name} is yours"
        raise AlreadyLoaded(f"{why}; nothing was changed.")
    first = OutboxRow.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    _Story(now).live(say)
    _tidy_outbox(first)


class _Story:
    def __init__(self, now: datetime) -> None:
        self.now = now.replace(microsecond=0)
        self.teams: dict[str, Team] = {}
        self.site: Site

    def live(self, say: Callable[[str], None]) -> None:
        self.prepare()
        events = sorted(self.events(), key=lambda event: -event.days_ago)
        for number, event in enumerate(events, start=1):
            event.happen()
            if number % 20 == 0 or number == len(events):
                say(f"The example: {number} of {len(events)} days")

    def at(self, days_ago: float) -> datetime:
        return self.now - timedelta(days=days_ago)

    def prepare(self) -> None:
        for slug, name in (("platform", "Platform"), ("web", "Web")):
            self.teams[slug], _ = Team.objects.get_or_create(
                slug=slug, defaults={"name": name, "example": True}
            )
        self.site = register.create(
            Site(
                slug=SITE,
                name="London hosting centre",
                address="Unit 4, a long way from any shop, London",
                notes="Loud and cold; the lift holds one. The page [[visit]] has the packing list.",
                example=True,
            ),
            by=None,
        ).current
        for slug, text in story.lessons().items():
            told = read_lesson(slug, text)
            lessons.create_lesson(
                by=None,
                title=told.title,
                statement=told.statement,
                slug=slug,
                why=told.why,
                example=True,
                review_by=(self.now + timedelta(days=9)).date() if slug == "pack-a-lunch" else None,
            )

    def events(self) -> list[Event]:
        weeks = [7.0 * week + 0.1 for week in range(WEEKS, -1, -1)]
        found = [Event(days, lambda d=days: self.monday(d)) for days in weeks]  # type: ignore[misc]
        found += [
            Event(FIRST, lambda: self.gather(FIRST)),
            Event(FIRST - 1, self.pair),
            Event(299, self.second_service),
            Event(REBUILT, lambda: self.gather(REBUILT)),
            Event(REBUILT - 0.1, lambda: self.judge(REBUILT - 0.1)),
            Event(DAVID_BACKED_UP, lambda: self.gather(DAVID_BACKED_UP)),
            Event(DAVID_BACKED_UP - 0.1, lambda: self.judge(DAVID_BACKED_UP - 0.1)),
            Event(story.ACCEPTED.days_ago, self.accept),
            Event(0.08, self.write_pages),
            Event(0.05, lambda: self.gather(0.08)),
            Event(0.04, lambda: self.judge(0.04)),
        ]
        found += [Event(k.days_ago, lambda k=k: self.keep(k)) for k in story.UPKEEP]  # type: ignore[misc]
        found += [
            Event(t.days_ago - 2.5, lambda t=t: self.write(t))  # type: ignore[misc]
            for t in story.incidents()
        ]
        found += [
            Event(m.first_seen - 0.5, lambda m=m: self.gather(m.first_seen, [m]))  # type: ignore[misc]
            for m in FLEET
            if m.first_seen != FIRST
        ]
        return found

    # --- facts ---

    def monday(self, days_ago: float) -> None:
        self.gather(days_ago)
        self.judge(days_ago)
        weekly.write(self.at(days_ago))

    def gather(self, days_ago: float, machines: list[Machine] | None = None) -> None:
        """Take in what the tools say on a day: of every machine the first, then the second …"""
        arrived_at = self.at(days_ago)
        said = [
            [
                (machine, report)
                for told in reports(machine, days_ago, self.now)
                for report in read(told.envelope, arrived_at=arrived_at)
            ]
            for machine in machines or MACHINES
        ]
        for wave in zip_longest(*said):
            told_by = [one for one in wave if one is not None]
            taken = ingest_many([report for _, report in told_by], arrived_at=arrived_at)
            for (machine, _), done in zip(told_by, taken, strict=True):
                if isinstance(done, FactsError):
                    raise done
                if done.created:
                    self.introduce(machine, arrived_at)

    def introduce(self, machine: Machine, at: datetime) -> None:
        """Say of a host what no tool reports."""
        host = Host.objects.get(name=machine.name)
        Host.objects.filter(pk=host.pk).update(example=True, created_at=at, updated_at=at)
        register.save(
            host,
            expected=host.revision,
            by=None,
            changes={
                "kind": machine.kind,
                "environment": machine.environment,
                "role": machine.role,
                "criticality": machine.criticality,
                "stateful": machine.stateful,
                "site": self.site,
                "rack": "R2" if machine.kind == "physical" else "",
                "owner": self.teams[machine.owner],
                "tags": list(machine.tags),
                "parent": Host.objects.filter(name=machine.parent).first(),
            },
            comment="First seen",
        )

    def judge(self, days_ago: float) -> None:
        hosts = Host.objects.filter(example=True, status=HostStatus.ACTIVE).order_by("pk")
        judge.judge_only(
            list(hosts.values_list("pk", flat=True)), now=self.at(days_ago), cause="sweep"
        )
        acts.end_waivers(self.at(days_ago))

    # --- the register ---

    def pair(self) -> None:
        register.create(
            RedundancyGroup(
                slug="big-system",
                name="The pair of the big system",
                kind="active-active",
                min_members=1,
                notes="Web is balanced over both; of the two databases one is master, one slave.",
                example=True,
            ),
            by=None,
            relations={"members": ["david", "robert"]},
        )
        register.create(
            Service(
                slug="big-system",
                name="The big system",
                criticality="critical",
                owner=self.teams["platform"],
                needs_hosts=1,
                load_balanced=True,
                runbook="/pages/swapping/",
                example=True,
            ),
            by=None,
            relations={"hosts": ["david", "robert"]},
        )

    def second_service(self) -> None:
        register.create(
            Service(
                slug="new-php-system",
                name="The new PHP system",
                criticality="high",
                owner=self.teams["web"],
                needs_hosts=1,
                load_balanced=False,
                example=True,
            ),
            by=None,
            relations={"hosts": ["robert.php"]},
        )

    def keep(self, kept: story.Kept) -> None:
        model: Any = {"host": Host, "group": RedundancyGroup}[kept.of]
        key = {"host": "name", "group": "slug"}[kept.of]
        for name in kept.subjects:
            record = upkeep.record(
                model.objects.get(**{key: name}),
                kept.kind,
                by=None,
                result=kept.result,
                happened_at=self.at(kept.days_ago),
                note=kept.note,
            )
            type(record).objects.filter(pk=record.pk).update(example=True)

    # --- stories ---

    def write(self, told: story.Told) -> None:
        fields = dict(told.fields)
        times = {f"{name}_at": told.at(at, self.now) for name, at in fields.pop("times").items()}
        written_at = self.at(told.days_ago - 1)
        incident = writing.create_incident(
            by=None,
            relations={
                "hosts": told.hosts,
                "services": told.services,
                "factors": told.factors,
                "lessons": self.known(told.lessons),
                "patterns": told.patterns,
            },
            **(fields | times),
            created_at=written_at,
            updated_at=written_at,
            example=True,
        )
        for line in told.timeline:
            words = line | {"at": told.at(line["at"], self.now)}
            timeline.add_line(incident, by=None, **words)
        for action in told.actions:
            self.act(incident, dict(action), written_at)

    def known(self, slugs: list[str]) -> list[str]:
        return list(Lesson.objects.filter(slug__in=slugs).values_list("slug", flat=True))

    def act(self, incident: Incident, action: dict[str, Any], at: datetime) -> None:
        due_in = action.pop("due_in", None)
        verified_by = action.pop("verified_by", None)
        actions.create_action(
            by=None,
            now=at,
            incident=incident,
            team=self.teams["platform"],
            due=(self.now + timedelta(days=due_in)).date() if due_in is not None else None,
            verified_by=Pattern.objects.filter(slug=verified_by).first() if verified_by else None,
            example=True,
            created_at=at,
            updated_at=at,
            **action,
        )

    def accept(self) -> None:
        told = story.ACCEPTED
        self.judge(told.days_ago)
        flag = Flag.objects.filter(
            host__name=told.host, pattern__slug=told.pattern, state=FlagState.OPEN
        ).first()
        if flag is not None:
            acts.accept(
                flag,
                by=None,
                until=self.at(told.days_ago - told.for_days),
                because=told.because,
                now=self.at(told.days_ago),
            )

    def write_pages(self) -> None:
        for slug, (title, body) in story.pages().items():
            if not Page.objects.filter(slug=slug).exists():
                pages.create_page(
                    by=None,
                    title=title,
                    slug=slug,
                    body=body,
                    is_runbook=True,
                    owner=self.teams["platform"],
                    review_by=(self.now + timedelta(days=120)).date(),
                    example=True,
                )


def _tidy_outbox(first: int) -> None:
    """Of what the replay posted keep one line for each thing to index; all has been judged."""
    posted = OutboxRow.objects.filter(pk__gt=first)
    posted.exclude(topic="index").delete()
    keep: dict[str, int] = dict(posted.values_list("key", "pk"))
    posted.exclude(pk__in=keep.values()).delete()
