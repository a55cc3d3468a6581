#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A block from end to end, in network namespaces: a victim with two ways to a listed host, one by a
router with BIRD, one by a router with FRR; ExaBGP tells both what our API stream says; softflowd on
each exports what it sees on the inside.  Traffic flows, stops with the block, flows again with the
undo; and `tryst block --check` says of the flows what happened: of a block that works, of one that
only one router got (the leak is named), and of none.

     victim 198.51.100.10  --- A (BIRD) ---+
                                           +--- listed host 203.0.113.7
     victim 198.51.100.130 --- B (FRR)  ---+
                 A, B --- X (ExaBGP, collector)
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone

from case import check, finish, run, skip
from netns import Netns, link, missing, stop, wait_for

HOST = "203.0.113.7"
HERE, THERE = "198.51.100.10", "198.51.100.130"
A_ADDRESS, B_ADDRESS = "10.9.1.1", "10.9.2.1"
A_INTERFACE, B_INTERFACE = 11, 21  # as softflowd calls what it watches
EXCHANGES = 12
FRR = "/usr/lib/frr/"

ECHO = f"""import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("{HOST}", 4000))
while True:
    data, who = s.recvfrom(2048)
    s.sendto(data, who)
"""

# Two datagrams and their answers, from a port that nothing else uses before or later, since one
# softflowd flow would be both; prints how many were answered.
ASK = f"""import socket, sys, time
answered = 0
for i in range({EXCHANGES}):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((sys.argv[1], int(sys.argv[2]) + i))
    s.settimeout(.15)
    for k in range(2):
        try:
            s.sendto(b"x" * 100, ("{HOST}", 4000))
            answered += len(s.recv(2048)) == 100
        except OSError:
            pass
    s.close()
    time.sleep(.02)
print(answered)
"""

# Traffic of others, at the router itself.
FILL = """import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
for i in range(2000):
    s.sendto(b"x" * 100, (sys.argv[2], 4001))
"""

# A capture of the datagrams as they came: raw IPv4, so that the exporter is who sent them.
COLLECT = """import socket, struct, sys, time
out = open(sys.argv[1], "wb")
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 9995))
while True:
    data, (ip, port) = s.recvfrom(65535)
    now = time.time()
    udp = struct.pack(">HHHH", port, 9995, 8 + len(data), 0) + data
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                       socket.inet_aton(ip), socket.inet_aton("10.9.0.1"))
    out.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), 20 + len(udp), 20 + len(udp)))
    out.write(head + udp)
    out.flush()
"""

FEED = """import sys
while True:
    with open(sys.argv[1]) as fifo:
        for line in fifo:
            sys.stdout.write(line)
            sys.stdout.flush()
"""

BIRD = f"""router id {A_ADDRESS};
protocol device {{}}
protocol kernel {{ ipv4 {{ import none; export where source = RTS_BGP; }}; }}
protocol static discard {{ ipv4; route 192.0.2.1/32 blackhole; }}
protocol bgp rtbh {{
    local {A_ADDRESS} as 64500;
    neighbor 10.9.1.2 as 64500;
    passive;
    ipv4 {{ import all; export none; }};
}}
"""

FRR_LINES = ("ip route 192.0.2.1/32 blackhole", "router bgp 64500", f"bgp router-id {B_ADDRESS}",
             "neighbor 10.9.2.2 remote-as 64500", "neighbor 10.9.2.2 passive")


