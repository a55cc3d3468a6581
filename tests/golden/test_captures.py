#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures against what installed programs find in them: nfpcapd's flows, tshark's frames; and
against tshark's recorded reading of sFlow."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

from captures import corpus, frames, in_parallel, key, row_key, same, stem, tryst
from case import CORPUS, PEER_ENVIRONMENT, check, finish, inputs_of, skip

# nfpcapd 1.7.1: what is no fault of ours.
NO_SCTP = "nfpcapd reads no ports of SCTP"
INSIDE = "nfpcapd looks into GRE and IP in IP, unasked"
EXTENSION = "nfpcapd stops at IPv6 extension headers, and calls them protocol 0"
UNREAD = "nfpcapd reads nothing of this link type or length"
NFPCAPD = {
    "6-4-gre-ppp-udp-4-dns": INSIDE, "gre-sample": INSIDE, "ipv6-in-ipv4": INSIDE, "pack": INSIDE,
    "arkime_synthetic": NO_SCTP, "diameter_synthetic": NO_SCTP, "m3ua_synthetic": NO_SCTP,
    "sctp-www": NO_SCTP, "ipv6": EXTENSION, "v6-http": EXTENSION, "wireshark-dhcpv6": EXTENSION,
    "adb": UNREAD, "dot1ad": UNREAD, "gre-erspan-vxlan": UNREAD, "gre-erspan": UNREAD,
    "icmp-frame-relay": UNREAD, "mqtt_synthetic": UNREAD, "snmpv3_synthetic": UNREAD,
    "nflog": "nfpcapd takes netfilter's header for an IPv6 packet",
    "socks5-http-302-frag": "nfpcapd leaves later fragments out",
}


def nfpcapd(path):
    """Packets and bytes by key; nothing where it cannot read it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["nfpcapd", "-r", path, "-w", folder, "-t", "3600"], check=False,
                       capture_output=True, timeout=60, env=PEER_ENVIRONMENT)
        text = subprocess.run(["nfdump", "-R", folder, "-o", "json"], check=False, text=True,
                              capture_output=True, env=dict(PEER_ENVIRONMENT, TZ="UTC")).stdout
    found = Counter()
    for r in json.loads(text) if text.startswith("[\n{") or text.startswith("[{") else []:
        src, dst = (r.get(f"{end}4_addr") or r.get(f"{end}6_addr") for end in ("src", "dst"))
        at = key(r["proto"], src, r.get("src_port"), dst, r.get("dst_port"))
        found[at + ("packets",)] += r["in_packets"]
        found[at + ("bytes",)] += r["in_bytes"]
    return found


def metered(path):
    """The same of tryst's."""
    found = Counter()
    for r in tryst(path, "--format", "pcap-flows"):
        found[row_key(r) + ("packets",)] += int(r["packets"])
        found[row_key(r) + ("bytes",)] += int(r["bytes"])
    return found


def check_nfpcapd():
    if not shutil.which("nfpcapd"):
        skip("nfpcapd", "nfpcapd is not installed")
        return
    paths = [path for path in sorted(glob.glob(corpus("nfdump-files/*.pcap")) +
                                     glob.glob(corpus("arkime-pcaps/*.pcap")))
             if stem(path) not in NFPCAPD]
    compared = 0
    for path, (ours, theirs) in zip(paths, in_parallel(lambda path: (metered(path), nfpcapd(path)),
                                                       paths)):
        compared += bool(theirs)
        same(f"nfpcapd: {stem(path)}", ours, theirs)
    check("nfpcapd: most captures have flows", compared > 150, compared)


def check_frames():
    """Packets and bytes by addresses, of link types and headers that nfpcapd is no witness for."""
    if not shutil.which("tshark"):
        skip("tshark", "tshark is not installed")
        return
    paths = glob.glob(corpus("zeek-traces/*cap*")) + glob.glob(corpus("zeek-traces/**/*cap*"))
    paths += glob.glob(corpus("zeek-traces/tunnels/gtp/*cap*"))
    paths += glob.glob(corpus("ddos-stopddos/*.pcapng"))
    paths += [p for p in glob.glob(corpus("*/*.pcap")) if stem(p) in NFPCAPD and
              stem(p) != "arkime_synthetic"]
    paths = sorted({p for p in paths if os.path.isfile(p)})
    seen = frames(paths)
    rows = in_parallel(lambda path: tryst(path, "--format", "pcap-flows"), paths)
    for path, flows in zip(paths, rows):
        ours, theirs = Counter(), Counter()
        for _, packets in seen[path]:
            for src, dst, octets in packets[:1]:
                theirs[src, dst, "packets"] += 1
                theirs[src, dst, "bytes"] += octets
        for r in flows:
            ours[r["src"], r["dst"], "packets"] += int(r["packets"])
            ours[r["src"], r["dst"], "bytes"] += int(r["bytes"])
        same(f"tshark: {os.path.relpath(path, CORPUS)}", ours, theirs)


COUNTERS = re.compile(r'"sflow_245.sampletype": "[24]"')


def read_text(path):
    """Of a file that may be there compressed."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            return f.read()
    return subprocess.run(["zstd", "-dc", path + ".zst"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def samples(path):
    """tshark's flow samples with an IP packet, (agent, rate, src, dst, bytes), and the number of
    its counter samples."""
    found = []

    def walk(node, state):
        for name, value in node:
            if isinstance(value, list):
                inside = dict(state) if name.startswith(("Flow sample", "Expanded flow")) else state
                if inside is not state:
                    inside["packet"] = None
                walk(value, inside)
                if inside is not state and inside["packet"]:
                    found.append((inside["agent"], inside["rate"]) + inside["packet"])
            elif name in ("sflow_245.agent", "sflow_245.agent.v6"):
                state["agent"] = value
            elif name == "sflow.flow_sample.sampling_rate":
                state["rate"] = value
            elif name in ("ip.len", "ip.src", "ip.dst") and not state.get("packet"):
                state[name] = value
                if name == "ip.dst" and "rate" in state:
                    state["packet"] = (state["ip.src"], value, state["ip.len"])

    text = read_text(path)
    for packet in json.loads(text, object_pairs_hook=lambda pairs: [tuple(p) for p in pairs]):
        layers = dict(dict(packet)["_source"])["layers"]
        for name, value in layers:
            if name == "sflow":
                walk(value, {})
    return Counter(found), len(COUNTERS.findall(text))


SFLOW = ("ndpi-samples/sflow.pcap", "tcpdump-sflow/sflow_expanded.pcap",
         "tcpdump-sflow/sflow_multiple_counter_30_pdus.pcap", "tcpdump-sflow/sflow-print-v6.pcap")


def check_sflow():
    """Flow samples with their packets, and as many samples of counters."""
    for name in SFLOW:
        truth = corpus("ground-truth/tshark", name.replace("/", "__") + ".json")
        theirs, counters = samples(truth)
        ours = Counter((r["exporter"], r["sampling"], r["src"], r["dst"], r["bytes"])
                       for r in tryst(corpus(name)) if r["sampling"])
        same(f"sflow: {name}: {sum(theirs.values())} samples", ours, theirs)
        (found,), _ = inputs_of(corpus(name))
        check(f"sflow: {name}: {counters} samples of counters", found["other_records"] == counters,
              found)


def main():
    if not os.path.isdir(CORPUS):
        print("1..0 # SKIP no corpus: set TRYST_CORPUS")
        return
    check_sflow()
    check_nfpcapd()
    check_frames()
    finish()


if __name__ == "__main__":
    sys.exit(main())
