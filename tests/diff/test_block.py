#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tryst block` before the programs that it writes for: each accepts the file, twice, shows the
prefixes afterwards, and after the undo its state is to the letter what it was before, with
configuration of the user's own beside it.  They run in a network namespace of their own.

What the tests load here is marked `tested` in src/respond; the other families are from
documentation, and their files say so.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from case import check, expect, finish, run, skip
from netns import Netns, missing, stop, wait_for

# Hosts, a network, both families, labels that would be code where they are not escaped.
LIST = ("45.155.205.7 # C2; \"quoted\" $(touch /tmp/x) `id` }\n"
        "45.155.205.6 # ip route 0.0.0.0/0 Null0\n"
        "91.92.109.0/24 # */ route 0.0.0.0/0 blackhole; /*\n"
        "2a0e:b107:bad::7 # ! end\n"
        "2a0e:b107:f00::/48\n")
PREFIXES = ("45.155.205.6", "45.155.205.7", "91.92.109.0/24", "2a0e:b107:bad::7",
            "2a0e:b107:f00::/48")
PEER, LOCAL, ASN = "5.6.7.1", "5.6.7.2", "64500"
FRR = "/usr/lib/frr/"


class Files:
    """The files of one target, FILE and FILE.undo."""

    def __init__(self, folder, target, *words):
        self.path = os.path.join(folder, target)
        self.undo = self.path + ".undo"
        source = os.path.join(folder, "list.txt")
        with open(source, "w", encoding="utf-8") as f:
            f.write(LIST)
        done = run("block", source, "--as", target, "--no-own-check", "--asn", ASN, "--peer", PEER,
                   "--local-address", LOCAL, "-q", "-o", self.path, *words)
        expect(f"{target}: is written", done, 0)


def shows_all(text):
    return all(re.search(rf"(?<![0-9a-f:.]){re.escape(p)}(?![0-9a-f:.])", text) for p in PREFIXES)


def check_state(target, before, blocked, after):
    check(f"{target}: the prefixes are there, with what was before",
          shows_all(blocked) and blocked != before, blocked)
    check(f"{target}: the undo leaves what was before", before == after, before, after)


def accepted(target, what, done):
    check(f"{target}: {what}", done.returncode == 0, done.stdout)


def load(target, ns, files, dump, add, undo):
    """Loads it twice and undoes it, by commands."""
    before = dump()
    accepted(target, "is accepted", ns.run(*add))
    blocked = dump()
    accepted(target, "is accepted once more", ns.run(*add))
    check(f"{target}: twice is as once", dump() == blocked, blocked, dump())
    accepted(target, "its undo is accepted", ns.run(*undo))
    check_state(target, before, blocked, dump())
    return files


def with_own_routes(ns):
    ns.sh("ip link add name own0 type veth peer name own1", "ip link set own1 up",
          f"ip addr add {LOCAL}/24 dev own0", "ip link set own0 up",
          "ip -6 addr add 2a01::2/64 dev own0 nodad",
          "ip route add 45.155.205.0/24 via 5.6.7.9", "ip route add blackhole 45.155.205.99",
          "ip -6 route add 2a0e:b107::/32 via 2a01::9")


# --- the kernel -----------------------------------------------------------------------------------

def check_linux(folder):
    files = Files(folder, "linux")
    with Netns() as ns:
        with_own_routes(ns)
        load("linux", ns, files,
             lambda: ns.sh("ip route show table all", "ip -6 route show table all").stdout,
             ("ip", "-batch", files.path), ("ip", "-batch", files.undo))
        done = ns.run("ip", "-force", "-batch", files.undo)
        check("linux: an undo too many changes nothing", done.returncode != 0
              and "45.155.205.99" in ns.sh("ip route").stdout, done.stdout)


def check_nftables(folder):
    for name, words in (("nftables", ()), ("nftables for good", ("--expire", "0s"))):
        files = Files(folder, "nftables", *words)
        with Netns() as ns:
            ns.sh("nft add table inet own", "nft add set inet own bad4 '{ type ipv4_addr; }'",
                  "nft add element inet own bad4 '{ 45.155.205.7 }'")
            accepted(name, "nft -c takes it", ns.run("nft", "-c", "-f", files.path))
            load(name, ns, files,
                 lambda n=ns: re.sub(r" expires \w+", "", n.run("nft", "list", "ruleset").stdout),
                 ("nft", "-f", files.path), ("nft", "-f", files.undo))
            accepted(name, "its undo is accepted once more", ns.run("nft", "-f", files.undo))


