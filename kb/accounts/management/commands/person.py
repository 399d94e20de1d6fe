"""``manage.py person USER``: let somebody in, give another role, or a new password."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb.accounts import people
from kb.accounts.models import Role, User


class Command(BaseCommand):
    help = "Add somebody, or change their role or password. A new password is printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument(
            "--role", choices=Role.values, help="a new person is a responder unless you say"
        )
        parser.add_argument("--email", default="", help="of a new person")
        parser.add_argument(
            "--new-password", action="store_true", help="for somebody who is locked out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, role = options["user"], options["role"]
        person = User.objects.filter(username__iexact=name).first()
        password = secrets.token_urlsafe(12)
        try:
            if person is None:
                person = people.add(
                    name, email=options["email"], role=role or Role.RESPONDER, password=password
                )
            elif role is None and not options["new_password"]:
                raise CommandError(f"{person.username} is there already: give --role.")
            else:
                password = self._change(person, role, password if options["new_password"] else "")
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if password:
            self.stdout.write(f"{person.username} signs in with the password {password}")

    def _change(self, person: User, role: str | None, password: str) -> str:
        if role is not None:
            people.change(person, role=role, is_active=True)
            self.stdout.write(f"{person.username} is {role}.")
        if password:
            person.set_password(password)
            person.save(update_fields=["password"])
        return password
