# SPDX-License-Identifier: Apache-2.0
"""Stores: every field comes back, the same answers with and without index, and faults."""
import json
import os
import random
import shutil
import tempfile

from case import check, expect, finish, run

FIELDS = {
    "received": "time", "src": "ip", "dst": "ip", "src_port": 16, "dst_port": 16, "proto": 8,
    "tcp_flags": 8, "tos": 8, "icmp_type": 8, "icmp_code": 8, "packets": 63, "bytes": 63,
    "rev_packets": 63, "rev_bytes": 63, "rev_tcp_flags": 8, "flows": 63, "in_if": 32,
    "out_if": 32, "src_as": 32, "dst_as": 32, "next_hop": "ip", "src_mask": 7, "dst_mask": 7,
    "vlan": 12, "min_ttl": 8, "max_ttl": 8, "ip_id": 16, "first_flags": 8, "fwd_status": 8,
    "end_reason": 8, "direction": 1, "nat_src": "ip", "nat_dst": "ip", "nat_src_port": 16,
    "nat_dst_port": 16, "fw_event": 2, "nat_event": 3, "exporter": "ip", "domain": 32,
    "sampling": 31,
}
# What is read back is compared in these columns: the others name the input.
COLUMNS = ["start", "end", *FIELDS]
SEED = int(os.environ.get("TRYST_SEED", "7"))


def moment(ms):
    return f"2003-08-{22 + ms // 86400000:02d}T{ms // 3600000 % 24:02d}:{ms // 60000 % 60:02d}" \
           f":{ms // 1000 % 60:02d}.{ms % 1000:03d}Z"


def address(r):
    if r.random() < 0.1:
        return f"2001:db8::{r.randrange(1, 40):x}"
    return f"{r.choice(['192.0.2', '198.51.100', '203.0.113'])}.{r.randrange(1, 255)}"


def value(r, kind):
    if kind == "ip":
        return address(r)
    if kind == "time":
        return moment(r.randrange(86400000))
    return str(r.randrange(1 << r.randrange(kind + 1)))


def rows(r, count):
    """Rows of a few shapes, as logs have them, and some of any."""
    shapes = [r.sample(sorted(FIELDS), r.randrange(len(FIELDS))) for _ in range(3)]
    now = 0
    for _ in range(count):
        now += r.randrange(100)
        fields = r.choice(shapes) if r.random() < 0.95 else r.sample(sorted(FIELDS), 9)
        row = {"start": moment(now), "src": address(r), "dst": address(r)}
        if r.random() < 0.8:
            row["end"] = moment(now + r.randrange(100000))
        row.update({f: value(r, FIELDS[f]) for f in fields})
        yield row


def write(path, lines):
    with open(path, "w", encoding="ascii") as f:
        f.write(",".join(COLUMNS) + "\n")
        for row in lines:
            f.write(",".join(row.get(c, "") for c in COLUMNS) + "\n")


def records(*words):
    return run("flows", "-q", "-o", "csv:" + ",".join(COLUMNS), *words).stdout


def segments(store):
    return sorted(f for f in os.listdir(store) if not f.startswith("."))


def test_round_trip(folder):
    r = random.Random(SEED)
    for n, count in enumerate([1, 7, 2047, 2048, 2049, 9000]):
        log, store = f"{folder}/{n}.csv", f"{folder}/store{n}"
        write(log, rows(r, count))
        done = run("import", "-o", store, log)
        expect(f"import {count} rows", done, 0, err=" in 1 segment")
        check(f"{count} rows come back", records(store) == records(log))
        again = run("import", "-q", "-j", "1", "-o", store + "b", log)
        both = [open(f"{s}/{segments(s)[0]}", "rb").read() for s in (store, store + "b")]
        check("the same bytes with one thread", again.returncode == 0 and both[0] == both[1])


def queries(r):
    first, second = address(r), address(r)
    yield [f"host {first}"]
    yield [f"src ip {first} or dst ip {second}"]
    yield ["net 192.0.2.0/27 and bytes > 1000"]
    yield ["net 2001:db8::/32"]
    yield ["-t", "2003-08-22T00:01/2003-08-22T00:02"]
    yield ["-t", "2003-08-22T00:01/2003-08-22T00:02", f"host {second}"]
    yield ["-t", "2004-01-01"]
    yield ["proto tcp and port < 1024"]
    yield ["host 8.8.8.8"]
    yield ["bytes > 100000 or packets = 0"]


def test_queries(folder):
    r = random.Random(SEED + 1)
    logs = []
    for n in range(3):
        logs.append(f"{folder}/q{n}.csv")
        write(logs[-1], rows(r, 5000))
    store = f"{folder}/queries"
    expect("import of three files", run("import", "-q", "-o", store, *logs), 0)
    for _ in range(5):
        for query in queries(r):
            whole = records(*query, *logs)
            check(f"{' '.join(query)}", records(*query, store) == whole,
                  records(*query, store)[:500], whole[:500])
            check("  without index", records("--no-index", *query, store) == whole)
    other = run("hunt", "-q", "-o", "json", "-w", f"{folder}/list", "--counts-only", store)
    check("a list that is not there", other.returncode != 0)


