#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A capture of the exports of several routers, as one meets it: the same template id with other
layouts, interleaved; a restart; data before its template; fragments, VLAN, other traffic.  The
report says whose trouble is whose, and the same whatever the threads and the order of files."""
import json
import os
import struct
import tempfile

from case import check, expect, finish, run

T = 1700000000
A, B, C, COLLECTOR = "192.0.2.1", "192.0.2.2", "2001:db8::3", "192.0.2.99"
FORWARD = ((8, 4), (12, 4), (7, 2), (11, 2), (22, 4), (21, 4))
BACKWARD = ((12, 4), (8, 4), (11, 2), (7, 2), (21, 4), (22, 4))


def ip4(text):
    return bytes(int(part) for part in text.split("."))


def ip6(text):
    head, tail = text.split("::")
    words = [int(w, 16) for w in head.split(":")]
    words += [0] * (7 - len(words)) + [int(tail, 16)]
    return struct.pack(">8H", *words)


def udp(data):
    return struct.pack(">HHHH", 40000, 9995, 8 + len(data), 0) + data


def packet4(src, body, number, at=0, more=False, proto=17):
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), number, at // 8 | more << 13, 64,
                       proto, 0) + ip4(src) + ip4(COLLECTOR) + body


def packet6(src, body, number=None, at=0, more=False):
    if number is None:
        return struct.pack(">IHBB", 6 << 28, len(body), 17, 64) + ip6(src) + ip6(
            "2001:db8::99") + body
    return struct.pack(">IHBB", 6 << 28, 8 + len(body), 44, 64) + ip6(src) + ip6(
        "2001:db8::99") + struct.pack(">BBHI", 17, 0, at | more, number) + body


def frame(packet, vlan=None):
    tag = struct.pack(">HH", 0x8100, vlan) if vlan else b""
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86dd
    return bytes(12) + tag + struct.pack(">H", kind) + packet


def fragments(packet, src, body, number, size=64):
    """The later ones first."""
    cuts = [(at, body[at:at + size]) for at in range(0, len(body), size)]
    return [packet(src, piece, number, at, at + len(piece) < len(body))
            for at, piece in reversed(cuts)]


def v9(sequence, sets, uptime=10000000, seconds=T, source=5):
    return struct.pack(">HHIIII", 9, len(sets), uptime, seconds, sequence, source) + b"".join(sets)


def template(fields):
    body = struct.pack(">HH", 256, len(fields)) + b"".join(struct.pack(">HH", *f) for f in fields)
    return struct.pack(">HH", 0, 4 + len(body)) + body


def data(fields, number, uptime=10000000):
    values = {8: ip4("10.0.0.1"), 12: ip4("10.9.9.9"), 7: struct.pack(">H", 1000 + number),
              11: struct.pack(">H", 53), 22: struct.pack(">I", uptime - 5000),
              21: struct.pack(">I", uptime - 1000)}
    body = b"".join(values[f] for f, _ in fields)
    return struct.pack(">HH", 256, 4 + len(body)) + body


def capture(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, one in enumerate(frames):
            f.write(struct.pack("<IIII", T + i // 10, i, len(one), len(one)) + one)


def exports():
    """Interleaved: A forward, B backward; C before its template, and in fragments."""
    frames = [frame(packet4(A, udp(v9(0, [template(FORWARD)])), 1)),
              frame(packet4(B, udp(v9(0, [template(BACKWARD), data(BACKWARD, 1)])), 1), vlan=7),
              frame(packet6(C, udp(v9(0, [data(FORWARD, 2)]))))]
    for i in range(1, 6):
        frames.append(frame(packet4(A, udp(v9(i, [data(FORWARD, 10 + i)])), 10 + i)))
        # B loses two of them.
        if i not in (2, 3):
            frames.append(frame(packet4(B, udp(v9(i, [data(BACKWARD, 20 + i)])), 20 + i), vlan=7))
    whole = udp(v9(1, [template(FORWARD), data(FORWARD, 3), data(FORWARD, 4)]))
    frames += [frame(f) for f in fragments(packet6, C, whole, 77)]
    frames += [frame(f, 8) for f in fragments(packet4, A, udp(v9(6, [data(FORWARD, 16)] * 3)), 99)]
    frames.append(frame(packet4(A, bytes(40), 5, proto=6)))
    # A restarts: until it says so, its data has no layout.
    frames += [
        frame(packet4(A, udp(v9(0, [data(BACKWARD, 30, 9000)], 9000, T + 60)), 30)),
        frame(packet4(A, udp(v9(1, [template(BACKWARD)], 9500, T + 60)), 31)),
        frame(packet4(A, udp(v9(2, [data(BACKWARD, 31, 9600)], 9600, T + 61)), 32)),
    ]
    # And a domain that never gives its template.
    frames.append(frame(packet4(B, udp(v9(9, [data(BACKWARD, 1)], source=6)), 40)))
    return frames


def test_rows(folder):
    result = run("flows", os.path.join(folder, "a.pcap"), "-q", "-o", "json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    check("every record is there", len(rows) == 5 + 4 + 3 + 3 + 2, result.stderr, len(rows))
    check("each in its own layout", all(
        r["src"] == "10.0.0.1" and r["dst"] == "10.9.9.9" and r["dst_port"] == 53 and
        r["src_port"] > 1000 and r["start"] < r["end"] for r in rows), rows)
    check("of three exporters", {r["exporter"] for r in rows} == {A, B, C})


def health(folder, *words):
    result = run("hunt", "-w", os.path.join(folder, "list"), "-o", "json", *words)
    return result, json.loads(result.stdout)["inputs"]


def test_health(folder):
    result, inputs = health(folder, "-q", os.path.join(folder, "a.pcap"))
    expect("undecodable data is damage", result, 3)
    one = {(e["ip"], e["domain"]): e for e in inputs[0]["exporter_health"]}
    check("three exporters, one with two domains",
          sorted(one) == [(A, 5), (B, 5), (B, 6), (C, 5)], sorted(one))
    check("what A sent, and its restart", one[A, 5] == {
        "ip": A, "domain": 5, "protocols": ["netflow9"], "datagrams": 10, "flows": 10,
        "restarts": 1}, one[A, 5])
    check("what B lost", one[B, 5]["sequence_lost"] == 2 and one[B, 5]["flows"] == 4, one[B, 5])
    check("what waits for ever", one[B, 6] == {
        "ip": B, "domain": 6, "protocols": ["netflow9"], "datagrams": 1, "flows": 0,
        "undecodable_sets": 1, "undecodable_bytes": 20}, one[B, 6])
    check("C waited for its template", one[C, 5]["flows"] == 3 and len(one[C, 5]) == 5, one[C, 5])
    check("the input is the sum", inputs[0]["flows"] == sum(e["flows"] for e in one.values()) and
          inputs[0]["sequence_lost"] == 2 and inputs[0]["exporter_restarts"] == 1 and
          inputs[0]["undecodable_sets"] == 1, inputs[0])
    check("the summary counts as the protocol does",
          "2 datagrams lost on the way from exporters" in run(
              "flows", os.path.join(folder, "a.pcap")).stderr)
    text = run("hunt", "-w", os.path.join(folder, "list"), os.path.join(folder, "a.pcap"))
    check("the report says whose trouble it is",
          f"from {B} domain 5 (NetFlow v9): 2 lost datagrams; 4 flows read" in text.stdout and
          f"from {A} domain 5 (NetFlow v9): 1 restart; 10 flows read" in text.stdout and
          "1 exporter without trouble" in text.stdout, text.stdout)


def test_same(folder):
    files = [os.path.join(folder, n) for n in ("a.pcap", "b.pcap", "c.pcap")]
    seen = set()
    for jobs in ("1", "3"):
        for order in (files, files[::-1]):
            _, inputs = health(folder, "-q", "-j", jobs, *order)
            seen.add(json.dumps(inputs))
    check("the same for any threads and order", len(seen) == 1)


def main():
    with tempfile.TemporaryDirectory() as folder:
        frames = exports()
        capture(os.path.join(folder, "a.pcap"), frames)
        capture(os.path.join(folder, "b.pcap"), frames[:9])
        # Nothing but fragments is a capture of exports as well.
        capture(os.path.join(folder, "c.pcap"), [
            frame(f) for f in fragments(packet6, C, udp(v9(1, [template(FORWARD),
                                                               data(FORWARD, 3)])), 77)])
        with open(os.path.join(folder, "list"), "w", encoding="ascii") as f:
            f.write("10.9.9.9\n")
        expect("a capture of fragments alone", run("flows", os.path.join(folder, "c.pcap")), 0,
               err="read 1 flow")
        test_rows(folder)
        test_health(folder)
        test_same(folder)
    finish()


if __name__ == "__main__":
    main()
