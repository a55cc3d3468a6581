# SPDX-License-Identifier: Apache-2.0
"""Files of many megabytes beside an index: rows stream out of them in the order of the records."""
import hashlib
import os
import struct
import tempfile

from case import check, expect, finish, run


def make(folder):
    """Two files of several blocks each, of 400,000 and 100,000 flows; and what hosts they have."""
    archive = f"{folder}/archive"
    os.mkdir(archive)
    for n, (packing, hours) in enumerate((("nfdump", 8), ("nfdump:none", 2))):
        made = f"{folder}/made{n}"
        done = run("simulate", "N2", "-q", "--seed", 3 + n, "--set", f"duration={hours}",
                   "--as", packing, "-o", made)
        assert done.returncode == 0, done.stderr
        os.rename(f"{made}/flows.nfcapd", f"{archive}/nfcapd.{n}")
    large = os.path.getsize(f"{archive}/nfcapd.0")
    check("a file of many megabytes", large > 8 << 20, large)
    lines = run("top", "-A", "ip", "-n", "4000", "-q", "-o", "csv", archive).stdout.split("\n")
    at = lines[0].split(",").index("ip")
    return archive, [line.split(",")[at] for line in lines[1:4001]]


def test_many_runs(folder):
    """Of blocks with one flow each there are more than one shard can name."""
    archive = f"{folder}/many"
    os.mkdir(archive)
    record = struct.pack("<HHHHI", 11, 76, 2, 0, 0) + struct.pack(
        "<IQQQQQHHBBHIII", 1 | 52 << 16, 1000, 2000, 0, 1, 100, 1234, 80, 6, 2, 0, 2 | 12 << 16,
        0x0a000001, 0x0a000002)
    block = struct.pack("<IIHH", 1, len(record), 3, 0) + record
    for n in range(2):
        with open(f"{archive}/nfcapd.{n}", "wb") as f:
            f.write(struct.pack("<HH36x", 0xa50c, 2) + block * 600000)
    expect("many runs of records", run("index", "-j", "1", "--memory", "2G", archive), 0,
           err="indexed 2 files, 1,200,000 flows")
    expect("no shard has too many", run("index", "--check", "--quick", archive), 0,
           err="2 shards, 0 damaged; of the archive's files 2 are indexed")


def digest(*words):
    done = run(*words)
    return (done.returncode, done.stdout.count("\n"),
            hashlib.sha256(done.stdout.encode()).hexdigest(), done.stderr)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        archive, top = make(folder)
        expect("index", run("index", archive), 0, err="indexed 2 files")
        half = " or ".join(f"host {ip}" for ip in top[:12])
        few = "ip in [" + " ".join(top[3000:3040]) + "]"
        done = run("flows", "--explain", archive, few)
        check("the index names some of the runs", " of its " in done.stdout, done.stdout)
        window = ("-t", "2003-08-22T00:50/2003-08-22T01:40")
        for words, condition, least in (
                (("-o", "csv"), half, 60000),
                (("-o", "csv:start,src,dst,bytes"), f"net {top[0]}/18 or net {top[1]}/18", 100000),
                (("-o", "json"), half, 60000),
                (("-o", "json", "-n", "20000"), half, 20000),
                (("-o", "table"), half, 60000),
                (("-o", "csv", *window), half, 5000),
                (("-o", "json", "-n", "3000", *window), half, 3000),
                (("-o", "csv", "-n", "1"), half, 2),
                (("-o", "csv", "-n", "61234"), f"{half} or net {top[0]}/18", 61235),
                (("-o", "csv"), few, 1000),
                (("-o", "json", *window), few, 100),
                (("-o", "csv", "-n", "700"), few, 700),
                (("-o", "csv"), f"{half} and bytes > 900000000000", 1)):
            whole = digest("flows", "-q", "--no-index", *words, archive, condition)
            name = " ".join(words)
            check(f"{name}: {whole[1]} lines", whole[0] == 0 and whole[1] >= least, whole)
            for jobs in ("1", "4"):
                fast = digest("flows", "-q", "-j", jobs, *words, archive, condition)
                check(f"  the same by the index, -j {jobs}", fast == whole, fast, whole)
        # Of one file, so that its blocks are all that threads share.
        one = f"{archive}/nfcapd.0"
        fast = digest("flows", "-q", "-j", "4", "-o", "csv", one, half)
        check("one file", fast == digest("flows", "-q", "--no-index", "-o", "csv", one, half))
        test_many_runs(folder)
    finish()


main()
