# SPDX-License-Identifier: Apache-2.0
"""The schema files: their members by path, and values that fit or break what a member says."""
import glob
import json
import os
import re
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
METHODS = {"LIST": "GET", "CREATE": "POST", "READ": "GET", "REPLACE": "PUT", "PATCH": "PATCH", "DELETE": "DELETE"}
ACTIONS = {"LIST": "read", "CREATE": "create", "READ": "read", "REPLACE": "update", "PATCH": "update",
           "DELETE": "delete"}
OPERATORS = ["eq", "sw", "ew", "co", "ne", "gt", "ge", "lt", "le", "pr"]

# A pattern: a value that fits and can be made longer by repeating its last character, one that does not fit.
PATTERNS = {
    r"^[\p{L}\p{M}\p{Zs}\p{S}\p{N}\p{P}]*$": ("Zoë 1", "a\tb"),
    r"^[\p{L}\p{M}\p{N}\p{Zs}\p{P}\n\r]*$": ("Street 1\nBack", "a\tb"),
    r"^[\p{L}\p{M}\p{N}' .-]*$": ("O'Hara-é", "a@b"),
    r"^[A-Z]{2}$": ("DE", "de"),
    r"^\w+/[\w/+-]+$": ("Europe/Berlin", "Berlin"),
    r"^[a-zA-Z0-9_-]{1,50}$": ("path", "a b"),
    r"^[a-zA-Z0-9_-]+$": ("Policy_1", "a b"),
    r"^[\x21\x23-\x5b\x5d-\x7e]+$": ("scope:1", 'a"b'),
    r"^http://[a-zA-Z0-9./-]*$": ("http://example.com/crl", "https://example.com/crl"),
    r"^(?!(?:acr|amr|at_hash|aud|auth_time|azp|c_hash|client_id|env|exp|iat|iss|jti|nbf|nonce|org|scope|sid)$|p1\.).+$":
        ("claim", "iss"),
}
# A format: how to make a value of it that ends in this text, and values that are none.
FORMATS = {
    "uuid": (None, ["x", "0190163e-8694-739b-aea5-966c26f8ad9", "0190163e8694739baea5966c26f8ad91"]),
    "date-time": (None, ["x", "2024-02-30T00:00:00Z", "2024-01-01"]),
    "email": (lambda end: end + "@example.com", ["x", "@example.com", "a@", "a@b@example.com"]),
    "uri": (lambda end: "https://example.com/" + end, ["x", "https:", "https://example.com/a b", ":x"]),
    "locale": (lambda end: "de-AT", ["x", "de_AT", ""]),
}


class Member:
    """A member at a path of names, with None for an array's items."""

    def __init__(self, path, schema, parents):
        self.path, self.schema = path, schema
        self.required = bool(parents) and path[-1] is not None and path[-1] in parents[-1].get("required", ())
        line = parents + [schema]
        self.read_only = any(m.get("readOnly") for m in line)
        self.write_only = any(m.get("writeOnly") for m in line)
        self.immutable = any(m.get("x-immutable") for m in line)
        self.parent = parents[-1] if parents else None

    @property
    def name(self):
        """As a sentence says it: redirectUris[]."""
        return path_text(self.path, "[]")

    @property
    def target(self):
        """As a detail of a refusal says it, for the first item: redirectUris[0]."""
        return path_text(self.path, "[0]")

    @property
    def plain(self):
        """As keywords say it: scopes.id."""
        return path_text(self.path, "")


def path_text(path, item):
    text = ""
    for part in path:
        text += item if part is None else "." * bool(text) + part
    return text


def members(schema, path=(), parents=()):
    """All members below a schema, outer ones first."""
    line = list(parents) + [schema]
    for name, member in schema.get("properties", {}).items():
        yield from members_at(member, path + (name,), line)


