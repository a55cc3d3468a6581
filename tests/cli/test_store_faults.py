# SPDX-License-Identifier: Apache-2.0
"""What befalls stores: damage anywhere, a full disk, a kill, two writers, newer versions."""
import fcntl
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from case import TRYST, check, expect, finish, run

FOOT, SECTIONS_AT, SECTIONS = 512, 80, 8
NAMES = ["values", "addresses", "dictionary", "postings", "sample", "directory of the sample",
         "directory", "provenance"]


def make_log(path, count, seed=1):
    r = random.Random(seed)
    with open(path, "w", encoding="ascii") as f:
        f.write("start,end,src,dst,src_port,dst_port,proto,packets,bytes\n")
        for n in range(count):
            start = 1061579000 + n // 100
            f.write(f"{start},{start + r.randrange(60)},192.0.2.{r.randrange(250)},"
                    f"198.51.{r.randrange(200)}.{r.randrange(250)},{r.randrange(65536)},"
                    f"{r.choice([53, 80, 443])},6,{r.randrange(1, 99)},{r.randrange(40, 99999)}\n")


def segments(store):
    return sorted(f for f in os.listdir(store) if not f.startswith("."))


def sections(data):
    foot = data[-FOOT:]
    for i, name in enumerate(NAMES):
        at, size = struct.unpack_from("<QQ", foot, SECTIONS_AT + 16 * i)
        yield name, at, size


def only_segment(folder, name, count=30000):
    log, store = f"{folder}/{name}.csv", f"{folder}/{name}"
    make_log(log, count)
    expect(f"import of {count} flows", run("import", "-q", "-o", store, log), 0)
    return log, store, f"{store}/{segments(store)[0]}"


def flows_read(result):
    return int(result.stderr.rsplit("read ", 1)[1].split(" flow")[0].replace(",", ""))


