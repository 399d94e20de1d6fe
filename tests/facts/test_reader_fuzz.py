"""Whatever arrives: a report, or a FactsError. Never anything else."""

from __future__ import annotations

import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.facts.document import SECTIONS, parse_sections
from incidents.facts.errors import FactsError
from incidents.facts.readers import FORMATS, read, read_rows
from tests.intake.netboxserver import device, machine, site

from .helpers import NOW, disk, setup

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["NA", "N/A", "", "release", "Debian", "OpenBSD", "guest", "host", "docker",
                       "4096", "-1", "1e400", "127.0.0.53", "md0", "sda", "/", "2026-11-23",
                       "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "localhost"])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["md0", "sda", "name", "ids", "version", "x"]), inner)
    ),
    max_leaves=8,
)
KEYS = sorted(
    {key.removeprefix("ansible_") for key in setup()["ansible_facts"]}
    | {
        "devices", "mounts", "interfaces", "eth0", "dns", "default_ipv4", "local", "packages",
        "services", "loadavg", "uptime_seconds", "processor", "lsb", "device_links", "bios_date",
        "virtualization_tech_guest", "swaptotal_mb", "memtotal_mb", "all_ipv4_addresses",
    }
)  # fmt: skip


def reports_or_refusal(body):
    try:
        reports = read(body, arrived_at=NOW)
    except FactsError:
        return []
    for report in reports:
        assert report.observed_at.utcoffset().total_seconds() == 0
        assert parse_sections(report.sections) == report.sections
        json.dumps(report.sections, allow_nan=False)
    return reports


quick = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@quick
@given(st.binary() | st.text() | values)
def test_anything(body):
    reports_or_refusal(body if isinstance(body, (bytes, str, dict, list)) else json.dumps(body))


@quick
@given(st.dictionaries(st.sampled_from(KEYS), values))
def test_ansible_facts_of_any_shape(facts):
    reports_or_refusal(setup(**facts))


@quick
@given(st.dictionaries(st.sampled_from(sorted(disk())), values), values)
def test_disks_of_any_shape(about, other):
    reports_or_refusal(setup(devices={"sda": disk(**about), "md0": other, "sdb": other}))


@quick
@given(st.dictionaries(st.sampled_from([*SECTIONS, "host", "sections", "observed_at"]), values))
def test_native_of_any_shape(body):
    reports_or_refusal(body)
    reports_or_refusal({"sections": body})


@quick
@given(st.text(alphabet='h |=>SUCCESS{}":,\n', max_size=60))
def test_output_of_any_shape(text):
    reports_or_refusal("h | SUCCESS => {" + text)


@quick
@given(st.sampled_from([device, machine, site]), st.dictionaries(st.sampled_from(
    sorted(set(device(1, "a")) | set(machine(1, "a")) | set(site(1, "a")))), values))  # fmt: skip
def test_netbox_objects_of_any_shape(make, about):
    one = make(1, "db-1") | about
    reports_or_refusal(one)
    reports_or_refusal({"results": [make(2, "db-2"), one]})


@quick
@given(st.lists(st.lists(st.text(max_size=6), max_size=5), max_size=4), st.sampled_from(",;\t|"))
def test_lists_of_any_shape(cells, sign):
    text = "name,os,cpus,monitored,tags\n".replace(",", sign)
    text += "\n".join(sign.join(line) for line in cells)
    try:
        for _, one in read_rows(text, arrived_at=NOW):
            assert isinstance(one, FactsError) or parse_sections(one.sections) == one.sections
    except FactsError:
        pass


@quick
@given(st.text(alphabet="ansible_ab:-[]{}&*!'\"\n #|>1", max_size=60))
def test_yaml_caches_of_any_shape(text):
    reports_or_refusal("ansible_kernel: x\n" + text)


@quick
@given(st.sampled_from(sorted(FORMATS)), values | st.text(max_size=60))
def test_every_reader_refuses_what_it_does_not_know(name, body):
    body = body if isinstance(body, (str, dict, list)) else json.dumps(body)
    with contextlib.suppress(FactsError):
        read(body, arrived_at=NOW, format=name)
