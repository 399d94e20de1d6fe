"""The life of a pattern: its versions, sleep, import and export, and newer shipped wordings."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.patterns import shipped, upgrades, versions
from incidents.patterns.forms import AssignForm
from incidents.patterns.models import Pattern
from incidents.patterns.permissions import may_enable, may_reword
from incidents.patterns.spec import SpecError
from incidents.patterns.yamltext import MAX_BYTES
from kb.wiki.editing import person, writer


@require_safe
def version_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version, and what changed between two of them (``?old=1&new=2``)."""
    person(request)
    pattern = get_object_or_404(Pattern, slug=slug)
    found = list(pattern.versions.select_related("by"))
    by_number = {one.number: one for one in found}
    new = by_number.get(_number(request.GET.get("new")), found[0])
    default = found[1] if len(found) > 1 else found[0]
    old = by_number.get(_number(request.GET.get("old")), default)
    context = {
        "pattern": pattern,
        "versions": found,
        "old": old,
        "new": new,
        "changed": versions.compare(old, new),
        "may_reword": may_reword(request.user, pattern),
    }
    return render(request, "patterns/versions.html", context)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


@require_POST
def version_restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Make an old wording the present one."""
    pattern = get_object_or_404(Pattern, slug=slug)
    if not may_reword(request.user, pattern):
        raise PermissionDenied
    get_object_or_404(pattern.versions, number=number)
    expected = _number(request.POST.get("expected")) or pattern.version
    try:
        saved = versions.restore(pattern, number, by=writer(request), expected=expected)
    except (SpecError, shipped.ChangedMeanwhile) as error:
        messages.error(request, str(error))
        return redirect("patterns:versions", slug)
    messages.success(request, f"Version {number} stands again, as version {saved.version}.")
    return redirect("patterns:detail", slug)


@require_POST
def pattern_sleep(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a pattern sleep (asked, but raising no flags), or wake it."""
    if not may_enable(request.user):
        raise PermissionDenied
    pattern = get_object_or_404(Pattern, slug=slug)
    sleeping = request.POST.get("sleep") == "yes"
    shipped.set_dormant(
        pattern, sleeping, by=writer(request), because=request.POST.get("because", ""),
        now=timezone.now(),
    )  # fmt: skip
    said = (
        "It sleeps: it is asked every night, and raises no flags."
        if sleeping
        else "Awake; the whole fleet is being asked."
    )
    messages.success(request, said)
    return redirect("patterns:detail", slug)


@require_POST
def pattern_owner(request: HttpRequest, slug: str) -> HttpResponse:
    """Say who looks after a pattern: they hear of it when it breaks."""
    pattern = get_object_or_404(Pattern, slug=slug)
    if not may_reword(request.user, pattern):
        raise PermissionDenied
    form = AssignForm(request.POST)
    if form.is_valid():
        owner = form.cleaned_data["to"]
        shipped.give_to(pattern, owner)
        messages.success(request, f"Looked after by {owner or 'nobody in particular'}.")
    else:
        messages.error(request, "There is nobody of that name who may write here.")
    return redirect("patterns:detail", slug)


@require_safe
def pattern_export(request: HttpRequest) -> StreamingHttpResponse:
    """All patterns as one YAML file."""
    person(request)
    answer = StreamingHttpResponse(
        versions.export(list(Pattern.objects.order_by("slug"))),
        content_type="application/yaml; charset=utf-8",
    )
    answer["Content-Disposition"] = 'attachment; filename="patterns.yaml"'
    return answer


def pattern_import(request: HttpRequest) -> HttpResponse:
    """Take in one or many patterns as YAML, with what became of each."""
    user = writer(request)
    context: dict[str, Any] = {"text": "", "results": None}
    if request.method == "POST":
        file = request.FILES.get("file")
        raw = file.read(MAX_BYTES * 8 + 1) if file else b""
        text = raw.decode("utf-8-sig", "replace") if file else request.POST.get("yaml", "")
        context["text"] = text
        if len(text) > MAX_BYTES * 8:
            context["mistake"] = "This is too long; import it in parts."
        elif not text.strip():
            context["mistake"] = "Paste YAML, or choose a file."
        else:
            context["results"] = versions.import_many(text, by=user)
    return render(request, "patterns/import.html", context)


def pattern_upgrade(request: HttpRequest, slug: str) -> HttpResponse:
    """A newer shipped wording beside ours, field by field."""
    pattern = get_object_or_404(Pattern, slug=slug)
    if not may_reword(request.user, pattern):
        raise PermissionDenied
    upgrade = upgrades.waiting(pattern)
    if upgrade is None:
        messages.info(request, "There is no newer shipped wording to decide about.")
        return redirect("patterns:detail", slug)
    problems: list[Any] = []
    chosen = {part.name: part.suggested for part in upgrade.parts}
    if request.method == "POST":
        every = request.POST.get("every", "")
        chosen = {
            part.name: every or request.POST.get(part.name, part.suggested)
            for part in upgrade.parts
        }
        try:
            upgrades.settle(
                pattern, chosen, digest=request.POST.get("digest", ""),
                expected=_number(request.POST.get("version")), by=writer(request),
            )  # fmt: skip
        except SpecError as error:
            problems = error.errors
        except shipped.ChangedMeanwhile as error:
            messages.error(request, f"{error} Look again at what is on offer.")
            return redirect("patterns:upgrade", slug)
        else:
            messages.success(request, "Decided. The shipped wording no longer waits.")
            return redirect("patterns:detail", slug)
    rows = [(part, chosen[part.name]) for part in upgrade.parts]
    context = {"pattern": pattern, "upgrade": upgrade, "rows": rows, "problems": problems}
    return render(request, "patterns/upgrade.html", context, status=400 if problems else 200)
