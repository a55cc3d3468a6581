# SPDX-License-Identifier: Apache-2.0
"""tryst lists: what is said of each list, several as one, and what changed."""
import gzip
import hashlib
import json
import os
import re
import tempfile

from case import ROOT, check, expect, finish, run

FEEDS = os.path.join(ROOT, "tests/unit/watch/feeds")
FEODO = f"{FEEDS}/csv/feodo.csv"
FEODO_JSON = f"{FEEDS}/json/feodo.json"
STIX = f"{FEEDS}/json/stix.json"


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def test_check(folder):
    r = run("lists", "check", FEODO)
    expect("check", r, 0, out="Feodo Tracker CSV list, made 2026-11-23 08:55:10 UTC, 2 indicators")
    r = run("lists", "check", f"{FEEDS}/csv/own.broken.csv")
    expect("check: rejects by line", r, 3, out='own.broken.csv:4: rejected: no address: ",80,no')
    expect("check --strict", run("lists", "check", "--strict", f"{FEEDS}/csv/own.broken.csv"), 4)
    r = run("lists", "check", "-o", "json", FEODO, f"{FEEDS}/csv/feodo.broken.csv")
    expect("check -o json", r, 3)
    lists = json.loads(r.stdout)["lists"]
    check("check -o json: contents", [x.get("indicators") for x in lists] == [2, 0, None] and
          lists[1]["rejected"] == 4 and lists[1]["remarks"][0]["line"] == 2 and
          "error" in lists[2], lists)
    r = run("lists", "check", f"{FEEDS}/packed/full.zip")
    expect("check: a zip archive", r, 0, out="full.zip:dir/stored.txt: plain list, 1 indicator")
    with gzip.open(f"{folder}/l.gz", "wt") as f:
        f.write("192.0.2.1\n")
    expect("check: gzip", run("lists", "check", f"{folder}/l.gz"), 0, out="1 indicator")
    r = run("lists", "check", "--list-format", "silk-text", "-", stdin="167838212\n")
    expect("check --list-format", r, 0, out="SiLK text list, 1 indicator")
    expect("check: format misspelt", run("lists", "check", "--list-format", "silk", FEODO), 4,
           err="did you mean silk-")
    observable = write(f"{folder}/o.json", '{"type":"bundle","id":"bundle--1","objects":['
                       '{"type":"ipv4-addr","id":"ipv4-addr--1","value":"192.0.2.99"}]}')
    expect("check: observables", run("lists", "check", observable), 0, out="1 observable")
    expect("check --stix-observables", run("lists", "check", "--stix-observables", observable), 0,
           out="1 indicator,")
    r = run("lists", "formats")
    check("formats", r.returncode == 0 and {"csv", "json", "plain"} < set(r.stdout.split()), r)
    check("formats: each with what it is", all(len(line.split(None, 1)) == 2
                                               for line in r.stdout.splitlines()), r.stdout)
    junk = write(f"{folder}/junk.txt", "no list\n" * 80)
    r = run("lists", "check", junk)
    check("check: of what is no list three lines are named", r.stdout.count(": rejected: ") == 3 and
          f"{junk}: and 77 more rejected\n" in r.stdout, r.stdout)
    some = write(f"{folder}/some.txt", "no address\n" * 80 + "192.0.2.1\n")
    check("check: of a list fifty", f"{some}: and 30 more rejected\n" in
          run("lists", "check", some).stdout)
    expect("formats with a word", run("lists", "formats", "x"), 2, err="takes no word")
    expect("unknown verb", run("lists", "chek", FEODO), 2, err="did you mean check?")
    expect("bad output", run("lists", "check", "-o", "yaml", FEODO), 2, err="--output: ")


