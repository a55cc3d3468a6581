# SPDX-License-Identifier: Apache-2.0
"""tryst simulate: the files, that tryst reads them back, the truth, wrong use."""
import csv
import json
import os
import shutil
import subprocess
import tempfile

from case import ROOT, TRYST, check, expect, finish, run

SMALL = ["--set", "hosts=256", "--set", "externals=1000", "--set", "scanners=10", "--set",
         "players=50", "--set", "duration=1", "--set", "start=1061575200"]
FILES = {"watchlist.txt", "home.txt", "truth.json", "truth.csv"}


def rows(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def test_files(folder):
    out = os.path.join(folder, "s1")
    expect("simulate", run("simulate", "S1", "-o", out, "--seed", "3", *SMALL), 0,
           err="seed 3: ")
    check("files", set(os.listdir(out)) == FILES | {"flows.csv"}, os.listdir(out))
    with open(os.path.join(out, "truth.json"), encoding="utf-8") as f:
        truth = json.load(f)
    check("seed and scenario", truth["seed"] == 3 and truth["scenario"] == "S1", truth)
    check("parameters", truth["parameters"]["hosts"] == 256 and
          truth["parameters"]["plant"] == "meeting", truth["parameters"])
    with open(os.path.join(out, "watchlist.txt"), encoding="utf-8") as f:
        check("watchlist", f.read().split() == truth["listed"])
    with open(os.path.join(out, "home.txt"), encoding="utf-8") as f:
        check("home", f.read().strip() == truth["home"])
    flows = rows(os.path.join(out, "flows.csv"))
    each = rows(os.path.join(out, "truth.csv"))
    check("one truth a record", len(flows) == len(each) and
          [r["record"] for r in each] == [r["record_no"] for r in flows])
    place = truth["endpoints"][0]["ip"]
    met = {f["src"] for f, t in zip(flows, each) if t["planted"] == "1" and f["dst"] == place}
    check("planted records are of those who met", met and met <= set(truth["met"]), met)
    check("sources are true", all(f["src"] == t["true_src"] for f, t in zip(flows, each)))
    expect("lists", run("lists", "check", os.path.join(out, "watchlist.txt")), 0,
           out="20 indicators")
    r = run("hunt", "-w", os.path.join(out, "watchlist.txt"), "--home", truth["home"], "-o",
            "json", os.path.join(out, "flows.csv"))
    found = [m["endpoint"]["ip"] for m in json.loads(r.stdout)["meetings"]]
    check("a hunt sees the planted endpoint", place in found, found)
    return out


def test_same(folder, first):
    for jobs in ("1", "4"):
        out = os.path.join(folder, "again" + jobs)
        run("simulate", "S1", "-o", out, "--seed", "3", "-j", jobs, "-q", *SMALL)
        for name in sorted(FILES | {"flows.csv"}):
            with open(os.path.join(out, name), "rb") as a, \
                    open(os.path.join(first, name), "rb") as b:
                check(f"{name}: the same with {jobs} threads", a.read() == b.read())


def test_nfdump(folder):
    out = os.path.join(folder, "nf")
    expect("as nfdump", run("simulate", "S2", "-o", out, "--as", "nfdump", *SMALL), 0)
    fields = "csv:start,end,src,dst,src_port,dst_port,packets,bytes,tos,in_if,out_if"
    as_csv = os.path.join(folder, "csv")
    run("simulate", "S2", "-o", as_csv, *SMALL)
    a = run("flows", "-q", "-o", fields, os.path.join(out, "flows.nfcapd")).stdout
    b = run("flows", "-q", "-o", fields, os.path.join(as_csv, "flows.csv")).stdout
    check("nfdump and csv hold the same", a == b and a.count("\n") > 100, len(a), len(b))
    each = rows(os.path.join(as_csv, "truth.csv"))
    forged = [t for t in each if t["role"] == "forged"]
    check("who forged is told", len({t["true_src"] for t in forged}) == 1, len(forged))
    if shutil.which("nfdump"):
        r = subprocess.run(["nfdump", "-r", os.path.join(out, "flows.nfcapd"), "-q", "-o",
                            "fmt:%ts"], capture_output=True, text=True, check=False)
        lines = [line for line in r.stdout.split("\n") if line.strip()]
        check("nfdump reads it", len(lines) == len(each), len(lines), len(each))


def test_like(folder, first):
    log = os.path.join(first, "flows.csv")
    out = [os.path.join(folder, f"like{i}") for i in range(2)]
    words = ["simulate", "N1", "--like", log, "--home", "198.18.0.0/16", "-o"]
    expect("like a log", run(*words, out[0], "-j", "1"), 0, err="1 input")
    expect("like a log, threads", run(*words, out[1], "-j", "4", "-q"), 0)
    for name in sorted(FILES | {"flows.csv"}):
        with open(os.path.join(out[0], name), "rb") as a, \
                open(os.path.join(out[1], name), "rb") as b:
            check(f"like: {name} is the same", a.read() == b.read())
    columns = ("start", "end", "proto", "packets", "bytes", "tcp_flags")
    was, now = (sorted(tuple(r[c] for c in columns) for r in rows(os.path.join(d, "flows.csv")))
                for d in (first, out[0]))
    check("like: every record keeps its times and counts", was == now)
    for name, more, code, err in (
            ("like without home", ["--like", log], 2, "needs --home"),
            ("like with no network", ["--like", log, "--home", "here"], 2, "is no network"),
            ("like nothing", ["--like", log + "x", "--home", "198.18.0.0/16"], 4,
             "nothing could be read"),
            ("like a log of others", ["--like", log, "--home", "192.0.2.0/24"], 4,
             "nobody comes from outside"),
            ("like with little memory", ["--like", log, "--home", "198.18.0.0/16", "--memory",
                                         "64K"], 4, "more records than")):
        expect(name, run("simulate", "N0", "-o", os.path.join(folder, "x"), *more), code, err=err)


def test_wrong(folder, there):
    expect("files are there", run("simulate", "S1", "-o", there, *SMALL), 2,
           err="is there already; --force")
    expect("force", run("simulate", "S1", "-o", there, "--force", "--seed", "3", *SMALL), 0)
    out = os.path.join(folder, "no")
    for name, words, err in (
            ("no scenario", ["-o", out], "expected one scenario"),
            ("no folder", ["S1"], "no folder"),
            ("unknown scenario", ["S1x", "-o", out], "did you mean S1?"),
            ("unknown knob", ["S1", "-o", out, "--set", "hots=9"], "did you mean hosts?"),
            ("out of range", ["S1", "-o", out, "--set", "mixing=2"], "is not from 0 to 1"),
            ("no number", ["S1", "-o", out, "--set", "hosts=many"], "is no whole number"),
            ("no choice", ["S1", "-o", out, "--set", "list=all"], "is none of random|"),
            ("no value", ["S1", "-o", out, "--set", "hosts"], "expected KNOB=VALUE"),
            ("unknown format", ["S1", "-o", out, "--as", "zeek"], "is none of csv"),
            ("nobody to list", ["N1", "-o", out, "--set", "scanners=0"], "nobody to list")):
        expect(name, run("simulate", *words), 2, err=err)
        check(f"{name}: nothing is made", not os.path.exists(out))
    expect("no such place", run("simulate", "S1", "-o", os.path.join(folder, "a/b"), *SMALL), 4,
           err="No such file")


def test_tables():
    with open(os.path.join(ROOT, "docs/simulate.md"), encoding="utf-8") as f:
        page = f.read()
    r = run("simulate", "--knobs")
    expect("knobs", r, 0, out="hosts=4096")
    table = page.split("--knobs N0 -->\n")[1]
    check("the page has the knobs as they are",
          "".join(line[4:] for line in table.splitlines(True)) == r.stdout)
    expect("knobs of a scenario", run("simulate", "--knobs", "N1"), 0, out="list=scanners ")
    expect("knobs of an unknown one", run("simulate", "--knobs", "Z"), 2, err="no scenario")
    r = run("simulate", "--list")
    expect("list", r, 0, out="S1 ")
    for line in r.stdout.splitlines():
        if line[0] != " ":
            name = line.split()[0]
            check(f"the page tells of {name}", name in page or name[0] == "N", name)


def main():
    with tempfile.TemporaryDirectory() as folder:
        first = test_files(folder)
        test_same(folder, first)
        test_nfdump(folder)
        test_like(folder, first)
        test_wrong(folder, first)
    test_tables()
    finish()


main()
