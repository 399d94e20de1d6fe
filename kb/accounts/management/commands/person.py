"""``manage.py person USER --role admin``: let somebody in from the command line."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb.accounts import people
from kb.accounts.models import Role, User


class Command(BaseCommand):
    help = "Add somebody, or give them another role. A new person's password is printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--role", choices=Role.values, default=Role.RESPONDER)
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["user"]).first()
        try:
            if person is not None:
                people.change(person, role=options["role"], is_active=True)
                self.stdout.write(f"{person.username} is {options['role']}.")
                return
            password = secrets.token_urlsafe(12)
            people.add(
                options["user"], email=options["email"], role=options["role"], password=password
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{options['user']} signs in with the password {password}")
