"""``manage.py doctor``: what is in force, what is unsafe, what is missing, what works."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kb.operations import doctor
from kb.operations.readiness import ask_all


class Command(BaseCommand):
    help = "Say what is in force, what is unsafe, what is missing and whether each part works."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("In force")
        for setting in doctor.settings_in_force():
            self.stdout.write(f"  {setting.name:26} {setting.value}  ({setting.source})")
        self._list("Unsafe", list(doctor.unsafe()))
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