def check_ipset(folder):
    files = Files(folder, "ipset", "--expire", "24d")
    with Netns() as ns:
        ns.sh("ipset create own hash:net", "ipset add own 45.155.205.0/24")

        def dump():
            saved = ns.run("ipset", "save").stdout
            return "\n".join(sorted(re.sub(r" (initval 0x\w+|timeout \d+)", "",
                                           saved).splitlines()))

        load("ipset", ns, files, dump, ("sh", "-c", f"ipset restore < {files.path}"),
             ("sh", "-c", f"ipset restore < {files.undo}"))


# --- FRR ------------------------------------------------------------------------------------------

class Frr:
    """zebra, staticd and bgpd with a directory of their own."""

    def __init__(self, ns, folder):
        self.ns = ns
        self.folder = tempfile.mkdtemp(dir=folder)
        shutil.chown(self.folder, "frr", "frrvty")
        os.chmod(self.folder, 0o770)
        for name, words in (("zebra", ()), ("staticd", ()), ("bgpd", ("-p", "0"))):
            ns.start(FRR + name, "-f", "/dev/null", "-z", self.path("zserv.api"), "-i",
                     self.path(name + ".pid"), "--vty_socket", self.folder, "-P", "0", *words,
                     log=self.path(name + ".log"))
        wait_for(lambda: all(os.path.exists(self.path(f"{name}.vty"))
                             for name in ("zebra", "staticd", "bgpd")))

    def path(self, name):
        return os.path.join(self.folder, name)

    def vtysh(self, *words):
        return self.ns.run("vtysh", "--vty_socket", self.folder, *words)

    def configure(self, *lines):
        return self.vtysh("-c", "configure terminal", *(w for line in lines for w in ("-c", line)))

    def dump(self):
        """The configuration, in an order of its own, and the kernel's routes."""
        config = self.vtysh("-c", "show running-config").stdout
        return config + self.ns.sh("ip route", "ip -6 route show proto static").stdout


