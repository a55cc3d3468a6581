# SPDX-License-Identifier: Apache-2.0
"""Conversations, who began them, and their verdicts against the truth of a simulated network.

    TRYST=build/src/cli/tryst python3 tests/cli/test_hygiene.py --table [SEED...]

prints the tables of docs/statistics/verdicts.md.  The truth of a conversation is the same network
seen whole: every packet, both directions, nothing lost, nothing dropped.
"""
import collections
import csv
import json
import os
import sys
import tempfile

from case import check, finish, run

SMALL = ["hosts=300", "externals=1500", "duration=6", "players=100", "scanners=20", "torrents=1",
         "game_servers=6", "cdn=0.2", "dns=3", "chats=4", "browsers=6", "visits=6", "web=8"]
WHOLE = ["asymmetric=0", "loss=0", "exporters=1", "sampling=1"]
NULL = ["null_route=yes", "list=active", "listed=300"]
SEEN = {
    "seen whole": WHOLE,
    "two exporters": ["asymmetric=0", "loss=0", "exporters=2"],
    "active timeout 60 s": ["asymmetric=0", "loss=0", "active=60"],
    "5 % asymmetric, 0.1 % lost": ["asymmetric=0.05"],
    "null route": [*WHOLE, *NULL],
    "null route, 5 % asymmetric": ["asymmetric=0.05", *NULL],
    "sampled 1:100": ["sampling=100"],
    "sampled 1:1000": ["sampling=1000"],
}
ANSWERED = {"handshake", "one_sided", "answered", "exchanged"}


def simulate(folder, name, seed, knobs):
    words = ["simulate", "N0", "--seed", str(seed), "-q", "-o", f"{folder}/{name}"]
    for knob in [*SMALL, *knobs]:
        words += ["--set", knob]
    done = run(*words)
    assert done.returncode == 0, done.stderr
    with open(f"{folder}/{name}/truth.csv", encoding="utf-8") as f:
        truth = list(csv.DictReader(f))
    with open(f"{folder}/{name}/flows.csv", encoding="utf-8") as f:
        flows = list(csv.DictReader(f))
    return truth, flows


def hunt(folder, name):
    """Every host outside is listed, so that everything is a sighting."""
    everyone = f"{folder}/everyone"
    with open(everyone, "w", encoding="utf-8") as f:
        f.write("0.0.0.0/1\n128.0.0.0/1\n")
    done = run("hunt", "-w", everyone, "--home", "198.18.0.0/16", "--counts-only", "-q", "-o",
               "json", f"{folder}/{name}/flows.csv")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["sightings"]


def same_ports(truth, flows):
    """Another number for each conversation that overlaps one on the same ports: no pair of hosts
    can tell two such TCP connections apart, but the simulated ones make them."""
    spans = {}
    for t, f in zip(truth, flows):
        ends = tuple(sorted([(f["src"], f["src_port"]), (f["dst"], f["dst_port"])]))
        span = spans.setdefault((ends, f["proto"], t["conversation"]), [f["start"], f["end"]])
        span[0], span[1] = min(span[0], f["start"]), max(span[1], f["end"])
    same, last = {}, None
    for (ends, proto, number), (first, end) in sorted(
            spans.items(), key=lambda x: (x[0][:2], x[1])):
        if last and last[0] == (ends, proto) and proto == "6" and first <= last[1]:
            same[number] = last[2]
            last = last[0], max(last[1], end), last[2]
        else:
            last = (ends, proto), end, number
    return same


