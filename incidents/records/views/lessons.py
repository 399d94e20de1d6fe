"""Lessons: list, read, write, look back."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from incidents.records.forms import LessonForm
from incidents.records.lessons import create_lesson, standing, watchers, with_teaching
from incidents.records.models import Incident, Lesson, LessonState
from kb.accounts.models import User
from kb.wiki import editing
from kb.wiki.editing import person
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history


def address(lesson: Lesson) -> str:
    return reverse("records:lesson", args=[lesson.slug])


def visible(request: HttpRequest, slug: str) -> Lesson:
    rows = Lesson.objects.visible_to(person(request)).select_related("owner", "updated_by")
    return get_object_or_404(rows, slug=slug)


@require_safe
def lesson_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    state = request.GET.get("state", "")
    lessons = Lesson.objects.visible_to(user)
    lessons = lessons.filter(state=state) if state else lessons.exclude(state=LessonState.RETIRED)
    counted = with_teaching(lessons, user).defer("why", "scope")
    page = Paginator(counted, 50).get_page(request.GET.get("page"))
    watched = watchers(lesson.slug for lesson in page)
    rows = [(lesson, watched[lesson.slug]) for lesson in page]
    context = {"page": page, "rows": rows, "states": LessonState.choices, "state": state}
    return render(request, "records/lesson_list.html", context)


@require_safe
def lesson_detail(request: HttpRequest, slug: str) -> HttpResponse:
    lesson = visible(request, slug)
    context = {"lesson": lesson, "standing": standing(lesson, person(request))}
    return render(request, "records/lesson.html", context)


def lesson_new(request: HttpRequest) -> HttpResponse:
    """``?incident=12`` links the new lesson to the incident that taught it."""
    number = request.GET.get("incident", "")
    known = int(number) if number.isdecimal() and len(number) < 10 else 0
    taught = Incident.objects.visible_to(person(request)).filter(pk=known)

    def create(_: Lesson, form: RevisedForm, user: User) -> Lesson:
        return create_lesson(by=user, incidents=taught, **form.changes())

    return editing.make(
        request,
        Lesson(),
        LessonForm,
        template="records/lesson_new.html",
        address=address,
        create=create,
        context={"incident": taught.first()},
        initial={"title": request.GET.get("title", "")[:200]},
    )


def lesson_edit(request: HttpRequest, slug: str) -> HttpResponse:
    return editing.edit(
        request,
        visible(request, slug),
        LessonForm,
        template="records/lesson_edit.html",
        address=address,
    )


def lesson_history(request: HttpRequest, slug: str) -> HttpResponse:
    return show_history(request, visible(request, slug), address=address)
