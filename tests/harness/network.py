# SPDX-License-Identifier: Apache-2.0
"""Machines with a wire between them, for suites that lose or slow a network: each is a network namespace with one
interface, and what one sends to another passes through here, where it can be delayed or dropped without a word. No
kernel module but tun is needed.
"""
import ctypes
import fcntl
import heapq
import itertools
import os
import select
import struct
import subprocess
import sys
import threading
import time

INSIDE = "LATCHKEY_TEST_NETWORK"
SET_INTERFACE, TUN_WITHOUT_HEAD = 0x400454CA, 0x1001
NEW_NETWORK = 0x40000000
PACKET_MAX = 16000
FIRST_ADDRESS = 2
libc = ctypes.CDLL(None, use_errno=True)


def enter():
    """Run the suite again in namespaces of its own, of processes too: whatever way it ends, by SIGKILL as well, all that
    it started ends with it, and the networks with that. Root is needed, or sudo that asks nothing."""
    if os.environ.get(INSIDE):
        return
    os.environ[INSIDE] = "1"
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n", "--preserve-env"]
    # the shell is process 1: it reaps what nobody else does
    inside = 'mount -t tmpfs tmpfs /dev/shm && ip link set lo up && "$@"; exit $?'
    unshare = [*as_root, "unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child"]
    if subprocess.run([*unshare, "true"], stdin=subprocess.DEVNULL).returncode != 0:
        raise SystemExit("this suite needs network namespaces: run it as root, or let sudo ask for no password")
    os.execvp(unshare[0], [*unshare, "sh", "-c", inside, "sh", sys.executable, *sys.argv])


class Network:
    """Its members may be cut off, and all that is sent takes so long."""

    def __init__(self):
        self.delay_s = 0
        self.members, self.cut = {}, set()
        self.dropped = 0
        self.order = itertools.count()
        self.here = self.add(None)

    def add(self, process):
        member = Member("10.77.0.%d" % (FIRST_ADDRESS + len(self.members)), process)
        self.members[bytes(map(int, member.address.split(".")))] = member
        threading.Thread(target=self.carry, args=(member,), daemon=True).start()
        return member

    def machine(self):
        """Another one, that ends when this process does."""
        holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && echo && exec cat"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if not holder.stdout.readline():
            raise SystemExit("no network namespace can be made here")
        return self.add(holder)

    def cut_off(self, member):
        """Nothing comes from it or to it, and nobody is told."""
        self.cut.add(member)

    def join(self, member):
        self.cut.discard(member)

    def carry(self, sender):
        """What one machine sends, each packet after its delay."""
        waiting = []
        while True:
            left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
            if select.select([sender.wire], [], [], left)[0]:
                packet = os.read(sender.wire, PACKET_MAX + 100)
                heapq.heappush(waiting, (time.monotonic() + self.delay_s, next(self.order), packet))
            while waiting and waiting[0][0] <= time.monotonic():
                self.deliver(sender, heapq.heappop(waiting)[2])

    def deliver(self, sender, packet):
        to = self.members.get(packet[16:20]) if packet[0] >> 4 == 4 else None
        if to is None or sender in self.cut or to in self.cut:
            self.dropped += 1
            return
        try:
            os.write(to.wire, packet)
        except OSError:
            self.dropped += 1  # its queue is full: TCP sends again


class Member:
    """A machine: its address, and what a command is begun with to run there."""

    def __init__(self, address, holder):
        self.address, self.holder = address, holder
        self.prefix = ["nsenter", "--net=/proc/%d/ns/net" % holder.pid, "--"] if holder else []
        self.wire = self.open_wire()
        for command in (["addr", "add", address + "/24", "dev", "wire"],
                        ["link", "set", "wire", "mtu", str(PACKET_MAX), "txqueuelen", "5000", "up"]):
            subprocess.run([*self.prefix, "ip", *command], check=True)

    def open_wire(self):
        """The end of its interface that is in our hands. A thread has its network namespace for itself."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if self.holder:
            there = os.open("/proc/%d/ns/net" % self.holder.pid, os.O_RDONLY)
            enter_network(there)
            os.close(there)
        try:
            wire = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(wire, SET_INTERFACE, struct.pack("16sH22x", b"wire", TUN_WITHOUT_HEAD))
        finally:
            enter_network(home)
            os.close(home)
        return wire


def enter_network(fd):
    if libc.setns(fd, NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "setns")
