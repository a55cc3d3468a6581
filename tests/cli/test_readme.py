#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The answer that the README shows first is the one that the program gives: its beginning, and
behind each line of dots something further down."""
import glob
import os
import re
import shlex
import sys

from case import ROOT, check, finish, run

# The command, whose lines end in backslashes, an empty line, and what stands indented below.
EXAMPLE = re.compile(r"^    \$ tryst ((?:.*\\\n)*.*)\n\n((?:    .*\n|\n(?=    ))+)", re.M)


def words_of(command):
    for word in shlex.split(command.replace("\\\n", " ")):
        yield from sorted(glob.glob(word)) if "*" in word else [word]


def pieces_of(shown):
    piece = []
    for line in shown.splitlines():
        if line.strip() == "...":
            yield piece
            piece = []
        else:
            piece.append(line[4:])
    yield piece


def differs(shown, answer):
    """The first line that is not as the program has it, or None."""
    at = 0
    for number, piece in enumerate(pieces_of(shown)):
        if number > 0:
            at = answer.index(piece[0], at) if piece[0] in answer[at:] else len(answer)
        for line in piece:
            if at == len(answer) or answer[at] != line:
                return line
            at += 1
    return None


def main():
    os.chdir(ROOT)
    with open("README.md", encoding="utf-8") as f:
        command, shown = EXAMPLE.search(f.read()).groups()
    done = run(*words_of(command))
    check("the README's command works", done.returncode == 0, done.stderr)
    wrong = differs(shown, done.stdout.splitlines())
    check("the README shows its answer", wrong is None, wrong, done.stdout)
    finish()


if __name__ == "__main__":
    sys.exit(main())
