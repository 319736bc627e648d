# SPDX-License-Identifier: Apache-2.0
"""Written rules as data: tables of requests and replies.

A table runs in an environment of its own, E in its paths. A row that prepares is do(...) or worker(...); a row that
tests is rule(sentence, ...) or check(sentence, function). "{name}" in a path, a body or a reply stands for what an
earlier row kept under that name.
"""
import re
import time

from suite import Kind, require
from suite import check as check_reply

VENDOR = "application/vnd.pingidentity.%s+json"


class Row:
    def __init__(self, sentence, run):
        self.sentence, self.run = sentence, run


def do(request, body=None, keep=None, **other):
    """Prepare: any 2xx will do. keep: the name for the reply's id, or names with paths into the reply."""
    def run(table):
        reply = table.send(request, body, **other)
        require(200 <= reply.status < 300, "preparing failed with %d" % reply.status)
        table.keep(reply, keep)

    return Row(None, run)


def rule(sentence, request, body=None, status=200, reply=None, keep=None, **other):
    """Test: the reply has this status and contains this.

    media: of the body; an action's short name will do. by: the worker that asks, instead of the administrator
    """
    def run(table):
        answer = table.send(request, body, **other)
        check_reply(answer, status, table.fill(reply))
        table.keep(answer, keep)

    return Row(sentence, run)


def refused(sentence, request, body, reply, **other):
    return rule(sentence, request, body, 400, reply, **other)


def check(sentence, function, *arguments):
    """Test what needs more than one request: function(table, *arguments)."""
    return Row(sentence, lambda table: function(table, *arguments))


def worker(name, *assignments):
    """Prepare a worker application with these roles, each (role's name, scope's type, scope's id)."""
    def run(table):
        given = [(table.roles[role], kind, table.fill(scope)) for role, kind, scope in assignments]
        client_id, secret, token = table.client.worker(table.names["E"], given, name)
        table.names[name], table.names[name + "Secret"] = client_id, secret
        table.tokens[name] = token

    return Row(None, run)


class Table:
    """One table under way."""

    def __init__(self, client, roles, name):
        self.client, self.roles = client, roles
        ready = client.server.ready
        self.names = {"E": client.environment(name), "ORGANIZATION": ready["organizationId"],
                      "LICENSE": ready["licenseId"], "ADMINISTRATORS": ready["environmentId"],
                      "CLIENT": ready["clientId"], "BASE": client.base}
        self.names.update({"role:" + role: identifier for role, identifier in roles.items()})
        self.tokens = {}

    def fill(self, value):
        if isinstance(value, str):
            return re.sub(r"(?<!\$)\{([\w: -]+)\}", lambda m: self.names.get(m.group(1), m.group(0)), value)
        if isinstance(value, dict):
            return {self.fill(k): self.fill(v) for k, v in value.items()}
        if isinstance(value, Kind) and value.make:
            return value.make(*map(self.fill, value.items))
        return [self.fill(v) for v in value] if isinstance(value, list) else value

    def send(self, request, body=None, media=None, by=None, **other):
        method, path = self.fill(request).split(" ", 1)
        if path.startswith("E/") or path == "E":
            path = "/environments/%s%s" % (self.names["E"], path[1:])
        if media and "/" not in media:
            media = VENDOR % media
        return self.client.send(method, path.replace("#", "%23"), self.fill(body), media=media,
                                token=self.tokens[by] if by else None, **other)

    def get_reply(self, path, **other):
        return self.send("GET " + path, **other)

    def get(self, path, **other):
        return check_reply(self.get_reply(path, **other), 200).json

    @staticmethod
    def later(seconds):
        """A time ahead, as JSON shows it."""
        return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + seconds))

    def keep(self, reply, names):
        for name, path in ({names: "id"} if isinstance(names, str) else names or {}).items():
            value = reply.json
            for part in path.split("."):
                value = value[int(part)] if part.isdigit() else value[part]
            self.names[name] = value


def run_tables(suite, roles, tables, wanted):
    """tables: a module's TABLES, from name to rows."""
    for name, rows in tables.items():
        if not wanted(name):
            continue
        table = Table(suite.client, roles, name)
        for i, row in enumerate(rows):
            if row.sentence:
                suite.case(row.sentence, row.run, table)
            elif not prepare(suite, name, i, row, table):
                break


def prepare(suite, name, i, row, table):
    """Run a row that only prepares; it counts when it fails."""
    try:
        row.run(table)
        return True
    except Exception as e:
        fault = e

    def fail():
        raise fault

    return suite.case("the table %s can prepare its row %d" % (name, i), fail)