def test_bits(folder):
    """A flipped bit in every region is found, named by region, and costs at most its block."""
    log, store, path = only_segment(folder, "bits")
    with open(path, "rb") as f:
        data = f.read()
    whole = run("flows", "-q", "-o", "csv", log, "host 192.0.2.7").stdout
    r = random.Random(3)
    # Blocks are named as such, whichever section they stand in.
    said = {"values": "block ", "addresses": "block ", "sample": "sample block "}
    for name, at, size in sections(data):
        for _ in range(6):
            place = at + r.randrange(size)
            bad = bytearray(data)
            bad[place] ^= 1 << r.randrange(8)
            with open(path, "wb") as f:
                f.write(bad)
            done = run("store", "verify", path)
            check(f"{name}: bit at {place - at} of {size} is found",
                  done.returncode == 3 and said.get(name, name) in done.stderr, done.stderr)
            done = run("flows", "-o", "csv", store)
            lost = 30000 - flows_read(done)
            # A page of the directory names 256 blocks: all of this segment.
            most = 30000 if name == "directory" else 2048
            check("  it costs no more than it must", lost <= most, lost, done.stderr)
            # Lost flows are told; what the index cannot say is read in full.
            check("  and nothing in silence", lost == 0 or done.returncode == 3, done.stderr)
            hunted = run("flows", "-q", "-o", "csv:src,dst,start,bytes", store, "host 192.0.2.7")
            if name in ("dictionary", "postings", "sample", "directory of the sample"):
                check("  a damaged index is told, or was not needed",
                      hunted.stdout.count("\n") == whole.count("\n") or hunted.returncode == 3,
                      hunted.stdout.count("\n"), whole.count("\n"), hunted.stderr)
    for place in (3, 9, 13, len(data) - 4, len(data) - 300, len(data) - FOOT + 20):
        bad = bytearray(data)
        bad[place] ^= 4
        with open(path, "wb") as f:
            f.write(bad)
        done = run("store", "verify", path)
        check(f"head or foot: bit at {place} is found", done.returncode == 3, done.stderr)
        done = run("flows", store)
        check("  and refused", done.returncode == 4, done.stderr)
    for keep in (0, 7, 100, FOOT + 16, len(data) // 2, len(data) - 1):
        with open(path, "wb") as f:
            f.write(data[:keep])
        expect(f"cut to {keep} bytes: refused", run("flows", store), 4)
        expect("  and found", run("store", "verify", path), 3)


def test_why(folder):
    """--explain says why the index of a segment is not used, and what is wrong with it."""
    _, store, path = only_segment(folder, "why", 100)
    listed = f"{folder}/listed.txt"
    with open(listed, "w", encoding="ascii") as f:
        f.write("192.0.2.7\n")
    for words, why in (((), "no certain address is asked for"),
                       (("bytes > 1000 or host 192.0.2.7",), "no certain address is asked for"),
                       (("--no-index", "host 192.0.2.7"), "--no-index"),
                       (("host 203.0.113.1",), "no flow of it has an address that is wanted")):
        expect(f"{words}", run("flows", "--explain", store, *words), 0, out=why)
    with open(path, "rb") as f:
        data = f.read()
    places = {name: at for name, at, size in sections(data)}
    for name, words, why in (
            ("postings", ("flows", "host 192.0.2.7"), "its index is damaged: postings"),
            ("dictionary", ("flows", "host 192.0.2.7"), "its index is damaged: dictionary"),
            ("dictionary", ("flows", "bytes > 9"), "no certain address is asked for"),
            ("directory of the sample", ("hunt", "-w", listed), "its index is damaged: the sam")):
        bad = bytearray(data)
        bad[places[name]] ^= 1
        with open(path, "wb") as f:
            f.write(bad)
        expect(f"damaged {name}: {words}", run(words[0], "--explain", store, *words[1:]), 0,
               out=why)
    bad = bytearray(data)
    bad[places["sample"] + 9] ^= 1
    with open(path, "wb") as f:
        f.write(bad)
    expect("a damaged sample", run("hunt", "-w", listed, store), 3,
           err="no flow of the listed is lost, but ")
    done = run("hunt", "-w", listed, "--no-index", store)
    expect("is not needed without the index", done, 0)


def test_version(folder):
    _, store, path = only_segment(folder, "version", 100)
    with open(path, "rb") as f:
        data = bytearray(f.read())
    struct.pack_into("<I", data, 8, 2)
    with open(path, "wb") as f:
        f.write(data)
    # The head has a checksum: a version of its own is written by who knows it.
    expect("a head that was changed", run("flows", store), 4, err="damaged")


def test_two_writers(folder):
    log, store, _ = only_segment(folder, "two", 100)
    with open(f"{store}/.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        expect("a second writer is refused", run("import", "-o", store, log), 75,
               err="another process is writing")
        expect("also compaction", run("store", "compact", store), 75)
        expect("readers are not", run("flows", "-q", store), 0)
    expect("and when it is gone, not", run("import", "-q", "-o", store, log), 0)
    check("one more segment", len(segments(store)) == 2)


def test_kill(folder):
    log, store, _ = only_segment(folder, "kill", 1000)
    big = f"{folder}/big.csv"
    make_log(big, 400000)
    before = segments(store)
    for delay in (0.02, 0.1, 0.2, 0.3):
        child = subprocess.Popen([TRYST, "import", "-q", "-o", store, big])
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
        now = segments(store)
        check(f"killed after {delay} s: nothing half visible",
              len(now) - len(before) in (0, 1) and run("store", "verify", store).returncode == 0,
              before, now)
        before = now
    expect("the next import cleans up", run("import", "-q", "-o", store, log), 0)
    check("nothing is left over", sorted(os.listdir(store)) == [".lock", *segments(store)],
          os.listdir(store))


def test_journal(folder):
    """A commit that was cut short is finished by the next writer."""
    log, store, path = only_segment(folder, "journal", 1000)
    name = os.path.basename(path)
    os.rename(path, f"{store}/.000001.tmp")
    with open(f"{store}/.commit", "w", encoding="ascii") as f:
        f.write(f"rename .000001.tmp {name}\n")
    expect("an import after it", run("import", "-o", store, log), 0, err="finished or removed")
    check("both are there", name in segments(store) and len(segments(store)) == 2)
    with open(f"{store}/.commit", "w", encoding="ascii") as f:
        f.write("remove ../journal.csv\n")
    expect("a journal that leads elsewhere is refused", run("import", "-o", store, log), 4,
           err="not a line of a journal")
    check("and what it names stays", os.path.exists(log))
    outside = f"{folder}/outside.tryst"
    shutil.copy(f"{store}/{name}", outside)
    with open(f"{store}/.commit", "w", encoding="ascii") as f:
        f.write("remove ../outside.tryst\n")
    expect("also to a segment", run("import", "-o", store, log), 4, err="not a line of a journal")
    check("which stays", os.path.exists(outside))
    with open(f"{store}/.commit", "w", encoding="ascii") as f:
        f.write(f"rename .000009.tmp 20030822T000000Z-000009.tryst\nremove {name}\n")
    expect("what replaces it is lost", run("import", "-o", store, log), 4,
           err="is there: nothing removed")
    check("it stays", name in segments(store))


def seen(store):
    """The flows that three kinds of readers see."""
    done = run("flows", "-q", "-o", "csv:start", store)
    checked = run("store", "verify", store)
    return (done.stdout.count("\n") - 1, run("store", "ls", store).stdout.count(".tryst"),
            checked.returncode, "".join(c for c in checked.stderr.split("flow")[0].split(",", 1)[1]
                                        if c.isdigit()))


def journal(store, *lines):
    with open(f"{store}/.commit", "w", encoding="ascii") as f:
        f.write("".join(line + "\n" for line in lines))


def test_half_a_commit(folder):
    """Readers see what was before a commit that was cut short, or what is after it."""
    store = f"{folder}/half"
    for n, count in enumerate((100, 200)):
        make_log(f"{folder}/half{n}.csv", count, n)
        run("import", "-q", "-o", store, f"{folder}/half{n}.csv")
    one, two = segments(store)
    # What a compaction makes: one of both.
    make_log(f"{folder}/joined.csv", 300, 5)
    run("import", "-q", "-o", f"{folder}/other", f"{folder}/joined.csv")
    new = "20030822T190000Z-000003.tryst"
    shutil.copy(f"{folder}/other/{segments(f'{folder}/other')[0]}", f"{store}/.000003.tmp")
    lines = [f"rename .000003.tmp {new}", f"remove {one}", f"remove {two}"]
    check("no commit", seen(store) == (300, 2, 0, "300"), seen(store))
    journal(store, *lines)
    check("nothing done: what was there before", seen(store) == (300, 2, 0, "300"), seen(store))
    os.rename(f"{store}/.000003.tmp", f"{store}/{new}")
    check("renamed: what is there after it", seen(store) == (300, 1, 0, "300"), seen(store))
    done = run("flows", "-q", "-o", "csv:start", f"{store}/{one}", f"{store}/{new}")
    check("what is named by hand is read", done.stdout.count("\n") == 401, done.stderr)
    os.unlink(f"{store}/{one}")
    check("removed in part", seen(store) == (300, 1, 0, "300"), seen(store))
    check("readers change nothing",
          sorted(os.listdir(store)) == sorted([".commit", ".lock", two, new]))
    expect("the next writer ends it", run("import", "-q", "-o", store, f"{folder}/half0.csv"), 0)
    check("and all is there", seen(store) == (400, 2, 0, "400"), seen(store))
    # An import of two segments.
    before = segments(store)
    shutil.copy(f"{store}/{new}", f"{store}/.000008.tmp")
    shutil.copy(f"{store}/{new}", f"{store}/20030822T190000Z-000007.tryst")
    journal(store, "rename .000007.tmp 20030822T190000Z-000007.tryst",
            "rename .000008.tmp 20030822T190000Z-000008.tryst")
    check("half an import is nothing", seen(store) == (400, 2, 0, "400"), seen(store))
    os.rename(f"{store}/.000008.tmp", f"{store}/20030822T190000Z-000008.tryst")
    check("all of it is all", seen(store) == (1000, 4, 0, "1000"), seen(store))
    journal(store, *(f"remove {name}" for name in before))
    check("an expiry is done at once", seen(store) == (600, 2, 0, "600"), seen(store))
    journal(store, "remove what")
    done = run("flows", "-o", "csv:start", store)
    expect("no journal", done, 0, err=".commit: not a line of a journal")
    check("all is read as it stands", done.stdout.count("\n") == 1001, done.stderr)
    expect("store ls says it", run("store", "ls", store), 4, err="not a line of a journal")
    os.unlink(f"{store}/.commit")
    os.mkfifo(f"{store}/.commit")
    expect("a pipe is not waited for", run("flows", store), 0, err=".commit: is no file")
    os.unlink(f"{store}/.commit")
    pipe = f"{store}/20030823T000000Z-000099.tryst"
    os.mkfifo(pipe)
    expect("nor in place of a segment", run("store", "verify", store), 3, err=pipe)
    expect("nor by ls", run("store", "ls", store), 3, err=pipe)
    os.unlink(pipe)
    new_store = f"{folder}/first"
    os.mkdir(new_store)
    shutil.copy(f"{store}/{new}", f"{new_store}/{new}")
    journal(new_store, f"rename .000003.tmp {new}", "rename .000004.tmp 20030823T0-000004.tryst")
    expect("half of the first import", run("flows", new_store), 4)


def test_readers_beside_writers(folder):
    """Compactions and imports, some of them killed, while others read: never half."""
    store, child = f"{folder}/busy", None
    make_log(f"{folder}/busy.csv", 500)
    run("import", "-q", "-o", store, f"{folder}/busy.csv")
    script = ('while :; do "$0" import -q -o "$1" "$2"; "$0" store compact -q "$1"; done')
    child = subprocess.Popen(["sh", "-c", script, TRYST, store, f"{folder}/busy.csv"],
                             stderr=subprocess.DEVNULL, start_new_session=True)
    counts, bad, gone, end = [], [], 0, time.monotonic() + 4
    while time.monotonic() < end:
        done = run("flows", "-o", "csv:start", store)
        rows = done.stdout.count("\n") - 1
        # A segment that went after the run had begun is told.
        gone += done.returncode != 0
        if done.returncode and (done.returncode not in (3, 4) or "No such file" not in done.stderr):
            bad.append(done.stderr)
        if done.returncode == 0:
            counts.append(rows)
        if len(counts) % 10 == 9:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            child = subprocess.Popen(["sh", "-c", script, TRYST, store, f"{folder}/busy.csv"],
                                     stderr=subprocess.DEVNULL, start_new_session=True)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    check("readers beside writers see whole imports", counts and
          all(c % 500 == 0 for c in counts) and counts == sorted(counts), counts)
    check("and nothing else", not bad, bad)
    check("mostly all of it", gone < len(counts), gone, len(counts))
    before = seen(store)
    # Who was killed may hold the lock for a moment yet.
    subprocess.run(["flock", f"{store}/.lock", "true"], check=True, timeout=60)
    expect("after all that", run("store", "compact", "-q", store), 0)
    # An import whose journal is there and nothing more is finished now.
    check("nothing was lost or came twice", seen(store)[0] - before[0] in (0, 500), before,
          seen(store))


def test_full_disk(folder):
    log, store, _ = only_segment(folder, "full", 1000)
    make_log(f"{folder}/more.csv", 60000)
    before = segments(store)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000))

    done = subprocess.run([TRYST, "import", "-o", store, f"{folder}/more.csv"], check=False,
                          capture_output=True, text=True, preexec_fn=limit)
    expect("no room: one clear line", done, 4, err="File too large")
    check("the store is as it was", segments(store) == before)
    check("nothing is left over", sorted(os.listdir(store)) == [".lock", *before],
          os.listdir(store))
    del log


