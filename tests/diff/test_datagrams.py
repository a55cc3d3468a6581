#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Export datagrams of real exporters: tryst against the expected events of logstash's tests
(golden.json) and against tshark, field by field and record by record.

Where a peer is wrong, the comparison says so and holds it to the very same error:
* logstash adds a second to NetFlow v9's times, and to v5's where the milliseconds borrow one; a
  first switched before the exporter's start it puts 2^32 ms late.
* logstash and tshark leave an ICMP destination port as it came (0); tryst puts type * 256 + code
  there.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
from datetime import datetime, timezone

from case import CORPUS, check, finish, inputs_of, run, skip

VENDOR = os.path.join(CORPUS, "netflow-vendor-datagrams")
FLUENTD = os.path.join(CORPUS, "netflow-fluentd-dumps")
CESNET = os.path.join(CORPUS, "ipfix-file-cesnet", "example_flows.ipfix")
CESNET_TSHARK = os.path.join(CORPUS, "ground-truth", "tshark", "example_flows.ipfix.json.zst")
WRAP_MS = 1 << 32

# tryst's field: the names it has in golden.json.
GOLDEN = {
    "src": ["ipv4_src_addr", "sourceIPv4Address", "sourceIPv6Address"],
    "dst": ["ipv4_dst_addr", "destinationIPv4Address", "destinationIPv6Address"],
    "src_port": ["l4_src_port", "sourceTransportPort"],
    "dst_port": ["l4_dst_port", "destinationTransportPort"],
    "proto": ["protocol", "protocolIdentifier"],
    "tcp_flags": ["tcp_flags", "tcpControlBits"],
    "tos": ["src_tos", "ipClassOfService"],
    "icmp_type": ["icmp_type"],
    "icmp_code": ["icmp_code"],
    "packets": ["in_pkts", "packetDeltaCount", "packetTotalCount"],
    "bytes": ["in_bytes", "octetDeltaCount", "octetTotalCount", "in_permanent_bytes"],
    "rev_packets": ["reversePacketTotalCount"],
    "rev_bytes": ["reverseOctetTotalCount"],
    "in_if": ["input_snmp", "ingressInterface"],
    "out_if": ["output_snmp", "egressInterface"],
    "src_as": ["src_as"],
    "dst_as": ["dst_as"],
    "src_mask": ["src_mask"],
    "dst_mask": ["dst_mask"],
    "next_hop": ["ipv4_next_hop", "ipNextHopIPv4Address", "ipNextHopIPv6Address"],
    "vlan": ["vlanId"],
    "end_reason": ["flowEndReason"],
    "nat_src": ["xlate_src_addr_ipv4", "postNATSourceIPv4Address"],
    "nat_dst": ["xlate_dst_addr_ipv4", "postNATDestinationIPv4Address"],
    "nat_src_port": ["xlate_src_port"],
    "nat_dst_port": ["xlate_dst_port"],
    "fw_event": ["fw_event"],
    "start": ["flowStartMilliseconds", "flow_start_msec"],
    "end": ["flowEndMilliseconds", "event_time_msec"],
}
FIELD_OF = {theirs: ours for ours, names in GOLDEN.items() for theirs in names}

# What tryst has no field for.
IGNORED = {
    "version", "flow_seq_num", "engine_type", "engine_id", "sampling_algorithm",
    "sampling_interval", "flow_records", "flowset_id", "ip_protocol_version", "ipVersion",
    "in_src_mac", "in_dst_mac", "conn_id", "fw_ext_event", "ingress_acl_id", "egress_acl_id",
    "username", "out_pkts", "out_bytes", "icmpTypeCodeIPv4", "silkAppLabel", "flowAttributes",
    "reverseFlowAttributes", "reverseVlanId", "reverseIpClassOfService",
    "reverseFlowDeltaMilliseconds", "tcpSequenceNumber", "reverseTcpSequenceNumber",
}


def milliseconds(text):
    """Of an RFC 3339 time; numbers are such already."""
    if not isinstance(text, str):
        return text
    # Anything finer is cut off, as tryst does.
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(time.timestamp() * 1000000) // 1000


