# SPDX-License-Identifier: Apache-2.0
"""What generated cases need around them: environments, parents, and bodies that the server takes."""
import copy
import itertools

from schema import FORMATS, PATTERNS, get, path_text, random_id, read_json

ROLES = {r["name"]: r for r in read_json("resources", "data", "roles.json")["roles"]}
READER = "Identity Data Read Only"
# Members whose text or number has a rule of its own: how it is made.
TEXTS = {
    ("application", "redirectUris[]"): lambda n: "https://app.example.com/%d" % n,
    ("application", "postLogoutRedirectUris[]"): lambda n: "https://app.example.com/bye/%d" % n,
    ("application", "corsSettings.origins[]"): lambda n: "https://app%d.example.com" % n,
    ("user", "username"): lambda n: "user%d" % n,
    ("customRole", "canBeAssignedBy[].id"): lambda n: ROLES["Environment Admin"]["id"],
    ("customRole", "permissions[].id"): lambda n: ROLES["Environment Admin"]["permissions"][n % 200],
    ("passwordPolicy", "maxAgeDays"): lambda n: 23,  # beside a minAgeDays of 1
    ("key", "subjectDN"): lambda n: "CN=key%d, O=Example, C=US" % n,
}
# Enumerated members of which not every choice goes with the rest of a least body.
CHOICES = {
    ("key", "algorithm"): "EC",
    ("key", "keyLength"): 256,
    ("key", "signatureAlgorithm"): "SHA256withECDSA",
    ("key", "usageType"): "ISSUANCE",
    ("application", "type"): "NATIVE_APP",
    ("application", "corsSettings.behavior"): "ALLOW_SPECIFIC_ORIGINS",
    ("customRole", "applicableTo[]"): "ENVIRONMENT",
    ("environment", "region"): "EU",
    ("environment", "type"): "SANDBOX",
}
# What a rule of the product asks for besides what the schema requires.
ALSO = {"application": {"grantTypes": ["CLIENT_CREDENTIALS"]}}
PARENTS = {"application": {"type": "WORKER", "assignActorRoles": False}}


