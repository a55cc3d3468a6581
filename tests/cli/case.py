# SPDX-License-Identifier: Apache-2.0
"""What the command line tests share: running tryst, and one TAP line a check."""
import json
import os
import subprocess
import sys
import tempfile

TRYST = os.environ["TRYST"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.environ.get("TRYST_CORPUS", os.path.join(ROOT, "../shared/corpus"))

# For programs that are no part of this: Meson fills what malloc gives, which makes the large tables
# of nfpcapd resident, and pmacctd uses some of it unset: it hangs or exports nothing.
PEER_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}

count = 0
failed = 0


def run(*words, stdin=None, stdout=subprocess.PIPE, before=(), **env):
    """Runs tryst; stdin None is an empty file.  Returns what subprocess.run does, with text.

    `before` are words before its name.
    """
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    environment.update(env)
    return subprocess.run([*before, TRYST, *map(str, words)], input=stdin or "", text=True,
                          check=False, stdout=stdout, stderr=subprocess.PIPE, timeout=120,
                          env=environment)


# Before a program that shall be refused what permissions refuse, also where root runs the tests.
UNPRIVILEGED = [] if os.geteuid() else \
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def inputs_of(*paths):
    """What the case of a hunt for nobody says of its inputs, and the run."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as nobody:
        nobody.write("192.0.2.254\n")
        nobody.flush()
        done = run("hunt", "-q", "-w", nobody.name, "-o", "json", *paths)
    return json.loads(done.stdout)["inputs"], done


def check(name, ok, *shown):
    """Counts one case; what is shown helps when it fails."""
    global count, failed
    count += 1
    if not ok:
        failed += 1
        for item in shown:
            print("# " + str(item).replace("\n", "\n# "))
    print(f"{'ok' if ok else 'not ok'} {count} {name}")


def expect(name, result, code, out=None, err=None):
    """Exit code, and texts that standard output and standard error must have; "": nothing."""
    said = zip((out, err), (result.stdout, result.stderr))
    ok = result.returncode == code and all(
        want is None or (want in got if want else not got) for want, got in said)
    check(name, ok, f"exit {result.returncode}, expected {code}", result.stdout, result.stderr)


def skip(name, why):
    global count
    count += 1
    print(f"ok {count} {name} # SKIP {why}")


def finish():
    print(f"1..{count}")
    sys.exit(1 if failed else 0)
