# SPDX-License-Identifier: Apache-2.0
"""What the tests with live peers share: what tshark counts in a capture, a collector of datagrams,
and the exporters that are given the capture.

Nothing here waits for a time to pass, but for a process to end, a count to be reached or a queue
to be empty.  Over the loopback a datagram is in the receiver's buffer before its sender goes on, so
what an exporter that has ended had to say is all there.
"""
import csv
import io
import ipaddress
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import threading
import time
from collections import defaultdict
from datetime import datetime, timedelta, timezone

from case import PEER_ENVIRONMENT, run

HUNG_S = 60  # a peer that needs as long is hung, not slow
RECEIVED_MAX = 8 << 20
EPOCH = datetime.fromtimestamp(0, timezone.utc)

# --- what is in a capture -------------------------------------------------------------------------

WITH_PORTS = {6: "tcp", 17: "udp"}
UPPER = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
FIELDS = ("frame.time_epoch", "frame.len", "frame.protocols", "ip.src", "ip.dst", "ip.len",
          "ip.proto", "ipv6.src", "ipv6.dst", "ipv6.plen", "tcp.srcport", "tcp.dstport",
          "udp.srcport", "udp.dstport")
ETHERNET = 14


class Total:
    """Packets and bytes of what has one key, its first and last time in milliseconds."""

    def __init__(self):
        self.packets = self.bytes = 0
        self.padded = 0  # bytes with what Ethernet puts behind a packet shorter than 46 bytes
        self.first, self.last = float("inf"), float("-inf")

    def add(self, packets, octets, first, last):
        self.packets += packets
        self.bytes += octets
        self.first, self.last = min(self.first, first), max(self.last, last)


def flow_key(proto, src, dst, src_port, dst_port):
    ports = (int(src_port or 0), int(dst_port or 0)) if int(proto) in WITH_PORTS else (0, 0)
    return (int(proto), str(ipaddress.ip_address(src)), str(ipaddress.ip_address(dst)), *ports)


def tshark_packet(row):
    """(key, bytes) of the outermost IP packet, or None."""
    layers = row["frame.protocols"].split(":")
    ip = next((layer for layer in layers if layer in ("ip", "ipv6")), None)
    if not ip:
        return None
    if ip == "ip":
        proto, octets = int(row["ip.proto"]), int(row["ip.len"])
    else:
        upper = layers[layers.index(ip) + 1:]
        proto = next(UPPER[layer] for layer in upper if layer in UPPER)
        octets = int(row["ipv6.plen"]) + 40
    ports = [row.get(f"{WITH_PORTS.get(proto)}.{end}port") for end in ("src", "dst")]
    return flow_key(proto, row[ip + ".src"], row[ip + ".dst"], *ports), octets


def tshark_packets(path):
    """(key, bytes, padded bytes, milliseconds) of each packet, in order."""
    command = ["tshark", "-n", "-r", path, "-o", "ip.defragment:FALSE", "-T", "fields", "-E",
               "occurrence=f"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, text=True, capture_output=True, check=True, timeout=HUNG_S)
    packets = []
    for line in done.stdout.splitlines():
        row = dict(zip(FIELDS, line.split("\t")))
        packet = tshark_packet(row)
        if packet:
            packets.append((*packet, int(row["frame.len"]) - ETHERNET,
                            float(row["frame.time_epoch"]) * 1000))
    return packets


def totals_of(packets):
    """By protocol, addresses and ports."""
    totals = defaultdict(Total)
    for key, octets, padded, at_ms in packets:
        totals[key].add(1, octets, at_ms, at_ms)
        totals[key].padded += padded
    return totals


# --- what tryst reads -----------------------------------------------------------------------------

def milliseconds(text):
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) / timedelta(milliseconds=1)


class Reading:
    """A file as tryst reads it: rows as dictionaries, their totals, what it says of the file."""

    def __init__(self, path, *words):
        done = run("flows", path, "-o", "csv", *words)
        self.exit, self.said = done.returncode, done.stderr
        self.rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.totals = defaultdict(Total)
        for row in self.rows:
            proto, src, dst, src_port, dst_port = (
                row[name] for name in ("proto", "src", "dst", "src_port", "dst_port"))
            times = [milliseconds(row[name]) if row[name] else 0 for name in ("start", "end")]
            forth, back = (flow_key(proto, src, dst, src_port, dst_port),
                           flow_key(proto, dst, src, dst_port, src_port))
            for key, packets, octets in ((forth, row["packets"], row["bytes"]),
                                         (back, row["rev_packets"], row["rev_bytes"])):
                if int(packets or 0):  # softflowd's biflows may have nothing forth
                    self.totals[key].add(int(packets), int(octets), *times)

    def impossible_times(self):
        found = re.search(r"([\d,]+) flows? with impossible times", self.said)
        return int(found[1].replace(",", "")) if found else 0


# --- processes ------------------------------------------------------------------------------------

class Peer:
    """A process of its own group, which does not outlive the block; `said` is all it printed."""

    def __init__(self, *command):
        self.command = command
        self.said = ""

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        errors="replace", start_new_session=True,
                                        env=PEER_ENVIRONMENT)
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        return self

    def _listen(self):
        for line in self.process.stdout:
            self.said += line

    def running(self):
        return self.process.poll() is None

    def wait(self):
        """For its end; the exit code."""
        code = self.process.wait(timeout=HUNG_S)
        self.listener.join(timeout=HUNG_S)
        return code

    def end(self, number=signal.SIGTERM):
        """Asks it alone to end, and waits for that."""
        if self.running():
            self.process.send_signal(number)
        return self.wait()

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.listener.join(timeout=HUNG_S)


