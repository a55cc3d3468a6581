#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tryst export on real files: nfdump reads in what was written what it reads in the original, and
its totals are the same; tryst reads back every field.
"""
import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile

from case import check, finish, run
from test_nfdump import CORPUS, difference, nfdump, oracle, totals

# What our fields do not hold, of nfdump's columns.
NOT_OURS = {"dtos", "nhb", "dvln", "ismc", "odmc", "idmc", "osmc", "cl", "sl", "al", "eng",
            "exid", *(f"mpls{i}" for i in range(1, 11))}
# Of nfdump's totals: who wrote the file, and what the collector missed.
NOT_TOTALS = ("Ident", "Sequence failures")


def peer(path, *words):
    return subprocess.run(["nfdump", "-r", path, *words], text=True, check=True,
                          capture_output=True, env=dict(os.environ, TZ="UTC")).stdout


def peer_csv(path):
    rows = csv.reader(io.StringIO(peer(path, "-o", "csv").split("Summary\n")[0]))
    header = next(rows)
    keep = [i for i, name in enumerate(header) if name not in NOT_OURS]
    return [[row[i] for i in keep] for row in rows if len(row) == len(header)]


def peer_totals(path):
    lines = [line for line in peer(path, "-I").splitlines() if line.split(":")[0] not in NOT_TOTALS]
    # Of no flows, nfdump 1.7.1 says that the first was at the end of time.
    return [line for line in lines if "Flows: 0" not in lines or "irst" not in line]


def first_difference(ours, theirs):
    if len(ours) != len(theirs):
        return f"{len(ours)} records, {len(theirs)} in the original"
    return next((f"record {i + 1}: {a} {b}" for i, (a, b) in enumerate(zip(ours, theirs))
                 if a != b), None)


def known(rows):
    """Unknown and 0 are one in these files."""
    return [[("" if cell in ("0", "0.0.0.0", "::") else cell) for cell in row] for row in rows]


def read_csv(path):
    done = run("flows", "-q", "-o", "csv", path)
    return known(csv.reader(io.StringIO(done.stdout)))


def check_file(path, folder):
    full, out = os.path.join(CORPUS, path), os.path.join(folder, "out.nf")
    original = os.path.join(CORPUS, oracle(path))
    # What nfdump itself makes of the original: totals that old collectors wrote may be off.
    again = os.path.join(folder, "again.nf")
    peer(original, "-w", again)
    for packing in ("lz4", "none") if path.endswith(".sample") else ("lz4",):
        name = f"{path} as {packing}"
        done = run("export", "--as", f"nfdump:{packing}", "-o", out, full)
        check(f"{name}: written", done.returncode == 0, done.stderr)
        nfdump.cache_clear()
        found = difference(nfdump(out, "any"), nfdump(original, "any"))
        check(f"{name}: nfdump's json", found is None, found)
        found = first_difference(peer_csv(out), peer_csv(original))
        check(f"{name}: nfdump's csv", found is None, found)
        found = first_difference(peer_totals(out), peer_totals(again))
        check(f"{name}: nfdump's totals", found is None, found)
        found = first_difference(read_csv(out), read_csv(full))
        check(f"{name}: reads back", found is None, found)
        found = peer(out, "-v", out).count("rror")
        check(f"{name}: nfdump verifies it", found == 0)


def main():
    if not shutil.which("nfdump"):
        print("1..0 # SKIP nfdump is not installed")
        return
    if not os.path.isdir(CORPUS):
        print("1..0 # SKIP no corpus: set TRYST_CORPUS")
        return
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(totals()):
            if not path.endswith("anon.flows.v2"):
                check_file(path, folder)
    finish()


if __name__ == "__main__":
    sys.exit(main())
