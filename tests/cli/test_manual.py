# SPDX-License-Identifier: Apache-2.0
"""What is written from the option tables: manual pages and completions, as their readers see it."""
import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios

from case import ROOT, TRYST, check, expect, finish, run, skip


def commands():
    return re.findall(r"^  ([a-z]+) {2,}\S", run("help").stdout, re.M)


def options(name):
    """The long options that the help of a command lists."""
    return set(re.findall(r"^ +(?:-\S, )?--([a-z-]+)", run(name, "-h").stdout, re.M))


def lint(name, path):
    if not shutil.which("mandoc"):
        skip(f"{name}: mandoc", "no mandoc")
        return
    said = subprocess.run(["mandoc", "-T", "lint", path], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False).stdout.splitlines()
    # Whether the other pages are installed here is not the page's business.
    said = [x for x in said if "referenced manual not found" not in x]
    check(f"{name}: mandoc has nothing to say", not said, *said)


def test_pages(folder, names):
    for name in ["", *names]:
        r = run("help", "--man", *([name] if name else []))
        title = f"tryst-{name}" if name else "tryst"
        path = f"{folder}/{title}.1"
        with open(path, "w", encoding="utf-8") as f:
            f.write(r.stdout)
        expect(f"{title}(1)", r, 0, out=f".Nm {title}\n")
        lint(f"{title}(1)", path)
        if name:
            text = r.stdout.replace("\\", "")
            missing = [o for o in options(name) if f"-{o}" not in text]
            check(f"{title}(1): every option", not missing, missing)
            check(f"{title}(1): sections", all(f".Sh {s}\n" in r.stdout for s in (
                "NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO")))
        else:
            check("tryst(1): every command", all(f"tryst-{n} 1" in r.stdout for n in names))
    path = f"{folder}/tryst-filter.7"
    with open(path, "w", encoding="utf-8") as f:
        made = subprocess.run([sys.executable, f"{ROOT}/tools/md2mdoc", f"{ROOT}/docs/filter.md",
                               "tryst-filter", "7", "the filter language of tryst"], stdout=f,
                              check=False)
    check("tryst-filter(7)", made.returncode == 0 and os.path.getsize(path) > 5000)
    lint("tryst-filter(7)", path)


def test_shells(folder, names):
    for shell in ("bash", "zsh", "fish"):
        r = run("completion", shell)
        path = f"{folder}/completion.{shell}"
        with open(path, "w", encoding="utf-8") as f:
            f.write(r.stdout)
        expect(f"completion {shell}", r, 0)
        check(f"completion {shell}: every command", all(n in r.stdout for n in names))
        missing = [f"{n} --{o}" for n in names for o in options(n)
                   if not re.search(f"(--|-l ){o}\\b", r.stdout)]
        check(f"completion {shell}: every option", not missing, missing)
        if not shutil.which(shell):
            skip(f"completion {shell}: syntax", f"no {shell}")
            continue
        done = subprocess.run([shell, "-n", path], text=True, stderr=subprocess.PIPE, check=False)
        check(f"completion {shell}: syntax", done.returncode == 0 and not done.stderr, done.stderr)
    expect("completion: no shell", run("completion"), 2, err="expected one shell")
    expect("completion: unknown shell", run("completion", "fsh"), 2, err="did you mean fish?")


def offered(folder, *words):
    """What bash offers for the last word."""
    line = " ".join(f"'{w}'" for w in words)
    script = (f". {folder}/completion.bash; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1};"
              " _tryst; printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", script], text=True, stdout=subprocess.PIPE, check=False,
                          cwd=folder)
    return set(done.stdout.split("\n")) - {""}


def test_bash(folder):
    open(f"{folder}/a file.txt", "w", encoding="utf-8").close()
    for name, words, expected in (
            ("commands", ("tryst", "li"), {"lists"}),
            ("options", ("tryst", "hunt", "--wat"), {"--watchlist"}),
            ("words of an option", ("tryst", "hunt", "--color", "a"), {"auto", "always"}),
            ("words behind =", ("tryst", "hunt", "--color", "=", "n"), {"never"}),
            ("words of a table", ("tryst", "hunt", "--list-format", "mik"), {"mikrotik"}),
            ("words of a command", ("tryst", "lists", "me"), {"merge"}),
            ("files with blanks", ("tryst", "hunt", "-w", "a"), {"a file.txt"}),
            ("nothing for a number", ("tryst", "hunt", "--jobs", ""), set())):
        got = offered(folder, *words)
        check(f"bash: {name}", got == expected, got)


def test_help(names):
    for name in names:
        check(f"{name}: the help has examples", f"Examples:\n  tryst {name}" in
              run(name, "-h").stdout or "\nExamples:\n" in run(name, "-h").stdout)


def test_width(names):
    """What is written for 100 columns fits narrower terminals, and says the same."""
    for words in [[name, "--help"] for name in names] + [["help"], ["simulate", "--knobs"]]:
        whole = run(*words).stdout
        for width in 60, 80, 200:
            text = run(*words, COLUMNS=str(width)).stdout
            wide = [line for line in text.split("\n") if len(line) > width]
            check(f"{' '.join(words)}: {width} columns", not wide and
                  text.split() == whole.split() and (width < 200 or text == whole) and
                  text.count("\n\n") == whole.count("\n\n"), wide)
    said = on_terminal(60, TRYST, "flows", "/nonexistent", "/nonexistent")
    check("the summary is broken where the terminal ends", "\n  input named" in said and
          max(map(len, said.split("\n"))) <= 60, said)


def on_terminal(width, *argv):
    """What a program writes to a terminal so wide."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=its, stderr=its) as p:
        os.close(its)
        text = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # nobody has it open any more
                more = b""
            if not more:
                break
            text += more
        p.wait()
    os.close(ours)
    return text.decode().replace("\r\n", "\n")


def main():
    names = commands()
    with tempfile.TemporaryDirectory() as folder:
        test_pages(folder, names)
        test_shells(folder, names)
        test_bash(folder)
    test_help(names)
    test_width(names)
    finish()


main()
