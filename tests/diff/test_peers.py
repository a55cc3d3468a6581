#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Live exporters as witnesses: softflowd, pmacctd (nfprobe, sfprobe) and nfpcapd each meter the
same capture, and what tryst reads of their export is held against tshark's reading of the capture:
packets and bytes by protocol, addresses and ports, and first and last times.

Where a peer or its protocol does not keep what was in the capture, the comparison holds it to
exactly that:
* NetFlow v5 has no IPv6.
* softflowd counts the padding that Ethernet puts behind a short packet as bytes.
* softflowd and nfprobe meter both directions as one flow: each has the first and the last time of
  both.  softflowd cuts off fractions twice, so its times are up to 2 ms early, in NetFlow v9, whose
  header has whole seconds, up to a second.
* nfprobe's NetFlow v5 has uptimes since its own start today: of an old capture nothing is left of
  the times.  In v9 and IPFIX it has them in full, years before the export.  tryst flags both.
* sfprobe keeps up to a datagram of samples to itself when the capture ends.
* nfpcapd takes an IPv6 extension header for the protocol.
* nfdump 1.7.1 takes IPFIX's uptimes (IE 22 and 21, as softflowd has them) the wrong way round: end
  before start, in the files of its collector too.
"""
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from case import CORPUS, check, finish, skip
import witness
from witness import Reading, Total, totals_of

CAPTURES = (
    "ipfixprobe-functional/inputs/mixed.pcap",  # UDP, ICMP, ICMPv6, DHCPv6; ARP between them
    "ndpi-samples/ftp.pcap",  # TCP
    "arkime-pcaps/v6.pcap",  # TCP, UDP and ICMP over IPv6, of 1999
    "ddos-stopddos/amp.TCP.syn.optionallyACK.optionallysamePort.pcapng",  # 336 flows, padded
)
PROGRAMS = ("softflowd", "pmacctd", "nfpcapd", "nfcapd", "tshark")
SAMPLES_KEPT = 12  # at most, by sfprobe at its end
ATTEMPTS = 3


# --- comparing ------------------------------------------------------------------------------------

def differences(ours, theirs, octets="bytes"):
    """Keys whose packets or bytes are not the same."""
    def counts(totals, key, name):
        return (totals[key].packets, getattr(totals[key], name)) if key in totals else None

    return [f"{key}: tryst {counts(ours, key, 'bytes')}, tshark {counts(theirs, key, octets)}"
            for key in sorted(set(ours) | set(theirs))
            if counts(ours, key, "bytes") != counts(theirs, key, octets)]


def by_pair(totals):
    """Both directions as one: first and last time of both."""
    pairs = {}
    for (proto, src, dst, src_port, dst_port), total in totals.items():
        ends = tuple(sorted(((src, src_port), (dst, dst_port))))
        pairs.setdefault((proto, ends), Total()).add(0, 0, total.first, total.last)
    return pairs


def late(ours, theirs, early_ms, late_ms):
    """Keys whose first or last time is further off than that."""
    ours, theirs = by_pair(ours), by_pair(theirs)
    return [f"{key}: first {ours[key].first - theirs[key].first:+.1f} ms, "
            f"last {ours[key].last - theirs[key].last:+.1f} ms"
            for key in sorted(set(ours) & set(theirs))
            if not all(-early_ms <= off <= late_ms for off in
                       (ours[key].first - theirs[key].first, ours[key].last - theirs[key].last))]


def only_v4(totals):
    return {key: total for key, total in totals.items() if ":" not in key[1]}


def without_extensions(totals):
    """As nfpcapd has it: what is protocol 0 to it is ICMPv6 here."""
    return {(key[0] or 58, *key[1:]): total for key, total in totals.items()}


class Case:
    """One capture, and what the peers make of it."""

    def __init__(self, name, folder):
        self.name = os.path.splitext(os.path.basename(name))[0].split(".")[0]
        self.path = os.path.join(CORPUS, name)
        self.folder = os.path.join(folder, self.name)
        os.mkdir(self.folder)
        self.packets = witness.tshark_packets(self.path)
        self.truth = totals_of(self.packets)
        self.has_v4 = bool(only_v4(self.truth))

    def truth_in(self, version):
        return only_v4(self.truth) if version == "v5" else self.truth

    def read(self, data):
        """Datagrams one behind the other, or a capture of them."""
        with tempfile.NamedTemporaryFile(dir=self.folder) as f:
            f.write(data)
            f.flush()
            return Reading(f.name)

    def check(self, who, ok, *shown):
        check(f"{self.name}: {who}", ok, *shown)


# --- softflowd ------------------------------------------------------------------------------------

def check_softflowd(case, version):
    datagrams, said = witness.softflowd(case.path, version, case.folder)
    name = f"softflowd {version}"
    if version == "v5" and not case.has_v4:
        case.check(f"{name}: nothing, for all is IPv6", not datagrams, len(datagrams))
        return
    reading = case.read(b"".join(datagrams))
    exported = re.search(r"Flows exported: \d+ \((\d+) records\)", said)
    case.check(f"{name}: {len(reading.rows)} records, as it says",
               exported and len(reading.rows) == int(exported[1]), said, reading.said)
    truth = case.truth_in(version)
    wrong = differences(reading.totals, truth, "padded")
    case.check(f"{name}: packets and bytes of {len(truth)} flows", not wrong, *wrong[:5])
    wrong = late(reading.totals, truth, 1000 if version == "v9" else 2, 1)
    case.check(f"{name}: times", not wrong and reading.impossible_times() == 0, *wrong[:5],
               reading.said)
    captured = case.read(witness.capture_of(datagrams, 9995))
    wrong = differences(captured.totals, truth, "padded")
    case.check(f"{name}: the same in a capture of the export",
               not wrong and len(captured.rows) == len(reading.rows), *wrong[:5], captured.said)
    if version != "v5":
        check_nfdump(case, version, datagrams, reading)


# Other ways of saying the same: name, options, by how much a time may be early and late, IPv6 too.
SOFTFLOWD_MODES = (
    ("v1", ["-v", "1"], 2, 1, False),  # with records of 48 bytes instead of 52
    ("ipfix in seconds", ["-v", "10", "-A", "sec"], 1000, 0, True),
    ("ipfix in ms", ["-v", "10", "-A", "milli"], 1, 1, True),
    ("ipfix in us", ["-v", "10", "-A", "micro"], 1, 1, True),
    ("ipfix in ns", ["-v", "10", "-A", "nano"], 1, 1, True),
    ("v9 in ms", ["-v", "9", "-A", "milli"], 1, 1, True),
    ("ipfix with both directions", ["-v", "10", "-b"], 2, 1, True),
    ("ipfix with VLAN and MAC", ["-v", "10", "-T", "ether"], 2, 1, True),
)


def check_modes(case):
    for name, words, early_ms, late_ms, all_ip in SOFTFLOWD_MODES:
        datagrams, _ = witness.softflowd_with(case.path, words, case.folder)
        reading = case.read(b"".join(datagrams))
        truth = case.truth if all_ip else only_v4(case.truth)
        wrong = differences(reading.totals, truth, "padded")
        case.check(f"softflowd {name}: packets and bytes of {len(truth)} flows", not wrong,
                   *wrong[:5], reading.said)
        wrong = late(reading.totals, truth, early_ms, late_ms)
        case.check(f"softflowd {name}: times", not wrong and reading.impossible_times() == 0,
                   *wrong[:5], reading.said)


def check_sampling(case):
    """One packet in two: the interval is kept beside the counts."""
    for version in witness.VERSIONS:
        datagrams, _ = witness.softflowd_with(
            case.path, ["-v", witness.VERSIONS[version], "-s", "2"], case.folder)
        reading = case.read(b"".join(datagrams))
        packets = sum(total.packets for total in reading.totals.values())
        everything = sum(total.packets for total in case.truth_in(version).values())
        rates = {row["sampling"] for row in reading.rows}
        case.check(f"softflowd {version}, 1 in 2: {packets} of {everything} packets",
                   rates == {"2"} and 0 < packets < everything, rates, reading.said)


def check_nfdump(case, version, datagrams, reading):
    """nfcapd's files of the same datagrams; nfdump 1.7.1 has IPFIX end before start."""
    folder = witness.nfcapd(datagrams, os.path.join(case.folder, version))
    stored = Reading(folder)
    wrong = differences(stored.totals, case.truth, "padded")
    case.check(f"nfcapd of softflowd's {version}: packets and bytes", not wrong, *wrong[:5],
               stored.said)
    rows = witness.nfdump(folder)
    swapped = sum(row["last"] < row["first"] for row in rows)
    case.check(f"nfdump of softflowd's {version}: as many records", len(rows) == len(reading.rows),
               len(rows), len(reading.rows))
    if version == "ipfix":
        lasting = sum(row["start"] < row["end"] for row in reading.rows)
        case.check(f"nfdump has {swapped} of softflowd's IPFIX flows end before their start, and "
                   "tryst says so of its file", swapped == lasting == stored.impossible_times(),
                   lasting, stored.said)
    else:
        case.check(f"nfdump of softflowd's {version}: times",
                   not swapped and not stored.impossible_times(), swapped, stored.said)


