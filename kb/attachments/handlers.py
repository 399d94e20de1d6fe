"""What this room does about rows of the outbox."""

from kb.attachments.keeping import LOOK
from kb.attachments.looking import look
from kb.outbox.handlers import handlers

handlers.register(LOOK, look)
