# SPDX-License-Identifier: Apache-2.0
"""A running `latchkey dev` for tests, and a client that shows what it sent and got when a case fails."""
import atexit
import base64
import http.client
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

FORM = "application/x-www-form-urlencoded"


class Reply:
    """What came back: status, headers (list of pairs), text, and the text as JSON if it is."""

    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text
        try:
            self.json = json.loads(text)
        except ValueError:
            self.json = None

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    def cookie(self, name):
        for line in self.all("Set-Cookie"):
            if line.startswith(name + "="):
                return line.split(";")[0][len(name) + 1:]
        return None

    def query(self):
        """The parameters of a redirect's query or fragment."""
        parts = urllib.parse.urlsplit(self.header("Location") or "")
        return dict(urllib.parse.parse_qsl(parts.query or parts.fragment))


schemas = itertools.count(1)


def new_store():
    """The URL of an empty PostgreSQL schema when the suite runs on that; else None: SQLite in the data folder."""
    if os.environ.get("TEST_STORE") != "postgres":
        return None
    name = "test_%d_%d" % (os.getpid(), next(schemas))
    psql("CREATE SCHEMA " + name)
    return os.environ["TEST_POSTGRES"] + "&options=-csearch_path%3D" + name


def psql(sql):
    """Run SQL on the tests' database. -> what it printed, without frills"""
    done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, os.environ["TEST_POSTGRES"]], check=True,
                          stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def store_option(store):
    return ["--store", store] if store else []


class Server:
    """latchkey dev on free ports, over plain HTTP on loopback."""

    def __init__(self, *options, data=None, store=None, wait=True):
        self.folder = tempfile.mkdtemp(prefix="latchkey-test-")
        self.ready_file = os.path.join(self.folder, "ready.json")
        self.data = data or os.path.join(self.folder, "data")
        self.options = options
        self.store = store or new_store()
        self.history = []
        self.secrets = set()
        self.start(wait)
        atexit.register(self.end)

    def start(self, wait=True):
        environment = dict(os.environ, XDG_RUNTIME_DIR=self.folder)
        log = os.environ.get("TEST_LOGS")
        self.log = open(os.path.join(log, "server-%s-%d.log" % (os.path.basename(os.path.dirname(
            os.path.abspath(sys.argv[0]))), os.getpid())), "ab") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            [os.environ.get("LATCHKEY", "build/latchkey"), "dev", "--data", self.data, "--http", "127.0.0.1:0",
             "--https", "127.0.0.1:0", "--management", "127.0.0.1:0", "--ready-file", self.ready_file,
             *store_option(self.store), *self.options],
            stdout=subprocess.DEVNULL, stderr=self.log, env=environment)
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self):
        end = time.time() + 30
        while not os.path.exists(self.ready_file):
            if self.process.poll() is not None or time.time() > end:
                raise SystemExit("the server did not start (status %s)" % self.process.poll())
            time.sleep(0.02)
        with open(self.ready_file) as f:
            self.ready = json.load(f)
        self.host = urllib.parse.urlsplit(self.ready["httpUrl"]).netloc
        self.secret(self.ready["clientSecret"], self.ready["adminPassword"])

    def secret(self, *texts):
        """Remember what no log may show."""
        self.secrets.update(filter(None, texts))
        path = os.environ.get("TEST_SECRETS")
        if path:
            with open(path, "a") as f:
                f.writelines(t + "\n" for t in texts if t)

    def told(self):
        """The last calls and their answers, without secrets."""
        text = "".join("     %s %s\n       sent %s\n       got %s %s %s\n" % entry for entry in self.history)
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "(secret)")
        return text

    def stop(self):
        self.process.terminate()
        status = self.process.wait(timeout=30)
        if status != 0:
            raise SystemExit("the server ended with status %d" % status)

    def end(self):
        """Leave nothing behind when a suite breaks off."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self):
        """The end without a warning. What it wrote last of its own accord would name the next one's addresses wrongly."""
        self.process.kill()
        self.process.wait()
        if os.path.exists(self.ready_file):
            os.remove(self.ready_file)

    def verify(self, data=None):
        """What `latchkey verify` says of a folder (the stopped server's own unless named), and its status."""
        done = subprocess.run([os.environ.get("LATCHKEY", "build/latchkey"), "verify", "--data", data or self.data,
                               *store_option(None if data else self.store)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def close(self):
        """Stop; whatever a suite has done, the store holds together."""
        self.stop()
        status, text = self.verify()
        if status != 0:
            raise SystemExit("the store does not hold together:\n" + text)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, body=None, media=None, headers=None):
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        sent = dict(headers or {})
        if isinstance(body, dict) and media == FORM:
            body = urllib.parse.urlencode(body)
        elif isinstance(body, (dict, list)):
            body, media = json.dumps(body), media or "application/json"
        if media:
            sent["Content-Type"] = media
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.getheaders(), answer.read().decode())
        finally:
            connection.close()
        self.history = (self.history + [(method, path, body, reply.status, reply.text[:600], reply.header("Location"))])[-6:]
        return reply

    def admin(self):
        """The Authorization header of the seeded worker."""
        reply = self.call("POST", "/as/token", {"grant_type": "client_credentials"}, FORM,
                          basic(self.ready["clientId"], self.ready["clientSecret"]))
        assert reply.status == 200, reply.text
        self.secret(reply.json["access_token"])
        return {"Authorization": "Bearer " + reply.json["access_token"]}


def basic(name, password):
    text = "%s:%s" % (urllib.parse.quote(name, safe=""), urllib.parse.quote(password, safe=""))
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


class Suite:
    """Cases are functions; their names, read as sentences, are what fails."""

    def __init__(self):
        self.cases = []

    def case(self, function):
        self.cases.append(function)
        return function

    def run(self, server):
        failed = 0
        for function in self.cases:
            name = function.__name__.replace("_", " ")
            try:
                function()
                print("ok - %s" % name, flush=True)
            except Exception:
                failed += 1
                print("not ok - %s" % name, flush=True)
                traceback.print_exc(limit=-2, file=sys.stdout)
                print(server.told(), end="")
        try:
            server.close()
        except SystemExit as e:
            failed += 1
            print("not ok - the server stops cleanly: %s" % e)
        print("%d passed, %d failed" % (len(self.cases) - failed, failed))
        return 1 if failed or not self.cases else 0
