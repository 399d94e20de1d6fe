"""Who may do what through the API; the same questions as in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission

if TYPE_CHECKING:  # DRF's views import this module while they are being made
    from rest_framework.request import Request
    from rest_framework.views import APIView


class ReadOrWrite(BasePermission):
    """Everybody signed in reads; responders and admins write."""

    message = "Your role reads only. Ask an admin to make you a responder."

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if not user.is_authenticated:
            return False
        # Some POSTs only read (a preview); the view says so.
        reads = request.method in SAFE_METHODS or getattr(view, "only_reads", False)
        return reads or user.may_write


class KeeperOnly(BasePermission):
    """Admins only."""

    message = "Only an admin can do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.is_keeper)
