#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""libfixbuf as second opinion on IPFIX: the same records in the same order, with the same
addresses, ports, counts and times, of softflowd's and pmacctd's export and of a collector's
file.

pmacctd has ICMP's type and code in the destination port, softflowd in elements of their own.
"""
import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from case import CORPUS, check, finish, skip
import witness
from witness import HUNG_S, Reading, milliseconds

CAPTURES = ("ipfixprobe-functional/inputs/mixed.pcap", "ndpi-samples/ftp.pcap",
            "arkime-pcaps/v6.pcap")
CESNET = "ipfix-file-cesnet/example_flows.ipfix"
NUMBERS = ("proto", "tos", "packets", "bytes", "in_if", "out_if")


def fixbuf(path):
    done = subprocess.run([os.environ["FIXBUF_READ"], path], text=True, capture_output=True,
                          check=True, timeout=HUNG_S)
    return list(csv.DictReader(io.StringIO(done.stdout)))


def fault(ours, theirs):
    """What of a record is not the same, or None."""
    pairs = [(name, int(ours[name] or 0), int(theirs[name])) for name in NUMBERS]
    pairs += [(name, ours[name], theirs[name]) for name in ("src", "dst")]
    pairs += [(name, milliseconds(ours[name]), int(theirs[name])) for name in ("start", "end")]
    pairs.append(("src_port", int(ours["src_port"] or 0), int(theirs["src_port"])))
    pairs.append(("dst_port", int(ours["dst_port"] or 0),
                  int(theirs["dst_port"]) | int(theirs["icmp"])))
    wrong = [f"{name}: tryst {a}, libfixbuf {b}" for name, a, b in pairs if a != b]
    return f"{wrong} in {theirs}" if wrong else None


def compare(name, path, least):
    ours, theirs = Reading(path).rows, fixbuf(path)
    faults = [text for text in map(fault, ours, theirs) if text]
    check(f"{name}: {len(theirs)} records as libfixbuf's",
          least <= len(ours) == len(theirs) and not faults,
          f"{len(ours)} records, libfixbuf {len(theirs)}", *faults[:3])


def exports(name, folder):
    """(what it is of, file) for the export of a capture by either."""
    capture = os.path.join(CORPUS, name)
    stem = os.path.basename(name)
    folder = os.path.join(folder, stem)
    os.mkdir(folder)
    softflowd, _ = witness.softflowd(capture, "ipfix", folder)
    pmacctd, _ = witness.pmacctd(capture, folder)
    for who, datagrams in (("softflowd", softflowd), ("pmacctd", pmacctd["ipfix"])):
        path = os.path.join(folder, who)
        with open(path, "wb") as f:
            f.write(b"".join(datagrams))
        yield f"{who} of {stem}", path


def main():
    if not os.path.isdir(CORPUS):
        skip("libfixbuf", f"no corpus at {CORPUS}")
        finish()
    if not os.environ.get("FIXBUF_READ"):
        skip("libfixbuf", "libfixbuf was not there when this was built")
        finish()
    compare("a collector's file", os.path.join(CORPUS, CESNET), 3979)
    missing = [program for program in ("softflowd", "pmacctd") if not shutil.which(program)]
    if missing:
        skip("live exporters", "not installed: " + ", ".join(missing))
        finish()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        for made in pool.map(lambda name: list(exports(name, folder)), CAPTURES):
            for name, path in made:
                compare(name, path, 1)
    finish()


if __name__ == "__main__":
    sys.exit(main())
