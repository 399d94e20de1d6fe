"""Sections about the machine itself: os, hardware, storage, clock, runtime."""

from __future__ import annotations

from typing import Annotated as A
from typing import Literal

from msgspec import UNSET, UnsetType

from .meta import Day, Section, Time, say


class Os(Section):
    """The operating system."""

    family: A[str, say("Family of distributions, such as Debian or RedHat")] | UnsetType = UNSET
    name: A[str, say("Name of the distribution, such as Debian or Gentoo")] | UnsetType = UNSET
    version: A[str, say("Full version, such as 12.11")] | UnsetType = UNSET
    major: A[str, say("First part of the version, such as 12")] | UnsetType = UNSET
    codename: A[str, say("Name of the release, such as bookworm")] | UnsetType = UNSET
    edition: A[str, say("Edition or flavour, such as Stream, Server, Workstation")] | UnsetType = (
        UNSET
    )
    pretty_name: A[str, say("The name as the system writes it for people")] | UnsetType = UNSET
    kernel: A[str, say("Version of the running kernel")] | UnsetType = UNSET
    arch: A[str, say("Processor architecture, such as x86_64")] | UnsetType = UNSET
    rolling: A[bool, say("A rolling release: it has no end-of-life date")] | UnsetType = UNSET
    upgradable: (
        A[bool, say("The release can be upgraded; false is recorded by a person or a failed try")]
        | UnsetType
    ) = UNSET
    installable: A[bool, say("The same release could be installed again today")] | UnsetType = UNSET
    eol_on: (
        A[Day, say("End of general support; from the catalogue unless recorded", ahead=True)]
        | UnsetType
    ) = UNSET
    extended_until: (
        A[Day, say("End of extended support; from the catalogue unless recorded", ahead=True)]
        | UnsetType
    ) = UNSET
    extended_free: (
        A[bool, say("Extended support costs nothing for this product", derived=True)] | UnsetType
    ) = UNSET
    supported_until: (
        A[Day, say("The end that counts: extended when free or entitled", ahead=True, derived=True)]
        | UnsetType
    ) = UNSET
    past_support: (
        A[bool, say("No security updates any more: past the end that counts", derived=True)]
        | UnsetType
    ) = UNSET
    past_eol: A[bool, say("General support is over", derived=True)] | UnsetType = UNSET
    past_extended: (
        A[bool, say("Past every tier of support, paid ones too", derived=True)] | UnsetType
    ) = UNSET
    ancient: (
        A[bool, say("Older than the oldest release the catalogue lists", derived=True)] | UnsetType
    ) = UNSET
    cycles_behind: (
        A[int, say("Upgrade steps to the oldest supported release", "releases", derived=True)]
        | UnsetType
    ) = UNSET
    product: A[str, say("The catalogue's name of the system", derived=True)] | UnsetType = UNSET
    dead_end: (
        A[bool, say("No release of this system is cared for any more", derived=True)] | UnsetType
    ) = UNSET
    cycle: A[str, say("The catalogue's name of the release", derived=True)] | UnsetType = UNSET
    released: A[Day, say("When this release came out", derived=True)] | UnsetType = UNSET


class Hardware(Section):
    """The box, or what the hypervisor shows as one."""

    vendor: A[str, say("Maker of the machine")] | UnsetType = UNSET
    model: A[str, say("Model of the machine")] | UnsetType = UNSET
    serial: A[str, say("Serial number of the machine")] | UnsetType = UNSET
    form_factor: A[str, say("Shape of the case, such as Rack Mount Chassis")] | UnsetType = UNSET
    bios_version: A[str, say("Firmware version of the board")] | UnsetType = UNSET
    bios_date: A[Day, say("Date of the board's firmware; physical hosts only")] | UnsetType = UNSET
    virtual: A[bool, say("A guest of some hypervisor or container engine")] | UnsetType = UNSET
    virtual_type: A[str, say("Kind of virtualisation, such as kvm or docker")] | UnsetType = UNSET
    virtual_role: (
        A[Literal["guest", "host"], say("Guest, or host with a hypervisor loaded")] | UnsetType
    ) = UNSET
    cpu_model: A[str, say("Model of the processor")] | UnsetType = UNSET
    cpus: A[int, say("Logical processors", "count")] | UnsetType = UNSET
    memory_mb: A[int, say("Memory", "MiB")] | UnsetType = UNSET
    ecc: A[bool, say("Memory detects and corrects errors")] | UnsetType = UNSET
    memory_errors_corrected: (
        A[int, say("Corrected memory errors since boot", "count")] | UnsetType
    ) = UNSET
    memory_errors_uncorrected: (
        A[int, say("Uncorrected memory errors since boot", "count")] | UnsetType
    ) = UNSET
    power_supplies: A[int, say("Power supplies fitted", "count")] | UnsetType = UNSET
    power_feeds: A[list[str], say("Names of the feeds or PDUs that power it")] | UnsetType = UNSET
    warranty_until: A[Day, say("End of warranty or support contract", ahead=True)] | UnsetType = (
        UNSET
    )


