# SPDX-License-Identifier: Apache-2.0
"""tryst export: what is written reads back the same; options, terminals, atomic files."""
import csv
import io
import json
import os
import pty
import signal
import stat
import subprocess
import tempfile
import time
from datetime import datetime

from case import TRYST, check, expect, finish, run

# Every field that a table can name, and a value of it.
FULL = {
    "start": "2003-08-22T19:09:54.123Z", "end": "2003-08-22T19:09:55.250Z",
    "received": "2003-08-22T19:10:00.007Z", "src": "192.0.2.1", "dst": "198.51.100.7",
    "src_port": "1024", "dst_port": "80", "proto": "6", "tcp_flags": "27", "tos": "184",
    "packets": "10", "bytes": "15000000000", "rev_packets": "7", "rev_bytes": "9999",
    "rev_tcp_flags": "19", "flows": "3", "in_if": "70000", "out_if": "2", "src_as": "4200000000",
    "dst_as": "64500", "next_hop": "192.0.2.254", "src_mask": "24", "dst_mask": "16",
    "vlan": "4094", "min_ttl": "60", "max_ttl": "64", "ip_id": "54321", "fwd_status": "64",
    "end_reason": "3", "direction": "1", "nat_src": "203.0.113.1", "nat_dst": "198.51.100.9",
    "nat_src_port": "61000", "nat_dst_port": "8080", "exporter": "192.0.2.200",
    "domain": "77", "sampling": "100", "first_flags": "2", "fw_event": "2", "nat_event": "4",
}
V6 = dict(FULL, src="2001:db8::1", dst="2001:db8::2", next_hop="2001:db8::3",
          nat_src="2001:db8::4", nat_dst="2001:db8::5", exporter="2001:db8::6")
# One side is known, families are mixed, and hardly anything is known.
ROWS = [
    FULL, V6,
    {"start": FULL["start"], "src": "192.0.2.1", "dst": "198.51.100.7"},
    {"start": FULL["start"], "end": FULL["end"], "src": "192.0.2.1", "dst": "2001:db8::2",
     "proto": "17", "nat_src": "203.0.113.1", "exporter": "2001:db8::6", "next_hop": "192.0.2.9"},
    {"start": FULL["start"], "end": FULL["end"], "src": "192.0.2.1", "dst": "192.0.2.2",
     "proto": "1", "icmp_type": "3", "icmp_code": "13", "packets": "1", "bytes": "56"},
    {"start": FULL["start"], "end": FULL["end"], "src": "2001:db8::1", "dst": "2001:db8::2",
     "proto": "58", "icmp_type": "128", "icmp_code": "0", "packets": "1", "bytes": "56"},
]
# Zeros that are known, and little else; an end before the start; protocols without ports; a flow of
# most of a year, and the last millisecond that has a date.
ODD = [
    dict(V6, packets="0", bytes="0", rev_packets="0", rev_bytes="0", tcp_flags="0",
         rev_tcp_flags="0", src_port="0", dst_port="0", tos="0", vlan="0", in_if="0", out_if="0",
         src_as="0", dst_as="0", src_mask="0", dst_mask="0", min_ttl="0", max_ttl="0", ip_id="0",
         direction="0", end_reason="0", fwd_status="0", sampling="0", domain="0"),
    {"start": FULL["start"], "src": "2001:db8::1", "dst": "2001:db8::2", "proto": "17",
     "src_port": "53", "dst_port": "1", "packets": "1", "bytes": "0"},
    {"start": FULL["start"], "src": "192.0.2.1", "dst": "192.0.2.2", "proto": "47",
     "packets": "5"},
    {"start": FULL["start"], "src": "192.0.2.1", "dst": "192.0.2.2", "proto": "0", "tos": "0"},
    {"start": FULL["start"], "end": "2003-08-22T19:09:53.000Z", "src": "::1", "dst": "192.0.2.2",
     "proto": "132", "src_port": "5", "dst_port": "6", "rev_packets": "0", "rev_bytes": "0"},
    {"start": FULL["start"], "src": "192.0.2.1", "dst": "192.0.2.2", "proto": "1",
     "icmp_type": "0", "icmp_code": "0", "packets": "1", "rev_packets": "0"},
    {"start": FULL["start"], "src": "192.0.2.1", "dst": "192.0.2.2", "proto": "1",
     "icmp_type": "3"},
    {"start": "1970-01-01T00:00:00.000Z", "src": "0.0.0.0", "dst": "255.255.255.255",
     "packets": "18446744073709551615", "bytes": "18446744073709551615"},
    {"start": "2003-01-01T00:00:00.000Z", "end": "2003-08-22T00:00:00.000Z", "src": "192.0.2.1",
     "dst": "192.0.2.2"},
    {"start": "9999-12-31T23:59:59.999Z", "src": "192.0.2.1", "dst": "192.0.2.2"},
]
NOT_NFDUMP = ("rev_tcp_flags", "ip_id", "sampling", "first_flags", "fw_event", "nat_event")
ADDRESSES = ("src", "dst", "next_hop", "nat_src", "nat_dst", "exporter")


