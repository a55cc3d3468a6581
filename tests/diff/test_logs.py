#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logs of text on real files: every record as Python's own parsers see it.

The reference is computed here from the file, by names and rules of the formats' documentation, and
knows nothing of tryst.  Labels are ignored.
"""
import csv
import glob
import ipaddress
import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import datetime, timezone

from case import check, finish, run, skip

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.environ.get("TRYST_CORPUS") or os.path.join(HERE, "../../../shared/corpus")
PROTOS = {"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "TCP": 6, "UDP": 17}
TIME_SLACK_MS = 1  # sums of truncated values

FLAG_LETTERS = "FSRPAUEC"


def ms(seconds):
    """Milliseconds of decimal text, cut off as documented."""
    whole, _, fraction = seconds.partition(".")
    return int(whole) * 1000 + int((fraction + "000")[:3])


def iso_ms(text):
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def put(row, key, value):
    if value is not None:
        row[key] = value


def number(cell):
    return None if cell in ("-", "", "(empty)", None) else int(cell)


# --- Zeek ---------------------------------------------------------------------------------------

ZEEK_ADDRESSES = (("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"),
                  ("id_orig_h", "id_orig_p", "id_resp_h", "id_resp_p"),
                  ("src", "src_port", "dst", "dst_port"),
                  ("src_ip", "src_port", "dst_ip", "dst_port"))
ZEEK_FLAGS = {"S": 2, "H": 18, "A": 16, "D": 16, "F": 1, "R": 4, "I": 5, "Q": 2}
ZEEK_PAIRED = {1: {0, 8, 9, 10, 13, 14, 15, 16, 17, 18},
               58: {128, 129, 130, 131, 133, 134, 135, 136, 139, 140, 144, 145}}


def zeek_record(cells):
    row = {}
    names = next(n for n in ZEEK_ADDRESSES if n[0] in cells)
    row["src"], row["dst"] = cells[names[0]], cells[names[2]]
    ports = int(cells[names[1]]), int(cells[names[3]])
    row["start"] = ms(cells["ts"])
    duration = cells.get("duration", "-")
    row["end"] = row["start"] + (ms(duration) if duration != "-" else 0)
    proto = number(cells.get("ip_proto"))
    if proto is None:
        proto = PROTOS.get(cells["proto"])
        if proto == 1 and ":" in row["src"]:
            proto = 58
    put(row, "proto", proto)
    if proto in (1, 58):
        row["icmp_type"] = ports[0]
        if ports[0] not in ZEEK_PAIRED[proto]:
            row["icmp_code"] = ports[1]
    else:
        row["src_port"], row["dst_port"] = ports
    for key, name in (("packets", "orig_pkts"), ("bytes", "orig_ip_bytes"),
                      ("rev_packets", "resp_pkts"), ("rev_bytes", "resp_ip_bytes"),
                      ("vlan", "vlan")):
        put(row, key, number(cells.get(name)))
    history = cells.get("history", "-")
    if proto == 6 and history != "-":
        row["tcp_flags"] = row["rev_tcp_flags"] = 0
        for c in history:
            side = "tcp_flags" if c.isupper() else "rev_tcp_flags"
            row[side] |= ZEEK_FLAGS.get(c.upper(), 0)
    return row


def zeek_tsv(text):
    names = None
    for line in text.splitlines():
        if line.startswith("#fields\t"):
            names = line.split("\t")[1:]
        elif line and not line.startswith("#"):
            yield zeek_record(dict(zip(names, line.split("\t"))))


def zeek_json(text):
    for line in text.splitlines():
        cells = json.loads(line, parse_float=str, parse_int=str)
        yield zeek_record({k: v for k, v in cells.items() if isinstance(v, str)})


# --- Argus --------------------------------------------------------------------------------------

ARGUS_SKIPPED = {"arp", "llc", "man"}


def argus_time(text):
    if re.match(r"\d\d/\d\d\.", text):
        text = "2024/" + text
    text = text.replace(".", " ", 1) if text[10] == "." else text
    t = datetime.strptime(text, "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
    return int(t.timestamp()) * 1000 + t.microsecond // 1000


def argus_sides(cells):
    """Packets and bytes of both sides, None where the columns leave them open."""
    values = {name: number(cells.get(name)) for name in
              ("SrcPkts", "DstPkts", "TotPkts", "SrcBytes", "DstBytes", "TotBytes")}
    for what in ("Bytes", "Pkts"):
        total = values["Tot" + what]
        for one, other in (("Src", "Dst"), ("Dst", "Src")):
            if total is not None and values[one + what] is not None and \
                    values[other + what] is None:
                values[other + what] = total - values[one + what]
    if values["SrcPkts"] is None and values["SrcBytes"] is not None:
        if values["DstBytes"] == 0:
            values["SrcPkts"], values["DstPkts"] = values["TotPkts"], 0
        elif values["SrcBytes"] == 0:
            values["SrcPkts"], values["DstPkts"] = 0, values["TotPkts"]
        elif values["TotPkts"] == 2:
            values["SrcPkts"] = values["DstPkts"] = 1
    return values


def argus_record(cells):
    row = {"src": cells["SrcAddr"], "dst": cells["DstAddr"]}
    row["start"] = argus_time(cells["StartTime"])
    row["end"] = row["start"] + ms(cells["Dur"])
    proto = row["proto"] = PROTOS[cells["Proto"]]
    sport, dport = cells["Sport"], cells["Dport"]
    if proto == 1:
        row["icmp_type"], row["icmp_code"] = int(sport, 16) & 255, int(sport, 16) >> 8
    elif proto == 58:
        row["icmp_type"], row["icmp_code"] = int(sport), int(dport)
    else:
        put(row, "src_port", number(sport))
        put(row, "dst_port", number(dport))
    sides = argus_sides(cells)
    for key, name in (("packets", "SrcPkts"), ("bytes", "SrcBytes"), ("rev_packets", "DstPkts"),
                      ("rev_bytes", "DstBytes")):
        put(row, key, sides[name])
    put(row, "tos", number(cells.get("sTos")))
    if proto == 6 and re.fullmatch(rf"[{FLAG_LETTERS}]*_[{FLAG_LETTERS}]*", cells["State"]):
        ours, theirs = cells["State"].split("_")
        row["tcp_flags"] = sum(1 << FLAG_LETTERS.index(c) for c in set(ours))
        row["rev_tcp_flags"] = sum(1 << FLAG_LETTERS.index(c) for c in set(theirs))
    direction = cells["Dir"].strip()
    if direction.startswith("<") and not direction.endswith(">"):
        swap = {"src": "dst", "src_port": "dst_port", "packets": "rev_packets",
                "bytes": "rev_bytes", "tcp_flags": "rev_tcp_flags"}
        both = {**swap, **{v: k for k, v in swap.items()}}
        row = {both.get(k, k): v for k, v in row.items() if k != "tos"}
    return row


def argus(text):
    separator = "\t" if "\t" in text.splitlines()[0] else ","
    for cells in csv.DictReader(text.splitlines(), delimiter=separator):
        if cells["Proto"] not in ARGUS_SKIPPED:
            yield argus_record(cells)


# --- nfdump's text --------------------------------------------------------------------------------

NFDUMP_ROW = re.compile(
    r"(\S+)\s+(\S+)\s+(\S+)\s+(\w+)\s+([\d.]+):(\d+)(?::0)?\s+->\s+([\d.]+):(\d+)(?::0)?\s+"
    r"([.UAPRSF]+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)(?:\s+\S+)?")


def nfdump_text(text):
    for line in text.splitlines()[1:]:
        cells = NFDUMP_ROW.fullmatch(line.strip())
        if not cells:
            continue
        day, clock, duration, proto, src, sport, dst, dport, flags, tos, packets, size, _ = \
            cells.groups()
        row = {"src": src, "dst": dst, "src_port": int(sport), "dst_port": int(dport),
               "proto": PROTOS[proto.lower()], "tos": int(tos), "packets": int(packets),
               "bytes": int(size), "start": iso_ms(f"{day} {clock}+00:00")}
        row["end"] = row["start"] + ms(duration)
        row["tcp_flags"] = sum(1 << FLAG_LETTERS.index(c) for c in flags if c != ".")
        if row["proto"] == 1:
            row["icmp_type"], row["icmp_code"] = divmod(int(dport), 256)
        yield row


# --- comparing ----------------------------------------------------------------------------------

KEYS = ("src", "dst", "src_port", "dst_port", "proto", "icmp_type", "icmp_code", "tos", "vlan",
        "tcp_flags", "rev_tcp_flags", "packets", "bytes", "rev_packets", "rev_bytes")


def same(ours, theirs):
    for key in ("start", "end"):
        if abs(iso_ms(ours[key]) - theirs[key]) > TIME_SLACK_MS:
            return False
    for key in KEYS:
        a, b = ours.get(key), theirs.get(key)
        if key in ("src", "dst"):
            a, b = ipaddress.ip_address(a), ipaddress.ip_address(b)
        if a != b:
            return False
    return True


def compare(name, path, reference):
    """Every record of a file, in order; True if all agree."""
    result = run("flows", path, "-o", "json", "--tz", "UTC", "-q")
    ours = [json.loads(line) for line in result.stdout.splitlines()]
    with open(path, encoding="utf-8", errors="replace", newline="\n") as f:
        theirs = list(reference(f.read()))
    differ = [(a, b) for a, b in zip(ours, theirs) if not same(a, b)]
    ok = len(ours) == len(theirs) and not differ and theirs
    if name is not None or not ok:
        check(name or path, ok, f"{len(ours)} rows, expected {len(theirs)}", result.stderr,
              *differ[:2])
    return bool(ok)


def masked_zeek(folder):
    """Zeek's own baselines have their times masked: put some there."""
    good = total = 0
    for path in sorted(glob.glob(os.path.join(CORPUS, "zeek-conn-logs/*/conn.log"))):
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        if not re.search(r"^#fields\t.*\t(id.orig_h|id_orig_h|src|src_ip)\t", text, re.M):
            continue
        if not re.search(r"^[^#\n]", text, re.M):
            continue
        for i in range(text.count("XXXXXXXXXX.XXXXXX")):
            text = text.replace("XXXXXXXXXX.XXXXXX", f"{1600000000 + i}.{i % 1000000:06}", 1)
        made = os.path.join(folder, "conn.log")
        with open(made, "w", encoding="utf-8") as f:
            f.write(text)
        total += 1
        good += compare(None, made, zeek_tsv)
    check(f"Zeek's baselines: {good} of {total} files, every record", good == total and total > 100)


