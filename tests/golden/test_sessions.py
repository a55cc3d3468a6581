#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures against what other meters have recorded of them: Arkime's sessions (with tunnels),
ipfixprobe's biflows, nDPI's flows, and the index of the game servers' replies."""
import csv
import glob
import json
import os
import re
import sys
from collections import Counter, defaultdict

from captures import (both, corpus, frames, in_parallel, key, milliseconds, reverse, row_key, same,
                      stem, tryst, widen)
from case import CORPUS, check, finish

# Where Arkime's sessions are something else than the packets that share addresses and ports: of how
# many keys, and why.
ARKIME_APART = {
    "80211http": (2, "802.11 frames are not read"),
    "arkime_synthetic": (11, "VXLAN-GPE without its flag, and a frame that tshark does not know "
                             "either; Arkime does not look into IP in IPv6, and has sessions of "
                             "their own for fragments and DHCP"),
    "igmp": (8, "one session for all IGMP"),
    "ospf": (5, "one session for all IGMP and for all PIM"),
    "pim": (2, "one session for all PIM"),
    "single-packets": (2, "a session of one packet has its ends swapped"),
    "socks5-http-302-frag": (2, "Arkime leaves later fragments out"),
    "vxlan": (3, "Arkime looks into a packet whose inner frame is ARP"),
    "wireshark-dhcp": (2, "DHCP is paired by hardware address"),
    "wireshark-dhcpv6": (2, "DHCP is paired by hardware address"),
}
# Its packets are not in the order of their times; Arkime takes the first and the last in the file.
ARKIME_TIMES = ("dns-flags0110",)

# ipfixprobe's runs: their captures, if not of the same name.  Some plugins export only the flows
# that they have something to say of, some a flow once for every name in it.  `nettisa` leaves
# packets that are alone out, and so is no witness.
IPFIXPROBE = {"basic": "mixed", "basicplus": "http", "bstats": "", "dns": "", "dnssd": "",
              "http": "", "idpcontent": "", "mqtt": "", "netbios": "", "ntp": "", "ovpn": "",
              "passivedns": "dns", "phists": "mixed", "pstats": "mixed",
              "quic": "quic_initial-sample", "rtsp": "", "sip": "", "smtp": "",
              "ssadetector": "ovpn", "ssdp": "", "tls": "", "vlan": "", "wg": ""}
IPFIXPROBE_SOME = ("bstats", "ovpn", "passivedns", "sip", "smtp", "ssadetector", "tls")
IPFIXPROBE_REPEATED = ("netbios", "passivedns")


class Sums:
    """Packets, bytes and times: each by key of one direction, times of both."""

    def __init__(self):
        self.packets, self.bytes, self.times = Counter(), Counter(), {}

    def add(self, k, packets, octets):
        self.packets[k] += packets
        self.bytes[k] += octets

    def seen(self, k, first, last):
        widen(self.times, both(k), first, last)

    def keep(self, other):
        """Only the keys that the other has."""
        for mine, theirs in zip(vars(self).values(), vars(other).values()):
            for k in set(mine) - set(theirs):
                del mine[k]


def metered(path, *words):
    sums = Sums()
    for r in tryst(path, "--format", "pcap-flows", *words):
        sums.add(row_key(r), int(r["packets"]), int(r["bytes"]))
        sums.seen(row_key(r), milliseconds(r["start"]), milliseconds(r["end"]))
    return sums


# --- bytes of frames ------------------------------------------------------------------------------

def overheads(wanted, seen):
    """By addresses: how often the frame of a packet was how much longer than the packet.  Of
    packets in packets it is the innermost that is wanted."""
    found = defaultdict(Counter)
    for length, packets in seen:
        inner = [packet for packet in packets if packet[:2] in wanted]
        if inner:
            found[inner[-1][:2]][length - inner[-1][2]] += 1
    return found


def ends_of(k):
    return k[1], k[3]


