"""``/settings/``: me, my tokens; for admins also people and teams."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kb.accounts import cards, people, teams, tokens
from kb.accounts.forms import MyselfForm, NewPersonForm, PersonForm, TeamForm, TokenForm
from kb.accounts.models import Team, User


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # LoginRequiredMiddleware lets nobody else in
    return request.user


def _keeper(request: HttpRequest) -> User:
    user = _me(request)
    if not user.is_keeper:
        raise PermissionDenied
    return user


def settings(request: HttpRequest) -> HttpResponse:
    """What I am called, my clock, my tokens, my teams."""
    me = _me(request)
    form = MyselfForm(request.POST or None, instance=me)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("accounts:settings")
    context = {
        "form": form,
        "token_form": TokenForm(),
        "tokens": me.tokens.filter(revoked_at=None),
        "teams": me.teams.all(),
        "cards": cards.rendered(request),
        "now": timezone.now(),
    }
    return render(request, "accounts/settings.html", context)


@require_POST
def token_new(request: HttpRequest) -> HttpResponse:
    """A new token; its secret is on the answer and nowhere else."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        messages.error(request, "No token was made: give it a name, and days as a number.")
        return redirect("accounts:settings")
    days = form.cleaned_data["days"]
    ends = timezone.now() + timedelta(days=days) if days else None
    token, secret = tokens.issue(_me(request), name=form.cleaned_data["name"], expires_at=ends)
    response = render(request, "accounts/token.html", {"token": token, "secret": secret})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def token_end(request: HttpRequest, pk: int) -> HttpResponse:
    tokens.revoke(get_object_or_404(_me(request).tokens, pk=pk))
    messages.success(request, "The token is ended; whatever used it gets a 401 from now on.")
    return redirect("accounts:settings")


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    _keeper(request)
    persons = User.objects.prefetch_related("teams").order_by("-is_active", "username")
    context = {"people": persons, "teams": Team.objects.prefetch_related("members")}
    return render(request, "accounts/people.html", context)


def person_new(request: HttpRequest) -> HttpResponse:
    _keeper(request)
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            people.add(
                said["username"],
                email=said["email"],
                role=said["role"],
                password=said["password"] or None,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{said['username']} is in.")
            return redirect("accounts:people")
    return _form_page(request, form, "Somebody new")


def person_edit(request: HttpRequest, username: str) -> HttpResponse:
    _keeper(request)
    person = get_object_or_404(User, username=username)
    initial = {"role": person.role, "is_active": person.is_active}
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            people.change(person, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Saved.")
            return redirect("accounts:people")
    return _form_page(request, form, person.username)


def team_new(request: HttpRequest) -> HttpResponse:
    return _team(request, Team())


def team_edit(request: HttpRequest, slug: str) -> HttpResponse:
    return _team(request, get_object_or_404(Team, slug=slug))


def _team(request: HttpRequest, team: Team) -> HttpResponse:
    _keeper(request)
    form = TeamForm(request.POST or None, instance=team)
    if request.method == "POST" and form.is_valid():
        teams.save(form.save, team.pk)
        messages.success(request, "Saved.")
        return redirect("accounts:people")
    return _form_page(request, form, team.name or "New team")


def _form_page(request: HttpRequest, form: object, title: str) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/form.html", {"form": form, "title": title}, status=status)
