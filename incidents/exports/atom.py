"""Atom feeds (RFC 4287): data in, bytes out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET  # it only writes here

NAMESPACE = "http://www.w3.org/2005/Atom"
#: What XML 1.0 cannot carry, not even escaped.
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """``name`` is unique here and never changes (``flag-transition/7``); ``text`` is plain."""

    name: str
    title: str
    url: str
    updated: datetime
    text: str
    author: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """``updated`` counts where there is no entry."""

    name: str
    title: str
    url: str
    updated: datetime
    entries: Sequence[Entry]

    @property
    def last(self) -> datetime:
        return max((entry.updated for entry in self.entries), default=self.updated)


def write(feed: Feed, site: str) -> bytes:
    """The document; ``site`` is where this house is, which is part of every id (RFC 4151)."""
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(_tag("feed"))
    _text(root, "id", _id(site, f"feed/{feed.name}"))
    _text(root, "title", feed.title)
    _text(root, "updated", _time(feed.last))
    _link(root, feed.url)
    author = ET.SubElement(root, _tag("author"))
    _text(author, "name", "Twiceshy")
    for entry in feed.entries:
        _entry(root, entry, site)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: ET.Element, entry: Entry, site: str) -> None:
    node = ET.SubElement(root, _tag("entry"))
    _text(node, "id", _id(site, entry.name))
    _text(node, "title", entry.title)
    _text(node, "updated", _time(entry.updated))
    _link(node, entry.url)
    if entry.author:
        _text(ET.SubElement(node, _tag("author")), "name", entry.author)
    for term in entry.categories:
        ET.SubElement(node, _tag("category"), term=_clean(term))
    content = ET.SubElement(node, _tag("content"), type="text")
    content.text = _clean(entry.text)


def _id(site: str, name: str) -> str:
    return f"tag:{urlsplit(site).hostname or 'localhost'},2026:{name}"


def _link(node: ET.Element, url: str) -> None:
    ET.SubElement(node, _tag("link"), rel="alternate", type="text/html", href=_clean(url))


def _text(node: ET.Element, name: str, text: str) -> None:
    ET.SubElement(node, _tag(name)).text = _clean(text)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _clean(text: str) -> str:
    return UNPRINTABLE.sub("\ufffd", text)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