def write(path, rows):
    names = list(FULL) + ["icmp_type", "icmp_code"]
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, names, restval="")
        out.writeheader()
        out.writerows(rows)


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def export(*words):
    """Exports to a pipe; the result as bytes."""
    return subprocess.run([TRYST, "export", "-q", *words], check=False, capture_output=True,
                          timeout=120)


def back(data, *words):
    """What tryst reads in exported bytes, as csv."""
    return subprocess.run([TRYST, "flows", "-q", "-o", "csv", *words, "-"], input=data, check=True,
                          capture_output=True, timeout=120).stdout.decode()


def test_text(path):
    for name in ("csv", "json", "csv:src,dst,bytes", "json:src,record_no"):
        want = run("flows", "-q", "-o", name, path).stdout
        check(f"{name} is what flows writes", export("--as", name, path).stdout.decode() == want)
    want = run("flows", "-q", "-o", "csv", path).stdout
    check("csv reads back the same", back(export("--as", "csv", path).stdout) == want)
    objects = export("--as", "json", path).stdout.decode().splitlines()
    for row, line in zip(table(want), objects):
        found = {k: str(v) for k, v in json.loads(line).items()}
        known = {k: v for k, v in row.items() if v}
        check(f"json: {row['proto']}: every known field", {k: found[k] for k in known} == known,
              found, known)


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def zeek(path):
    """The rows of a conn.log, as a program that cuts at tabs reads it."""
    lines = export("--as", "zeek", path).stdout.decode().splitlines()
    names = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    types = next(line for line in lines if line.startswith("#types")).split("\t")[1:]
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    check("zeek: heading", lines[0] == "#separator \\x09" and lines[-1].startswith("#close\t") and
          len(names) == len(types) and all(len(row) == len(names) for row in rows), *lines)
    return [dict(zip(names, row)) for row in rows]


def test_zeek(path):
    plain = {"id.orig_h": "src", "id.resp_h": "dst", "orig_pkts": "packets",
             "orig_ip_bytes": "bytes", "resp_pkts": "rev_packets", "resp_ip_bytes": "rev_bytes",
             "vlan": "vlan", "ip_proto": "proto"}
    want = table(run("flows", "-q", "-o", "csv", path).stdout)
    got = zeek(path)
    check("zeek: a line a record", len(got) == len(want))
    for i, (a, b) in enumerate(zip(want, got)):
        off = [f"{k}: {b[k]} {a[v]}" for k, v in plain.items() if b[k] != (a[v] or "-")]
        if abs(float(b["ts"]) - seconds(a["start"])) > 1e-6:
            off.append(f"ts: {b['ts']}")
        duration = round(seconds(a["end"]) - seconds(a["start"]), 6)
        if b["duration"] != f"{duration:.6f}":
            off.append(f"duration: {b['duration']} {duration}")
        check(f"zeek: record {i + 1}", not off, *off)
    check("zeek: protocols", [row["proto"] for row in got] ==
          ["tcp", "tcp", "-", "udp", "icmp", "icmp"], got)
    check("zeek: ports, and types and codes of ICMP", [(r["id.orig_p"], r["id.resp_p"])
          for r in got] == [("1024", "80")] * 2 + [("-", "-")] * 2 + [("3", "13"), ("128", "129")])
    check("zeek: a state only where both sides are known", [r["conn_state"] for r in got] ==
          ["SF"] + ["SF"] + ["-"] * 4, got)
    check("zeek: history", got[0]["history"] == "ShAaDFf" and got[3]["history"] == "-", got)
    check("zeek: a name for each record, always the same one",
          len({r["uid"] for r in got}) == len(got) and got == zeek(path))
    check("zeek: no Community ID without ports", [r["community_id"] == "-" for r in got] ==
          [False, False, True, True, False, False], got)


