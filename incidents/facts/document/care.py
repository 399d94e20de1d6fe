"""Sections about how a host is looked after: backups, packages, software, network and people."""

from __future__ import annotations

from typing import Annotated as A
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from .meta import Day, Section, Time, say


class BackupCopy(Section):
    """One more copy of what a job saves."""

    target: A[str, say("Where the copy is")] | UnsetType = UNSET
    target_host: A[str, say("Host that holds the copy")] | UnsetType = UNSET
    site: A[str, say("Site that holds the copy")] | UnsetType = UNSET
    account: A[str, say("Account whose credentials can delete the copy")] | UnsetType = UNSET
    immutable: A[bool, say("Nobody can change or delete it before its time")] | UnsetType = UNSET
    offline: A[bool, say("Not reachable from any running system")] | UnsetType = UNSET
    offsite: A[bool, say("It is away from the host's site; follows from its site")] | UnsetType = (
        UNSET
    )


class Backup(Section):
    """One backup job of this host. An empty list says: looked, there are none."""

    tool: A[str, say("Tool that makes it, such as restic or pgbackrest")] | UnsetType = UNSET
    tool_version: A[str, say("Version of the tool")] | UnsetType = UNSET
    dumps: (
        A[str, say("Server software it dumps, such as postgresql; it needs a client as new")]
        | UnsetType
    ) = UNSET
    job: A[str, say("Name of the job, or what it saves")] | UnsetType = UNSET
    target: A[str, say("Where it goes: repository address or path")] | UnsetType = UNSET
    target_host: A[str, say("Host the repository lives on")] | UnsetType = UNSET
    site: A[str, say("Site the repository lives at")] | UnsetType = UNSET
    account: A[str, say("Account whose credentials can delete it")] | UnsetType = UNSET
    enabled: A[bool, say("The job is meant to run; one with a schedule is")] | UnsetType = UNSET
    offsite: A[bool, say("It leaves the host's site; follows from its site")] | UnsetType = UNSET
    immutable: A[bool, say("Nobody can change or delete it before its time")] | UnsetType = UNSET
    mounted: A[bool, say("The repository is always mounted writable here")] | UnsetType = UNSET
    paths: A[list[str], say("What it saves")] | UnsetType = UNSET
    excludes: A[list[str], say("What it leaves out")] | UnsetType = UNSET
    one_file_system: A[bool, say("It stops at the edge of a file system")] | UnsetType = UNSET
    every_hours: A[float, say("How often it is meant to run", "hours")] | UnsetType = UNSET
    last_attempt: A[Time, say("Last time it ran, well or not")] | UnsetType = UNSET
    last_success: A[Time, say("Last time it ended well")] | UnsetType = UNSET
    last_ok: A[bool, say("The last run that is known of ended well")] | UnsetType = UNSET
    last_restore_test: A[Time, say("Last time a restore from it was tried")] | UnsetType = UNSET
    last_restore_ok: A[bool, say("That restore brought the data back")] | UnsetType = UNSET
    restore_minutes: A[float, say("How long that restore took", "minutes")] | UnsetType = UNSET
    size_mb: A[float, say("Size of the newest backup", "MiB")] | UnsetType = UNSET
    usual_size_mb: A[float, say("Median size of the recent backups", "MiB")] | UnsetType = UNSET
    retention_days: A[int, say("How long backups are kept", "days")] | UnsetType = UNSET
    copies: A[list[BackupCopy], say("Further copies of the same data")] | UnsetType = UNSET
    last_success_hours: (
        A[int, say("Whole hours since it last ended well", "hours", derived=True)] | UnsetType
    ) = UNSET
    scheduled: (
        A[bool, say("It is known how often it is meant to run", derived=True)] | UnsetType
    ) = UNSET
    sized: A[bool, say("How large it is, and usually is, is known", derived=True)] | UnsetType = (
        UNSET
    )
    size_pct: (
        A[float, say("The newest as a share of the usual size", "percent", derived=True)]
        | UnsetType
    ) = UNSET
    holds: (
        A[list[str], say("File systems of this host of which it saves something", derived=True)]
        | UnsetType
    ) = UNSET
    dumps_here: (
        A[bool, say("It dumps a server that is installed on this host", derived=True)] | UnsetType
    ) = UNSET
    server_version: (
        A[str, say("Version of the server it dumps, where that is here", derived=True)] | UnsetType
    ) = UNSET
    tool_too_old: (
        A[bool, say("Its tool is of an older release than the server", derived=True)] | UnsetType
    ) = UNSET


