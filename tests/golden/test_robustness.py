#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""830 small captures made to break dissectors: no crash, no report of a sanitizer, nothing that
takes longer than 2 s or more than 100 MB, with the sanitizers' own time and memory where they are
in the program."""
import os
import resource
import subprocess
import sys
import tempfile
import time

from case import CORPUS, TRYST, check, finish

ARCHIVE = os.path.join(CORPUS, "robustness/tcpdump-tests-pcaps.tar.zst")
SECONDS_MAX = 2
MEMORY_MAX = 100 << 20
EXITS = (0, 3, 4)  # read, partly damaged, not readable


def captures(root):
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            yield os.path.join(folder, name)


def read(path, *words):
    begun = time.monotonic()
    done = subprocess.run([TRYST, "flows", path, "-q", "-o", "csv", *words], text=True,
                          errors="replace", capture_output=True, check=False, timeout=60)
    return done, time.monotonic() - begun


def check_all(root, words):
    crashed, slow, count = [], [], 0
    for path in captures(root):
        done, seconds = read(path, *words)
        count += 1
        if done.returncode not in EXITS or "runtime error" in done.stderr:
            crashed.append(f"{os.path.basename(path)}: exit {done.returncode}: {done.stderr}")
        # Other work on the machine may hold one run up, hardly two.
        if seconds > SECONDS_MAX and read(path, *words)[1] > SECONDS_MAX:
            slow.append(f"{os.path.basename(path)}: {seconds:.1f} s")
    name = " ".join(words)
    check(f"{name}: {count} captures, none crashes", not crashed and count > 800, *crashed)
    check(f"{name}: none takes more than {SECONDS_MAX} s", not slow, *slow)


def main():
    if not os.path.exists(ARCHIVE):
        print("1..0 # SKIP no corpus: set TRYST_CORPUS")
        return
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["tar", "--zstd", "-xf", ARCHIVE, "-C", root], check=True)
        for words in (["--format", "pcap-flows", "--inner"], ["--format", "pcap-export"]):
            check_all(root, words)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    check(f"none takes more than {MEMORY_MAX >> 20} MB", used <= MEMORY_MAX, used)
    finish()


if __name__ == "__main__":
    sys.exit(main())
