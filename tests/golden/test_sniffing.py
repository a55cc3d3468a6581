#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recognising formats: every file of the corpus, read in one go as the mixed directory it is, is
taken for what it is, and what is no flow log is refused in one line that says how it begins.
"""
import bz2
import fnmatch
import gzip
import lzma
import os
import re
import subprocess
import sys
import tempfile

from case import CORPUS, check, finish, inputs_of, run

UNKNOWN = None  # no flow log

# The first that fits is what a file is.
FORMATS = (
    ("*.md", UNKNOWN),
    ("MANIFEST.tsv", UNKNOWN),
    ("argus-csv/*.csv", "argus"),
    ("arkime-pcaps/*.pcap", "pcap-flows"),
    ("arkime-pcaps/*.test", UNKNOWN),
    ("ddos-stopddos/*.pcapng", "pcap-flows"),
    ("games-gameq/*.pcap", "pcap-flows"),
    ("games-*", UNKNOWN),  # payloads without addresses
    ("ground-truth/nfdump/*.csv*", "csv"),
    ("ground-truth/*", UNKNOWN),
    ("ipfix-file-cesnet/*", "ipfix"),
    ("ipfixprobe-functional/inputs/*.pcap", "pcap-flows"),
    ("ipfixprobe-functional/outputs/*", UNKNOWN),  # columns without names
    ("ndpi-samples/*flow*.pcap", "pcap-export"),
    ("ndpi-samples/*.pcap", "pcap-flows"),
    ("ndpi-samples/*.out", UNKNOWN),
    ("netflow-fluentd-dumps/*", "netflow"),
    ("netflow-vendor-datagrams/golden.json", UNKNOWN),
    ("netflow-vendor-datagrams/netflow5_test_invalid0?.dat", UNKNOWN),  # damaged counts
    ("netflow-vendor-datagrams/ipfix*", "ipfix"),
    ("netflow-vendor-datagrams/netflow*", "netflow"),
    ("netflowlabeler-examples/conn.json.small.log", "zeek-json"),
    ("netflowlabeler-examples/conn.tab.log", "zeek"),
    ("netflowlabeler-examples/nfcapd.*", "nfdump-text"),
    ("netflowlabeler-examples/*.binetflow", "argus"),
    ("nfdump-files/*.pcap", "pcap-flows"),
    ("nfdump-files/*", "nfdump"),
    ("nfdump-made/*", "nfdump"),
    ("robustness/*", UNKNOWN),  # an archive of files
    ("silk-files/*", "silk"),
    ("slips-small/port-scans/vertical/conn.log", "zeek-json"),
    ("slips-small/*.log", "zeek"),
    ("slips-small/*.binetflow", "argus"),
    ("slips-small/*.nfdump", "nfdump"),
    ("tcpdump-sflow/sflow_print-segv.pcap", "pcap-flows"),  # a length in it is nonsense
    ("tcpdump-sflow/sflow*.pcap", "pcap-export"),
    ("tcpdump-sflow/*.pcap*", "pcap-flows"),
    ("tcpdump-sflow/*.out", UNKNOWN),
    ("zeek-conn-logs/core.tunnels.geneve-arp/conn.log", "csv"),  # names without '#fields'
    ("zeek-conn-logs/*", "by its fields"),
    ("zeek-labelled-small/*.log", "zeek"),
    ("zeek-traces/*.pcap", "pcap-flows"),
    ("zeek-traces/*.pcapng", "pcap-flows"),
)

# One of each, to be found behind every compression.
COMPRESSED = (
    "argus-csv/argus.2024.01.09.csv", "ground-truth/nfdump/anon.flows.v1.csv",
    "ipfix-file-cesnet/example_flows.ipfix", "ndpi-samples/irc.pcap",
    "ndpi-samples/netflow-fritz.pcap", "netflow-fluentd-dumps/netflow.v5.dump",
    "netflowlabeler-examples/conn.json.small.log", "netflowlabeler-examples/conn.tab.log",
    "netflowlabeler-examples/nfcapd.sample2", "nfdump-made/slips-test1.v171.lzo",
    "silk-files/FT_RWGENERIC_DOF_c0.rw",
    "zeek-traces/irc-dcc-send.pcapng",
)


def by_program(name):
    def pack(data):
        return subprocess.run([name, "-qc"], check=True, input=data, stdout=subprocess.PIPE).stdout
    return pack


CODECS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress,
          "zstd": by_program("zstd"), "lz4": by_program("lz4")}

ADDRESSES = re.compile(r"^#fields\t(.*\t)?(id.orig_h|id_orig_h|src|src_ip)\t", re.M)


def zeek_baseline(path):
    """Of Zeek's own tests: some have nothing but other columns left."""
    with open(path, encoding="utf-8", errors="replace") as f:
        return "zeek" if ADDRESSES.search(f.read()) else UNKNOWN


