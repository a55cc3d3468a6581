# SPDX-License-Identifier: Apache-2.0
"""Help, versions and wrong words: what every command must answer."""
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
    for name in names:
        test_command(name)
    finish()


main()