def test_looking_after(folder):
    store = f"{folder}/care"
    logs = []
    for n in range(4):
        logs.append(f"{folder}/care{n}.csv")
        make_log(logs[-1], 3000, n)
        expect(f"import {n}", run("import", "-q", "-o", store, logs[-1]), 0)
    columns = "csv:start,end,src,dst,src_port,dst_port,packets,bytes"
    whole = run("flows", "-q", "-o", columns, *logs).stdout
    expect("ls", run("store", "ls", store), 0, out="3,000")
    expect("compact", run("store", "compact", store), 0, err="joined 4 segments into 1")
    check("one segment", len(segments(store)) == 1)
    check("the same flows", run("flows", "-q", "-o", columns, store).stdout == whole)
    expect("it is well", run("store", "verify", store), 0, err="0 damaged")
    expect("info names what it came from", run("store", "info", f"{store}/{segments(store)[0]}"), 0,
           out="care3.csv: csv, 3,000 flows read")
    expect("nothing more to do", run("store", "compact", store), 0, err="joined 0 segments")
    expect("what would expire", run("store", "expire", "--before", "2004-01-01", store), 0,
           out="12000 flows", err="would go")
    check("it is still there", len(segments(store)) == 1)
    expect("what does not", run("store", "expire", "--before", "2003-01-01", "--delete", store), 0)
    check("it is still there", len(segments(store)) == 1)
    expect("expire", run("store", "expire", "--max-size", "1K", "--delete", store), 0,
           err="deleted")
    check("it is gone", not segments(store))
    expect("expire what?", run("store", "expire", store), 2)
    expect("no store", run("store", "ls", f"{folder}/nowhere"), 4)
    expect("no verb", run("store", "verfy", store), 2, err="verify")
    expect("import where to?", run("import", logs[0]), 2, err="no store")


