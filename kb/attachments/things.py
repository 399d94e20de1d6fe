"""Files as things: they have an address and a bin."""

from kb.attachments.models import Attachment
from kb.wiki.things import Thing, things

things.register("file", Thing("file", "File", Attachment, lambda one: one.url, hangs=True), rank=90)
