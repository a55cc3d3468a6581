# SPDX-License-Identifier: Apache-2.0
"""Wrong input: one clear line, the documented exit code, no good record lost."""
import gzip
import os
import shutil
import tempfile

from case import CORPUS, check, expect, finish, run, skip

LIST = "93.184.216.34\n"
TEXT = "start,src,dst\n2003-08-22T19:00:00Z,93.184.216.34,198.51.100.7\n"


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def lines(result):
    """What was said before the totals."""
    return [line for line in result.stderr.splitlines() if not line.startswith("tryst: read ")]


def test_inputs(folder):
    good = write(f"{folder}/good.csv", TEXT)
    hosts = write(f"{folder}/list", LIST)
    os.mkdir(f"{folder}/empty")
    os.mkdir(f"{folder}/notes")
    write(f"{folder}/notes/README", "nothing to see here\n")
    for command in (["flows"], ["top", "src"], ["hunt", "-w", hosts]):
        name = command[0]
        r = run(*command, f"{folder}/none.csv")
        expect(f"{name}: missing file", r, 4, err="none.csv: No such file or directory")
        check(f"{name}: missing file: one line", len(lines(r)) == 1, r.stderr)
        expect(f"{name}: missing file beside a good one",
               run(*command, good, f"{folder}/none.csv"), 3, err="read 1 flow")
        r = run(*command, f"{folder}/empty")
        expect(f"{name}: empty directory", r, 4, err="a directory without files")
        r = run(*command, f"{folder}/notes")
        expect(f"{name}: directory without flows", r, 4, err="no flow log found, only 1 file")
        check(f"{name}: directory without flows: one line", len(lines(r)) == 1, r.stderr)
        r = run(*command, f"{folder}/notes/README")
        expect(f"{name}: text that is no table", r, 4, err="README: ")
        check(f"{name}: text that is no table: one line", len(lines(r)) == 1, r.stderr)
        expect(f"{name}: empty file", run(*command, "/dev/null"), 4, err="/dev/null: ")
        r = run(*command, f"{folder}/none.csv", "-o", "csv" if name != "hunt" else "text")
        check(f"{name}: missing file: no heading", r.stdout == "", r.stdout)
        r = run(*command, "nofile")
        expect(f"{name}: neither file nor filter", r, 2,
               err="tryst: 'nofile' is no file, and no filter either: unexpected")
        r = run(*command, "--format", "nfdump", good)
        expect(f"{name}: no nfdump file", r, 4, err='no nfdump file: begins with "star"')
        expect(f"{name}: unknown format", run(*command, "--format", "qqqq", good), 2,
               err="no format 'qqqq', there are nfdump, silk, ")
        expect(f"{name}: unknown list format",
               run(*command, "-w", hosts, "--list-format", "qqqq", good), 2,
               err="no list format 'qqqq', there are ")
        expect(f"{name}: filter with a mistake", run(*command, good, "port port"), 2, err="^")


def test_lists(folder):
    good = write(f"{folder}/flows.csv", TEXT)
    hosts = write(f"{folder}/hosts", LIST)
    empty = write(f"{folder}/nothing", "# only words\n")
    mixed = write(f"{folder}/mixed", LIST + "no address here\n")
    expect("hunt: no list", run("hunt", good), 2, err="no watchlist")
    expect("hunt: missing list", run("hunt", "-w", f"{folder}/none", good), 4, err="none: ")
    r = run("hunt", "-w", empty, good)
    expect("hunt: empty list", r, 4, err="nothing: ")
    check("hunt: empty list: one line", len(lines(r)) == 1, r.stderr)
    expect("hunt: rejected line", run("hunt", "-w", mixed, good), 3, err="mixed:2: rejected")
    expect("lists check: good", run("lists", "check", hosts), 0, out="1 indicator")
    expect("lists check: rejected line", run("lists", "check", mixed), 3, out="mixed:2: rejected")
    expect("lists check: one of two", run("lists", "check", hosts, empty), 3, err="nothing: ")
    expect("lists check: none", run("lists", "check", empty), 4, err="nothing: ")
    expect("lists: no verb", run("lists", hosts), 2, err="there are check, merge")
    expect("lists check: no list", run("lists", "check"), 2, err="no list")
    expect("hunt: bad home", run("hunt", "-w", hosts, "--home", "here", good), 2, err="--home: ")
    expect("hunt: dead, and nobody has a label",
           run("hunt", "-w", hosts, "--dead", "2003-08-22 nobody", good), 2,
           err="no address, prefix or label 'nobody'\n")
    for command in (["series"], ["import", "-o", f"{folder}/store"]):
        expect(f"{command[0]}: --strict", run(*command, "-w", mixed, "--strict", good), 4,
               err="--strict")
    expect("meet: --strict", run("meet", "--known", mixed, "--strict", good), 4, err="--strict")
    expect("hunt: bad event", run("hunt", "-w", hosts, "--event", "now", good), 2, err="--event: ")
    expect("hunt: event", run("hunt", "-w", hosts, "--event", "2003-08-22 19:00 null route", good),
           0, out="null route")
    expect("hunt: unwritable case",
           run("hunt", "-w", hosts, "--save", f"{folder}/{'x' * 300}", good), 4,
           out="1 of 1 listed host", err="xxx")
    expect("hunt: saves", run("hunt", "-w", hosts, "--save", f"{folder}/case.json", good), 0)
    os.symlink("case.json", f"{folder}/link")
    expect("hunt: saves through a link", run("hunt", "-w", hosts, "--save", f"{folder}/link", good,
                                             "port 1"), 0)
    check("hunt: the link stays", os.path.islink(f"{folder}/link") and
          '"sightings": []' in open(f"{folder}/case.json", encoding="utf-8").read())
    os.mkfifo(f"{folder}/pipe")
    reader = os.open(f"{folder}/pipe", os.O_RDONLY | os.O_NONBLOCK)
    expect("hunt: saves into a pipe", run("hunt", "-w", hosts, "--save", f"{folder}/pipe", good), 0)
    check("hunt: the pipe stays", os.read(reader, 20).startswith(b"{") and
          not os.path.isfile(f"{folder}/pipe"))
    os.close(reader)
    check("hunt: nothing left behind", not [n for n in os.listdir(folder) if "case.json." in n])


