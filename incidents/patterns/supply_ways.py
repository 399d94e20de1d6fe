"""Where facts come from: which tool or report tells a section, and where a person records it.

One table, keyed by section and, where a field comes from elsewhere than the rest of its section, by
field.  The longest key that a path begins with counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Way:
    """One way to supply something.  At most one of the three lines of curl is made from it.

    ``command`` prints a report that goes in as it is; ``sections`` is a report to fill in;
    ``record`` is a kind of upkeep.  ``place`` is the name of an address where a person says it, of
    the host where it ends in ``:``; ``where`` is what its link says.  With ``fleet`` it is told
    once for all hosts.
    """

    text: str
    command: str = ""
    sections: Mapping[str, Any] | None = None
    record: str = ""
    place: str = ""
    where: str = ""
    fleet: bool = False


Spot = dict[str, Any]
HOST: Spot = {"place": "hosts:edit:", "where": "Edit the host"}
GROUPS: Spot = {"place": "hosts:group-list", "where": "Groups"}
SERVICES: Spot = {"place": "hosts:service-list", "where": "Services"}
SITES: Spot = {"place": "hosts:site-list", "where": "Sites"}
UPKEEP: Spot = {"place": "hosts:upkeep:", "where": "Record it"}
COLLECT = "python3 collect.py --dry-run"
EOL_ON = {"software": [{"name": "our-shop", "eol_on": "2030-01-01"}]}
BY_HAND = "No tool tells this. Say it once by hand; it stays until you change it."


def _job(**said: Any) -> dict[str, Any]:
    """A word on one job: it goes with what a tool reports where tool and job are the same."""
    return {"backups": [{"tool": "restic", "job": "/srv", **said}]}


def _first(kind: str, what: str) -> Way:
    return Way(
        f"Nobody here has recorded {what} yet. The first record, on any host, decides this on "
        "every host.",
        record=kind,
        fleet=True,
        **UPKEEP,
    )


#: Section, or section and field, → how to supply it.
WAYS: dict[str, Way] = {
    # -- what tools report ------------------------------------------------------------------------
    "os": Way(
        "Gather facts with Ansible's setup, or send /etc/os-release.", command="cat /etc/os-release"
    ),
    "os.kernel": Way("Gather facts with Ansible's setup.", command="ansible {host} -m setup"),
    "os.arch": Way("Gather facts with Ansible's setup.", command="ansible {host} -m setup"),
    "os.upgradable": Way(BY_HAND, sections={"os": {"upgradable": True}}),
    "os.installable": Way(BY_HAND, sections={"os": {"installable": True}}),
    "hardware": Way("Gather facts with Ansible's setup.", command="ansible {host} -m setup"),
    "hardware.ecc": Way(
        "dmidecode tells it; the collector asks it where it may.",
        sections={"hardware": {"ecc": True}},
    ),
    "hardware.memory_errors_corrected": Way(
        "The collector reads the counters of the memory controller.", command=COLLECT
    ),
    "hardware.memory_errors_uncorrected": Way(
        "The collector reads the counters of the memory controller.", command=COLLECT
    ),
    "hardware.power_supplies": Way(
        "The management controller or a look at the rack tells it.",
        sections={"hardware": {"power_supplies": 2}},
    ),
    "hardware.power_feeds": Way(BY_HAND, sections={"hardware": {"power_feeds": ["A", "B"]}}),
    "hardware.warranty_until": Way(
        BY_HAND, sections={"hardware": {"warranty_until": "2027-06-30"}}
    ),
    "storage": Way("The collector reads arrays, disks and file systems.", command=COLLECT),
    "storage.raids": Way(
        "Send /proc/mdstat; of a hardware controller send storcli /call show all J.",
        command="cat /proc/mdstat",
    ),
    "storage.raids.devices": Way(
        "Ask the drives; several in one list. Behind a controller add -d megaraid,0 and so on.",
        command="smartctl -j -a /dev/sda",
    ),
    **dict.fromkeys(
        (
            "storage.raids.one_model",
            "storage.raids.hours_apart",
            "storage.raids.hours_apart_pct",
        ),
        Way(
            "It follows from the models and hours of the drives: ask each of them.",
            command="smartctl -j -a /dev/sda",
        ),
    ),
    "storage.raids.ever_scrubbed": Way(
        "Say when the array was last checked as a whole, or that it never was.",
        sections={"storage": {"raids": [{"name": "md0", "ever_scrubbed": False}]}},
    ),
    "storage.raids.last_scrub": Way(
        "Say when the array was last checked as a whole.",
        sections={"storage": {"raids": [{"name": "md0", "last_scrub": "2026-11-01T03:00:00Z"}]}},
    ),
    "storage.mounts.redundant": Way(
        "It follows from what lies on what, and from the level of each array: lsblk tells the "
        "one, /proc/mdstat or storcli the other.",
        command="lsblk -J -b -O",
    ),
    "storage.controllers": Way("Ask the controller.", command="storcli /call show all J"),
    "storage.disks": Way("Ask the drives; several in one list.", command="smartctl -j -a /dev/sda"),
    "storage.mounts": Way("Gather facts with Ansible's setup.", command="ansible {host} -m setup"),
    "storage.swap_mb": Way("Gather facts with Ansible's setup.", command="ansible {host} -m setup"),
    "storage.boot_synced": Way(BY_HAND, sections={"storage": {"boot_synced": True}}),
    "backups": Way(
        "Send what the backup tool says of itself: restic, borg or pgBackRest. Where there is "
        'none, say so: {"backups": []}.',
        command="restic snapshots --json",
    ),
    "backups.target_host": Way(
        "restic and pgBackRest never tell where the repository is. Say it by hand.",
        sections=_job(target_host="backup-01", offsite=True),
    ),
    "backups.offsite": Way(
        "Say at which site the repository lies, and give the host its own; or that it is away.",
        sections=_job(offsite=True),
    ),
    "backups.immutable": Way(BY_HAND, sections=_job(immutable=True)),
    "backups.account": Way(BY_HAND, sections=_job(account="vault")),
    "backups.site": Way(BY_HAND, sections=_job(site="north")),
    "backups.copies": Way(
        "Name the further copies of what this job saves; an empty list says that there are none.",
        sections=_job(copies=[]),
    ),
    "backups.every_hours": Way("Say how often the job should run.", sections=_job(every_hours=24)),
    "backups.enabled": Way(
        "An old job beside a newer one: say whether it is still meant to run.",
        sections=_job(enabled=False),
    ),
    "backups.paths": Way("Say what the job saves.", sections=_job(paths=["/srv"])),
    "backups.holds": Way(
        "It follows from the paths of the job and the file systems of the host.",
        sections=_job(paths=["/srv"]),
    ),
    "backups.dumps": Way(
        "Say which server the job dumps; `none` if it dumps no server.", sections=_job(dumps="none")
    ),
    "backups.tool_version": Way(BY_HAND, sections=_job(tool_version="17.2")),
    "backups.last_restore_test": Way(
        "No backup tool tells of a restore. Restore something once and record it.",
        record="restore_test",
        **UPKEEP,
    ),
    "backups.last_restore_ok": Way(
        "Restore something once and record how it went.", record="restore_test", **UPKEEP
    ),
    "backups.restore_minutes": Way(
        "Time the next restore and record it.", record="restore_test", **UPKEEP
    ),
    "packages": Way(
        "Send the list of pending updates (apt, dnf), or let the collector ask.",
        command="apt list --upgradable",
    ),
    "packages.reboot_required": Way("Ask the system.", command="needs-restarting -r"),
    "packages.restart_pending": Way("Ask the system.", command="needs-restarting -r"),
    "packages.unattended": Way(
        "The collector reads the settings of unattended upgrades.", command=COLLECT
    ),
    "packages.unattended_window": Way(
        "The collector reads the timer of unattended upgrades.", command=COLLECT
    ),
    "packages.unattended_reboot": Way(
        "The collector reads the settings of unattended upgrades.", command=COLLECT
    ),
    "packages.last_upgrade": Way("The collector reads the package manager's log.", command=COLLECT),
    "software": Way(
        "Gather the installed packages with Ansible.",
        command="ansible {host} -m package_facts",
    ),
    "software.past_eol": Way(
        "No catalogue knows its end. Say until when somebody cares for it.", sections=EOL_ON
    ),
    "software.cared_for_by": Way(
        "Its maker has given it up, and a rolling distribution may mend it or not. Say until when "
        "somebody cares for it.",
        sections=EOL_ON,
    ),
    "software.behind": Way("No catalogue lists its patches, or the list is old: ask its maker."),
    "software.latest_on": Way("No catalogue lists its patches, or the list is old: ask its maker."),
    "software.patches_behind": Way(
        "No catalogue lists its patches, or the list is old: ask its maker."
    ),
    "software.pinned": Way(BY_HAND, sections={"software": [{"name": "nginx", "pinned": False}]}),
    "software.pin_reason": Way(
        "Say why it is held back.",
        sections={"software": [{"name": "nginx", "pin_reason": "the module is built for it"}]},
    ),
    "network": Way("Gather facts with Ansible's setup.", command="ansible {host} -m setup"),
    "network.interfaces.bonded": Way(
        "Say for each interface which bond it is a member of, and of which type it is.",
        sections={"network": {"interfaces": [{"name": "eth0", "type": "ether", "bond": "bond0"}]}},
    ),
    "network.interfaces.switch": Way(
        "LLDP tells it, or a look at the rack.",
        sections={"network": {"interfaces": [{"name": "eth0", "switch": "sw-01"}]}},
    ),
    "certificates": Way(
        "Send the certificate, never its key; the collector finds the usual places.",
        command="cat /etc/ssl/certs/www.example.net.pem",
    ),
    "certificates.auto_renew": Way(
        BY_HAND, sections={"certificates": [{"subject": "www.example.net", "auto_renew": True}]}
    ),
    "clock": Way("Ask chrony.", command="chronyc -c tracking"),
    "runtime": Way("Gather facts with Ansible's setup.", command="ansible {host} -m setup"),
    "runtime.failed_units": Way("The collector asks systemd.", command=COLLECT),
    "runtime.memory_guards": Way("The collector asks systemd.", command=COLLECT),
    "management": Way(
        "Have Puppet or an Ansible callback send its last run.",
        sections={"management": {"tool": "ansible", "last_run": "2026-11-23T02:00:00Z"}},
    ),
    "monitoring": Way(
        "Say whether anything watches it, and whom it calls.",
        sections={"monitoring": {"monitored": True, "alerts_to": ["ops"]}},
    ),
    "access": Way(
        "Say how one gets in when the network is gone.",
        sections={"access": {"console": "ipmi", "console_address": "10.0.0.9"}},
    ),
    "access.accounts": Way(
        "Say whose credentials can wipe the host: the cloud account, the automation, the admins.",
        sections={"access": {"accounts": ["acme-cloud"]}},
    ),
    "access.console_tested": Way(
        "Log in by the console once and record it.", record="console_test", **UPKEEP
    ),
    "limits": Way(
        "Send how much of a limit is used: licences, sequences, quotas.",
        sections={"limits": [{"name": "orders.id", "kind": "sequence", "used": 1, "limit": 100}]},
    ),
    "custom": Way(
        "Your own script sends this, or a local fact of Ansible.", sections={"custom": {}}
    ),
    # -- what people say of hosts, and what is worked out from it -------------------------------
    "host": Way("Say it on the host's page.", **HOST),
    "host.name": Way("The register knows it.", **HOST),
    "host.important": Way(
        "Nobody decided whether it matters: say so on the host, or give it or a service on it a "
        "criticality.",
        **HOST,
    ),
    "host.stateful": Way("Say whether it holds data that exists nowhere else.", **HOST),
    "host.owner_people": Way("Give it an owner, and the team its people.", **HOST),
    "host.has_runbook": Way(
        "Say which services run here, and where their runbooks are.", **SERVICES
    ),
    "host.days_since_maintenance": Way(
        "Record the next maintenance window that is used.", record="maintenance_window", **UPKEEP
    ),
    "host.reported": Way("Send a report of it.", command="ansible {host} -m setup"),
    "host.reports": Way("Send reports of it every night.", command="ansible {host} -m setup"),
    "host.last_report": Way("Send a report of it.", command="ansible {host} -m setup"),
    "host.clock_off_seconds": Way("Send a report with its own time.", command=COLLECT),
    "groups": Way("Write down the group and its members.", **GROUPS),
    "groups.min_members": Way("Say on the group's page how many must be up.", **GROUPS),
    "groups.failover_ever": _first("failover_drill", "a failover drill"),
    "groups.last_failover_test": Way("Fail over once and record it on the group's page.", **GROUPS),
    "groups.last_failover_result": Way(
        "Fail over once and record it on the group's page.", **GROUPS
    ),
    "groups.partial_fault_tested": Way(
        "Say with the drill whether it was a partial fault or a clean stop.", **GROUPS
    ),
    "groups.peers.same_machine": Way("Say what each member runs in.", **HOST),
    "groups.peers.same_rack": Way("Say in which rack each member stands.", **HOST),
    "groups.peers.same_site": Way("Say at which site each member stands.", **HOST),
    "groups.peers.same_feed": Way(
        "Say of each member which feeds power it.",
        sections={"hardware": {"power_feeds": ["A", "B"]}},
    ),
    "groups.peers.same_switch": Way(
        "Say of each member which switches it hangs on.",
        sections={"network": {"interfaces": [{"name": "eth0", "switch": "sw-01"}]}},
    ),
    "groups.peers.report_every_days": Way(
        "Let every member report on three days at least.", command=COLLECT
    ),
    "groups.peers": Way("Another member of the group has to report it.", **GROUPS),
    "services": Way("Write down which services run on it.", **SERVICES),
    "services.criticality": Way("Say on the service's page how much it matters.", **SERVICES),
    "services.important": Way("Say on the service's page how much it matters.", **SERVICES),
    "services.needs_hosts": Way("Say on the service's page how many hosts it needs.", **SERVICES),
    "services.runbooks": Way("Write down a runbook of any service.", fleet=True, **SERVICES),
    "services.rto_minutes": Way("Say on the service's page how soon it must be back.", **SERVICES),
    "services.rebuild_timed": Way(
        "Restore it once with a watch, and record how long it took.",
        record="restore_test",
        **UPKEEP,
    ),
    "services.rebuild_minutes": Way(
        "Time a restore and record it.", record="restore_test", **UPKEEP
    ),
    "lineage": Way("Say what it runs in, or send a report of what is around it.", **HOST),
    "lineage.parent": Way(
        "Say what it runs in; the host around it has to report its system.", **HOST
    ),
    "lineage.guests": Way("What runs inside has to be written down, and report.", **HOST),
    "fleet": Way(
        "Too few machines of its environment have told their system. More of them have to report; "
        "it needs an environment itself.",
        **HOST,
    ),
    "upkeep": Way("Record it when it is done.", **UPKEEP),
    "upkeep.restore_test": _first("restore_test", "a restore test"),
    "upkeep.failover_drill": _first("failover_drill", "a failover drill"),
    "upkeep.maintenance_window": _first("maintenance_window", "a maintenance window"),
    "upkeep.upgrade": _first("upgrade", "an upgrade"),
    "upkeep.kit_check": _first("kit_check", "a check of the kit at a site"),
    "upkeep.console_test": _first("console_test", "a test of the console"),
    "upkeep.runbook_review": _first("runbook_review", "a review of a runbook"),
    "spares": Way("Write down which spare parts lie at its site.", **SITES),
    "history": Way("Write up what happened here."),
    "site": Way("Say at which site it stands.", **HOST),
    "site.kits": Way("Write down the kit of any site.", fleet=True, **SITES),
    "site.people_with_access": Way("Write down who may enter any site.", fleet=True, **SITES),
    "advisories": Way("Its drives and controllers have to be told.", command=COLLECT),
    "advisories.hits.firmware": Way("Ask the drives.", command="smartctl -j -a /dev/sda"),
    "advisories.hits.days_left": Way("Ask the drives.", command="smartctl -j -a /dev/sda"),
    "trends": Way(
        "Send the file systems every day; a trend needs five.",
        command="ansible {host} -m setup",
    ),
    "taught": Way("Write up what happened here."),
    "findings": Way("Another check of this host has to be decided first."),
    "facts_age": Way("Send a report of that section.", command=COLLECT),
}
