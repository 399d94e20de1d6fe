"""``[[pattern:raid-only-no-backup]]`` leads to a pattern, and what a pattern says may link too."""

from incidents.patterns.compiled import current
from incidents.patterns.models import Pattern
from incidents.patterns.spec import SpecError
from kb.wiki.links import LinkKind, link_targets
from kb.wiki.mentions import Source, sources

link_targets.register(
    "pattern",
    LinkKind("Pattern", Pattern, "patterns:detail", lambda slug, title: f"[[pattern:{slug}]]"),
)


def _texts(pattern: Pattern) -> list[str]:
    try:
        spec = current(pattern).spec
    except SpecError:
        return []
    return [spec.why, spec.fix]


sources.register("pattern", Source(Pattern, _texts))