def until(condition, peer=None):
    """Whether the condition came true before the peer ended or seems hung."""
    limit = time.monotonic() + HUNG_S
    while not condition():
        if time.monotonic() > limit or (peer and not peer.running()):
            return condition()
        time.sleep(0.02)
    return True


# --- datagrams ------------------------------------------------------------------------------------

class Collector:
    """Free ports of the loopback, each with the datagrams that came for it, in order."""

    def __init__(self, *names):
        self.sockets, self.datagrams, self.ports = {}, {name: [] for name in names}, {}
        for name in names:
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_MAX)
            s.bind(("127.0.0.1", 0))
            s.setblocking(False)
            self.sockets[s] = name
            self.ports[name] = s.getsockname()[1]

    def __enter__(self):
        self.over = False
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()
        return self

    def _receive(self, seconds):
        ready = select.select(list(self.sockets), [], [], seconds)[0]
        for s in ready:
            self.datagrams[self.sockets[s]].append(s.recv(65536))
        return bool(ready)

    def _collect(self):
        while not self.over:
            self._receive(0.05)
        while self._receive(0):
            pass

    def stop(self):
        """Takes what the sockets still hold; the exporters have ended."""
        self.over = True
        self.thread.join()
        for s in self.sockets:
            s.close()

    def __exit__(self, *_):
        if not self.over:
            self.stop()


def capture_of(datagrams, port):
    """A capture file of the export traffic: UDP over IPv4 over nothing."""
    out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101)]
    now = int(time.time())
    for data in datagrams:
        udp = struct.pack(">HHHH", 40000, port, 8 + len(data), 0) + data
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0x7f000001,
                         0x7f000001) + udp
        out.append(struct.pack("<IIII", now, 0, len(ip), len(ip)) + ip)
    return b"".join(out)


def bound(port):
    """What /proc/net/udp says of a port: the bytes that wait there, or None: nobody listens."""
    with open("/proc/net/udp", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            cells = line.split()
            if int(cells[1].split(":")[1], 16) == port:
                return int(cells[4].split(":")[1], 16)
    return None


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# --- exporters ------------------------------------------------------------------------------------

VERSIONS = {"v5": "5", "v9": "9", "ipfix": "10"}


def softflowd_with(path, words, folder):
    """(datagrams, what it says).  -a: the capture's clock, not today's."""
    with Collector("export") as collector:
        command = ["softflowd", "-d", "-a", "-r", path, "-n",
                   f"127.0.0.1:{collector.ports['export']}", "-p", f"{folder}/softflowd.pid",
                   "-c", "none", *words]
        with Peer(*command) as peer:
            peer.wait()
        collector.stop()
    return collector.datagrams["export"], peer.said


def softflowd(path, version, folder):
    return softflowd_with(path, ["-v", VERSIONS[version]], folder)


PMACCTD_CONFIG = """daemonize: false
pcap_savefile: {path}
aggregate: src_host, dst_host, src_port, dst_port, proto, tos, tcpflags
plugins: nfprobe[v5], nfprobe[v9], nfprobe[ipfix], sfprobe[sflow]
nfprobe_version[v5]: 5
nfprobe_receiver[v5]: 127.0.0.1:{v5}
nfprobe_version[v9]: 9
nfprobe_receiver[v9]: 127.0.0.1:{v9}
nfprobe_version[ipfix]: 10
nfprobe_receiver[ipfix]: 127.0.0.1:{ipfix}
sfprobe_receiver[sflow]: 127.0.0.1:{sflow}
sampling_rate[sflow]: 1
"""


def pmacctd(path, folder):
    """(datagrams by protocol, what it says).  One run, four plugins that export."""
    with Collector("v5", "v9", "ipfix", "sflow") as collector:
        config = os.path.join(folder, "pmacctd.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(PMACCTD_CONFIG.format(path=path, **collector.ports))
        with Peer("pmacctd", "-f", config) as peer:
            peer.wait()
        collector.stop()
    return collector.datagrams, peer.said


# --- nfdump's collectors --------------------------------------------------------------------------

def nfpcapd(path, folder):
    """Its own meter's files."""
    os.mkdir(folder)
    subprocess.run(["nfpcapd", "-r", path, "-w", folder, "-t", "3600"], check=True,
                   capture_output=True, timeout=HUNG_S, env=PEER_ENVIRONMENT)
    return folder


def nfcapd(datagrams, folder):
    """The files that nfcapd makes of datagrams."""
    os.mkdir(folder)
    port = free_port()
    command = ["nfcapd", "-p", str(port), "-b", "127.0.0.1", "-w", folder, "-t", "3600", "-P",
               folder + ".pid"]
    with Peer(*command) as peer, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        until(lambda: bound(port) is not None, peer)
        for data in datagrams:
            until(lambda: not bound(port), peer)
            s.sendto(data, ("127.0.0.1", port))
        until(lambda: not bound(port), peer)
        peer.end()
    return folder


def nfdump(folder):
    """What nfdump reads in a folder of files."""
    done = subprocess.run(["nfdump", "-R", folder, "-o", "json"], check=True, text=True,
                          capture_output=True, env=dict(os.environ, TZ="UTC"), timeout=HUNG_S)
    return json.loads(done.stdout)
