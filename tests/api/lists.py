# SPDX-License-Identifier: Apache-2.0
"""Generated: filters, order and pages of each type's collection, against what the whole collection shows."""
import datetime

from schema import OPERATORS, get_plain
from suite import MALFORMED, check, has, query, require

WRONG_FILTERS = [
    ("an operator that is none", '{a} is "x"'), ("no operator", "{a}"), ("no value", "{a} {op}"),
    ("a value without quotes", "{a} {op} x"), ("an open text", '{a} {op} "x'), ("an open parenthesis", '({a} {op} "x"'),
    ("a parenthesis too many", '{a} {op} "x")'), ("half an and", '{a} {op} "x" and'), ("two terms without and",
                                                                                       '{a} {op} "x" {a} {op} "y"'),
    ("not without parentheses", 'not {a} {op} "x"'), ("an object as value", '{a} {op} {{"a":1}}'),
    ("an attribute that is none", 'noSuchAttribute eq "x"'), ("101 terms", " or ".join(['{a} {op} "x"'] * 101)),
    ("17 levels", "(" * 17 + '{a} {op} "x"' + ")" * 17),
]


class Lists:
    def __init__(self, suite, world, t):
        self.suite, self.client, self.world, self.t = suite, suite.client, world, t
        self.where = world.place(t)
        self.path = world.collection(t, self.where)
        self.fill()
        self.all = self.items()
        for sentence, check_it in (
                ("counts what it holds", self.counts), ("has the same order each time", self.steady),
                ("takes limits from 1 on only", self.limits), ("refuses cursors that it did not give", self.cursors)):
            self.case(sentence, check_it)
        for size in sorted({1, 2, 3, len(self.all) - 1, len(self.all), len(self.all) + 1, 1000}):
            if size:
                self.case("comes whole in pages of %d" % size, self.pages, size)
        self.filters()
        self.orders()

    def case(self, sentence, function, *arguments):
        self.suite.case("the %s list %s" % (self.t.name, sentence), function, *arguments)

    def fill(self):
        """Some with every member, some with few."""
        if "CREATE" not in self.t.methods:
            return
        for i in range(4):
            if len(self.items()) > 4 and "x-max" in self.t.schema:
                break
            body = self.world.full(self.t, self.where) if i % 2 else self.world.least(self.t, self.where)
            self.client.make(self.path, body)

    def get(self, **parameters):
        return check(self.client.send("GET", query(self.path, **parameters)), 200).json

    def items(self, **parameters):
        return self.get(**parameters)["_embedded"][self.t.collection]

    def counts(self):
        reply = check(self.client.send("GET", self.path), 200).json
        require(reply["count"] == reply["size"] == len(self.all), "count or size is wrong")
        require(reply["_links"]["self"]["href"] == self.client.base + self.path, "self is another")
        require("next" not in reply["_links"], "there is a next page")
        require(len({i["id"] for i in self.all}) == len(self.all), "one is there twice")

    def steady(self):
        require(self.items() == self.items() == self.all, "it changed")

    def limits(self):
        for bad in ("0", "-1", "x", "1.5", ""):
            if bad:
                reply = self.client.send("GET", query(self.path, limit=bad))
                check(reply, 400, dict(MALFORMED, details=has({"code": "INVALID_PARAMETER", "target": "limit"})))
        require(self.items(limit=100000) == self.all, "a high limit loses something")

    def cursors(self):
        for bad in ("x", "!", "AAAA"):
            reply = self.client.send("GET", query(self.path, cursor=bad))
            check(reply, 400, dict(MALFORMED, details=has({"code": "INVALID_PARAMETER", "target": "cursor"})))

    def walk(self, size, **parameters):
        """All items by following next; each page is full but the last, which has no next."""
        reply, found = self.get(limit=size, **parameters), []
        while True:
            items = reply["_embedded"][self.t.collection]
            found += items
            require(reply["size"] == len(items), "size is not that of the page")
            require(reply.get("count", len(self.all)) <= len(self.all), "count is too high")
            following = reply["_links"].get("next")
            if not following:
                return found
            require(len(items) == size, "a page before the last is not full")
            require(len(found) < 1000, "it does not end")
            reply = check(self.client.send("GET", following["href"]), 200).json

    def pages(self, size):
        found = self.walk(size)
        require([i["id"] for i in found] == [i["id"] for i in self.all], "not the same items in the same order")

    # Filters.

    def filters(self):
        allowed = self.t.schema.get("x-filter", {})
        for attribute, operators in allowed.items():
            for operator in OPERATORS:
                if operator in operators:
                    self.case("can be filtered by %s %s" % (attribute, operator), self.filtered, attribute, operator)
                else:
                    self.case("cannot be filtered by %s %s" % (attribute, operator), self.no_operator, attribute,
                              operator, operators)
        if not allowed:
            self.case("takes no filter", self.no_filter)
            return
        self.case("names the attributes of its filters", self.no_attribute, allowed)
        attribute = "name" if "name" in allowed else next(iter(allowed))
        for what, text in WRONG_FILTERS:
            self.case("refuses a filter with %s" % what, self.wrong_filter, text.format(a=attribute, op="eq"))
        self.case("understands and, or, not, parentheses and any letters in words", self.words, attribute)
        self.case("pages through what a filter leaves", self.filtered_pages, attribute)

    def values(self, attribute):
        found = [get_plain(i, attribute) for i in self.all]
        return [v for v in found if v is not None]

    def filtered(self, attribute, operator):
        """For each value there is: exactly those of all for which it holds."""
        values = self.values(attribute)
        require(values, "no object has the attribute")
        for value in values[-2:]:
            given, holds = test_value(operator, value, self.nocase(attribute))
            wanted = [i["id"] for i in self.all if get_plain(i, attribute) is not None
                      and holds(get_plain(i, attribute))]
            got = [i["id"] for i in self.items(filter="%s %s %s" % (attribute, operator, given))]
            require(got == wanted, "%s %s %s finds %s, not %s" % (attribute, operator, given, got, wanted))

    def nocase(self, attribute):
        return any(m.plain == attribute and m.schema.get("x-nocase") for m in self.t.members)

    def no_operator(self, attribute, operator, operators):
        text = "%s %s" % (attribute, operator) + ("" if operator == "pr" else ' "x"')
        check(self.client.send("GET", query(self.path, filter=text)), 400, dict(MALFORMED, details=has(
            {"code": "INVALID_FILTER", "target": "filter",
             "innerError": {"supportedOperators": [o for o in OPERATORS if o in operators]}})))

    def no_attribute(self, allowed):
        reply = check(self.client.send("GET", query(self.path, filter='nothing eq "x"')), 400)
        named = reply.json["details"][0]["innerError"]["supportedAttributes"]
        require(sorted(named) == sorted(allowed), "other attributes are named")

    def no_filter(self):
        check(self.client.send("GET", query(self.path, filter='id eq "x"')), 400,
              dict(MALFORMED, details=has({"code": "INVALID_FILTER", "target": "filter"})))

    def wrong_filter(self, text):
        check(self.client.send("GET", query(self.path, filter=text)), 400,
              dict(MALFORMED, details=has({"code": "INVALID_FILTER", "target": "filter"})))

    def some(self, attribute):
        values = sorted(set(map(str, self.values(attribute))))
        return ['%s eq "%s"' % (attribute, v) for v in values], values

    def ids(self, text):
        return [i["id"] for i in self.items(filter=text)]

    def words(self, attribute):
        terms, values = self.some(attribute)

        def those(*wanted):
            return [i["id"] for i in self.all if str(get_plain(i, attribute)) in wanted]

        first, second = values[0], values[-1]
        for text, wanted in (
                ("%s or %s" % (terms[0], terms[-1]), those(first, second)),
                ("(%s) OR (%s)" % (terms[0], terms[-1]), those(first, second)),
                ("%s AND %s" % (terms[0], terms[0].replace(" eq ", " EQ ")), those(first)),
                ("%s and not (%s)" % (terms[0], terms[0]), []),
                ("not (%s)" % terms[0], [i["id"] for i in self.all if i["id"] not in those(first)]),
                ("%s or %s and %s" % (terms[0], terms[-1], terms[-1]), those(first, second)),
                ('%s or %s eq "not there"' % (terms[0], attribute), those(first))):
            require(self.ids(text) == wanted, "%s finds %s, not %s" % (text, self.ids(text), wanted))

    def filtered_pages(self, attribute):
        terms, _ = self.some(attribute)
        text = " or ".join(terms[:50])
        for size in (1, 2, 3):
            require([i["id"] for i in self.walk(size, filter=text)] == self.ids(text), "pages of %d differ" % size)

    # Order.

    def orders(self):
        named = self.t.schema.get("x-order", [])
        for attribute in named:
            for sign in ("", "-"):
                self.case("can be ordered by %s%s" % (sign, attribute), self.ordered, attribute, sign)
        self.case("refuses an order that it does not have", self.no_order)

    def ordered(self, attribute, sign):
        wanted = [v.lower() if self.nocase(attribute) else v for v in self.values(attribute)]
        wanted.sort(reverse=sign == "-")
        for size in (1, 2, 3, 1000):
            items = self.walk(size, order=sign + attribute)
            require({i["id"] for i in items} == {i["id"] for i in self.all}, "some are left out")
            found = [get_plain(i, attribute) for i in items]
            require(found == sorted(found, key=lambda v: (v is None) != (sign == "-")),
                    "those without it do not stand at the end, or in reverse at the front")
            found = [v.lower() if self.nocase(attribute) else v for v in found if v is not None]
            require(found == wanted, "pages of %d give %s" % (size, found))

    def no_order(self):
        for bad in ("nothing", "-nothing", "createdAt,name", "-"):
            check(self.client.send("GET", query(self.path, order=bad)), 400,
                  dict(MALFORMED, details=has({"code": "INVALID_PARAMETER", "target": "order"})))


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_value(operator, value, nocase):
    """A filter's value made from one that an object has, and which values it should find."""
    fold = (lambda v: v.lower()) if nocase else (lambda v: v)
    if isinstance(value, bool):
        return str(value).lower(), lambda v: v == value
    if operator == "lt":
        later = time_of(value) + datetime.timedelta(seconds=1)
        return '"%s"' % later.isoformat(), lambda v: time_of(v) < later
    half = {"eq": value, "sw": value[:-1], "ew": value[1:], "co": value[1:-1]}[operator]
    holds = {"eq": lambda v: fold(v) == fold(half), "sw": lambda v: fold(v).startswith(fold(half)),
             "ew": lambda v: fold(v).endswith(fold(half)), "co": lambda v: fold(half) in fold(v)}[operator]
    text = half.swapcase() if nocase else half
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"), holds
