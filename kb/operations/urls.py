"""``/healthz``, ``/readyz`` and ``/api/docs/``."""

from django.urls import path

from kb.operations import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("readyz", views.readyz, name="readyz"),
    path("api/docs/", views.api_docs, name="api-docs"),
]
