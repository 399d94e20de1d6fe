"""``[[pattern:raid-only-no-backup]]`` leads to a pattern."""

from incidents.patterns.models import Pattern
from kb.wiki.links import LinkKind, link_targets

link_targets.register(
    "pattern",
    LinkKind("Pattern", Pattern, "patterns:detail", lambda slug, title: f"[[pattern:{slug}]]"),
)
