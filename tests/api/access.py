# SPDX-License-Identifier: Apache-2.0
"""Generated: who may do what, and requests that no operation takes."""
from schema import random_id
from suite import FORBIDDEN, MALFORMED, NO_TOKEN, check, has, require

# Not JSON, or JSON that no body is.
WRONG_BODIES = [
    ("nothing", ""), ("blanks", "  "), ("half an object", '{"name":'), ("an array", "[]"), ("a text", '"name"'),
    ("null", "null"), ("a number", "1"), ("two values", "{}{}"), ("a comma at the end", '{"name":"x",}'),
    ("single quotes", "{'name':'x'}"), ("a comment", '{"name":"x"/**/}'), ("a name twice", '{"name":"x","name":"x"}'),
    ("a name twice inside", '{"name":"x","other":{"a":1,"a":2}}'), ("a raw line end in a text", '{"name":"a\nb"}'),
    ("octets that are no UTF-8", b'{"name":"\xff"}'), ("a zero octet", b'{"name":"a\x00b"}'),
    ("an escaped zero", '{"name":"a\\u0000b"}'), ("half a surrogate", '{"name":"\\ud800"}'),
    ("a byte order mark", b'\xef\xbb\xbf{"name":"x"}'), ("a bare word", '{"name":nan}'),
    ("65 levels", '{"name":' + "[" * 64 + "]" * 64 + "}"), ("XML", "<name>x</name>"),
]
ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Access:
    """All operations of one type, on an object that is there and on one that is not."""

    def __init__(self, suite, world, t, actors):
        self.suite, self.client, self.world, self.t, self.actors = suite, suite.client, world, t, actors
        self.where = world.place(t)
        self.thing = world.create(t, self.where)["id"] if "CREATE" in t.methods else world.shared.get(t.name)
        for operation in t.operations():
            self.operation(*operation)
        self.methods()

    def path(self, template, thing=None):
        return template.format(id=thing or self.thing or random_id(), **self.where)

    def operation(self, name, method, template, media, permission):
        said = "%s %s" % (method, template) + (" (%s)" % media if media and media != "application/json" else "")
        body = {} if media or method in ("PUT", "PATCH") else None

        def send(token, thing=None, sent=media):
            return self.client.send(method, self.path(template, thing), body, media=sent, token=token)

        self.suite.case("%s needs a token" % said, self.no_token, send)
        if permission not in self.actors.held_by_all:
            self.suite.case("%s needs %s" % (said, permission), self.no_permission, send, permission)
        if permission != "*":
            self.suite.case("%s is allowed by %s" % (said, permission), self.permission, send, permission)
        if media:
            self.suite.case("%s needs its media type" % said, self.media, send, media)

    def no_token(self, send):
        for token in ("", "x", "x.y.z", self.client.token[:-6] + "AAAAAA"):
            reply = check(send(token), 401, NO_TOKEN)
            require((reply.header("WWW-Authenticate") or "").startswith("Bearer"), "no WWW-Authenticate")

    def no_permission(self, send, permission):
        """The reply is the same whether the object is there or not."""
        token = self.actors.without(permission, self.where.get("environment"))
        here, nowhere = (check(send(token, thing), 403, FORBIDDEN).json for thing in (self.thing, random_id()))
        require(dict(here, id="") == dict(nowhere, id=""), "they differ")

    def permission(self, send, permission):
        """On what is not there, lest it go; but an environment is its own tenant, and there is one organization."""
        tenant = self.thing if self.t.name == "environment" else self.where.get("environment")
        token = self.actors.with_permission(permission, tenant)
        stays = self.t.name in ("environment", "organization") and permission != "orgmgt:delete:environment"
        require(send(token, self.thing if stays else random_id()).status not in (401, 403), "it is refused")

    def media(self, send, media):
        token = self.client.token
        for other in ("text/plain", "application/xml", "application/vnd.pingidentity.nothing+json"):
            reply = send(token, sent=other)
            check(reply, 415, dict(MALFORMED))
        require(send(token, random_id(), media + "; charset=UTF-8").status != 415, "a charset is refused")

    def methods(self):
        """What a path does not take is 405, and Allow says what it takes."""
        paths = {}
        for _, method, template, _, _ in self.t.operations():
            paths.setdefault(template, set()).add(method)
        for template, takes in paths.items():
            for method in ALL_METHODS:
                if method not in takes:
                    self.suite.case("%s %s is refused with what is allowed" % (method, template), self.method, method,
                                    self.path(template), takes)

    def method(self, method, path, takes):
        body = {} if method in ("POST", "PUT", "PATCH") else None
        reply = check(self.client.send(method, path, body), 405, MALFORMED)
        allowed = set(reply.header("Allow").split(", ")) - {"HEAD", "OPTIONS"}
        require(allowed == takes, "Allow says %s, not %s" % (sorted(allowed), sorted(takes)))


