"""NetBox: asked page by page, taken in page by page."""