def first_datagram(data):
    """What logstash takes of a payload: what the header counts."""
    version, count = struct.unpack(">HH", data[:4])
    return data[:{5: 24 + 48 * count, 10: count}.get(version, len(data))]


def read(datagrams, name):
    """The rows that tryst makes of datagrams in one file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(path, "wb") as f:
            f.write(b"".join(datagrams))
        result = run("flows", "-o", "json", "-N", path)
    if result.returncode not in (0, 3):
        return None, result
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return [row for row in rows if row["type"] == "flow"], result


def vendor_datagrams(names):
    datagrams = []
    for name in names:
        with open(os.path.join(VENDOR, name), "rb") as f:
            datagrams.append(first_datagram(f.read()))
    return datagrams


def compare_time(row, field, theirs, version):
    """NetFlow v5's and v9's own times, with what logstash makes of them."""
    apart = milliseconds(theirs) - milliseconds(row[field])
    return apart == 1000 or (version == 5 and apart in (0, WRAP_MS))


def compare_uptime(row, field, theirs, init):
    return init is None or milliseconds(row[field]) == init + theirs


def compare_value(row, theirs_name, theirs, event, init):
    """None: equal; else what is wrong."""
    if theirs_name in IGNORED:
        return None
    if theirs_name in ("first_switched", "last_switched"):
        field = "start" if theirs_name[0] == "f" else "end"
        ok = compare_time(row, field, theirs, event["version"])
    elif theirs_name in ("flowStartSysUpTime", "flowEndSysUpTime"):
        field = "start" if "Start" in theirs_name else "end"
        ok = compare_uptime(row, field, theirs, init)
    elif theirs_name in ("initialTCPFlags", "unionTCPFlags"):
        field = "tcp_flags"
        ok = row[field] == event["initialTCPFlags"] | event["unionTCPFlags"]
    elif theirs_name in ("reverseInitialTCPFlags", "reverseUnionTCPFlags"):
        field = "rev_tcp_flags"
        ok = row[field] == event["reverseInitialTCPFlags"] | event["reverseUnionTCPFlags"]
    else:
        field = FIELD_OF.get(theirs_name)
        if field is None:
            return f"{theirs_name} is not known to this test"
        ours = row.get(field)
        if field in ("start", "end"):
            ok = milliseconds(ours) == milliseconds(theirs)
        elif field == "dst_port" and row.get("proto") == 1:
            ok = theirs == 0 and ours == row["icmp_type"] * 256 + row["icmp_code"]
        else:
            ok = ours == theirs
    return None if ok else f"{theirs_name} is {theirs!r}, tryst's {field} {row.get(field)!r}"


def faults_of(row, event, init):
    faults = [compare_value(row, name, value, event, init) for name, value in event.items()]
    return [fault for fault in faults if fault]


def is_flow(event):
    return any(name in event for name in GOLDEN["src"])


def check_events(test, rows, result):
    """Each expected event is one of the rows, in their order."""
    events = [event["netflow"] for event in test["expected_events"]]
    inits = [e["systemInitTimeMilliseconds"] for e in events if "systemInitTimeMilliseconds" in e]
    init = inits[0] if inits else None
    at = 0
    for event in filter(is_flow, events):
        found = [i for i in range(at, len(rows)) if not faults_of(rows[i], event, init)]
        nearest = min((faults_of(row, event, init) for row in rows[at:]), key=len,
                      default=["no rows"])
        check(f"{test['test'].strip()}: event {events.index(event)}", found, nearest, result.stderr)
        at = found[0] + 1 if found else at


def check_spots(test, rows):
    """Single fields of events by number; records of options count there, and are no rows here."""
    events = [event["netflow"] for event in test["expected_events"]]
    options = [i for i, event in enumerate(events) if not is_flow(event)]
    for spot in test["spot_checks"]:
        name = spot["field"].split("[")[-1].rstrip("]")
        number = spot["event"]
        if name not in FIELD_OF or number in options:
            continue
        row = rows[number - sum(o < number for o in options)]
        value = json.loads(spot["value"])
        fault = compare_value(row, name, value, {"version": 0}, None)
        check(f"{test['test'].strip()}: {name} of event {number}", fault is None, fault)


def check_vendors():
    with open(os.path.join(VENDOR, "golden.json"), encoding="utf-8") as f:
        golden = json.load(f)
    for test in golden:
        name = test["test"].strip()
        rows, result = read(vendor_datagrams(test["datagrams_in_order"]), "vendor")
        if rows is None:
            # Two payloads whose count of records is damaged: nothing here looks like NetFlow.
            check(f"{name}: refused", test["expected_event_count"] is None
                  and "not a flow log" in result.stderr, result.stderr)
            continue
        options = sum(not is_flow(e["netflow"]) for e in test["expected_events"])
        if test["expected_event_count"] is not None:
            wanted = test["expected_event_count"] - options
            check(f"{name}: {wanted} flows", len(rows) == wanted, len(rows), result.stderr)
        check_events(test, rows, result)
        check_spots(test, rows)


# tshark's field: tryst's.
TSHARK = {
    "cflow.octets": "bytes", "cflow.packets": "packets", "cflow.srcaddr": "src",
    "cflow.dstaddr": "dst", "cflow.srcaddrv6": "src", "cflow.dstaddrv6": "dst",
    "cflow.srcport": "src_port", "cflow.dstport": "dst_port", "cflow.protocol": "proto",
    "cflow.tos": "tos", "cflow.tcpflags": "tcp_flags", "cflow.inputint": "in_if",
    "cflow.outputint": "out_if", "cflow.ip_ttl": "min_ttl", "cflow.srcas": "src_as",
    "cflow.dstas": "dst_as", "cflow.srcmask": "src_mask", "cflow.dstmask": "dst_mask",
    "cflow.nexthop": "next_hop", "cflow.bgpnexthop": "next_hop", "cflow.direction": "direction",
}


def tshark_time(value, boot_ms):
    """An absolute time as tshark prints it, or an uptime in seconds."""
    if re.fullmatch(r"[0-9.]+", value):
        return boot_ms + round(float(value) * 1000)
    day, second = value.replace(" UTC", "").rsplit(".", 1)
    time = datetime.strptime(re.sub(" +", " ", day), "%b %d, %Y %H:%M:%S")
    return int(time.replace(tzinfo=timezone.utc).timestamp()) * 1000 + int(second[:3])


class Pairs(list):
    """A JSON object with its keys in order, repeated ones too."""


def tshark_flows(pairs, header, found):
    """Every `Flow N` or `pdu N` but those of options, with the header of its message."""
    if any(key == "cflow.version" for key, _ in pairs):
        header = dict(pairs)
    for key, value in pairs:
        if re.fullmatch(r"Flow \d+|pdu \d+/\d+", key):
            if any(name == "cflow.octets" for name, _ in value):
                found.append((header, value))
        elif isinstance(value, Pairs):
            tshark_flows(value, header, found)


def tshark_fault(row, header, flow):
    uptime = float(header.get("cflow.sysuptime", 0))
    stamp = tshark_time(header["cflow.timestamp"], 0)
    boot_ms = stamp - round(uptime * 1000)
    flat = Pairs(flow)
    for _, value in flow:
        if isinstance(value, Pairs):
            flat.extend(value)
    for name, value in flat:
        if name in ("cflow.abstimestart", "cflow.timestart"):
            ok = milliseconds(row["start"]) == tshark_time(value, boot_ms)
        elif name in ("cflow.abstimeend", "cflow.timeend"):
            ok = milliseconds(row["end"]) == tshark_time(value, boot_ms)
        elif name in ("cflow.srcaddrv6", "cflow.dstaddrv6") and value == "::":
            continue
        elif name == "cflow.icmp_type_code_ipv4":
            ok = row["proto"] != 1 or row["dst_port"] == int(value, 0)
        elif name in TSHARK:
            ours = row.get(TSHARK[name])
            ok = ours == (int(value, 0) if isinstance(ours, int) else value)
        else:
            continue
        if not ok:
            return f"{name} is {value}: {row}"
    return None


def check_tshark(name, rows, messages):
    found = []
    for message in messages:
        tshark_flows(message, {}, found)
    check(f"{name}: as many records as tshark's", len(rows) == len(found), len(rows), len(found))
    faults = [tshark_fault(row, *flow) for row, flow in zip(rows, found)]
    faults = [fault for fault in faults if fault]
    check(f"{name}: {len(found)} records as tshark's", not faults and found, *faults[:3])


def check_cesnet():
    text = subprocess.run(["zstd", "-dc", CESNET_TSHARK], stdout=subprocess.PIPE, check=True).stdout
    with open(CESNET, "rb") as f:
        rows, _ = read([f.read()], "cesnet")
    check_tshark("cesnet", rows, json.loads(text, object_pairs_hook=Pairs))


def capture(datagrams):
    """A capture file with the datagrams in UDP over IPv4."""
    out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)]
    for data in datagrams:
        udp = struct.pack(">HHHH", 9995, 9995, 8 + len(data), 0) + data
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0xc0000201,
                         0xc0000202) + udp
        out.append(struct.pack("<IIII", 1700000000, 0, len(ip), len(ip)) + ip)
    return b"".join(out)


# In this order: a template whose data is not there, a sampler, templates before their data.
FLUENTD_FILES = ["v9.template.as2", "v9.template", "v9.sampler_template", "v9.sampler", "v9",
                 "v9.template.flowStartMilliseconds", "v9.flowStartMilliseconds",
                 "v9.mpls-template", "v9.mpls-data"]


def tshark(path, port):
    """Its messages, when what goes to a port is NetFlow."""
    command = ["tshark", "-r", path, "-d", f"udp.port=={port},cflow", "-T", "json"]
    peer = subprocess.run(command, env=dict(os.environ, TZ="UTC"), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(peer.stdout, object_pairs_hook=Pairs)


def check_fluentd(name, files):
    datagrams = []
    for file in files:
        with open(os.path.join(FLUENTD, f"netflow.{file}.dump"), "rb") as f:
            datagrams.append(f.read())
    rows, _ = read(datagrams, "fluentd")
    with tempfile.NamedTemporaryFile(suffix=".pcap") as pcap:
        pcap.write(capture(datagrams))
        pcap.flush()
        check_tshark(name, rows, tshark(pcap.name, 9995))
    return rows


def check_mixed():
    """NetFlow v5 and sFlow for one port: each datagram is what it says it is."""
    path = os.path.join(CORPUS, "tcpdump-sflow", "sflow_multiple_counter_30_pdus.pcap")
    with open(path, "rb") as f:
        rows, _ = read([f.read()], "mixed")
    check_tshark("NetFlow v5 among sFlow", rows, tshark(path, 6343))


NO_TEMPLATE = re.compile(r'"Data \((\d+) bytes\), no template found": \{')


def check_without_data():
    """nDPI's captures of NetFlow hold templates without data, and data without templates."""
    for name in ("netflow-fritz", "netflowv9"):
        recorded = os.path.join(CORPUS, "ground-truth", "tshark", f"ndpi-samples__{name}.pcap.json")
        with open(recorded, encoding="utf-8") as f:
            text = f.read()
        flows = []
        for message in json.loads(text, object_pairs_hook=Pairs):
            tshark_flows(message, {}, flows)
        sets = [int(size) for size in NO_TEMPLATE.findall(text)]
        (found,), _ = inputs_of(os.path.join(CORPUS, "ndpi-samples", name + ".pcap"))
        ours = (found["flows"], found.get("undecodable_sets", 0), found.get("undecodable_bytes", 0))
        check(f"{name}: {len(flows)} flows, {len(sets)} sets of {sum(sets)} bytes without template",
              ours == (len(flows), len(sets), sum(sets)), found)


def main():
    if not os.path.isdir(VENDOR):
        skip("export datagrams", f"no corpus at {CORPUS}")
        finish()
    check_vendors()
    check_cesnet()
    check_without_data()
    if shutil.which("tshark"):
        rows = check_fluentd("fluentd v9", FLUENTD_FILES)
        check("fluentd v9: the sampler's interval", rows[0].get("sampling") == 5000, rows[0])
        check_fluentd("fluentd v5", ["v5"])
        check_mixed()
    else:
        skip("fluentd against tshark", "tshark is not installed")
    finish()


main()
