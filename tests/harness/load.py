# SPDX-License-Identifier: Apache-2.0
"""Writers that remember what was acknowledged, and check that it is so: for servers that are killed, copied, starved.

A write whose answer never came may have happened or not, but not by half: its state is a set of two until it is seen.
"""
import http.client
import json
import random
import threading
import urllib.parse

from latchkey import FORM, Reply, basic

PASSWORD = "Xk9!vQ2#mZ7p"
REDIRECT = "https://client.example/cb"
CHECK = "application/vnd.pingidentity.usernamePassword.check+json"
SET_PASSWORD = "application/vnd.pingidentity.password.set+json"
GONE = None


class NoAnswer(Exception):
    """The connection ended before the answer did."""


class Failed(NoAnswer):
    """The server said that something failed, status 500: it may have happened all the same."""


class Refused(Exception):
    """The server said that it did not do it: status 503 or 507."""


class Unsure(NoAnswer):
    """Status 503 of a server that asks another for its objects: that one's answer to COMMIT may have been lost."""


class Installation:
    """What the writers share: an environment with a resource and its scope."""

    def __init__(self, server, name):
        self.server, self.admin = server, server.admin()
        self.environment = self.create("/v1/environments", {"name": name, "region": "EU", "type": "SANDBOX"})["id"]
        self.path = "/v1/environments/" + self.environment
        self.resource = self.create(self.path + "/resources", {"name": "orders",
                                                               "audience": "https://orders.example"})["id"]
        self.scope = self.create(self.path + "/resources/%s/scopes" % self.resource, {"name": "read"})["id"]

    def create(self, path, body):
        reply = self.server.call("POST", path, body, headers=self.admin)
        assert reply.status == 201, reply.text
        return reply.json

    def application(self, name, **settings):
        body = {"name": name, "enabled": True, "protocol": "OPENID_CONNECT",
                "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", **settings}
        app = self.create(self.path + "/applications", body)
        self.create(self.path + "/applications/%s/grants" % app["id"],
                    {"resource": {"id": self.resource}, "scopes": [{"id": self.scope}]})
        return app["id"]

    def secret(self, application):
        reply = self.server.call("GET", self.path + "/applications/%s/secret" % application, headers=self.admin)
        assert reply.status == 200, reply.text
        self.server.secret(reply.json["secret"])
        return reply.json["secret"]


