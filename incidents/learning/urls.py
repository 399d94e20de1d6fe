"""Addresses of this room; they stand among those of incidents, because they are about them."""

from django.urls import path

from incidents.learning import views

app_name = "learning"
urlpatterns = [
    path("incidents/metrics/", views.metrics, name="metrics"),
    path("incidents/similar/", views.similar_now, name="similar"),
    path("incidents/<int:pk>/confirmations/<int:one>/", views.confirmation, name="confirmation"),
]
