"""What ``ATTACHMENTS_URL`` says; read by the settings, so it knows nothing of the rest."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def storage(url: str, data_dir: Path) -> dict[str, Any]:
    """The entry of Django's ``STORAGES`` for ``ATTACHMENTS_URL``.

    ``file:///path``, or ``s3://KEY:SECRET@host:port/bucket/prefix?region=…&tls=0``; without a host
    it is Amazon's, without a key whatever the machine may use.
    """
    if not url:
        return _files(data_dir / "attachments")
    parts = urlsplit(url)
    if parts.scheme == "file":
        return _files(Path(parts.path))
    if parts.scheme == "s3":
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3(url)}
    raise ImproperlyConfigured(
        "ATTACHMENTS_URL is file:///folder or s3://KEY:SECRET@host/bucket, not " + parts.scheme
    )


def _files(folder: Path) -> dict[str, Any]:
    return {"BACKEND": "kb.attachments.store.PrivateFiles", "OPTIONS": {"location": str(folder)}}


def _s3(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    bucket, _, prefix = parts.path.strip("/").partition("/")
    if not bucket:
        raise ImproperlyConfigured("ATTACHMENTS_URL names no bucket: s3://KEY:SECRET@host/bucket")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {
        "bucket_name": bucket,
        "location": prefix,
        "default_acl": None,
        "file_overwrite": True,
        "signature_version": "s3v4",
        "region_name": asked.get("region"),
        # Nothing is ever linked there: every byte goes through our own check of who may see it.
        "querystring_auth": True,
    }
    if parts.hostname:
        scheme = "http" if asked.get("tls") == "0" else "https"
        port = f":{parts.port}" if parts.port else ""
        options |= {
            "endpoint_url": f"{scheme}://{parts.hostname}{port}",
            "addressing_style": "path",
        }
    if parts.username:
        options["access_key"] = unquote(parts.username)
        options["secret_key"] = unquote(parts.password or "")
    return options
