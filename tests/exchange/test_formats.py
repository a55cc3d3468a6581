# SPDX-License-Identifier: Apache-2.0
"""Exchange formats read by the rules of each; the list is made to break out of them."""
import csv
import io
import json
import re
import tempfile

from case import check, expect, finish, run

LABELS = ['=HYPERLINK("http://x.example","click")', "a|b=c\\d,e;f", "\x1b[31mred\x1b[0m \x9b2J",
          "-2+3+cmd|' /C calc'!A0", "(empty)", "ends in a bar|", "\u202eevil \U0001f600"]
LIST = "".join(f"10.9.9.{n} # {label}\n" for n, label in enumerate(LABELS, 1)) + \
    "2001:db8:bad::/48\n"
FLOWS = "start,end,src,dst,src_port,dst_port,proto,packets,bytes,tcp_flags\n" + "".join(
    f"2026-11-23T10:0{n}:00Z,2026-11-23T10:0{n}:02Z,10.9.9.{n},192.0.2.1,{40000 + n},6667,"
    f"6,5,300,27\n"
    f"2026-11-23T10:0{n}:00.1Z,2026-11-23T10:0{n}:02Z,192.0.2.1,10.9.9.{n},6667,{40000 + n},"
    f"6,4,900,27\n"
    for n in range(1, len(LABELS) + 1)) + (
    "2026-11-23T11:00:00Z,,2001:db8::5,2001:db8:bad::7,50000,443,6,3,180,2\n"
    "2026-11-23T12:00:00Z,,10.9.9.1,192.0.2.9,,,47,1,80,\n")
FORMATS = ["text", "json", "html", "md", "csv", "csv-meetings", "csv-hosts", "csv-companions",
           "csv-findings", "csv-search", "stix", "misp", "misp-sightings", "ecs", "zeek",
           "dshield", "cef"]
FORMULA = re.compile(r"[=+@-]")


def outputs(folder):
    """{format: what the hunt says}, after seeing that its case file says the same."""
    with open(f"{folder}/list.txt", "w", encoding="utf-8") as f:
        f.write(LIST)
    with open(f"{folder}/flows.csv", "w", encoding="utf-8") as f:
        f.write(FLOWS)
    words = ["hunt", "-q", "-w", f"{folder}/list.txt", "--home", "192.0.2.0/24", "--home",
             "2001:db8::/64", f"{folder}/flows.csv"]
    saved = f"{folder}/case.json"
    found = {}
    run(*words, "--save", saved)
    for name in FORMATS:
        done = run("report", "-o", name, saved)
        again = run("report", "-o", name, saved)
        check(f"{name}: a report, the same twice",
              done.returncode == 0 and done.stdout and done.stdout == again.stdout, done.stderr)
        hunted = run(*words, "-o", name)
        check(f"{name}: of the hunt itself",
              hunted.returncode == 0 and
              hunted.stdout.count("\n") == done.stdout.count("\n"), hunted.stderr)
        found[name] = done.stdout
    return found


def check_bytes(found):
    bad = [name for name, text in found.items()
           if re.search("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202e]", text)]
    # JSON and what is made of it hold characters that turn the direction of text as they are.
    bad = [name for name in bad if name not in ("json", "stix", "misp", "ecs") or
           re.search("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]", found[name])]
    check("no control characters in any format", not bad, bad)


def check_csv(found):
    for name in (n for n in FORMATS if n.startswith("csv")):
        rows = list(csv.reader(io.StringIO(found[name])))
        check(f"{name}: as many cells in every row", len({len(row) for row in rows}) == 1, rows)
        # A number may be negative.
        formulas = [cell for row in rows[1:] for cell in row
                    if FORMULA.match(cell) and not re.fullmatch(r"-?[\d.e+-]+", cell)]
        check(f"{name}: no cell is a formula", not formulas, formulas)
    rows = list(csv.DictReader(io.StringIO(found["csv"])))
    check("csv: every conversation", len(rows) == len(LABELS) + 2, len(rows))
    check("csv: labels", rows[0]["labels"] == "'" + LABELS[0] and rows[1]["labels"] == LABELS[1],
          rows[0], rows[1])
    hosts = list(csv.DictReader(io.StringIO(found["csv-hosts"])))
    check("csv-hosts: every listed host", len(hosts) == len(LABELS) + 1, len(hosts))


def check_zeek(found):
    lines = found["zeek"].splitlines()
    head = {line.split("\t")[0]: line.split("\t")[1:] for line in lines if line.startswith("#")}
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    check("zeek: header", lines[0] == "#separator \\x09" and lines[-1].startswith("#close\t") and
          head["#path"] == ["tryst"] and len(head["#types"]) == len(head["#fields"]))
    check("zeek: as many fields in every row", {len(row) for row in rows} == {len(head["#fields"])})
    read = [dict(zip(head["#fields"], row)) for row in rows]

    def plain(text):
        return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m.group(1), 16)]),
                      text.encode()).decode()

    check("zeek: labels come back",
          [plain(row["labels"]) for row in read[:len(LABELS)]] == LABELS,
          [row["labels"] for row in read])
    check("zeek: a label that looks empty is not", read[4]["labels"] != "(empty)")
    check("zeek: ends and counts",
          (read[0]["id.orig_h"], read[0]["id.resp_p"], read[0]["orig_pkts"],
           read[0]["resp_ip_bytes"], read[0]["ts"]) ==
          ("10.9.9.1", "6667", "5", "900", "1795428060.000000"), read[0])