class Packages(Section):
    """The state of the package manager."""

    manager: A[str, say("Package manager, such as apt or portage")] | UnsetType = UNSET
    pending: A[int, say("Updates waiting", "count")] | UnsetType = UNSET
    pending_security: A[int, say("Security updates waiting", "count")] | UnsetType = UNSET
    pending_security_since: A[Time, say("When the oldest of them appeared")] | UnsetType = UNSET
    last_upgrade: A[Time, say("Last time packages were upgraded")] | UnsetType = UNSET
    held: A[list[str], say("Packages kept from upgrading")] | UnsetType = UNSET
    unattended: A[bool, say("Upgrades install by themselves")] | UnsetType = UNSET
    unattended_window: A[str, say("When they do, such as 06:00-07:00 UTC")] | UnsetType = UNSET
    unattended_reboot: A[bool, say("The host restarts by itself for them")] | UnsetType = UNSET
    pending_security_dated: (
        A[bool, say("It is known since when the oldest waits", derived=True)] | UnsetType
    ) = UNSET
    reboot_required: A[bool, say("A restart is needed for what is installed")] | UnsetType = UNSET
    reboot_required_since: A[Time, say("Since when a restart is needed")] | UnsetType = UNSET
    newest_kernel: A[str, say("Newest kernel installed, as uname -r would name it")] | UnsetType = (
        UNSET
    )
    restart_pending: (
        A[bool, say("A restart is needed, or an older kernel runs", derived=True)] | UnsetType
    ) = UNSET


class Software(Section):
    """One piece of installed software."""

    name: A[str, say("Name, such as postgresql or php")] | UnsetType = UNSET
    version: A[str, say("Installed version")] | UnsetType = UNSET
    major: A[int, say("First number of the version", "release", derived=True)] | UnsetType = UNSET
    series: A[str, say("First two parts of the version, such as 9.6", derived=True)] | UnsetType = (
        UNSET
    )
    product: A[str, say("The catalogue's name of the software", derived=True)] | UnsetType = UNSET
    past_eol: A[bool, say("Its support is over", derived=True)] | UnsetType = UNSET
    latest: (
        A[str, say("Newest patch of its release, by the catalogue", derived=True)] | UnsetType
    ) = UNSET
    latest_on: A[Day, say("When that patch came out", derived=True)] | UnsetType = UNSET
    behind: A[bool, say("A newer patch of its release is out", derived=True)] | UnsetType = UNSET
    patches_behind: (
        A[int, say("Patches of its release that it lacks, at least", "patches", derived=True)]
        | UnsetType
    ) = UNSET
    cared_for_by: (
        A[
            Literal["maker", "distribution"],
            say("Who mends it: its maker, or the distribution it came with", derived=True),
        ]
        | UnsetType
    ) = UNSET
    role: (
        A[Literal["server", "client", "library", "runtime"], say("What part it plays")] | UnsetType
    ) = UNSET
    arch: A[str, say("Architecture it is built for")] | UnsetType = UNSET
    source: A[str, say("Where it came from, such as apt or manual")] | UnsetType = UNSET
    eol_on: A[Day, say("End of its support, where known", ahead=True)] | UnsetType = UNSET
    pin_told: A[bool, say("Somebody said that it is pinned", derived=True)] | UnsetType = UNSET
    pin_explained: (
        A[bool, say("Both day and reason of its pin are told", derived=True)] | UnsetType
    ) = UNSET
    pinned: A[bool, say("Held at this version on purpose")] | UnsetType = UNSET
    pinned_on: A[Day, say("When it was pinned")] | UnsetType = UNSET
    pin_reason: A[str, say("Why it is pinned")] | UnsetType = UNSET


