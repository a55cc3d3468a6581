#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every reader over every file of the corpus (TRYST_CORPUS), the 830 odd captures of `robustness`
among them: no crash, at most 2 s and 100 MB a file.
"""
import os
import subprocess
import sys
import tempfile

from case import CORPUS, check, finish, skip


def replay(name, path):
    done = subprocess.run([os.environ["REPLAY"], "--limits", "readers", path], text=True,
                          capture_output=True, check=False)
    check(name, done.returncode == 0, done.stdout[-4000:], done.stderr[-4000:])


def main():
    if not os.path.isdir(CORPUS):
        print(f"1..0 # SKIP no corpus at {CORPUS}")
        return
    for name in sorted(os.listdir(CORPUS)):
        path = os.path.join(CORPUS, name)
        if os.path.isdir(path) and name != "robustness":
            replay(name, path)
    archive = os.path.join(CORPUS, "robustness", "tcpdump-tests-pcaps.tar.zst")
    if not os.path.exists(archive):
        skip("robustness", f"no {archive}")
        finish()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(f"zstd -dc '{archive}' | tar -xf - -C '{folder}'", shell=True, check=True)
        count = sum(len(names) for _, _, names in os.walk(folder))
        check("robustness: the archive is whole", count >= 830, count)
        replay("robustness", folder)
    finish()


if __name__ == "__main__":
    sys.exit(main())
