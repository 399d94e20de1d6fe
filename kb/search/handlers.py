"""The outbox's topic ``index``: keys like ``host:12``."""

from kb.outbox.handlers import handlers
from kb.search import indexing

handlers.register(indexing.TOPIC, indexing.update)
