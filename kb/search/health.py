"""What this room reports: is there an index that can be read?"""

from kb.search.backends import backend
from kb.web.health import Health, health_checks
from kb.web.words import count


def index() -> Health:
    """Whether questions are answered, and from how many documents."""
    problem = backend().problem()
    if problem is not None:
        return Health(False, problem)
    return Health(True, count(backend().size(), "document"))


health_checks.register("index", index, rank=50)
