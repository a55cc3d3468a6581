# SPDX-License-Identifier: Apache-2.0
"""STIX bundles against the schemas of OASIS and a second implementation of identifiers.

Both come as npm packages, installed into the build directory; without npm this is skipped.
"""
import json
import os
import tempfile

from case import ROOT, check, finish, run, skip
from modules import install, node

SOBIG = os.path.join(ROOT, "cases/sobig-f")
GOLDEN = os.path.join(ROOT, "tests/golden/report")


def bundles(folder):
    """Of the founding case, of one with everything wrong, and of simulated ones."""
    def report(name, case):
        path = f"{folder}/{name}.stix.json"
        done = run("report", "-o", "stix", case)
        check(f"{name}: the bundle", done.returncode == 0, done.stderr)
        with open(path, "w", encoding="utf-8") as f:
            f.write(done.stdout)
        return path

    for name in "sobig-f", "messy", "nothing":
        yield report(name, f"{GOLDEN}/{name}.json")
    for name in "S1", "S3":
        out = f"{folder}/{name}"
        run("simulate", name, "--seed", 5, "-q", "-o", out, "--set", "hosts=128",
            "--set", "externals=1000", "--set", "degree=80")
        with open(f"{out}/home.txt", encoding="utf-8") as f:
            run("hunt", "-q", "-w", f"{out}/watchlist.txt", "--home", f.read().split()[0],
                "--save", f"{out}/case.json", f"{out}/flows.csv")
        yield report(name, f"{out}/case.json")


def searched(folder):
    """Of a search without a list."""
    run("simulate", "S5", "--seed", 2001, "-q", "-o", f"{folder}/S5", "--set", "hosts=512",
        "--set", "externals=3000")
    done = run("meet", "-q", "--home", "198.18.0.0/16", "-o", "stix", f"{folder}/S5/flows.csv")
    with open(f"{folder}/meet.stix.json", "w", encoding="utf-8") as f:
        f.write(done.stdout)
    kinds = [o["type"] for o in json.loads(done.stdout)["objects"]]
    check("meet: the bundle", kinds.count("observed-data") >= 1 and "network-traffic" in kinds,
          kinds)
    return f"{folder}/meet.stix.json"


def vectors(folder):
    """The identifiers that the specification and others give to known addresses."""
    want = {"198.51.100.3": "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4",
            "2001:db8::1": "ipv6-addr--6469e3a9-b053-5e34-a025-9396ae051d26"}
    with open(f"{folder}/list.txt", "w", encoding="utf-8") as f:
        f.write("\n".join(want) + "\n")
    flows = "start,src,dst,src_port,dst_port,proto\n" + "".join(
        f"2003-08-22T19:00:00Z,{ip},{home},1024,80,6\n"
        for ip, home in (("198.51.100.3", "192.0.2.1"), ("2001:db8::1", "2001:db8:1::1")))
    done = run("hunt", "-q", "-w", f"{folder}/list.txt", "-o", "stix", "-", stdin=flows)
    ids = {o["value"]: o["id"] for o in json.loads(done.stdout)["objects"] if "value" in o}
    check("known identifiers", all(ids.get(ip) == want[ip] for ip in want), ids)


def main():
    with tempfile.TemporaryDirectory() as folder:
        vectors(folder)
        paths = [*bundles(folder), searched(folder)]
        modules, why = install()
        if not modules:
            skip("the schemas of OASIS", why)
        else:
            done = node("stix.mjs", modules, *paths)
            check("the schemas of OASIS, and every identifier", done.returncode == 0,
                  done.stdout, done.stderr)
    finish()


main()