class Truth:
    """What happened: of each conversation who began it, and whether it was answered."""

    def __init__(self, truth, flows):
        self.began, self.answered, self.refused = {}, {}, set()
        self.same = same_ports(truth, flows)
        first = {}
        for t, f in zip(truth, flows):
            number = self.number(t)
            at = (f["start"], int(t["record"]))
            sides = self.answered.setdefault(number, set())
            sides.add(f["src"])
            if number not in first or at[0] < first[number][0]:
                first[number] = at
                self.began[number] = f["src"]
            if f["proto"] == "6" and int(f["tcp_flags"] or 0) & 4 and f["src"] != \
                    self.began[number] and int(f["bytes"]) <= 60 * int(f["packets"]):
                self.refused.add(number)

    def number(self, row):
        return self.same.get(row["conversation"], row["conversation"])

    def kind(self, number):
        if number not in self.answered:
            return None
        if len(self.answered[number]) < 2:
            return "no answer"
        return "refused" if number in self.refused else "answered"


def judge(truth, seen, sightings):
    """Compares what was made of the records with what they are."""
    rows, flows = seen
    number = {int(t["record"]): truth.number(t) for t in rows}
    source = {int(t["record"]): f["src"] for t, f in zip(rows, flows)}
    directions = collections.defaultdict(set)
    lost = collections.defaultdict(set)  # whose packets were dropped, of each conversation
    for record, n in number.items():
        directions[n].add(source[record])
    for t, f in zip(rows, flows):
        if f["out_if"] == "0":
            lost[truth.number(t)].add(f["src"])
    r = collections.Counter()
    matrix = collections.Counter()
    found = set()
    conversations = collections.Counter()
    for s in sightings:
        records = [ref["record"] for ref in s["record_refs"]]
        numbers = collections.Counter(number[x] for x in records)
        n = numbers.most_common(1)[0][0]
        conversations[n] += 1
        by = collections.defaultdict(set)
        for x in records:
            by[source[x]].add(number[x])
        if len(by) == 2:
            a, b = by.values()
            r["paired"] += 1
            r["paired right"] += bool(a & b)
            found |= a & b
        if s["initiator"] != "unknown":
            right = s[s["initiator"]] == truth.began.get(n)
            sure = s["initiator_confidence"] >= 0.9
            r["sure" if sure else "unsure"] += 1
            r["sure right" if sure else "unsure right"] += right
        else:
            r["undecided"] += 1
        kind = truth.kind(n)
        began = truth.began.get(n)
        if began in lost[n]:
            kind = "dropped"
        elif lost[n]:
            kind = "answer dropped"
        matrix[kind, s["verdict"]] += 1
    two = {n for n, sides in directions.items() if len(sides) == 2}
    r["two-way"] = len(two)
    r["two-way found"] = len(two & found)
    r["true"] = len(directions)
    r["counted"] = len(sightings)
    return r, matrix


def share(r, what, of):
    return r[what] / r[of] if r[of] else None


def measure(folder, seed):
    out = {}
    truth = None
    for name, knobs in SEEN.items():
        place = f"{seed}-{name}".replace(" ", "_").replace("%", "").replace(",", "").replace(
            ":", "")
        seen = simulate(folder, place, seed, knobs)
        truth = truth or Truth(*seen)
        out[name] = judge(truth, seen, hunt(folder, place))
    return out


