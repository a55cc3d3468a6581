#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An archive of many files that nfdump's collector has just written: tryst finds the listed hosts
that were planted and the records that nfdump finds, whatever the threads and the order of files.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from case import check, expect, finish, run
from test_nfdump import difference, nfdump, tryst

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
WATCHLIST = os.path.join(ROOT, "cases/sobig-f/watchlist.txt")
FLOWS, PER_FILE, HITS = 60000, 15000, 80


def make(path, compress):
    subprocess.run([os.path.join(ROOT, "tools/make-archive"), "--compress", compress,
                    "--plant", WATCHLIST, "--hits", str(HITS), "--per-file", str(PER_FILE),
                    "--generator", os.environ["GEN_FLOWS"], path, str(FLOWS)], check=True)
    return [os.path.join(path, name) for name in sorted(os.listdir(path))]


def listed():
    with open(WATCHLIST, encoding="utf-8") as f:
        return " ".join(line.strip() for line in f if not line.startswith("#"))


def case_of(*words):
    """The case file without what changes from run to run or names the command."""
    done = run("hunt", "-o", "json", "-w", WATCHLIST, *words)
    case = json.loads(done.stdout)
    case.pop("created")
    case.pop("command")
    return case


def check_records(compress, files):
    words = f"ip in [{listed()}]"
    found, problem = 0, None
    for path in files:
        ours = tryst(path, words)
        found += len(ours)
        problem = problem or difference(ours, nfdump(path, words))
    check(f"{compress}: the records of nfdump", problem is None, problem)
    check(f"{compress}: all {HITS} planted records", found == HITS, found)
    whole = tryst(files[0], "any")
    problem = difference(whole, nfdump(files[0], "any"))
    check(f"{compress}: all {len(whole)} records of a file", problem is None, problem)


def check_sameness(path, files):
    one = run("flows", path, "-o", "csv", "-j", "1")
    expect("flows: one thread", one, 0)
    check("flows: all of them", one.stdout.count("\n") == FLOWS + 1)
    many = run("flows", path, "-o", "csv", "-j", "8")
    check("flows: eight threads, the same bytes", many.stdout == one.stdout)
    turned = run("flows", *reversed(files), "-o", "csv", "-j", "3")
    check("flows: files in reverse, the same bytes", turned.stdout == one.stdout)
    case = case_of(path, "-j", "1")
    check("hunt: all planted records", case["summary"]["flows_matched"] == HITS, case["summary"])
    check("hunt: all listed hosts", case["summary"]["listed_seen"] == 20, case["summary"])
    check("hunt: eight threads, the same case", case_of(path, "-j", "8") == case)
    check("hunt: files in reverse, the same case", case_of(*reversed(files), "-j", "3") == case)


def main():
    if not shutil.which("nfcapd"):
        print("1..0 # SKIP nfdump is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        for compress in ("none", "lzo", "lz4", "bz2"):
            path = os.path.join(folder, compress)
            files = make(path, compress)
            check_records(compress, files)
            if compress == "lz4":
                check_sameness(path, files)
    finish()


if __name__ == "__main__":
    sys.exit(main())
