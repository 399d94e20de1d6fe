"""The fleet at a moment: the one way to get what patterns see of hosts."""

from .fleet import Fleet, Seen

__all__ = ["Fleet", "Seen"]
