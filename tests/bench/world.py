# SPDX-License-Identifier: Apache-2.0
"""What the cases of script/bench ask about: users with and without passwords, an application, tokens."""
import functools
import http.client
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from latchkey import FORM, Server, basic  # noqa: E402
from measure import PROGRAMS  # noqa: E402

PASSWORD = "Xk9!vQ2#mZ7p"
REDIRECT = "https://client.example/cb"
CHECK = "application/vnd.pingidentity.usernamePassword.check+json"
TEMPLATE = "template00000000"
SIGNERS = 64
USERS = 1000


class World:
    """A server, and one connection to it that is kept."""

    def __init__(self, *options, data=None, store=None):
        self.server = Server("--quiet", *options, data=data, store=store)
        self.ready, self.host, self.data = self.server.ready, self.server.host, self.server.data
        self.pid = self.server.process.pid
        self.url = "http://" + self.host
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        self.environment = self.ready["environmentId"]
        self.base = "/v1/environments/" + self.environment
        self.worker = basic(self.ready["clientId"], self.ready["clientSecret"])
        self.admin = {"Authorization": "Bearer " + self.worker_token()}

    def call(self, method, path, body=None, headers=None, media="application/json"):
        """-> status, headers, JSON or None"""
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body) if media == FORM else json.dumps(body)
        sent = dict(headers or {}, **({"Content-Type": media} if body is not None else {}))
        try:
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
        except (ConnectionError, http.client.HTTPException):  # it was idle for too long
            self.connection.close()
            self.connection.request(method, path, body, sent)
            answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 400:
            raise SystemExit("%s %s: %d %s" % (method, path, answer.status, text))
        return answer, json.loads(text) if text.startswith("{") else None

    def create(self, path, body, method="POST", media="application/json"):
        return self.call(method, path, body, self.admin, media)[1]

    def worker_token(self):
        return self.call("POST", "/as/token", {"grant_type": "client_credentials"}, self.worker, FORM)[1]["access_token"]

    def add_users(self, n):
        """Users without passwords; the first is a template for limit_rows. -> their ids"""
        names = [TEMPLATE] + ["reader%06d" % i for i in range(1, n)]
        return [self.create(self.base + "/users", {"username": name, "email": name + "@example.com",
                                                   "name": {"given": "Ann", "family": "Reader"}})["id"] for name in names]

    @functools.cached_property
    def users(self):
        return self.add_users(USERS)

    @functools.cached_property
    def client(self):
        """The Authorization header of an application that signs users in for one scope; the users are there too."""
        resource = self.create(self.base + "/resources", {"name": "bench", "audience": "https://bench.example"})["id"]
        scope = self.create(self.base + "/resources/%s/scopes" % resource, {"name": "bench:read"})["id"]
        app = self.create(self.base + "/applications", {
            "name": "bench", "enabled": True, "type": "WEB_APP", "protocol": "OPENID_CONNECT", "grantTypes": ["AUTHORIZATION_CODE"],
            "responseTypes": ["CODE"], "redirectUris": [REDIRECT], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC"})["id"]
        self.create(self.base + "/applications/%s/grants" % app, {"resource": {"id": resource}, "scopes": [{"id": scope}]})
        secret = self.call("GET", self.base + "/applications/%s/secret" % app, headers=self.admin)[1]["secret"]
        self.application, self.scope = app, "bench%3Aread"
        self.add_signers()
        return basic(app, secret)

    def add_signers(self):
        """Users with a password: signer1, signer2, ..."""
        for i in range(1, SIGNERS + 1):
            user = self.create(self.base + "/users", {"username": "signer%d" % i, "email": "s@example.com"})["id"]
            self.create(self.base + "/users/%s/password" % user, {"value": PASSWORD, "forceChange": False}, "PUT",
                        "application/vnd.pingidentity.password.set+json")

    def login_arguments(self):
        """What login.lua wants to know."""
        basic = self.client["Authorization"].split()[1]
        return [self.host, self.environment, self.application, basic, self.scope, PASSWORD, "signer", SIGNERS]

    def authorize(self, cookie=None):
        headers = {"Cookie": cookie} if cookie else {}
        answer, _ = self.call("GET", "/%s/as/authorize?response_type=code&client_id=%s&redirect_uri=%s&scope=%s" % (
            self.environment, self.application, urllib.parse.quote(REDIRECT, safe=""), self.scope), headers=headers)
        return urllib.parse.urlsplit(answer.getheader("Location"))

    def exchange(self, location):
        code = urllib.parse.parse_qs(location.query)["code"][0]
        return self.call("POST", "/%s/as/token" % self.environment, {
            "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}, self.client, FORM)[1]["access_token"]

    def sign_on(self, name):
        """-> the session cookie"""
        flow = urllib.parse.parse_qs(self.authorize().query)["flowId"][0]
        answer, _ = self.call("POST", "/%s/flows/%s" % (self.environment, flow), {"username": name, "password": PASSWORD}, media=CHECK)
        cookie = next(c for c in answer.headers.get_all("Set-Cookie") if c.startswith("ST=")).split(";")[0]
        answer, _ = self.call("GET", "/%s/as/resume?flowId=%s" % (self.environment, flow), headers={"Cookie": cookie})
        self.exchange(urllib.parse.urlsplit(answer.getheader("Location")))
        return cookie

    def user_tokens(self, n):
        """Tokens of 20 users, each signed in once; further ones come from their sessions."""
        assert self.client
        cookies = [self.sign_on("signer%d" % i) for i in range(1, 21)]
        return [self.exchange(self.authorize(cookies[i % len(cookies)])) for i in range(n)]

    def add_environments(self, n):
        """-> (environment, its default population)"""
        made = []
        for i in range(n):
            e = self.create("/v1/environments", {"name": "bench %d" % i, "region": "EU", "type": "SANDBOX"})["id"]
            path = "/v1/environments/%s/populations" % e
            made.append((e, self.call("GET", path, headers=self.admin)[1]["_embedded"]["populations"][0]["id"]))
        return made

    def some_users(self, n):
        """(id, username) of users all over the store, of those that limit_rows copies."""
        db = sqlite3.connect("file:%s/latchkey.db?mode=ro" % self.data, uri=True)
        total, = db.execute("SELECT count(*) FROM unique_value WHERE type = 'user'").fetchone()
        rows = db.execute("SELECT id, value FROM (SELECT id, value, row_number() OVER (ORDER BY value) AS n FROM unique_value"
                          " WHERE type = 'user' AND attribute = 'username') WHERE n % ? = 0 LIMIT ?", (max(total // n, 1), n))
        users = [(str(uuid.UUID(bytes=i)), value.decode()) for i, value in rows]
        db.close()
        return users

    def page_paths(self, n):
        """Pages of 20 users, one after the other."""
        paths = [self.base + "/users?limit=20"]
        while len(paths) < n:
            following = self.call("GET", paths[-1], headers=self.admin)[1]["_links"].get("next")
            if not following:
                break
            paths.append(following["href"].split(self.host, 1)[1])
        return paths

    def close(self):
        self.connection.close()
        self.server.close()


def start_s(data):
    """Seconds from the start of the program until it is ready; then it is stopped."""
    folder = tempfile.mkdtemp(prefix="latchkey-bench-")
    ready = os.path.join(folder, "ready.json")
    begun = time.perf_counter()
    process = subprocess.Popen(
        [os.environ.get("LATCHKEY", "build/latchkey"), "dev", "--quiet", "--data", data, "--http", "127.0.0.1:0",
         "--https", "127.0.0.1:0", "--management", "127.0.0.1:0", "--ready-file", ready],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, XDG_RUNTIME_DIR=folder))
    while not os.path.exists(ready):
        if process.poll() is not None:
            raise SystemExit("the server did not start (status %d)" % process.returncode)
        time.sleep(0.0005)
    spent = time.perf_counter() - begun
    process.terminate()
    process.wait()
    shutil.rmtree(folder)
    return spent


def fill(data, n):
    """Copy the template user n times, without a server."""
    subprocess.run([os.path.join(PROGRAMS, "limit_rows"), os.path.join(data, "latchkey.db"), TEMPLATE, str(n), "--fill"],
                   stdout=subprocess.DEVNULL, check=True)
