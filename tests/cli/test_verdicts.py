# SPDX-License-Identifier: Apache-2.0
"""What becomes of conversations whose packets went nowhere: --null-if, forwarding status."""
import json
import os
import tempfile

from case import ROOT, check, expect, finish, run

CASE = os.path.join(ROOT, "cases/sobig-f")
HEAD = "start,src,dst,proto,src_port,dst_port,packets,bytes,in_if,out_if,fwd_status\n"
TO = "2003-08-22T19:00:00Z,203.0.113.1,192.0.2.7,17,5000,53,1,60"
BACK = "2003-08-22T19:00:00.050Z,192.0.2.7,203.0.113.1,17,53,5000,1,160"
OTHER = "2003-08-22T18:00:00Z,203.0.113.2,192.0.2.7,17,5000,53,1,60,1,9,"


def verdicts(folder, lines, *more):
    flows = f"{folder}/flows.csv"
    with open(flows, "w", encoding="utf-8") as f:
        f.write(HEAD + "\n".join(lines) + "\n")
    with open(f"{folder}/list", "w", encoding="utf-8") as f:
        f.write("203.0.113.0/24\n")
    done = run("hunt", "-w", f"{folder}/list", "--home", "192.0.2.0/24", "-o", "json", *more, flows)
    return [s["verdict"] for s in json.loads(done.stdout)["sightings"]] if not done.returncode \
        else done.stderr


def test_null(folder):
    for name, lines, more, want in [
            ("answered", [TO + ",1,2,", BACK + ",2,1,"], [], ["answered"]),
            ("the answer went to interface 0", [TO + ",1,2,", BACK + ",2,0,"], [],
             ["answered_not_delivered"]),
            ("all is 0, which means nothing", [TO + ",0,0,", BACK + ",0,0,"], [], ["answered"]),
            ("another record names an interface", [OTHER, TO + ",1,0,", BACK + ",2,1,"], [],
             ["attempt", "dropped"]),
            ("a null interface by name", [TO + ",1,2,", BACK + ",2,512,"], ["--null-if", "0,512"],
             ["answered_not_delivered"]),
            ("which is then the only one", [TO + ",1,2,", BACK + ",2,0,"], ["--null-if", "512"],
             ["answered"]),
            ("given twice", [TO + ",1,7,", BACK + ",2,0,"], ["--null-if", "512", "--null-if", "7"],
             ["dropped"]),
            ("the status says forwarded", [TO + ",1,2,", BACK + ",2,0,64"], [], ["answered"]),
            ("the status says dropped", [TO + ",1,2,140", BACK + ",2,1,"], [], ["dropped"])]:
        got = verdicts(folder, lines, *more)
        check(name, got == want, got)
    for bad in ["", "x", "1,", "1,,2", "-1", "4294967296", "1;2"]:
        expect(f"--null-if '{bad}'", run("hunt", "-w", f"{folder}/list", "--null-if", bad,
                                         f"{folder}/flows.csv"), 2, err="--null-if")


def test_founding():
    done = run("hunt", "-w", f"{CASE}/watchlist.txt", "--home", "192.0.2.0/24",
               f"{CASE}/isp-netflow.csv", "-o", "json")
    case = json.loads(done.stdout)
    check("every record of the provider is an attempt",
          [s["verdict"] for s in case["sightings"]] == 12 * ["attempt"] and
          case["meetings"][0]["verdicts"] == {"attempt": 12}, case["meetings"][0]["verdicts"])
    check("all of them began by the listed host, surely",
          all(s["initiator"] == "peer" and s["initiator_confidence"] > 0.9
              for s in case["sightings"]))


with tempfile.TemporaryDirectory() as tmp:
    test_null(tmp)
    test_founding()
finish()