def test_nfdump(folder):
    source = f"{CORPUS}/nfdump-made/slips-test1.v171.lz4"
    if not os.path.exists(source):
        skip("nfdump files", "no corpus")
        return
    with open(source, "rb") as f:
        data = bytearray(f.read())
    cut = f"{folder}/cut"
    with open(cut, "wb") as f:
        f.write(data[:len(data) * 2 // 3])
    r = run("flows", "-o", "csv:src", cut)
    expect("truncated nfdump file", r, 3, err="cut: ")
    flipped = f"{folder}/flipped"
    shutil.copy(source, flipped)
    at = len(data) // 2
    data[at:at + 64] = bytes(64)
    with open(flipped, "wb") as f:
        f.write(data)
    expect("damaged nfdump block", run("flows", "-o", "csv:src", flipped), 3, err="flipped: ")
    r = run("flows", "-o", "csv:src", source, flipped)
    check("damaged beside whole: nothing of the whole is lost",
          r.returncode == 3 and len(r.stdout.splitlines()) > 4593, r.stderr)


def test_packed(folder):
    """nfdump files are read from an unpacked copy when they are compressed."""
    source = f"{CORPUS}/nfdump-made/slips-test1.v171.none"
    if not os.path.exists(source):
        skip("compressed nfdump files", "no corpus")
        return
    with open(source, "rb") as f:
        data = f.read()
    packed = gzip.compress(data)
    cut = f"{folder}/cut.gz"
    with open(cut, "wb") as f:
        f.write(packed[:len(packed) * 2 // 3])
    r = run("flows", "-o", "csv:src", cut)
    expect("compressed nfdump file, cut short", r, 3, err="cut.gz: ")
    check("compressed nfdump file, cut short: what is there is read",
          len(r.stdout.splitlines()) > 2000, r.stderr)
    much = f"{folder}/much.gz"
    with open(much, "wb") as f:
        f.write(gzip.compress(data + bytes(40 << 20)))
    r = run("flows", "-v", "-o", "csv:src", much)
    expect("a small file that unpacks to very much", r, 3, err="which no flow log does")
    check("a small file that unpacks to very much: what is there is read",
          len(r.stdout.splitlines()) == 4594, r.stderr)


def test_bomb(folder):
    """So are SiLK's: no reader that goes to and fro fills the disk."""
    source = f"{CORPUS}/silk-files/FT_RWGENERIC_DOF_c1.rw"
    if not os.path.exists(source):
        skip("compressed SiLK files", "no corpus")
        return
    with open(source, "rb") as f:
        data = f.read()
    much = f"{folder}/much.rw.gz"
    with open(much, "wb") as f:
        f.write(gzip.compress(data + bytes(64 << 20)))
    r = run("flows", "-v", "-o", "csv:src", much)
    expect("a small SiLK file that unpacks to very much", r, 3, err="which no flow log does")
    check("a small SiLK file that unpacks to very much: what is there is read",
          r.stdout == run("flows", "-q", "-o", "csv:src", source).stdout, r.stderr)


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_inputs(folder)
        test_lists(folder)
        test_nfdump(folder)
        test_packed(folder)
        test_bomb(folder)
    finish()


main()
