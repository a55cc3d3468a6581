# SPDX-License-Identifier: Apache-2.0
"""Help, versions and wrong words: what every command must answer."""
import json
import re

from case import check, expect, finish, run


def commands():
    """The commands that the help lists."""
    return re.findall(r"^  ([a-z]+) {2,}\S", run("help").stdout, re.M)


def test_program():
    r = run()
    expect("no arguments: help on stderr, exit 2", r, 2, err="Examples:")
    check("no arguments: nothing on stdout", r.stdout == "", r.stdout)
    for words in (["help"], ["--help"], ["-h"]):
        expect(f"{words}", run(*words), 0, out="Usage:")
    for words in (["version"], ["--version"], ["-V"]):
        expect(f"{words}", run(*words), 0, out="tryst ")
    expect("option before the command", run("-q", "version"), 2, err="the command comes first")
    expect("unknown command, near", run("versoin"), 2, err="did you mean 'version'?")
    expect("unknown command, far", run("xyzzy"), 2, err="'tryst help' lists them")
    expect("help of an unknown command", run("help", "hlp"), 2, err="did you mean 'help'?")


def test_json():
    """Who asks for JSON gets it on the standard error, too."""
    r = run("hunt", "-o", "json")
    said = [json.loads(x) for x in r.stderr.splitlines()]
    check("errors as JSON", r.returncode == 2 and "no watchlist" in said[0]["text"] and
          said[-1] == {"type": "exit", "code": 2, "meaning": "wrong usage"}, r.stderr)
    r = run("hunt", "--no-such-thing", "--output=json")
    check("errors as JSON, of the options", r.returncode == 2 and
          all(json.loads(x) for x in r.stderr.splitlines()), r.stderr)
    r = run("hunt", "-o", "text", "--", "-o", "json")
    check("errors as text", r.returncode == 2 and r.stderr.startswith("tryst: "), r.stderr)


def test_command(name):
    for option in ("-h", "--help"):
        r = run(name, option)
        expect(f"{name} {option}", r, 0, out=f"tryst {name}: ")
        check(f"{name} {option}: fits 100 columns", max(map(len, r.stdout.split("\n"))) <= 100)
    check(f"help {name}", run("help", name).stdout == run(name, "-h").stdout)
    expect(f"{name}: unknown option", run(name, "--no-such-thing"), 2,
           err=f"unknown option --no-such-thing; see 'tryst {name} --help'")
    expect(f"{name}: near option", run(name, "--hepl"), 2, err="did you mean --help?")
    expect(f"{name}: unknown letter", run(name, "-%"), 2, err="unknown option -%")
    expect(f"{name}: argument of a flag", run(name, "--help=x"), 2, err="takes no argument")


def main():
    names = commands()
    check("help lists commands", "help" in names and "version" in names, names)
    test_program()
    test_json()
    for name in names:
        test_command(name)
    finish()


main()