class Lab:
    def __init__(self, folder):
        self.folder = folder
        self.port = 20000
        self.spaces = self.v, self.a, self.b, self.l, self.x = [Netns() for _ in range(5)]

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        return path

    def close(self):
        for space in reversed(self.spaces):
            space.close()

    def cables(self):
        v, a, b, l, x = self.spaces
        for one, end, other, far in ((v, "va", a, "av"), (v, "vb", b, "bv"), (a, "al", l, "la"),
                                     (b, "bl", l, "lb"), (a, "ax", x, "xa"), (b, "bx", x, "xb")):
            link(one, end, other, far)
        told = [
            v.sh(f"ip addr add {HERE}/26 dev va", f"ip addr add {THERE}/26 dev vb",
                 "ip route add default via 198.51.100.1",
                 "ip route add default via 198.51.100.129 table 100",
                 f"ip rule add from {THERE} table 100"),
            a.sh("ip addr add 198.51.100.1/26 dev av", "ip addr add 10.1.0.1/30 dev al",
                 f"ip addr add {A_ADDRESS}/30 dev ax", "ip route add 203.0.113.0/24 via 10.1.0.2",
                 "sysctl -q -w net.ipv4.ip_forward=1"),
            b.sh("ip addr add 198.51.100.129/26 dev bv", "ip addr add 10.2.0.1/30 dev bl",
                 f"ip addr add {B_ADDRESS}/30 dev bx", "ip route add 203.0.113.0/24 via 10.2.0.2",
                 "sysctl -q -w net.ipv4.ip_forward=1"),
            l.sh(f"ip addr add {HOST}/32 dev lo", "ip addr add 10.1.0.2/30 dev la",
                 "ip addr add 10.2.0.2/30 dev lb", "ip route add 198.51.100.0/26 via 10.1.0.1",
                 "ip route add 198.51.100.128/26 via 10.2.0.1"),
            x.sh("ip addr add 10.9.1.2/30 dev xa", "ip addr add 10.9.2.2/30 dev xb"),
        ]
        return all(done.returncode == 0 for done in told), [done.stdout for done in told]

    def routers(self):
        self.a.start("bird", "-f", "-c", self.path("bird.conf", BIRD), "-s", self.path("bird.ctl"),
                     log=self.path("bird.log"))
        frr = self.path("frr")
        os.mkdir(frr)
        os.chmod(frr, 0o777)
        for name in ("zebra", "staticd", "bgpd"):
            self.b.start(FRR + name, "-f", "/dev/null", "-z", f"{frr}/zserv.api", "-i",
                         f"{frr}/{name}.pid", "--vty_socket", frr, "-P", "0",
                         log=self.path(f"{name}.log"))
        wait_for(lambda: all(os.path.exists(f"{frr}/{name}.vty")
                             for name in ("zebra", "staticd", "bgpd")))
        self.vtysh("configure terminal", *FRR_LINES)

    def vtysh(self, *lines):
        words = [word for line in lines for word in ("-c", line)]
        return self.b.run("vtysh", "--vty_socket", self.path("frr"), *words).stdout

    def trigger(self):
        os.mkfifo(self.path("fifo"))
        config = (f"process tryst {{\n  run {sys.executable} {self.path('feed.py', FEED)} "
                  f"{self.path('fifo')};\n  encoder text;\n}}\n")
        for peer, local in ((A_ADDRESS, "10.9.1.2"), (B_ADDRESS, "10.9.2.2")):
            config += (f"neighbor {peer} {{\n  router-id 10.9.0.9;\n  local-address {local};\n"
                       "  local-as 64500;\n  peer-as 64500;\n  api {\n    processes [ tryst ];\n"
                       "  }\n}\n")
        env = {**os.environ, "exabgp.daemon.user": "root", "exabgp.api.ack": "false",
               "exabgp.api.cli": "false"}
        self.x.start("exabgp", self.path("exabgp.conf", config), log=self.path("exabgp.log"),
                     env=env)
        return wait_for(lambda: "Established" in self.a.run(
            "birdc", "-s", self.path("bird.ctl"), "show", "protocols").stdout
            and "Up" in self.vtysh("show bgp summary json").replace("Established", "Up"), 40, .3)

    def meters(self):
        self.collector = self.x.start(sys.executable, "-c", COLLECT, self.path("flows.pcap"))
        self.exporters = [
            space.start("softflowd", "-d", "-i", f"{index}:{interface}", "-n", f"{to}:9995", "-v",
                        "5", "-p", self.path(f"{interface}.pid"), "-c",
                        self.path(f"{interface}.ctl"), log=self.path(f"{interface}.log"))
            for space, index, interface, to in (
                (self.a, A_INTERFACE, "av", "10.9.1.2"), (self.b, B_INTERFACE, "bv", "10.9.2.2"))]
        self.l.start(sys.executable, "-c", ECHO)
        wait_for(lambda: all(os.path.exists(self.path(f"{i}.ctl")) for i in ("av", "bv")))

    def metered(self, space, interface):
        """Packets that softflowd has been given by the kernel, and those that it has counted."""
        said = space.run("softflowctl", "-c", self.path(f"{interface}.ctl"), "statistics").stdout
        return tuple(int(re.search(name + r": (\d+)", said)[1])
                     for name in ("received by libpcap", "Packets processed"))

    def flows(self):
        """What the meters have seen, once they have said all.  softflowd asks for no timeout, so
        that the kernel hands packets over a block at a time: others fill the last one."""
        for space, interface, source, to in ((self.a, "av", HERE, "198.51.100.1"),
                                             (self.b, "bv", THERE, "198.51.100.129")):
            told = self.metered(space, interface)[0]
            for _ in range(20):
                self.v.run(sys.executable, "-c", FILL, source, to)
                if self.metered(space, interface)[1] > told:
                    break
            space.run("softflowctl", "-c", self.path(f"{interface}.ctl"), "expire-all")
            check(f"the meter at {interface} has counted everything",
                  self.metered(space, interface)[1] > told)
        for exporter in self.exporters:
            stop(exporter)
        time.sleep(.5)
        stop(self.collector)
        return self.path("flows.pcap")

    def traffic(self):
        """Answers on both ways."""
        self.port += EXCHANGES
        asking = [subprocess.Popen(self.v.words([sys.executable, "-c", ASK, source,
                                                 str(self.port)]),
                                   text=True, stdout=subprocess.PIPE) for source in (HERE, THERE)]
        return tuple(int(one.communicate()[0]) for one in asking)

    def tell(self, path):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        with open(self.path("fifo"), "w", encoding="utf-8") as fifo:
            fifo.write(text)

    def blocked(self):
        """Which of the routers has the null route in its kernel."""
        return tuple(f"blackhole {HOST}" in space.sh("ip route").stdout
                     for space in (self.a, self.b))

    def plan(self, name, *words):
        done = run("block", self.path("list.txt", f"{HOST} # C2\n"), "--as", "exabgp-api", "--own",
                   self.path("own.txt", "198.51.100.0/24\n"), "--allow-special", "documentation",
                   "-q", "-o", self.path(name), *words)
        check(f"{name}: the plan is written", done.returncode == 0, done.stderr)


