# SPDX-License-Identifier: Apache-2.0
"""A compressed log is the log: every format of logs, every compression, members, damage."""
import bz2
import gzip
import lzma
import os
import shutil
import subprocess
import tempfile

from case import TRYST, check, expect, finish, run, skip

ROWS = 3000
CSV = "start,src,dst,proto,src_port,dst_port,packets,bytes\n" + "".join(
    f"2003-08-22T19:{i // 60 % 60:02}:{i % 60:02}.000Z,192.0.2.{i % 250},198.51.100.7,6,"
    f"{i + 1024},80,{i % 90 + 1},{i * 40}\n" for i in range(ROWS))


def tool(name):
    """A compressor that is a program; None where it is not installed."""
    if not shutil.which(name):
        return None
    return lambda data: subprocess.run([name, "-c"], input=data, check=True,
                                       stdout=subprocess.PIPE).stdout


COMPRESSIONS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress,
                "zstd": tool("zstd"), "lz4": tool("lz4")}


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def rows(path):
    return run("flows", "-q", "-o", "csv", path)


def test_formats(folder, compressions):
    plain = write(f"{folder}/flows.csv", CSV.encode())
    files = {"csv": CSV.encode()}
    for name in ("zeek", "json"):
        files[name] = subprocess.run(
            [TRYST, "export", "-q", "--as", name, plain], check=True,
            stdout=subprocess.PIPE).stdout
    for name, data in files.items():
        want = rows(write(f"{folder}/in", data))
        check(f"{name}: plain", len(want.stdout.splitlines()) == ROWS + 1, want.stderr)
        for how, compress in compressions.items():
            got = rows(write(f"{folder}/in", compress(data)))
            check(f"{name} in {how}", got.stdout == want.stdout, got.stderr)
    os.unlink(f"{folder}/in")


def test_damage(folder, compressions):
    cut = CSV.index("\n", len(CSV) // 2) + 1
    head, rest = CSV[:cut], CSV[cut:]
    for how, compress in compressions.items():
        first, second = compress(head.encode()), compress(rest.encode())
        path = write(f"{folder}/two", first + second)
        expect(f"{how}: two members", run("flows", "-q", "-o", "csv:src", path), 0)
        check(f"{how}: two members are one log",
              len(rows(path).stdout.splitlines()) == ROWS + 1)
        write(path, first + second[:len(second) // 2])
        r = run("flows", "-o", "csv:src", path)
        expect(f"{how}: cut in the second member", r, 3, err="ends in the middle")
        check(f"{how}: the first member is whole", len(r.stdout.splitlines()) >= head.count("\n"),
              r.stderr)
        write(path, first + b"something else" + second)
        r = run("flows", "-o", "csv:src", path)
        expect(f"{how}: something else behind it", r, 3, err=f"offset {len(first)} of the file")
        check(f"{how}: what was before it", r.stdout.splitlines()[1:] and
              len(r.stdout.splitlines()) == head.count("\n"), r.stderr)
    os.unlink(path)


LIBRARIES = {"gzip": ("zlib", "libz.so.1"), "bzip2": ("bzip2", "libbz2.so.1.0", "libbz2.so.1"),
             "xz": ("xz", "liblzma.so.5"), "zstd": ("zstd", "libzstd.so.1"),
             "lz4": ("lz4", "liblz4.so.1")}


def test_missing(folder, compressions):
    """A library that cannot be loaded is named by what needs it, and hurts nothing else."""
    path, plain = f"{folder}/packed", write(f"{folder}/plain.csv", CSV.encode())
    listed = f"{folder}/list"
    for how, compress in compressions.items():
        name, *files = LIBRARIES[how]
        broken = f"{folder}/without-{how}"
        os.mkdir(broken)
        for file in files:
            write(f"{broken}/{file}", b"no library")
        words = f"{name} compression needs {files[0]}, which cannot be loaded (Debian has it in "
        write(path, compress(CSV.encode()))
        write(listed, compress(b"198.51.100.7\n"))
        without = {"LD_LIBRARY_PATH": broken}
        r = run("flows", "-q", path, **without)
        expect(f"{how} without its library", r, 4, out="", err=words)
        check(f"{how}: said once", r.stderr.count(words) == 1, r.stderr)
        r = run("flows", "-q", "-o", "csv:src", path, plain, **without)
        expect(f"{how}: the other input is read", r, 3, err=words)
        check(f"{how}: all of it", len(r.stdout.splitlines()) == ROWS + 1, r.stderr)
        expect(f"{how}: a list", run("hunt", "-w", listed, plain, **without), 4, err=words)
        expect(f"{how}: version", run("version", **without), 0,
               out=f"compression that is not installed: {name}\n")
    expect("version", run("version"), 0, out="compression: zlib, zstd, lz4, xz, bzip2, lzo, snappy")


def main():
    compressions = {k: v for k, v in COMPRESSIONS.items() if v}
    for name in sorted(set(COMPRESSIONS) - set(compressions)):
        skip(f"{name}: the log in it", f"no program {name}")
    with tempfile.TemporaryDirectory() as folder:
        test_formats(folder, compressions)
        test_damage(folder, compressions)
        test_missing(folder, compressions)
    finish()


main()
