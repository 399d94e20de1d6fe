"""Looking after people and teams: the rules behind the pages and the commands."""

from django.core.exceptions import ValidationError
from django.db import transaction

from kb.accounts.models import Role, User


@transaction.atomic
def change(person: User, *, role: str, is_active: bool) -> User:
    """Give a role, take it, let somebody in or out.

    The last admin stays one: ``ValidationError`` otherwise, since nobody could undo it.
    """
    admins = list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True))
    stays = role == Role.ADMIN and is_active
    if not stays and [admin.pk for admin in admins] == [person.pk]:
        raise ValidationError(
            {"role": f"{person.username} is the last admin. Make somebody else one first."}
        )
    person.role, person.is_active = role, is_active
    person.is_staff = person.is_superuser = stays
    person.save(update_fields=["role", "is_active", "is_staff", "is_superuser"])
    return person


@transaction.atomic
def add(username: str, *, email: str, role: str, password: str | None) -> User:
    """Somebody new; without a password they set one by "forgot my password".

    ``ValidationError`` names the field: a name that is taken (in whatever case) among them.
    """
    if User.objects.filter(username__iexact=username).exists():
        raise ValidationError({"username": f"There is somebody called {username} already."})
    person = User(username=username, email=email, role=role)
    person.is_staff = person.is_superuser = role == Role.ADMIN
    person.set_password(password)
    person.full_clean(exclude=["password"])
    person.save()
    return person