def test_zeek_back(path):
    """What a conn.log holds of the fields; of the flags those that history has letters for."""
    data = export("--as", "zeek", path).stdout
    got, want = table(back(data)), table(run("flows", "-q", "-o", "csv", path).stdout)
    fields = ["start", "end", "src", "dst", "proto", "packets", "bytes", "rev_packets",
              "rev_bytes", "vlan", "icmp_type"]
    check("zeek: reads back as many", len(got) == len(want))
    for row in want:
        if row["end"] < row["start"]:
            row["end"] = row["start"]
    for i, (a, b) in enumerate(zip(want, got)):
        names = fields + ([] if a["proto"] in ("1", "58") else ["src_port", "dst_port"])
        off = [f"{k}: {a[k]} {b[k]}" for k in names if a[k] != b[k]]
        for k in ("tcp_flags", "rev_tcp_flags"):
            if a[k] and int(a[k]) & 0x17 != int(b[k] or 0):
                off.append(f"{k}: {a[k]} {b[k]}")
        check(f"zeek: record {i + 1} reads back the same", not off, *off)


def test_states(folder):
    """(flags there, flags back, packets back): state."""
    cases = {
        (0x02, 0x00, 0): "S0", (0x06, 0x00, 0): "RSTOS0", (0x03, 0x00, 0): "SH",
        (0x02, 0x14, 1): "REJ", (0x12, 0x12, 3): "S1", (0x13, 0x13, 5): "SF",
        (0x13, 0x12, 5): "S2", (0x12, 0x13, 5): "S3", (0x16, 0x12, 5): "RSTO",
        (0x12, 0x16, 5): "RSTR", (0x10, 0x12, 2): "OTH", (0x10, 0x16, 2): "RSTRH",
        (0x10, 0x13, 2): "SHR", (0x10, 0x10, 2): "OTH", (0x02, 0x10, 1): "OTH",
    }
    path = f"{folder}/states.csv"
    write(path, [dict(FULL, tcp_flags=a, rev_tcp_flags=b, rev_packets=n) for a, b, n in cases])
    for (flags, state), row in zip(cases.items(), zeek(path)):
        check(f"zeek: {flags} is {state}", row["conn_state"] == state, row["conn_state"])
    os.unlink(path)


ECS = {
    "@timestamp": "start", "event.start": "start", "event.end": "end", "event.created": "received",
    "source.ip": "src", "source.port": "src_port", "source.bytes": "bytes",
    "source.packets": "packets", "source.as.number": "src_as", "source.nat.ip": "nat_src",
    "source.nat.port": "nat_src_port", "destination.ip": "dst", "destination.port": "dst_port",
    "destination.bytes": "rev_bytes", "destination.packets": "rev_packets",
    "destination.as.number": "dst_as", "destination.nat.ip": "nat_dst",
    "destination.nat.port": "nat_dst_port", "network.iana_number": "proto",
    "network.vlan.id": "vlan", "observer.ip": "exporter",
    "observer.ingress.interface.id": "in_if", "observer.egress.interface.id": "out_if",
}


def flat(value, path=""):
    """A nested object as {path: value}; a key that comes twice is an error."""
    if not isinstance(value, dict):
        return {path: value}
    out = {}
    for key, inner in value.items():
        out.update(flat(inner, f"{path}.{key}" if path else key))
    return out


def unique(pairs):
    assert len(pairs) == len({key for key, _ in pairs}), pairs
    return dict(pairs)


def test_back(folder):
    """Every format that has all fields gives back exactly what was written, odd rows too."""
    path = f"{folder}/odd.csv"
    write(path, ROWS + ODD)
    want = run("flows", "-q", "-o", "csv", path).stdout
    check("odd rows are all there", len(table(want)) == len(ROWS + ODD), want)
    for name in ("csv", "json", "ecs"):
        got = back(export("--as", name, path).stdout)
        off = [f"{k}: {a[k]} {b[k]}" for a, b in zip(table(want), table(got)) for k in a
               if a[k] != b[k]]
        check(f"{name} reads back the same, odd rows too", got == want, *off)
    test_zeek_back(path)
    os.unlink(path)