class Interface(Section):
    """One network interface."""

    name: A[str, say("Name, such as eth0 or bond0")] | UnsetType = UNSET
    type: A[str, say("Kind, such as ether, bond, bridge or loopback")] | UnsetType = UNSET
    mac: A[str, say("Hardware address")] | UnsetType = UNSET
    ipv4: A[list[str], say("IPv4 addresses")] | UnsetType = UNSET
    ipv6: A[list[str], say("IPv6 addresses")] | UnsetType = UNSET
    speed_mbps: A[int, say("Link speed", "Mbit/s")] | UnsetType = UNSET
    mtu: A[int, say("Largest packet", "bytes")] | UnsetType = UNSET
    bond: A[str, say("Bond this interface is a member of")] | UnsetType = UNSET
    bonded: A[bool, say("It is a member of a bond", derived=True)] | UnsetType = UNSET
    switch: A[str, say("Switch it is plugged into")] | UnsetType = UNSET
    up: A[bool, say("The link is up")] | UnsetType = UNSET


class Network(Section):
    """Names, addresses and the way out."""

    fqdn: A[str, say("Fully qualified name")] | UnsetType = UNSET
    interfaces: A[list[Interface], say("Network interfaces")] | UnsetType = UNSET
    resolvers: (
        A[list[str], say("DNS servers asked; behind a local stub: its upstreams")] | UnsetType
    ) = UNSET
    local_stub: A[bool, say("Names are asked of a stub on the host itself")] | UnsetType = UNSET
    search: A[list[str], say("Domains tried for short names")] | UnsetType = UNSET
    gateway: A[str, say("Default gateway (IPv4, else IPv6)")] | UnsetType = UNSET
    default_routes: A[list[str], say("Gateways of all default routes")] | UnsetType = UNSET


class Certificate(Section):
    """One certificate, best as it is served."""

    subject: A[str, say("Whom it names")] | UnsetType = UNSET
    issuer: A[str, say("Who signed it")] | UnsetType = UNSET
    names: A[list[str], say("Names it is valid for")] | UnsetType = UNSET
    serial: A[str, say("Serial number")] | UnsetType = UNSET
    endpoint: A[str, say("Where it is served, host:port")] | UnsetType = UNSET
    path: A[str, say("File it lies in")] | UnsetType = UNSET
    not_before: A[Time, say("Valid from")] | UnsetType = UNSET
    not_after: A[Time, say("Valid until", ahead=True)] | UnsetType = UNSET
    auto_renew: A[bool, say("Renews by itself")] | UnsetType = UNSET


class Management(Section):
    """Configuration management."""

    tool: A[str, say("Tool that builds the host, such as ansible, puppet or none")] | UnsetType = (
        UNSET
    )
    last_run: A[Time, say("Last run")] | UnsetType = UNSET
    last_run_ok: A[bool, say("The last run ended well")] | UnsetType = UNSET
    last_success: A[Time, say("Last run that ended well")] | UnsetType = UNSET
    drift: A[bool, say("The host differs from what the tool says")] | UnsetType = UNSET


class Monitoring(Section):
    """Who watches, and who hears of it."""

    monitored: A[bool, say("Something watches this host")] | UnsetType = UNSET
    agents: A[list[str], say("Agents, exporters and probes")] | UnsetType = UNSET
    checks: A[list[str], say("Checks that run")] | UnsetType = UNSET
    alerts_to: A[list[str], say("Who is told")] | UnsetType = UNSET
    last_sample: A[Time, say("Newest measurement", volatile=True)] | UnsetType = UNSET


class Access(Section):
    """Ways in when the network is not one, and whose keys fit."""

    accounts: (
        A[list[str], say("Accounts whose credentials can wipe the host, such as the cloud's")]
        | UnsetType
    ) = UNSET

    console: A[str, say("Out-of-band console: ipmi, idrac, ilo, none …")] | UnsetType = UNSET
    console_address: A[str, say("Address of the console")] | UnsetType = UNSET
    console_tested: A[Time, say("Last time somebody used the console")] | UnsetType = UNSET
    last_password_rotation: A[Time, say("Last change of the emergency password")] | UnsetType = (
        UNSET
    )
    ssh_root: A[bool, say("Root may sign in over SSH")] | UnsetType = UNSET


class Limit(Section):
    """A hard limit, and how much of it is used. An empty list says: looked, none is near."""

    name: (
        A[str, say("What runs out, such as xid age of main or open files of nginx")] | UnsetType
    ) = UNSET
    kind: A[str, say("Kind, such as file size, key, xid, files or threads")] | UnsetType = UNSET
    used: A[float, say("Used so far", "as the limit counts")] | UnsetType = UNSET
    limit: A[float, say("Where it ends", "bytes, entries or whatever it counts")] | UnsetType = (
        UNSET
    )


Custom = dict[str, Any]
