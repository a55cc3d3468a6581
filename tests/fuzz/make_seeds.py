#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the generated part of tests/fuzz/seeds/: one small, well-formed file a format variant.

The mutations of replay and libFuzzer start from these.  Crashing inputs that were mended stand
beside them under names of their own and are not touched.
"""
import bz2
import gzip
import json
import lzma
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds")
T = 1061578800  # 2003-08-22T19:00:00Z
SRC, DST = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 7])
SRC6, DST6 = b"\x20\x01\x0d\xb8" + bytes(11) + b"\1", b"\x20\x01\x0d\xb8" + bytes(11) + b"\2"


def write(target, name, data):
    folder = os.path.join(HERE, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def texts():
    for i, text in enumerate((
            "192.0.2.1", "2001:db8::7%eth0", "10.1/16", "10.0.0.0/255.255.0.0",
            "::ffff:1.2.3.4",
            "2003-08-22T19:00:00.123Z", "2003-08-22 15:09:00-04:00", "2003/08/22.19:00:00.5",
            "1061578800.25", "1061578800123", "2003-08-22/2003-08-23T10", "-2h", "yesterday..now",
            "2003/08/22.19:00-2003/08/22.22:00", "ipv6-icmp", "9999-12-31T23:59:59.999Z")):
        write("words", f"{i:02}", text)
    write("escape", "mixed",
          b"a\"\\\x1b[31m\x7f\xc2\x9b \xe2\x82\xac \xf0\x9f\x98\x80 \xff\xc0\x80")
    for i, text in enumerate((
            "src net 10/8 and (dst port in [80, 443, 6000-6010] or icmp-type 8)",
            "not (flags SA/SAFR and packets > 10k) or bpp < 100", "src and dst port > 1k",
            "ip in [10.0.0.1, 10.0.0.2, 2001:db8::/32] and proto udp",
            "host 10.0.0.1 or host 10.0.0.2",
            "start_ms < 2003-08-22 and duration > 1000", "in if 3 or as 64512 and tos 16", "any",
            "# a comment\ntcp and ipv4 and not next ip 1.2.3.4")):
        write("filter", f"{i}", text)
    write("watchlist", "forms",
          "# listed\n192.0.2.1 # first\n198.51.100.0/24\n10.0.0.1-10.0.0.9\n10.1.*.*\n"
          "hxxp://192[.]0[.]2[.]7:8080/x\n2001:db8::1%eth0\n192.0.2.9:6667\n10.0.0.0 255.0.0.0\n"
          "[2001:db8::2]:80\n0.0.0.0/0\nnobody\n300.1.1.1\n\xa0\n")
    write("watchlist", "crlf", "\ufeff192.0.2.1\r\n192.0.2.1/24\r\n\r\n\"192.0.2.3\",\"label\"\r\n")


CSV = ("ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das\n"
       "2003-08-22 19:00:00,2003-08-22 19:00:01,1.000,192.0.2.1,198.51.100.7,1234,80,TCP,"
       "...AP.SF,0,0,10,840,0,0,3,4,64512,64513\n"
       "2003-08-22 19:00:02,2003-08-22 19:00:02,0.000,2001:db8::1,2001:db8::2,0,8.0,ICMP6,"
       "........,0,0,1,64,0,0,0,0,0,0\nSummary\nflows,bytes\n2,904\n")


def tables():
    own = ("# start,end,src,dst,src_port,dst_port,proto,packets,bytes,vlan\n"
           "2003-08-22T19:00:00.000Z,,192.0.2.1,198.51.100.7,53,53,17,1,64,-\n"
           "1061578800.5,1061578801,\"192.0.2.1\",198.51.100.7,,,tcp,2.0,128,7\nbad,row\n")
    semi = ("sa;da;ts;td;pr;flg\n192.0.2.1;198.51.100.7;1061578800123;0.5;6;0x1b\n")
    text = ("Date first seen          Duration Proto      Src IP Addr:Port          "
            "Dst IP Addr:Port   Packets    Bytes Flows\n"
            "2003-08-22 19:00:00.000     1.000 TCP       192.0.2.1:1234  ->   198.51.100.7:80"
            "           10      840     1\n"
            # The fault shows date and time as one cell.
            "2003-08-22 39:00:00.000     1.000 TCP       192.0.2.1:1234  ->   198.51.100.7:80"
            "           10      840     1\n")
    write("nfdump-text", "long", text)
    for target in ("csv", "text-row"):
        write(target, "nfdump", CSV)
        write(target, "own", own)
        write(target, "semicolon", semi)
    write("csv", "gzip", gzip.compress(own.encode(), mtime=0))


def zstd(data):
    """One frame with one raw block (RFC 8878), so that changed bytes still unpack."""
    return (b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) +
            struct.pack("<I", len(data) << 3 | 1)[:3] + data)


def lz4(data, block=None, compressed=False):
    """One frame of independent blocks with one block, stored unless it is given compressed."""
    block = data if block is None else block
    return (b"\x04\x22\x4d\x18\x60\x40\x82" +
            struct.pack("<I", len(block) | (0 if compressed else 1 << 31)) + block + bytes(4))


def streams():
    text = b"a few words, " * 9
    write("stream", "gzip", gzip.compress(text, mtime=0) + gzip.compress(b"more", mtime=0))
    write("stream", "bzip2", bz2.compress(text))
    write("stream", "zstd", zstd(text) + zstd(b"more") + b"\x50\x2a\x4d\x18\4\0\0\0skip")
    write("stream", "xz", lzma.compress(text))
    write("stream", "xz-two", lzma.compress(text, check=lzma.CHECK_CRC32) + bytes(4) +
          lzma.compress(b"more", check=lzma.CHECK_NONE))
    write("stream", "lz4", lz4(text) + b"\x50\x2a\x4d\x18\4\0\0\0skip" + lz4(b"more"))
    # A match that repeats its last byte, and a check sum of the block that does not fit.
    write("stream", "lz4-run", lz4(b"", b"\x1fx\1\0\xff\xff\x40\x50xxxxx", compressed=True))
    write("stream", "lz4-sums", b"\x04\x22\x4d\x18\x74\x40\xbd" + struct.pack("<I", 1 << 31 | 4) +
          b"more" + b"\0\0\0\0" + bytes(8))
    write("stream", "plain", text)
    # A block that is a run of one byte.
    write("stream", "zstd-run",
          b"\x28\xb5\x2f\xfd\x00\x58" + struct.pack("<I", 131071 << 3 | 3)[:3] + b"x")


def element(kind, data):
    return struct.pack("<HH", kind, len(data) + 4) + data


def nfdump_v3(v6=False):
    generic = struct.pack("<QQQQQHHBBBB", T * 1000, T * 1000 + 900, T * 1000 + 950, 10, 840, 1234,
                          80, 6, 27, 0, 0)

    def addr(a):
        return a[::-1] if len(a) == 4 else a[7::-1] + a[:7:-1]
    a, b = (SRC6, DST6) if v6 else (SRC, DST)
    elements = [element(1, generic), element(3 if v6 else 2, addr(a) + addr(b)),
                element(4, struct.pack("<IIBBBB", 3, 4, 24, 24, 0, 0)),
                element(5, struct.pack("<QQQ", 1, 2, 200)),
                element(7, struct.pack("<II", 64512, 1)),
                element(12, addr(SRC)), element(42, bytes([0, 0, 60, 64]))]
    body = b"".join(elements)
    return struct.pack("<HHHBBHH", 11, 12 + len(body), len(elements), 0, 0, 0, 1) + body


def nfdump_v1():
    extmap = struct.pack("<HHHH", 2, 16, 1, 6) + struct.pack("<HHHH", 4, 6, 9, 0)
    def record(flags, addresses):
        body = struct.pack("<HHHHIIBBBBHHHH", flags, 1, 100, 900, T, T, 0, 27, 6, 0, 1234, 80, 1, 0)
        body += addresses + struct.pack("<IIHHHH", 10, 840, 3, 4, 100, 200) + SRC
        body += bytes(-len(body) % 4)
        return struct.pack("<HH", 10, 4 + len(body)) + body
    return extmap + record(0, SRC[::-1] + DST[::-1]) + record(
        1, SRC6[7::-1] + SRC6[:7:-1] + DST6[7::-1] + DST6[:7:-1])


def nfdump():
    exporter = struct.pack("<HHIQQHHI", 7, 32, 0, 0, 0xc0000201, 2, 0, 5)
    v2 = exporter + nfdump_v3() + nfdump_v3(True) + nfdump_v3()
    v1 = nfdump_v1()
    write("nfdump-records", "v2", b"\0" + v2)
    write("nfdump-records", "v1", b"\1" + v1)
    def block(count, data):
        return struct.pack("<IIHH", count, len(data), 3, 0) + data
    def head2(packing, blocks):
        return (struct.pack("<HHIQBBHIQII", 0xa50c, 2, 0x01070100, T, packing, 0, 0, 1, 0, 0, 0) +
                blocks)
    write("nfdump", "v2", head2(0, block(4, v2)))
    write("nfdump", "v2-blocks", head2(0, block(4, v2) + block(4, v2)))
    write("nfdump", "v2-bzip2", head2(2, block(4, bz2.compress(v2))))
    write("nfdump", "v2-zstd", head2(4, block(1, zstd(nfdump_v3()))))
    # LZ4: one run of literals.
    one = nfdump_v3()
    write("nfdump", "v2-lz4", head2(3, block(1, b"\xf0" + bytes([len(one) - 15]) + one)))
    write("nfdump", "v1", struct.pack("<HHII", 0xa50c, 1, 0, 1) + bytes(264) +
          struct.pack("<IIHH", 3, len(v1), 2, 0) + v1)


def v5(count=2):
    head = struct.pack(">HHIIIIBBH", 5, count, 100000, T, 500, 7, 0, 1, 0x4000 | 100)
    record = SRC + DST + bytes(4) + struct.pack(">HHIIIIHHBBBBHHBBH", 3, 4, 10, 840, 90000, 91000,
                                                1234, 80, 0, 27, 6, 0, 64512, 64513, 24, 24, 0)
    return head + count * record


FIELDS = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4), (21, 4), (22, 4))


def v9():
    template = struct.pack(">HH", 256, len(FIELDS))
    template += b"".join(struct.pack(">HH", *f) for f in FIELDS)
    options = struct.pack(">HHHHHHHHH", 257, 4, 8, 1, 4, 48, 1, 34, 4)
    record = SRC + DST + struct.pack(">HHBBIIII", 1234, 80, 6, 27, 10, 840, 91000, 90000)
    def flowset(number, data):
        data += bytes(-len(data) % 4)
        return struct.pack(">HH", number, 4 + len(data)) + data
    sets = (flowset(0, template) + flowset(1, options) +
            flowset(257, SRC + b"\1" + struct.pack(">I", 100)) + flowset(256, 2 * record))
    return struct.pack(">HHIIII", 9, 5, 100000, T, 7, 1) + sets


def ipfix():
    fields = b"".join(struct.pack(">HH", *f) for f in FIELDS[:8])
    fields += struct.pack(">HHHHHHI", 152, 8, 153, 8, 0x8000 | 2, 4, 29305)
    fields += struct.pack(">HHI", 0x8000 | 1, 65535, 35632)
    template = struct.pack(">HH", 256, 12) + struct.pack(">HH", 160, 8) + fields
    record = (struct.pack(">Q", T * 1000) + SRC + DST +
              struct.pack(">HHBBII", 1234, 80, 6, 27, 10, 840) +
              struct.pack(">QQI", T * 1000, T * 1000 + 5, 3) + b"\3abc")
    def ipfix_set(number, data):
        return struct.pack(">HH", number, 4 + len(data)) + data
    sets = ipfix_set(2, template) + ipfix_set(256, 2 * record)
    return struct.pack(">HHIII", 10, 16 + len(sets), T, 7, 1) + sets


def ethernet(payload, kind=0x0800):
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + struct.pack(">H", kind) + payload


def ip4(proto, payload, extra=0):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, extra, 64, proto, 0)
    return head + SRC + DST + payload


def ip6(proto, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), proto, 64) + SRC6 + DST6 + payload


def tcp(flags):
    return struct.pack(">HHIIBBHHH", 1234, 80, 1, 1, 0x50, flags, 1024, 0, 0)


def udp(sport, dport, payload):
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def sflow():
    frame = ethernet(ip4(6, tcp(2)))
    frame += bytes(-len(frame) % 4)
    raw = struct.pack(">IIII", 1, len(frame) + 4, 4, len(frame)) + frame
    flow = struct.pack(">IIIIIIIIII", 7, 3, 100, 700, 0, 3, 4, 1, 1, len(raw)) + raw
    counters = struct.pack(">III", 7, 3, 1) + struct.pack(">II", 1, 88) + bytes(88)
    return (struct.pack(">II", 5, 1) + SRC + struct.pack(">IIII", 0, 9, 100000, 2) +
            struct.pack(">II", 1, len(flow)) + flow +
            struct.pack(">II", 2, len(counters)) + counters)


def frames():
    gre = b"\0\0\x08\0"
    yield ethernet(ip4(6, tcp(2)))
    yield ethernet(ip4(6, tcp(0x11)))
    yield ethernet(struct.pack(">HH", 7, 0x86dd) + ip6(17, udp(53, 53, b"x" * 9)), 0x8100)
    yield ethernet(ip4(1, b"\x08\0\0\0\0\1\0\1ping"))
    yield ethernet(struct.pack(">I", 16 << 12 | 0x100 | 64) + ip4(17, udp(1, 2, b"mpls")), 0x8847)
    yield ethernet(ip4(17, udp(1, 2, b"12345678"), 0x2000))
    yield ethernet(ip4(17, b"rest", 2))
    yield ethernet(ip4(47, gre + ip4(6, tcp(16))))
    yield ethernet(ip4(17, udp(9, 4789, b"\x08\0\0\0\0\0\7\0" + ethernet(ip4(6, tcp(24))))))
    yield ethernet(ip4(17, udp(9, 2152, b"\x30\xff" + struct.pack(">HI", 40, 1) + ip4(6, tcp(4)))))
    yield ethernet(ip6(0, b"\x2c\0\0\0\0\0\0\0" + b"\x11\0\0\1\0\0\0\1" + udp(5, 6, b"frag")))
    yield ethernet(b"\0\1\x08\0\6\4\0\1" + bytes(20), 0x0806)


def pcap(packets, link=1, order="<", magic=0xa1b2c3d4):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for i, p in enumerate(packets):
        out += struct.pack(order + "IIII", T + i, 5, len(p), len(p)) + p
    return out


def pcapng(packets):
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += block(1, struct.pack("<HHI", 1, 0, 65535) + struct.pack("<HHB3xHH", 9, 1, 9, 0, 0))
    for i, p in enumerate(packets):
        at = (T + i) * 10**9
        out += block(6, struct.pack("<IIIII", 0, at >> 32, at & 0xffffffff, len(p), len(p)) + p)
    return out + block(3, struct.pack("<I", len(packets[0])) + packets[0])


def export():
    exported = [ethernet(ip4(17, udp(9, 2055, d))) for d in (v5(), v9(), ipfix())]
    exported.append(ethernet(ip4(17, udp(9, 6343, sflow()))))
    write("netflow", "v5", v5() + v5(1))
    write("netflow", "v9", v9() + v9())
    write("ipfix", "ipfix", ipfix() + ipfix())
    write("export", "v5", v5())
    write("export", "v9", v9())
    write("export", "ipfix", ipfix())
    write("export", "sflow", sflow())
    write("export", "mixed", v9() + v5() + ipfix() + sflow() + v9())
    write("sflow", "sflow", sflow() + sflow())
    packets = list(frames())
    for target in ("pcap", "capture"):
        write(target, "ethernet", pcap(packets))
        write(target, "ethernet-be-ns", pcap(packets[:3], 1, ">", 0xa1b23c4d))
        write(target, "ng", pcapng(packets))
        write(target, "raw", pcap([p[14:] for p in packets[:2]], 101))
        write(target, "cooked",
              pcap([b"\0\0\0\1\0\6" + bytes(8) + p[12:] for p in packets[:4]], 113))
        write(target, "null", pcap([b"\2\0\0\0" + p[14:] for p in packets[:2]], 0))
        write(target, "export", pcap(exported))
    for i, p in enumerate(packets):
        write("packet", f"{i:02}", b"\1" + p)
    write("packet", "cooked2", b"\xff" + packets[0][12:14] + bytes(18) + packets[0][14:])
    write("packet", "raw", b"\x65" + packets[0][14:])


ZEEK = (("ts", "time"), ("uid", "string"), ("id.orig_h", "addr"), ("id.orig_p", "port"),
        ("id.resp_h", "addr"), ("id.resp_p", "port"), ("proto", "enum"), ("service", "string"),
        ("duration", "interval"), ("orig_bytes", "count"), ("resp_bytes", "count"),
        ("conn_state", "string"), ("history", "string"), ("orig_pkts", "count"),
        ("orig_ip_bytes", "count"), ("resp_pkts", "count"), ("resp_ip_bytes", "count"))
ZEEK_ROWS = (
    "1061578800.0001 C1 192.0.2.1 1234 198.51.100.7 80 tcp http 0.5 10 20 SF ShADadFf 5 300 4 280",
    "1061578801.5 C2 2001:db8::1 128 2001:db8::2 0 icmp - - - - OTH - 1 64 0 0")
JSON_ROWS = {
    "zeek": {"ts": 1061578800.5, "uid": "C1", "id.orig_h": "192.0.2.1", "id.orig_p": 1234,
             "id.resp_h": "198.51.100.7", "id.resp_p": 80, "proto": "tcp", "duration": 0.5,
             "orig_pkts": 5, "orig_ip_bytes": 300, "resp_pkts": 4, "resp_ip_bytes": 280,
             "history": "ShADadFf", "conn_state": "SF"},
    "eve": {"timestamp": "2003-08-22T19:00:00.000001+0000", "flow_id": 1, "event_type": "flow",
            "src_ip": "192.0.2.1", "src_port": 1234, "dest_ip": "198.51.100.7", "dest_port": 80,
            "proto": "TCP", "flow": {
                "pkts_toserver": 5, "pkts_toclient": 4, "bytes_toserver": 300,
                "bytes_toclient": 280, "start": "2003-08-22T18:59:00.000001+0000",
                "end": "2003-08-22T19:00:00.000001+0000", "state": "closed"},
            "tcp": {"tcp_flags": "1b", "tcp_flags_ts": "1b", "tcp_flags_tc": "1b"}},
    "nfdump": {"type": "FLOW", "first": "2003-08-22T19:00:00.000",
               "last": "2003-08-22T19:00:01.000", "src4_addr": "192.0.2.1",
               "dst4_addr": "198.51.100.7", "src_port": 1234, "dst_port": 80, "proto": 6,
               "tcp_flags": "...AP.SF", "in_packets": 10, "in_bytes": 840, "sampled": 0},
    "goflow2": {"type": "NETFLOW_V9", "time_received_ns": T * 10**9, "sequence_num": 1,
                "sampling_rate": 1, "sampler_address": "192.0.2.9",
                "time_flow_start_ns": T * 10**9, "time_flow_end_ns": (T + 1) * 10**9,
                "bytes": 840, "packets": 10, "src_addr": "192.0.2.1",
                "dst_addr": "198.51.100.7", "etype": "IPv4", "proto": "TCP", "src_port": 1234,
                "dst_port": 80, "tcp_flags": 27},
}


def logs():
    names, types = zip(*ZEEK)
    zeek = ("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
            "#path\tconn\n#fields\t" + "\t".join(names) + "\n#types\t" + "\t".join(types) + "\n" +
            "".join(row.replace(" ", "\t") + "\n" for row in ZEEK_ROWS) +
            "#close\t2003-08-22-20-00-00\n")
    write("zeek", "conn", zeek)
    for name, row in JSON_ROWS.items():
        write("json", name, 2 * (json.dumps(row, separators=(",", ":")) + "\n"))
    write("json", "array", json.dumps(2 * [JSON_ROWS["nfdump"]], indent=1) + "\n")
    write("argus", "csv",
          "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,"
          "SrcBytes,Label\n2003/08/22 19:00:00.123456,0.5,tcp,192.0.2.1,1234,   ->,198.51.100.7,"
          "0x0050,FSPA_FSPA,0,0,9,580,300,flow\n2003/08/22 19:00:01.5,0,icmp,192.0.2.1,0x0008,"
          "  <->,198.51.100.7,,ECO,0,,2,128,64,\n")
    write("vpc", "v2",
          "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
          "start end action log-status\n2 123456789010 eni-1 192.0.2.1 198.51.100.7 1234 80 6 10 "
          "840 1061578800 1061578860 ACCEPT OK\n2 123456789010 eni-1 - - - - - - - 1061578800 "
          "1061578860 - NODATA\n")
    # The header comes again, and has a NUL in it.
    write("vpc", "nul-in-header", 2 * ("\0version account-id interface-id srcaddr dstaddr srcport "
                                       "dstport protocol packets bytes start end action\n"))


def cases():
    """The case files that the tests of reports expect, without their blanks."""
    golden = os.path.join(HERE, "../../golden/report")
    for name in "messy", "nothing", "sobig-f":
        with open(os.path.join(golden, name + ".json"), encoding="utf-8") as f:
            case = json.load(f)
        for key, keep in ("sightings", 99), ("hosts", 99), ("meetings", 2):
            case[key] = case[key][:keep]
        write("case", name, json.dumps(case, separators=(",", ":")) + "\n")
    with open(os.path.join(golden, "nothing.json"), encoding="utf-8") as f:
        case = json.load(f)
    case["search"] = {"endpoints": 9, "pairs": 99, "tested": 5, "clients_home": 3,
                      "clients_outside": 4, "elsewhere": 1, "unused": 2, "one_in": 1, "known": 0,
                      "since": "2003-08-22T00:00:00.000Z", "old": 1, "untold": 0}
    case["findings"] = [{
        "kind": "beacon",
        "endpoint": {"ip": "2001:db8::5", "proto": 6, "port": 443, "home": False},
        "service": "HTTPS", "clients": ["192.0.2.1", "192.0.2.2"], "clients_total": 2,
        "clients_here": 2, "first": "2003-08-22T00:01:30.620Z", "last": "2003-08-22T23:59:46.445Z",
        "score": 3.28811, "log10_p": -303.014, "log10_q": -301.2, "period_ms": 300596,
        "prevalence": 0.0097, "calls": 285, "jitter": 0.02,
        "hypotheses": {"controller": 0.9, "software": 0.09, "chance": 0.01}, "grade": "A",
        "verdict": "Called at a steady pace.", "changes": ["who runs the server"],
        "evidence": [{"family": "pace", "llr": 2.0, "text": "2 clients call it.",
                      "records": [{"input": 0, "record": 1}]}]}]
    write("case", "search", json.dumps(case, separators=(",", ":")) + "\n")


def segments():
    """Segments of stores, made by the program itself ($TRYST)."""
    columns = ("start,end,received,src,dst,src_port,dst_port,proto,tcp_flags,packets,bytes,"
               "exporter,next_hop,nat_src,icmp_type,domain")
    for name, count in ("one", 1), ("few", 40), ("many", 600):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/log.csv", "w", encoding="ascii") as f:
                f.write(columns + "\n")
                for n in range(count):
                    src = f"192.0.2.{n * 7 % 50}" if n % 5 else f"2001:db8::{n % 9:x}"
                    rest = ",198.51.100.1,,203.0.113.9,,7" if n % 3 else ",,,,8,"
                    f.write(f"{1061579000 + n},{1061579000 + n + n % 60},,{src},"
                            f"198.51.100.{n * n % 90},{n * 977 % 65536},{53 if n % 4 else 443},"
                            f"{17 if n % 3 else 1},{n % 32},{1 + n % 9},{40 + n * n * n % 90000}"
                            f"{rest}\n")
            subprocess.run([os.environ["TRYST"], "import", "-q", "-o", f"{folder}/store",
                            f"{folder}/log.csv"], check=True)
            path, = (p for p in os.listdir(f"{folder}/store") if p.endswith(".tryst"))
            with open(f"{folder}/store/{path}", "rb") as f:
                write("segment", name, f.read())


def indexes():
    """A shard of an index, made by the program itself ($TRYST)."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/archive")
        with open(f"{folder}/log.csv", "w", encoding="ascii") as f:
            f.write("start,end,src,dst,src_port,dst_port,proto,packets,bytes,exporter,next_hop\n")
            # So many that a run of records is read from the middle of its block.
            for n in range(2600):
                k = n * n * 2654435761 % 4294967291
                src = f"192.0.2.{k % 50}" if n % 5 else f"2001:db8::{n % 9:x}"
                rest = ",192.0.2.200,192.0.2.9" if n % 3 else ",,"
                f.write(f"{1061579000 + n},{1061579000 + n + k % 60},{src},"
                        f"198.51.100.{k // 9 % 90},{k // 7 % 65536},{53 if n % 4 else 443},"
                        f"{17 if n % 3 else 6},"
                        f"{1 + k % 900},{40 + k // 5 % 900000}{rest}\n")
        subprocess.run([os.environ["TRYST"], "export", "-q", "--as", "nfdump", "-o",
                        f"{folder}/archive/nfcapd", f"{folder}/log.csv"], check=True)
        os.utime(f"{folder}/archive/nfcapd", (T, T))
        subprocess.run([os.environ["TRYST"], "index", "-q", "--beside", f"{folder}/archive"],
                       check=True)
        path, = (p for p in os.listdir(f"{folder}/archive/.tryst") if p.endswith(".idx"))
        with open(f"{folder}/archive/.tryst/{path}", "rb") as f:
            write("index", "small", f.read())


def main():
    if "TRYST" in os.environ:
        segments()
        indexes()
    cases()
    texts()
    tables()
    streams()
    nfdump()
    export()
    logs()
    return 0


if __name__ == "__main__":
    sys.exit(main())