class Actors:
    """Workers that hold one role each in the environments where generated objects live."""

    def __init__(self, world):
        self.world = world
        self.tokens = {}
        held = [set(role["permissions"]) for role in world.roles.values()]
        self.held_by_all = set.intersection(*held) | {"*"}

    def token(self, role, environment):
        """One worker a role; it holds it at the widest scope that the role may have."""
        environment = environment or self.world.environment
        if (role["name"], environment) not in self.tokens:
            wide = "ENVIRONMENT" not in role["applicableTo"]
            scope = self.world.shared["organization"] if wide else environment
            given = [(role["id"], "ORGANIZATION" if wide else "ENVIRONMENT", scope)]
            self.tokens[role["name"], environment] = self.world.client.worker(self.world.environment, given)[2]
        return self.tokens[role["name"], environment]

    def without(self, permission, environment):
        return self.token(self.find(lambda held: permission not in held), environment)

    def with_permission(self, permission, environment):
        return self.token(self.find(lambda held: permission in held), environment)

    def find(self, fits):
        names = ["Identity Data Read Only", "Client Application Developer", "Configuration Read Only",
                 "Identity Data Admin", "Environment Admin", "Organization Admin"]
        others = [n for n, r in self.world.roles.items() if "ENVIRONMENT" in r["applicableTo"]]
        return next(self.world.roles[n] for n in names + others if fits(self.world.roles[n]["permissions"]))


def bodies(suite, world):
    """On one type; all have the same parser."""
    t = world.types["population"]
    where = world.place(t)
    path = world.collection(t, where)
    thing = world.create(t, where)["id"]
    for what, body in WRONG_BODIES:
        suite.case("a body that is %s is malformed" % what, wrong_body, suite, path, thing, body)
    suite.case("a body of 64 levels is taken", levels, suite, path)
    suite.case("a body of up to 1 MiB is taken", size, suite, path)
    suite.case("the fault in a body is told with its place", place, suite, path)
    suite.case("all faults of a body are told at once, up to 20", many, suite, path)
    suite.case("a fault in the body is not told to those who may not write", quiet, suite, world, path)
    suite.case("a name in a body may be written with escapes", escapes, suite, path)


def wrong_body(suite, path, thing, body):
    for method, at in (("POST", path), ("PUT", "%s/%s" % (path, thing))):
        check(suite.client.send(method, at, body, media="application/json"), 400, MALFORMED)


def levels(suite, path):
    body = '{"name":"deep","unknown":' + "[" * 63 + "]" * 63 + "}"
    check(suite.client.send("POST", path, body, media="application/json"), 201)


def size(suite, path):
    def body(n):
        text = '{"name":"big","unknown":""}'
        return text[:-2] + "x" * (n - len(text)) + '"}'

    check(suite.client.send("POST", path, body(1 << 20), media="application/json"), 201)
    check(suite.client.send("POST", path, body((1 << 20) + 1), media="application/json"), 413, MALFORMED)
    check(suite.client.send("GET", path), 200)


def place(suite, path):
    reply = check(suite.client.send("POST", path, '{"name":"x" "y"}', media="application/json"), 400, MALFORMED)
    require("octet" in reply.json["details"][0]["message"], "no place is told")
    reply = check(suite.client.send("POST", path, '{"name":"x","name":"y"}', media="application/json"), 400, MALFORMED)
    require(reply.json["details"][0]["target"] == "name", "the member is not told")


