# SPDX-License-Identifier: Apache-2.0
"""A client of one server: keeps its connections, gets tokens, and remembers what was said for the report of a case."""
import http.client
import json
import re
import threading
import time

from harness.latchkey import FORM, Reply, basic

JSON = "application/json"
SECRET_MEMBERS = {"secret", "access_token"}
PASSWORD_MEMBERS = {"value", "password", "currentPassword", "newPassword"}


class Client:
    def __init__(self, server):
        self.server = server
        self.host = server.host
        self.base = "http://%s/v1" % server.host
        self.connections = threading.local()
        self.exchanges = []
        self.secrets = {server.ready["clientSecret"], server.ready["adminPassword"]}
        self.token = self.token_of(server.ready["clientId"], server.ready["clientSecret"])

    def keep_secret(self, *texts):
        """Neither a log nor a report may show these."""
        fresh = [t for t in texts if t not in self.secrets]
        self.secrets.update(fresh)
        self.server.secret(*fresh)

    def without_secrets(self, text):
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def connection(self):
        if not hasattr(self.connections, "open"):
            self.connections.open = http.client.HTTPConnection(self.host, timeout=60)
        return self.connections.open

    def raw(self, method, target, body, headers):
        """One exchange; a connection that the server has closed meanwhile is opened again."""
        for attempt in (1, 2):
            connection = self.connection()
            try:
                self.request(connection, method, target, body, headers)
                answer = connection.getresponse()
                data = answer.read()
                reply = Reply(answer.status, answer.getheaders(), data.decode(errors="replace"))
                reply.data = data
                return reply
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                connection.close()
                if attempt == 2:
                    raise

    @staticmethod
    def request(connection, method, target, body, headers):
        """A server may answer before it has the whole body, and close."""
        try:
            connection.request(method, target, body, headers)
        except BrokenPipeError:
            if not body or connection.sock is None:
                raise

    def send(self, method, path, body=None, media=None, token=None, headers=None):
        """A path below /v1, or an absolute URL of this server; body: a JSON value, or text or octets as they are.

        token: another's than the administrator's; "" for none
        """
        target = path[len("http://" + self.host):] if path.startswith("http://") else "/v1" + path
        sent = dict(headers or {})
        token = self.token if token is None else token
        if token:
            sent["Authorization"] = "Bearer " + token
        if body is not None and not isinstance(body, (str, bytes)):
            body, media = json.dumps(body), JSON if media is None else media
        if media:
            sent["Content-Type"] = media
        reply = self.raw(method, target.replace(" ", "%20"), body.encode() if isinstance(body, str) else body, sent)
        self.remember(method, target, body, media, reply)
        return reply

    def remember(self, method, target, body, media, reply):
        self.exchanges.append((method, target, body, media, reply))
        if media and "password." in media and reply.status == 200:
            self.keep_passwords(json.loads(body) if body else {})
        for member, value in (reply.json.items() if isinstance(reply.json, dict) else ()):
            if member in SECRET_MEMBERS:
                self.keep_secret(value)

    def keep_passwords(self, body):
        """Those that are no word which a log may have for another reason."""
        self.keep_secret(*[v for name, v in body.items() if name in PASSWORD_MEMBERS and isinstance(v, str)
                           and len(v) >= 8 and re.search("[0-9]", v) and re.search("[A-Za-z]", v)])

    def report(self):
        """What was sent and what came back, for a failed case."""
        lines = []
        for method, target, body, media, reply in self.exchanges[-6:]:
            lines.append("    %s %s%s" % (method, target, "" if media in (None, JSON) else "  (%s)" % media))
            if body is not None:
                lines.append("      sent %s" % str(body)[:500])
            lines.append("      got  %d %s" % (reply.status, reply.text.strip()[:900]))
        return self.without_secrets("\n".join(lines))

    def token_of(self, client_id, secret):
        """A token by client_credentials."""
        self.keep_secret(secret)
        reply = self.server.call("POST", "/as/token", {"grant_type": "client_credentials"}, FORM,
                                 basic(client_id, secret))
        if reply.status != 200:
            raise AssertionError("no token for %s: %d %s" % (client_id, reply.status, reply.text))
        self.keep_secret(reply.json["access_token"])
        return reply.json["access_token"]

    def make(self, path, body, **other):
        """Create something that a case needs; not what it tests."""
        reply = self.send("POST", path, body, **other)
        if reply.status != 201:
            raise AssertionError("POST %s: %d %s" % (path, reply.status, reply.text))
        return reply.json

    def environment(self, name):
        """A new environment's id."""
        return self.make("/environments", {"name": "%s %d" % (name, time.monotonic_ns()), "region": "EU"})["id"]

    def worker(self, environment, assignments, name="Worker"):
        """A worker application with these roles, each (role's id, scope's type, scope's id), and a token of it."""
        path = "/environments/%s/applications" % environment
        made = self.make(path, {"name": "%s %d" % (name, time.monotonic_ns()), "enabled": True, "type": "WORKER",
                                "protocol": "OPENID_CONNECT", "grantTypes": ["CLIENT_CREDENTIALS"],
                                "assignActorRoles": False})
        for role, scope_type, scope in assignments:
            self.make("%s/%s/roleAssignments" % (path, made["id"]),
                      {"role": {"id": role}, "scope": {"type": scope_type, "id": scope}})
        secret = self.send("GET", "%s/%s/secret" % (path, made["id"])).json["secret"]
        return made["id"], secret, self.token_of(made["id"], secret) if assignments else None
