"""Cursor paging: stable while rows come and go."""

from rest_framework.pagination import CursorPagination


class CursorPage(CursorPagination):
    """``?limit=`` rows a page (50, at most 500) in the order the view names."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 500
    ordering = "pk"
    cursor_query_param = "cursor"