ArrayState = Literal["optimal", "degraded", "rebuilding", "failed"]


class Drive(Section):
    """A drive as seen by the array it belongs to."""

    name: A[str, say("Device or slot, such as sda or 252:0")] | UnsetType = UNSET
    model: A[str, say("Model of the drive")] | UnsetType = UNSET
    serial: A[str, say("Serial number of the drive")] | UnsetType = UNSET
    firmware: A[str, say("Firmware of the drive")] | UnsetType = UNSET
    power_on_hours: (
        A[int, say("Time the drive has been powered", "hours", volatile=True)] | UnsetType
    ) = UNSET
    manufactured_on: A[Day, say("When the drive was made")] | UnsetType = UNSET
    state: A[str, say("State of the drive in its array, such as active or faulty")] | UnsetType = (
        UNSET
    )


class Raid(Section):
    """One array."""

    name: A[str, say("Name of the array, such as md0")] | UnsetType = UNSET
    kind: A[Literal["md", "hardware", "zfs", "btrfs"], say("What keeps the array")] | UnsetType = (
        UNSET
    )
    level: A[str, say("Level, such as raid1, raid5 or raidz2")] | UnsetType = UNSET
    controller: A[str, say("Name or model of the controller that keeps it")] | UnsetType = UNSET
    state: A[ArrayState, say("How the array is")] | UnsetType = UNSET
    devices: A[list[Drive], say("Member drives")] | UnsetType = UNSET
    devices_wanted: A[int, say("Members the array is built for", "count")] | UnsetType = UNSET
    devices_active: A[int, say("Members that work", "count")] | UnsetType = UNSET
    spares: A[int, say("Hot spares", "count")] | UnsetType = UNSET
    size_gb: A[float, say("Usable size", "GB")] | UnsetType = UNSET
    rebuild_pct: A[float, say("Progress of a rebuild", "percent", volatile=True)] | UnsetType = (
        UNSET
    )
    last_scrub: A[Time, say("Last consistency check that finished")] | UnsetType = UNSET
    ever_scrubbed: A[bool, say("A consistency check has finished at least once")] | UnsetType = (
        UNSET
    )
    redundant: (
        A[bool, say("Survives the loss of a member when whole", derived=True)] | UnsetType
    ) = UNSET
    can_lose: (
        A[int, say("Members it survives losing from now on, at least", "count", derived=True)]
        | UnsetType
    ) = UNSET
    one_model: A[bool, say("All members are of one model", derived=True)] | UnsetType = UNSET
    one_firmware: A[bool, say("All members run one firmware", derived=True)] | UnsetType = UNSET
    oldest_hours: (
        A[int, say("Most hours of any member; told when all are known", "hours", derived=True)]
        | UnsetType
    ) = UNSET
    hours_apart: (
        A[int, say("Hours between its oldest and its youngest member", "hours", derived=True)]
        | UnsetType
    ) = UNSET
    hours_apart_pct: (
        A[float, say("The same as a share of the oldest", "percent", derived=True)] | UnsetType
    ) = UNSET
    dated: A[bool, say("It is known when each member was made", derived=True)] | UnsetType = UNSET
    made_apart: (
        A[int, say("Days between the making of its members", "days", derived=True)] | UnsetType
    ) = UNSET
    serials_known: (
        A[bool, say("The serials of all members are known", derived=True)] | UnsetType
    ) = UNSET
    serials_differ_in: (
        A[int, say("Last characters in which serials of members differ", "count", derived=True)]
        | UnsetType
    ) = UNSET


class Controller(Section):
    """A storage controller."""

    name: A[str, say("Name or slot of the controller")] | UnsetType = UNSET
    model: A[str, say("Model of the controller")] | UnsetType = UNSET
    serial: A[str, say("Serial number of the controller")] | UnsetType = UNSET
    firmware: A[str, say("Firmware of the controller")] | UnsetType = UNSET
    manufactured_on: A[Day, say("When the controller was made")] | UnsetType = UNSET
    battery_state: A[str, say("State of the cache battery, such as optimal")] | UnsetType = UNSET
    battery_made_on: A[Day, say("When the cache battery was made")] | UnsetType = UNSET