# --- pmacctd --------------------------------------------------------------------------------------

def judge_nfprobe(case, version, datagrams):
    """(what is checked, whether it holds, what to show)."""
    truth = case.truth_in(version)
    if not truth:
        return [("nothing, for all is IPv6", not datagrams, len(datagrams))]
    reading = case.read(b"".join(datagrams))
    wrong = differences(reading.totals, truth)
    judged = [(f"packets and bytes of {len(truth)} flows", not wrong, wrong[:5])]
    flagged = reading.impossible_times()
    judged.append(("times long ago are flagged", flagged == len(reading.rows), reading.said))
    if version != "v5":
        wrong = late(reading.totals, truth, 1, 1)
        judged.append(("times", not wrong, wrong[:5]))
    return judged


def judge_sfprobe(case, datagrams):
    """Each packet is a sample, in order."""
    reading = case.read(witness.capture_of(datagrams, 6343))
    sent = len(reading.rows)
    kept = len(case.packets) - sent
    wrong = differences(reading.totals, totals_of(case.packets[:sent]))
    rates = {row["sampling"] for row in reading.rows}
    return [(f"{sent} samples, those of the end are not sent", 0 <= kept <= SAMPLES_KEPT, kept),
            (f"packets and bytes of {len(reading.totals)} flows", not wrong, wrong[:5]),
            ("1 in 1", rates == {"1"}, rates)]


