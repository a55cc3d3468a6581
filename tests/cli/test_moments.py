# SPDX-License-Identifier: Apache-2.0
"""What the user knows of times: --event, --dead, --slack."""
import json
import os
import tempfile

from case import ROOT, check, expect, finish, run

CASE = os.path.join(ROOT, "cases/sobig-f")
FOUNDING = ["hunt", "-w", f"{CASE}/watchlist.txt", "--home", "192.0.2.0/24", "--home",
            "198.51.100.0/24", "--home", "203.0.113.0/24", f"{CASE}/isp-netflow.csv",
            f"{CASE}/campus-packets.csv", f"{CASE}/university-argus.csv", "-o", "json"]


def founding(*words):
    done = run(*FOUNDING, *words)
    return json.loads(done.stdout) if done.returncode == 0 else None, done


def test_founding():
    case, done = founding("--dead", "2003-08-22T19:00Z all", "-t", "2003-08-22")
    check("--dead all", done.returncode == 0, done.stderr)
    check("the case says it", case["dead"] == [{"at": "2003-08-22T19:00:00.000Z", "whom": "all"}]
          and case["slack_ms"] == 60000, case.get("dead"))
    deaths = case["timeline"]["deaths"]
    check("all that were seen are meant", deaths["stated"] == 15, deaths)
    check("those that sent something were active after, and only then",
          deaths["active_after"] == deaths["only_after"] == 12 and deaths["active_before"] == 0,
          deaths)
    check("exactly four readings", len(deaths["readings"]) == 4, deaths)
    host = next(h for h in case["hosts"] if h["ip"] == "67.73.21.6")
    check("a host's own", host["death"]["at"] == "2003-08-22T19:01:00.000Z" and
          host["death"]["visits_after"] == 3 and "rate_ratio" not in host["death"] and
          host["death"]["rate_ratio_low"] > 0, host)
    case, _ = founding("--event", "2003-08-22T19:00Z/2003-08-22T22:00Z worm window",
                       "-t", "2003-08-22")
    event = case["meetings"][0]["events"][0]
    check("how near a meeting is to an event", event["name"] == "worm window" and
          event["event"] == "begin" and event["meeting"] == "first" and
          event["onset_ms"] == 594000 and -1.6 < event["log10_p"] < -1.5, event)


def test_whom(folder):
    hosts = f"{folder}/list"
    with open(hosts, "w", encoding="utf-8") as f:
        f.write("203.0.113.1 # seed servers\n203.0.113.2\n")
    flows = f"{folder}/flows.csv"
    with open(flows, "w", encoding="utf-8") as f:
        f.write("start,src,dst,proto\n"
                "2003-08-22T19:00:30Z,203.0.113.1,192.0.2.7,17\n"
                "2003-08-22T19:04:00Z,203.0.113.2,192.0.2.7,17\n")
    words = ["hunt", "-w", hosts, "-o", "json", flows]

    def after(*more):
        done = run(*words, *more)
        return {h["ip"]: h["death"]["visits_after"] for h in json.loads(done.stdout)["hosts"]
                if "death" in h} if done.returncode == 0 else done.stderr

    at = "2003-08-22T19:00Z"
    for name, more, want in [
            ("an address", ["--dead", f"{at} 203.0.113.2"], {"203.0.113.2": 1}),
            ("a prefix", ["--dead", f"{at} 203.0.113.0/24"],
             {"203.0.113.1": 0, "203.0.113.2": 1}),
            ("a label", ["--dead", f"{at} seed servers"], {"203.0.113.1": 0}),
            ("--slack", ["--dead", f"{at} seed servers", "--slack", "20s"], {"203.0.113.1": 1}),
            ("no slack", ["--dead", f"{at} all", "--slack=0s"],
             {"203.0.113.1": 1, "203.0.113.2": 1}),
            ("a blank in the time", ["--dead", "2003-08-22 19:00 all", "--slack=5m"],
             {"203.0.113.1": 0, "203.0.113.2": 0}),
            ("twice", ["--dead", f"{at} all", "--dead", "2003-08-22T20:00Z 203.0.113.2"],
             {"203.0.113.1": 0, "203.0.113.2": 0})]:
        got = after(*more)
        check(f"--dead: {name}", got == want, got)
    for name, more, text in [
            ("no time", ["--dead", "all"], "--dead: 'all': expected 'TIME WHOM'"),
            ("nobody", ["--dead", at], f"--dead: '{at}': expected 'TIME WHOM'"),
            ("a window", ["--dead", f"{at}/2003-08-22T20:00Z all"], "expected 'TIME WHOM'"),
            ("not listed", ["--dead", f"{at} 10.0.0.0/8"],
             "--dead: no entry of the watchlist is in '10.0.0.0/8'"),
            ("no such label", ["--dead", f"{at} sede servers"], "did you mean seed servers"),
            ("no duration", ["--slack", "60"], "--slack: '60' is no duration")]:
        expect(f"wrong --dead: {name}", run(*words, *more), 2, err=text)
    expect("the help knows them", run("hunt", "--help"), 0, out="--dead='TIME WHOM'")


def main():
    test_founding()
    with tempfile.TemporaryDirectory() as folder:
        test_whom(folder)
    finish()


main()
