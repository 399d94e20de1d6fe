"""``manage.py import_pages DIR``: a folder of Markdown as pages."""

from kb.transfer.commanding import ImportCommand
from kb.transfer.files import import_pages


class Command(ImportCommand):
    help = "Take in a folder of Markdown as pages. Repeat it as often as you like."
    import_files = staticmethod(import_pages)