def test_ecs(path):
    want = table(run("flows", "-q", "-o", "csv", path).stdout)
    lines = export("--as", "ecs", path).stdout.decode().splitlines()
    check("ecs: a line a record", len(lines) == len(want))
    own = [k for k in want[0] if k not in ECS.values() and k not in ("direction", "input_id")]
    for i, (a, line) in enumerate(zip(want, lines)):
        b = flat(json.loads(line, object_pairs_hook=unique))
        names = dict(ECS, **{f"tryst.{k}": k for k in own})
        off = [f"{k}: {b.get(k)} {a[v]}" for k, v in names.items() if str(b.get(k, "")) != a[v]]
        check(f"ecs: record {i + 1} has every known field, and no other", not off, *off)
        check(f"ecs: record {i + 1}: constants", (b["event.kind"], b["event.category"],
              b["related.ip"]) == ("event", ["network"], [a["src"], a["dst"]]), b)
    full = flat(json.loads(lines[0]))
    check("ecs: duration in nanoseconds", full["event.duration"] == 1127000000, full)
    check("ecs: sums of both directions", (full["network.bytes"], full["network.packets"]) ==
          (15000009999, 17), full)
    check("ecs: names of protocols", [flat(json.loads(line)).get("network.transport")
          for line in lines] == ["tcp", "tcp", None, "udp", "icmp", "ipv6-icmp"], lines)
    check("ecs: families", flat(json.loads(lines[1]))["network.type"] == "ipv6" and
          full["network.type"] == "ipv4")
    check("ecs: the same name as in a conn.log", [flat(json.loads(line))["event.id"]
          for line in lines] == [r["uid"] for r in zeek(path)])
    check("ecs: the same Community ID", full["network.community_id"] ==
          zeek(path)[0]["community_id"])


def nothing(name, text):
    """nfdump's files have no unknown: what they say instead."""
    return "0.0.0.0" if name in ADDRESSES else "0"


def test_nfdump(path, folder):
    want = table(run("flows", "-q", "-o", "csv", path).stdout)
    for packing in ("", ":lz4", ":none", ":zstd"):
        data = export("--as", "nfdump" + packing, path).stdout
        got = table(back(data))
        check(f"nfdump{packing}: no remark on what is in it", not subprocess.run(
            [TRYST, "flows", "-q", "-o", "csv", "-"], input=data, check=False,
            capture_output=True).stderr)
        check(f"nfdump{packing}: as many records", len(got) == len(want) == len(ROWS))
        for i, (a, b) in enumerate(zip(want, got)):
            off = [f"{k}: {a[k]} {b[k]}" for k in a if k not in NOT_NFDUMP and
                   b[k] != a[k] and not (a[k] == "" and b[k] in (nothing(k, b[k]), "::"))
                   and not (k == "dst_port" and a["icmp_type"])]
            check(f"nfdump{packing}: record {i + 1} reads back the same", not off, *off)
    name = f"{folder}/out.nf"
    expect("nfdump -o", run("export", "--as", "nfdump", "-o", name, path), 0, err="6 matched")
    with open(name, "rb") as f:
        file = f.read()
    data = export("--as", "nfdump", path).stdout
    check("nfdump: a pipe gets what a file gets", file[16:] == data[16:])
    expect("nothing matched is a file all the same",
           run("export", "--as", "nfdump", "-o", name, path, "port 4"), 0, err="0 matched")
    expect("an empty file reads back", run("flows", "-o", "csv", name), 0, err="read 0 flows")


def test_order(folder):
    """Many parts, joined small blocks and full ones: the same bytes for any number of threads."""
    rows = [dict(FULL, start=f"2003-08-22T19:{i // 60 % 60:02}:{i % 60:02}.000Z", bytes=str(i))
            for i in range(40000)]
    for name in ("a", "b", "c"):
        write(f"{folder}/{name}.csv", rows)
    one = export("--as", "nfdump", "-j", "1", folder).stdout
    for jobs in ("2", "8"):
        many = export("--as", "nfdump", "-j", jobs, folder).stdout
        check(f"nfdump: -j {jobs} makes the same file", many[16:] == one[16:])
    want = run("flows", "-q", "-o", "csv:start,bytes", folder).stdout
    got = subprocess.run([TRYST, "flows", "-q", "-o", "csv:start,bytes", "-"], input=one,
                         check=True, capture_output=True).stdout.decode()
    check("nfdump: the order of the input", got == want)
    few = export("--as", "nfdump", folder, "bytes < 40").stdout
    got = subprocess.run([TRYST, "flows", "-q", "-o", "csv:start,bytes", "-"], input=few,
                         check=True, capture_output=True).stdout.decode()
    check("nfdump: a filter leaves a few, in order", got ==
          run("flows", "-q", "-o", "csv:start,bytes", folder, "bytes < 40").stdout)
    check("nfdump: in one block", int.from_bytes(few[36:40], "little") == 1, few[:40])
    check("nfdump: -t selects", len(table(back(export(
        "--as", "nfdump", "-t", "2003-08-22T19:00:00/2003-08-22T19:00:01", f"{folder}/a.csv")
        .stdout))) == len(table(run("flows", "-q", "-o", "csv", "-t",
                                    "2003-08-22T19:00:00/2003-08-22T19:00:01",
                                    f"{folder}/a.csv").stdout)))


