"""The same files in a store that speaks S3: moto's real server on the loopback."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from moto.server import ThreadedMotoServer

from kb.accounts.models import User
from kb.attachments import addresses, store
from kb.attachments.keeping import forget, keep
from kb.attachments.models import Attachment
from kb.attachments.sweeping import sweep
from kb.outbox.drain import drain
from tests.attachments import files
from tests.attachments.conftest import forget_storages

Browser = Callable[[User], Client]


@pytest.fixture
def bucket(settings, tmp_path) -> Iterator[object]:  # type: ignore[no-untyped-def]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"s3://a%2Fkey:se%3Acret@{host}:{port}/files/ours?region=us-east-1&tls=0"
    there = boto3.resource(
        "s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1",
        aws_access_key_id="a", aws_secret_access_key="b",
    )  # fmt: skip
    there.create_bucket(Bucket="files")
    settings.STORAGES = settings.STORAGES | {store.ALIAS: addresses.storage(url, tmp_path)}
    forget_storages()
    yield there.Bucket("files")
    server.stop()


@pytest.mark.django_db
def test_a_file_lives_in_a_bucket(browser_of: Browser, responder: User, bucket) -> None:  # type: ignore[no-untyped-def]
    made = keep(ContentFile(files.picture()), "a.png", by=responder)
    keep(ContentFile(files.picture()), "again.png", by=responder)
    drain("attachment")
    assert sorted(one.key for one in bucket.objects.all()) == [
        f"ours/{made.blob.path}",
        f"ours/{made.blob.thumbnail_path}",
    ]
    answer = browser_of(responder).get(made.url)
    assert b"".join(answer.streaming_content) == files.picture()
    assert answer.headers["Content-Type"] == "image/png"
    assert browser_of(responder).get(made.thumbnail_url).status_code == 200
    forget(Attachment.objects.all())
    assert not list(bucket.objects.all())


@pytest.mark.django_db
def test_bytes_in_a_bucket_that_nothing_names_go(responder: User, bucket) -> None:  # type: ignore[no-untyped-def]
    made = keep(ContentFile(b"words"), "a.txt", by=responder)
    lost = "ab/" + "c" * 62
    for name in (lost, f"thumbnails/{lost}.webp", "somebody-elses.txt"):
        bucket.put_object(Key=f"ours/{name}", Body=b"bytes")
    assert sweep(timezone.now()) == 0  # as young as an upload on its way
    assert sweep(timezone.now() + timedelta(days=2)) == 2
    assert {one.key for one in bucket.objects.all()} == {
        f"ours/{made.blob.path}", "ours/somebody-elses.txt"
    }  # fmt: skip


def test_an_address_that_says_too_little_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for url in ("s3://key:secret@host/", "ftp://host/files"):
        with pytest.raises(ImproperlyConfigured):
            addresses.storage(url, tmp_path)


def test_amazon_needs_no_host_and_no_key(tmp_path) -> None:  # type: ignore[no-untyped-def]
    options = addresses.storage("s3:///files?region=eu-west-1", tmp_path)["OPTIONS"]
    assert (options["bucket_name"], options["region_name"]) == ("files", "eu-west-1")
    assert "endpoint_url" not in options
    assert "access_key" not in options
