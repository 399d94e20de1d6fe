"""What an editor asks for while somebody types: the preview, names that fit, who else is there."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kb.wiki import links
from kb.wiki import presence as company
from kb.wiki.editing import person
from kb.wiki.markdown import MAX_TEXT
from kb.wiki.markdown import render as render_markdown

_MOST_TYPED = 100


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Markdown as its page would show it: of ``text``, or of the field that ``preview`` names."""
    text = request.POST.get(request.POST.get("preview", "text"), "")
    if len(text) > MAX_TEXT:
        return HttpResponseBadRequest(f"A text has at most {MAX_TEXT:,} characters.")
    html = render_markdown(text, person(request))
    fragment = request.headers.get("HX-Request") == "true"
    template = "wiki/_preview.html" if fragment else "wiki/preview.html"
    return render(request, template, {"html": html})


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """``?sign=@&q=rob``: what this reader may mean; ``sign`` is ``@``, ``#`` or ``[[``."""
    typed = request.GET.get("q", "")[:_MOST_TYPED]
    found = links.suggest(request.GET.get("sign", "[["), typed, person(request))
    rows = [{"text": one.text, "title": one.title, "kind": one.kind} for one in found]
    return JsonResponse({"suggestions": rows})


@require_POST
def presence(request: HttpRequest) -> HttpResponse:
    """The page of ``key`` is still open, or (``left``) no more; answers who else is there.

    What the person may not see looks as if it were not there, so nobody learns who works on it.
    """
    user = person(request)
    thing = company.find(request.POST.get("key", ""), user) if user.may_write else None
    if thing is None:
        return HttpResponse(status=404)
    if request.POST.get("left"):
        company.gone(thing, user)
        return HttpResponse(status=204)
    others = company.here(thing, user, timezone.now())
    return render(request, "wiki/_others.html", {"others": others})
