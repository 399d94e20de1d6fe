"""The fact document and its readers: pure Python, no Django."""