def judge_pmacctd(case):
    """pmacctd may end before its plugins have all packets when the machine is slow: once more."""
    for _ in range(ATTEMPTS):
        datagrams, said = witness.pmacctd(case.path, case.folder)
        judged = [(f"nfprobe {version}: {what}", ok, shown)
                  for version in witness.VERSIONS
                  for what, ok, shown in judge_nfprobe(case, version, datagrams[version])]
        judged += [(f"sfprobe: {what}", ok, shown)
                   for what, ok, shown in judge_sfprobe(case, datagrams["sflow"])]
        if all(ok for _, ok, _ in judged):
            break
    return [(*one, said) for one in judged]


# --- nfpcapd --------------------------------------------------------------------------------------

def check_nfpcapd(case):
    reading = Reading(witness.nfpcapd(case.path, os.path.join(case.folder, "nfpcapd")))
    ours = without_extensions(reading.totals)
    wrong = differences(ours, case.truth)
    case.check(f"nfpcapd: packets and bytes of {len(ours)} flows", not wrong, *wrong[:5],
               reading.said)
    wrong = late(ours, case.truth, 1, 1)
    case.check("nfpcapd: times", not wrong, *wrong[:5])


def main():
    if not os.path.isdir(CORPUS):
        skip("live peers", f"no corpus at {CORPUS}")
        finish()
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        skip("live peers", "not installed: " + ", ".join(missing))
        finish()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        cases = [Case(name, folder) for name in CAPTURES]
        # pmacctd sleeps for most of its time.
        pending = [pool.submit(judge_pmacctd, case) for case in cases]
        for case, judging in zip(cases, pending):
            for version in witness.VERSIONS:
                check_softflowd(case, version)
            check_nfpcapd(case)
            if case is cases[0]:
                check_modes(case)
                check_sampling(case)
            for what, ok, *shown in judging.result():
                case.check(what, ok, *shown)
    finish()


if __name__ == "__main__":
    sys.exit(main())
