"""The visit sheet: what somebody takes along who goes to stand before the machines."""

from incidents.hosts.visit.notes import VisitNote, VisitNotes, visit_notes
from incidents.hosts.visit.sheet import MOST, Sheet, sheet_of

__all__ = ["MOST", "Sheet", "VisitNote", "VisitNotes", "sheet_of", "visit_notes"]
