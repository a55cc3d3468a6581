# SPDX-License-Identifier: Apache-2.0
"""tryst top: words, nfdump's forms, formats."""
import json
import os
import tempfile

from case import check, expect, finish, run

HEADER = "start,end,src,src_port,dst,dst_port,proto,packets,bytes"
ROWS = [
    "2003-08-22T19:00:00Z,2003-08-22T19:00:10Z,192.0.2.1,1024,198.51.100.7,80,6,10,1500",
    "2003-08-22T19:00:01Z,2003-08-22T19:00:02Z,192.0.2.2,1025,198.51.100.7,80,6,1,100",
    "2003-08-22T19:00:02Z,2003-08-22T19:00:03Z,192.0.2.2,53,198.51.100.8,9,17,1,400",
    "2003-08-22T19:00:03Z,2003-08-22T19:00:04Z,198.51.100.7,,192.0.2.9,,1,2,0",
]


def csv(*words):
    return run("top", *words, "-o", "csv").stdout.splitlines()


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "flows.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join([HEADER, *ROWS]) + "\n")

        by_bytes = csv("src", "by", "bytes", path)
        check("words: order and share", by_bytes[1:] == [
            "192.0.2.1,1,10,1500,0.750000,2003-08-22T19:00:00.000Z,2003-08-22T19:00:10.000Z",
            "192.0.2.2,2,2,500,0.250000,2003-08-22T19:00:01.000Z,2003-08-22T19:00:03.000Z",
            "198.51.100.7,1,2,0,0.000000,2003-08-22T19:00:03.000Z,2003-08-22T19:00:04.000Z",
        ], *by_bytes)
        check("bytes are the order unasked", csv("src", path) == by_bytes)
        check("one quoted word", csv("src by bytes", path) == by_bytes)
        check("-s", csv("-s", "srcip/bytes", path) == by_bytes)
        check("-s, -r", csv("-r", path, "-s", "srcip/bytes") == by_bytes)
        check("-A", csv("-A", "srcip4/24,proto", path)[1].startswith("192.0.2.0/24,6,2,"))
        check("-n", len(csv("src", path, "-n", "1")) == 2)
        check("-n 0 is all", len(csv("src", path, "-n", "0")) == 4)
        check("a filter", len(csv("src", path, "udp")) == 2)
        check("by flows", csv("src", "by", "flows", path)[1].startswith("192.0.2.2,2,"))
        check("by a rate", csv("src", "by", "bps", path)[0].split(",")[4] == "bps")

        rows = [json.loads(line)
                for line in run("top", "dst_port", path, "-o", "json").stdout.splitlines()]
        check("json: rows, what has no key, total",
              [r["type"] for r in rows] == ["top", "top", "unknown", "total"], rows)
        check("json: values", rows[0]["rank"] == 1 and rows[0]["dst_port"] == 80 and
              rows[0]["bytes"] == 1600 and rows[0]["share"] == 0.8, rows[0])
        check("json: total", rows[3]["flows"] == 4 and rows[3]["groups"] == 2, rows[3])

        table = run("top", "src,dst,src_port,dst_port,proto", path, COLUMNS="80").stdout
        check("table: a line a row", len(table.splitlines()) == 7, table)
        check("table: any number of threads", run("top", "src", path, "-j", 1).stdout ==
              run("top", "src", path, "-j", 8).stdout)

        for order in "bytes", "bps":
            filled = csv("src", "by", order, path)
            empty = csv("src", "by", order, path, "port 65000")
            check(f"by {order}: the heading where there is no row", empty == filled[:1], *empty)
        check("table: of nothing there are no shares",
              run("top", "src", path, "port 65000").stdout.splitlines()[-1].split()[:5] ==
              ["total", "0", "0", "0", "-"])

        expect("no key", run("top"), 2, err="tryst top src by bytes")
        expect("the input first", run("top", path), 2, err="what to rank by comes first")
        expect("unknown key", run("top", "srk", path), 2, err="srk")
        expect("unknown order", run("top", "src", "by", "bites", path), 2, err="bites")
        expect("two forms", run("top", "-s", "srcip", "-A", "srcip", path), 2, err="not both")
        expect("twice", run("top", "-s", "srcip", "-s", "dstip", path), 2, err="given twice")
        expect("unknown format", run("top", "src", path, "-o", "xml"), 2,
               err="there are table, json, csv")
        expect("too little memory", run("top", "src", path, "--memory", "1K"), 4, err="--memory")
        expect("--explain", run("top", "src", path, "--explain", "udp"), 0, out="filter: ")
    finish()


main()