def test_merge(folder):
    r = run("lists", "merge", FEODO, FEODO_JSON)
    check("merge: once each", r.stdout == "192.0.2.44:443 # Pikabot\n198.51.100.6:2222 # QakBot\n",
          r.stdout)
    expect("merge: summary", r, 0, err="2 entries of 4 in 2 lists")
    expect("merge: of one", run("lists", "merge", FEODO), 0, err=" in 1 list\n")
    own = write(f"{folder}/own.txt", "192.0.2.44:443 # seen here\n192.0.2.0/24\n")
    r = run("lists", "merge", "-q", own, FEODO)
    check("merge: labels of all", "192.0.2.44:443 # seen here; Pikabot" in r.stdout and
          r.stderr == "", r.stdout, r.stderr)
    csv = run("lists", "merge", "-q", "-o", "csv", own, FEODO, STIX).stdout
    again = write(f"{folder}/again.csv", csv)
    r = run("lists", "merge", "-q", "-o", "csv", again)
    check("merge: what it writes is a list again", r.stdout == csv.replace(",2,seen", ",1,seen"),
          r.stdout, csv)
    back = run("lists", "merge", "-q", "-o", "csv", STIX, FEODO, own).stdout
    check("merge: the order of lists does not matter but for labels",
          sorted(x.split(",")[0] for x in back.split("\n")) ==
          sorted(x.split(",")[0] for x in csv.split("\n")))
    r = run("lists", "merge", "-o", "json", FEODO, FEODO_JSON)
    entries = json.loads(r.stdout)["indicators"]
    check("merge -o json", len(entries) == 2 and entries[0]["port"] == 443 and
          [e["list"] for e in entries[0]["entries"]] == [0, 1] and
          entries[0]["label"] == "Pikabot", entries)
    evil = write(f"{folder}/evil.csv", 'ip,comment\n192.0.2.1,"a\x1b[31m ""b"",\nc"\n')
    r = run("lists", "merge", "-q", evil)
    check("merge: labels cannot reach the terminal", "\x1b" not in r.stdout and
          len(r.stdout.splitlines()) == 1, r.stdout)
    r = run("lists", "merge", "-q", "-o", "csv", evil)
    check("merge -o csv: quoted", "\x1b" not in r.stdout and '"a [31m ""b"", c"' in r.stdout,
          r.stdout)
    expect("merge: nothing in it", run("lists", "merge", f"{FEEDS}/csv/sslblacklist.csv"), 4,
           err="no address in the list")


def test_diff(folder):
    old = write(f"{folder}/old.csv", "ip,comment,confidence,valid_until\n192.0.2.1,one,50,\n"
                "192.0.2.2,two,50,2026-01-01\n192.0.2.3,three,,\n")
    new = write(f"{folder}/new.csv", "ip,comment,confidence,valid_until\n192.0.2.1,one,50,\n"
                "192.0.2.2,TWO,60,2026-02-01\n192.0.2.4,four,,\n")
    r = run("lists", "diff", old, new)
    expect("diff", r, 0, err="1 added, 1 removed, 1 changed, 1 the same")
    check("diff: lines", r.stdout.splitlines() == [
        '~ 192.0.2.2  label "two" -> "TWO"  valid_until 2026-01-01T00:00:00.000Z -> '
        '2026-02-01T00:00:00.000Z  confidence 50 -> 60',
        "- 192.0.2.3 # three", "+ 192.0.2.4 # four"], r.stdout)
    expect("diff --exit-code", run("lists", "diff", "--exit-code", old, new), 1)
    expect("diff --exit-code: alike", run("lists", "diff", "--exit-code", old, old), 0)
    answer = json.loads(run("lists", "diff", "-o", "json", old, new).stdout)
    check("diff -o json", (answer["added"], answer["removed"], answer["changed"],
                           answer["same"]) == (1, 1, 1, 1) and
          [x["change"] for x in answer["changes"]] == ["changed", "removed", "added"] and
          answer["changes"][0]["parts"] == ["label", "valid_until", "confidence"], answer)
    bad = write(f"{folder}/bad.txt", "192.0.2.1\nnonsense\n")
    expect("diff names what was rejected", run("lists", "diff", bad, new), 3,
           err=f"{bad}:2: rejected: ")
    sets = write(f"{folder}/sets", "create a hash:net\nadd a 192.0.2.0/30\ncreate b hash:net\n"
                 "add b 192.0.2.0/24\nadd b 192.0.2.0/30 nomatch\n")
    r = run("lists", "merge", "-q", sets)
    check("nomatch is of its own set", r.stdout.splitlines()[0].split()[0] == "192.0.2.0/30",
          r.stdout)
    ends = write(f"{folder}/ends.csv", "ip,valid_until\n192.0.2.1,soon\n192.0.2.2,2027-01-01\n")
    expect("an end that is no time is not for ever", run("lists", "check", ends), 3,
           out="from or until when it is valid is no time")
    expect("diff: one list", run("lists", "diff", old), 2, err="expected two lists")


