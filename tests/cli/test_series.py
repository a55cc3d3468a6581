# SPDX-License-Identifier: Apache-2.0
"""tryst series: what is counted when, gaps, keys, formats; against a count of its own."""
import collections
import datetime
import json
import os
import random
import tempfile

from case import check, expect, finish, run

HEADER = "start,end,src,src_port,dst,dst_port,proto,packets,bytes"
ROWS = [
    # From 3 s before a step's end to 2 s into the next but one: as 10 s over steps of 5 s.
    "2003-08-22T19:00:02Z,2003-08-22T19:00:12Z,192.0.2.1,1024,198.51.100.7,80,6,10,1001",
    "2003-08-22T19:00:03Z,2003-08-22T19:00:03Z,192.0.2.2,53,198.51.100.8,9,17,1,400",
    "2003-08-22T19:00:27Z,2003-08-22T19:00:28Z,192.0.2.2,1025,198.51.100.7,,1,2,10",
]


def csv(*words):
    return run("series", *words, "-o", "csv").stdout.splitlines()


def stamp(seconds):
    when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def random_flows(path):
    """Flows of whole seconds, so that text holds them exactly."""
    rng = random.Random(5)
    flows = []
    for _ in range(3000):
        start = 1061578800 + rng.randrange(7200)
        end = start + rng.choice([0, 0, 1, 5, 60, 900])
        flows.append((start, end, f"192.0.2.{rng.randrange(9)}",
                      rng.randrange(1, 100), rng.randrange(40, 100000)))
    with open(path, "w", encoding="utf-8") as f:
        f.write("start,end,src,dst,proto,packets,bytes\n")
        for start, end, src, packets, size in flows:
            f.write(f"{stamp(start)},{stamp(end)},{src},198.51.100.1,6,{packets},{size}\n")
    return flows