def same_bytes(name, ours, theirs, seen):
    """Theirs count frames, ours IP packets; tshark knows the difference.  Where it is not the same
    for all packets between two addresses, because short ones were padded, their sum is compared."""
    apart = overheads({ends_of(k) for k in theirs.packets}, seen)
    expected, found = Counter(), Counter()
    for k in set(theirs.packets) | set(ours.packets):
        lengths = apart[ends_of(k)]
        if len(lengths) == 1:
            expected[k] = theirs.bytes[k] - theirs.packets[k] * next(iter(lengths))
            found[k] = ours.bytes[k]
        else:
            expected[ends_of(k)] += theirs.bytes[k]
            found[ends_of(k)] += ours.bytes[k]
    for ends, lengths in apart.items():
        if len(lengths) > 1:
            expected[ends] -= sum(length * count for length, count in lengths.items())
    same(f"{name}: bytes of {len(found)} keys", found, expected)


# --- Arkime ---------------------------------------------------------------------------------------

def sessions(path):
    with open(path, encoding="utf-8") as f:
        bodies = [session["body"] for session in json.load(f).get("sessions3", [])]
    sums = Sums()
    for body in bodies:
        a, b = body.get("source", {}), body.get("destination", {})
        if "ip" not in a:
            continue
        k = key(body["ipProtocol"], a["ip"], a.get("port"), b["ip"], b.get("port"))
        sums.add(k, a["packets"], a["bytes"])
        sums.add(reverse(k), b["packets"], b["bytes"])
        sums.seen(k, body["firstPacket"], body["lastPacket"])
    return sums


def check_arkime():
    """Packets, bytes and times by addresses and ports."""
    paths = [path for path in sorted(glob.glob(corpus("arkime-pcaps/*.pcap")))
             if stem(path) not in ARKIME_APART and os.path.exists(path[:-5] + ".test")]
    seen = frames(paths)
    for path, ours in zip(paths, in_parallel(lambda path: metered(path, "--inner"), paths)):
        theirs = sessions(path[:-5] + ".test")
        name = f"arkime: {stem(path)}"
        same(f"{name}: packets of {len(ours.packets)} keys", ours.packets, theirs.packets)
        same_bytes(name, ours, theirs, seen[path])
        if stem(path) not in ARKIME_TIMES:
            same(f"{name}: times", ours.times, theirs.times)
    check(f"arkime: {len(paths)} captures", len(paths) > 180)
    for name, (apart, why) in ARKIME_APART.items():
        path = corpus("arkime-pcaps", name)
        ours, theirs = metered(path + ".pcap", "--inner").packets, sessions(path + ".test").packets
        wrong = [f"{k}: tryst {ours[k]}, Arkime {theirs[k]}"
                 for k in sorted(set(ours) | set(theirs)) if ours[k] != theirs[k]]
        check(f"arkime: {name}: all but {apart} keys ({why})", len(wrong) == apart, *wrong)


# --- ipfixprobe -----------------------------------------------------------------------------------

def biflows(path, repeated):
    """The lines of a run; the names of their columns stand somewhere among them."""
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    heading = next(line for line in lines if line.startswith("ipaddr "))
    names = [cell.split(" ")[1] for cell in heading.split(",")]
    sums, known = Sums(), set()
    for row in csv.DictReader([line for line in lines if line != heading], names):
        k = key(row["PROTOCOL"], row["SRC_IP"], row["SRC_PORT"], row["DST_IP"], row["DST_PORT"])
        if repeated and (k, row["TIME_FIRST"]) in known:
            continue
        known.add((k, row["TIME_FIRST"]))
        sums.add(k, int(row["PACKETS"]), int(row["BYTES"]))
        sums.add(reverse(k), int(row["PACKETS_REV"]), int(row["BYTES_REV"]))
        sums.seen(k, milliseconds(row["TIME_FIRST"]), milliseconds(row["TIME_LAST"]))
    return sums


