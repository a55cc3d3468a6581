#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tryst block --check` on typed flows of every kind of exporter: those that say where they forward
to, those that have a forwarding status, probes that say nothing; and every reason why it cannot be
told.  With real routers: tests/diff/test_block_live.py."""
import json
import os
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone

from case import ROOT, TRYST, check, expect, finish, run

SINCE = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
HOME, HOST, OTHER = "5.6.7.8", "9.9.8.1", "9.9.8.2"
A, B = "5.6.7.1", "5.6.7.2"  # exporters
FIELDS = ("start_ms", "end_ms", "src", "dst", "src_port", "dst_port", "proto", "tcp_flags",
          "packets", "bytes", "exporter", "in_if", "out_if", "fwd_status", "sampling")


class Flows:
    """Rows of a CSV; times are seconds after SINCE."""

    def __init__(self):
        self.rows = []
        self.port = 20000

    def row(self, at, src, dst, sport, dport, packets=4, lasts=0.4, **fields):
        start = SINCE + timedelta(seconds=at)
        fields.update(start_ms=start.isoformat(), src=src, dst=dst, src_port=sport, dst_port=dport,
                      end_ms=(start + timedelta(seconds=lasts)).isoformat(), packets=packets,
                      bytes=packets * 100)
        fields.setdefault("proto", 17)
        self.rows.append(",".join(str(fields.get(name, "")) for name in FIELDS))

    def asks(self, at, answered, host=HOST, out=None, back=None, **fields):
        """Home asks the host."""
        self.port += 1
        self.row(at, HOME, host, self.port, 4000, **{**fields, **(out or {})})
        if answered:
            self.row(at + .01, host, HOME, 4000, self.port, **{**fields, **(back or {})})

    def asked(self, at, answered, host=HOST, out=None, back=None, **fields):
        """The host asks home."""
        self.port += 1
        self.row(at, host, HOME, self.port, 53, **{**fields, **(back or {})})
        if answered:
            self.row(at + .01, HOME, host, 53, self.port, **{**fields, **(out or {})})

    def others(self, **fields):
        """Somebody else, all the time."""
        for at in range(-3600, 3600, 600):
            self.row(at, HOME, "9.9.7.7", 1234, 80, **fields)

    def text(self):
        return "\n".join([",".join(FIELDS), *self.rows, ""])


class Check:
    def __init__(self, folder, flows, *words, listed=HOST):
        paths = [os.path.join(folder, name) for name in ("list.txt", "flows.csv")]
        for path, text in zip(paths, (f"{listed} # C2\n", flows.text())):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        self.words = ["block", "--check", "-w", paths[0], "--since", "2026-11-23T09:00Z", "--home",
                      "5.6.0.0/16", *words, paths[1]]
        self.done = run(*self.words, "-o", "json")
        self.text = run(*self.words)
        self.answer = json.loads(self.done.stdout) if self.done.stdout else {}
        self.host = (self.answer.get("hosts") or [{}])[0]

    def expect(self, name, verdict, *why):
        check(name, self.host.get("verdict") == verdict
              and all(word in self.host["why"] for word in why), self.text.stdout,
              self.done.stderr)


NAMES = {"exporter": A, "in_if": 1, "out_if": 2}
BACK = {"in_if": 2, "out_if": 1}
NULL = {"out_if": 0}


def told(folder):
    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, True, back=BACK, **NAMES)
        flows.asks(300 + i * 60, False, out=NULL, **NAMES)
    flows.others(**NAMES)
    c = Check(folder, flows)
    c.expect("dropped at the null interface: works", "works", "all 10 of 10 conversations")
    check("before and since are counted apart", c.host["before"]["delivered"] == 10
          and c.host["before"]["packets_out"] == 40 and c.host["after"]["dropped"] == 10
          and c.host["after"]["packets_in"] == 0 and c.host["after"]["delivered"] == 0, c.host)
    check("the productive shares are tested", c.host["log10_p"] < -4, c.host)

    # The exporter names an interface before the block and in other flows only.
    flows = Flows()
    flows.asks(-3000, True, back=BACK, **NAMES)
    flows.asks(600, False, out=NULL, **NAMES)
    Check(folder, flows).expect("interface 0 is null by what was before", "works", "all 1 of 1")

    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, True, exporter=A)
        flows.asks(300 + i * 60, False, exporter=A, fwd_status=0x80)
    flows.others(exporter=A)
    Check(folder, flows).expect("dropped by its forwarding status: works", "works", "all 10 of 10")

    flows = Flows()
    for i in range(10):
        flows.asked(-3000 + i * 60, True, out=BACK, **NAMES)
        flows.asked(300 + i * 60, True, out={"in_if": 2, "out_if": 0}, **NAMES)
    c = Check(folder, flows)
    c.expect("its packets come in, the replies are dropped: works", "works", "10 of them were "
             "replies")
    check("replies delivered and dropped", c.host["before"]["replies"] == 10
          and c.host["before"]["replies_dropped"] == 0 and c.host["after"]["replies_dropped"] == 10
          and c.host["after"]["packets_in"] == 40, c.host)

    flows = Flows()
    for i in range(10):
        flows.asks(300 + i * 60, False, out={"out_if": 512}, **NAMES)
    c = Check(folder, flows, "--null-if", "512")
    c.expect("--null-if", "works", "all 10 of 10")


def leaks(folder):
    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, True, back=BACK, **NAMES)
        flows.asks(300 + i * 60, False, out=NULL, **NAMES)
        flows.asks(330 + i * 60, i < 5, exporter=B, in_if=3, out_if=7,
                   back={"in_if": 7, "out_if": 3})
    c = Check(folder, flows)
    c.expect("blocked on one of two paths: the other one is named", "leaks",
             "10 of 20 conversations", f"{B} interface 7 (10 conversations, 40 packets)",
             "5 of them were answered", "10 were dropped")
    check("the leak as numbers", [(x["exporter"], x["out_if"], x["conversations"])
                                  for x in c.host["leaks"]] == [(B, 7, 10)], c.host)
    expect("--exit-code says that it leaks", run(*c.words, "--exit-code"), 1,
           out="9.9.8.1 (C2) leaks: ")
    expect("without it a leak is no failure", run(*c.words), 0)

    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, True, exporter=A)
        flows.asks(300 + i * 60, True, exporter=A)
    Check(folder, flows).expect("no block at all: it is answered, whatever exporters say", "leaks",
                                "10 of 10", "10 of them were answered", A)
    flows = Flows()
    flows.asks(600, False, **NAMES)
    Check(folder, flows).expect("forwarded and not answered is out all the same", "leaks",
                                "1 of 1", "none of them was answered")
    flows = Flows()
    for at in (-3000, 600):
        for flags, packets in ((0x1b, 6),):
            flows.row(at, HOST, HOME, 4000 + at, 25, proto=6, tcp_flags=flags, packets=packets,
                      exporter=A)
            flows.row(at + .01, HOME, HOST, 25, 4000 + at, proto=6, tcp_flags=flags,
                      packets=packets, exporter=A)
    Check(folder, flows).expect("a TCP connection of its own that stands has heard home", "leaks",
                                "1 of 1")


def silent_probes(folder):
    probe = {"exporter": A, "in_if": 3, "out_if": 3}
    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, i > 0, **probe)
        flows.asks(300 + i * 60, False, **probe)
    c = Check(folder, flows)
    c.expect("a probe says nothing, the productive share does: works", "works",
             "0 of 10 conversations worked since then, 9 of 10 before", "p = ")
    check("what a probe saw is not called forwarded", c.host["after"]["untold"] == 10
          and c.host["after"]["forwarded"] == 0, c.host)
    flows = Flows()
    for i in range(3):
        flows.asks(-3000 + i * 60, True, **probe)
    flows.asks(300, False, **probe)
    Check(folder, flows).expect("too few to tell", "cannot_tell", "too few", "0 of 1", "3 of 3")
    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, False, **probe)
        flows.asks(300 + i * 60, False, **probe)
    Check(folder, flows).expect("what never worked proves nothing", "cannot_tell",
                                "nothing worked before either (0 of 10)")
    flows = Flows()
    for i in range(10):
        flows.asks(300 + i * 60, False, **probe)
    Check(folder, flows).expect("nothing before", "cannot_tell", "no traffic with it before")
    flows = Flows()
    for i in range(10):
        flows.asked(-3000 + i * 60, True, **probe)
        flows.asked(300 + i * 60, True, **probe)
    Check(folder, flows).expect("replies of which nobody says whether they went out",
                                "cannot_tell", "No exporter says", "10 of 10")


def cannot_tell(folder):
    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, True, back=BACK, **NAMES)
    flows.others(**NAMES)
    Check(folder, flows).expect("no traffic since then", "cannot_tell", "No traffic with it since",
                                "before: 10 conversations")
    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, True, back=BACK, sampling=100, **NAMES)
    flows.others(sampling=100, **NAMES)
    Check(folder, flows).expect("no traffic among what is sampled", "cannot_tell",
                                "1 in 100 packets sampled")
    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, True, back=BACK, **{**NAMES, "exporter": B})
        flows.asks(-2990 + i * 60, True, back=BACK, **NAMES)
        flows.asks(300 + i * 60, False, out=NULL, **NAMES)
    flows.others(**NAMES)
    c = Check(folder, flows)
    c.expect("an exporter that fell silent", "cannot_tell", f"{B} carried packets to it before")
    c = Check(folder, flows, "--counts-only")
    c.expect("whose silence is not looked for with --counts-only", "works")
    check("and the answer says so", "is not noticed" in c.text.stdout, c.text.stdout)


def times(folder):
    flows = Flows()
    flows.asks(-3000, True, back=BACK, **NAMES)
    flows.asks(-10, True, back=BACK, lasts=30, **NAMES)
    flows.asks(30, True, back=BACK, **NAMES)
    flows.asks(600, False, out=NULL, **NAMES)
    c = Check(folder, flows)
    check("what lies across the time, or in the slack, counts for neither",
          c.answer["spanning"] == 4 and c.host["verdict"] == "works", c.text.stdout)
    c = Check(folder, flows, "--slack", "10s")
    c.expect("the slack is yours to say", "leaks", "1 of 2 conversations")
    c = Check(folder, flows, listed=f"{HOST}\n9.9.8.77")
    check("entries in no flow are counted", c.answer["unseen"] == 1
          and "1 listed entry is in no flow" in " ".join(c.text.stdout.split()), c.text.stdout)
    flows.asks(-3000, True, host=OTHER, back=BACK, **NAMES)
    c = Check(folder, flows, listed=f"{HOST}\n{OTHER}")
    lines = c.text.stdout.splitlines()
    check("one line each, what is unknown before what works", [line.split(" ")[0] for line in lines
          if line.startswith("9.9.8.")] == [OTHER, HOST], c.text.stdout)
    one, four = run(*c.words, "-j1"), run(*c.words, "-j4")
    check("the same with any number of threads", one.stdout == four.stdout, one.stdout)


def alike(folder):
    """Of hosts one after the other that the same is said of, it is said once."""
    flows = Flows()
    for host in HOST, OTHER:
        flows.asks(600, False, host=host, exporter=A, in_if=3, out_if=3)
    c = Check(folder, flows, listed=f"{HOST} # C2\n{OTHER}")
    check("the same sentence is said once", f"{HOST} (C2), {OTHER} (C2) cannot tell: "
          in " ".join(c.text.stdout.split()), c.text.stdout)


def exporters(folder):
    flows = Flows()
    for i in range(5000):
        flows.row(-3000 + i % 900, HOME, "9.9.7.7", 1, 80, exporter=f"5.7.{i // 250}.{i % 250}")
    flows.asks(-3000, True, back=BACK, **{**NAMES, "exporter": B})
    flows.asks(600, False, out=NULL, **NAMES)
    c = Check(folder, flows)
    check("more exporters than are told apart: nobody's silence is claimed",
          not c.answer["silence_known"] and not c.answer["exporters"]
          and "exports no flow" not in c.text.stdout
          and "too many exporters" in " ".join(c.text.stdout.split()), c.text.stdout)
    check("the same with any number of threads", run(*c.words, "-j1").stdout
          == run(*c.words, "-j4").stdout)


def cases(folder):
    """A case says who was blocked: the hosts that `tryst block` takes of it."""
    flows = Flows()
    for i in range(10):
        flows.asks(-3000 + i * 60, True, back=BACK, **NAMES)
        flows.asks(-3000 + i * 60, False, host=OTHER, **NAMES)
        flows.asks(300 + i * 60, False, out=NULL, **NAMES)
    flows.others(**NAMES)
    c = Check(folder, flows, listed=f"{HOST} # C2\n{OTHER}")
    case, path = os.path.join(folder, "case.json"), c.words[-1]
    run("hunt", "-q", "-w", c.words[3], "--home", "5.6.0.0/16", "--save", case, path)
    since = ["--since", "2026-11-23T09:00Z"]
    of_list = next(h for h in c.answer["hosts"] if h["ip"] == HOST)
    for name, words in (("as a word", [case, *since, path]),
                        ("for the list", ["-w", case, *since, path]),
                        ("behind the flows, before the filter", [*since, path, case, "any"])):
        done = run("block", "--check", *words, "-o", "json")
        hosts = json.loads(done.stdout)["hosts"]
        check(f"a case, {name}: the same as the list says of its host, with its label and home",
              done.returncode == 0 and hosts == [of_list], hosts, done.stderr)
    check("who is not blocked of it is named", f"{OTHER}: 0 of 10 conversations worked"
          in done.stderr, done.stderr)
    done = run("block", "--check", case, *since, path, "--min-verdict", "any", "-o", "json")
    check("unless any was blocked", [h["ip"] for h in json.loads(done.stdout)["hosts"]] ==
          [HOST, OTHER] and "left out" not in done.stderr, done.stdout, done.stderr)
    with open(f"{folder}/two.txt", "w", encoding="utf-8") as f:
        f.write(f"{OTHER}\n")
    done = run("block", "--check", case, "-w", f"{folder}/two.txt", *since, path, "-o", "json")
    check("a list beside the case", [h["ip"] for h in json.loads(done.stdout)["hosts"]] ==
          [HOST, OTHER], done.stdout, done.stderr)
    expect("a bad --min-verdict", run("block", "--check", case, *since, path, "--min-verdict", "x"),
           2, err="productive, answered, any")
    for what, words, given in (("flows", path, f"{case} /dev/stdin"),
                               ("a list", c.words[3], f"-w /dev/stdin {path}")):
        done = subprocess.run(["sh", "-c", f'cat {words} | "{TRYST}" block --check --since '
                               f"2026-11-23T09:00Z --home 5.6.0.0/16 -o json {given}"],
                              capture_output=True, text=True, check=False)
        check(f"{what} by a pipe: nothing of it is lost", done.returncode == 0
              and of_list in json.loads(done.stdout)["hosts"], done.stdout, done.stderr)
    hidden = f"{folder}/hidden.json"
    with open(hidden, "w", encoding="utf-8") as f:
        f.write(run("report", case, "--anonymize", "-o", "json").stdout)
    expect("an anonymized one is not taken", run("block", "--check", hidden, *since, path), 4,
           out="", err="--anonymize")


def victims(folder):
    """The founding case: its sources are forged, so that nobody blocked them."""
    sobig, case = os.path.join(ROOT, "cases/sobig-f"), f"{folder}/case.json"
    flows = [f"{sobig}/{name}.csv" for name in ("campus-packets", "isp-netflow",
                                                "university-argus")]
    run("hunt", "-q", "-w", f"{sobig}/watchlist.txt", "--home", "192.0.2.0/24", "--home",
        "198.51.100.0/24", "--home", "203.0.113.0/24", "--tz", "-04:00", "--save", case, *flows)
    words = ["block", "--check", "--since", "2003-08-22T20:00Z", "--tz", "-04:00"]
    done = run(*words, case, *flows)
    check("victims are left out and named, and nothing to check is no success",
          done.returncode == 5 and not done.stdout and done.stderr.count("is a victim") == 12 and
          f"nothing to check: all 15 hosts of {case} were left out (above)" in done.stderr,
          done.stdout, done.stderr)
    forged = {line.split(": ")[2] for line in done.stderr.splitlines() if "is a victim" in line}
    listed = json.loads(run(*words, "-w", f"{sobig}/watchlist.txt", *flows, "-o", "json").stdout)
    both = json.loads(run(*words, case, "-w", f"{sobig}/watchlist.txt", *flows, "-o",
                          "json").stdout)
    check("a list beside the case does not bring them back",
          forged & {h["ip"] for h in listed["hosts"]} and
          not forged & {h["ip"] for h in both["hosts"]}, both["hosts"])


def words(folder):
    flows = Flows()
    flows.asks(600, False, **NAMES)
    c = Check(folder, flows)
    path = c.words[-1]
    expect("without a list", run("block", "--check", "--since", "-2h", path), 2, err="-w LIST")
    expect("without a time", run("block", "--check", "-w", c.words[3], path), 2, err="--since TIME")
    expect("a bad time", run("block", "--check", "-w", c.words[3], "--since", "x", path), 2,
           err="'x' is no time")
    expect("an unknown format", run(*c.words, "-o", "jsn"), 2, err="text or json")
    expect("no such flows", run(*c.words[:-1], folder + "/none.csv"), 4)


def main():
    for part in (told, leaks, silent_probes, cannot_tell, times, alike, exporters, cases, victims,
                 words):
        with tempfile.TemporaryDirectory() as folder:
            part(folder)
    finish()


main()