class World:
    def __init__(self, client, types):
        self.client, self.types = client, types
        self.numbers = itertools.count(1)
        self.roles = ROLES
        self.environment = client.environment("Generated")
        self.other = client.environment("Elsewhere")
        ready = client.server.ready
        self.shared = {"license": ready["licenseId"], "organization": ready["organizationId"]}

    # Places: a dictionary from the variables of a type's path to ids.

    def place(self, t, environment=None, parent=None):
        """Where an object of this type may live; a new parent unless one is named."""
        where = {}
        if t.in_environment:
            where["environment"] = environment or self.environment
        if t.parent in self.shared:
            where[t.parent] = self.shared[t.parent]
        elif t.parent:
            where[t.parent] = parent or self.new_parent(t.parent, where)
        return where

    def new_parent(self, name, where):
        t = self.types[name]
        body = dict(self.least(t, where), **PARENTS.get(name, {}))
        return self.client.make(self.collection(t, where), body)["id"]

    def collection(self, t, where):
        return t.path.removesuffix("/{id}").format(**where)

    def item(self, t, where, thing):
        return "%s/%s" % (self.collection(t, where), thing)

    def create(self, t, where, **members):
        """A new object: its members as the server shows them."""
        return self.client.make(self.collection(t, where), dict(self.least(t, where), **members))

    # Values.

    def least(self, t, where):
        """The least body that the server takes."""
        if t.name.endswith("RoleAssignment"):
            return self.least_assignment(where)
        body = self.least_object(t, t.schema, (), where, {})
        return dict(body, **copy.deepcopy(ALSO.get(t.name, {})))

    def least_object(self, t, schema, path, where, root):
        made = {}
        root = made if not path else root
        for name in schema.get("required", ()):
            made[name] = self.value(t, schema["properties"][name], path + (name,), where, root)
        return made

    def least_assignment(self, where):
        population = self.create(self.types["population"], {"environment": where["environment"]})
        return {"role": {"id": self.roles[READER]["id"]}, "scope": {"type": "POPULATION", "id": population["id"]}}

    def full(self, t, where):
        """A body with every member that a client may write."""
        body = self.least(t, where)
        for member in t.members:
            if len(member.path) == 1 and member.path[0] not in body and not member.read_only and not member.write_only:
                body[member.path[0]] = self.full_value(t, member.schema, member.path, where, body)
        return body

    def full_value(self, t, schema, path, where, root):
        if schema["type"] != "object":
            return self.value(t, schema, path, where, root)
        return {name: self.full_value(t, m, path + (name,), where, root)
                for name, m in schema["properties"].items() if not m.get("readOnly") and not m.get("writeOnly")}

    def value(self, t, schema, path, where, root):
        """A value that fits; texts are new ones each time. root: the body as far as it is made."""
        name = path_text(path, "[]")
        n = next(self.numbers)
        if "x-ref" in schema:
            return self.target(schema, where, root)
        if (t.name, name) in TEXTS:
            return TEXTS[t.name, name](n)
        if "enum" in schema:
            return CHOICES.get((t.name, name), schema["enum"][-1])
        return getattr(self, "value_" + schema["type"])(t, schema, path, where, root)

    def value_object(self, t, schema, path, where, root):
        return self.least_object(t, schema, path, where, root)

    def value_array(self, t, schema, path, where, root):
        n = max(1, schema.get("minItems", 0))
        return [self.value(t, schema["items"], path + (None,), where, root) for _ in range(n)]

    def value_boolean(self, t, schema, path, where, root):
        return not schema.get("default", False)

    def value_integer(self, t, schema, path, where, root):
        return schema.get("minimum", 1)

    def value_string(self, t, schema, path, where, root):
        n = next(self.numbers)
        if "pattern" in schema:
            good = PATTERNS[schema["pattern"]][0]
            return good + str(n) if "x-unique" in schema else good
        if schema.get("format") == "uuid":
            return random_id()
        if "format" in schema:
            return FORMATS[schema["format"]][0]("sample%d" % n)
        return "sample %d" % n

    def target(self, schema, where, root):
        """The id of an object that may be referred to."""
        t = self.types[schema["x-ref"]]
        if t.name == "keyRotationPolicy" or "CREATE" not in t.methods:
            return self.shared_target(t, where)
        inside = {"environment": where.get("environment", self.environment)}
        if t.parent:
            inside[t.parent] = get(root, tuple(schema["x-ref-parent"].split(".")))
        return self.create(t, inside)["id"]

    def shared_target(self, t, where):
        """Of types that there can only be few of: one an environment."""
        key = t.name if t.name in self.shared else (t.name, where["environment"])
        if key not in self.shared:
            self.shared[key] = self.create(t, {"environment": where["environment"]})["id"]
        return self.shared[key]

    def with_member(self, t, body, member, value, where):
        """A copy of the body with this value at the member's path; objects on the way get what they require."""
        made = copy.deepcopy(body)
        at, schema = made, t.schema
        for i, part in enumerate(member.path):
            last = i == len(member.path) - 1
            schema = schema["items"] if part is None else schema["properties"][part]
            if part is None:
                at[:1] = [value if last else self.step(t, schema, member.path[:i + 1], where, made)]
                at = at[0]
            elif last:
                at[part] = value
            else:
                if not isinstance(at.get(part), (dict, list)):
                    at[part] = self.step(t, schema, member.path[:i + 1], where, made)
                at = at[part]
        return made

    def step(self, t, schema, path, where, root):
        if schema["type"] == "array":
            return [self.value(t, schema["items"], path + (None,), where, root)] * (schema.get("minItems", 0) or 1)
        return self.least_object(t, schema, path, where, root)
