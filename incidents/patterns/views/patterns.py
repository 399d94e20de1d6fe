"""``/patterns/``: the library, a pattern's page, and the form to write one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.hosts.models import Host
from incidents.patterns import previews, schema, shipped, sweeps, yamltext
from incidents.patterns.broken import broken
from incidents.patterns.citations import cite
from incidents.patterns.coverage import coverage
from incidents.patterns.evaluate import risk
from incidents.patterns.example_from import with_example
from incidents.patterns.forms import AssignForm, PatternForm
from incidents.patterns.models import NEEDS_EYES, HostVerdicts, Pattern, PreviewRun
from incidents.patterns.page_panels import panels_of
from incidents.patterns.permissions import may_enable, may_reword
from incidents.patterns.spec import PatternSpec, Problem, SpecError, dump_yaml, load_data, load_yaml
from incidents.patterns.starting import STARTING_TEXT, starting_text
from incidents.patterns.triage import by_risk
from incidents.patterns.verdict import State
from incidents.patterns.views.previews import preview_shown
from kb.wiki.editing import person, writer

HOSTS_SHOWN = 50


def pattern_list(request: HttpRequest) -> HttpResponse:
    person(request)
    seen = coverage()
    patterns = sorted(
        Pattern.objects.select_related("owner"),
        key=lambda one: (not one.enabled, -risk(one.severity, one.likelihood)),
    )
    rows = [
        {"pattern": one, "counts": _counts(seen.patterns.get(one.slug, {}))} for one in patterns
    ]
    context = {
        "rows": rows,
        "seen": seen,
        "sweep": sweeps.under_way(),
        "broken": broken(seen.patterns),
    }
    return render(request, "patterns/list.html", context)


def _counts(states: dict[str, int]) -> list[tuple[str, int]]:
    return [(str(state), states.get(state, 0)) for state in State]


def pattern_detail(request: HttpRequest, slug: str) -> HttpResponse:
    user = person(request)
    pattern = get_object_or_404(Pattern.objects.select_related("owner", "dormant_by"), slug=slug)
    states = coverage().patterns.get(slug, {})
    versions = list(pattern.versions.select_related("by"))
    # As data, so that a wording that no longer compiles can still be read and mended.
    spec = next(one.spec for one in versions if one.number == pattern.version)
    flags = by_risk(pattern.flags.filter(state__in=NEEDS_EYES)).select_related("host", "pattern")
    wanted = request.GET.get("verdict", "")
    state = wanted if wanted in list(State) else State.UNKNOWN
    context = {
        "pattern": pattern,
        "spec": spec,
        "versions": versions,
        "counts": _counts(states),
        "broken": broken({slug: states}),
        "flags": Paginator(flags, HOSTS_SHOWN).page(1),
        "state": str(state),
        "hosts": _hosts(slug, state),
        "citations": cite([slug], user)[slug],
        "may_reword": may_reword(user, pattern),
        "may_enable": may_enable(user),
        "waiting": _waiting(pattern),
        "owner_form": AssignForm(initial={"to": pattern.owner_id})
        if may_reword(user, pattern)
        else None,
        "would_flag": states.get("match", 0),
        "panels": panels_of(pattern, request),
    }
    return render(request, "patterns/detail.html", context)


def _hosts(slug: str, state: str) -> list[dict[str, Any]]:
    """The first hosts with that verdict, and what is missing there."""
    rows = HostVerdicts.objects.filter(**{f"verdicts__{slug}__state": str(state)})
    columns = ("host__name", f"verdicts__{slug}__missing", f"verdicts__{slug}__since")
    found = rows.order_by("host__name").values_list(*columns)[:HOSTS_SHOWN]
    return [{"name": name, "missing": missing, "since": since} for name, missing, since in found]


def _waiting(pattern: Pattern) -> PatternSpec | None:
    return shipped.waiting_wording(pattern) if pattern.origin == "library" else None


def pattern_new(request: HttpRequest) -> HttpResponse:
    """Write a pattern; ``?from=slug`` starts from another one's words.  What a lesson or an
    incident knows (title, why, severity, lesson, host, a fact) comes in the address.
    """
    writer(request)
    origin = request.GET.get("from")
    if origin:
        return _edit(request, None, _yaml(get_object_or_404(Pattern, slug=origin)))
    known = request.GET.dict()
    text = starting_text(known) if known else STARTING_TEXT
    return _edit(request, None, _exemplified(request, text, known.get("host", "")))


def _exemplified(request: HttpRequest, text: str, name: str) -> str:
    """With an example of a host that was hurt, where there is such a host and it can be asked."""
    host = Host.objects.visible_to(person(request)).filter(name=name).first() if name else None
    if host is None:
        return text
    try:
        return dump_yaml(with_example(load_yaml(text), host, now=timezone.now()))
    except (LookupError, SpecError):
        return text


def pattern_edit(request: HttpRequest, slug: str) -> HttpResponse:
    pattern = get_object_or_404(Pattern, slug=slug)
    if not may_reword(request.user, pattern):
        raise PermissionDenied
    return _edit(request, pattern, _yaml(pattern))


def _edit(request: HttpRequest, pattern: Pattern | None, text: str) -> HttpResponse:
    start = {"yaml": text, "version": pattern.version if pattern else None}
    if pattern is None:
        start["host"] = request.GET.get("host", "")
    if request.method != "POST":
        return _form(request, pattern, PatternForm(initial=start))
    form = PatternForm(request.POST)
    if not form.is_valid():
        return _form(request, pattern, form, status=400)
    try:
        if "preview" in request.POST:
            return _previewed(request, pattern, form)
        if "example" in request.POST:
            return _with_example(request, pattern, form)
        if _is_unseen(request, pattern, form):
            return _look_first(request, pattern, form)
        saved = _save(request, pattern, form)
    except SpecError as error:
        form.add_error("yaml", "Mend what is listed below; nothing was saved.")
        return _form(request, pattern, form, status=400, problems=error.errors)
    except shipped.ChangedMeanwhile as error:
        form.add_error(
            None,
            f"{error} Yours is still here. Compare it with the version that stands now, then save "
            "again to put yours on top.",
        )
        form.data = {**form.data.dict(), "version": str(error.version)}  # type: ignore[attr-defined]
        return _form(request, pattern, form, status=409)
    messages.success(request, "Saved. The whole fleet is being asked; that takes a moment.")
    return redirect("patterns:detail", saved.slug)


def _save(request: HttpRequest, pattern: Pattern | None, form: PatternForm) -> Pattern:
    return shipped.save_pattern(
        form.cleaned_data["yaml"],
        by=writer(request),
        pattern=pattern,
        expected=form.cleaned_data["version"],
        comment=form.cleaned_data["comment"],
    )


def _is_unseen(request: HttpRequest, pattern: Pattern | None, form: PatternForm) -> bool:
    """Whether this would change what is asked of the fleet, and its author has not seen how."""
    spec = shipped.read(form.cleaned_data["yaml"])
    if form.cleaned_data["unseen"]:
        return False
    if pattern and previews.is_asked_already(pattern, spec):
        return False
    return previews.seen_by(writer(request), spec, timezone.now()) is None


def _look_first(request: HttpRequest, pattern: Pattern | None, form: PatternForm) -> HttpResponse:
    spec = shipped.read(form.cleaned_data["yaml"])
    run = previews.start(spec, by=writer(request), now=timezone.now())
    said = "Look at what it would say of the fleet, above, then save again; or tick this."
    form.add_error("unseen", said)
    return _form(request, pattern, form, run=run, status=409)


def _previewed(request: HttpRequest, pattern: Pattern | None, form: PatternForm) -> HttpResponse:
    spec = shipped.read(form.cleaned_data["yaml"])
    run = previews.start(spec, by=writer(request), now=timezone.now())
    return _form(request, pattern, form, run=run)


def _with_example(request: HttpRequest, pattern: Pattern | None, form: PatternForm) -> HttpResponse:
    """The same text with one more example, made of the host that was named."""
    spec = load_yaml(form.cleaned_data["yaml"])
    name = form.cleaned_data["host"].strip()
    host = Host.objects.visible_to(person(request)).filter(name=name).first()
    if host is None:
        form.add_error("host", f"There is no host {name!r}." if name else "Name a host.")
        return _form(request, pattern, form, status=400)
    try:
        text = dump_yaml(with_example(spec, host, now=timezone.now()))
    except LookupError as error:
        form.add_error("host", str(error))
        return _form(request, pattern, form, status=400)
    messages.success(request, f"An example from {host.name} stands at the end of the text.")
    return _form(request, pattern, PatternForm(initial={**form.cleaned_data, "yaml": text}))


@require_safe
def names(request: HttpRequest) -> JsonResponse:
    """What completion offers: sections, fields and functions with their types."""
    person(request)
    answer = JsonResponse({"names": schema.names()})
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def _form(
    request: HttpRequest,
    pattern: Pattern | None,
    form: PatternForm,
    *,
    status: int = 200,
    problems: list[Problem] | None = None,
    run: PreviewRun | None = None,
) -> HttpResponse:
    context = {
        "pattern": pattern,
        "form": form,
        "problems": problems or [],
        "run": run,
        "preview": preview_shown(run) if run else None,
        "fields": schema.sections(),
        "cancel": reverse("patterns:detail", args=[pattern.slug])
        if pattern
        else reverse("patterns:list"),
    }
    return render(request, "patterns/edit.html", context, status=status)


def _yaml(pattern: Pattern) -> str:
    data = pattern.versions.get(number=pattern.version).spec
    try:
        return dump_yaml(load_data(data))
    except SpecError:
        return yamltext.write(data)


@require_POST
def pattern_switch(request: HttpRequest, slug: str) -> HttpResponse:
    """Switch a pattern on or off."""
    if not may_enable(request.user):
        raise PermissionDenied
    pattern = get_object_or_404(Pattern, slug=slug)
    enabled = request.POST.get("enabled") == "yes"
    shipped.set_enabled(pattern, enabled, now=timezone.now())
    said = (
        "Switched on; the whole fleet is being asked."
        if enabled
        else "Switched off; its flags are closed."
    )
    messages.success(request, said)
    return redirect("patterns:detail", slug)
