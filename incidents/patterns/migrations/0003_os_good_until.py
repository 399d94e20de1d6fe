"""Keep when the system of a host grows stale, instead of when it was told: lives can differ."""

from datetime import timedelta

from django.conf import settings
from django.db import migrations, models


def add_the_life(apps, editor):
    verdicts = apps.get_model("patterns", "HostVerdicts")
    life = timedelta(days=settings.SHELF_LIFE_DAYS)
    verdicts.objects.filter(os_good_until__isnull=False).update(
        os_good_until=models.F("os_good_until") + life
    )


def take_the_life(apps, editor):
    verdicts = apps.get_model("patterns", "HostVerdicts")
    life = timedelta(days=settings.SHELF_LIFE_DAYS)
    verdicts.objects.filter(os_good_until__isnull=False).update(
        os_good_until=models.F("os_good_until") - life
    )


class Migration(migrations.Migration):
    dependencies = [("patterns", "0002_in_use")]

    operations = [
        migrations.RenameField("hostverdicts", "os_seen", "os_good_until"),
        migrations.RunPython(add_the_life, take_the_life),
    ]