def expected(name):
    for pattern, form in FORMATS:
        if fnmatch.fnmatchcase(name, pattern):
            return zeek_baseline(os.path.join(CORPUS, name)) if form == "by its fields" else form
    return "nothing: the table of this test does not know it"


def all_files():
    for folder, _, names in os.walk(CORPUS):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), CORPUS)


def is_reason(text, path):
    """One line: which file, and how it begins or that nothing is there."""
    return (text and "\n" not in text and text.startswith(path + ": not a flow log that is known")
            and ("begins with" in text or "is empty or damaged" in text))


def check_corpus():
    inputs, result = inputs_of(CORPUS)
    found = {os.path.relpath(one["path"], CORPUS): one for one in inputs}
    names = sorted(all_files())
    check(f"all {len(names)} files are looked at", sorted(found) == names and len(names) > 850,
          set(names) ^ set(found))
    check("a mixed directory is read, with damage", result.returncode == 3, result.returncode,
          result.stderr)
    wrong = [f"{name}: {found[name].get('format')}, expected {expected(name)}" for name in names
             if name in found and found[name].get("format") != expected(name)]
    known = [name for name in names if name in found and found[name].get("format")]
    check(f"{len(known)} files are recognised", not wrong and len(known) > 500, *wrong)
    silent = [f"{name}: {found[name].get('error')}" for name in names if name in found
              and not found[name].get("format")
              and not is_reason(found[name].get("error"), found[name]["path"])]
    check(f"{len(names) - len(known)} files are refused, each in a line that says why", not silent,
          *silent[:5])
    return {name: one.get("format") for name, one in found.items()}


def check_named():
    """A file that the user names is no file of another kind in a directory, but an error."""
    path = os.path.join(CORPUS, "netflow-vendor-datagrams/netflow5_test_invalid01.dat")
    result = run("flows", "-q", path)
    check("a named file that is no flow log: exit 4 and one line",
          result.returncode == 4 and is_reason(result.stderr.removeprefix("tryst: ").strip(), path),
          result.returncode, result.stderr)
    check("it says what it seems to be", "perhaps NetFlow v5" in result.stderr, result.stderr)
    archive = os.path.join(CORPUS, "robustness/tcpdump-tests-pcaps.tar.zst")
    result = run("flows", "-q", archive)
    check("a packed archive of files: what to do", "a tar archive: unpack it" in result.stderr,
          result.stderr)


def check_compressed(folder, formats):
    """The same rows behind every compression, and the same format."""
    for name in COMPRESSED:
        path = os.path.join(CORPUS, name)
        plain = run("flows", "-q", "-o", "csv", path)
        packed = os.path.join(folder, "packed")
        os.makedirs(packed, exist_ok=True)
        faults = []
        with open(path, "rb") as f:
            data = f.read()
        for codec, pack in CODECS.items():
            target = os.path.join(packed, os.path.basename(name) + "." + codec)
            with open(target, "wb") as f:
                f.write(pack(data))
            inputs, _ = inputs_of(target)
            rows = run("flows", "-q", "-o", "csv", target)
            if inputs[0].get("format") != formats[name] or rows.stdout != plain.stdout:
                faults.append(f"{codec}: {inputs[0]} {rows.stderr}")
        check(f"{formats[name]} behind {', '.join(CODECS)}", not faults and plain.stdout, *faults)


def main():
    if not os.path.isdir(CORPUS):
        print("1..0 # SKIP no corpus: set TRYST_CORPUS")
        return
    formats = check_corpus()
    check_named()
    with tempfile.TemporaryDirectory() as folder:
        check_compressed(folder, formats)
    finish()


if __name__ == "__main__":
    sys.exit(main())
