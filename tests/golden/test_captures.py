#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures against what other programs found in them: Arkime's sessions (with tunnels),
ipfixprobe's biflows, the installed nfpcapd, tshark's reading of sFlow and of frames.

Flows are cut differently by every meter, so what is compared are sums over addresses and ports.
"""
import csv
import glob
import io
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import datetime, timezone

from case import CORPUS, check, finish, run, skip

PORTS = ("6", "17", "132")

# Where Arkime's sessions are something else than the packets that share addresses and ports.
ARKIME = {
    "80211http": "802.11 frames are not read",
    "arkime_synthetic": "NSH and CMD are not read; fragments and DHCP are sessions of their own",
    "igmp": "one session for all IGMP", "ospf": "one session for all IGMP",
    "pim": "one session for all PIM",
    "single-packets": "a session of packets that are not in the capture",
    "socks5-http-302-frag": "Arkime leaves later fragments out",
    "vxlan": "Arkime looks into a packet whose inner frame is ARP",
    "wireshark-dhcp": "DHCP is paired by hardware address",
    "wireshark-dhcpv6": "DHCP is paired by hardware address",
}

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

# ipfixprobe's runs that exported every flow, and their captures.
IPFIXPROBE = {"basic": "mixed", "basicplus": "http", "dnssd": "dnssd", "http": "http",
              "idpcontent": "idpcontent", "mqtt": "mqtt", "rtsp": "rtsp", "ssdp": "ssdp",
              "vlan": "vlan", "wg": "wg"}


def corpus(*names):
    return os.path.join(CORPUS, *names)


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def tryst(path, *words):
    """The rows, as dictionaries."""
    done = run("flows", path, "-o", "csv", "-q", *words)
    if done.returncode not in (0, 3, 4) or "Sanitizer" in done.stderr:
        raise ValueError(f"{path}: exit {done.returncode}: {done.stderr}")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def key(proto, src, src_port, dst, dst_port):
    if str(proto) not in PORTS:
        src_port = dst_port = 0
    return (int(proto), str(ipaddress.ip_address(src)), int(src_port or 0),
            str(ipaddress.ip_address(dst)), int(dst_port or 0))


def same(name, ours, theirs):
    ours, theirs = ({k: v for k, v in c.items() if v} for c in (ours, theirs))
    wrong = [f"{k}: tryst {ours.get(k)}, other {theirs.get(k)}"
             for k in sorted(set(ours) | set(theirs), key=str) if ours.get(k) != theirs.get(k)]
    check(name, not wrong, *wrong[:10])


def check_arkime():
    """Packets by direction; Arkime's bytes are those of frames, ours those of IP packets."""
    for path in sorted(glob.glob(corpus("arkime-pcaps/*.test"))):
        name, capture = stem(path), path[:-5] + ".pcap"
        if name in ARKIME or not os.path.exists(capture):
            continue
        with open(path, encoding="utf-8") as f:
            sessions = [s["body"] for s in json.load(f).get("sessions3", [])]
        theirs, ours = Counter(), Counter()
        for s in sessions:
            a, b = s.get("source", {}), s.get("destination", {})
            if "ip" not in a:
                continue
            ends = (a["ip"], a.get("port"), b["ip"], b.get("port"))
            theirs[key(s["ipProtocol"], *ends)] += a["packets"]
            theirs[key(s["ipProtocol"], *ends[2:], *ends[:2])] += b["packets"]
        for r in tryst(capture, "--format", "pcap-flows", "--inner"):
            ours[key(r["proto"], r["src"], r["src_port"], r["dst"],
                     r["dst_port"])] += int(r["packets"])
        same(f"arkime: {name}", ours, theirs)


