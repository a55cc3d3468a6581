# SPDX-License-Identifier: Apache-2.0
"""tryst index: the same answers with and without, whatever becomes of the archive or the index."""
import csv
import fcntl
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time

from case import CORPUS, TRYST, UNPRIVILEGED, check, expect, finish, run, skip

SEED = int(os.environ.get("TRYST_SEED", "1"))
DAY = "2003-08-22T%02d:%02d:%02d.%03dZ"
work = tempfile.mkdtemp(prefix="tryst-index-")
cache = os.path.join(work, "cache")
ENV = {"XDG_CACHE_HOME": cache}


def address(rng):
    """Few addresses are popular, many are seen once; one in ten is IPv6."""
    n = int(rng.paretovariate(0.6))
    if rng.random() < 0.1:
        return f"2001:db8:{n % 7:x}::{n % 65536:x}"
    return f"10.{n >> 16 & 3}.{n >> 8 & 255}.{n & 255}"


def rows(rng, count, hour):
    for _ in range(count):
        second = rng.randrange(3600)
        row = {"start": DAY % (hour, second // 60, second % 60, rng.randrange(1000)),
               "src": address(rng), "dst": address(rng), "proto": rng.choice((6, 17, 1, 47)),
               "packets": rng.randrange(1, 100), "bytes": rng.randrange(40, 90000)}
        if rng.random() < 0.9:
            end = min(second + rng.randrange(90), 3599)
            row["end"] = DAY % (hour, end // 60, end % 60, 999)
        if row["proto"] in (6, 17):
            row["src_port"], row["dst_port"] = rng.randrange(1024, 65536), rng.choice((53, 80, 443))
        if row["proto"] == 6:
            row["tcp_flags"] = rng.randrange(64)
        if rng.random() < 0.3:
            row.update(in_if=rng.randrange(9), out_if=rng.randrange(9), next_hop=address(rng))
        if rng.random() < 0.2:
            row.update(exporter="192.0.2.%d" % rng.randrange(3), nat_src=address(rng))
        yield row


NAMES = ("start", "end", "src", "dst", "src_port", "dst_port", "proto", "tcp_flags", "packets",
         "bytes", "in_if", "out_if", "next_hop", "exporter", "nat_src")


def make_file(path, rng, count, hour, packing="nfdump"):
    table = os.path.join(work, "rows.csv")
    with open(table, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, NAMES, restval="")
        out.writeheader()
        out.writerows(rows(rng, count, hour) if isinstance(count, int) else count)
    done = run("export", "-q", "--as", packing, "-o", path, table)
    assert done.returncode == 0, done.stderr


def make_archive(root, rng):
    for hour in range(8):
        folder = os.path.join(root, "2003", "%02d" % (hour // 4))
        os.makedirs(folder, exist_ok=True)
        packing = ("nfdump", "nfdump:none", "nfdump:zstd")[hour % 3]
        count = rng.choice((0, 1, 2500)) if hour % 4 == 1 else 5000
        make_file(os.path.join(folder, "nfcapd.%02d" % hour), rng, count, hour, packing)


def query(rng):
    """The words of a random question, without the input."""
    kind = rng.randrange(5)
    words = []
    if rng.random() < 0.4:
        begin = rng.randrange(8)
        words += ["-t", DAY % (begin, 10, 0, 0) + "/" + DAY % (min(begin + 2, 9), 0, 0, 0)]
    hosts = [address(rng) for _ in range(rng.randrange(1, 6))]
    if kind == 0:
        return ["flows", "-o", "csv", *words], "host " + " or host ".join(hosts)
    if kind == 1:
        net = rng.choice(("10.1.0.0/16", "10.0.3.0/24", "2001:db8:3::/48", "10.0.0.4/30"))
        return ["flows", "-o", "json", "--tz", "UTC", *words], f"src net {net} and packets > 20"
    if kind == 2:
        return ["top", "-A", "dst", "-n", "30", "-o", "csv", *words], "ip in [%s]" % " ".join(hosts)
    path = os.path.join(work, "list.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(hosts + ["10.2.0.0/18"] * (kind == 3)) + "\n")
    return ["hunt", "-w", path, "-o", "json" if kind == 3 else "text", *words,
            *(["--home", "10.0.0.0/15"] if rng.random() < 0.5 else [])], None


def said(text):
    """What a run says of what it read, without how long it took."""
    return re.sub(r", [0-9.]+ m?s\b", "", text)


def answer(done):
    """A result without what may differ."""
    text = done.stdout
    if text.startswith("{") and '"inputs"' in text:
        case = json.loads(text)
        case.pop("created")
        case.pop("command")
        for item in case["inputs"]:
            item.pop("skipped_by_index", None)
        text = json.dumps(case, indent=1)
    text = "\n".join(line for line in text.split("\n") if "by the index they" not in line)
    return done.returncode, text, said(done.stderr)


def same(words, filter_text, *inputs):
    """Whether a question has one answer with and without the index; and the two answers."""
    end = [filter_text] if filter_text else []
    fast = run(*words, *inputs, *end, **ENV)
    slow = run(*words, "--no-index", *inputs, *end, **ENV)
    one, two = answer(fast), answer(slow)
    return one[:2] == two[:2] and (one[2] == two[2] or "read in full" in one[2]), one, two


def first_difference(one, two):
    for a, b in zip(str(one[1]).split("\n"), str(two[1]).split("\n")):
        if a != b:
            return f"with:    {a}\nwithout: {b}"
    return f"{one[0]} {two[0]}\n{one[2]}\n{two[2]}"


def ask(name, rng, times, *inputs):
    for i in range(times):
        words, filter_text = query(rng)
        ok, one, two = same(words, filter_text, *inputs)
        if not ok or i == times - 1:
            check(f"{name}: {i + 1} questions", ok, words, filter_text,
                  "" if ok else first_difference(one, two))
            if not ok:
                return


def skipped(root, *words):
    listed = os.path.join(work, "one.txt")
    with open(listed, "w", encoding="utf-8") as f:
        f.write("10.3.77.77\n")
    done = run("hunt", "-q", "-w", listed, "-o", "json", *words, root, **ENV)
    case = json.loads(done.stdout)
    return sum(i.get("skipped_by_index", 0) for i in case["inputs"]), done


def shards(folder=None):
    found = []
    for base, _, names in os.walk(folder or cache):
        found += [os.path.join(base, n) for n in sorted(names) if n.endswith(".idx")]
    return found


rng = random.Random(SEED)
archive = os.path.join(work, "archive")
make_archive(archive, rng)

# --- making it
before = {p: os.stat(os.path.join(b, p)).st_mtime_ns for b, _, n in os.walk(archive) for p in n}
expect("an archive without an index", run("index", "--check", archive, **ENV), 4, err="no index")
done = run("index", archive, **ENV)
expect("index says what it did", done, 0, err="indexed 8 files")
check("the archive stays as it is", before == {
    p: os.stat(os.path.join(b, p)).st_mtime_ns for b, _, n in os.walk(archive) for p in n})
expect("again: nothing is read", run("index", archive, **ENV), 0, err="indexed 0 files, 0 flows")
expect("check", run("index", "--check", archive, **ENV), 0,
       err="1 shard, 0 damaged; compared with 8 files, ")
expect("quick check", run("index", "--check", "--quick", archive, **ENV), 0,
       err="1 shard, 0 damaged; of the archive's files 8 are indexed as they are")
count, done = skipped(archive)
check("most flows are not looked at", count > 10000, count, done.stderr)
check("--no-index looks at all", skipped(archive, "--no-index")[0] == 0)
done = run("flows", "--explain", archive, "ip 192.0.2.99", **ENV)
expect("--explain", done, 0, out="nothing: no flow of it has an address that is wanted")
done = run("flows", "--explain", "-t", "2003-08-22T07:00/2003-08-22T07:30", archive,
           "net 10.0.0.0/8", **ENV)
expect("--explain with a window", done, 0, out="outside the window")
check("--explain names the runs of records", "runs of records" in done.stdout, done.stdout)
expect("--explain --no-index", run("flows", "--explain", "--no-index", archive, "ip 1.2.3.4",
                                   **ENV), 0, out="read in full: --no-index")

# --- one answer
ask("whole archive", rng, 12, archive)
ask("one folder of it", rng, 4, os.path.join(archive, "2003", "01"))
ask("one file of it", rng, 4, os.path.join(archive, "2003", "00", "nfcapd.02"))
words = ["hunt", "-w", os.path.join(work, "one.txt"), "-o", "json", archive]
check("threads do not matter", answer(run(*words, "-j", "1", **ENV))[1].replace('"-j", "1"', "")
      == answer(run(*words, "-j", "7", **ENV))[1].replace('"-j", "7"', ""))

# --- the archive changes
victim = os.path.join(archive, "2003", "00", "nfcapd.00")
make_file(victim, rng, 4000, 0)
done = run("flows", archive, "host 10.0.0.1", **ENV)
expect("a file that was replaced is noticed", done, 0, err="changed since indexed: read in full")
ask("a replaced file", rng, 4, archive)
make_file(os.path.join(archive, "2003", "01", "nfcapd.09"), rng, 2000, 7)
ask("a new file", rng, 4, archive)
os.rename(os.path.join(archive, "2003", "01", "nfcapd.07"),
          os.path.join(archive, "2003", "01", "nfcapd.08"))
os.unlink(os.path.join(archive, "2003", "01", "nfcapd.04"))
ask("a renamed and a deleted file", rng, 4, archive)
expect("check says what has become of it", run("index", "--check", archive, **ENV), 0,
       err="5 are indexed as they are, 1 changed since, 2 are not indexed")
expect("brought up to date", run("index", archive, **ENV), 0, err="indexed 3 files")
expect("and complete", run("index", "--check", archive, **ENV), 0,
       err="8 are indexed as they are, 0 changed since, 0 are not indexed")
ask("brought up to date", rng, 4, archive)
touched = os.stat(victim)
with open(victim, "r+b") as f:
    f.seek(44)
    f.write(b"\0\0\0\0")
os.utime(victim, ns=(touched.st_atime_ns, touched.st_mtime_ns))
done = run("flows", "-n", "3", archive, "net 10.0.0.0/8 and bytes > 90000000", **ENV)
expect("damage that the index cannot know of is counted", done, 3, err="cannot be read now")
done = run("index", "--check", archive, **ENV)
expect("a check finds it", done, 3, err="its flows, their times or what is damaged are others\n")
check("and says what", ": when it was read now: " + victim in done.stderr, done.stderr)
expect("a quick one does not", run("index", "--check", "--quick", archive, **ENV), 0)
make_file(victim, random.Random(3), 4000, 0)

# --- many small files become few shards
small = os.path.join(work, "small")
os.makedirs(small)
for i in range(16):
    make_file(os.path.join(small, "nfcapd.%02d" % i), rng, 50, i % 8)
    run("index", "-q", small, **ENV)
expect("small shards are put together", run("index", "--check", small, **ENV), 0,
       err="16 are indexed as they are")
done = run("index", "--check", small, **ENV)
check("so there are few", int(re.search(r"(\d+) shards?\b", done.stderr)[1]) < 12, done.stderr)
ask("small shards", rng, 2, small)

# --- damage
run("index", "-q", archive, **ENV)
run("index", "--drop", small, **ENV)
whole = {p: open(p, "rb").read() for p in shards()}
path, data = max(whole.items(), key=lambda item: len(item[1]))
for i in range(16):
    at = 4 * i if i < 8 else rng.randrange(len(data) - 64)
    broken = bytearray(data)
    broken[at] ^= 1 << rng.randrange(8)
    with open(path, "wb") as f:
        f.write(broken)
    done = run("index", "--check", archive, **ENV)
    named = done.returncode == 3 and path in done.stderr
    words, filter_text = query(rng)
    ok, one, two = same(words, filter_text, archive)
    # Bytes that mean nothing may be anything.
    if not named and bytes(broken[:at]) == data[:at] and done.returncode == 0:
        named = at in (28, 29, 30, 31) or at < 300
    if not (named and ok):
        break
check("a flipped bit is found and named, and the answer stays", named and ok, at, len(data),
      done.stderr, "" if ok else first_difference(one, two))
entries = struct.unpack_from("<QQ", data, 32 + 2 * 24)
with open(path, "wb") as f:
    f.write(data[:entries[0]] + b"\x55" * entries[1] + data[entries[0] + entries[1]:])
done = run("flows", "-o", "csv", archive, "net 10.0.0.0/8", **ENV)
expect("damaged entries into blocks", done, 0, err="blocks are unpacked from their beginning")
slow = run("flows", "-o", "csv", "--no-index", archive, "net 10.0.0.0/8", **ENV)
check("cost nothing but time", entries[1] > 1000 and done.stdout == slow.stdout)
expect("and are named", run("index", "--check", archive, **ENV), 3,
       err=f"{path}: the table of entries is damaged")
with open(path, "wb") as f:
    f.write(data[:len(data) // 2])
done = run("flows", archive, "host 10.0.0.1", **ENV)
expect("half a shard", done, 0, err="cut short")
ask("half a shard", rng, 3, archive)
expect("a damaged shard is made again", run("index", archive, **ENV), 0, err="indexed")
expect("and is whole", run("index", "--check", archive, **ENV), 0, err="0 damaged")
with open(path if os.path.exists(path) else shards()[0], "r+b") as f:
    f.seek(8)
    f.write(b"\x63")
expect("a newer version is refused by name", run("flows", archive, "host 10.0.0.1", **ENV), 0,
       err="made by a newer tryst (index version 99")
old = os.path.join(os.path.dirname(shards()[0]), "00000000.idx")
with open(old, "wb") as f:
    f.write(data[:8] + b"\x01\0\0\0" + data[12:])
expect("an older version is named", run("flows", archive, "host 10.0.0.1", **ENV), 0,
       err=f"{old}: made by an old tryst (index version 1")
run("index", "-q", archive, **ENV)
check("and goes when the index is made again", not os.path.exists(old) and shards(), shards())
run("index", "--drop", archive, **ENV)
check("drop leaves nothing", not shards(), shards())
expect("drop twice", run("index", "--drop", archive, **ENV), 4, err=": no index")

# --- an index that is well and says something else than its files
lying = os.path.join(work, "lying")
os.makedirs(lying)
LIES = {"10.99.98.97": bytes((97, 98, 99, 10)), 123456789: struct.pack("<Q", 123456789)}
for n in range(3):
    name = os.path.join(lying, "nfcapd.%d" % n)
    made = list(rows(rng, 1000, n))
    made[700].update(src="10.99.98.97", bytes=123456789)
    make_file(name, rng, made, n, "nfdump:none")
run("index", "-q", lying, **ENV)
middle = os.path.join(lying, "nfcapd.1")
with open(middle, "rb") as f:
    true = f.read()


def put(data):
    """Other bytes in a file of the same size and time."""
    at = os.stat(middle)
    with open(middle, "wb") as f:
        f.write(data)
    os.utime(middle, ns=(at.st_atime_ns, at.st_mtime_ns))


def lie(old, new):
    check("once in it", true.count(old) == 1)
    put(true.replace(old, new))


expect("it is well", run("index", "--check", lying, **ENV), 0,
       err="compared with 3 files, 3,000 flows")
for gone in (False, True):
    put(true)
    if gone:
        os.unlink(os.path.join(lying, "nfcapd.0"))
        expect("with what is left", run("index", "--check", lying, **ENV), 0,
               err="compared with 2 files, 2,000 flows")
    lie(LIES["10.99.98.97"], bytes((96, 98, 99, 10)))
    done = run("index", "--check", lying, **ENV)
    expect("an address too much", done, 3,
           err="nfcapd.1: 10.99.98.97 is not in run of records 1\n")
    check("one that it does not know", "nfcapd.1: 10.99.98.96 is not known\n" in done.stderr,
          done.stderr)
    check("nothing else", done.stderr.count("\n") == 3, done.stderr)
    lie(LIES[123456789], struct.pack("<Q", 123456780))
    expect("other bytes", run("index", "--check", lying, **ENV), 3,
           err="nfcapd.1: the sample has other flows\n")
expect("wrong use", run("index", "--quick", lying, **ENV), 2, err="--quick is for --check")

# --- beside, two writers, a writer that is killed
done = run("index", "--beside", archive, **ENV)
expect("beside the archive", done, 0, err=archive + "/.tryst")
ask("beside the archive", rng, 4, archive)
with open(os.path.join(archive, ".tryst", ".lock"), "w", encoding="utf-8") as f:
    fcntl.flock(f, fcntl.LOCK_EX)
    expect("a second writer is refused", run("index", "--beside", archive, **ENV), 75,
           err="another 'tryst index' is at work there")
os.chmod(os.path.join(archive, ".tryst"), 0o777)
check("a folder that anyone may write to is not believed", skipped(archive)[0] == 0)
shutil.rmtree(os.path.join(archive, ".tryst"))
for i in range(12):
    job = subprocess.Popen([TRYST, "index", archive, "-j1"], env=dict(os.environ, **ENV),
                           stderr=subprocess.DEVNULL)
    time.sleep(0.004 * i)
    job.send_signal(signal.SIGKILL)
    job.wait()
    if i % 4 == 3:
        ask("killed half way", rng, 2, archive)
expect("after being killed", run("index", archive, **ENV), 0)
leftovers = [n for _, _, names in os.walk(cache) for n in names if n.startswith(".tmp")]
check("nothing is left of it", not leftovers, leftovers)
expect("and complete", run("index", "--check", archive, **ENV), 0,
       err="8 are indexed as they are, 0 changed since, 0 are not indexed")

# --- nothing to index, and what is damaged
other, elsewhere = os.path.join(work, "other"), os.path.join(work, "elsewhere")
os.makedirs(other)
NEW = {"XDG_CACHE_HOME": elsewhere}
expect("an empty directory", run("index", other, **NEW), 4, err=f"{other}: no nfdump files in it\n")
for i in range(5):
    with open(os.path.join(other, f"{i}.csv"), "w", encoding="utf-8") as f:
        f.write("start,src,dst\n")
expect("other files", run("index", other, **NEW), 4,
       err=f"tryst: {other}: no nfdump files in it, 5 of other kinds\n")
expect("also beside", run("index", "--beside", other, **NEW), 4, err="no nfdump files in it")
check("nothing is left of it", not os.path.exists(elsewhere) and len(os.listdir(other)) == 5)
cut = os.path.join(other, "nfcapd.cut")
make_file(cut, rng, 3000, 1)
os.truncate(cut, os.path.getsize(cut) - 1000)
expect("a file cut short is named", run("index", other, **NEW), 3, err=f"{cut}: block at offset ")
expect("what is left of it is indexed", run("index", "--check", other, **NEW), 0,
       err="1 are indexed as they are")
os.unlink(cut)
expect("all are gone", run("index", other, **NEW), 4, err="no nfdump files")
check("and the index", not shards(elsewhere), shards(elsewhere))
with open(elsewhere + "-file", "w", encoding="utf-8"):
    pass
expect("no cache", run("index", archive, XDG_CACHE_HOME=elsewhere + "-file/.cache"), 4,
       err=f"the cache {elsewhere}-file/.cache cannot be made: set XDG_CACHE_HOME, or use --beside")
os.symlink(other, os.path.join(archive, ".tryst"))
expect("a link beside the archive", run("index", "--beside", archive, **ENV), 4,
       err="is no directory")
os.unlink(os.path.join(archive, ".tryst"))

# --- what may not be read
closed = os.path.join(work, "closed")
for name in ("a", "b", "c"):
    os.makedirs(os.path.join(closed, name))
    make_file(os.path.join(closed, name, "nfcapd"), rng, 100, 1)
os.chmod(os.path.join(closed, "b"), 0)
os.chmod(os.path.join(closed, "c", "nfcapd"), 0)
done = run("index", closed, before=UNPRIVILEGED, **ENV)
expect("a folder and a file that may not be read are named", done, 3,
       err=f"tryst: {closed}/b: Permission denied\ntryst: {closed}/c/nfcapd: Permission denied\n"
           "tryst: indexed 1 file,")
expect("also when nothing is new", run("index", "-q", closed, before=UNPRIVILEGED, **ENV), 3,
       err=f"tryst: {closed}/b: Permission denied\n")
expect("also by --check", run("index", "--check", closed, before=UNPRIVILEGED, **ENV), 3,
       err=f"tryst: {closed}/b: Permission denied\n")
expect("flows counts them", run("flows", closed, before=UNPRIVILEGED, **ENV), 3,
       err="2 unreadable inputs")
done = run("flows", "--explain", closed, before=UNPRIVILEGED, **ENV)
expect("--explain says it", done, 0, out="/b: cannot be read: Permission denied\n")
check("also of the file", "/c/nfcapd: cannot be read: Permission denied\n" in done.stdout,
      done.stdout)
os.chmod(os.path.join(closed, "b"), 0o700)
os.chmod(os.path.join(closed, "a"), 0)
os.chmod(os.path.join(closed, "b", "nfcapd"), 0)
expect("nothing may be read", run("index", closed, before=UNPRIVILEGED, XDG_CACHE_HOME=elsewhere),
       4, err=f"tryst: {closed}/a: Permission denied\n")
os.chmod(os.path.join(closed, "a"), 0o700)

# --- an index of files that not all may read
os.chmod(os.path.join(archive, "2003", "00", "nfcapd.02"), 0)
with open(os.path.join(work, "nobody.txt"), "w", encoding="utf-8") as f:
    f.write("10.0.0.0/16\n")
words = ["hunt", "-w", os.path.join(work, "nobody.txt"), "-o", "json", archive]
one, two = (answer(run(*words[:1], *more, *words[1:], before=UNPRIVILEGED, **ENV))
            for more in ([], ["--no-index"]))
check("of a file that may not be read nothing counts", one[:2] == two[:2] and one[0] == 3 and
      '"one_in"' in one[1], first_difference(one, two))
os.chmod(os.path.join(archive, "2003", "00", "nfcapd.02"), 0o600)

# --- wrong use
expect("no directory", run("index", **ENV), 2, err="one directory")
expect("a file", run("index", victim, **ENV), 2, err="is no directory")
expect("nothing there", run("index", os.path.join(work, "nothing"), **ENV), 4,
       err="No such file")
expect("check and drop", run("index", "--check", "--drop", archive, **ENV), 2, err="not both")
tight = {"XDG_CACHE_HOME": os.path.join(work, "tight")}
expect("threads that do not run take no memory", run(
    "index", "-j", "32", "--memory", "20M", archive, **tight), 0, err="indexed")
expect("nor for a check", run("index", "--check", "-j", "32", "--memory", "20M", archive, **tight),
       0, err="0 damaged")
expect("little memory", run("index", "--memory", "20K", os.path.join(archive, "2003"), **ENV), 4,
       err="--memory")

# --- real files
if os.path.isdir(CORPUS):
    done = run("index", CORPUS, **ENV)
    check("the corpus is indexed", done.returncode in (0, 3), done.stderr)
    for words, filter_text in ((["flows", "-o", "csv"], "net 192.168.0.0/16"),
                               (["flows", "-o", "csv"], "net 10.0.0.0/8 or net 172.16.0.0/12"),
                               (["top", "-A", "src", "-o", "csv"], "net 128.0.0.0/2"),
                               (["hunt", "-w", os.path.join(work, "corpus.txt"), "-o", "json"],
                                None)):
        with open(os.path.join(work, "corpus.txt"), "w", encoding="utf-8") as f:
            f.write("192.168.0.0/20\n10.0.0.0/16\n8.8.8.8\n")
        ok, one, two = same(words, filter_text, CORPUS)
        check("the corpus: " + " ".join(words[:1]), ok, filter_text, first_difference(one, two))
else:
    skip("the corpus", f"no {CORPUS}")

shutil.rmtree(work)
finish()
