# SPDX-License-Identifier: Apache-2.0
"""Generated: the life of one object of each type, what it shows, what is unique, what refers to what."""
import threading

from schema import get, get_plain, random_id
from suite import ABSENT, NOT_FOUND, TIME, UUID, check, differences, not_found, refusal, require
from world import ALSO


class Life:
    def __init__(self, suite, world, t):
        self.suite, self.client, self.world, self.t = suite, suite.client, world, t
        self.where = world.place(t)
        self.path = world.collection(t, self.where)
        self.case("is created with the least body", self.created)
        self.case("is the same read as created", self.read)
        self.case("shows whose it is", self.identity)
        self.case("links to what its schema names", self.links)
        self.case("stands in the list", self.listed)
        self.case("shows its defaults", self.defaults)
        self.case("is answered by HEAD as by GET, without a body", self.head)
        if "REPLACE" in t.methods:
            self.case("keeps every member that is sent", self.full)
            self.case("loses what a replacement leaves out", self.cleared)
            self.case("keeps createdAt and moves updatedAt when replaced", self.times)
            self.case("is replaced in its own environment only", self.elsewhere, "PUT")
        if "PATCH" in t.methods:
            self.patches()
        self.case("cannot be read from another environment", self.elsewhere, "GET")
        self.case("cannot be deleted from another environment", self.elsewhere, "DELETE")
        self.missing()
        self.case("is gone when deleted", self.deleted)
        self.uniques()
        self.references()
        if "x-max" in t.schema:
            self.case("is one of at most %d" % t.schema["x-max"]["count"], self.maximum)
        self.default_mark()

    def case(self, sentence, function, *arguments):
        self.suite.case("%s %s" % (self.t.name, sentence), function, *arguments)

    def send(self, method, thing, body=None):
        return self.client.send(method, self.path + "/" + thing, body)

    def make(self):
        return self.client.make(self.path, self.world.least(self.t, self.where))

    def created(self):
        body = self.world.least(self.t, self.where)
        reply = check(self.client.send("POST", self.path, body), 201, body if not self.hidden(body) else None)
        require(reply.header("Location") == reply.json["_links"]["self"]["href"], "Location is not the object's own")
        require(reply.header("Content-Type") == "application/json;charset=UTF-8", "the media type is another")
        self.object = reply.json

    def hidden(self, body):
        return any(m.write_only and get(body, m.path) is not None for m in self.t.members)

    def read(self):
        reply = check(self.send("GET", self.object["id"]), 200)
        require(reply.json == self.object, "it differs from the reply to its creation")

    def identity(self):
        wanted = {"id": UUID, "createdAt": TIME, "updatedAt": self.object["createdAt"],
                  "_links": {"self": {"href": "%s%s/%s" % (self.client.base, self.path, self.object["id"])}}}
        wanted["environment"] = {"id": self.where["environment"]} if self.t.in_environment else ABSENT
        if self.t.parent:
            shown = self.t.schema.get("x-parent-member", True)
            wanted[self.t.parent] = {"id": self.where[self.t.parent]} if shown else ABSENT
        found = differences(wanted, self.object)
        require(not found, found)

    def links(self):
        variables = dict(self.where, self="%s/%s" % (self.path, self.object["id"]))
        for name, link in self.t.schema.get("x-links", {}).items():
            href, condition = (link, {}) if isinstance(link, str) else (link["href"], link["if"])
            shown = all(get_plain(self.object, at) in choices for at, choices in condition.items())
            target = self.resolve(href, variables)
            wanted = {"href": self.client.base + target} if shown and target else ABSENT
            found = differences({name: wanted}, self.object["_links"])
            require(not found, found)

    def resolve(self, href, variables):
        """Where a link leads; None: it names a member that is absent."""
        while "{" in href:
            name = href[href.index("{") + 1:href.index("}")]
            value = variables.get(name) or get_plain(self.object, name)
            if value is None:
                return None
            href = href.replace("{%s}" % name, value)
        return href

    def listed(self):
        reply = check(self.client.send("GET", self.path), 200)
        require(self.object in reply.json["_embedded"][self.t.collection], "the list does not hold it as it is")

    def defaults(self):
        for member in self.t.members:
            if len(member.path) == 1 and "default" in member.schema and member.path[0] not in ALSO.get(self.t.name, {}):
                found = differences({member.path[0]: member.schema["default"]}, self.object)
                require(not found, found)
            if "x-default-from" in member.schema:
                source = self.object[member.schema["x-default-from"]]
                require(self.object[member.path[0]] == source, "%s is not the %s" % (member.name, source))

    def head(self):
        reply = check(self.send("HEAD", self.object["id"]), 200)
        require(reply.text == "", "it has a body")

    def full(self):
        body = self.world.full(self.t, self.where)
        made = check(self.client.send("POST", self.path, body), 201, body).json
        check(self.send("PUT", made["id"], body), 200, body)
        check(self.send("GET", made["id"]), 200, body)
        self.filled = made

    def cleared(self):
        """The least body again: what is optional goes back to its default, or away."""
        least = {n: v for n, v in self.filled.items() if n in self.t.schema.get("required", ())}
        least.update({n: v for n, v in ALSO.get(self.t.name, {}).items()})
        reply = check(self.send("PUT", self.filled["id"], least), 200)
        for member in self.t.members:
            kept = member.immutable or member.read_only or member.schema.get("x-keep") or has_kept(member.schema)
            if len(member.path) > 1 or member.path[0] in least or kept or member.schema.get("x-one-default"):
                continue
            wanted = member.schema.get("default", self.object.get(member.path[0], ABSENT))
            if "x-default-from" in member.schema:
                wanted = reply.json[member.schema["x-default-from"]]
            found = differences({member.path[0]: wanted}, reply.json)
            require(not found, found)

    def times(self):
        made = self.make()
        reply = self.send("PUT", made["id"], {n: v for n, v in made.items() if n not in ("_links", "createdAt")})
        check(reply, 200, {"createdAt": made["createdAt"], "updatedAt": TIME, "id": made["id"]})
        require(reply.json["updatedAt"] >= made["updatedAt"], "updatedAt went back")
        check(self.send("DELETE", made["id"]), 204)

    def elsewhere(self, method):
        """The id is right, the environment is not."""
        if not self.t.in_environment:
            return
        away = dict(self.where, environment=self.world.other)
        path = self.world.item(self.t, away, self.object["id"])
        body = self.world.least(self.t, self.where) if method == "PUT" else None
        reply = check(self.client.send(method, path, body), 404)
        require(reply.json["code"] == "NOT_FOUND", "the code is another")
        check(self.send("GET", self.object["id"]), 200, {"updatedAt": self.object["updatedAt"]})

    def missing(self):
        for what, thing in (("an unknown id", random_id()), ("an id that is no UUID", "me")):
            for method in ("GET", "PUT", "DELETE", "PATCH"):
                if method in item_methods(self.t):
                    self.case("%s with %s is not found" % (method, what), self.not_there, method, thing)
        if self.t.in_environment:
            self.case("is not found below an environment that was deleted", self.no_environment)
        if self.t.parent:
            self.case("is not found below an unknown %s" % self.t.parent, self.no_parent)
            self.case("is not found below another %s" % self.t.parent, self.other_parent)

    def not_there(self, method, thing):
        body = self.world.least(self.t, self.where) if method in ("PUT", "PATCH") else None
        text = self.t.not_found(self.where.get("environment"), thing)
        reply = check(self.send(method, thing, body), 404, not_found(text) if text and thing != "me" else None)
        require(reply.json["code"] == "NOT_FOUND", "the code is another")
        require(text or reply.json["message"] == NOT_FOUND["message"], "the text is another")

    def no_environment(self):
        """Its creator still has a right to it; where there is none, 403 says no more than for one that exists."""
        gone = self.client.environment("Gone")
        check(self.client.send("DELETE", "/environments/" + gone), 204)
        away = dict(self.where, environment=gone)
        wanted = not_found("Unable to find environment with ID: '%s'" % gone)
        for method, path in (("GET", self.world.collection(self.t, away)),
                             ("GET", self.world.item(self.t, away, self.object["id"])),
                             ("POST", self.world.collection(self.t, away))):
            body = self.world.least(self.t, self.where) if method == "POST" else None
            check(self.client.send(method, path, body), 404, wanted)

    def no_parent(self):
        away = dict(self.where, **{self.t.parent: random_id()})
        body = self.world.least(self.t, self.where)
        check(self.client.send("GET", self.world.collection(self.t, away)), 404)
        check(self.client.send("GET", self.world.item(self.t, away, self.object["id"])), 404)
        check(self.client.send("POST", self.world.collection(self.t, away), body), 404)

    def other_parent(self):
        """Both are there, but the one does not lie below the other."""
        away = self.world.item(self.t, self.world.place(self.t), self.object["id"])
        body = self.world.least(self.t, self.where)
        for method in item_methods(self.t):
            sent = body if method in ("PUT", "PATCH") else None
            check(self.client.send(method, away, sent), 404)
        check(self.send("GET", self.object["id"]), 200, {"updatedAt": self.object["updatedAt"]})

    def deleted(self):
        self.make()  # of some types the last one cannot go
        reply = check(self.send("DELETE", self.object["id"]), 204)
        require(reply.text == "", "the reply has a body")
        check(self.send("GET", self.object["id"]), 404)
        check(self.send("DELETE", self.object["id"]), 404)
        items = check(self.client.send("GET", self.path), 200).json["_embedded"][self.t.collection]
        require(self.object["id"] not in [i["id"] for i in items], "the list still holds it")

    # PATCH.

    def patches(self):
        self.case("changes by PATCH only what is named", self.patch_one)
        self.case("loses by PATCH what is null", self.patch_null)
        self.case("keeps what it requires when PATCH says null", self.patch_required)
        self.case("refuses by PATCH what PUT refuses", self.patch_wrong)

    def patchable(self):
        return next(m for m in self.t.members if len(m.path) == 1 and not m.required and not m.read_only
                    and m.schema["type"] == "string" and "format" not in m.schema)

    def patch_one(self):
        before = self.client.make(self.path, self.world.full(self.t, self.where))
        member = self.patchable()
        value = self.world.value(self.t, member.schema, member.path, self.where, {})
        reply = check(self.send("PATCH", before["id"], {member.path[0]: value}), 200)
        want = {n: v for n, v in before.items() if n != "updatedAt"}
        require({n: v for n, v in reply.json.items() if n != "updatedAt"} == dict(want, **{member.path[0]: value}),
                "something else changed")
        self.patched = reply.json

    def patch_null(self):
        member = self.patchable()
        check(self.send("PATCH", self.patched["id"], {member.path[0]: None}), 200, {member.path[0]: ABSENT})

    def patch_required(self):
        for name in self.t.schema["required"]:
            check(self.send("PATCH", self.patched["id"], {name: None}), 400, refusal("REQUIRED_VALUE", name))

    def patch_wrong(self):
        member = self.patchable()
        check(self.send("PATCH", self.patched["id"], {member.path[0]: True}), 400,
              refusal("INVALID_VALUE", member.path[0]))

    # Uniqueness.

    def uniques(self):
        for member in self.t.members:
            scope = member.schema.get("x-unique")
            if not scope or member.read_only:
                continue
            self.case("refuses a %s that another has" % member.name, self.taken, member)
            self.case("has no two with one %s, however they race" % member.name, self.race, member)
            if member.schema.get("x-nocase"):
                self.case("refuses a %s that another has in other letters" % member.name, self.taken, member, str.upper)
            if "REPLACE" in self.t.methods and not member.immutable:
                self.case("cannot change its %s to one that another has" % member.name, self.taken_by_change, member)
            self.case("may have the %s of one that is deleted" % member.name, self.freed, member)
            if scope != "installation":
                self.case("may have the %s of one elsewhere" % member.name, self.other_scope, member, scope)

    def pair(self, member):
        """An object, and a body that has its value."""
        body = self.world.least(self.t, self.where)
        if get(body, member.path) is None:
            value = self.world.value(self.t, member.schema, member.path, self.where, body)
            body = self.world.with_member(self.t, body, member, value, self.where)
        return body, self.twin(body, member)

    def twin(self, body, member, change=lambda v: v):
        """Another body with this member's value; what goes with it goes along."""
        if member.path[0] in self.t.schema.get("required", ()) and len(member.path) > 1:
            return dict(body)
        fresh = self.world.least(self.t, self.where)
        return self.world.with_member(self.t, fresh, member, change(get(body, member.path)), self.where)

    def taken(self, member, change=lambda v: v):
        body, _ = self.pair(member)
        made = self.client.make(self.path, body)
        reply = self.client.send("POST", self.path, self.twin(body, member, change))
        check(reply, 400, refusal("UNIQUENESS_VIOLATION", member.plain, inner={"existingId": made["id"]}))

    def taken_by_change(self, member):
        body, twin = self.pair(member)
        self.client.make(self.path, body)
        second = self.client.make(self.path, self.world.least(self.t, self.where))
        check(self.send("PUT", second["id"], twin), 400, refusal("UNIQUENESS_VIOLATION", member.plain))
        check(self.send("GET", second["id"]), 200, {"updatedAt": second["updatedAt"]})

    def freed(self, member):
        body, twin = self.pair(member)
        made = self.client.make(self.path, body)
        check(self.send("DELETE", made["id"]), 204)
        check(self.client.send("POST", self.path, twin), 201)

    def other_scope(self, member, scope):
        body, twin = self.pair(member)
        self.client.make(self.path, body)
        if scope == "environment":
            away = self.world.place(self.t, self.world.other)
        else:
            away = self.world.place(self.t, self.where.get("environment"))
        check(self.client.send("POST", self.world.collection(self.t, away), twin), 201)

    def race(self, member):
        """Two at once, some times: one is created, the other refused for the value alone."""
        for _ in range(5):
            pair = self.pair(member)
            replies, start = [None, None], threading.Barrier(2)

            def create(i):
                self.client.connection().connect()
                start.wait()
                replies[i] = self.client.send("POST", self.path, pair[i])
                self.client.connection().close()

            threads = [threading.Thread(target=create, args=(i,)) for i in (0, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            replies.sort(key=lambda r: r.status)
            check(replies[0], 201)
            check(replies[1], 400, refusal("UNIQUENESS_VIOLATION", member.plain))

    # References.

    def references(self):
        for member in self.t.members:
            target = self.world.types.get(member.schema.get("x-ref"))
            if target and "DELETE" in target.methods and target.name != "environment":
                rule = member.schema.get("x-on-delete", "restrict")
                self.case("and its %s: deleting the target means %s" % (member.name, rule), self.target_goes, member,
                          target, rule)

    def target_goes(self, member, target, rule):
        body = self.world.least(self.t, self.where)
        if get(body, member.path) is None:
            value = self.world.target(member.schema, self.where, body)
            body = self.world.with_member(self.t, body, member, value, self.where)
        made = self.client.make(self.path, body)
        inside = {"environment": self.where["environment"]}
        if target.parent:
            inside[target.parent] = get_plain(made, member.schema["x-ref-parent"])
        reply = self.client.send("DELETE", self.world.item(target, inside, get(made, member.path)))
        if rule == "restrict":
            text = member.schema.get("x-in-use")
            check(reply, 400, refusal("CONSTRAINT_VIOLATION"))
            require(not text or text in reply.json["details"][0]["message"], "the text is another")
            check(self.send("GET", made["id"]), 200, {"updatedAt": made["updatedAt"]})
        else:
            check(reply, 204)
            check(self.send("GET", made["id"]), 404 if rule == "cascade" else 200)
        if rule == "clear":
            require(get(self.send("GET", made["id"]).json, member.path) is None, "it still refers to it")

    # Limits of number, and the default.

    def maximum(self):
        limit = self.t.schema["x-max"]
        where = self.world.place(self.t, self.client.environment("Full"))
        path = self.world.collection(self.t, where)
        listed = self.client.send("GET", path).json["_embedded"][self.t.collection]
        have = len([item for item in listed if item.get("type") != "PLATFORM"])  # those are everywhere
        for _ in range(limit["count"] - have):
            last = self.world.create(self.t, where)
        reply = self.client.send("POST", path, self.world.least(self.t, where))
        check(reply, 400, refusal("LIMIT_EXCEEDED", message=limit["message"]))
        check(self.client.send("DELETE", "%s/%s" % (path, last["id"])), 204)
        check(self.client.send("POST", path, self.world.least(self.t, where)), 201)

    def default_mark(self):
        member = next((m for m in self.t.members if "x-one-default" in m.schema), None)
        if not member:
            return
        self.mark = member.path[0]
        self.case("that is the default cannot be deleted", self.default_stays, member.schema["x-one-default"])
        if not member.read_only:
            self.case("becomes the default by creation, and takes it from the other", self.default_moves, "POST")
            self.case("becomes the default by replacement, and takes it from the other", self.default_moves, "PUT")
            self.case("that is the default cannot just stop being it", self.default_unset)
            self.case("that is the default stays it when replaced without saying so", self.default_kept)

    def holders(self):
        items = check(self.client.send("GET", self.path), 200).json["_embedded"][self.t.collection]
        return [i for i in items if i[self.mark]]

    def default_stays(self, text):
        check(self.send("DELETE", self.holders()[0]["id"]), 400, refusal("CONSTRAINT_VIOLATION", message=text))
        require(len(self.holders()) == 1, "there is not one default")

    def default_moves(self, method):
        body = dict(self.world.least(self.t, self.where), **{self.mark: True})
        if method == "POST":
            made = self.client.make(self.path, body)
        else:
            made = self.client.make(self.path, dict(body, **{self.mark: False}))
            check(self.send("PUT", made["id"], body), 200, {self.mark: True})
        require([h["id"] for h in self.holders()] == [made["id"]], "it is not the only default")

    def default_body(self):
        holder = self.holders()[0]
        return holder, {n: v for n, v in holder.items() if n not in ("_links", self.mark)}

    def default_unset(self):
        holder, body = self.default_body()
        check(self.send("PUT", holder["id"], dict(body, **{self.mark: False})), 400,
              refusal("CONSTRAINT_VIOLATION", self.mark))

    def default_kept(self):
        holder, body = self.default_body()
        check(self.send("PUT", holder["id"], body), 200, {self.mark: True})


def has_kept(schema):
    return any(m.get("x-immutable") or m.get("x-keep") or has_kept(m) for m in schema.get("properties", {}).values())


def item_methods(t):
    names = {"READ": "GET", "REPLACE": "PUT", "DELETE": "DELETE", "PATCH": "PATCH"}
    return [names[m] for m in t.methods if m in names]