def nfpcapd(path):
    """Packets and bytes by key, or None: it cannot read it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["nfpcapd", "-r", path, "-w", folder, "-t", "3600"], check=False,
                       capture_output=True, timeout=60)
        text = subprocess.run(["nfdump", "-R", folder, "-o", "json"], check=False, text=True,
                              capture_output=True, env=dict(os.environ, TZ="UTC")).stdout
    found = Counter()
    for r in json.loads(text) if text.startswith("[\n{") or text.startswith("[{") else []:
        src, dst = (r.get(f"{end}4_addr") or r.get(f"{end}6_addr") for end in ("src", "dst"))
        at = key(r["proto"], src, r.get("src_port"), dst, r.get("dst_port"))
        found[at + ("packets",)] += r["in_packets"]
        found[at + ("bytes",)] += r["in_bytes"]
    return found


def check_nfpcapd():
    if not shutil.which("nfpcapd"):
        skip("nfpcapd", "nfpcapd is not installed")
        return
    compared = 0
    for path in sorted(glob.glob(corpus("nfdump-files/*.pcap")) +
                       glob.glob(corpus("arkime-pcaps/*.pcap"))):
        if stem(path) in NFPCAPD:
            continue
        ours, theirs = Counter(), nfpcapd(path)
        for r in tryst(path, "--format", "pcap-flows"):
            at = key(r["proto"], r["src"], r["src_port"], r["dst"], r["dst_port"])
            ours[at + ("packets",)] += int(r["packets"])
            ours[at + ("bytes",)] += int(r["bytes"])
        compared += bool(theirs)
        same(f"nfpcapd: {stem(path)}", ours, theirs)
    check("nfpcapd: most captures have flows", compared > 150, compared)


def tshark(path, fields, *words):
    command = ["tshark", "-n", "-r", path, "-o", "ip.defragment:FALSE", "-o",
               "ipv6.defragment:FALSE", "-T", "fields", "-E", "occurrence=f", *words]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, text=True, capture_output=True, check=False, timeout=60)
    return [line.split("\t") for line in done.stdout.split("\n") if line]


def outer(fields):
    """(src, dst, bytes) of the outermost IP packet of a frame, or None."""
    layers, src4, dst4, len4, src6, dst6, len6 = fields
    for layer in layers.split(":"):
        if layer == "ip" and src4:
            return src4, dst4, int(len4)
        if layer == "ipv6" and src6:
            return src6, dst6, int(len6) + 40
    return None


def check_frames():
    """Packets and bytes by addresses, of link types and headers that nfpcapd is no witness for."""
    fields = ["frame.protocols", "ip.src", "ip.dst", "ip.len", "ipv6.src", "ipv6.dst", "ipv6.plen"]
    paths = glob.glob(corpus("zeek-traces/*cap*")) + glob.glob(corpus("zeek-traces/*/*cap*"))
    paths += glob.glob(corpus("ddos-stopddos/*.pcapng"))
    paths += [p for p in glob.glob(corpus("*/*.pcap")) if stem(p) in NFPCAPD and
              stem(p) != "arkime_synthetic"]
    for path in sorted(p for p in paths if os.path.isfile(p)):
        ours, theirs = Counter(), Counter()
        for frame in tshark(path, fields):
            packet = outer(frame)
            if packet:
                src, dst = (str(ipaddress.ip_address(a)) for a in packet[:2])
                theirs[src, dst, "packets"] += 1
                theirs[src, dst, "bytes"] += packet[2]
        for r in tryst(path, "--format", "pcap-flows"):
            ours[r["src"], r["dst"], "packets"] += int(r["packets"])
            ours[r["src"], r["dst"], "bytes"] += int(r["bytes"])
        same(f"tshark: {os.path.relpath(path, CORPUS)}", ours, theirs)


def milliseconds(text):
    when = datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=timezone.utc)
    return round((when - datetime.fromtimestamp(0, timezone.utc)).total_seconds() * 1000000) // 1000


def biflows(path):
    """ipfixprobe's lines: sums, and the first and last time, by addresses."""
    sums, times = Counter(), {}
    with open(path, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split(",") for line in f]
    for row in rows:
        macs = [i for i, x in enumerate(row) if re.match(r"(?:[0-9a-f]{2}:){5}", x)]
        if not macs:
            continue
        dst, src = (str(ipaddress.ip_address(x)) for x in row[:2])
        first, last = milliseconds(row[macs[0] - 2]), milliseconds(row[macs[0] - 1])
        for at, octets, packets in (((src, dst), row[2], row[macs[0] + 2]),
                                    ((dst, src), row[3], row[macs[0] + 3])):
            sums[at + ("bytes",)] += int(octets)
            sums[at + ("packets",)] += int(packets)
        pair = tuple(sorted((src, dst)))
        before = times.get(pair, (first, last))
        times[pair] = (min(before[0], first), max(before[1], last))
    return sums, times


def check_ipfixprobe():
    for name, capture in IPFIXPROBE.items():
        theirs, times = biflows(corpus("ipfixprobe-functional/outputs", name))
        ours, seen = Counter(), {}
        for r in tryst(corpus("ipfixprobe-functional/inputs", capture + ".pcap"),
                       "--format", "pcap-flows"):
            ours[r["src"], r["dst"], "bytes"] += int(r["bytes"])
            ours[r["src"], r["dst"], "packets"] += int(r["packets"])
            first, last = milliseconds(r["start"]), milliseconds(r["end"])
            pair = tuple(sorted((r["src"], r["dst"])))
            before = seen.get(pair, (first, last))
            seen[pair] = (min(before[0], first), max(before[1], last))
        same(f"ipfixprobe: {name}: packets and bytes by direction", ours, theirs)
        same(f"ipfixprobe: {name}: times", seen, times)


def samples(path):
    """tshark's flow samples with an IP packet: (agent, rate, src, dst, bytes)."""
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

    with open(path, encoding="utf-8") as f:
        packets = json.load(f, object_pairs_hook=lambda pairs: [tuple(p) for p in pairs])
    for packet in packets:
        layers = dict(dict(packet)["_source"])["layers"]
        for name, value in layers:
            if name == "sflow":
                walk(value, {})
    return Counter(found)


def check_sflow():
    for name in ("tcpdump-sflow__sflow_expanded", "tcpdump-sflow__sflow-print-v6",
                 "ndpi-samples__sflow"):
        theirs = samples(corpus("ground-truth/tshark", name + ".pcap.json"))
        path = corpus(name.replace("__", "/") + ".pcap")
        ours = Counter((r["exporter"], r["sampling"], r["src"], r["dst"], r["bytes"])
                       for r in tryst(path))
        same(f"sflow: {name}", ours, theirs)


def check_mixed():
    """NetFlow and sFlow for one port: each datagram is what it says it is."""
    rows = tryst(corpus("tcpdump-sflow/sflow_multiple_counter_30_pdus.pcap"))
    check("five datagrams of NetFlow v5 among sFlow", len(rows) == 7, rows)


def main():
    if not os.path.isdir(CORPUS):
        print("1..0 # SKIP no corpus: set TRYST_CORPUS")
        return
    check_arkime()
    check_ipfixprobe()
    check_sflow()
    check_mixed()
    check_nfpcapd()
    if shutil.which("tshark"):
        check_frames()
    else:
        skip("tshark", "tshark is not installed")
    finish()


if __name__ == "__main__":
    sys.exit(main())
