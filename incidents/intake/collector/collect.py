#!/usr/bin/env python3
"""Tell Twiceshy what this machine knows of itself.

    collect.py --url https://kb.example.net [--host NAME] [--dry-run]

Needs Python 3.6 and nothing else.  The token comes from TWICESHY_TOKEN or --token-file.  Without
root it sees less, and says what it could not see.  It changes nothing on this machine.

Backups are asked for where they are configured: restic with RESTIC_REPOSITORY (and its password) in
the environment, borg with BORG_REPO, pgBackRest with /etc/pgbackrest.conf or /etc/pgbackrest/.
"""

import argparse
import glob
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

TIMEOUT = 60
LIMIT = 900 * 1024
CERTIFICATES = [
    "/etc/letsencrypt/live/*/cert.pem",
    "/etc/ssl/private/*.crt",
    "/etc/nginx/ssl/*.crt",
    "/etc/nginx/ssl/*.pem",
    "/etc/apache2/ssl/*.crt",
    "/etc/httpd/conf/ssl/*.crt",
]


class Unseen(Exception):
    """Something that could not be looked at, and why."""


def read(path):
    """The text of a file, or None where there is none."""
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except (IOError, OSError):
        return None


def have(tool):
    """Whether a tool is on the path, the places of root's tools included."""
    folders = os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin", "/usr/local/sbin"]
    return any(os.access(os.path.join(folder, tool), os.X_OK) for folder in folders if folder)