def cef(line):
    """The header fields and the extension of a line, by the rules of the format."""
    head = re.match(r"((?:[^|\\]|\\[|\\])*\|){7}", line)
    fields = re.split(r"(?<!\\)\|", head.group(0))[:-1]
    rest = line[head.end():]
    keys = list(re.finditer(r"(?:^| )(\w+)=", rest))
    values = {}
    for this, following in zip(keys, keys[1:] + [None]):
        text = rest[this.end():following.start() if following else None]
        values[this.group(1)] = re.sub(r"\\(.)", r"\1", text)
    return fields, values


def check_cef(found):
    lines = [cef(line) for line in found["cef"].splitlines()]
    check("cef: header", all(f[0] == "CEF:0" and len(f) == 7 and 0 <= int(f[6]) <= 10
                             for f, _ in lines))
    sightings = [v for f, v in lines if f[4] == "sighting"]
    check("cef: a line a conversation", len(sightings) == len(LABELS) + 2)
    check("cef: labels come back", [s["cs3"] for s in sightings[:2]] == LABELS[:2], sightings[:2])
    check("cef: ends", (sightings[0]["src"], sightings[0]["dpt"], sightings[0]["in"]) ==
          ("10.9.9.1", "6667", "300"), sightings[0])


def check_ecs(found):
    lines = [json.loads(line) for line in found["ecs"].splitlines()]
    check("ecs: kinds", {e["event"]["kind"] for e in lines} == {"alert", "enrichment"})
    check("ecs: a line an event, each with its id",
          len({e["event"]["id"] for e in lines}) == len(lines))
    first = next(e for e in lines if e["event"]["kind"] == "enrichment")
    check("ecs: nanoseconds", first["event"]["duration"] == 2000000000, first)
    check("ecs: the indicator", first["threat"]["indicator"]["description"] == LABELS[0] and
          first["network"]["direction"] == "inbound" and
          first["network"]["community_id"].startswith("1:"), first)


def check_misp(found):
    event = json.loads(found["misp"])["Event"]
    texts = ["uuid", "id", "org_id", "orgc_id", "info", "date", "timestamp", "publish_timestamp",
             "threat_level_id", "analysis", "distribution", "attribute_count"]
    check("misp: what an event must have", all(isinstance(event[k], str) for k in texts) and
          event["published"] is False and len(event["info"]) < 256 and
          re.fullmatch(r"\d{4}-\d\d-\d\d", event["date"]), event)
    check("misp: it stays here", event["distribution"] == "0" and
          event["Tag"] == [{"name": "tlp:amber"}] and event["publish_timestamp"] == "0")
    hosts = event["Attribute"]
    check("misp: an attribute a listed host, with its sighting",
          len(hosts) == len(LABELS) + 1 and int(event["attribute_count"]) == len(hosts) and
          all(a["type"] in ("ip-src", "ip-dst") and a["to_ids"] is True for a in hosts) and
          any(a.get("Sighting") for a in hosts), hosts)
    objects = event["Object"]
    relations = {a["object_relation"] for o in objects for a in o["Attribute"]}
    check("misp: netflow objects", objects and
          relations <= {"ip-src", "ip-dst", "src-port", "dst-port", "protocol",
                        "ip-protocol-number", "tcp-flags", "icmp-type", "first-packet-seen",
                        "last-packet-seen", "byte-count", "packet-count", "flow-count",
                        "direction", "community-id"}, relations)
    uuids = [a["uuid"] for a in hosts] + [o["uuid"] for o in objects] + \
            [a["uuid"] for o in objects for a in o["Attribute"]]
    check("misp: every uuid once", len(uuids) == len(set(uuids)))
    check("nobody narrowed the search", "narrowed" not in found["misp"] + found["zeek"] and
          '"asked"' not in found["ecs"] and "flexString1" not in found["cef"] and
          list(csv.DictReader(io.StringIO(found["csv-search"])))[0]["asked_filter"] == "")
    for line in found["misp-sightings"].splitlines():
        one = json.loads(line)
        check("misp-sightings: " + one["values"][0],
              one["type"] == "0" and one["source"] == "tryst" and one["timestamp"].isdigit())


def check_lists(found, folder):
    """What one tells, another can look for."""
    for name in "stix", "misp":
        with open(f"{folder}/told.json", "w", encoding="utf-8") as f:
            f.write(found[name])
        done = run("lists", "check", f"{folder}/told.json")
        check(f"{name}: a list for others", done.returncode == 0 and
              f"{len(LABELS) + 1} indicators" in done.stdout, done.stdout, done.stderr)
        again = run("hunt", "-q", "-w", f"{folder}/told.json", "--home", "192.0.2.0/24", "--home",
                    "2001:db8::/64", "-o", "csv", f"{folder}/flows.csv")
        check(f"{name}: which finds the same conversations",
              again.stdout.count("\n") == found["csv"].count("\n"), again.stdout, again.stderr)


