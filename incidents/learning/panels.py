"""What learning shows beside an incident."""

from incidents.learning.whereelse import where_else
from incidents.records.beside import Card, incident_cards
from incidents.records.models import Incident
from kb.accounts.models import User


def _where_else(incident: Incident, user: User) -> Card:
    return Card("learning/_where_else.html", {"found": where_else(incident, user)})


incident_cards.register("where-else", _where_else, rank=10)
