#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tryst block`: every safety rule refuses with exit code 5 and writes nothing; what is written has
its undo and is the same each time.  What the programs say of it: tests/diff/test_block.py."""
import gzip
import hashlib
import json
import os
import tempfile

from case import ROOT, check, expect, finish, run

TARGETS = ("ios iosxr nxos junos eos sros routeros vyos frr frr-rtbh bird bird-flowspec openbgpd "
           "exabgp exabgp-api gobgp linux nftables ipset list").split()
BGP = ("--asn", "64500", "--peer", "5.5.5.5", "--local-address", "5.5.5.6")
# Two flows of an exporter and its next hop, as IPFIX-like CSV of ours.
FLOWS = ("start_ms,src,dst,src_port,dst_port,proto,packets,bytes,exporter,next_hop\n"
         "2026-11-26T07:00:00Z,5.6.7.8,9.9.8.1,1000,80,6,5,500,9.9.6.1,9.9.6.2\n"
         "2026-11-26T07:00:01Z,5.6.7.8,9.9.8.2,1001,80,6,5,500,9.9.6.1,9.9.6.2\n")

REFUSED = (
    # entry, what the refusal says, the class that overrules it
    ("5.6.7.8", "5.6.0.0/16: {own}:1", "own"),
    ("0.0.0.0/0", "default route", None),
    ("::/0", "default route", None),
    ("10.1.2.3", "private use (RFC 1918)", "private"),
    ("fd00::1", "unique local (RFC 4193)", "private"),
    ("203.0.113.7", "documentation (RFC 5737)", "documentation"),
    ("224.0.0.5", "multicast", "multicast"),
    ("127.0.0.1", "loopback", None),  # an address of this machine, too
    ("193.0.14.129", "DNS root server (k)", "root-server"),
    ("2001:dc3::35", "DNS root server (m)", "root-server"),
    ("8.8.8.8", "public DNS resolver (Google)", "resolver"),
    ("2620:fe::fe", "public DNS resolver (Quad9)", "resolver"),
    ("104.16.0.1", "content network (Cloudflare)", "content"),
    ("9.9.6.1", "an exporter of the flows", "exporter"),
    ("9.9.6.2", "a next hop in the flows", "next-hop"),
    ("5.5.5.5", "a BGP peer", "peer"),
    ("9.9.7.7", "{allow}:1", "allowlist"),
    ("9.8.0.0/16", "wider than --max-prefix allows: a /24", None),
    ("2a00::/32", "wider than --max-prefix allows: a /48", None),
)


class Files:
    """A directory with lists."""

    def __init__(self, folder):
        self.folder = folder
        self.own = self.write("own.txt", "5.6.0.0/16\n2a01::/32\n")
        self.allow = self.write("allow.txt", "9.9.7.7\n")
        self.flows = self.write("flows.csv", FLOWS)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def body(text, comment):
    return [line for line in text.splitlines() if not line.startswith(comment)]


def check_refusals(files):
    for entry, why, kind in REFUSED:
        bad = files.write("bad.txt", f"9.9.8.1\n{entry}\n")
        words = ["block", bad, "--as", "linux", "--own", files.own, "--allowlist", files.allow,
                 "--peer", "5.5.5.5", "-r", files.flows, "-o", files.path("never")]
        done = run(*words)
        why = why.format(own=files.own, allow=files.allow)
        ok = (done.returncode == 5 and why in done.stderr and f"({bad}:2)" in done.stderr
              and not done.stdout and not os.path.exists(files.path("never"))
              and not os.path.exists(files.path("never.undo")))
        if kind:
            ok = ok and f"--allow-special={kind}" in done.stderr
        check(f"{entry} is refused: {why.split('/')[-1]}", ok, done.returncode, done.stderr)
        if not kind:
            continue
        words[-1] = files.path("allowed")
        done = run(*words, "--allow-special", kind)
        check(f"{entry} is taken with --allow-special={kind}", done.returncode == 0, done.stderr)


def check_plan_rules(files):
    good = files.write("good.txt", "9.9.8.1\n9.9.8.3\n9.9.8.5\n")
    expect("without own networks: refused", run("block", good, "--as", "ios"), 5,
           out="", err="--own")
    done = run("block", good, "--as", "ios", "--no-own-check")
    expect("--no-own-check goes on", done, 0, out="ip route 9.9.8.1 255.255.255.255 Null0")
    done = run("block", good, "--as", "ios", "--own", files.own, "--limit", "2")
    expect("too many: refused, not cut", done, 5, err="3 prefixes are more than --limit 2")
    check("and nothing is written", not done.stdout, done.stdout)
    wide = files.write("wide.txt", "9.8.0.0/20\n2a00::/44\n")
    expect("--max-prefix makes room", run("block", wide, "--as", "list", "--own", files.own,
                                          "--max-prefix", "20,44"), 0, out="9.8.0.0/20\n")
    broken = files.write("broken.txt", "5.6.0.0/16\nnonsense\n")
    expect("own networks must be readable to the last line",
           run("block", good, "--as", "ios", "--own", broken), 4, err=f"{broken}:2")
    many = files.write("many.txt", "9.9.8.1 # good\n10.0.0.1\n8.8.8.8\n10.0.0.2\n")
    done = run("block", many, "--as", "ios", "--own", files.own)
    check("every line to take out is named in one go",
          done.returncode == 5 and done.stderr.count("refused: ") == 3, done.stderr)


STIX = """{"type": "bundle", "id": "bundle--1", "objects": [
{"type": "indicator", "spec_version": "2.1", "id": "indicator--1", "pattern_type": "stix",
 "pattern": "[ipv4-addr:value = '9.9.8.1']", "valid_from": "2026-01-01T00:00:00Z"},
{"type": "indicator", "spec_version": "2.1", "id": "indicator--2", "pattern_type": "stix",
 "pattern": "[ipv4-addr:value = '9.9.8.2']", "valid_from": "2026-01-01T00:00:00Z",
 "valid_until": "2026-02-01T00:00:00Z"}]}