def check_ipfixprobe():
    for run, capture in IPFIXPROBE.items():
        theirs = biflows(corpus("ipfixprobe-functional/outputs", run), run in IPFIXPROBE_REPEATED)
        ours = metered(corpus("ipfixprobe-functional/inputs", (capture or run) + ".pcap"))
        if run in IPFIXPROBE_SOME:
            ours.keep(theirs)
        name = f"ipfixprobe: {run}"
        same(f"{name}: packets by direction of {len(theirs.times)} biflows", ours.packets,
             theirs.packets)
        same(f"{name}: bytes by direction", ours.bytes, theirs.bytes)
        same(f"{name}: times", ours.times, theirs.times)


# --- nDPI -----------------------------------------------------------------------------------------

NDPI_FLOW = re.compile(r"\t\d+\t(\w+) \[?([^ ]+?)\]?:(\d+) (?:<->|->) \[?([^ ]+?)\]?:(\d+) .*"
                       r"\[(\d+) pkts/(\d+) bytes (?:<->|->) (\d+) pkts/(\d+) bytes\]")
NDPI_PROTOS = {"TCP": 6, "UDP": 17}


def check_ndpi():
    paths = sorted(glob.glob(corpus("ndpi-samples/*.pcap")))
    seen = frames(paths)
    for path in paths:
        theirs = Sums()
        with open(path + ".out", encoding="utf-8") as f:
            for match in NDPI_FLOW.finditer(f.read()):
                k = key(NDPI_PROTOS[match[1]], *match.group(2, 3, 4, 5))
                theirs.add(k, int(match[6]), int(match[7]))
                theirs.add(reverse(k), int(match[8]), int(match[9]))
        ours = metered(path, "--inner")
        name = f"ndpi: {stem(path)}"
        same(f"{name}: packets of {len(ours.packets)} keys", ours.packets, theirs.packets)
        same_bytes(name, ours, theirs, seen[path])


# --- tcpdump --------------------------------------------------------------------------------------

TCPDUMP_UDP = re.compile(r" +1  (\S+) (\S+) IP (\S+)\.(\d+) > (\S+)\.(\d+): UDP, length (\d+)")


def check_years():
    """Times around the ends of 31 and 32 bits of seconds."""
    headers = 28  # of IPv4 and UDP
    for path in sorted(glob.glob(corpus("tcpdump-sflow/time_*.pcap*"))):
        with open(os.path.splitext(path)[0] + ".out", encoding="utf-8") as f:
            day, clock, *ends, length = TCPDUMP_UDP.match(f.read()).groups()
        ours = metered(path)
        k = key(17, *ends)
        at = milliseconds(f"{day}T{clock}")
        same(f"tcpdump: {stem(path)}", {k: ours.bytes[k], "time": ours.times[both(k)]},
             {k: int(length) + headers, "time": (at, at)})


# --- game servers ---------------------------------------------------------------------------------

def check_games():
    headers = 28  # of IPv4 and UDP
    theirs = Sums()
    with open(corpus("ground-truth/gameq_index.tsv"), encoding="utf-8") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            theirs.add((row["server"], int(row["port"])), 1, int(row["payload_len"]) + headers)
    ours = Sums()
    for r in tryst(corpus("games-gameq/gameq_replies.pcap")):
        ours.add((r["src"], int(r["src_port"])), int(r["packets"]), int(r["bytes"]))
    same("game servers: packets", ours.packets, theirs.packets)
    same("game servers: bytes", ours.bytes, theirs.bytes)


def main():
    if not os.path.isdir(CORPUS):
        print("1..0 # SKIP no corpus: set TRYST_CORPUS")
        return
    check_arkime()
    check_ipfixprobe()
    check_ndpi()
    check_years()
    check_games()
    finish()


if __name__ == "__main__":
    sys.exit(main())
