"""Afterthoughts of a change: posted in its transaction, drained in order, at least once."""
