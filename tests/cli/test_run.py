# SPDX-License-Identifier: Apache-2.0
"""Signals, progress and terminals."""
import fcntl
import gzip
import json
import os
import pty
import re
import signal
import struct
import subprocess
import tempfile
import termios
import time

from case import TRYST, check, finish

HEADER = "start,src,src_port,dst,dst_port,proto,packets,bytes\n"
ROW = "2003-08-22T19:09:54Z,93.184.216.34,1024,198.51.100.7,80,6,10,1500000\n"


def long_input(folder):
    """Some seconds of work in small files: gzip members of the same rows, over and over."""
    member = gzip.compress((ROW * 20000).encode())
    os.mkdir(folder)
    for i in range(12):
        with open(f"{folder}/{i:02}.csv.gz", "wb") as f:
            f.write(gzip.compress(HEADER.encode()))
            for _ in range(25):
                f.write(member)


def start(*words, **streams):
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    environment["TERM"] = "xterm"
    # A test runner in the background has us ignore SIGINT.
    return subprocess.Popen([TRYST, *words], env=environment, **streams,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def ended_by(number, words, output):
    """
    Asks for status until something was found, sends the signal, and returns the exit code and
    standard error.
    """
    with open(output, "wb") as out:
        p = start(*words, stdout=out, stderr=subprocess.PIPE, text=True)
        err = ""
        while not re.search(r"hits [1-9]", err) and p.poll() is None:
            time.sleep(0.2)
            p.send_signal(signal.SIGUSR1)
            err += p.stderr.readline()
        while words[0] == "flows" and os.path.getsize(output) < 100 and p.poll() is None:
            time.sleep(0.05)
        p.send_signal(number)
        err += p.communicate(timeout=300)[1]
    return p.returncode, err


def test_signals(folder, flows):
    hosts = f"{folder}/list"
    with open(hosts, "w", encoding="utf-8") as f:
        f.write("93.184.216.34\n")
    out = f"{folder}/out"
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        got, err = ended_by(number, ["top", "src", flows, "-o", "json"], out)
        check(f"{number.name}: exit {code}", got == code, got, err)
        check(f"{number.name}: says so", "stopped early" in err, err)
        with open(out, encoding="utf-8") as f:
            last = json.loads(f.read().splitlines()[-1])
        check(f"{number.name}: the result so far", last["type"] == "total" and last["flows"] > 0)
    got, err = ended_by(signal.SIGINT, ["hunt", "-w", hosts, "-o", "json", flows, "port 1024"], out)
    with open(out, encoding="utf-8") as f:
        check("SIGINT: the case is not complete", got == 130 and
              json.load(f)["complete"] is False, got, err)
    check("SIGUSR1: a line of status",
          re.search(r"B/.*B  .* flows/s  hits [1-9]", err), err)
    got, err = ended_by(signal.SIGINT, ["flows", "-o", "csv:bytes,record_no", flows], out)
    with open(out, encoding="utf-8") as f:
        lines = f.read().splitlines()
    whole = all(line == f"1500000,{(i - 1) % 500000 + 1}" for i, line in enumerate(lines) if i)
    check("SIGINT: rows are a beginning of the whole", got == 130 and len(lines) > 1 and whole,
          got, err, lines[-1])


def test_waiting(folder):
    """Ctrl-C while a pipe has nothing to say: what it said is the result."""
    hosts = f"{folder}/waiting"
    with open(hosts, "w", encoding="utf-8") as f:
        f.write("93.184.216.34\n")
    os.mkfifo(f"{folder}/fifo")
    for name in ("-", f"{folder}/fifo"):
        p = start("hunt", "-w", hosts, "-o", "json", name, stdin=subprocess.PIPE,
                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open(name, "wb") if name != "-" else p.stdin as pipe:
            pipe.write(b"start,src,dst\n2003-08-22T19:00:00Z,93.184.216.34,198.51.100.7\n")
            pipe.flush()
            time.sleep(0.5)
            p.send_signal(signal.SIGINT)
            code = p.wait(20)
        case = json.loads(p.stdout.read())
        check(f"SIGINT: ends the wait for {os.path.basename(name)}", code == 130 and
              case["complete"] is False and len(case["sightings"]) == 1, code, case)
        p.stdout.close()
        p.stderr.close()


def test_pipe(flows):
    p = start("flows", "-o", "csv", flows, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdout.readline()
    p.stdout.close()
    err = p.stderr.read()
    p.stderr.close()
    check("a reader that goes away: a quiet end", p.wait() == -signal.SIGPIPE and not err, err)


def read_all(master):
    data = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            return data.decode()
        if not piece:
            return data.decode()
        data += piece


def on_terminal(words, columns, both=False, seconds=None):
    """
    What a terminal of that width sees of the output, or of both outputs; the run is interrupted
    after so many seconds.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    p = start(*words, stdin=slave, stdout=slave, stderr=slave if both else subprocess.DEVNULL)
    os.close(slave)
    if seconds:
        time.sleep(seconds)
        p.send_signal(signal.SIGINT)
    text = read_all(master)
    p.wait(timeout=120)
    os.close(master)
    return text


def test_terminal(folder, flows):
    small = f"{folder}/small.csv"
    with open(small, "w", encoding="utf-8") as f:
        f.write(HEADER + ROW)
    for columns in (80, 91, 92, 100, 101, 109, 110, 157, 158, 200):
        lines = [re.sub("\033[^m]*m", "", line)
                 for line in on_terminal(["flows", small], columns).splitlines()]
        check(f"{columns} columns: fits", len(lines) == 2 and max(map(len, lines)) <= columns,
              *lines)
    check("terminal: numbers are scaled", "1.50 M" in on_terminal(["flows", small], 120))
    check("terminal: -N is plain", "1500000" in on_terminal(["flows", "-N", small], 120))
    check("terminal: csv is plain", ",1500000," in on_terminal(["flows", "-o", "csv", small], 120))
    check("terminal: top is scaled", "1.50 M" in on_terminal(["top", "src", small], 120))
    check("terminal: a bold heading", "\033[1m" in on_terminal(["flows", small], 120))
    check("terminal: --color=never",
          "\033" not in on_terminal(["flows", "--color=never", small], 120))
    text = on_terminal(["top", "-j1", "src", flows], 120, both=True, seconds=3)
    check("progress on a terminal", "\r" in text and " flows/s  hits " in text, text[-300:])
    check("progress is wiped", "\r\033[K" in text, text[-300:])
    text = on_terminal(["top", "-q", "src", small], 120, both=True)
    check("-q: no progress", "flows/s" not in text, text)


def main():
    with tempfile.TemporaryDirectory() as folder:
        flows = f"{folder}/long"
        long_input(flows)
        test_signals(folder, flows)
        test_waiting(folder)
        test_pipe(flows)
        test_terminal(folder, flows)
    finish()


main()
