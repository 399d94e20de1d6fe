"""Tags that every page uses: severity and verdict, times, addresses, forms.  ``{% load web %}``."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import QueryDict
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kb.web import words

register = template.Library()

SEVERITIES = ("critical", "high", "medium", "low")
VERDICTS = {
    "match": "match",
    "clear": "clear",
    "unknown": "unknown",
    "not applicable": "na",
    "not_applicable": "na",
    "broken": "broken",
}
# The states of flags, incidents, lessons, actions, sweeps and mail; the word is always shown.
STATES = {
    "open": "is-open",
    "reopened": "is-reopened",
    "pending": "is-pending",
    "proposed": "is-pending",
    "waiting": "is-pending",
    "acknowledged": "is-acknowledged",
    "review": "is-working",
    "running": "is-working",
    "sending": "is-working",
    "accepted": "is-accepted",
    "resolved": "is-over",
    "done": "is-over",
    "published": "is-over",
    "active": "is-over",
    "amended": "is-over",
    "sent": "is-over",
    "closed": "is-closed",
    "dropped": "is-closed",
    "cancelled": "is-closed",
    "retired": "is-closed",
    "dormant": "is-closed",
    "skipped": "is-closed",
    "disabled": "is-closed",
    "draft": "is-draft",
    "late": "is-late",
    "overdue": "is-late",
    "failed": "is-late",
    "restricted": "restricted",
    "example": "example",
}


def _tag(css: str, word: str) -> SafeString:
    return format_html('<span class="tag {}">{}</span>', css, word)


@register.simple_tag
def severity_tag(severity: str, words_shown: str = "") -> SafeString:
    """critical, high, medium or low; ``words_shown`` replaces the word (``end of life``)."""
    css = str(severity).lower()
    return _tag(css if css in SEVERITIES else "plain", words_shown or css)


@register.simple_tag
def verdict_tag(verdict: str) -> SafeString:
    """match, clear, unknown, not applicable or broken."""
    name = str(verdict).lower()
    return _tag(VERDICTS.get(name, "unknown"), name.replace("_", " "))


@register.simple_tag
def state_tag(state: str, words_shown: str = "") -> SafeString:
    """The state of a flag, incident, lesson, action, sweep or mail."""
    name = str(state).lower()
    return _tag(STATES.get(name, "plain"), words_shown or name.replace("_", " "))


# --- times ------------------------------------------------------------------------------------


def _now(context: Context) -> datetime:
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()


def _utc(moment: datetime) -> datetime:
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment.astimezone(UTC)


def _iso(moment: datetime) -> str:
    return _utc(moment).isoformat(timespec="seconds").replace("+00:00", "Z")


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | None, none: str = "never") -> SafeString:
    """``2 hours ago`` with the exact time in its title; ``none`` where there is no time."""
    if moment is None:
        return format_html('<span class="quiet">{}</span>', none)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        _iso(moment),
        f"{_utc(moment):%Y-%m-%d %H:%M}",
        words.ago(_utc(moment), _now(context)),
    )


@register.simple_tag
def when(moment: date | datetime | None, none: str = "–") -> SafeString:
    """A date, or a time in UTC that the browser turns into the reader's own zone."""
    if moment is None:
        return format_html('<span class="quiet">{}</span>', none)
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), day(moment))
    return format_html(
        '<time datetime="{}" data-local>{} {} UTC</time>',
        _iso(moment),
        day(_utc(moment)),
        f"{_utc(moment):%H:%M}",
    )


@register.filter
def day(moment: date | datetime | None) -> str:
    """``23 Nov 2026``; nothing where there is no date."""
    return f"{moment.day} {moment:%b %Y}" if moment else ""


@register.simple_tag(takes_context=True)
def age_days(context: Context, moment: date | datetime | None, none: str = "never") -> str:
    """Whole days since a date or time, in words: ``today``, ``1 day``, ``in 12 days``."""
    if moment is None:
        return none
    return days(words.days_between(moment, _now(context)))


@register.filter
def days(number: int | None) -> str:
    """A number of days in words: 0 ``today``, 41 ``41 days``, -3 ``in 3 days``."""
    if number is None:
        return ""
    if number == 0:
        return "today"
    return words.count(number, "day") if number > 0 else f"in {words.count(-number, 'day')}"


@register.filter
def duration(span: timedelta | None) -> str:
    """``2 h 5 min``; nothing where there is no span."""
    return words.duration(span) if span is not None else ""


@register.filter
def plain(raw: Any) -> str:
    """A fact's value as a person would say it (``words.value``)."""
    return words.value(raw)


@register.filter
def exact(raw: Any) -> str:
    """A fact's value as JSON on one line, for a title."""
    return words.as_json(raw)


# --- addresses --------------------------------------------------------------------------------


def _query(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if request else QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """This page's query string with ``changes``: None, False or "" takes a name away.

    Any change but one of ``page`` or ``cursor`` itself goes back to the first page.
    """
    query = _query(context)
    for paging in ("page", "cursor"):
        query.pop(paging, None)
    for name, wanted in changes.items():
        if wanted is None or wanted is False or wanted == "":
            query.pop(name, None)
        elif isinstance(wanted, (list, tuple)):
            query.setlist(name, [str(one) for one in wanted])
        else:
            query[name] = str(wanted)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def sort_th(context: Context, name: str, label: str, css: str = "") -> SafeString:
    """A table heading that sorts by ``?ordering=name``, and turns round when it already does."""
    current = _query(context).get("ordering", "")
    sort = {name: "ascending", f"-{name}": "descending"}.get(current, "")
    address = query_with(context, ordering=f"-{name}" if sort == "ascending" else name)
    state = format_html(' aria-sort="{}"', sort) if sort else ""
    shape = format_html(' class="{}"', css) if css else ""
    return format_html('<th scope="col"{}{}><a href="{}">{}</a></th>', shape, state, address, label)


@register.simple_tag(takes_context=True)
def nav_link(context: Context, name: str, label: str, keys: str = "") -> SafeString:
    """A place in the masthead: current on its page and below; no address, no link."""
    try:
        address = reverse(name)
    except NoReverseMatch:
        return SafeString("")
    request = context.get("request")
    path = request.path if request else ""
    current = SafeString("")
    if path == address:
        current = SafeString(' aria-current="page"')
    elif address != "/" and path.startswith(address):
        current = SafeString(' aria-current="true"')
    bound = format_html(' data-key="{}" data-key-label="{}"', keys, label) if keys else ""
    return format_html('<a href="{}"{}{}>{}</a>', address, current, bound, label)


# --- forms ------------------------------------------------------------------------------------


@register.inclusion_tag("web/_field.html")
def field(bound: BoundField, label: str = "", css: str = "") -> dict[str, Any]:
    """A form field with its label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    return {
        "field": bound,
        "label": label or bound.label,
        "css": css,
        "is_check": isinstance(widget, CheckboxInput),
        "is_group": isinstance(widget, (RadioSelect, CheckboxSelectMultiple)),
    }


@register.filter
def mistakes(form: BaseForm) -> list[tuple[str, str, str]]:
    """Every error of a form as (address on the page, label, words), general ones first."""
    found = [("", "", str(error)) for error in form.non_field_errors()]
    for bound in form:
        target = f"#{bound.id_for_label}" if bound.id_for_label else ""
        found += [(target, str(bound.label), str(error)) for error in bound.errors]
    return found
