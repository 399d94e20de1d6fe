"""Things that are columns and one long text, as a file with front matter, and back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import frontmatter
import yaml
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import slugify

from kb.accounts.models import Team, User
from kb.transfer.incoming import CHANGED, NEW, SAME, Arriving, Broken, known, plain, remember
from kb.wiki import revisions
from kb.wiki.models import Revisioned
from kb.wiki.pages import free_slug
from kb.wiki.revisions import Saved
from kb.wiki.tracking import carried, tracked

_TITLE = re.compile(r"\A\s*# +([^\n]+?)[ \t#]*\n")
_OWN = frozenset({"form", "slug", "created_at", "revision"})


@dataclass(frozen=True, slots=True)
class Written:
    """``text`` is the column that stands below the front matter; ``create(by=…, **fields)`` and
    ``revisions.save`` are how one is stored.
    """

    kind: str
    model: type[Revisioned]
    text: str
    create: Callable[..., Any]

    @property
    def form(self) -> str:
        return f"twiceshy {self.kind} 1"


def write(spec: Written, obj: Any, rest: dict[str, Any]) -> str:
    """The file of a thing, with what its own file once said besides."""
    head: dict[str, Any] = {"form": spec.form, "slug": obj.slug}
    entry = tracked(spec.model)
    for name in entry.fields:
        value = getattr(obj, name)
        if name not in (spec.text, "deleted_at", "slug") and value not in (None, "", [], {}, False):
            head[name] = _natural(value)
    for name, links in entry.own_links.items():
        if value := links.read(obj):
            head[name] = value
    head |= {"created_at": obj.created_at, "revision": obj.revision}
    head = head | {name: value for name, value in rest.items() if name not in head}
    return page(head, getattr(obj, spec.text))


def page(head: dict[str, Any], text: str) -> str:
    """Front matter and what stands below it."""
    front = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{front}---\n\n{text}\n"


def _natural(value: Any) -> Any:
    if isinstance(value, Team):
        return value.slug
    if isinstance(value, User):
        return value.username
    if isinstance(value, models.Model):
        return getattr(value, "slug", None) or str(value.pk)
    return value


def split(text: str) -> tuple[dict[str, Any], str]:
    """Front matter and text.  Raises ``Broken`` where it cannot be read."""
    try:
        head, body = frontmatter.parse(text)
    except (yaml.YAMLError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise Broken(f"The front matter between the lines of --- is no YAML: {said}") from None
    if not isinstance(head, dict):
        raise Broken("The front matter must be a list of names with their values.")
    return {str(name): value for name, value in head.items()}, body


def slug_for(path_name: str, text: str) -> str:
    """Under which address a file will stand, as far as the file alone says."""
    try:
        head, _ = split(text)
    except Broken:
        head = {}
    return slugify(str(head.get("slug") or path_name.replace("/", " ")))[:120] or "untitled"


def take(spec: Written, arriving: Arriving) -> None:
    """Store one file as a thing of this kind; the same file again changes nothing."""
    head, body = split(arriving.text)
    ours = head.get("form") == spec.form
    slug = slug_for(arriving.name, arriving.text)
    key = f"{spec.kind}:{slug}"
    rows: Any = spec.model._default_manager
    there = known(key, spec.model)
    if there is None and ours:
        there = rows.filter(slug=slug).first()
    title, body = _title(head, body, arriving)
    fields, rest = _fields(spec, head, arriving)
    texts, files = arriving.with_files({spec.text: body}, there)
    fields |= {"title": title, spec.text: texts[spec.text]}
    if there is None:
        if ours and isinstance(made := head.get("created_at"), datetime):
            fields["created_at"] = made
        free = not rows.filter(slug=slug).exists() and slug != "new"
        obj = spec.create(
            by=arriving.by, slug=slug if free else free_slug(spec.model, slug), **fields
        )
        if not free:
            arriving.note(f"the address {slug} is taken, so it stands at {obj.slug}")
        if files:
            _save(spec, obj, arriving, {}, files)
        arriving.result.state = NEW
    else:
        obj = there
        arriving.result.state = _save(spec, obj, arriving, fields | {"deleted_at": None}, files)
    remember(key, obj, rest)
    arriving.result.key = f"{spec.kind}:{obj.slug}"


def _save(
    spec: Written, obj: Any, arriving: Arriving, fields: dict[str, Any], files: list[str]
) -> str:
    current = spec.model._default_manager.select_for_update().get(pk=obj.pk)
    outcome = revisions.save(
        current,
        expected=current.revision,
        by=arriving.by,
        changes=fields,
        relations={"attachments": files} if "attachments" in carried else {},
        comment=f"Imported from {arriving.path.name}",
    )
    assert isinstance(outcome, Saved)
    return CHANGED if outcome.changed else SAME


def _title(head: dict[str, Any], body: str, arriving: Arriving) -> tuple[str, str]:
    """From the front matter, the first heading (which then stands above the page), or the name."""
    found = _TITLE.match(f"{body}\n")
    if head.get("title"):
        title = str(head["title"])
    elif found:
        title, body = found[1], body[found.end() :].lstrip("\n")
    else:
        title = arriving.path.stem.replace("-", " ").replace("_", " ").strip().capitalize()
    title = " ".join(title.split())
    if len(title) > 200:
        arriving.note("its title was cut at 200 characters")
    return title[:200] or "Untitled", body


def _fields(
    spec: Written, head: dict[str, Any], arriving: Arriving
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of the front matter has a place here, and the rest."""
    fields: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    names = set(tracked(spec.model).fields) - {spec.text, "title", "deleted_at", "slug"}
    for name, value in head.items():
        if name in _OWN or name == "title":
            continue
        if name not in names:
            rest[name] = value
            continue
        try:
            fields[name] = _value(spec, name, value)
        except (ValueError, TypeError, FieldDoesNotExist):
            arriving.note(f"{name}: {value!r} means nothing here, and was kept beside")
            rest[name] = value
    return fields, plain(rest)


def _value(spec: Written, name: str, value: Any) -> Any:
    column: Any = spec.model._meta.get_field(name)
    if isinstance(column, models.ForeignKey):
        model: Any = column.related_model
        natural = {Team: "slug", User: "username"}.get(model, "slug")
        found = model._default_manager.filter(**{natural: str(value)}).first()
        if found is None:
            raise ValueError(value)
        return found
    if isinstance(column, models.JSONField) and name == "tags":
        words = value.split(",") if isinstance(value, str) else list(value)
        return list(dict.fromkeys(w for one in words if (w := " ".join(str(one).split())[:60])))
    if isinstance(column, models.DateField) and isinstance(value, datetime):
        return value.date() if not isinstance(column, models.DateTimeField) else value
    if isinstance(column, models.DateField) and isinstance(value, date):
        return value
    if isinstance(column, models.BooleanField):
        return str(value).lower() in ("true", "yes", "1")
    if column.choices and value not in dict(column.flatchoices):
        raise ValueError(value)
    if isinstance(column, (models.CharField, models.TextField)):
        return str(value)
    return column.to_python(value)
