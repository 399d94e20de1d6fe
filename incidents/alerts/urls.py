"""The doors at ``/hooks/``: the address that people write into their tools."""

from incidents.alerts.api import routes

app_name = "alerts"
#: Told once in the description of the API, at its longer address.
urlpatterns = routes(schema=None)
