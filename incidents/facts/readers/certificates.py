"""Certificates: PEM files, and what `openssl x509 -noout -subject -enddate` prints of them.

A line `FileName= …`, or `subject=…` before a date, says which certificate the date belongs to.
A date that belongs to no name is counted and left out: nobody could renew it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from ..document.parse import iso
from ..errors import FactsError
from .report import Reading
from .values import known

NAME = "certificates"

_PEM = re.compile(
    r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----\s.+?-----END (?:TRUSTED )?CERTIFICATE-----",
    re.DOTALL,
)
_SAID = re.compile(
    r"^\s*(?P<key>subject|issuer|notBefore|notAfter|serial|FileName)\s*=\s*(?P<value>.+?)\s*$",
    re.MULTILINE | re.IGNORECASE,
)
_MAX = 200


def recognises(raw: Any) -> bool:
    """PEM, or lines with `notAfter=`."""
    return isinstance(raw, str) and (
        "-----BEGIN CERTIFICATE-----" in raw
        or re.search(r"^notAfter=", raw, re.MULTILINE) is not None
    )


def read(raw: Any) -> list[Reading]:
    """One reading with `certificates`; of a chain, every one of it."""
    if not recognises(raw):
        raise FactsError("There is no certificate in this: neither PEM nor a line 'notAfter=…'.")
    notes: list[str] = []
    if "-----BEGIN CERTIFICATE-----" in raw:
        found = [one for block in _PEM.findall(raw)[:_MAX] if (one := _from_pem(block, notes))]
    else:
        found = _from_text(raw, notes)
    if not found:
        raise FactsError("No certificate in this could be read. " + " ".join(notes[:3]))
    unique = {
        (str(one.get("subject")), str(one.get("path")), one["not_after"]): one for one in found
    }
    return [Reading({"certificates": list(unique.values())}, notes=notes)]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """A certificate's file is called after what it is for, not after the host."""
    return None


def _from_pem(block: str, notes: list[str]) -> dict[str, Any] | None:
    try:
        one = x509.load_pem_x509_certificate(block.encode())
        names = _names(one)
        return known(
            {
                "subject": _common(one.subject) or (names[0] if names else None),
                "issuer": _common(one.issuer),
                "names": names or None,
                "serial": f"{one.serial_number:x}",
                "not_before": iso(one.not_valid_before_utc),
                "not_after": iso(one.not_valid_after_utc),
            }
        )
    except ValueError as error:
        notes.append(f"A certificate could not be read: {str(error)[:120]}.")
        return None


def _common(name: x509.Name) -> str | None:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    value = found[0].value if found else name.rfc4514_string()
    return str(value)[:200] or None


def _names(one: x509.Certificate) -> list[str]:
    try:
        extension = one.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)[:100]


def _from_text(raw: str, notes: list[str]) -> list[dict[str, Any]]:
    """Each date with what was said since the date before, or in the line after it."""
    found: list[dict[str, Any]] = []
    said: dict[str, str] = {}
    nameless = 0
    for match in _SAID.finditer(raw):
        key, value = match["key"].lower(), match["value"]
        if key == "filename" and found and "path" not in found[-1]:
            found[-1]["path"] = value
        elif key == "notafter":
            when = _date(value)
            if when is None:
                notes.append(f"{value[:60]!r} is no date that openssl writes.")
                continue
            found.append(_told(said, when))
            said = {}
        elif found and key in ("subject", "issuer", "serial") and not said and key not in found[-1]:
            found[-1][key] = _subject(value)
        else:
            said[key] = value
    kept = [one for one in found if "subject" in one or "path" in one]
    nameless = len(found) - len(kept)
    if nameless:
        notes.append(f"{nameless} dates belong to no name and were left out; add -subject.")
    for one in kept:
        one.setdefault("subject", one.get("path"))
    return kept


def _told(said: dict[str, str], when: datetime) -> dict[str, Any]:
    before = _date(said.get("notbefore", ""))
    return known(
        {
            "subject": _subject(said["subject"]) if "subject" in said else None,
            "issuer": _subject(said["issuer"]) if "issuer" in said else None,
            "serial": said.get("serial"),
            "not_before": iso(before) if before else None,
            "not_after": iso(when),
        }
    )


def _subject(value: str) -> str:
    """The common name of a subject line, in either of openssl's spellings."""
    found = re.search(r"CN\s*=\s*([^,/]+)", value)
    return (found[1] if found else value).strip()[:200]


def _date(value: str) -> datetime | None:
    try:
        return datetime.strptime(" ".join(value.split()), "%b %d %H:%M:%S %Y GMT").replace(
            tzinfo=UTC
        )
    except ValueError:
        return None
