#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tryst against the installed nfdump on real files: the same totals, and for every filter the same
records in the same order with the same values.

nfdump prints 0 for what a record does not say, tryst nothing: there an empty cell equals a 0.
"""
import csv
import functools
import io
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone

from case import check, finish, run

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.environ.get("TRYST_CORPUS") or os.path.join(HERE, "../../../shared/corpus")

# All on every plain file, every second one on the compressed ones, which hold the same flows; each
# matches something in at least one of them (checked at the end).
FILTERS = [
    "any",
    "host 170.80.156.33",
    "src ip 147.32.82.62",
    "dst ip 216.72.164.217 or dst ip 147.32.80.119",
    "host 2804:3714:2::d",
    "net 170.80.0.0/16",
    "src net 172.234.0.0/16 and dst port 25",
    "ip in [170.80.156.33 147.32.80.9 172.234.14.141]",
    "src ip in [192.168.0.0/24 147.32.83.0/24 172.234.8.0/24]",
    "port 53",
    "dst port > 1024 and src port < 1024",
    "port in [25 161 902]",
    "proto udp",
    "proto tcp and not port 443",
    "proto icmp6",
    "flags S and not flags AFRPU",
    "flags A or flags R",
    "bytes > 1000",
    "duration > 1000",
    "packets > 5 and bytes < 5000",
    "bpp > 100 and pps > 10",
    "bps > 10000",
    "inet6",
    "not (proto tcp or proto udp)",
    "(src port 53 or dst port 53) and bytes > 100",
    "in if 9 or out if 14",
    "dst mask 20 or out if 1264",
    "next ip 192.168.0.137",
    "src tos 2",
    "flows 1",
    "src mask 16 and dst mask 24",
    "proto tcp and dst port 902 and src ip 147.32.80.119 and bytes < 100",
]

# tryst's column: nfdump's JSON names.
COLUMNS = {
    "start": ["first"], "end": ["last"], "received": ["received"],
    "src": ["src4_addr", "src6_addr"], "dst": ["dst4_addr", "dst6_addr"],
    "src_port": ["src_port"], "dst_port": ["dst_port"], "proto": ["proto"],
    "tcp_flags": ["tcp_flags"], "tos": ["src_tos"],
    "icmp_type": ["icmp_type"], "icmp_code": ["icmp_code"],
    "packets": ["in_packets"], "bytes": ["in_bytes"],
    "rev_packets": ["out_packets"], "rev_bytes": ["out_bytes"], "flows": ["aggr_flows"],
    "in_if": ["input_snmp"], "out_if": ["output_snmp"],
    "src_as": ["src_as"], "dst_as": ["dst_as"],
    "next_hop": ["ip4_next_hop", "ip6_next_hop"],
    "src_mask": ["src_mask"], "dst_mask": ["dst_mask"], "vlan": ["src_vlan"],
    "fwd_status": ["fwd_status"], "direction": ["direction"],
    "nat_src": ["src4_xlt_ip", "src6_xlt_ip"], "nat_dst": ["dst4_xlt_ip", "dst6_xlt_ip"],
    "nat_src_port": ["src_xlt_port"], "nat_dst_port": ["dst_xlt_port"],
    "exporter": ["ip4_router", "ip6_router"],
}
TIMES = ("start", "end", "received")
ADDRESSES = ("src", "dst", "next_hop", "nat_src", "nat_dst", "exporter")


@functools.lru_cache(maxsize=None)
def number(column, text):
    """A value of either program as a number; None where there is none."""
    text = str(text)
    if text == "":
        return None
    if column in TIMES:
        when = datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=timezone.utc)
        return round(when.timestamp() * 1000)
    if column in ADDRESSES:
        return int(ipaddress.ip_address(text))
    if column == "tcp_flags" and not text.isdigit():
        return sum(0x80 >> i for i, letter in enumerate(text) if letter != ".")
    return int(text)


# Filters return the same records again and again, so each is parsed once.

@functools.lru_cache(maxsize=None)
def nfdump_record(text):
    """A record of nfdump's JSON as numbers in the order of COLUMNS."""
    r = json.loads(text)
    if "icmp_type" in r:  # printed instead of the port that the exporter put them into
        r["dst_port"] = r["icmp_type"] << 8 | r["icmp_code"]
    return [number(column, next((r[n] for n in names if n in r), ""))
            for column, names in COLUMNS.items()]


@functools.lru_cache(maxsize=None)
def tryst_record(header, text):
    """A line of tryst's CSV as numbers in the order of COLUMNS."""
    row = dict(zip(header.split(","), text.split(",")))
    return [number(column, row[column]) for column in COLUMNS]


