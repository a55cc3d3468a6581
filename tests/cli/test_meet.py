# SPDX-License-Identifier: Apache-2.0
"""The search without a list, from outside: simulated networks, options, real labelled logs."""
import json
import os
import tempfile

from case import CORPUS, check, expect, finish, run, skip

SMALL = ["--set", "hosts=512", "--set", "externals=3000"]
HOME = ["--home", "198.18.0.0/16"]


def simulate(folder, name, seed, *more):
    out = f"{folder}/{name}-{seed}"
    run("simulate", name, "--seed", seed, "-q", "-o", out, *SMALL, *more)
    with open(f"{out}/truth.json", encoding="utf-8") as f:
        return out, json.load(f)


def meet(*words):
    done = run("meet", "-q", "-o", "json", *words)
    return json.loads(done.stdout)


def place(case, endpoint, kind):
    for n, f in enumerate(case["findings"], 1):
        there = f["endpoint"]
        if f["kind"] == kind and there["ip"] == endpoint["ip"] and \
                there.get("port") == endpoint["port"]:
            return n
    return 0


def likeliest(finding):
    return max(finding["hypotheses"], key=finding["hypotheses"].get)


def is_doubtful(finding):
    """Whether its sentence says what is not the likeliest."""
    best = likeliest(finding)
    if finding["kind"] in ("beacon", "refused_beacon", "group", "p2p"):
        return best == "chance"
    if finding["kind"] == "game":
        return best != "rendezvous" and not finding["plays"]
    return finding["kind"] == "direction" and best != "masters_find_clients"


def test_beacon(folder):
    out, truth = simulate(folder, "S5", 2001)
    case = meet(*HOME, f"{out}/flows.csv", "-j", "1")
    at = place(case, truth["endpoints"][0], "beacon")
    check("the controller is the first finding", at == 1, case["findings"][:3])
    found = case["findings"][0]
    check("its clients, period and grade", sorted(found["clients"]) == sorted(truth["clients"]) and
          abs(found["period_ms"] - 300000) < 15000 and found["grade"] in "AB", found)
    check("every finding says why and what else it can be",
          all(f["evidence"] and all(e["text"] for e in f["evidence"]) and f["verdict"] and
              abs(sum(f["hypotheses"].values()) - 1) < .05 for f in case["findings"]))
    with open(f"{out}/flows.csv", encoding="utf-8") as f:
        lines = f.read().splitlines()
    records = [r["record"] for r in found["evidence"][0]["records"]]
    check("the records it rests on are of its endpoint", len(records) == 16 and
          all(found["endpoint"]["ip"] in lines[r] for r in records), records)
    once = run("meet", "-q", *HOME, "-", stdin="\n".join(lines) + "\n")
    check("read once: it says that no records are named",
          "Findings name no records." in once.stdout, once.stdout[-300:])
    again = meet(*HOME, f"{out}/flows.csv", "-j", "7", "--memory", "64M")
    check("the same with 7 threads and little memory",
          again["findings"] == case["findings"] and again["search"] == case["search"])
    with open(f"{folder}/known.txt", "w", encoding="utf-8") as f:
        f.write(truth["endpoints"][0]["ip"] + "\n")
    known = meet(*HOME, "--known", f"{folder}/known.txt", f"{out}/flows.csv")
    check("--known: not told", not place(known, truth["endpoints"][0], "beacon") and
          known["search"]["known"] >= 1, known["search"])
    late = meet(*HOME, "--since", "2033-08-22T12:00", f"{out}/flows.csv")
    check("--since after the log: it says that nothing can be new", late["caveats"][0] ==
          "No flow is later than --since 2033-08-22T12:00:00.000Z: nothing can be new.",
          late["caveats"])
    for option, said in (("--since", "No flow is later than --since 2033-08-22 00:00:00 UTC:"),
                         ("-t", "No flow that was read is among those asked for:")):
        text = run("meet", "-q", *HOME, option, "2033-08-22", f"{out}/flows.csv").stdout
        check(f"{option} after the log: the first line says so", text.startswith(said), text[:200])
    page = run("meet", "-q", *HOME, f"{out}/flows.csv", "-o", "html").stdout
    check("the page has kinds in words", "held in wait" in page or "long connection" in page,
          "shared and rare" in page)
    old = meet(*HOME, "--since", "2003-08-22T12:00", f"{out}/flows.csv")
    check("--since: it was there before", not place(old, truth["endpoints"][0], "beacon") and
          old["search"]["old"] >= 1, old["search"])
    run("meet", "-q", *HOME, f"{out}/flows.csv", "--save", f"{folder}/case.json")
    with open(f"{folder}/case.json", encoding="utf-8") as f:
        saved = f.read()
    check("a saved case is read back the same",
          run("report", f"{folder}/case.json", "-o", "json").stdout == saved)
    rita = meet(*HOME, "--with-rita-score", f"{out}/flows.csv")
    check("--with-rita-score", rita["findings"][0]["rita_score"] > .9, rita["findings"][0])
    expect("the text report", run("meet", *HOME, f"{out}/flows.csv", "--exit-code"), 1,
           truth["endpoints"][0]["ip"] + " tcp/443 (HTTPS): beacon")