def test_no_store(folder):
    """A directory of something else stays as it is."""
    other = f"{folder}/other"
    os.mkdir(other)
    for verb in ("verify", "info", "ls", "compact", "expire"):
        keep = ["--keep", "1d", "--delete"] if verb == "expire" else []
        expect(f"{verb} of an empty directory", run("store", verb, *keep, other), 4,
               err=f"{other}: is no store (it has no segments)")
    check("nothing is in it", not os.listdir(other), os.listdir(other))
    make_log(f"{other}/a.csv", 100)
    expect("import into it", run("import", "-o", other, f"{other}/a.csv"), 2,
           err=f"{other}: is no store and not empty: name a new directory")
    check("only that is in it", os.listdir(other) == ["a.csv"], os.listdir(other))
    log, store, _ = only_segment(folder, "mixed", 100)
    shutil.copy(log, f"{store}/b.csv")
    expect("a store with something else", run("import", "-o", store, log), 2,
           err="has 'b.csv' beside its segments")
    expect("may be looked at", run("store", "verify", store), 0, err="1 segment, 100 flows")


def test_twice(folder):
    log, store, _ = only_segment(folder, "twice", 100)
    more = f"{folder}/more/twice2.csv"
    os.mkdir(f"{folder}/more")
    make_log(more, 100, 1)
    name = os.path.basename(log)
    done = run("import", "-q", "-o", store, log, more)
    expect("the same file again", done, 0,
           err=f"tryst: {name} is in {store} already: its flows count twice")
    check("only that", done.stderr.count("\n") == 1, done.stderr)
    run("store", "compact", "-q", store)
    expect("both, after compaction", run("import", "-o", store, log, more), 0,
           err=f"{name} and 1 more are in {store} already: their flows count twice")
    expect("in part", run("import", "-o", store, log, "packets > 1"), 0,
           err="its flows may count twice")