"""


def check_lists(files):
    stix = files.write("stix.json", STIX)
    done = run("block", stix, "--as", "list", "--own", files.own, SOURCE_DATE_EPOCH="1795683600")
    check("an entry that is no longer valid is left out and named", done.returncode == 0
          and body(done.stdout, "#") == ["9.9.8.1/32"]
          and "left out: 9.9.8.2: " in done.stderr and "not valid any more" in done.stderr,
          done.stdout, done.stderr)
    undo = run("block", stix, "--as", "list", "--own", files.own, "--undo")
    expect("what was blocked when it was made cannot be told of entries with an end", undo, 5,
           err="use the FILE.undo of then")
    folder = files.path("x\nip route 0.0.0.0 0.0.0.0 Null0\n!")
    os.mkdir(folder)
    odd = files.write(os.path.join(folder, "stix.json"), STIX)
    done = run("block", odd, "--as", "ios", "--own", files.own, SOURCE_DATE_EPOCH="1795683600")
    check("the name of a file is no configuration", done.returncode == 0
          and "left out 9.9.8.2" in done.stdout
          and "\nip route 0.0.0.0" not in done.stdout + done.stderr, done.stdout, done.stderr)
    two = files.write("two.txt", "5.6.0.0/16, 9.9.8.0/24\n")
    expect("a line of own networks with two of them", run(
        "block", files.write("good.txt", "9.9.8.1\n"), "--as", "list", "--own", two), 4)
    names = files.write("names.txt", "5.6.0.0/16\nrouter.example.net\n")
    good = files.write("good.txt", "9.9.8.1\n")
    done = run("block", good, "--as", "list", "--own", names)
    check("own networks with a name instead of an address", done.returncode == 4
          and "readable to the last line" in done.stderr and not done.stdout, done.stderr)


def check_words(files):
    good = files.write("good.txt", "9.9.8.1\n")
    for name, words, err in (
            ("no target", ("block", good), "for what?"),
            ("an unknown target", ("block", good, "--as", "nftable"), "did you mean nftables"),
            ("no list", ("block", "--as", "ios"), "no list"),
            ("frr-rtbh without AS", ("block", good, "--as", "frr-rtbh"), "needs --asn"),
            ("exabgp without peer", ("block", good, "--as", "exabgp", "--asn", "1"),
             "needs --peer"),
            ("an unknown class", ("block", good, "--as", "ios", "--allow-special", "privat"),
             "did you mean private"),
            ("a long name", ("block", good, "--as", "ios", "--case", "a" * 17), "at most 16"),
            ("a name with a quote", ("block", good, "--as", "ios", "--case", 'a"b'), "letters"),
            ("a bad --max-prefix", ("block", good, "--as", "ios", "--max-prefix", "33"), "24,48"),
            ("too long for ipset", ("block", good, "--as", "ipset", "--expire", "30d"), "at most"),
            ("too long for anything", ("block", good, "--as", "list", "--expire", "9999999999h"),
             "century"),
            ("a bad peer", ("block", good, "--as", "ios", "--peer", "x"), "no address"),
    ):
        expect(f"{name}: wrong usage", run(*words), 2, err=err)
    expect("a list that is not there", run("block", files.path("none"), "--as", "ios",
                                           "--own", files.own), 4, err="none")


def check_output(files):
    mixed = files.write("mixed.txt", "2a00::1\n9.9.8.5 # five\n9.9.8.4\n9.9.8.5\n9.9.9.0/29\n")
    other = files.write("other.txt", "9.9.9.0/29\n9.9.8.4\n9.9.8.5\n2a00::1\n")
    for target in TARGETS:
        comment = "!" if target in ("ios", "iosxr", "nxos", "eos", "frr", "frr-rtbh") else "#"
        words = ("--as", target, "--own", files.own, *BGP)
        one = run("block", mixed, *words, "-o", files.path("one"), "-q")
        two = run("block", other, *words, SOURCE_DATE_EPOCH="1795683600")
        undo = run("block", other, *words, "--undo")
        out, undone = files.read("one"), files.read("one.undo")
        check(f"{target}: the order and what is listed twice do not matter",
              one.returncode == two.returncode == 0
              and body(out, comment) == body(two.stdout, comment), one.stderr, two.stdout)
        check(f"{target}: FILE.undo is what --undo prints",
              body(undone, comment) == body(undo.stdout, comment), undone, undo.stdout)
        check(f"{target}: without -o the undo stands behind it as comments",
              all(f"{comment}   {line}" in two.stdout for line in body(undone, comment) if line),
              two.stdout)
        check(f"{target}: the header says of what", f"from {other}: " in two.stdout
              and sha256(other) in two.stdout, two.stdout)
        check(f"{target}: the header says when",
              "made 2026-11-26T09:00:00.000Z: 4 prefixes (3 IPv4, 1 IPv6)" in two.stdout
              and "expires " in two.stdout, two.stdout)
    done = run("block", mixed, "--as", "list", "--own", files.own, "--aggregate")
    expect("--aggregate merges what is listed", done, 0, out="\n9.9.8.4/31\n")
    partial = files.write("partial.txt", "9.9.8.1\nnonsense\n")
    expect("a list with a bad line: done, and said", run(
        "block", partial, "--as", "list", "--own", files.own), 3, out="9.9.8.1/32",
        err="partial.txt:2")
    done = run("block", mixed, "--as", "nftables", "--own", files.own, "--expire", "0s")
    check("--expire 0s has no timeout", "timeout" not in done.stdout
          and "no expiry" in done.stdout, done.stdout)


def attributes(event):
    """Of the event itself and of its objects."""
    event = event["Event"]
    return event["Attribute"] + [a for o in event.get("Object", []) for a in o["Attribute"]]


def check_case(files):
    """The founding case: the sources of its meetings are forged, and nobody blocks a victim."""
    folder = os.path.join(ROOT, "cases/sobig-f")
    hunted = run("hunt", "-q", "-w", f"{folder}/watchlist.txt", "--home", "192.0.2.0/24", "--home",
                 "198.51.100.0/24", "--home", "203.0.113.0/24", "--tz", "-04:00", "--save",
                 files.path("case.json"), *(f"{folder}/{name}.csv" for name in (
                     "campus-packets", "isp-netflow", "university-argus")))
    expect("the founding case is made", hunted, 0)
    case = files.path("case.json")
    done = run("block", case, "--as", "list", "-o", files.path("empty"))
    victims = [line for line in done.stderr.splitlines() if "the address is a victim" in line]
    check("forged sources are left out and named, and nothing to block is no success",
          done.returncode == 5 and len(victims) == 12 and not done.stdout
          and not os.path.exists(files.path("empty"))
          and not os.path.exists(files.path("empty.undo"))
          and f"nothing to block: all 15 hosts of {case} were left out (above)" in done.stderr
          and "--min-verdict any takes 3 of them" in done.stderr, done.stdout, done.stderr)
    done = run("block", case, "--as", "list", "--min-verdict", "any")
    check("and then those without evidence are taken, victims never", done.returncode == 0
          and len(body(done.stdout, "#")) == 3, done.stdout, done.stderr)
    done = run("block", case, f"{folder}/watchlist.txt", "--as", "list")
    check("the header has the hash of the case", sha256(case) in done.stdout, done.stdout)
    check("the header names them, too", done.stdout.count("# left out ") == len(
        [line for line in done.stderr.splitlines() if "left out" in line]) > 0, done.stdout)
    blocked = body(done.stdout, "#")
    check("a list beside the case does not bring them back", len(blocked) == 8 and not any(
        line.split(": ")[2] + "/32" in blocked for line in victims), done.stdout)
    names = {line.split(": ")[2] for line in victims}
    event = json.loads(run("report", case, "-o", "misp").stdout)
    check("nor shall those who read MISP", all(
        not a["to_ids"] for a in attributes(event) if a.get("value") in names), event)
    bundle = run("report", case, "-o", "stix").stdout
    check("or STIX", not any(f"'{ip}'" in o.get("pattern", "") for ip in names
                             for o in json.loads(bundle)["objects"]), bundle[:2000])
    done = run("block", case, "--as", "list", "--min-verdict", "some")
    expect("an unknown --min-verdict", done, 2, err="productive, answered, any")
    home = files.write("home.txt", "192.0.2.27\n")
    done = run("block", case, home, "--as", "list")
    expect("the case's home is your own", done, 5, err="--allow-special=own")
    with open(case, encoding="utf-8") as f:
        text = json.load(f)
    odd = files.write("sorted.json", json.dumps(dict(sorted(text.items(), reverse=True))))
    with gzip.open(files.path("case.json.gz"), "wb") as f:
        f.write(json.dumps(text).encode())
    for path in (odd, files.path("case.json.gz")):
        done = run("block", path, "--as", "list", "--own", files.own)
        check(f"{os.path.basename(path)}: a case is never read as a list", done.returncode == 4
              and not done.stdout and "is no list" in done.stderr, done.stdout, done.stderr)
    hidden = run("report", case, "--anonymize", "-o", "json")
    done = run("block", files.write("hidden.json", hidden.stdout), "--as", "list")
    check("nor is an anonymized one taken", hidden.returncode == 0 and done.returncode == 4
          and "--anonymize" in done.stderr and not done.stdout, hidden.stderr, done.stderr)
    broken = files.write("broken.json", '{"schema": 1, "hosts": 5}')
    done = run("block", broken, "--as", "list")
    check("a broken case file", done.returncode == 4 and not done.stdout, done.stderr)


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        check_refusals(files)
        check_plan_rules(files)
        check_lists(files)
        check_words(files)
        check_output(files)
        check_case(files)
    finish()


main()