def table(folder, seeds):
    total = {name: [collections.Counter(), collections.Counter()] for name in SEEN}
    for seed in seeds:
        for name, (r, matrix) in measure(folder, seed).items():
            total[name][0].update(r)
            total[name][1].update(matrix)

    def text(x):
        return "-" if x is None else f"{x:.4f}"

    print("| | conversations | counted | error | pairs: precision | recall | who began, sure: "
          "share | right | unsure: right |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, (r, _) in total.items():
        print(f"| {name} | {r['true']} | {r['counted']} | "
              f"{(r['counted'] - r['true']) / r['true']:+.4f} | "
              f"{text(share(r, 'paired right', 'paired'))} | "
              f"{text(share(r, 'two-way found', 'two-way'))} | "
              f"{text(share(r, 'sure', 'counted'))} | {text(share(r, 'sure right', 'sure'))} | "
              f"{text(share(r, 'unsure right', 'unsure'))} |")
    for name, (_, matrix) in total.items():
        print(f"\n{name}:\n")
        kinds = sorted({k for k, _ in matrix if k})
        verdicts = sorted({v for _, v in matrix})
        print("| truth | " + " | ".join(f"`{v}`" for v in verdicts) + " |")
        print("|---" * (len(verdicts) + 1) + "|")
        for kind in kinds:
            print(f"| {kind} | " + " | ".join(str(matrix[kind, v] or "") for v in verdicts) + " |")


def memory(folder):
    """The same case from memory and from runs in a temporary file, which leave nothing behind."""
    simulate(folder, "memory", 5, ["players=400", "scanners=2", "torrents=0", "exporters=2",
                                   "active=20", "visits=1"])
    place = f"{folder}/tmp"
    os.mkdir(place)
    cases = []
    for size in ["1G", "16M"]:
        done = run("hunt", "-w", f"{folder}/everyone", "--home", "198.18.0.0/16", "--counts-only",
                   "-q", "-o", "json", "--memory", size, f"{folder}/memory/flows.csv", TMPDIR=place)
        case = json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr}
        cases.append({k: v for k, v in case.items() if k not in ("command", "created")})
    check("the same case in little memory", "sightings" in cases[0] and cases[0] == cases[1],
          cases[1].get("error"))
    check("no temporary file is left", not os.listdir(place), os.listdir(place))
    done = run("hunt", "-w", f"{folder}/everyone", "--counts-only", "--memory", "16M",
               f"{folder}/memory/flows.csv", TMPDIR=f"{place}/none")
    check("no place for one", done.returncode == 4 and "TMPDIR" in done.stderr, done.stderr)
    done = run("hunt", "-w", f"{folder}/everyone", "--counts-only", "--memory", "2M",
               f"{folder}/memory/flows.csv", TMPDIR=place)
    check("no room for the case", done.returncode == 4 and "--memory" in done.stderr, done.stderr)


def verdicts(name, matrix):
    """What must not be: claims that the truth refutes, in more than a few cases."""
    def rate(kind, wrong):
        of = sum(n for (k, _), n in matrix.items() if k == kind)
        return sum(n for (k, v), n in matrix.items() if k == kind and v in wrong) / of if of else 0

    clear = name in ("seen whole", "two exporters", "active timeout 60 s", "null route")
    check(f"{name}: silence is not taken for an answer",
          rate("no answer", ANSWERED | {"refused", "answered_not_delivered"}) == 0, matrix)
    check(f"{name}: an answer is not taken for silence",
          rate("answered", {"attempt", "dropped", "refused"}) < (0.0005 if clear else 0.05), matrix)
    check(f"{name}: what was dropped is known", rate("dropped", ANSWERED | {"attempt"}) == 0 and
          rate("answer dropped", ANSWERED | {"attempt"}) == 0, matrix)
    if clear:
        check(f"{name}: and refusals", rate("refused", {"refused"}) > 0.99 or
              not any(k == "refused" for k, _ in matrix), matrix)


def main():
    with tempfile.TemporaryDirectory() as folder:
        if "--table" in sys.argv:
            table(folder, [int(x) for x in sys.argv[2:]] or [1, 2, 3])
            return
        for name, (r, matrix) in measure(folder, 11).items():
            sampled = name.startswith("sampled")
            counted = (r["counted"] - r["true"]) / r["true"]
            check(f"{name}: as many conversations as there are",
                  r["true"] > 100 and abs(counted) < 0.02, counted)
            check(f"{name}: directions that belong together",
                  share(r, "paired right", "paired") > (0.97 if sampled else 0.999) and
                  share(r, "two-way found", "two-way") > (0.98 if sampled else 0.999), r)
            right = share(r, "sure right", "sure")
            check(f"{name}: who began", right > (0.95 if sampled else 0.999) and
                  (sampled or share(r, "sure", "counted") > 0.8), r)
            verdicts(name, matrix)
        memory(folder)
    finish()


main()
