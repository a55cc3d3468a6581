# SPDX-License-Identifier: Apache-2.0
"""Reports of saved cases: what a hunt says and what its case file says later is the same."""
import json
import os
import re
import tempfile

from case import ROOT, check, expect, finish, run

SOBIG = os.path.join(ROOT, "cases/sobig-f")
SMALL = ["--set", "hosts=128", "--set", "externals=1000", "--set", "degree=80"]


def hunt_sobig(*words, **env):
    homes = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]
    return run("hunt", "-q", "-w", f"{SOBIG}/watchlist.txt",
               *[word for home in homes for word in ("--home", home)],
               "--event", "2003-08-22T15:00-04:00 null route",
               "--dead", "2003-08-22T15:00-04:00 all",
               *words, SOBIG, **env)


def same(name, hunt, saved):
    """The text and the JSON of `hunt` against those of the file."""
    for columns in "80", "160":
        text = hunt("-o", "text", "--save", saved, COLUMNS=columns)
        again = run("report", saved, COLUMNS=columns)
        check(f"{name}: the text, {columns} columns",
              text.returncode in (0, 3) and again.returncode == 0 and again.stdout == text.stdout,
              again.stderr, text.stdout[:2000], again.stdout[:2000])
    with open(saved, encoding="utf-8") as f:
        case = f.read()
    again = run("report", "-o", "json", saved)
    check(f"{name}: the case file", again.stdout == case, again.stderr)
    piped = run("report", "-o", "json", "-", stdin=case)
    check(f"{name}: from the standard input", piped.stdout == case, piped.stderr)
    return json.loads(case)


def test_sobig(folder):
    case = same("founding case", hunt_sobig, f"{folder}/sobig.json")
    check("every conversation has its Community ID",
          case["sightings"] and
          all(s["community_id"].startswith("1:") and len(s["community_id"]) == 30
              for s in case["sightings"]))


def test_simulated(folder):
    for name in "S1", "S3", "S5", "N0":
        out = f"{folder}/{name}"
        run("simulate", name, "--seed", 77, "-q", "-o", out, *SMALL)
        with open(f"{out}/home.txt", encoding="utf-8") as f:
            home = f.read().split()[0]

        def hunt(*words, out=out, home=home, **env):
            return run("hunt", "-q", "-w", f"{out}/watchlist.txt", "--home", home, *words,
                       f"{out}/flows.csv", **env)

        same(name, hunt, f"{out}/case.json")


def test_search(folder):
    out = f"{folder}/search"
    run("simulate", "S5", "--seed", 2001, "-q", "-o", out, "--set", "hosts=512",
        "--set", "externals=3000")

    def meet(*words, **env):
        return run("meet", "-q", "--home", "198.18.0.0/16", "--with-rita-score",
                   "--since", "2003-08-01", *words, f"{out}/flows.csv", **env)

    case = same("meet", meet, f"{out}/case.json")
    check("meet: there are findings", case["findings"] or case["search"]["old"], case["search"])
    plain = same("meet without --since",
                 lambda *words, **env: run("meet", "-q", *words, f"{out}/flows.csv", **env),
                 f"{out}/plain.json")
    check("meet without --since: there are findings", plain["findings"])


def test_wrong(folder):
    expect("no file", run("report"), 2, err="expected one case file")
    expect("bad zone", run("report", "--tz", "Foo", "a"), 2, err="--tz: ")
    expect("two files", run("report", "a", "b"), 2, err="expected one case file")
    expect("not there", run("report", f"{folder}/none.json"), 4, out="", err="cannot open")
    expect("a flow log", run("report", f"{SOBIG}/isp-netflow.csv"), 4, out="",
           err="isp-netflow.csv:1: no case file")
    expect("another format", run("report", "-o", "jsn", "x"), 2, err="did you mean json")
    expect("another schema", run("report", "-", stdin='{"schema": 2}'), 4,
           err="-: schema: expected 1, found 2")
    text = '{"schema": 1, "complete": true, "home": [7]}'
    expect("the key is named", run("report", "-", stdin=text), 4,
           err="-: home[0]: expected an address or a prefix")