class Writer:
    """One line of work: its own users, a rotated client, a client of codes with a signed-on user."""

    def __init__(self, installation, number):
        self.at, self.server, self.number = installation, installation.server, number
        self.random = random.Random(number)
        self.connection = None
        self.users = {}         # id: set of given names it may have; GONE among them
        self.born = []          # user names whose creation had no answer
        self.touched = set()    # ids to look at again
        self.environments = {}  # id: set of whether it may be there
        self.revoked, self.redeemed, self.dead = [], [], []
        self.refreshes, self.spent = [], []
        self.made = 0           # names, never used twice
        self.acknowledged = 0
        self.refused = 0
        self.worker = installation.application("worker %d" % number, type="WORKER", grantTypes=["CLIENT_CREDENTIALS"])
        self.worker_secret = installation.secret(self.worker)
        self.client = installation.application("client %d" % number, type="WEB_APP", 
                                               grantTypes=["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
                                               responseTypes=["CODE"], redirectUris=[REDIRECT])
        self.client_secret = installation.secret(self.client)
        self.cookie = self.sign_on()

    # One request

    def call(self, method, path, body=None, media="application/json", headers=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.server.host, timeout=60)
        sent = dict(self.at.admin if headers is None else headers)
        if body is not None:
            body = urllib.parse.urlencode(body) if media == FORM else json.dumps(body)
            sent["Content-Type"] = media
        try:
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
            reply = Reply(answer.status, answer.getheaders(), answer.read().decode())
        except (OSError, http.client.HTTPException) as e:
            self.hang_up()
            raise NoAnswer() from e
        if reply.status in (500, 503, 507):
            self.refused += 1
            self.last_refusal = reply
            raise self.refusal(reply.status)(reply.text)
        return reply

    def refusal(self, status):
        if status == 500:
            return Failed
        return Unsure if status == 503 and self.server.store else Refused

    def hang_up(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def token_call(self, form, client, secret, path="token"):
        return self.call("POST", "/%s/as/%s" % (self.at.environment, path), form, FORM, basic(client, secret))

    def name(self):
        self.made += 1
        return "u%d.%d" % (self.number, self.made)

    # Writes; each knows what may be true when it had no answer

    def create(self):
        name = self.name()
        try:
            reply = self.call("POST", self.at.path + "/users", {"username": name, "email": name + "@example.com",
                                                                "name": {"given": "first"}})
        except NoAnswer:
            self.born.append(name)
            raise
        assert reply.status == 201, reply.text
        self.users[reply.json["id"]] = {"first"}
        self.touched.add(reply.json["id"])

    def change(self, id, target, send):
        before = self.users[id]
        self.touched.add(id)
        self.users[id] = before | {target}
        try:
            reply = send()
        except Refused:
            self.users[id] = before
            raise
        assert reply.status in (200, 204), reply.text
        self.users[id] = {target}

    def some_user(self):
        there = [id for id, names in self.users.items() if GONE not in names]
        return self.random.choice(there) if there else None

    def update(self):
        id, given = self.some_user(), self.name()
        if id:
            self.change(id, given, lambda: self.call("PATCH", self.at.path + "/users/" + id,
                                                     {"name": {"given": given}}))

    def delete(self):
        id = self.some_user()
        if id and len(self.users) > 5:
            self.change(id, GONE, lambda: self.call("DELETE", self.at.path + "/users/" + id))

    def rotate(self):
        if self.worker_secret is None:
            return  # what became of the last rotation is not known yet
        old, self.worker_secret = self.worker_secret, None
        try:
            reply = self.call("POST", self.at.path + "/applications/%s/secret" % self.worker, {})
        except Refused:
            self.worker_secret = old
            raise
        except NoAnswer:
            self.maybe_dead = old
            raise
        assert reply.status == 200, reply.text
        self.worker_secret = reply.json["secret"]
        self.dead.append(old)
        self.server.secret(self.worker_secret)

    def revoke(self):
        if not self.redeemed:
            return
        code, token = self.redeemed.pop()
        reply = self.token_call({"token": token}, self.client, self.client_secret, "revoke")
        assert reply.status == 200, reply.text
        self.revoked.append(token)

    def redeem(self):
        query = urllib.parse.urlencode({"response_type": "code", "client_id": self.client, "redirect_uri": REDIRECT,
                                        "scope": "read"})
        reply = self.call("GET", "/%s/as/authorize?%s" % (self.at.environment, query),
                          headers={"Cookie": "ST=" + self.cookie})
        code = reply.query().get("code")
        assert reply.status == 302 and code, (reply.status, reply.text, reply.header("Location"))
        self.server.secret(code)
        reply = self.exchange(code)
        assert reply.status == 200, reply.text
        self.server.secret(reply.json["access_token"])
        self.redeemed.append((code, reply.json["access_token"]))
        self.refreshes.append(reply.json["refresh_token"])
        self.server.secret(reply.json["refresh_token"])

    def refresh(self):
        if not self.refreshes:
            return
        old = self.refreshes.pop(0)
        reply = self.exchange_refresh(old)
        assert reply.status == 200, reply.text
        self.spent.append(old)
        self.refreshes.append(reply.json["refresh_token"])
        self.server.secret(reply.json["refresh_token"], reply.json["access_token"])

    def exchange_refresh(self, token):
        return self.token_call({"grant_type": "refresh_token", "refresh_token": token}, self.client, self.client_secret)

    def found(self):
        """An environment comes with some sixty objects of its own."""
        reply = self.call("POST", "/v1/environments", {"name": self.name(), "region": "EU", "type": "SANDBOX"})
        assert reply.status == 201, reply.text
        self.environments[reply.json["id"]] = {True}

    def abandon(self):
        there = [id for id, states in self.environments.items() if False not in states]
        if not there:
            return
        id = there[0]
        self.environments[id] = {True, False}
        reply = self.call("DELETE", "/v1/environments/" + id)
        assert reply.status == 204, reply.text
        self.environments[id] = {False}

    def exchange(self, code):
        return self.token_call({"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT},
                               self.client, self.client_secret)

    def sign_on(self):
        """The session cookie of a new user who has signed on with a password."""
        name = self.name()
        user = self.at.create(self.at.path + "/users", {"username": name, "email": name + "@example.com"})["id"]
        reply = self.call("PUT", self.at.path + "/users/%s/password" % user, {"value": PASSWORD}, SET_PASSWORD)
        assert reply.status == 200, reply.text
        query = urllib.parse.urlencode({"response_type": "code", "client_id": self.client, "scope": "read",
                                        "response_mode": "pi.flow"})
        flow = self.call("GET", "/%s/as/authorize?%s" % (self.at.environment, query), headers={}).json["id"]
        reply = self.call("POST", "/%s/flows/%s" % (self.at.environment, flow),
                          {"username": name, "password": PASSWORD}, CHECK, headers={})
        assert reply.status == 200 and reply.json["status"] == "COMPLETED", reply.text
        self.server.secret(reply.cookie("ST"), PASSWORD)
        return reply.cookie("ST")

    OPERATIONS = [create] * 6 + [update] * 4 + [delete] * 2 + [rotate] * 2 + [revoke] * 2 + [redeem] * 3 + \
        [refresh] * 3 + [found, abandon]

    def step(self):
        self.random.choice(self.OPERATIONS)(self)
        self.acknowledged += 1

    # What must be so afterwards

    def settle(self):
        """Find out what became of writes without an answer."""
        if self.worker_secret is None:
            self.worker_secret = self.at.secret(self.worker)
            if self.worker_secret != self.maybe_dead:
                self.dead.append(self.maybe_dead)
        for name in self.born:
            filter = urllib.parse.quote('username eq "%s"' % name)
            found = self.call("GET", self.at.path + "/users?filter=" + filter).json["_embedded"]["users"]
            assert len(found) <= 1, found
            if found:
                self.users[found[0]["id"]] = {"first"}
                self.touched.add(found[0]["id"])
        self.born = []

    def look_at(self, id):
        reply = self.call("GET", self.at.path + "/users/" + id)
        assert reply.status in (200, 404), reply.text
        given = reply.json["name"]["given"] if reply.status == 200 else GONE
        assert given in self.users[id], "user %s has the name %r, not one of %r" % (id, given, self.users[id])
        self.users[id] = {given}

    def check(self, everything=False):
        """All that was acknowledged since the last check, and some or all of what was before."""
        self.settle()
        older = list(self.users) if everything else self.random.sample(sorted(self.users), min(5, len(self.users)))
        for id in self.touched | set(older):
            self.look_at(id)
        self.touched = set()
        for token in self.revoked if everything else self.revoked[-10:]:
            reply = self.token_call({"token": token}, self.client, self.client_secret, "introspect")
            assert reply.json == {"active": False}, "a revoked token is active: " + reply.text
        self.check_environments()
        self.check_sign_ons()
        for secret in self.dead if everything else self.dead[-2:]:
            reply = self.token_call({"grant_type": "client_credentials"}, self.worker, secret)
            assert reply.status == 401, "a secret works that was rotated away: " + reply.text
        reply = self.token_call({"grant_type": "client_credentials", "scope": "read"}, self.worker, self.worker_secret)
        assert reply.status == 200, "the current secret does not work: " + reply.text
        self.server.secret(reply.json["access_token"])


    def check_environments(self):
        for id in self.environments:
            reply = self.call("GET", "/v1/environments/" + id)
            assert (reply.status == 200) in self.environments[id], (id, self.environments[id], reply.text)
            self.environments[id] = {reply.status == 200}
            if reply.status == 200:
                reply = self.call("GET", "/v1/environments/%s/populations" % id)
                assert reply.json["count"] == 1, "an environment is there by half: " + reply.text
        self.environments = {id: states for id, states in self.environments.items() if states == {True}}

    def check_sign_ons(self):
        """What is used up is used up; a replay ends the sign-on that it belongs to, so this comes last."""
        for code, token in self.redeemed:
            reply = self.token_call({"token": token}, self.client, self.client_secret, "introspect")
            assert reply.json["active"], "a token is not active that was given for a code"
        for token in self.refreshes:
            reply = self.exchange_refresh(token)
            assert reply.status == 200, "the newest refresh token is refused: " + reply.text
            self.server.secret(reply.json["refresh_token"], reply.json["access_token"])
        for token in self.spent:
            reply = self.exchange_refresh(token)
            assert (reply.status, reply.json["error"]) == (400, "invalid_grant"), "a token is used twice: " + reply.text
        for code, token in self.redeemed:
            reply = self.exchange(code)
            assert (reply.status, reply.json["error"]) == (400, "invalid_grant"), "a code is used twice: " + reply.text
        self.redeemed, self.refreshes, self.spent = [], [], []


class Load:
    """Writers at work, each in a thread of its own, until they are stopped or get no answer any more."""

    def __init__(self, server, writers=6, name="load"):
        installation = Installation(server, name)
        self.writers = [Writer(installation, n) for n in range(1, writers + 1)]
        self.threads, self.failures, self.stopping = [], [], False

    def work(self, writer, pause):
        while not self.stopping:
            try:
                writer.step()
            except (Refused, Unsure):
                pause.wait(0.02)
            except Exception as e:
                if type(e) is not NoAnswer:
                    self.failures.append(e)  # shown by the case that checks
                return

    def start(self):
        self.stopping, pause = False, threading.Event()
        for writer in self.writers:
            writer.hang_up()
        self.threads = [threading.Thread(target=self.work, args=(w, pause), daemon=True) for w in self.writers]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()
        self.threads = []
        if self.failures:
            raise self.failures[0]

    def check(self, everything=False):
        for writer in self.writers:
            writer.hang_up()
            writer.check(everything)

    def acknowledged(self):
        return sum(w.acknowledged for w in self.writers)

    def created(self):
        """Users whose creation was acknowledged."""
        return sum(len(w.users) for w in self.writers)

    def refused(self):
        return sum(w.refused for w in self.writers)
