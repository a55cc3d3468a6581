# SPDX-License-Identifier: Apache-2.0
"""Every allocation fails once: a clean end with the right words, or the right answer."""
import os
import re
import subprocess
import sys
import tempfile

TRYST = os.environ["TRYST"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CASE = os.path.join(ROOT, "cases/sobig-f")
FLOWS = os.path.join(CASE, "isp-netflow.csv")

COMMANDS = [
    ["hunt", "-q", "-j", "1", "-w", f"{CASE}/watchlist.txt", "--home", "192.0.2.0/24", FLOWS],
    ["hunt", "-q", "-j", "1", "-o", "json", "-w", f"{CASE}/watchlist.txt", FLOWS],
    ["hunt", "-q", "-j", "1", "-o", "html", "-w", f"{CASE}/watchlist.txt", FLOWS],
    ["flows", "-q", "-j", "1", "-o", "csv", FLOWS, "udp and ip in [192.0.2.0/24 10.0.0.0/8]"],
    ["block", "-q", f"{CASE}/watchlist.txt", "--as", "nftables", "--no-own-check", "--aggregate"],
    ["block", "--check", "-q", "-j", "1", "-w", f"{CASE}/watchlist.txt", "--since",
     "2003-08-22T19:10Z", "--slack", "1s", "-o", "json", FLOWS],
    ["top", "src", "by", "bytes", "-q", "-j", "1", FLOWS],
    ["meet", "-q", "-j", "1", "--memory", "1M", "--home", "192.0.2.0/24", FLOWS],
]
SMALL = [w for knob in ("duration=0.25", "hosts=64", "externals=100", "players=9", "degree=9",
                        "scanners=2", "companions=3") for w in ("--set", knob)]


def reports(folder):
    """A case with everything wrong, read back."""
    case = os.path.join(ROOT, "tests/golden/report/messy.json")
    key = os.path.join(folder, "key")
    with open(key, "w", encoding="utf-8") as f:
        f.write("0123456789abcdef0123456789ABCDEF")
    for name in "json", "stix", "ecs":
        yield ["report", "-o", name, case]
    for name in "misp", "md", "cef":
        yield ["report", "-o", name, "--anonymize-key", key, case]


def lists():
    """A list of every format that has readers of its own."""
    feeds = os.path.join(ROOT, "tests/unit/watch/feeds")
    samples = [f"{feeds}/{name}" for name in (
        "csv/misp.csv", "json/misp-event.json", "json/stix.json", "json/otx.json",
        "openioc/small.ioc", "ipset/save.txt", "mikrotik/list.rsc", "silk-text/set.txt",
        "silk-set/small.set", "packed/full.zip", "packed/list.txt.zst")]
    yield ["lists", "merge", "-q", "-o", "json", *samples]
    yield ["lists", "check", "-o", "json", *samples]
    yield ["lists", "diff", "-q", samples[0], samples[1]]


def simulations(folder):
    common = ["-q", "-j", "1", "--force", "-o", folder, *SMALL]
    yield ["simulate", "S3", *common]
    yield ["simulate", "S1", "--like", FLOWS, "--home", "192.0.2.0/24", *common]


def stores(folder):
    """A store made, hunted, checked, joined and thinned out."""
    store, into = os.path.join(folder, "store"), os.path.join(folder, "into")
    for _ in range(2):
        run(["import", "-q", "-j", "1", "-o", store, FLOWS], 0)
    # The C library's walk of a directory does not survive everything: the segment itself.
    segment = os.path.join(store, min(f for f in os.listdir(store) if f.endswith(".tryst")))
    yield ["import", "-q", "-j", "1", "-o", into, FLOWS]
    yield ["hunt", "-q", "-j", "1", "-w", f"{CASE}/watchlist.txt", segment]
    yield ["flows", "-q", "-j", "1", "--explain", segment, "host 192.0.2.27"]
    yield ["store", "verify", store]
    yield ["store", "info", store]
    yield ["store", "compact", "-q", "-j", "1", store]
    yield ["store", "expire", "-q", "--before", "2000-01-01", "--delete", store]


def run(words, at):
    r = subprocess.run([TRYST, *words], check=False, capture_output=True, timeout=60,
                       env={**os.environ, "LD_PRELOAD": sys.argv[1], "OOM_AT": str(at),
                            "SOURCE_DATE_EPOCH": "1795683600"})
    r.stdout = re.sub(rb'"created": ".*"|a case of <time.*</time>', b"", r.stdout)
    return r


def wrong(words, at, whole):
    """What is wrong with the run whose allocation number `at` fails, or None."""
    r = run(words, at)
    if r.returncode == 0 and r.stdout == whole.stdout:
        return None  # memory that only makes things faster, or the C library's
    words_for_it = rb"out of memory|annot allocate memory|cannot start a thread"
    if r.returncode == 4 and re.search(words_for_it, r.stderr):
        return None
    return f"allocation {at}: exit {r.returncode}: {r.stderr[:300]!r}"


def main():
    failed = 0
    folder = tempfile.TemporaryDirectory()
    commands = [*COMMANDS, *lists(), *reports(folder.name), *simulations(folder.name),
                *stores(folder.name)]
    for n, words in enumerate(commands, 1):
        whole = run(words, 0)
        count = int(re.search(rb"allocations: (\d+)", whole.stderr).group(1))
        faults = [w for at in range(1, count + 1) if (w := wrong(words, at, whole))]
        failed += bool(faults)
        for fault in faults[:10]:
            print("#", fault)
        print(f"{'not ok' if faults else 'ok'} {n} {words[0]}: {count} allocations")
    folder.cleanup()
    print(f"1..{len(commands)}")
    sys.exit(1 if failed else 0)


main()