FLOWS = """start,end,src,dst,src_port,dst_port,proto,packets,bytes
2026-01-05T10:00:00Z,2026-01-05T10:00:05Z,192.0.2.10,203.0.113.7,40000,443,6,10,1000
2026-03-05T10:00:00Z,2026-03-05T10:00:05Z,192.0.2.11,203.0.113.7,40001,80,6,10,1000
2026-03-05T10:00:00Z,2026-03-05T10:00:05Z,192.0.2.12,203.0.113.9,40001,80,6,10,1000
"""


def test_validity(folder):
    """What lies outside the time for which the lists give a host is told apart: no evidence."""
    rows = ["start,end,src,dst,src_port,dst_port,proto,packets,bytes"]
    for month, hosts in (("01", (7, 8)), ("03", (7, 8, 9))):  # valid; over, but for 9
        for host in hosts:
            for src, dst in ((f"203.0.113.{host},192.0.2.10", "40000,6667"),
                             (f"192.0.2.10,203.0.113.{host}", "6667,40000")):
                rows.append(f"2026-{month}-05T10:00:0{host}Z,2026-{month}-05T10:01:00Z,{src},{dst},"
                            "6,10,1000")
    flows = write(f"{folder}/months.csv", "\n".join(rows) + "\n")
    ends = write(f"{folder}/until.csv", "ip,valid_from,valid_until\n" + "".join(
        f"203.0.113.{n},2026-01-01T00:00:00Z,2026-02-01T00:00:00Z\n" for n in (7, 8)) +
        "203.0.113.9,2026-01-01T00:00:00Z,\n")
    saved = f"{folder}/validity.json"
    words = ["hunt", "-q", "-w", ends, "--home", "192.0.2.0/24", flows]
    text = " ".join(run(*words, "--save", saved).stdout.split())
    case = json.loads(run("report", "-o", "json", saved).stdout)
    check("validity: a meeting is of what is valid", [
        (m["listed_met"], m["sightings"]) for m in case["meetings"]] == [(3, [1, 2, 5])],
        case["meetings"])
    check("validity: and the rest is marked, by host, too", [
        s.get("outside_validity") for s in case["sightings"]] == [None, None, True, True, None] and
        {h["ip"][-1]: h.get("outside_validity") for h in case["hosts"]} ==
        {"7": 1, "8": 1, "9": None}, case["sightings"], case["hosts"])
    check("validity: the text says so", "3 of 3 listed hosts were seen, in 3 conversations with 1 "
          "home host." in text and "2 conversations lie outside the time for which the lists give "
          "the host: out of date, and no evidence (--ignore-validity counts them)." in text and
          "1 out of date" in text and "Outside the time for which a list gives the host are 2 of 5"
          in text, text)
    for name in "html", "md":
        told = re.sub(r"<[^>]*>|\\", "", run("report", "-o", name, saved).stdout)
        check(f"validity: so does {name}", "2 conversations lie outside the time for which the "
              "lists give the host" in " ".join(told.split()) and "1 out of date" in told)
    every = json.loads(run(*words, "--ignore-validity", "-o", "json").stdout)
    check("--ignore-validity: all of it counts, and a caveat says so",
          [m["conversations"] for m in every["meetings"]] == [5] and
          not any("outside_validity" in s for s in every["sightings"]) and
          any("2 of 5 conversations. They count like the others" in c for c in every["caveats"]),
          every["meetings"], every["caveats"])
    late = ["hunt", "-q", "-w", ends, "--home", "192.0.2.0/24", flows, "src ip 203.0.113.7 or "
            "dst ip 203.0.113.7", "-t", "2026-03-01/2026-04-01"]
    done = run(*late, "--exit-code", "--save", saved)
    check("validity: nothing but what is over is nothing", done.returncode == 0 and
          "was seen in the flow records looked at, within the time for which the lists give it."
          in " ".join(done.stdout.split()), done.stdout, done.stderr)
    told = {name: run("report", "-o", name, saved).stdout
            for name in ("stix", "misp", "misp-sightings", "dshield", "csv", "zeek", "ecs", "cef")}
    kinds = [o["type"] for o in json.loads(told["stix"])["objects"]]
    check("validity: STIX has what was observed, no sighting and no indicator",
          "observed-data" in kinds and not {"sighting", "indicator"} & set(kinds), kinds)
    attribute = json.loads(told["misp"])["Event"]["Attribute"][0]
    check("validity: nothing to block for MISP", not attribute["to_ids"] and
          not attribute["Sighting"] and not told["misp-sightings"], attribute)
    check("validity: no line for DShield; the others mark it", not told["dshield"] and
          told["csv"].splitlines()[1].endswith(",true") and
          told["zeek"].splitlines()[-2].endswith("\tT") and
          '"outside_validity":true' in told["ecs"] and "reason=out of date" in told["cef"], told)
    done = run("block", saved, "--as", "list", "--min-verdict", "any")
    check("validity: nor is it evidence for a block", done.returncode == 5 and
          "0 of 1 conversations were seen, 1 out of date" in done.stderr, done.stderr)


