"""What this room reports: is there an index that can be read?"""

from kb.search.backends import backend
from kb.search.backends.base import IndexUnavailable
from kb.web.health import Health, health_checks
from kb.web.words import count


def index() -> Health:
    """Whether questions are answered, and from how many documents."""
    try:
        return Health(True, count(backend().size(), "document"))
    except IndexUnavailable as why:
        return Health(False, str(why))


health_checks.register("index", index, rank=50)
