# SPDX-License-Identifier: Apache-2.0
"""Cases: each has a sentence that fails. What a reply should be is written as what it must at least contain."""
import re
import traceback
from urllib.parse import quote


class Absent:
    """In a wanted object: this member must not be there."""

    def __repr__(self):
        return "ABSENT"


class Kind:
    """In a wanted object: any value for which this holds. make and items: it can be made anew of other items."""

    def __init__(self, name, holds, make=None, items=()):
        self.name, self.holds, self.make, self.items = name, holds, make, items

    def __repr__(self):
        return self.name


def text_like(pattern):
    return Kind("text like %s" % pattern, lambda v: isinstance(v, str) and re.fullmatch(pattern, v) is not None)


ABSENT = Absent()
UUID = text_like("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = text_like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TEXT = Kind("text", lambda v: isinstance(v, str) and v != "")
NUMBER = Kind("a number", lambda v: isinstance(v, int) and not isinstance(v, bool))


def has(*items):
    """A list that holds each of these, and maybe more."""
    return Kind("a list with %r" % (items,), lambda v: isinstance(v, list) and
                all(any(not differences(item, x) for x in v) for item in items), has, items)


def lacks(*items):
    return Kind("a list without %r" % (items,), lambda v: isinstance(v, list) and
                not any(not differences(item, x) for item in items for x in v), lacks, items)


def differences(want, have, at=""):
    """Where a value is not what was wanted; objects may have more members, lists may not have more items."""
    if isinstance(want, Kind):
        return [] if want.holds(have) else ["%s: wanted %s, got %r" % (at, want, have)]
    if isinstance(want, dict) and isinstance(have, dict):
        found = []
        for name, value in want.items():
            if value is ABSENT:
                found += ["%s.%s is there" % (at, name)] if name in have else []
            elif name not in have:
                found.append("%s.%s is not there" % (at, name))
            else:
                found += differences(value, have[name], "%s.%s" % (at, name))
        return found
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        return [d for i, pair in enumerate(zip(want, have)) for d in differences(*pair, "%s[%d]" % (at, i))]
    same = want == have and isinstance(want, bool) == isinstance(have, bool)
    return [] if same else ["%s: wanted %r, got %r" % (at, want, have)]


def refusal(code, target=None, message=None, inner=None):
    """The envelope of a 400 with this fault among its details (reference: error model)."""
    detail = {"code": code, "message": message or TEXT, "target": ABSENT if target is None else target}
    if inner:
        detail["innerError"] = inner
    return {"id": UUID, "code": "INVALID_DATA", "details": has(detail),
            "message": "The request could not be completed. One or more validation errors were in the request."}


MALFORMED = {"id": UUID, "code": "INVALID_REQUEST",
             "message": "The request could not be completed. The request was malformed or invalid."}
NOT_FOUND = {"id": UUID, "code": "NOT_FOUND",
             "message": "The request could not be completed. The requested resource was not found."}
FORBIDDEN = {"id": UUID, "code": "ACCESS_FAILED", "details": has({"code": "INSUFFICIENT_PERMISSIONS"}),
             "message": "The request could not be completed. You do not have access to this resource."}
NO_TOKEN = {"id": UUID, "code": "ACCESS_FAILED", "details": has({"code": "INVALID_TOKEN"})}


def not_found(message):
    return dict(NOT_FOUND, message=message)


def check(reply, status, body=None):
    """Fail unless the reply has this status and contains this body."""
    if reply.status != status:
        raise AssertionError("wanted status %s, got %d" % (status, reply.status))
    if body is None and status == 204 and reply.text:
        raise AssertionError("a 204 with a body")
    found = differences(body, reply.json) if body is not None else []
    if found:
        raise AssertionError("; ".join(found))
    return reply


def require(condition, what):
    if not condition:
        raise AssertionError(what)


class Suite:
    def __init__(self, client):
        self.client = client
        self.passed = self.failed = 0
        self.sentences = set()

    def case(self, sentence, function, *arguments):
        """Run one case at once. Its sentence stands for no other."""
        self.client.exchanges.clear()
        try:
            require(sentence not in self.sentences, "two cases have this sentence")
            self.sentences.add(sentence)
            function(*arguments)
            require(all(e[-1].status < 500 for e in self.client.exchanges), "the server failed")
            self.passed += 1
            return True
        except (Exception, SystemExit) as e:  # whatever goes wrong fails this case alone
            self.failed += 1
            print("not ok - %s" % sentence)
            print("    %s" % self.client.without_secrets(str(e)))
            if not isinstance(e, AssertionError):
                print("    " + traceback.format_exc().replace("\n", "\n    "))
            print(self.client.report(), flush=True)
            return False


def query(path, **parameters):
    """A path with a query."""
    return path + "?" + "&".join("%s=%s" % (name, quote(str(value))) for name, value in parameters.items())