def test_planted(folder):
    kinds = {"S4": "irc", "S6": "direction", "S8": "game", "S9": "p2p"}
    doubtful = 0
    for seed, (scenario, kind) in enumerate(kinds.items(), 2010):
        out, truth = simulate(folder, scenario, seed)
        case = meet(*HOME, f"{out}/flows.csv", "-j", "1")
        places = [place(case, e, kind) for e in truth["endpoints"]]
        at = min((p for p in places if p), default=0)
        check(f"{scenario}: {kind} in the first three", 0 < at <= 3,
              [(f["endpoint"], f["kind"], f["grade"]) for f in case["findings"][:5]])
        found = set(case["findings"][at - 1]["clients"]) if at else set()
        whom = truth["met" if scenario in ("S6", "S8") else "clients"]
        check(f"{scenario}: its clients", found and len(found & set(whom)) >= .6 * len(whom) and
              found <= set(whom), found, whom)
        check(f"{scenario}: what is unlikely is not said as a fact", all(
            f["verdict"].startswith("Perhaps ") == is_doubtful(f) for f in case["findings"]),
              [(f["verdict"], f["hypotheses"]) for f in case["findings"]])
        doubtful += sum(map(is_doubtful, case["findings"]))
        again = meet(*HOME, f"{out}/flows.csv", "-j", "7")
        check(f"{scenario}: the same with 7 threads", again["findings"] == case["findings"])
    check("some are doubtful", doubtful)


def test_null(folder):
    out, _ = simulate(folder, "N0", 2002)
    case = meet(*HOME, f"{out}/flows.csv")
    check("nothing planted: no finding of grade A or B",
          not [f for f in case["findings"] if f["grade"] in "AB"], case["findings"][:3])
    expect("--exit-code without one", run("meet", *HOME, f"{out}/flows.csv", "--exit-code"), 0)


def test_wrong():
    expect("--since", run("meet", "--since", "yore", "x.csv"), 2, err="--since: 'yore' is no time")
    expect("--home", run("meet", "--home", "here", "x.csv"), 2, err="--home: 'here' is no network")
    expect("no input", run("meet"), 2, err="no input")
    expect("nothing to read", run("meet", "/nonexistent"), 4)


def test_real():
    log = f"{CORPUS}/zeek-labelled-small/001-zeek-scenario-malicious/conn.log"
    if not os.path.exists(log):
        skip("labelled command and control in the first ten", "no corpus")
        return
    case = meet("--home", "192.168.0.0/16", "--home", "fd00::/8", log)
    controller = {"ip": "41.108.179.197", "port": 1177}
    at = place(case, controller, "refused_beacon") or place(case, controller, "beacon")
    check("labelled command and control in the first ten", 0 < at <= 10,
          [(f["endpoint"], f["kind"], f["grade"]) for f in case["findings"][:10]])


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_beacon(folder)
        test_planted(folder)
        test_null(folder)
    test_wrong()
    test_real()
    finish()


main()