def nfdump_prints(folder):
    """What nfdump prints of a file, read back, is what tryst reads in the file."""
    for path in ("nfdump-made/slips-test1.v171.none", "nfdump-files/nfcapd.sample"):
        path = os.path.join(CORPUS, path)
        whole = [json.loads(line) for line in
                 run("flows", path, "-o", "json", "-q").stdout.splitlines()]
        for form in ("json", "long"):
            made = os.path.join(folder, "printed." + form)
            with open(made, "wb") as f:
                subprocess.run(["nfdump", "-6", "-N", "-r", path, "-o", form], check=True, stdout=f,
                               stderr=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC"})
            result = run("flows", made, "-o", "json", "-q", "--tz", "UTC")
            rows = [json.loads(line) for line in result.stdout.splitlines()]
            keys = ["start", "src", "dst", "proto", "packets", "bytes", "tos"]
            differ = [(a, b) for a, b in zip(rows, whole)
                      if any(a.get(k) != b.get(k) for k in keys)
                      or (b["proto"] == 6 and a["tcp_flags"] != b["tcp_flags"])
                      or (b["proto"] in (6, 17) and a["dst_port"] != b["dst_port"])]
            check(f"{os.path.basename(path)}: what nfdump -o {form} prints",
                  len(rows) == len(whole) and not differ,
                  f"{len(rows)} rows, expected {len(whole)}", result.stderr, *differ[:2])


def main():
    if not os.path.isdir(CORPUS):
        skip("logs", "no corpus")
        finish()
    for path, reference in (
            ("zeek-labelled-small/001-zeek-scenario-malicious/conn.log", zeek_tsv),
            ("zeek-labelled-small/001-zeek-scenario-malicious/labeled-conn.log", zeek_tsv),
            ("slips-small/port-scans/horizontal/conn.log", zeek_tsv),
            ("netflowlabeler-examples/conn.tab.log", zeek_tsv),
            ("slips-small/test3-mixed.binetflow", argus),
            ("slips-small/test5-mixed.binetflow", argus),
            ("netflowlabeler-examples/test.binetflow", argus),
            ("argus-csv/argus.2024.01.09.csv", argus),
            ("slips-small/port-scans/vertical/conn.log", zeek_json),
            ("netflowlabeler-examples/conn.json.small.log", zeek_json),
            ("netflowlabeler-examples/nfcapd.sample1", nfdump_text),
            ("netflowlabeler-examples/nfcapd.sample1.labeled", nfdump_text),
            ("netflowlabeler-examples/nfcapd.sample2", nfdump_text)):
        compare(path, os.path.join(CORPUS, path), reference)
    with tempfile.TemporaryDirectory() as folder:
        masked_zeek(folder)
        nfdump_prints(folder)
    finish()


if __name__ == "__main__":
    sys.exit(main())