def check_frr(folder):
    for target in ("frr", "frr-rtbh"):
        files = Files(folder, target)
        with Netns() as ns:
            with_own_routes(ns)
            frr = Frr(ns, folder)
            frr.configure("ip route 45.155.200.0/21 5.6.7.9", "ip route 1.2.3.4/32 blackhole tag 7",
                          f"router bgp {ASN}", "address-family ipv4 unicast", "redistribute static",
                          "network 5.6.0.0/16")
            wait_for(lambda n=ns: "1.2.3.4" in n.sh("ip route").stdout)
            for path in (files.path, files.undo):
                accepted(target, f"vtysh -C takes {path[len(files.path):] or 'it'}",
                         ns.run("vtysh", "-C", "-f", path))
            before = frr.dump()
            accepted(target, "is accepted", frr.vtysh("-f", files.path))
            wait_for(lambda n=ns: shows_all(n.sh("ip route", "ip -6 route").stdout))
            blocked = frr.dump()
            accepted(target, "is accepted once more", frr.vtysh("-f", files.path))
            check(f"{target}: twice is as once", frr.dump() == blocked, blocked, frr.dump())
            kernel = ns.sh("ip route", "ip -6 route").stdout
            check(f"{target}: the kernel has the routes",
                  "blackhole 45.155.205.7" in kernel and shows_all(kernel), kernel)
            if target == "frr-rtbh":
                seen = frr.vtysh("-c", "show bgp ipv4 unicast 45.155.205.7/32").stdout
                check("frr-rtbh: BGP has it with its communities and next hop",
                      "blackhole no-export" in seen and "192.0.2.1" in seen
                      and "localpref 200" in seen, seen)
            accepted(target, "its undo is accepted", frr.vtysh("-f", files.undo))
            wait_for(lambda f=frr, b=before: f.dump() == b, 5)
            check_state(target, before, blocked, frr.dump())
    broken = os.path.join(folder, "broken.frr")
    with open(broken, "w", encoding="utf-8") as f:
        f.write("ip route 45.155.205.7/33 blackhole\n")
    done = subprocess.run(["vtysh", "-C", "-f", broken], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    check("frr: vtysh -C does refuse what is wrong", done.returncode != 0, done.stdout)


# --- BIRD -----------------------------------------------------------------------------------------

BIRD = """router id 5.6.7.2;
flow4 table flowtab4;
flow6 table flowtab6;
protocol device {}
protocol static own4 { ipv4; route 45.155.0.0/16 blackhole; route 45.155.205.99/32 blackhole; }
protocol static ownflow4 { flow4 { table flowtab4; }; route flow4 { dst 1.2.3.4/32; }; }
include "FOLDER/tryst/*.conf";
"""


class Bird:
    def __init__(self, ns, folder, config=BIRD):
        self.ns = ns
        self.folder = tempfile.mkdtemp(dir=folder)
        os.mkdir(self.path("tryst"))
        with open(self.path("bird.conf"), "w", encoding="utf-8") as f:
            f.write(config.replace("FOLDER", self.folder))
        self.process = ns.start("bird", "-f", "-c", self.path("bird.conf"), "-s",
                                self.path("ctl"), log=self.path("log"))
        wait_for(lambda: self.ctl("show", "status").returncode == 0)

    def path(self, name):
        return os.path.join(self.folder, name)

    def ctl(self, *words):
        return self.ns.run("birdc", "-s", self.path("ctl"), *words)

    def checked(self):
        return self.ns.run("bird", "-p", "-c", self.path("bird.conf"))

    def put(self, path):
        shutil.copy(path, self.path("tryst/case.conf"))
        return self.ctl("configure")

    def dump(self):
        """Routes and protocols without the times that a reconfiguration changes."""
        shown = self.ctl("show", "route", "all", "table", "all").stdout
        shown += self.ctl("show", "protocols").stdout
        lines = [re.sub(r"\d\d:\d\d:\d\d\.\d+", "TIME", line) for line in shown.splitlines()]
        return "\n".join(sorted(line for line in lines if line.strip()))


def check_bird(folder):
    for target in ("bird", "bird-flowspec"):
        files = Files(folder, target)
        with Netns() as ns:
            bird = Bird(ns, folder)
            before = bird.dump()
            shutil.copy(files.path, bird.path("tryst/case.conf"))
            accepted(target, "bird -p takes it", bird.checked())
            accepted(target, "is accepted", bird.put(files.path))
            wait_for(lambda b=bird: shows_all(b.dump()), 5)
            blocked = bird.dump()
            bird.put(files.path)
            check(f"{target}: twice is as once", bird.dump() == blocked, blocked, bird.dump())
            accepted(target, "its undo is accepted", bird.put(files.undo))
            accepted(target, "bird -p takes the undo", bird.checked())
            wait_for(lambda b=bird, d=before: b.dump() == d, 5)
            check_state(target, before, blocked, bird.dump())
            with open(bird.path("tryst/case.conf"), "a", encoding="utf-8") as f:
                f.write("route nonsense;\n")
            check(f"{target}: bird -p does refuse what is wrong", bird.checked().returncode != 0)
            os.unlink(bird.path("tryst/case.conf"))


# --- OpenBGPD, GoBGP, ExaBGP ----------------------------------------------------------------------

def check_openbgpd(folder):
    files = Files(folder, "openbgpd")
    config, include = os.path.join(folder, "bgpd.conf"), os.path.join(folder, "tryst.conf")
    socket = os.path.join(folder, "bgpd.sock")
    os.makedirs("/run/openbgpd", exist_ok=True)  # where it confines itself

    def put(path):
        shutil.copy(path, include)
        os.chmod(include, 0o600)

    with open(config, "w", encoding="utf-8") as f:
        f.write(f'AS {ASN}\nrouter-id {LOCAL}\nsocket "{socket}"\nlisten on 127.0.0.1 port 1790\n'
                f'fib-update no\nneighbor 127.0.0.9 {{\n remote-as {ASN}\n passive\n}}\n'
                f'network 5.6.0.0/16\ninclude "{include}"\n')
    os.chmod(config, 0o600)
    put(files.undo)
    with Netns() as ns:
        accepted("openbgpd", "bgpd -n takes the undo", ns.run("bgpd", "-n", "-f", config))
        ns.start("bgpd", "-d", "-f", config, log=os.path.join(folder, "bgpd.log"))

        def control(*words):
            return ns.run("bgpctl", "-s", socket, *words)

        def dump():
            return re.sub(r"\d\d:\d\d:\d\d", "TIME", control("show", "rib").stdout)

        wait_for(lambda: "5.6.0.0/16" in dump())
        before = dump()
        put(files.path)
        accepted("openbgpd", "bgpd -n takes it", ns.run("bgpd", "-n", "-f", config))
        accepted("openbgpd", "is accepted", control("reload"))
        wait_for(lambda: shows_all(dump()))
        blocked = dump()
        for community in ("BLACKHOLE", "NO_EXPORT"):
            shown = control("show", "rib", "community", community).stdout
            check(f"openbgpd: with the community {community}", shows_all(shown), shown)
        put(files.undo)
        accepted("openbgpd", "its undo is accepted", control("reload"))
        wait_for(lambda: dump() == before, 5)
        check_state("openbgpd", before, blocked, dump())
        with open(include, "a", encoding="utf-8") as f:
            f.write("network 1.2.3.4/32 set nonsense\n")
        check("openbgpd: bgpd -n does refuse what is wrong",
              ns.run("bgpd", "-n", "-f", config).returncode != 0)


def check_gobgp(folder):
    files = Files(folder, "gobgp")
    config = os.path.join(folder, "gobgpd.toml")
    with open(config, "w", encoding="utf-8") as f:
        f.write(f'[global.config]\nas = {ASN}\nrouter-id = "{LOCAL}"\nport = -1\n')
    with Netns() as ns:
        ns.start("gobgpd", "-f", config, "--api-hosts", "127.0.0.1:50051",
                 log=os.path.join(folder, "gobgpd.log"))

        def dump():
            shown = "".join(ns.run("gobgp", "global", "rib", "-a", family).stdout
                            for family in ("ipv4", "ipv6"))
            return re.sub(r"\d\d:\d\d:\d\d", "TIME", shown)

        wait_for(lambda: ns.run("gobgp", "global").returncode == 0)
        ns.run("gobgp", "global", "rib", "add", "-a", "ipv4", "5.6.0.0/16")
        wait_for(lambda: "5.6.0.0/16" in dump())
        load("gobgp", ns, files, dump, ("sh", "-e", files.path), ("sh", "-e", files.undo))
        ns.run("sh", "-e", files.path)
        check("gobgp: with its communities", dump().count("blackhole, no-export") == 5, dump())


def check_exabgp(folder):
    files = Files(folder, "exabgp")
    env = {**os.environ, "exabgp.daemon.user": "root"}
    for path in (files.path, files.undo):
        done = subprocess.run(["exabgp", "--validate", path], check=False, text=True, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        accepted("exabgp", f"--validate takes {path[len(files.path):] or 'it'}", done)
    broken = os.path.join(folder, "broken.exabgp")
    with open(files.path, encoding="utf-8") as f:
        text = f.read().replace("next-hop", "nxt-hop")
    with open(broken, "w", encoding="utf-8") as f:
        f.write(text)
    done = subprocess.run(["exabgp", "--validate", broken], check=False, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check("exabgp: --validate does refuse what is wrong", done.returncode != 0, done.stdout)


# --- ExaBGP's two ways, heard by BIRD -------------------------------------------------------------

HEARS = f"""router id {PEER};
protocol device {{}}
protocol static own4 {{ ipv4; route 45.155.205.99/32 blackhole; route 192.0.2.1/32 blackhole; }}
protocol static own6 {{ ipv6; route 100::/64 blackhole; }}
protocol bgp tryst {{
    local {PEER} as {ASN};
    neighbor {LOCAL} as {ASN};
    multihop;
    passive;
    ipv4 {{ import all; export none; }};
    ipv6 {{ import all; export none; }};
}}
"""
FEEDER = """import sys, time
while True:
    with open(sys.argv[1]) as fifo:
        for line in fifo:
            sys.stdout.write(line)
            sys.stdout.flush()
"""


def exabgp_start(ns, folder, config):
    env = {**os.environ, "exabgp.daemon.user": "root", "exabgp.api.ack": "false",
           "exabgp.api.cli": "false"}
    return ns.start("exabgp", config, log=os.path.join(folder, "exabgp.log"), env=env)


def heard(bird):
    shown = bird.ctl("show", "route", "all", "protocol", "tryst").stdout
    return re.sub(r"\d\d:\d\d:\d\d\.\d+", "TIME", shown)


def speakers(ns):
    ns.sh("ip link add name own0 type veth peer name own1", "ip link set own0 up",
          "ip link set own1 up", f"ip addr add {PEER}/24 dev own0",
          f"ip addr add {LOCAL}/24 dev lo")


def check_exabgp_heard(folder):
    files = Files(folder, "exabgp")
    with Netns() as ns:
        speakers(ns)
        bird = Bird(ns, folder, HEARS)
        config = os.path.join(folder, "exabgp.conf")
        shutil.copy(files.path, config)
        process = exabgp_start(ns, folder, config)
        told = wait_for(lambda: shows_all(heard(bird)), 30)
        check("exabgp: BIRD hears the routes, which lead nowhere", told and "(65535,666)" in
              heard(bird) and "(65535,65281)" in heard(bird) and "blackhole" in heard(bird),
              heard(bird))
        shutil.copy(files.undo, config)
        # nsenter has become exabgp itself.
        os.kill(process.pid, 10)  # SIGUSR1
        check("exabgp: with the undo and a reload BIRD has none of them",
              wait_for(lambda: not any(p in heard(bird) for p in PREFIXES), 30), heard(bird))
        stop(process)


def check_exabgp_api(folder):
    files = Files(folder, "exabgp-api")
    fifo, config = os.path.join(folder, "fifo"), os.path.join(folder, "api.conf")
    feeder = os.path.join(folder, "feeder.py")
    os.mkfifo(fifo)
    with open(feeder, "w", encoding="utf-8") as f:
        f.write(FEEDER)
    with open(config, "w", encoding="utf-8") as f:
        f.write(f"process tryst {{\n  run {sys.executable} {feeder} {fifo};\n  encoder text;\n}}\n"
                f"neighbor {PEER} {{\n  router-id {LOCAL};\n  local-address {LOCAL};\n"
                f"  local-as {ASN};\n  peer-as {ASN};\n"
                "  family {\n    ipv4 unicast;\n    ipv6 unicast;\n  }\n"
                "  api {\n    processes [ tryst ];\n  }\n}\n")
    with Netns() as ns:
        speakers(ns)
        bird = Bird(ns, folder, HEARS)
        exabgp_start(ns, folder, config)
        wait_for(lambda: "Established" in bird.ctl("show", "protocols").stdout, 30)
        before = heard(bird)
        for _ in range(2):
            ns.run("sh", "-c", f"cat {files.path} > {fifo}")
            told = wait_for(lambda: shows_all(heard(bird)))
        blocked = heard(bird)
        check("exabgp-api: BIRD hears the routes, which lead nowhere",
              told and blocked.count("blackhole") >= len(PREFIXES), blocked)
        ns.run("sh", "-c", f"cat {files.undo} > {fifo}")
        wait_for(lambda: heard(bird) == before)
        check_state("exabgp-api", before, blocked, heard(bird))


CHECKS = (
    (check_linux, ()),
    (check_nftables, ("nft",)),
    (check_ipset, ("ipset",)),
    (check_frr, ("vtysh", FRR + "zebra")),
    (check_bird, ("bird", "birdc")),
    (check_openbgpd, ("/usr/sbin/bgpd", "bgpctl")),
    (check_gobgp, ("gobgpd", "gobgp")),
    (check_exabgp, ("exabgp",)),
    (check_exabgp_heard, ("exabgp", "bird")),
    (check_exabgp_api, ("exabgp", "bird")),
)


def main():
    only = sys.argv[1:]
    for function, programs in CHECKS:
        if only and function.__name__ not in only:
            continue
        why = missing(*programs)
        if why:
            skip(function.__name__[len("check_"):], why)
            continue
        with tempfile.TemporaryDirectory(prefix="tryst-block-") as folder:
            os.chmod(folder, 0o755)
            function(folder)
    finish()


if __name__ == "__main__":
    main()
