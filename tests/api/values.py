# SPDX-License-Identifier: Apache-2.0
"""Generated: what each member takes and refuses, from the schema alone. One case is one member and one value."""
import copy

from schema import FORMATS, PATTERNS, Type, get, of_length, random_id, wrong_kinds
from suite import check, differences, refusal, require
from world import ALSO

# Choices, lengths and absences that only go with other members; the written rules cover them.
NOT_ALONE = {
    "application.tokenEndpointAuthMethod takes NONE",
    "application.redirectUris[] takes 1 characters",
    "application.postLogoutRedirectUris[] takes 1 characters",
    "application.redirectUris[] takes 2048 characters",
    "application.postLogoutRedirectUris[] takes 2048 characters",
    "application.corsSettings.behavior takes ALLOW_SPECIFIC_ORIGINS",
    "application.corsSettings.origins as null is as if it were left out",
    "application.corsSettings.origins[] takes 1 characters",
    "application.corsSettings.origins[] takes 256 characters",
    "application.grantTypes as null is as if it were left out",
    "application.grantTypes[] takes AUTHORIZATION_CODE",
    "application.type takes PING_ONE_PORTAL",
    "application.type takes PING_ONE_SELF_SERVICE",
    "key.algorithm takes RSA",
    "key.serialNumber as null is as if it were left out",  # a new one each time
}
NOT_ALONE_PREFIXES = ("key.keyLength takes ", "key.signatureAlgorithm takes ", "key.subjectDN takes ",
                      "applicationRoleAssignment.scope.type takes ", "userRoleAssignment.scope.type takes ")


