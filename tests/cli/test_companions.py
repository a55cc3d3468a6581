# SPDX-License-Identifier: Apache-2.0
"""Companions and controllers in simulated networks, whose truth is known."""
import json
import tempfile

from case import check, finish, run

SMALL = ["--set", "hosts=256", "--set", "externals=2000", "--set", "degree=150"]


def simulate(folder, name, seed, *more):
    out = f"{folder}/{name}-{seed}"
    run("simulate", name, "--seed", seed, "-q", "-o", out, *SMALL, *more)
    with open(f"{out}/truth.json", encoding="utf-8") as f:
        return out, json.load(f)


def hunt(out, *words, stdin=None):
    with open(f"{out}/home.txt", encoding="utf-8") as f:
        home = f.read().split()[0]
    done = run("hunt", "-q", "-w", f"{out}/watchlist.txt", "--home", home, "-o", "json", *words,
               stdin=stdin)
    return json.loads(done.stdout)


def test_controller(folder):
    out, truth = simulate(folder, "S3", 1006, "--set", "episodes=10")
    case = hunt(out, f"{out}/flows.csv", "-j", "1")
    found = [k for k in case["companions"] if k["grade"] in "AB"]
    check("the controller, and nobody else", [k["ip"] for k in found] == [truth["controller"]],
          case["companions"])
    check("who it is", found and found[0]["direction"] == "controller_candidate" and
          120000 < found[0]["lead_ms"] < 240000 and found[0]["log10_p_lead"] < -3, found)
    check("every reason has its text, the first its records",
          found and all(e["text"] for e in found[0]["evidence"]) and
          found[0]["evidence"][0]["records"], found)
    again = hunt(out, f"{out}/flows.csv", "-j", "8")
    check("the same with 8 threads", again["companions"] == case["companions"] and
          again["meetings"] == case["meetings"])


def test_crowd(folder):
    out, _ = simulate(folder, "S1", 1007, "--set", "episodes=10")
    case = hunt(out, f"{out}/flows.csv")
    check("without companions none is found",
          not [k for k in case["companions"] if k["grade"] in "AB"], case["companions"])
    with open(f"{out}/flows.csv", encoding="utf-8") as f:
        once = hunt(out, "-", stdin=f.read())
    confirmed = [m for m in once["meetings"] if m.get("significant")]
    if len(confirmed) == 1:
        check("a crowd at one endpoint, read once: not identifiable",
              "Not identifiable without timing" in once["companions_untested"], once["companions"])
    else:
        check("read once: nobody came before", not any("lead_ms" in k for k in once["companions"]),
              once["companions"])


def test_nothing(folder):
    out, _ = simulate(folder, "N0", 1008)
    case = hunt(out, f"{out}/flows.csv")
    check("no confirmed endpoint, no companions", not case["companions"] and
          "companions_untested" in case, case["companions"])


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_controller(folder)
        test_crowd(folder)
        test_nothing(folder)
    finish()


main()
