"""What this room reports: is there an index that can be read?"""

from django.conf import settings

from kb.search.backends import WHOOSH, backend
from kb.web.health import Health, health_checks
from kb.web.words import count

MANY = 20_000  # documents, above which Whoosh is felt (docs/scaling.md)


def index() -> Health:
    """Whether questions are answered, and from how many documents."""
    problem = backend().problem()
    if problem is not None:
        return Health(False, problem)
    said = count(backend().size(), "document")
    if settings.SEARCH_URL.startswith(WHOOSH) and backend().size() > MANY:
        said += "; so many are found faster in PostgreSQL (SEARCH_URL=postgres://)"
    return Health(True, said)


health_checks.register("index", index, rank=50)