class Values:
    """The cases of one type's bodies, or of one action's.

    least: makes a body that is taken; refuse: sends a body that should be refused; accept: sends one that should be
    taken, which differs from the least in this member, and returns the reply
    """

    def __init__(self, suite, world, t, label, where, least, refuse, accept=None):
        self.suite, self.world, self.t, self.label, self.where = suite, world, t, label, where
        self.least, self.refuse, self.accept = least, refuse, accept

    def case(self, sentence, function, *arguments):
        sentence = "%s.%s" % (self.label, sentence)
        if sentence not in NOT_ALONE and not sentence.startswith(NOT_ALONE_PREFIXES):
            self.suite.case(sentence, function, *arguments)

    def body_with(self, member, value):
        return self.world.with_member(self.t, self.least(), member, value, self.where)

    def body_without(self, member):
        body = self.body_with(member, None)
        holder = get(body, member.path[:-1]) if len(member.path) > 1 else body
        del holder[member.path[-1]]
        return body

    def refused(self, member, value, code, inner=None, target=None):
        body = self.body_with(member, value)
        check(self.refuse(body), 400, refusal(code, target or member.target, inner=inner))

    def accepted(self, member, value, shown=None):
        reply = self.accept(member, self.body_with(member, value))
        if not member.write_only:
            have = get(reply.json, member.path)
            found = differences(value if shown is None else shown, have)
            require(not found, "%s was sent as %r and is shown as %r" % (member.name, value, have))

    def all(self):
        for member in self.t.members:
            if member.read_only:
                continue
            self.kinds(member)
            if member.required or member.path[0] in ALSO.get(self.t.name, {}) and len(member.path) == 1:
                self.required(member)
            elif self.accept and member.path[-1] is not None:
                self.case("%s as null is as if it were left out" % member.name, self.null, member)
            getattr(self, "of_" + member.schema["type"])(member)

    def kinds(self, member):
        for name, value in wrong_kinds(member.schema).items():
            self.case("%s refuses %s" % (member.name, name), self.refused, member, value, "INVALID_VALUE")

    def required(self, member):
        self.case("%s is required" % member.name, self.missing, member, False)
        self.case("%s as null is missing" % member.name, self.missing, member, True)

    def missing(self, member, as_null):
        body = self.body_with(member, None) if as_null else self.body_without(member)
        check(self.refuse(body), 400, refusal("REQUIRED_VALUE", member.target))

    def null(self, member):
        with_null = self.accept(member, self.body_with(member, None))
        without = self.accept(member, self.body_without(member))
        require(get(with_null.json, member.path) == get(without.json, member.path), "null is not absence")

    def of_object(self, member):
        pass

    def of_boolean(self, member):
        if not self.accept or member.schema.get("x-one-default"):
            return
        for value in member.schema.get("enum", (True, False)):
            self.case("%s takes %s" % (member.name, str(value).lower()), self.accepted, member, value)

    def choices(self, member):
        schema = member.schema
        unknown = "SOMETHING_ELSE" if schema["type"] == "string" else 7
        self.case("%s refuses a value that is not listed" % member.name, self.refused, member, unknown,
                  "INVALID_VALUE", {"allowedValues": schema["enum"]})
        for choice in schema["enum"] if self.accept else ():
            self.case("%s takes %s" % (member.name, choice), self.accepted, member, choice)

    def of_string(self, member):
        schema = member.schema
        if "enum" in schema:
            return self.choices(member)
        self.lengths(member)
        if "pattern" in schema:
            self.case("%s refuses what its pattern does not fit" % member.name, self.refused, member,
                      PATTERNS[schema["pattern"]][1], "INVALID_VALUE", {"allowedPattern": schema["pattern"]})
        for bad in FORMATS[schema["format"]][1] if "format" in schema else ():
            if bad or not schema.get("minLength"):
                self.case("%s refuses %r, which is no %s" % (member.name, bad, schema["format"]), self.refused,
                          member, bad, "INVALID_VALUE")
        if "x-ref" in schema:
            self.case("%s refuses an id of nothing" % member.name, self.dangling, member)

    def dangling(self, member):
        """All else in the body is new: this is checked behind what the schema says by itself."""
        wanted = random_id()
        body = self.world.with_member(self.t, self.world.least(self.t, self.where), member, wanted, self.where)
        check(self.refuse(body), 400,
              refusal("INVALID_VALUE", member.plain, inner={"referencedValues": [wanted]}))

    def lengths(self, member):
        schema = member.schema
        low, high = schema.get("minLength", 0), schema.get("maxLength")
        if low:
            self.case("%s refuses an empty text" % member.name, self.refused, member, "", "EMPTY_VALUE")
            self.takes_length(member, low)
        if high:
            self.takes_length(member, high)
            self.case("%s refuses %d characters" % (member.name, high + 1), self.refused, member,
                      of_length(member, high + 1) or "x" * (high + 1), "SIZE_LIMIT_EXCEEDED",
                      {"rangeMinimumValue": low, "rangeMaximumValue": high})

    def takes_length(self, member, n):
        text = of_length(member, n)
        if text and self.accept:
            self.case("%s takes %d characters" % (member.name, n), self.accepted, member, text)

    def of_integer(self, member):
        schema = member.schema
        if "enum" in schema:
            return self.choices(member)
        limits = {"rangeMinimumValue": schema["minimum"]} if "minimum" in schema else {}
        if "maximum" in schema:
            limits["rangeMaximumValue"] = schema["maximum"]
        for limit, step in (("minimum", -1), ("maximum", 1)):
            if limit not in schema:
                continue
            if self.accept and not (limit == "maximum" and schema["maximum"] == schema.get("minimum")):
                self.case("%s takes %d" % (member.name, schema[limit]), self.accepted, member, schema[limit])
            self.case("%s refuses %d" % (member.name, schema[limit] + step), self.refused, member,
                      schema[limit] + step, "OUT_OF_RANGE", limits)
        self.fractions(member)

    def fractions(self, member):
        low = member.schema.get("minimum", 0)
        if self.world.types.get(self.t.name) and self.t.schema.get("x-strict-integers"):
            self.case("%s refuses a fraction" % member.name, self.refused, member, low + 0.5, "INVALID_VALUE")
        elif self.accept:
            self.case("%s cuts a fraction" % member.name, self.accepted, member, low + 0.5, low)

    def of_array(self, member):
        schema = member.schema
        for limit, step in (("minItems", -1), ("maxItems", 1)):
            if limit in schema:
                self.case("%s refuses %d items" % (member.name, schema[limit] + step), self.refused, member,
                          self.items(member, schema[limit] + step, False), "SIZE_LIMIT_EXCEEDED")
                self.takes_items(member, schema[limit])
        if schema.get("uniqueItems"):
            self.case("%s refuses an item twice" % member.name, self.twins, member)

    def takes_items(self, member, n):
        choices = member.schema["items"].get("enum")
        if self.accept and (not choices or n <= len(choices)):
            self.case("%s takes %d items" % (member.name, n), self.takes_new_items, member, n)

    def takes_new_items(self, member, n):
        self.accepted(member, self.items(member, n, True))

    def items(self, member, n, real):
        """n different items; where they are to be refused at sight they need not name what exists."""
        items, path = member.schema["items"], member.path + (None,)
        if items.get("enum"):
            return [items["enum"][-1 - i % len(items["enum"])] for i in range(n)]
        if not real and items["type"] == "object":
            return [{"id": random_id()} for _ in range(n)]
        root = self.least()
        return [self.world.value(self.t, items, path, self.where, root) for _ in range(n)]

    def twins(self, member):
        item = self.items(member, 1, True)[0]
        reply = check(self.refuse(self.body_with(member, [item, item])), 400)
        require(any(d["code"] == "INVALID_VALUE" and d.get("target", "").startswith(member.plain + "[")
                    for d in reply.json["details"]), "the twin is not refused")