def many(suite, path):
    reply = check(suite.client.send("POST", path, {"alternativeIdentifiers": [1] * 30, "description": 1}), 400)
    targets = [d["target"] for d in reply.json["details"]]
    require(len(targets) == 20, "%d faults are told" % len(targets))
    reply = check(suite.client.send("POST", path, {"description": 1, "default": "x"}), 400)
    require({d["target"] for d in reply.json["details"]} == {"name", "description", "default"}, "a fault is not told")


def quiet(suite, world, path):
    token = Actors(world).without("dir:create:population", world.environment)
    check(suite.client.send("POST", path, "{", media="application/json", token=token), 403, FORBIDDEN)


def escapes(suite, path):
    body = '{"n\\u0061me":"\\u00e9\\ud83d\\ude00\\/\\"\\\\"}'
    check(suite.client.send("POST", path, body, media="application/json"), 201, {"name": 'é😀/"\\'})


def reply_form(suite, world):
    """What every reply has (reference: response headers, errors)."""
    path = "/environments/%s/populations" % world.environment
    suite.case("every reply has a correlation id, and an error's id is it", correlation, suite, path)
    suite.case("a reply is application/json unless application/hal+json alone is wanted", accepts, suite, path)
    suite.case("a reply is not to be kept by caches", caches, suite, path)
    suite.case("any origin may read a reply, without credentials", cors, suite, path)
    suite.case("a path that is none is not found", no_path, suite)
    suite.case("links have the host that the client used", links_host, suite, path)
    suite.case("texts of members keep what JSON need not escape", literal, suite, world)


def correlation(suite, path):
    reply = check(suite.client.send("GET", path), 200)
    require(reply.header("Correlation-Id"), "no Correlation-Id")
    reply = check(suite.client.send("POST", path, {}), 400)
    require(reply.json["id"] == reply.header("Correlation-Id"), "the id is another")


def accepts(suite, path):
    for accept, wanted in (("application/json", "application/json"), ("*/*", "application/json"),
                           ("application/hal+json", "application/hal+json"),
                           ("application/hal+json, application/json, */*", None)):
        reply = check(suite.client.send("GET", path, headers={"Accept": accept}), 200)
        have = reply.header("Content-Type")
        require(have in ("application/json;charset=UTF-8", "application/hal+json;charset=UTF-8"), have)
        require(wanted is None or have.startswith(wanted + ";"), "%s for %s" % (have, accept))


def caches(suite, path):
    reply = check(suite.client.send("GET", path), 200)
    require("no-store" in reply.header("Cache-Control") and reply.header("Pragma") == "no-cache", "it may be kept")


def cors(suite, path):
    reply = check(suite.client.send("GET", path, headers={"Origin": "https://app.example.com"}), 200)
    require(reply.header("Access-Control-Allow-Origin") == "*", "the origin is refused")
    require("orrelation" in (reply.header("Access-Control-Expose-Headers") or ""), "Correlation-Id is not exposed")
    preflight = suite.client.send("OPTIONS", path, token="", headers={
        "Origin": "https://app.example.com", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type"})
    require(preflight.status in (200, 204), "the preflight is refused")
    require("POST" in (preflight.header("Access-Control-Allow-Methods") or ""), "POST is not allowed")


def no_path(suite):
    for path in ("/nothing", "/environments/%s/nothing" % random_id(), "/roles/x/y/z", ""):
        reply = check(suite.client.send("GET", path), 404)
        require(reply.json["code"] == "NOT_FOUND", "the code is another")


def links_host(suite, path):
    port = suite.client.host.split(":")[1]
    for host in ("127.0.0.1:" + port, "localhost:" + port):
        reply = check(suite.client.send("GET", path, headers={"Host": host}), 200)
        require(reply.json["_links"]["self"]["href"].startswith("http://%s/v1/" % host), "another host")
    check(suite.client.send("GET", path, headers={"Host": "evil.example.com"}), 421)


def literal(suite, world):
    """Clients replace octets in a reply before they decode it (reference: password policies)."""
    reply = check(suite.client.send("GET", "/environments/%s/passwordPolicies" % world.environment), 200)
    require('"~!@#$%^&*()-_=+[]{}|;:,.<>/?"' in reply.text, "the special characters are escaped")
