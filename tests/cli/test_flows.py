# SPDX-License-Identifier: Apache-2.0
"""tryst flows: formats, order, -n, the rule of inputs and filters."""
import json
import os
import tempfile

from case import check, expect, finish, run

ROWS = [
    "2003-08-22T19:09:54Z,192.0.2.1,1024,198.51.100.7,80,6,10,1500",
    "2003-08-22T19:09:55.250Z,2001:db8::1,53,2001:db8::2,40000,17,1,80",
    "2003-08-22T19:09:56Z,192.0.2.2,,198.51.100.7,,1,2,168",
]
HEADER = "start,src,src_port,dst,dst_port,proto,packets,bytes"


def table(path, rows):
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join([HEADER, *rows]) + "\n")


def test_formats(path):
    r = run("flows", "-o", "csv", path)
    lines = r.stdout.splitlines()
    check("csv: a header and a line a record", r.returncode == 0 and len(lines) == 4, r)
    names = lines[0].split(",")
    check("csv: every field once", len(names) == len(set(names)) and names[-1] == "record_no")
    first = dict(zip(names, lines[1].split(",")))
    check("csv: values", first["start"] == "2003-08-22T19:09:54.000Z" and first["bytes"] == "1500"
          and first["record_no"] == "1" and first["input_id"] == "0", first)
    third = dict(zip(names, lines[3].split(",")))
    check("csv: unknown is empty", third["src_port"] == "" and third["tos"] == "", third)
    r = run("flows", "-o", "csv:dst,bytes,start_ms,sa", path)
    check("csv: chosen fields", r.stdout.splitlines()[:2] ==
          ["dst,bytes,start_ms,src", "198.51.100.7,1500,1061579394000,192.0.2.1"], r.stdout)
    again = run("flows", "-o", "csv", "-", stdin=run("flows", "-o", "csv", path).stdout)
    check("csv: reads back to the same", again.stdout == run("flows", "-o", "csv", path).stdout,
          again.stdout, again.stderr)

    objects = [json.loads(line) for line in run("flows", "-o", "json", path).stdout.splitlines()]
    check("json: one object a line", len(objects) == 3)
    check("json: values", objects[1]["src"] == "2001:db8::1" and objects[1]["bytes"] == 80 and
          objects[1]["start"] == "2003-08-22T19:09:55.250Z" and objects[1]["record_no"] == 2,
          objects[1])
    check("json: unknown is absent", "src_port" not in objects[2] and "tos" not in objects[2])
    check("json: type and schema", all(o["type"] == "flow" and o["schema"] == 1 for o in objects))

    r = run("flows", "-q", "-o", "fmt:%ts|%sap>%dap|%5pkt|%td|%%", path)
    check("fmt", r.stdout.splitlines()[0] ==
          "2003-08-22 19:09:54.000|       192.0.2.1:1024>198.51.100.7:80      |   10|    0.000|%"
          or r.stdout.splitlines()[0] ==
          "2003-08-22 19:09:54.000|       192.0.2.1:1024>198.51.100.7:80      |   10|        -|%",
          r.stdout)
    check("fmt: IPv6 is whole", "[2001:db8::2]:40000" in r.stdout, r.stdout)
    r = run("flows", "-q", "-N", "-o", "fmt:%pr %sp", path)
    check("-N: protocols as numbers, unknown is a dash", r.stdout.split() ==
          ["6", "1024", "17", "53", "1", "-"], r.stdout)
    check("line: nfdump's ready-made", "-> 198.51.100.7:80" in
          run("flows", "-o", "line", path).stdout)
    check("fmt: a ready-made one within", "|192.0.2.1\n" in
          run("flows", "-o", "fmt:%line|%1sa", path).stdout)
    expect("fmt: no tag", run("flows", "-o", "fmt:hello", path), 2, err="no tag in 'hello'")
    expect("fmt: too wide", run("flows", "-o", "fmt:%65sa", path), 2, err="width of more than 64")
    expect("fmt: unknown tag", run("flows", "-o", "fmt:%sup", path), 2, err="did you mean sap?")
    expect("csv: unknown field", run("flows", "-o", "csv:dts", path), 2, err="did you mean dst?")
    expect("unknown format", run("flows", "-o", "cvs", path), 2, err="did you mean csv?")
    expect("fmt without text", run("flows", "-o", "fmt", path), 2, err="written fmt:TEXT")
    for width in ("80", "100", "120", "160"):
        lines = run("flows", path, "ipv4", COLUMNS=width).stdout.splitlines()
        check(f"table: fits {width}", len(lines) == 3 and max(map(len, lines)) <= int(width),
              *lines)
    check("table: no colours in a pipe", "\033" not in run("flows", path).stdout)
    check("table: colours when asked", "\033" in run("flows", "--color=always", path).stdout)
    check("table: NO_COLOR", "\033" not in run("flows", path, NO_COLOR="1",
                                               CLICOLOR_FORCE="1").stdout)