def run(words, good=(0,)):
    """What a command prints; Unseen where it fails."""
    environment = dict(os.environ, LC_ALL="C", LANG="C")
    environment["PATH"] = environment.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin"
    try:
        done = subprocess.Popen(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = done.communicate(timeout=TIMEOUT)
    except (OSError, subprocess.TimeoutExpired) as problem:
        if not isinstance(problem, OSError):
            done.kill()
            done.communicate()
        raise Unseen("%s: %s" % (words[0], problem))
    if good and done.returncode not in good:
        said = (err or out).decode("utf-8", "replace").strip().splitlines()
        raise Unseen("%s: %s" % (words[0], said[-1] if said else "exit %d" % done.returncode))
    return out.decode("utf-8", "replace")


def in_container():
    """Whether disks, uptime and memory here are somebody else's."""
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        return True
    first = read("/proc/1/environ") or ""
    return "container=" in first


# --- what this machine says of itself: (format, content), native for what needs no reader ---------


def system():
    """Kernel, machine, uptime, memory: Linux's own files."""
    about = os.uname()
    sections = {"os": {"kernel": about.release, "arch": about.machine}}
    own = not in_container()
    hardware = {}
    if own:
        names = {
            "vendor": "sys_vendor",
            "model": "product_name",
            "serial": "product_serial",
            "bios_version": "bios_version",
        }
        for field, name in names.items():
            value = (read("/sys/class/dmi/id/" + name) or "").strip()
            if value and value.lower() not in ("none", "not specified", "default string"):
                hardware[field] = value
    memory = read("/proc/meminfo") or ""
    found = dict(re.findall(r"^(\w+):\s+(\d+) kB", memory, re.MULTILINE))
    if own and "MemTotal" in found:
        hardware["memory_mb"] = int(found["MemTotal"]) // 1024
    if own and "SwapTotal" in found:
        sections["storage"] = {"swap_mb": int(found["SwapTotal"]) // 1024}
    if hasattr(os, "sysconf") and own:
        hardware["cpus"] = os.sysconf("SC_NPROCESSORS_ONLN")
    if hardware:
        sections["hardware"] = hardware
    uptime = read("/proc/uptime")
    if uptime and own:
        sections["runtime"] = {"booted_at": utc(time.time() - float(uptime.split()[0]))}
    reboot = packages_state()
    if reboot:
        sections["packages"] = reboot
    return "native", sections


def packages_state():
    """Whether a restart is due and when packages were last upgraded, on Debian's family."""
    if not os.path.isdir("/var/lib/dpkg"):
        return {}
    state = {"manager": "apt", "reboot_required": os.path.exists("/run/reboot-required")}
    if state["reboot_required"]:
        state["reboot_required_since"] = utc(os.path.getmtime("/run/reboot-required"))
    last = 0
    for path in glob.glob("/var/log/dpkg.log*"):
        if path.endswith(".gz"):
            continue
        stamps = re.findall(r"^(\S+ \S+) (?:upgrade|install) ", read(path) or "", re.MULTILINE)
        for stamp in stamps[-1:]:
            try:
                last = max(last, time.mktime(time.strptime(stamp, "%Y-%m-%d %H:%M:%S")))
            except ValueError:
                pass
    if last:
        state["last_upgrade"] = utc(last)
    return state


def mounts():
    """Real file systems with how full they are."""
    pseudo = set("tmpfs devtmpfs squashfs overlay iso9660 ramfs proc sysfs cgroup cgroup2".split())
    pseudo |= set("devpts mqueue hugetlbfs debugfs tracefs autofs udf vboxsf nsfs".split())
    found = []
    seen = set()
    for line in (read("/proc/mounts") or "").splitlines():
        device, path, kind, options = (line.split() + [""] * 4)[:4]
        path = path.replace("\\040", " ")
        if kind in pseudo or "ro" in options.split(",") or path in seen:
            continue
        if path.startswith(("/proc", "/sys", "/dev", "/run")):
            continue
        try:
            about = os.statvfs(path)
        except OSError:
            continue
        if not about.f_blocks or path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
            continue
        seen.add(path)
        used = about.f_blocks - about.f_bfree
        entry = {
            "path": path,
            "device": device,
            "fstype": kind,
            "size_mb": round(about.f_blocks * about.f_frsize / 1048576.0, 1),
            "used_pct": round(100.0 * used / max(1, used + about.f_bavail), 1),
        }
        if about.f_files:
            taken = about.f_files - about.f_ffree
            entry["inodes_used_pct"] = round(100.0 * taken / about.f_files, 1)
        found.append(entry)
    if not found:
        raise Unseen("mounts: no real file system is visible")
    return "native", {"storage": {"mounts": found}}


def release():
    text = read("/etc/os-release") or read("/usr/lib/os-release")
    if not text:
        raise Unseen("/etc/os-release: there is none")
    return "os-release", text


def arrays():
    text = read("/proc/mdstat")
    if text is None or in_container():
        raise Unseen("/proc/mdstat: no software arrays are visible here")
    return "mdstat", text


def disks():
    if in_container():
        raise Unseen("lsblk: disks here belong to the machine around this container")
    words = ["lsblk", "-J", "-b", "-o", "NAME,KNAME,PKNAME,TYPE,SIZE,ROTA,MODEL,SERIAL,VENDOR,RO"]
    return "lsblk", json.loads(run(words))


def health():
    if in_container():
        raise Unseen("smartctl: disks here belong to the machine around this container")
    if not have("smartctl"):
        raise Unseen(
            "smartctl: not installed (package smartmontools), so drives' health is unknown"
        )
    if os.geteuid() != 0:
        raise Unseen("smartctl: needs root to ask the drives")
    scan = json.loads(run(["smartctl", "-j", "--scan"]))
    found = []
    for one in scan.get("devices", [])[:64]:
        words = ["smartctl", "-j", "-a", "-d", one.get("type", "auto"), one["name"]]
        found.append(json.loads(run(words, good=())))  # its exit status is a set of flags
    if not found:
        raise Unseen("smartctl: no drive that it could ask")
    return "smartctl", found


def restic():
    if not os.environ.get("RESTIC_REPOSITORY") and not os.environ.get("RESTIC_REPOSITORY_FILE"):
        return None
    words = ["restic", "snapshots", "--json", "--no-lock", "--host", socket.gethostname()]
    return "restic", json.loads(run(words))


def borg():
    if not os.environ.get("BORG_REPO"):
        return None
    return "borg", json.loads(run(["borg", "info", "--json", "--last", "10"]))


def pgbackrest():
    if not os.path.exists("/etc/pgbackrest.conf") and not os.path.isdir("/etc/pgbackrest"):
        return None
    return "pgbackrest", json.loads(run(["pgbackrest", "info", "--output=json"]))


def updates():
    if have("apt"):
        return "updates", run(["apt", "list", "--upgradable"])
    for tool in ("dnf", "yum"):
        if have(tool):
            listed = run([tool, "-q", "check-update"], good=(0, 100))
            return "updates", "Last metadata expiration check\n" + listed
    return None


def restarting():
    if not have("needs-restarting"):
        return None
    return "updates", run(["needs-restarting", "-r"], good=(0, 1))


def clock():
    if have("chronyc"):
        return "chrony", run(["chronyc", "-c", "tracking"])
    if have("timedatectl"):
        said = run(["timedatectl", "show", "-p", "NTPSynchronized", "-p", "Timezone"])
        pairs = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        about = {"synced": pairs.get("NTPSynchronized") == "yes"}
        if pairs.get("Timezone"):
            about["timezone"] = pairs["Timezone"]
        return "native", {"clock": about}
    raise Unseen("clock: neither chronyc nor timedatectl is here")


def certificates(patterns):
    found = []
    unreadable = []
    for pattern in patterns:
        for path in sorted(glob.glob(pattern)):
            text = read(path)
            if text is None:
                unreadable.append(path)
                continue
            blocks = re.findall(
                r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL
            )
            found += blocks[:1]
    if unreadable and not found:
        raise Unseen("certificates: %s can't be read without root" % unreadable[0])
    return ("certificates", "\n".join(found)) if found else None


# --- putting it together -----------------------------------------------------------------------


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def gather(patterns):
    """(what was seen: list of (format, content)), (what was not: list of words)."""
    seen, unseen = [], []
    looks = [system, release, mounts, arrays, disks, health, restic, borg, pgbackrest, updates]
    looks += [restarting, clock, lambda: certificates(patterns)]
    for look in looks:
        try:
            found = look()
        except Unseen as problem:
            unseen.append(str(problem))
        except (ValueError, KeyError, TypeError) as problem:
            unseen.append("%s: %s" % (getattr(look, "__name__", "certificates"), problem))
        else:
            if found is not None:
                seen.append(found)
    return seen, unseen


def lines_of(host, seen, now):
    """One line of JSON for each find."""
    lines = []
    for format_, content in seen:
        line = {"host": host, "format": format_, "observed_at": utc(now), "content": content}
        if format_ == "native":
            line["source"] = "collect"
            line["content"] = {"sections": content}
        lines.append(json.dumps(line, sort_keys=True))
    return lines


def merged(seen):
    """Native finds as one, so that one source says all it says at once."""
    native, others = {}, []
    for format_, content in seen:
        if format_ != "native":
            others.append((format_, content))
            continue
        for section, value in content.items():
            native.setdefault(section, {}).update(value)
    return [("native", native)] + others if native else others


def send(url, token, body):
    request = urllib.request.Request(
        url.rstrip("/") + "/api/v1/facts/",
        data=body,
        headers={
            "Authorization": "Bearer " + token,
            "Content-Type": "application/x-ndjson",
            "Accept": "application/x-ndjson",
            "User-Agent": "twiceshy-collect",
        },
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        return [json.loads(line) for line in answer.read().decode("utf-8").splitlines()]


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=os.environ.get("TWICESHY_URL", "@SITE_URL@"))
    parser.add_argument("--host", default=socket.gethostname().split(".")[0])
    parser.add_argument("--token-file", help="a file that holds the token")
    parser.add_argument("--cert", action="append", help="certificates: a path, may hold *")
    parser.add_argument("--dry-run", action="store_true", help="print what would be sent")
    options = parser.parse_args(words)
    seen, unseen = gather(options.cert or CERTIFICATES)
    lines = lines_of(options.host, merged(seen), time.time())
    lines = [line for line in lines if len(line) < LIMIT or unseen.append("too long to send")]
    for words in unseen:
        sys.stderr.write("not seen: %s\n" % words)
    if options.dry_run:
        print("\n".join(lines))
        return 0
    token = os.environ.get("TWICESHY_TOKEN") or (read(options.token_file or "") or "").strip()
    if not token:
        sys.stderr.write("Set TWICESHY_TOKEN, or give --token-file.\n")
        return 2
    try:
        answers = send(options.url, token, ("\n".join(lines) + "\n").encode("utf-8"))
    except urllib.error.HTTPError as error:
        sys.stderr.write("refused: %s %s\n" % (error.code, error.read().decode("utf-8")[:500]))
        return 1
    except (OSError, ValueError) as error:
        sys.stderr.write("%s could not be reached: %s\n" % (options.url, error))
        return 1
    refused = [one for one in answers if one.get("ok") is False]
    for one in refused:
        format_ = json.loads(lines[one["row"] - 1])["format"]
        detail = "; ".join(error["detail"] for error in one["errors"])
        sys.stderr.write("refused: %s: %s\n" % (format_, detail))
    for one in answers:
        flags = one.get("flags") or {}
        if isinstance(flags, dict):
            for word in ("opened", "resolved"):
                for flag in flags.get(word, []):
                    print("%s %s" % (word, flag))
    print("%d finds sent, %d refused" % (len(lines), len(refused)))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