def test_hunt(folder):
    """What lists say of their entries reaches the case: port, validity, how many list a host."""
    flows = write(f"{folder}/flows.csv", FLOWS)
    feed = write(f"{folder}/feed.csv", "ip,port,valid_until,confidence,tlp,source\n"
                 "203.0.113.7,443,2026-02-01T00:00:00Z,80,amber,somebody\n203.0.113.9,,,,,\n")
    other = write(f"{folder}/other.txt", "203.0.113.9 # too\n192.0.2.12 # ours\n")
    words = ["hunt", "-w", feed, "-w", other, "--home", "192.0.2.0/24", flows]
    r = run(*words)
    expect("hunt: entries in the own network are told", r, 0,
           err=f'{other}:2: in your own network (--home): "192.0.2.12"')
    check("hunt: text", "other port, out of date" in r.stdout and "(listed by 2)" in r.stdout and
          "Outside the time for which a list gives the host are 1 of 3" in
          " ".join(r.stdout.split()), r.stdout)
    test_validity(folder)
    case = json.loads(run(*words, "-q", "-o", "json").stdout)
    check("hunt: sightings", [(s.get("listed_port"), s.get("outside_validity"))
                              for s in case["sightings"]] ==
          [(True, None), (False, True), (None, None)], case["sightings"])
    with open(feed, "rb") as f:
        check("hunt: lists by their hash", case["watchlists"][0]["sha256"] ==
              hashlib.sha256(f.read()).hexdigest(), case["watchlists"])
    hosts = {h["ip"]: h for h in case["hosts"]}
    entry = hosts["203.0.113.7"]["entries"][0]
    check("hunt: entries", (entry["valid_until"], entry["confidence"], entry["tlp"],
                            entry["source"], entry["port"]) ==
          ("2026-02-01T00:00:00.000Z", 80, "tlp:amber", "somebody", 443), entry)
    check("hunt: listed by", hosts["203.0.113.9"]["listed_by"] == 2, hosts)
    write(f"{folder}/case.json", json.dumps(case))
    again = json.loads(run("report", "-o", "json", f"{folder}/case.json").stdout)
    check("hunt: the case is read back", again == case)
    expect("hunt --strict", run("hunt", "--strict", "-w", write(f"{folder}/bad", "x\n192.0.2.1\n"),
                                flows), 4, err="bad:1: rejected: ")
    expect("hunt: nothing to hunt", run("hunt", "-w", f"{FEEDS}/csv/sslblacklist.csv", flows), 4,
           err="no address in the list")


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_check(folder)
        test_merge(folder)
        test_diff(folder)
        test_hunt(folder)
    finish()


main()
