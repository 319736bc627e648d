# SPDX-License-Identifier: Apache-2.0
"""The part of JSON Schema 2020-12 that the meta-schema and the resource types use. Other keywords stop the test."""
import re
import uuid

TYPES = {"string": str, "object": dict, "array": list, "boolean": bool}
# Say nothing of the value itself.
SILENT = {"$schema", "$id", "$defs", "title", "description", "default", "readOnly", "writeOnly"}


def has_type(value, name):
    if name in ("integer", "number"):
        return isinstance(value, (int, float) if name == "number" else int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def equal(a, b):
    """1 is not true."""
    return type(a) is type(b) and a == b


def in_python(pattern):
    """Python's re knows no \\p{...}: any character stands for the Unicode classes."""
    return re.sub(r"\[[^]]*\\p\{[^]]*\]", r"[\\s\\S]", pattern)


def has_format(value, name):
    try:
        return name != "uuid" or str(uuid.UUID(value)) == value
    except ValueError:
        return False


def resolve(root, ref):
    node = root
    for part in ref.removeprefix("#/").split("/"):
        node = node[part]
    return node


def bound(test):
    return lambda k, value, rule, at: [] if test(value, rule) else ["%s: breaks %s" % (at, rule)]


class Validator:
    """faults(value) lists what is wrong, as texts. `seeded`: null leaves a member out, as in default objects."""

    def __init__(self, root, seeded=False):
        self.root = root
        self.seeded = seeded

    def faults(self, value, schema=None, at="$"):
        schema = self.root if schema is None else schema
        found = []
        for keyword, rule in schema.items():
            if keyword in SILENT or keyword.startswith("x-"):
                continue
            handler = HANDLERS.get(keyword)
            if not handler:
                raise SystemExit("the validator has no keyword %s" % keyword)
            found += handler(self, value, rule, at) if keyword not in OBJECT else handler(self, value, schema, at)
        return found

    def type(self, value, rule, at):
        return [] if has_type(value, rule) else ["%s: is no %s" % (at, rule)]

    def ref(self, value, rule, at):
        return self.faults(value, resolve(self.root, rule), at)

    def any_of(self, value, rule, at):
        """Of those that fail, the one that comes nearest says why."""
        each = [self.faults(value, choice, at) for choice in rule]
        return min(each, key=lambda faults: (len(faults) > 0, max([f.split(":")[0].count(".") for f in faults] or [0]) * -1,
                                             len(faults)))

    def required(self, value, rule, at):
        if not isinstance(value, dict):
            return []
        return ["%s: lacks %s" % (at, name) for name in rule if value.get(name) is None]

    def members(self, value, schema, at):
        """properties and additionalProperties together."""
        known, others, found = schema.get("properties", {}), schema.get("additionalProperties", True), []
        for name, item in value.items() if isinstance(value, dict) else ():
            where = "%s.%s" % (at, name)
            if self.seeded and item is None:
                continue
            if name in known:
                found += self.faults(item, known[name], where)
            elif others is False:
                found.append("%s: is not known" % where)
            elif others is not True:
                found += self.faults(item, others, where)
        return found

    def members_again(self, value, schema, at):
        return [] if "properties" in schema else self.members(value, schema, at)

    def items(self, value, rule, at):
        if not isinstance(value, list):
            return []
        return [fault for i, item in enumerate(value) for fault in self.faults(item, rule, "%s[%d]" % (at, i))]

    def names(self, value, rule, at):
        return [fault for name in value for fault in self.faults(name, rule, "%s.%s" % (at, name))]


def no_twins(value):
    return not any(equal(a, b) for i, a in enumerate(value) for b in value[:i])


HANDLERS = {
    "type": Validator.type, "$ref": Validator.ref, "anyOf": Validator.any_of, "required": Validator.required,
    "properties": Validator.members, "additionalProperties": Validator.members_again, "items": Validator.items,
    "propertyNames": Validator.names,
    "const": bound(equal),
    "enum": bound(lambda value, rule: any(equal(value, choice) for choice in rule)),
    "pattern": bound(lambda value, rule: not isinstance(value, str) or re.search(in_python(rule), value)),
    "format": bound(lambda value, rule: not isinstance(value, str) or has_format(value, rule)),
    "minLength": bound(lambda value, rule: not isinstance(value, str) or len(value) >= rule),
    "maxLength": bound(lambda value, rule: not isinstance(value, str) or len(value) <= rule),
    "minimum": bound(lambda value, rule: value >= rule),
    "maximum": bound(lambda value, rule: value <= rule),
    "minItems": bound(lambda value, rule: not isinstance(value, list) or len(value) >= rule),
    "maxItems": bound(lambda value, rule: not isinstance(value, list) or len(value) <= rule),
    "minProperties": bound(lambda value, rule: not isinstance(value, dict) or len(value) >= rule),
    "uniqueItems": bound(lambda value, rule: not isinstance(value, list) or no_twins(value)),
}
# These need the schema that they stand in.
OBJECT = {"properties", "additionalProperties"}