def test_order(folder):
    for name in ("b", "a", "c"):
        table(f"{folder}/{name}.csv",
              [f"2003-08-22T19:00:00Z,192.0.2.1,{i},198.51.100.7,80,6,1,{ord(name)}"
               for i in range(3000)])
    want = run("flows", "-o", "csv", "-j", 1, folder).stdout
    check("order: inputs by path, then records",
          [line.split(",")[13] for line in want.splitlines()[1::3000]] == ["97", "98", "99"])
    check("order: any number of threads", run("flows", "-o", "csv", "-j", 8, folder).stdout == want)
    check("order: any order of words", run("flows", "-o", "csv", f"{folder}/c.csv",
                                           f"{folder}/b.csv", f"{folder}/a.csv").stdout == want)
    for n in (1, 2999, 3000, 3001, 8999, 9000, 10000):
        got = run("flows", "-o", "csv", "-j", 4, "-n", n, folder)
        check(f"-n {n}", got.stdout.splitlines() == want.splitlines()[:n + 1] and
              got.returncode == 0, got.stderr)
    check("-n 0 is all", run("flows", "-o", "csv", "-n", 0, folder).stdout == want)


def test_words(path, folder):
    expect("filter is the last word", run("flows", "-o", "csv", path, "udp"), 0, err="1 matched")
    expect("options and words mix", run("flows", path, "-o", "csv", "udp", "-q"), 0, out=",17,")
    expect("-r and -R are inputs", run("flows", "-r", path, "-R", folder, "udp"), 0)
    expect("-- ends the options", run("flows", "--", path, "udp"), 0, err="1 matched")
    expect("a word that exists is an input", run("flows", path, folder), 0)
    expect("missing input with a slash", run("flows", path, "no/such"), 3,
           err="no/such: No such file")
    expect("missing input with a suffix", run("flows", "none.csv"), 4,
           err="none.csv: No such file")
    expect("filter of several words", run("flows", path, "xsrc", "ip", "192.0.2.1"), 2,
           err="quote a filter")
    expect("filter with a mistake", run("flows", path, "src prot 5"), 2, err="did you mean")
    expect("glob that the shell left alone", run("flows", f"{folder}/*.csv"), 0)
    expect("glob that matches nothing", run("flows", f"{folder}/*.none"), 4, err="no file matches")
    expect("no input", run("flows"), 2, err="no input")
    expect("--explain: the filter", run("flows", "--explain", "tcp or udp and port 53"), 0,
           out="filter: ")
    expect("-v: inputs and window", run("flows", "-v", "-t", "2003-08-22", path), 0,
           err="window: 2003-08-22T00:00:00.000Z to 2003-08-22T23:59:59.999Z")
    expect("-t is echoed", run("flows", "-t", "2003-08-22T19:09:55Z/", path), 0,
           err="2003-08-22T19:09:55.000Z to the end")
    check("-t selects", len(run("flows", "-q", "-t", "2003-08-22T19:09:55Z/", path)
                            .stdout.splitlines()) == 2)
    with open(f"{folder}/hosts", "w", encoding="utf-8") as f:
        f.write("192.0.2.2\n2001:db8::/64\n")
    r = run("flows", "-q", "-o", "csv:src", "-w", f"{folder}/hosts", path)
    check("-w selects", r.stdout.split() == ["src", "2001:db8::1", "192.0.2.2"], r.stdout)
    r = run("flows", "-q", "-o", "csv:src", "-w", f"{folder}/hosts", path, "src ip 192.0.2.0/24")
    check("-w and a filter: both", r.stdout.split() == ["src", "192.0.2.2"], r.stdout)
    expect("bad window", run("flows", "-t", "yesteryear", path), 2, err="--window")
    expect("bad zone", run("flows", "--tz", "Mars/Olympus", path), 2, err="--tz")
    expect("unknown reader", run("flows", "--format", "nfdumb", path), 2, err="did you mean nfdump")
    expect("bad number", run("flows", "-n", "ten", path), 2, err="--count: 'ten'")
    expect("bad size", run("flows", "--memory", "much", path), 2, err="--memory")
    expect("bad jobs", run("flows", "-j", "0", path), 2, err="--jobs")
    expect("--exit-code, found", run("flows", "--exit-code", path), 1)
    expect("--exit-code, nothing found", run("flows", "--exit-code", path, "port 1"), 0)
    check("-q: silent", run("flows", "-q", path).stderr == "")
    with open(f"{folder}/filter", "w", encoding="utf-8") as f:
        f.write("udp # DNS\nand port 53\n")
    expect("-f", run("flows", "-f", f"{folder}/filter", path), 0, err="1 matched")
    expect("-f: a word is then no filter", run("flows", "-f", f"{folder}/filter", path, "tcp"), 3,
           err="tcp: No such file")
    with open(f"{folder}/long", "w", encoding="utf-8") as f:
        f.write("ip in [" + " ".join(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"
                                     for n in range(0, 200000)) + "] or any")
    expect("-f: a filter of megabytes", run("flows", "-f", f"{folder}/long", path), 0)
    expect("-f: missing", run("flows", "-f", f"{folder}/none", path), 4, err="none: No such file")


def test_output(path):
    with open("/dev/full", "w", encoding="utf-8") as full:
        expect("disk full", run("flows", path, stdout=full), 4, err="No space left")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "flows.csv")
        table(path, ROWS)
        test_formats(path)
        os.mkdir(f"{folder}/order")
        test_order(f"{folder}/order")
        test_words(path, f"{folder}/order")
        test_output(path)
    finish()


main()