class Body:
    """How a type's values are tried: refusals by POST, so that nothing is left; the rest on one object, where one
    may be replaced."""

    def __init__(self, suite, world, t):
        self.client, self.world, self.t = suite.client, world, t
        self.where = world.place(t, suite.client.environment("Few") if "x-max" in t.schema and not t.parent else None)
        self.path = world.collection(t, self.where)
        self.original = world.least(t, self.where)
        self.object = self.client.make(self.path, self.original)
        Values(suite, world, t, t.name, self.where, self.least, self.refuse, self.accept).all()
        suite.case("%s ignores members that it does not know" % t.name, self.unknown)
        for member in t.members:
            if member.read_only and not (member.parent or {}).get("readOnly") and member.path[-1] is not None:
                suite.case("%s.%s cannot be written" % (t.name, member.name), self.read_only, member)
            if member.schema.get("x-immutable"):
                suite.case("%s.%s cannot be changed" % (t.name, member.name), self.immutable, member)

    def least(self):
        return copy.deepcopy(self.original)

    def refuse(self, body):
        return self.client.send("POST", self.path, body)

    def accept(self, member, body):
        """The reply to an object that has this body; 200 or 201."""
        if "REPLACE" in self.t.methods and not member.immutable and not has_immutable(member.schema):
            return check(self.client.send("PUT", "%s/%s" % (self.path, self.object["id"]), body), 200)
        fresh = self.world.least(self.t, self.where)
        for unique in self.t.members:
            if "x-unique" in unique.schema and get(body, unique.path) == get(self.original, unique.path):
                body = self.world.with_member(self.t, body, unique, get(fresh, unique.path), self.where)
        return self.post_once(body)

    def post_once(self, body):
        reply = check(self.client.send("POST", self.path, body), 201)
        check(self.client.send("DELETE", "%s/%s" % (self.path, reply.json["id"])), 204)
        return reply

    def unknown(self):
        body = dict(self.world.least(self.t, self.where), unknown={"a": [1]}, _links={"self": {"href": "x"}})
        reply = self.post_once(body)
        require("unknown" not in reply.json, "it is kept")
        require(reply.json["_links"]["self"]["href"] != "x", "links are taken from the body")

    def read_only(self, member):
        """A value that its type refuses must do no harm either."""
        fresh = self.world.least(self.t, self.where)
        reply = self.post_once(self.world.with_member(self.t, fresh, member, 123456789, self.where))
        require(get(reply.json, member.path) != 123456789, "it was written")

    def immutable(self, member):
        """Another value is refused, the same is not, absence keeps it."""
        t, world = self.t, self.world
        body = world.least(t, self.where)
        if get(body, member.path) is None:
            body = world.with_member(t, body, member, self.another(member, None), self.where)
        made = self.client.make(self.path, body)
        path = "%s/%s" % (self.path, made["id"])
        check(self.client.send("PUT", path, body), 200)
        changed = world.with_member(t, body, member, self.another(member, get(body, member.path)), self.where)
        check(self.client.send("PUT", path, changed), 400, refusal("INVALID_VALUE", member.plain))
        kept = check(self.client.send("GET", path), 200).json
        require(get(kept, member.path) == get(made, member.path), "it was changed")
        check(self.client.send("DELETE", path), 204)

    def another(self, member, value):
        choices = [c for c in member.schema.get("enum", ()) if c != value]
        if choices:
            return choices[0]
        if member.schema["type"] == "integer":
            return (value or 1) + 1
        if "enum" in member.schema:
            return "SOMETHING_ELSE"
        return self.world.value(self.t, member.schema, member.path, self.where, self.original)


def has_immutable(schema):
    return any(m.get("x-immutable") or has_immutable(m) for m in schema.get("properties", {}).values())


def action_type(action):
    """An action's request as if it were a type's body."""
    schema = dict(copy.deepcopy(action["request"]))
    schema.update({"$id": action["name"], "x-path": "", "x-methods": [], "x-collection": ""})
    return Type(schema)


def action_values(suite, world, t, where, thing):
    """What actions refuse; what they do is a written rule each."""
    for action in t.actions:
        if "request" not in action:
            continue
        path = world.item(t, where, thing) + action["path"]

        def refuse(body, action=action, path=path):
            return suite.client.send(action["method"], path, body, media=action.get("media"))

        label = "%s %s%s" % (action["method"], t.name, action["path"])
        if action.get("media", "application/json") != "application/json":
            label += " " + action["media"].split("pingidentity.")[1].removesuffix("+json")
        asked = action_type(action)

        def least(asked=asked):
            return world.least_object(asked, asked.schema, (), where, {})

        Values(suite, world, asked, label, where, least, refuse).all()