class Disk(Section):
    """A disk as the system sees it."""

    name: A[str, say("Device name, such as sda or nvme0n1")] | UnsetType = UNSET
    vendor: A[str, say("Maker of the disk")] | UnsetType = UNSET
    model: A[str, say("Model of the disk")] | UnsetType = UNSET
    serial: A[str, say("Serial number of the disk")] | UnsetType = UNSET
    firmware: A[str, say("Firmware of the disk")] | UnsetType = UNSET
    controller: A[str, say("Controller the disk hangs on")] | UnsetType = UNSET
    size_gb: A[float, say("Size", "GB (10^9 bytes)")] | UnsetType = UNSET
    rotational: A[bool, say("A spinning disk")] | UnsetType = UNSET
    smart_ok: A[bool, say("The disk's own health check passes")] | UnsetType = UNSET
    power_on_hours: (
        A[int, say("Time the disk has been powered", "hours", volatile=True)] | UnsetType
    ) = UNSET
    reallocated_sectors: A[int, say("Sectors moved away from bad spots", "count")] | UnsetType = (
        UNSET
    )
    media_errors: A[int, say("Reads that failed for good", "count")] | UnsetType = UNSET
    manufactured_on: A[Day, say("When the disk was made")] | UnsetType = UNSET
    is_array: A[bool, say("An array behind a controller that shows as a disk", derived=True)] | (
        UnsetType
    ) = UNSET
    bad_spots: (
        A[int, say("Reallocated sectors and failed reads together", "count", derived=True)]
        | UnsetType
    ) = UNSET
    in_redundant_array: (
        A[bool, say("Member of an array that survives its loss", derived=True)] | UnsetType
    ) = UNSET


class Mount(Section):
    """A real file system."""

    path: A[str, say("Where it is mounted")] | UnsetType = UNSET
    device: A[str, say("Device or share behind it")] | UnsetType = UNSET
    fstype: A[str, say("Type of the file system, such as ext4")] | UnsetType = UNSET
    size_mb: A[float, say("Size", "MiB")] | UnsetType = UNSET
    used_pct: A[float, say("Space used", "percent", volatile=True)] | UnsetType = UNSET
    inodes_used_pct: A[float, say("Inodes used", "percent", volatile=True)] | UnsetType = UNSET
    read_only: A[bool, say("Mounted read-only")] | UnsetType = UNSET
    rests_on: (
        A[list[str], say("Disks, or arrays by name, that hold it at the bottom")] | UnsetType
    ) = UNSET
    used_mb: A[float, say("Space used", "MiB", volatile=True, derived=True)] | UnsetType = UNSET
    redundant: (
        A[bool, say("Survives the loss of any one drive when all are well", derived=True)]
        | UnsetType
    ) = UNSET


class Storage(Section):
    """Arrays, disks and file systems."""

    raids: A[list[Raid], say("Arrays; an empty list says there are none")] | UnsetType = UNSET
    controllers: A[list[Controller], say("Storage controllers")] | UnsetType = UNSET
    disks: A[list[Disk], say("Disks the system sees")] | UnsetType = UNSET
    mounts: A[list[Mount], say("Real, writable file systems")] | UnsetType = UNSET
    swap_mb: A[int, say("Swap space", "MiB")] | UnsetType = UNSET
    boot_synced: (
        A[bool, say("Boot and EFI files are copied to a second drive by a job")] | UnsetType
    ) = UNSET
    batch_models: (
        A[list[str], say("Models of arrays whose members are all alike", derived=True)] | UnsetType
    ) = UNSET
    batch_hours: (
        A[int, say("Most hours of any member of these arrays", "hours", derived=True)] | UnsetType
    ) = UNSET


class Clock(Section):
    """The clock and what keeps it right."""

    synced: A[bool, say("The clock follows a time source")] | UnsetType = UNSET
    synced_at: A[Time, say("When it last followed one")] | UnsetType = UNSET
    sources: A[list[str], say("Time sources in use")] | UnsetType = UNSET
    offset_ms: A[float, say("How far the clock is off", "ms", volatile=True)] | UnsetType = UNSET
    timezone: A[str, say("Time zone, such as Europe/London")] | UnsetType = UNSET


class Runtime(Section):
    """What is running, and since when."""

    booted_at: A[Time, say("When the system started")] | UnsetType = UNSET
    load: A[float, say("Load average over 15 minutes", volatile=True)] | UnsetType = UNSET
    failed_units: A[list[str], say("Services that failed")] | UnsetType = UNSET
    containers: A[list[str], say("Containers on this host")] | UnsetType = UNSET
    service_manager: A[str, say("What starts services, such as systemd")] | UnsetType = UNSET
    memory_guards: (
        A[list[str], say("What acts before memory runs out: zram, earlyoom, systemd-oomd, limits")]
        | UnsetType
    ) = UNSET
    kubernetes_node: A[bool, say("It runs pods for Kubernetes")] | UnsetType = UNSET
    is_chroot: A[bool, say("The report was made inside a chroot")] | UnsetType = UNSET
