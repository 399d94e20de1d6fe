"""Addresses under ``/api/v1/``: every app with an ``api.py`` registers its own."""

from django.urls import URLPattern, URLResolver

from kb.web.registry import Registry

api_routes: Registry[list[URLPattern | URLResolver]] = Registry("API routes")
