"""Pages: list, read, write, look back; and what links to what."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kb.accounts.models import Team, User
from kb.wiki import editing, mentions
from kb.wiki.editing import person
from kb.wiki.filters import REVIEWS, PageFilter
from kb.wiki.forms import PageForm, RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.markdown import Heading, contents
from kb.wiki.models import Page
from kb.wiki.pages import create_page, save_page
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.starters import starter, starters
from kb.wiki.thrown import there

_MOST_HEADINGS = 40
#: Restoring brings back words, never an older address and nothing out of the bin.
_NOT_WORDS = frozenset({"slug", "deleted_at"})


@require_safe
def page_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    pages = Page.objects.visible_to(user).select_related("owner", "updated_by").defer("body")
    found = PageFilter(request.GET, queryset=pages, request=request)
    page = Paginator(found.qs, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "today": timezone.now().date(),
        "owners": Team.objects.visible_to(user).only("slug", "name"),
        "reviews": REVIEWS,
        "in_force": _in_force(request),
    }
    return render(request, "wiki/page_list.html", context)


def _in_force(request: HttpRequest) -> list[tuple[str, str]]:
    """The filters in the address as (what it says, the address without it)."""
    said = {
        "q": "“{}”", "tag": "tag {}", "owner": "owner {}", "about": "about {}",
        "runbook": "runbooks", "review": "{}",
    }  # fmt: skip
    words = dict(REVIEWS) | {"mine": "one of your teams"}
    return [
        (said[name].format(words.get(value, value).lower()), _without(request, name))
        for name in said
        if (value := request.GET.get(name))
    ]


def _without(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    for gone in (name, "page"):
        query.pop(gone, None)
    return f"?{query.urlencode()}" if query else request.path


@require_safe
def page_detail(request: HttpRequest, slug: str) -> HttpResponse:
    user = person(request)
    pages = Page.objects.visible_to(user).select_related("owner", "updated_by")
    page = get_object_or_404(pages, slug=slug)
    headings = contents(page.body)
    context = {
        "page": page,
        "contents": _indented(headings[:_MOST_HEADINGS]) if len(headings) > 2 else [],
        "about": mentions.about_links(page, user),
        "due": page.review_by is not None and page.review_by <= timezone.now().date(),
    }
    return render(request, "wiki/page.html", context)


def _indented(headings: list[Heading]) -> list[tuple[int, Heading]]:
    """With how deep each stands below the highest of them."""
    top = min(one.level for one in headings)
    return [(one.level - top, one) for one in headings]


@require_safe
def page_text(request: HttpRequest, slug: str) -> HttpResponse:
    """The Markdown as it was written, for a terminal."""
    page = get_object_or_404(Page.objects.visible_to(person(request)), slug=slug)
    text = f"# {page.title}\n\n{page.body}\n"
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def page_new(request: HttpRequest) -> HttpResponse:
    """``?title=`` fills in the title, ``?template=`` the text, ``?about=host:robert`` the rest."""
    user = person(request)
    chosen = starter(request.GET.get("template", ""), user)
    about = request.GET.get("about", "")
    return editing.make(
        request,
        Page(),
        PageForm,
        template="wiki/page_new.html",
        address=address,
        create=_create,
        context={"starters": starters(user), "chosen": chosen},
        initial={
            "title": request.GET.get("title", "")[:200],
            "body": chosen.body if chosen else "",
            "is_runbook": bool(chosen and chosen.is_runbook),
            "about": [about] if ":" in about else [],
        },
    )


def page_edit(request: HttpRequest, slug: str) -> HttpResponse:
    page = there(request, Page.objects.visible_to(person(request)), slug=slug)
    return editing.edit(
        request, page, PageForm, template="wiki/page_edit.html", address=address, save=save_page
    )


def page_history(request: HttpRequest, slug: str) -> HttpResponse:
    page = there(request, Page.objects.visible_to(person(request)), slug=slug)
    return show_history(request, page, address=address, save=_save_words)


@require_safe
def wanted(request: HttpRequest) -> HttpResponse:
    """What texts link to and nobody has written yet."""
    return render(request, "wiki/wanted.html", {"wanted": mentions.wanted(person(request))})


def address(page: Page) -> str:
    return reverse("wiki:page", args=[page.slug])


def _create(page: Page, form: RevisedForm, user: User) -> Page:
    return create_page(by=user, **form.changes(), **form.relations())


def _save_words(page: Page, **saving: object) -> Saved[Page] | Conflict[Page]:
    changes = saving.pop("changes")
    assert isinstance(changes, dict)
    words = {name: value for name, value in changes.items() if name not in _NOT_WORDS}
    return save_page(page, changes=words, **saving)