def spread(flows, every):
    """{step: [flows, packets, bytes]}, by the rule of docs/series.md."""
    bins = collections.defaultdict(lambda: [0, 0, 0])
    for start, end, _, packets, size in flows:
        bins[start // every][0] += 1
        if end == start:
            bins[start // every][1] += packets
            bins[start // every][2] += size
            continue
        for step in range(start // every, (end - 1) // every + 1):
            a, b = max(start, step * every), min(end, (step + 1) * every)
            for place, amount in ((1, packets), (2, size)):
                bins[step][place] += (amount * (b - start) // (end - start)
                                      - amount * (a - start) // (end - start))
    return bins


def check_random(folder):
    path = os.path.join(folder, "random.csv")
    flows = random_flows(path)
    for every in (7, 60, 300):
        bins = spread(flows, every)
        expected = [",".join([stamp(step * every).replace("Z", ".000Z"), *map(str, bins[step])])
                    for step in range(min(bins), max(bins) + 1)]
        check(f"spread over steps of {every} s", csv("--every", f"{every}s", path)[1:] == expected)
    starts = collections.Counter((start // 60, src) for start, _, src, _, _ in flows)
    every_key = csv("src", "--every", "1m", "--at", "start", "-n", "0", path)
    rows = [line.split(",") for line in every_key]
    counted = {(r[0], r[2]): int(r[3]) for r in rows[1:] if r[1] == "key" and r[3] != "0"}
    check("at start, by key", counted == {
        (stamp(step * 60).replace("Z", ".000Z"), src): n for (step, src), n in starts.items()})
    # The best of a first reading, counted in a second one, and all of one reading of a pipe.
    with open(path, encoding="utf-8") as f:
        piped = run("series", "src,proto", "-o", "csv", "-n", "3", "-", stdin=f.read()).stdout
    check("twice as once", "\n".join(csv("src,proto", "-n", "3", path)) + "\n" == piped, piped)
    # A store hands over the numbers of its dictionary instead of addresses.
    store = os.path.join(folder, "store")
    run("import", "-q", "-o", store, path)
    for key in (["src"], ["ip", "by", "packets"], ["src/28"], ["proto"], ["src,proto"], []):
        for words in (["-n", "2"], ["-n", "0"], ["-n", "3", "--no-index", "-j", "3"]):
            for command in ("series", "top") if key else ("series",):
                a, b = ([run(command, *key, *words, "-qo", "csv", where, "bytes > 5000").stdout]
                        for where in (path, store))
                check(f"{command} {' '.join(key + words)}: a store is as what it was made of",
                      a == b and len(a[0]) > 50, *a, *b)
    outs = [run("series", "src", path, "-j", j).stdout for j in (1, 2, 8)]
    check("any number of threads", outs[0] == outs[1] == outs[2])


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "flows.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join([HEADER, *ROWS]) + "\n")

        steps = csv("--every", "5s", path)
        check("spread, and gaps are zeros", steps == [
            "start,flows,packets,bytes",
            "2003-08-22T19:00:00.000Z,2,4,700",
            "2003-08-22T19:00:05.000Z,0,5,500",
            "2003-08-22T19:00:10.000Z,0,2,201",
            "2003-08-22T19:00:15.000Z,0,0,0",
            "2003-08-22T19:00:20.000Z,0,0,0",
            "2003-08-22T19:00:25.000Z,1,2,10",
        ], *steps)
        check("at start", csv("--every", "5s", "--at", "start", path)[1:3] == [
            "2003-08-22T19:00:00.000Z,2,11,1401", "2003-08-22T19:00:05.000Z,0,0,0"])
        check("at end", csv("--every", "5s", "--at", "end", path)[3] ==
              "2003-08-22T19:00:10.000Z,1,10,1001")
        check("a filter", csv("--every", "5s", path, "udp") == [
            steps[0], "2003-08-22T19:00:00.000Z,1,1,400"])
        check("a rate", csv("by", "bps", "--every", "5s", path)[1].endswith(",700,1120"))
        check("5 minutes unasked", len(csv(path)) == 2)
        window = run("series", "--every", "5s", "-o", "json", "-t",
                     "2003-08-22T19:00:05Z/2003-08-22T19:00:19Z", path).stdout.splitlines()
        lines = [json.loads(line) for line in window]
        check("the window's steps", [(r["start"][14:19], r["bytes"]) for r in lines[:-1]] ==
              [("00:05", 500), ("00:10", 201), ("00:15", 0)], *window)
        check("and what is outside", lines[-1]["outside"] == {"flows": 1, "packets": 3,
                                                              "bytes": 300}, lines[-1])

        keyed = csv("dst_port", "by", "bytes", "--every", "1m", "-n", "1", path)
        check("a key, others, unknown, total", keyed == [
            "start,row,dst_port,flows,packets,bytes",
            "2003-08-22T19:00:00.000Z,key,80,1,10,1001",
            "2003-08-22T19:00:00.000Z,other,,1,1,400",
            "2003-08-22T19:00:00.000Z,unknown,,1,2,10",
            "2003-08-22T19:00:00.000Z,total,,3,13,1411",
        ], *keyed)
        check("-s", csv("-s", "dstport/bytes", "--every", "1m", "-n", "1", path) == keyed)
        table = run("series", "proto", "--every", "5s", path).stdout.splitlines()
        check("table", table[0] == "3 of 3 proto by bytes, 6 steps of 5s, spread over the flows' "
              "duration" and table[1].split()[2:] == ["TCP", "UDP", "ICMP", "total"] and
              table[-1].split() == ["all", "1001", "400", "10", "1411"], *table)
        expect("one step", run("series", "--every", "1d", path), 0, out=", 1 step of 1d, ")
        narrow = run("series", "src", "--every", "5s", path, COLUMNS="42").stdout
        check("a narrow one in blocks", max(map(len, narrow.splitlines()[1:])) <= 42 and
              narrow.count("start (UTC)") == 2, narrow)
        check_random(folder)

        expect("unknown time", run("series", "--at", "begin", path), 2, err="--at")
        expect("unknown order", run("series", "by", "bites", path), 2, err="bites")
        expect("unknown order of a key", run("series", "src", "by", "bites", path), 2, err="bites")
        expect("no step", run("series", "--every", "0s", path, "-o", "csv"), 2, err="--every")
        expect("too many steps", run("series", "-o", "csv", "--every", "1s", "-t",
                                     "1990-01-01/2020-01-01", path), 4, err="--every")
        expect("two forms", run("series", "-s", "srcip", "-A", "srcip", path), 2, err="not both")
        expect("too little memory", run("series", path, "--memory", "1K"), 4, err="--memory")
        expect("--explain", run("series", path, "--explain", "udp"), 0, out="filter: ")
        expect("no input", run("series"), 2, err="no input")
    finish()


main()