@functools.lru_cache(maxsize=64)
def nfdump(path, words):
    done = subprocess.run(["nfdump", "-r", path, "-o", "json", words], text=True, check=False,
                          capture_output=True, env=dict(os.environ, TZ="UTC"))
    if done.returncode != 0 or not done.stdout.startswith("["):
        raise ValueError(f"nfdump: {done.stdout}{done.stderr}")
    return [nfdump_record(text) for text in re.findall(r"^\{$.*?^\}", done.stdout, re.M | re.S)]


def tryst(path, words):
    done = run("flows", path, words, "-o", "csv")
    if done.returncode != 0:
        raise ValueError(f"tryst: exit {done.returncode}: {done.stderr}")
    header, *rows = done.stdout.splitlines()
    return [tryst_record(header, text) for text in rows]


def same(ours, theirs):
    """Equal in every column; what tryst leaves empty may be a 0 of nfdump's."""
    return ours == theirs or all((a or 0) == (b or 0) for a, b in zip(ours, theirs))


def difference(ours, theirs):
    if len(ours) != len(theirs):
        return f"tryst has {len(ours)} records, nfdump {len(theirs)}"
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if not same(a, b):
            shown = [f"{c}: tryst {x}, nfdump {y}" for c, x, y in zip(COLUMNS, a, b)
                     if (x or 0) != (y or 0)]
            return f"record {i + 1}: {'; '.join(shown)}"
    return None


def totals():
    """Path -> flows, packets, bytes, as the nfdump that wrote the file says."""
    with open(os.path.join(CORPUS, "ground-truth/nfdump_totals.tsv"), encoding="utf-8") as f:
        return {row["file"]: tuple(int(row[k]) for k in ("flows", "packets", "bytes"))
                for row in csv.DictReader(f, delimiter="\t")}


def oracle(path):
    """Debian's nfdump cannot read all that 1.7.5 compressed: it reads the same flows, plain."""
    stem, _, rest = path.partition(".v175.")
    return f"{stem}.v175.none" if rest else path


def check_totals(path, expected, records):
    packets, octets = list(COLUMNS).index("packets"), list(COLUMNS).index("bytes")
    found = (len(records), sum(r[packets] or 0 for r in records),
             sum(r[octets] or 0 for r in records))
    check(f"{path}: totals", found == expected, f"tryst {found}, nfdump {expected}")


def check_file(path, expected, matched):
    full, peer = os.path.join(CORPUS, path), os.path.join(CORPUS, oracle(path))
    packed = path.endswith((".bz2", ".lz4", ".lzo", ".zstd"))
    for words in FILTERS[::2] if packed else FILTERS:
        name = f"{path}: {words}"
        try:
            ours = tryst(full, words)
            theirs = nfdump(peer, words)
        except (ValueError, KeyError) as problem:
            check(name, False, problem)
            continue
        if words == "any":
            check_totals(path, expected, ours)
        found = difference(ours, theirs)
        check(name, found is None, found)
        matched[words] = matched.get(words, 0) + len(theirs)


def check_development_layout(path):
    """A layout that was never released: refused, or nothing in it; never made-up records."""
    done = run("flows", os.path.join(CORPUS, path), "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    check(f"{path}: no record made up", not rows and done.returncode in (0, 3, 4), done.stderr)


def check_overlap():
    """Of overlapping prefixes nfdump 1.7.1 keeps one and loses the other; tryst must not."""
    path = os.path.join(CORPUS, "nfdump-files/nfcapd.sample")
    either = nfdump(path, "net 170.80.200.0/24 or net 170.80.0.0/16")
    words = "ip in [170.80.200.0/24 170.80.0.0/16]"
    theirs, ours = nfdump(path, words), tryst(path, words)
    check(f"overlap: nfdump finds {len(theirs)} of {len(either)}", len(theirs) < len(either))
    found = difference(ours, either)
    check(f"overlap: tryst finds {len(ours)} of {len(either)}", found is None and either, found)


def main():
    if not shutil.which("nfdump"):
        print("1..0 # SKIP nfdump is not installed")
        return
    if not os.path.isdir(CORPUS):
        print("1..0 # SKIP no corpus: set TRYST_CORPUS")
        return
    matched = {}
    for path, expected in sorted(totals().items()):
        if path.endswith("anon.flows.v2"):
            check_development_layout(path)
        else:
            check_file(path, expected, matched)
    for words in FILTERS:
        check(f"something matches {words}", matched.get(words, 0) > 0)
    check_overlap()
    finish()


if __name__ == "__main__":
    sys.exit(main())
