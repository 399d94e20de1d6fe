"""``manage.py import_incidents DIR``: a folder of write-ups and lessons."""

from incidents.records.importing import import_incidents
from kb.transfer.commanding import ImportCommand


class Command(ImportCommand):
    help = "Take in a folder of write-ups and lessons. Repeat it as often as you like."
    import_files = staticmethod(import_incidents)
