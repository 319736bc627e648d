# SPDX-License-Identifier: Apache-2.0
"""How long others wait beside a crowd: thousands of idle and of slow connections, a flood of logins in another
environment."""
import contextlib
import os
import resource
import selectors
import socket
import threading
import time

from measure import median, memory_mib, processor_s, request, wrk, wrk_start
from world import FORM, REDIRECT, basic

IDLE, SLOW = 10000, 5000
FLOOD = 128


class Crowd:
    """Connections that were used once and then say nothing, and others whose request never gets finished: an octet a
    second. One that the server cuts off is opened again."""

    def __init__(self, host, idle, slow):
        name, port = host.split(":")
        self.address = (socket.gethostbyname(name), int(port))
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        if limit < idle + slow + 100:
            raise SystemExit("a crowd of %d needs more open files than %d: raise the limit (ulimit -Hn)" % (idle + slow, limit))
        self.idle, self.slow, self.lost = [self.used(host) for _ in range(idle)], [self.begun() for _ in range(slow)], 0
        self.sent, self.began, self.stop = 0, time.monotonic(), threading.Event()
        self.thread = threading.Thread(target=self.drip)
        self.thread.start()

    def used(self, host):
        s = socket.create_connection(self.address)
        s.sendall(b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host.encode())
        if not s.recv(4096):
            raise SystemExit("the server does not take so many connections")
        return s

    def begun(self):
        s = socket.create_connection(self.address)
        s.sendall(b"GET /")
        s.setblocking(False)
        return s

    def drip(self):
        """One after the other: real ones do not come in bursts. Nor would they take the server's cores: this thread makes do
        with what others leave."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        at = 0
        while not self.stop.is_set():
            time.sleep(max(0, self.began + self.sent / len(self.slow) - time.monotonic()))
            at = (at + 1) % len(self.slow)
            try:
                self.sent += self.slow[at].send(b"a")
            except OSError:
                self.slow[at].close()
                self.slow[at] = self.begun()
                self.lost += 1

    def pace(self):
        """Octets a second, of each of the slow ones."""
        return self.sent / (time.monotonic() - self.began) / len(self.slow)

    def cut(self):
        """How many of the idle ones the server has closed."""
        selector = selectors.DefaultSelector()
        for s in self.idle:
            selector.register(s, selectors.EVENT_READ)
        n = len(selector.select(0))
        selector.close()
        return n

    def close(self):
        self.stop.set()
        self.thread.join()
        for s in self.idle + self.slow:
            s.close()


def calm(pid):
    """Wait until the server has nothing left to do, 20 seconds at most."""
    for _ in range(40):
        spent = processor_s(pid)
        time.sleep(0.5)
        if processor_s(pid) - spent < 0.02:
            return


@contextlib.contextmanager
def flood(world, arguments):
    process = wrk_start(world.url, 600, FLOOD, "login.lua", arguments, FLOOD)
    yield
    process.terminate()
    process.wait()
    calm(world.pid)


def beside(b, name, file, crowd):
    """p99 of a few requests at a time, quiet and beside the crowd, in turns. Second by second, and of those the one in the
    middle: a machine's pauses of some milliseconds are the p99 of the seconds they are in, quiet or not."""
    def seconds():
        return [wrk(b.world.pid, b.world.url, 1, 2, arguments=[file], threads=1) for _ in range(2 * b.seconds)]

    quiet, crowded = [], []
    for _ in range(max(3, 2 * b.rounds - 1)):
        quiet += seconds()
        with crowd():
            time.sleep(1)  # how they come is not what is measured
            crowded += seconds()
    each = {kind: [r["p99_ms"] for r in seconds] for kind, seconds in (("quiet", quiet), ("crowded", crowded))}
    for kind in each:
        b.figure("%s: %s p99" % (name, kind), median(each[kind]), "ms")
        b.figure("%s: %s, worst" % (name, kind), max(each[kind]), "ms")
    b.figure(name + ": p99", median(each["crowded"]) / median(each["quiet"]), "times", 2)
    b.figure(name + ": failed", sum(r["failed"] for r in crowded), "requests", 0)


def connections(b):
    world = b.world
    file = b.requests("connections", [request("GET", "%s/users/%s" % (world.base, u), world.host, world.admin) for u in world.users])

    @contextlib.contextmanager
    def crowd():
        c = Crowd(world.host, IDLE, SLOW)
        yield
        b.figure("idle connections: cut off", c.cut(), "of 10000", 0)
        b.figure("slow connections", c.pace(), "octets/s each")
        b.figure("resident, 15000 connections", memory_mib(world.pid), "MiB")
        c.close()
        calm(world.pid)
    beside(b, "10000 idle, 5000 slow", file, crowd)


def other_client(world):
    """Of an environment where nobody floods. -> its id, Authorization"""
    e = world.create("/v1/environments", {"name": "calm", "region": "EU", "type": "SANDBOX"})["id"]
    base = "/v1/environments/" + e
    audience = world.create(base + "/resources", {"name": "calm", "audience": "https://calm.example"})["id"]
    scope = world.create(base + "/resources/%s/scopes" % audience, {"name": "calm:read"})["id"]
    app = world.create(base + "/applications", {
        "name": "calm", "enabled": True, "type": "SERVICE", "protocol": "OPENID_CONNECT", "grantTypes": ["CLIENT_CREDENTIALS"],
        "redirectUris": [REDIRECT], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC"})["id"]
    world.create(base + "/applications/%s/grants" % app, {"resource": {"id": audience}, "scopes": [{"id": scope}]})
    return e, app, world.call("GET", base + "/applications/%s/secret" % app, headers=world.admin)[1]["secret"]


def login_flood(b):
    world = b.world
    environment, app, secret = other_client(world)
    headers = dict(basic(app, secret), **{"Content-Type": FORM})
    file = b.requests("calm", [request("POST", "/%s/as/token" % environment, world.host, headers,
                                       "grant_type=client_credentials&scope=calm%3Aread")])
    wrk(world.pid, world.url, 1, 2, arguments=[file])  # the environment's key is made at its first use
    beside(b, "tokens, logins elsewhere", file, lambda: flood(world, world.login_arguments()))


CASES = [connections, login_flood]
