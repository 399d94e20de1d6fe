"""``manage.py doctor``: what is in force, what is unsafe, what is missing, what works."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kb.operations import doctor
from kb.operations.readiness import ask_all
from kb.search.backends import backend


class Command(BaseCommand):
    help = "Say what is in force, what is unsafe, what is missing and whether each part works."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("In force")
        for setting in doctor.settings_in_force():
            self.stdout.write(f"  {setting.name:26} {setting.value}  ({setting.source})")
        self._list("Unsafe", [*doctor.unsafe(), *doctor.outgrown(_documents())])
        self._list("Missing", list(doctor.missing()))
        self.stdout.write("Working")
        answers = ask_all()
        for name, answer in answers.items():
            self.stdout.write(f"  {'ok  ' if answer.ok else 'FAIL'} {name}: {answer.says}")
        failed = [name for name, answer in answers.items() if not answer.ok]
        if failed:
            raise CommandError(f"Not working: {', '.join(failed)}.")

    def _list(self, title: str, lines: list[str]) -> None:
        self.stdout.write(title)
        for line in lines or ["nothing"]:
            self.stdout.write(f"  {line}")


def _documents() -> int:
    """How many the index holds; 0 where it has a problem, which its own line below names."""
    return 0 if backend().problem() else backend().size()
