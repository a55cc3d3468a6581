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


def told(folder):
    """What a list says of its entry is said on, and to nobody who may not know."""
    entry = {"type": "indicator", "spec_version": "2.1", "pattern_type": "stix", "name": "bot",
             "id": "indicator--22222222-2222-4222-8222-222222222222", "confidence": 85,
             "created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z",
             "pattern": "[ipv4-addr:value = '203.0.113.7']",
             "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z",
             "object_marking_refs": ["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"]}
    with open(f"{folder}/red.json", "w", encoding="utf-8") as f:
        json.dump({"type": "bundle", "objects": [entry],
                   "id": "bundle--11111111-1111-4111-8111-111111111111"}, f)
    flows = "start,src,dst,src_port,dst_port,proto\n" \
            "2026-11-23T10:00:00Z,203.0.113.7,192.0.2.1,4000,80,6\n"
    done = run("hunt", "-q", "-w", f"{folder}/red.json", "--home", "192.0.2.0/24", "-o", "stix",
               "-", stdin=flows)
    objects = json.loads(done.stdout)["objects"]
    ours = next(o for o in objects if o["type"] == "indicator")
    check("confidence, validity and name of an entry", ours["confidence"] == 85 and
          ours["valid_from"].startswith("2026-01-01") and ours["description"] == "bot" and
          ours["valid_until"].startswith("2027-01-01"), ours)
    red = entry["object_marking_refs"]
    check("TLP:RED of one entry is that of everything",
          all(o.get("object_marking_refs") == red for o in objects
              if o["type"] != "marking-definition"), objects)
    with open(f"{folder}/red.stix.json", "w", encoding="utf-8") as f:
        f.write(done.stdout)
    return f"{folder}/red.stix.json"


def narrowed(folder):
    """Of a search that looked at a part."""
    flows = "start,src,dst,src_port,dst_port,proto\n" \
            "2026-11-23T10:00:00Z,203.0.113.7,192.0.2.1,4000,80,6\n"
    with open(f"{folder}/one.txt", "w", encoding="utf-8") as f:
        f.write("203.0.113.7\n")
    done = run("hunt", "-q", "-w", f"{folder}/one.txt", "--home", "192.0.2.0/24", "-o", "stix",
               "-t", "2026-11-23", "-", "port < 1024", stdin=flows)
    check("narrowed: the bundle says so", "port < 1024" in done.stdout, done.stderr)
    with open(f"{folder}/narrowed.stix.json", "w", encoding="utf-8") as f:
        f.write(done.stdout)
    return f"{folder}/narrowed.stix.json"


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
        paths = [*bundles(folder), searched(folder), told(folder), narrowed(folder)]
        modules, why = install()
        if not modules:
            skip("the schemas of OASIS", why)
        else:
            done = node("stix.mjs", modules, *paths)
            check("the schemas of OASIS, and every identifier", done.returncode == 0,
                  done.stdout, done.stderr)
    finish()


main()