def check_narrowed(folder):
    """Who looks at a part of the flows says so, wherever the format has a place for it."""
    filter_words = "not (proto udp and port 53)"
    saved = f"{folder}/narrow.json"
    run("hunt", "-q", "-w", f"{folder}/list.txt", "--home", "192.0.2.0/24", "--home",
        "2001:db8::/64", "-t", "2026-11-23T10:00Z..2026-11-23T11:30Z", "--save", saved,
        f"{folder}/flows.csv", filter_words)
    found = {name: run("report", "-o", name, saved).stdout for name in FORMATS}
    asked = json.loads(found["json"])["asked"]
    sentence = "Only flows in 2026-11-23 10:00:00 to 11:30:00 UTC and matching " \
        f"'{asked['filter']}' were looked at."
    grouping = next(o for o in json.loads(found["stix"])["objects"] if o["type"] == "grouping")
    check("stix: what was looked at", grouping["description"] == sentence, grouping)
    event = json.loads(found["misp"])["Event"]
    comments = [a for a in event["Attribute"] if a["type"] == "comment"]
    check("misp: what was looked at", event["info"].endswith("; the search was narrowed") and
          [a["value"] for a in comments] == [sentence] and comments[0]["to_ids"] is False and
          int(event["attribute_count"]) == len(event["Attribute"]), event["info"], comments)
    check("zeek: what was looked at", f"#narrowed\t{sentence}\n" in found["zeek"])
    check("ecs: what was looked at",
          all(json.loads(line)["tryst"]["asked"] == asked for line in found["ecs"].splitlines()))
    for _, values in map(cef, found["cef"].splitlines()):
        check("cef: what was looked at",
              (values["deviceCustomDate1"], values["deviceCustomDate2"], values["flexString1"]) ==
              ("1795428000000", "1795433400000", asked["filter"]), values)
    rows = list(csv.DictReader(io.StringIO(found["csv-search"])))
    check("csv-search: what was looked at", [(r["asked_from"], r["asked_to"], r["asked_filter"])
                                             for r in rows] ==
          [(asked["from"], asked["to"], asked["filter"])], rows)
    with open(f"{folder}/told.json", "w", encoding="utf-8") as f:
        f.write(found["misp"])
    done = run("lists", "check", f"{folder}/told.json")
    check("misp: which is no entry of a list", done.returncode == 0 and
          f"{len(LABELS) + 1} indicators" in done.stdout, done.stdout, done.stderr)
    # A long filter is told in part where every line has it.
    many = "not ip in [ " + " ".join(f"10.200.{n // 250}.{n % 250}" for n in range(2000)) + " ]"
    run("hunt", "-q", "-w", f"{folder}/list.txt", "--save", saved, f"{folder}/flows.csv", many)
    for name in "ecs", "cef", "zeek":
        text = run("report", "-o", name, saved).stdout
        check(f"{name}: a long filter is cut", text and "10.200.0.9" in text and
              max(map(len, text.splitlines())) < 4000, text[:500])


def check_dshield(found):
    rows = [line.split("\t") for line in found["dshield"].splitlines()]
    check("dshield: nine fields", rows and all(len(row) == 9 for row in rows), rows[:2])
    check("dshield: time with its zone", all(
        re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+00:00", row[0]) for row in rows))
    check("dshield: only what came from outside",
          {row[3] for row in rows} <= {f"10.9.9.{n}" for n in range(1, len(LABELS) + 1)} and
          {row[5] for row in rows} <= {"192.0.2.1", "192.0.2.9"}, rows)


def main():
    with tempfile.TemporaryDirectory() as folder:
        found = outputs(folder)
        same = run("report", "--format", "md", f"{folder}/case.json")
        check("--format is -o", same.stdout == found["md"], same.stderr)
        expect("a format that there is not", run("report", "-o", "mips", f"{folder}/case.json"), 2,
               err="did you mean misp")
        check_lists(found, folder)
        check_narrowed(folder)
    for command in "hunt", "meet", "report":
        text = run("help", command).stdout
        missing = [name for name in FORMATS if not re.search(rf"\b{name}\b", text)]
        check(f"help {command}: every format", not missing, missing, text)
    words = run("completion", "bash").stdout
    for option in "report:-o|report:--output)", "report:--format)", "hunt:-o|hunt:--output)":
        offered = words.partition(option)[2].partition(";;")[0]
        check(f"completion of {option}", all(f" {name}" in offered or f'"{name}' in offered
                                             for name in FORMATS), offered)
    check_bytes(found)
    check_csv(found)
    check_zeek(found)
    check_cef(found)
    check_ecs(found)
    check_misp(found)
    check_dshield(found)
    finish()


main()
