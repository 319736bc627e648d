# SPDX-License-Identifier: Apache-2.0
"""What stands between a server and PostgreSQL in tests: it swallows notifications."""
import os
import shutil
import socket
import struct
import tempfile
import threading

NAME = ".s.PGSQL.5432"
NOTIFICATION = b"A"


class Proxy:
    """On a socket of its own, for any number of connections, as long as the suite."""

    def __init__(self, cluster):
        self.folder = tempfile.mkdtemp(prefix="latchkey-proxy-")
        self.upstream = os.path.join(cluster.folder, NAME)
        self.url = "postgresql:///postgres?user=latchkey&host=" + self.folder
        self.deaf = False
        self.delivered = self.swallowed = 0  # notifications
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.folder, NAME))
        self.listener.listen(200)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.connect, args=(client,), daemon=True).start()

    def connect(self, client):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.upstream)
        except OSError:
            client.close()
            return
        threading.Thread(target=self.pump, args=(client, server, server.sendall), daemon=True).start()
        self.pump(server, client, Answers(self, client).add)

    def pump(self, source, target, send):
        """Until one of them ends: then so does the other."""
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                send(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        source.close()

    def close(self):
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Answers:
    """A stream of the server's messages: a letter, the length of the rest, the rest."""

    def __init__(self, proxy, client):
        self.proxy, self.client, self.rest = proxy, client, b""

    def add(self, data):
        self.rest += data
        at, passed = 0, []
        while len(self.rest) - at >= 5:
            end = at + 1 + struct.unpack_from("!I", self.rest, at + 1)[0]
            if len(self.rest) < end:
                break
            if self.passes(self.rest[at:at + 1]):
                passed.append(self.rest[at:end])
            at = end
        self.rest = self.rest[at:]
        if passed:
            self.client.sendall(b"".join(passed))

    def passes(self, letter):
        if letter != NOTIFICATION:
            return True
        if self.proxy.deaf:
            self.proxy.swallowed += 1
            return False
        self.proxy.delivered += 1
        return True
