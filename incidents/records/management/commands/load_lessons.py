"""``manage.py load_lessons``: the lessons and factors that ship."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.records.shipped import load_shipped


class Command(BaseCommand):
    help = "Load the shipped lessons and contributing factors; lessons a team changed stay theirs."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = load_shipped()
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["verbosity"] == 0:
            return
        self.stdout.write(
            f"{len(done.created)} lessons loaded, {len(done.updated)} updated, "
            f"{len(done.kept)} left as they are."
        )