def plain_rows(r, count):
    """Rows as routers export them: all say the same fields."""
    now = r.randrange(1000000)
    for _ in range(count):
        now += r.randrange(100)
        yield {"start": moment(now), "end": moment(now + r.randrange(30000)), "src": address(r),
               "dst": address(r), "src_port": str(r.randrange(1024, 2048)),
               "dst_port": r.choice(["53", "80", "443"]), "proto": r.choice(["6", "17"]),
               "packets": str(r.randrange(1, 40)), "bytes": str(r.randrange(40, 60000))}


def test_rankings(folder):
    """A store of several segments, which hands out addresses as codes, ranks as its files do."""
    r = random.Random(SEED + 2)
    store, logs = f"{folder}/rankings", []
    for n in range(5):
        logs.append(f"{folder}/r{n}.csv")
        write(logs[-1], rows(r, 3000) if n == 3 else plain_rows(r, 7000 - 1000 * n))
        expect("import of one file", run("import", "-q", "-o", store, logs[-1]), 0)
    check("a segment each", len(segments(store)) == 5)
    shutil.copy(logs[0], f"{folder}/again.csv")
    keys = ["src by bytes", "dst by packets:a", "ip by flows", "ip by bps", "src/24/48 by bytes",
            "ip/20 by pps", "port by flows", "proto by bytes", "src,dst_port by bytes"]
    for key in keys:
        for words in [], ["port 443 and bytes > 1000"], ["net 192.0.2.0/26"]:
            for count in "0", "7":
                rank = [key, "-q", "-o", "json", "-n", count, *words]
                whole = run("top", *rank, *logs).stdout
                for more in ["-j", "1"], ["-j", "3"], ["--memory", "6M"]:
                    got = run("top", *rank, store, *more).stdout
                    check(" ".join([*rank, *more]), got == whole, got[:500], whole[:500])
        mixed = run("top", key, "-q", "-o", "csv", store, logs[0]).stdout
        check(f"{key} of a store and a file",
              mixed == run("top", key, "-q", "-o", "csv", *logs, f"{folder}/again.csv").stdout)


def case(*words):
    return json.loads(run("hunt", "-q", "-o", "json", "--home", "198.18.0.0/16", *words).stdout)


def judged(c):
    return c["background"], c["around"], c["caveats"], [
        {k: v for k, v in m.items() if k != "evidence"} for m in c["meetings"]]


def test_background(folder):
    """A store says of chance what its file says; its sample says less, and does not hide it."""
    world = f"{folder}/world"
    expect("a network with a meeting", run(
        "simulate", "S1", "--seed", "4", "-q", "--as", "nfdump", "-o", world, "--set",
        "externals=3000", "--set", "hosts=300", "--set", "list=random", "--set", "met=6",
        "--set", "degree=100", "--set", "duration=6"), 0)
    store, words = f"{folder}/met", ["-w", f"{world}/watchlist.txt"]
    expect("import", run("import", "-q", "-o", store, f"{world}/flows.nfcapd"), 0)
    whole = case(*words, f"{world}/flows.nfcapd")
    check("the file holds other hosts", whole["background"]["hosts"] > 1000, whole["background"])
    check("what is planted is found", any(m["significant"] for m in whole["meetings"]))
    for more in [], ["--no-index"], ["-j", "1"]:
        got = case(*words, store, *more)
        check(f"the store says the same {more}", judged(got) == judged(whole))
    sampled = case(*words, store, "--sampled")
    check("its sample has fewer hosts",
          sampled["background"]["hosts"] < whole["background"]["hosts"] / 4)
    said = "the sample of an index or a store"
    check("and says so", any(said in text for text in sampled["caveats"]), sampled["caveats"])
    for m in sampled["meetings"]:
        check("nothing is called chance", m.get("significant") or m["grade"] == "U", m["verdict"])
    check("the same without the index",
          judged(case(*words, store, "--sampled", "--no-index")) == judged(sampled))
    nobody = f"{folder}/nobody"
    with open(nobody, "w", encoding="utf-8") as f:
        f.write("203.0.113.99\n")
    alone = case("-w", nobody, store)
    check("nobody met: nobody else is looked at", alone["summary"]["meetings"] == 0 and
          "background" not in alone, alone.get("background"))
    for more, said in ([], True), (["--sampled"], False), (["--counts-only"], False):
        text = run("hunt", "--explain", *words, store, *more).stdout
        check(f"--explain {more}", ("read for the other hosts" in text) == said, text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_round_trip(folder)
        test_queries(folder)
        test_rankings(folder)
        test_background(folder)
    finish()


main()
