# SPDX-License-Identifier: Apache-2.0
"""What the tests with captures share: tryst's rows and their sums, and tshark's frames.

Flows are cut differently by every meter, so what is compared are sums over addresses and ports.
"""
import csv
import io
import ipaddress
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from case import CORPUS, check, run

PORTS = ("6", "17", "132")
WORKERS = 2
EPOCH = datetime.fromtimestamp(0, timezone.utc)


def corpus(*names):
    return os.path.join(CORPUS, *names)


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def in_parallel(work, items):
    """The results in the order of the items: programs that are waited for, so threads will do."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, items))


def tryst(path, *words):
    """The rows, as dictionaries."""
    done = run("flows", path, "-o", "csv", "-q", *words)
    if done.returncode not in (0, 3, 4) or "Sanitizer" in done.stderr:
        raise ValueError(f"{path}: exit {done.returncode}: {done.stderr}")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def key(proto, src, src_port, dst, dst_port):
    if str(proto) not in PORTS:
        src_port = dst_port = 0
    return (int(proto), str(ipaddress.ip_address(src)), int(src_port or 0),
            str(ipaddress.ip_address(dst)), int(dst_port or 0))


def row_key(row):
    return key(*(row[name] for name in ("proto", "src", "src_port", "dst", "dst_port")))


def reverse(k):
    return (k[0], *k[3:], *k[1:3])


def both(k):
    """One key for both directions."""
    return min(k, reverse(k))


def milliseconds(text):
    """Of an RFC 3339 time; anything finer is cut off, as tryst does."""
    when = datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=timezone.utc)
    return (when - EPOCH) // timedelta(milliseconds=1)


def widen(times, k, first, last):
    """Keeps the first and the last time of a key."""
    before = times.get(k, (first, last))
    times[k] = (min(before[0], first), max(before[1], last))


def same(name, ours, theirs):
    ours, theirs = ({k: v for k, v in c.items() if v} for c in (ours, theirs))
    wrong = [f"{k}: tryst {ours.get(k)}, other {theirs.get(k)}"
             for k in sorted(set(ours) | set(theirs), key=str) if ours.get(k) != theirs.get(k)]
    check(name, not wrong, *wrong[:10])


# --- tshark's frames ------------------------------------------------------------------------------

FIELDS = ("frame.interface_id", "frame.len", "frame.protocols", "ip.src", "ip.dst", "ip.len",
          "ipv6.src", "ipv6.dst", "ipv6.plen")


def packets_in(row):
    """(src, dst, bytes) of the IP packets in a frame, from the outermost to the innermost; not of
    those that ICMP quotes."""
    seen = {"ip": 0, "ipv6": 0}
    found = []
    for layer in row["frame.protocols"].split(":"):
        if layer in ("icmp", "icmpv6"):
            break
        if layer not in seen:
            continue
        src, dst, octets = (row[f"{layer}.{name}"].split(",") for name in
                            ("src", "dst", "len" if layer == "ip" else "plen"))
        at = seen[layer]
        seen[layer] += 1
        if at < len(octets) and octets[at]:
            found.append((str(ipaddress.ip_address(src[at])), str(ipaddress.ip_address(dst[at])),
                          int(octets[at]) + (40 if layer == "ipv6" else 0)))
    return found


def tshark(path):
    command = ["tshark", "-n", "-r", path, "-o", "ip.defragment:FALSE", "-o",
               "ipv6.defragment:FALSE", "-T", "fields", "-E", "occurrence=a"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, text=True, capture_output=True, check=False, timeout=300)
    return [dict(zip(FIELDS, line.split("\t"))) for line in done.stdout.splitlines()]


def frames(paths):
    """For each path a list of (length of the frame, packets in it).

    All pcap files, which have one interface each, go through one run of tshark.
    """
    found = {path: [] for path in paths}
    alone = [path for path in paths if path.endswith(".pcapng")]
    together = [path for path in paths if not path.endswith(".pcapng")]
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as merged:
        subprocess.run(["mergecap", "-a", "-I", "all", "-w", merged.name, *together], check=True,
                       stderr=subprocess.DEVNULL, timeout=300)
        rows = [(together[int(row["frame.interface_id"])], row) for row in tshark(merged.name)]
    rows += [(path, row) for path in alone for row in tshark(path)]
    for path, row in rows:
        found[path].append((int(row["frame.len"]), packets_in(row)))
    return found