def test_itself(folder):
    """A store is not imported into itself, by whatever name."""
    _, store, path = only_segment(folder, "itself", 100)
    before = segments(store)
    os.mkdir(f"{folder}/names")
    os.link(path, f"{folder}/names/hard.tryst")
    os.symlink(path, f"{folder}/soft.tryst")
    os.symlink(store, f"{folder}/other")
    for words in ((store, store), (store, path), (store, f"{folder}/other"),
                  (f"{folder}/other", store), (store, f"{folder}/names"),
                  (store, f"{folder}/soft.tryst"), (store, folder)):
        expect(" into ".join(reversed(words)), run("import", "-o", *words), 2,
               err=" and a part of that store: its flows would count twice")
    check("it stays as it is", segments(store) == before and
          sorted(os.listdir(store)) == [".lock", *before], os.listdir(store))
    expect("into another one", run("import", "-q", "-o", f"{folder}/new", store), 0)


def test_nothing(folder):
    store = f"{folder}/nothing"
    expect("nothing to read", run("import", "-o", store, f"{folder}/not-there"), 4)
    check("no segment of it", not segments(store))
    shutil.rmtree(store)


def main():
    for test in (test_bits, test_why, test_version, test_two_writers, test_kill, test_journal,
                 test_half_a_commit, test_readers_beside_writers,
                 test_full_disk, test_looking_after, test_no_store, test_twice, test_itself,
                 test_nothing):
        with tempfile.TemporaryDirectory() as folder:
            test(folder)
    finish()


main()