def test_asked(folder):
    """A narrowed search says so: it is no all-clear."""
    said = "Only flows in 2003-08-23 00:00:00 to 23:59:59 UTC and matching '(dst port = 9999)'"
    path = f"{SOBIG}/isp-netflow.csv"

    def hunt(*words, **env):
        return run("hunt", "-q", "-w", f"{SOBIG}/watchlist.txt", *words, path, "dst port 9999",
                   "-t", "2003-08-23", **env)

    case = same("hunt with a window and a filter", hunt, f"{folder}/asked.json")
    check("asked", case["asked"] == {"from": "2003-08-23T00:00:00.000Z",
                                     "to": "2003-08-23T23:59:59.999Z",
                                     "filter": "(dst port = 9999)"}, case["asked"])
    text = hunt().stdout
    check("text: narrowed", "was seen in the flow records looked at." in text and
          f"\n{said} were looked at.\n" in text, text)
    for output in "md", "html":
        done = run("report", "-o", output, f"{folder}/asked.json")
        flat = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", done.stdout.replace("&#39;", "'")))
        check(f"{output}: narrowed", f"{said} were looked at." in flat and
              "records looked at" in flat, done.stdout[:3000])
    one = run("hunt", "-q", "-w", f"{SOBIG}/watchlist.txt", path, "-t", "2003-08-23/")
    check("one end", "\nOnly flows since 2003-08-23 00:00:00 UTC were looked at.\n" in one.stdout,
          one.stdout)
    home = ["--home", "192.0.2.0/24", "-o", "json", path, "src net 192.0.2.0/24"]
    hidden = run("hunt", "-q", "-w", f"{SOBIG}/watchlist.txt", "--anonymize", *home)
    check("the filter is anonymized, too", "src ip in [" in hidden.stdout and
          "192.0.2." not in hidden.stdout, hidden.stdout[:600])
    found = run("meet", "-q", path, "-t", "2003-08-23")
    check("meet: narrowed", "Only flows in 2003-08-23 00:00:00 to" in found.stdout and
          "No flow that was read is among those asked for:" in found.stdout, found.stdout[:600])
    found = run("meet", "-q", path, "-t", "2003-08-22")
    check("meet: narrowed, to something", "Nothing stands out in the flows looked at." in
          found.stdout, found.stdout[:600])
    whole = run("hunt", "-q", "-w", f"{SOBIG}/watchlist.txt", path)
    check("nothing asked, nothing said", "looked at" not in whole.stdout)


def test_found(folder):
    saved = f"{folder}/found.json"
    hunt_sobig("--save", saved)
    expect("sightings with --exit-code", run("report", "--exit-code", saved), 1)
    expect("sightings without", run("report", saved), 0)
    case = json.loads(run("report", "-o", "json", saved).stdout)
    case["hosts"] = case["sightings"] = case["meetings"] = []
    case["companions"] = []
    for output in "dshield", "misp-sightings":
        expect(f"{output}: it says that there is nothing",
               run("report", "-o", output, "-", stdin=json.dumps(case)), 0, out="",
               err=f"tryst: report: nothing to write: {output} takes only ")


def test_grades(folder):
    """Of findings those of grade A and B count, as with meet."""
    out = f"{folder}/grades"
    run("simulate", "S5", "--seed", 2001, "-q", "-o", out, *SMALL)
    run("meet", "-q", f"{out}/flows.csv", "--save", f"{out}/case.json")
    with open(f"{out}/case.json", encoding="utf-8") as f:
        case = json.load(f)
    found = case["findings"][0]
    for grade, code in ("A", 1), ("B", 1), ("C", 0), ("D", 0):
        case["findings"] = [dict(found, grade=grade, kind="game")]
        expect(f"a finding of grade {grade}",
               run("report", "--exit-code", "-", stdin=json.dumps(case)), code)
    mail = run("report", "-o", "md", "-", stdin=json.dumps(case)).stdout
    flat = re.sub(r"\s+", " ", mail)
    check("md: kind and times of a finding", "Grade D, closed circle. " in flat and
          re.search(r", between \S+ \S+ and .{1,20} UTC\.", flat), mail)


def test_colour(folder):
    saved = f"{folder}/colour.json"
    hunt_sobig("--save", saved)
    plain = run("report", saved)
    check("piped: no colours", plain.stdout and "\033" not in plain.stdout)
    for name, words, env, coloured in (
            ("CLICOLOR_FORCE", [], {"CLICOLOR_FORCE": "1"}, True),
            ("FORCE_COLOR", [], {"FORCE_COLOR": "1"}, True),
            ("FORCE_COLOR=0", [], {"FORCE_COLOR": "0"}, False),
            ("NO_COLOR beats it", [], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
            ("TRYST_NO_COLOR", [], {"FORCE_COLOR": "1", "TRYST_NO_COLOR": "1"}, False),
            ("--color always beats all", ["--color", "always"], {"NO_COLOR": "1"}, True),
            ("--color never", ["--color", "never"], {"FORCE_COLOR": "1"}, False)):
        done = run("report", *words, saved, **env)
        check(f"colours: {name}", ("\033" in done.stdout) == coloured and
              re.sub("\033\\[[0-9]*m", "", done.stdout) == plain.stdout)
    other = run("report", "-o", "csv", "--color", "always", saved)
    check("colours: not in what machines read", "\033" not in other.stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_sobig(folder)
        test_simulated(folder)
        test_search(folder)
        test_wrong(folder)
        test_asked(folder)
        test_found(folder)
        test_grades(folder)
        test_colour(folder)
    finish()


main()