def now():
    time.sleep(.3)
    stamp = datetime.now(timezone.utc).isoformat()
    time.sleep(1.3)  # more than the slack
    return stamp


def story(lab):
    """What happens; returns when each thing began."""
    full = 2 * EXCHANGES
    times = {"start": now()}
    check("before the block traffic flows both ways", lab.traffic() == (full, full))
    lab.plan("both")
    times["both"] = now()
    lab.tell(lab.path("both"))
    check("both routers have the null route", wait_for(lambda: lab.blocked() == (True, True)),
          lab.blocked(), lab.vtysh("show bgp ipv4 unicast", "show ip route"))
    times["both"] = now()
    check("with the block nothing gets through", lab.traffic() == (0, 0))
    times["undone"] = now()
    lab.tell(lab.path("both.undo"))
    check("the undo takes both routes away", wait_for(lambda: lab.blocked() == (False, False)),
          lab.blocked())
    times["again"] = now()
    check("after the undo traffic flows again", lab.traffic() == (full, full))
    times["none"] = now()
    check("and goes on", lab.traffic() == (full, full))
    lab.plan("one", "--peer", A_ADDRESS)
    lab.tell(lab.path("one"))
    check("one router of two has the null route", wait_for(lambda: lab.blocked() == (True, False)),
          lab.blocked())
    times["one"] = now()
    check("by the other one traffic flows", lab.traffic() == (0, full))
    times["end"] = now()
    lab.tell(lab.path("one.undo"))
    check("the undo takes it away", wait_for(lambda: lab.blocked() == (False, False)))
    return times


def verdict(lab, flows, since, begin, end):
    words = ["block", "--check", "-w", lab.path("list.txt"), "--since", since, "-t",
             f"{begin}/{end}", "--slack", "1s", "--home", "198.51.100.0/24", flows]
    text, done = run(*words), run(*words, "-o", "json")
    if done.returncode != 0:
        return {"verdict": "none"}, done.stderr
    return json.loads(done.stdout)["hosts"][0], text.stdout + text.stderr


def checks(lab, times):
    flows = lab.flows()
    host, text = verdict(lab, flows, times["both"], times["start"], times["undone"])
    check("a working block: works", host["verdict"] == "works"
          and host["before"]["worked"] == 2 * EXCHANGES and host["before"]["packets_in"]
          and host["after"]["worked"] == 0 and host["after"]["packets_in"] == 0
          and host["after"]["went"] == 2 * EXCHANGES and not host["leaks"], text)
    host, text = verdict(lab, flows, times["one"], times["none"], times["end"])
    check("a block on one of two paths: leaks, and the path is named", host["verdict"] == "leaks"
          and [(x["exporter"], x["out_if"], x["conversations"]) for x in host["leaks"]]
          == [(B_ADDRESS, B_INTERFACE, EXCHANGES)]
          and f"{B_ADDRESS} interface {B_INTERFACE}" in host["why"]
          and A_ADDRESS not in host["why"], text)
    host, text = verdict(lab, flows, times["none"], times["again"], times["one"])
    check("no block: leaks by both", host["verdict"] == "leaks"
          and host["after"]["worked"] == 2 * EXCHANGES and sorted(
              x["exporter"] for x in host["leaks"]) == [A_ADDRESS, B_ADDRESS], text)
    host, text = verdict(lab, flows, times["end"], times["again"], "2100-01-01T00:00Z")
    check("no traffic any more: cannot tell", host["verdict"] == "cannot_tell"
          and "No traffic with it since then" in host["why"], text)


def main():
    why = missing("bird", "birdc", "vtysh", FRR + "bgpd", "exabgp", "softflowd")
    if why:
        skip("block, end to end", why)
        finish()
    with tempfile.TemporaryDirectory(prefix="tryst-live-") as folder:
        os.chmod(folder, 0o755)
        lab = Lab(folder)
        try:
            ready, said = lab.cables()
            check("the network is there", ready, *said)
            lab.routers()
            lab.meters()
            check("ExaBGP has both sessions", lab.trigger())
            checks(lab, story(lab))
        finally:
            lab.close()
    finish()


main()