def members_at(schema, path, parents):
    yield Member(path, schema, parents)
    if schema["type"] == "array":
        yield from members_at(schema["items"], path + (None,), parents + [schema])
    else:
        yield from members(schema, path, parents)


def get(document, path):
    """The value at a path, of the first item in arrays; None: it is not there."""
    for part in path:
        if part is None:
            document = document[0] if document else None
        else:
            document = document.get(part) if isinstance(document, dict) else None
        if document is None:
            return None
    return document


def get_plain(document, dotted):
    return get(document, tuple(dotted.split(".")))


class Type:
    """One schema file."""

    def __init__(self, schema):
        self.schema = schema
        self.name = schema["$id"]
        self.path = schema["x-path"]
        self.methods = schema["x-methods"]
        self.collection = schema["x-collection"]
        self.actions = schema.get("x-actions", [])
        self.variables = re.findall(r"\{(\w+)\}", self.path)[:-1]
        self.parent = next((v for v in self.variables if v != "environment"), None)
        self.in_environment = "environment" in self.variables
        self.members = list(members(schema))

    def permission(self, method):
        said = self.schema["x-permission"]
        text = said if isinstance(said, str) else said[method]
        return text.replace("{action}", ACTIONS[method])

    def member(self, plain):
        return next(m for m in self.members if m.plain == plain)

    def not_found(self, environment, thing):
        """The text of a 404 of one object; None: the general one."""
        text = self.schema.get("x-not-found")
        return text.replace("{id}", thing).replace("{environment}", environment or "") if text else None

    def operations(self):
        """Every operation as (its name, HTTP method, path with {variables}, media type or None, permission)."""
        collection = self.path.removesuffix("/{id}")
        for m in self.methods:
            media = "application/json" if m in ("CREATE", "REPLACE", "PATCH") else None
            yield m, METHODS[m], collection if m in ("LIST", "CREATE") else self.path, media, self.permission(m)
        for a in self.actions:
            path = (collection if a.get("on") == "collection" else self.path) + a["path"]
            yield a["name"], a["method"], path, a.get("media"), a["permission"]


def read_json(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as f:
        return json.load(f)


def read_types():
    """All types by name, those above others first."""
    files = sorted(glob.glob(os.path.join(ROOT, "resources", "*.json")))
    types = [Type(read_json(path)) for path in files if os.path.basename(path) != "meta-schema.json"]
    types.sort(key=lambda t: (t.path.count("/"), t.path))
    return {t.name: t for t in types}


def of_length(member, n):
    """A text of n characters that fits the member's pattern or format; None: there is none that short or long."""
    schema = member.schema
    if "pattern" in schema:
        good = PATTERNS[schema["pattern"]][0]
        text = good + good[-1] * (n - len(good)) if n > len(good) else good[:n]
        return text if re.fullmatch(python_pattern(schema["pattern"]), text) else None
    if "format" in schema:
        make = FORMATS[schema["format"]][0]
        short = len(make("")) if make else 0
        return make("a" * (n - short)) if make and n > short and len(make("a" * (n - short))) == n else None
    return ("é" * n) if n else ""


def python_pattern(pattern):
    """Near enough for our own samples: Python's re has no Unicode properties."""
    letters = {"L": "A-Za-zëé", "M": "", "Zs": " ", "S": "+$", "N": "0-9", "P": "!-/:@_'"}
    return re.sub(r"\\p\{(\w+)\}", lambda m: letters[m.group(1)], pattern)


def wrong_kinds(schema):
    """A value of each JSON type that this member does not take, with its name."""
    all_kinds = {"a string": "1", "a number": 1, "a boolean": True, "an object": {"a": 1}, "an array": [1]}
    own = {"string": "a string", "integer": "a number", "number": "a number", "boolean": "a boolean",
           "object": "an object", "array": "an array"}[schema["type"]]
    return {name: value for name, value in all_kinds.items() if name != own}


def random_id():
    return str(uuid.uuid4())
