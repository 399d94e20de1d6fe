"""Lessons: list, read, write, look back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.records import lesson_life as life
from incidents.records.asking import builder_for_lesson
from incidents.records.files import lesson_file
from incidents.records.forms import LessonForm, QuoteForm
from incidents.records.lessons import create_lesson, standing, watchers, with_teaching
from incidents.records.models import Incident, Lesson, LessonState
from incidents.records.reminders import REVIEW_NOTICE
from incidents.records.trails import LessonQuote
from kb.accounts.models import User
from kb.wiki import editing
from kb.wiki.editing import person, writer
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.revisions import Conflict
from kb.wiki.thrown import there


def address(lesson: Lesson) -> str:
    return reverse("records:lesson", args=[lesson.slug])


def visible(request: HttpRequest, slug: str) -> Lesson:
    rows = Lesson.objects.visible_to(person(request)).select_related("owner", "updated_by")
    return there(request, rows, slug=slug)


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
    return _shown(request, visible(request, slug))


@require_safe
def lesson_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """The lesson as a file: front matter and why."""
    text = lesson_file(visible(request, slug), person(request), {})
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def _shown(
    request: HttpRequest, lesson: Lesson, quoting: QuoteForm | None = None, status: int = 200
) -> HttpResponse:
    user, now = person(request), timezone.now()
    stands = standing(lesson, user)
    quotes = LessonQuote.objects.visible_to(user).filter(lesson=lesson).select_related("incident")
    context = {
        "lesson": lesson,
        "standing": stands,
        "quotes": list(quotes),
        "quoting": quoting or (QuoteForm(user=user, prefix="q") if user.may_write else None),
        "moves": list(lesson.moves.all()[:20]),
        "next": [(state.value, life.VERBS[state]) for state in life.NEXT[LessonState(lesson.state)]]
        if user.may_write
        else [],
        "resting": next(iter(life.offered_rest([lesson], now)), None),
        "due": lesson.state == LessonState.ACTIVE
        and lesson.review_by is not None
        and lesson.review_by <= now.date() + REVIEW_NOTICE,
        "builder": builder_for_lesson(lesson, stands.shared)
        if user.may_write and not stands.patterns
        else "",
    }
    return render(request, "records/lesson.html", context, status=status)


@require_POST
def lesson_state(request: HttpRequest, slug: str) -> HttpResponse:
    """Move it on, or say that it stays; pressing twice is once."""
    user, lesson = writer(request), visible(request, slug)
    state, reason = request.POST.get("state", ""), request.POST.get("reason", "")
    try:
        outcome = life.move_lesson(lesson, state, by=user, now=timezone.now(), reason=reason)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if isinstance(outcome, Conflict):
            messages.error(request, "Somebody saved meanwhile. Read it again, then decide.")
        else:
            said = LessonState(outcome.current.state).label.lower()
            messages.success(request, f"This lesson is {said}.")
    return redirect(address(lesson))


@require_POST
def lesson_read(request: HttpRequest, slug: str) -> HttpResponse:
    """It was read and still holds."""
    user, lesson = writer(request), visible(request, slug)
    outcome = life.read_again(lesson, by=user, now=timezone.now())
    messages.success(request, f"Read again by {outcome.current.review_by:%-d %b %Y}.")
    return redirect(address(lesson))


@require_POST
def quote_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Words of an incident as evidence."""
    user, lesson = writer(request), visible(request, slug)
    form = QuoteForm(request.POST, user=user, prefix="q")
    if not form.is_valid():
        return _shown(request, lesson, form, status=422)
    said = form.cleaned_data
    life.quote(lesson, said["incident"], said["quote"], by=user, now=timezone.now())
    return redirect(f"{address(lesson)}#evidence")


@require_POST
def quote_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """No longer evidence."""
    user, lesson = writer(request), visible(request, slug)
    one = get_object_or_404(LessonQuote.objects.visible_to(user).filter(lesson=lesson), pk=pk)
    life.take_back(one, by=user, now=timezone.now())
    messages.success(request, "These words are no longer evidence for it.")
    return redirect(f"{address(lesson)}#evidence")


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
