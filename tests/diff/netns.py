#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Network namespaces of a test's own: each is a process that holds it, and ends with it."""
import os
import shutil
import signal
import subprocess
import time


def missing(*programs):
    """Why a test with namespaces cannot run here; "" when it can."""
    if os.geteuid() != 0:
        return "needs root"
    for program in ("unshare", "nsenter", "ip", *programs):
        if not shutil.which(program) and not os.path.exists(program):
            return f"{program} is not installed"
    held = subprocess.run(["unshare", "-n", "true"], check=False, stderr=subprocess.PIPE)
    return "" if held.returncode == 0 else "no network namespaces here"


class Netns:
    """A namespace with its loopback up; processes started in it are stopped with it."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "3600"])
        self.started = []
        deadline = time.monotonic() + 10
        mine = os.readlink("/proc/self/ns/net")
        while time.monotonic() < deadline:
            try:
                if os.readlink(f"/proc/{self.holder.pid}/ns/net") != mine:
                    break
            except OSError:
                pass
            time.sleep(0.01)
        self.sh("ip link set lo up")

    def words(self, command):
        return ["nsenter", "-t", str(self.holder.pid), "-n", *command]

    def run(self, *command, stdin=None, env=None):
        """Runs a command to its end; returns what subprocess.run does, both outputs in stdout."""
        return subprocess.run(self.words(map(str, command)), check=False, text=True, input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              env=env)

    def sh(self, *lines):
        return self.run("sh", "-e", "-c", "\n".join(lines))

    def start(self, *command, log=None, env=None):
        """Starts a command that stays; its output goes to the file `log`."""
        out = open(log, "w", encoding="utf-8") if log else subprocess.DEVNULL
        process = subprocess.Popen(self.words(map(str, command)), stdout=out,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, env=env)
        self.started.append(process)
        return process

    def close(self):
        for process in reversed(self.started):
            stop(process)
        stop(self.holder)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()


def stop(process, how=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def link(a, name_a, b, name_b):
    """A cable between two namespaces, both ends up."""
    a.sh(f"ip link add name {name_a} type veth peer name {name_b}",
         f"ip link set dev {name_b} netns {b.holder.pid}", f"ip link set dev {name_a} up")
    b.sh(f"ip link set dev {name_b} up")


def wait_for(what, seconds=15, step=0.1):
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(step)
    return bool(what())