def test_output(path, folder):
    expect("no format", run("export", path), 2, err="--as FORMAT")
    expect("unknown format", run("export", "--as", "nfdumb", path), 2, err="did you mean nfdump?")
    expect("a format for people is none", run("export", "--as", "table", path), 2, err="--as")
    expect("unknown compression", run("export", "--as", "nfdump:lz5", path), 2,
           err="did you mean lz4?")
    name = f"{folder}/out.csv"
    with open(name, "w", encoding="utf-8") as f:
        f.write("old")
    expect("nothing readable", run("export", "--as", "csv", "-o", name, f"{folder}/none"), 4)
    with open(name, encoding="utf-8") as f:
        check("what was there stays", f.read() == "old")
    expect("part unreadable", run("export", "--as", "csv", "-o", name, path, f"{folder}/none"), 3)
    with open(name, encoding="utf-8") as f:
        check("what could be read is there", len(f.readlines()) == len(ROWS) + 1)
    check("the mode is a usual one", stat.S_IMODE(os.stat(name).st_mode) & 0o600 == 0o600)
    check("no temporary file is left", sorted(os.listdir(folder)) == sorted(
        {"out.csv", "out.nf", "flows.csv"} & set(os.listdir(folder))), os.listdir(folder))
    os.symlink("out.csv", f"{folder}/link")
    expect("a link is followed", run("export", "--as", "json", "-o", f"{folder}/link", path), 0)
    check("and stays a link", os.path.islink(f"{folder}/link"))
    expect("into itself", run("export", "--as", "csv", "-o", f"{folder}/out.csv",
                              f"{folder}/flows.csv"), 0)
    expect("no such folder", run("export", "--as", "csv", "-o", f"{folder}/no/out", path), 4,
           err="No such file")
    expect("disk full", run("export", "--as", "nfdump", "-o", "/dev/full", path), 4,
           err="No space left")
    expect("--explain", run("export", "--as", "csv", "--explain", path, "port 80"), 0,
           out="filter: ")


def test_terminal(path):
    master, slave = pty.openpty()
    try:
        done = run("export", "--as", "nfdump", path, stdout=slave)
        check("binary data is refused by a terminal", done.returncode == 2 and
              "terminal" in done.stderr, done.stderr)
    finally:
        os.close(master)
        os.close(slave)


def test_signal(path, folder):
    """What was read before Ctrl-C is a whole file."""
    name, fifo = f"{folder}/early.nf", f"{folder}/fifo.csv"
    os.mkfifo(fifo)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with subprocess.Popen([TRYST, "export", "--as", "nfdump", "-j", "1", "-o", name, path, fifo],
                          stderr=subprocess.PIPE, text=True) as child:
        with open(fifo, "w", encoding="utf-8") as f:
            f.write(text)
            f.flush()
            time.sleep(0.5)
            child.send_signal(signal.SIGINT)
            time.sleep(0.2)
        err = child.communicate(timeout=60)[1]
    check("Ctrl-C: exit 130", child.returncode == 130, err)
    done = run("flows", "-o", "csv", name)
    check("Ctrl-C: the file is whole", done.returncode == 0, done.stderr)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/flows.csv"
        write(path, ROWS)
        test_text(path)
        test_zeek(path)
        test_zeek_back(path)
        test_back(folder)
        test_states(folder)
        test_ecs(path)
        test_nfdump(path, folder)
        test_output(path, folder)
        write(path, ROWS)
        test_terminal(path)
        test_signal(path, folder)
        os.mkdir(f"{folder}/many")
        test_order(f"{folder}/many")
    finish()


main()
