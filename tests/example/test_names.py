"""The example never takes what is somebody's own."""

import pytest
from django.utils import timezone

from incidents.example.load import AlreadyLoaded, load
from incidents.hosts.models import Host
from tests.support.factories import make_host


@pytest.mark.django_db
def test_a_host_of_the_same_name_is_never_taken_over() -> None:
    make_host("robert")
    with pytest.raises(AlreadyLoaded, match="robert is yours"):
        load(timezone.now())
    assert Host.objects.count() == 1
