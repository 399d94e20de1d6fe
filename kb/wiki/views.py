"""Pages: list, read, write, look back; and the preview of any Markdown."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kb.accounts.models import User
from kb.wiki import editing
from kb.wiki.editing import person
from kb.wiki.forms import PageForm, RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.markdown import MAX_TEXT
from kb.wiki.markdown import render as render_markdown
from kb.wiki.models import Page
from kb.wiki.pages import create_page


@require_safe
def page_list(request: HttpRequest) -> HttpResponse:
    pages = Page.objects.visible_to(person(request)).select_related("owner").defer("body")
    tag = request.GET.get("tag", "")
    if request.GET.get("runbook"):
        pages = pages.filter(is_runbook=True)
    if tag:
        # JSON containment is not the same on both databases; tags are few and short.
        pages = pages.filter(pk__in=[p.pk for p in pages.only("pk", "tags") if tag in p.tags])
    page = Paginator(pages, 50).get_page(request.GET.get("page"))
    return render(request, "wiki/page_list.html", {"page": page, "tag": tag})


@require_safe
def page_detail(request: HttpRequest, slug: str) -> HttpResponse:
    pages = Page.objects.visible_to(person(request)).select_related("owner", "updated_by")
    return render(request, "wiki/page.html", {"page": get_object_or_404(pages, slug=slug)})


def page_new(request: HttpRequest) -> HttpResponse:
    return editing.make(
        request,
        Page(),
        PageForm,
        template="wiki/page_new.html",
        address=address,
        create=_create,
        initial={"title": request.GET.get("title", "")[:200]},
    )


def page_edit(request: HttpRequest, slug: str) -> HttpResponse:
    page = get_object_or_404(Page.objects.visible_to(person(request)), slug=slug)
    return editing.edit(request, page, PageForm, template="wiki/page_edit.html", address=address)


def page_history(request: HttpRequest, slug: str) -> HttpResponse:
    page = get_object_or_404(Page.objects.visible_to(person(request)), slug=slug)
    return show_history(request, page, address=address)


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


def address(page: Page) -> str:
    return reverse("wiki:page", args=[page.slug])


def _create(page: Page, form: RevisedForm, user: User) -> Page:
    return create_page(by=user, **form.changes())
