# SPDX-License-Identifier: Apache-2.0
"""Custom roles: what they hold, who may make and give them, and that they are in force at once (reference: roles)."""
from suite import ABSENT, FORBIDDEN, NOT_FOUND, UUID, has, query, refusal, require
from suite import check as check_reply
from table import check, do, refused, rule, worker

NOBODY = "01020304-0506-4708-890a-0b0c0d0e0f10"
WORKER = {"name": "Heir", "enabled": True, "type": "WORKER", "protocol": "OPENID_CONNECT",
          "grantTypes": ["CLIENT_CREDENTIALS"]}
READS_USERS, READS_ROLES = "dir:read:user", "permissions:read:roles"


def role(name, *permissions, by=("Environment Admin",), **members):
    return dict({"name": name, "permissions": [{"id": p} for p in permissions],
                 "canBeAssignedBy": [{"id": b if b.startswith("{") else "{role:%s}" % b} for b in by]}, **members)


def given(identifier, kind="ENVIRONMENT", scope="{E}"):
    return {"role": {"id": identifier}, "scope": {"type": kind, "id": scope}}


def types_listed(table, text, *wanted):
    reply = table.get(query("E/roles", filter=text) if text else "E/roles")
    roles = reply["_embedded"]["roles"]
    require({r["type"] for r in roles} == set(wanted), "they are %s" % {r["type"] for r in roles})
    require(reply["count"] == reply["size"] == len(roles), "count or size is wrong")
    built_in = {r["id"]: r for r in table.get("/roles")["_embedded"]["roles"]}
    for r in roles:
        if r["type"] == "PLATFORM":
            require({n: v for n, v in r.items() if n != "type"} == built_in.pop(r["id"]), "%s differs" % r["name"])
    require("PLATFORM" not in wanted or not built_in, "these are missing: %s" % list(built_in))


def held(table, application, wanted):
    items = table.get("E/applications/{%s}/roleAssignments" % application)["_embedded"]["roleAssignments"]
    ids = [i["role"]["id"] for i in items]
    require((table.names[wanted] in ids) is False, "the assignment is still there")
    require(len(ids) == 1, "another one went too")


def unchanged(table, name):
    """Renaming needs no permission that the role had before."""
    reply = table.send("PUT E/roles/{%s}" % name, role("Renamed", READS_USERS), by="editor")
    check_reply(reply, 200, {"name": "Renamed"})


def role_links_lead(table, application):
    """Every assignment's link to its role, followed."""
    for given_one in table.get("E/applications/{%s}/roleAssignments" % application)["_embedded"]["roleAssignments"]:
        path = given_one["_links"]["role"]["href"].removeprefix(table.client.base)
        require(table.get(path)["id"] == given_one["role"]["id"], "%s leads to another role" % path)


TABLES = {
    "custom role": [
        rule("a custom role shows its permissions whole", "POST E/roles",
             role("Reader", READS_USERS, READS_ROLES, READS_USERS, description="Reads", applicableTo=["POPULATION"]), 201,
             {"id": UUID, "name": "Reader", "description": "Reads", "type": "CUSTOM", "applicableTo": ["POPULATION"],
              "canBeAssignedBy": [{"id": "{role:Environment Admin}"}], "canAssign": ABSENT, "environment": {"id": "{E}"},
              "permissions": [{"id": READS_USERS, "classifier": "user", "description": "read user"},
                              {"id": READS_ROLES, "classifier": "roles", "description": "read roles"}]}, keep="reader"),
        check("a custom role is listed among the built-in ones", types_listed, "", "PLATFORM", "CUSTOM"),
        check("custom roles can be listed alone", types_listed, 'type eq "CUSTOM"', "CUSTOM"),
        check("built-in roles can be listed alone", types_listed, 'type eq "PLATFORM"', "PLATFORM"),
        refused("roles cannot be filtered by another attribute", query("GET E/roles", filter='name eq "Reader"'), None,
                {"details": has({"code": "INVALID_FILTER", "target": "filter"})}),
        rule("a built-in role can be read among an environment's", "GET E/roles/{role:Environment Admin}",
             reply={"name": "Environment Admin", "type": "PLATFORM"}),
        rule("but not in an environment that is none", "GET /environments/%s/roles/{role:Environment Admin}" % NOBODY,
             status=404),
        rule("nor be replaced there", "PUT E/roles/{role:Environment Admin}", role("Mine", READS_USERS), 404, NOT_FOUND),
        rule("nor be deleted there", "DELETE E/roles/{role:Environment Admin}", None, 404, NOT_FOUND),
        rule("a custom role is none of the built-in ones", "GET /roles/{reader}", status=404, reply=NOT_FOUND),
        refused("a permission that is none is refused", "POST E/roles", role("None", READS_USERS, "dir:read:nothing"),
                refusal("INVALID_VALUE", "permissions[1].id")),
        refused("a role that is none cannot give a custom one", "POST E/roles",
                role("None", READS_USERS, by=("{E}",)), refusal("INVALID_VALUE", "canBeAssignedBy[0].id")),
        rule("a custom role may name another that gives it", "POST E/roles", role("Given", READS_USERS, by=("{reader}",)),
             201, keep="given"),
        rule("which then shows what it may give", "GET E/roles/{reader}", reply={"canAssign": [{"id": "{given}"}]}),
        do("DELETE E/roles/{reader}"),
        rule("a deleted role gives no other any more", "GET E/roles/{given}", reply={"canBeAssignedBy": []}),
        do("POST /environments", {"name": "Other for custom roles", "region": "EU"}, "F"),
        refused("a role of another environment cannot give one", "POST /environments/{F}/roles",
                role("None", READS_USERS, by=("{given}",)), refusal("INVALID_VALUE", "canBeAssignedBy[0].id")),
        do("POST /environments/{F}/applications",
           {"name": "W", "enabled": True, "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "assignActorRoles": False}, "w"),
        refused("a role of another environment cannot be held", "POST /environments/{F}/applications/{w}/roleAssignments",
                given("{given}"), refusal("INVALID_VALUE", "role.id")),
        do("DELETE /environments/{F}"),
    ],
    "custom role maker": [
        worker("editor", ("Custom Roles Admin", "ENVIRONMENT", "{E}")),
        rule("who makes a role gives what it holds", "POST E/roles", role("Mine", READS_ROLES), 201, by="editor",
             keep="mine"),
        rule("who makes a role gives nothing that it does not hold", "POST E/roles",
             role("More", READS_ROLES, READS_USERS), 403, FORBIDDEN, by="editor"),
        rule("nor by replacing one", "PUT E/roles/{mine}", role("Mine", READS_ROLES, READS_USERS), 403, FORBIDDEN,
             by="editor"),
        rule("a refused replacement leaves the role", "GET E/roles/{mine}", reply={"permissions": [{"id": READS_ROLES}]}),
        do("POST E/roles", role("Wide", READS_USERS), "wide"),
        check("a role keeps what its editor does not hold", unchanged, "wide"),
        do("POST E/populations", {"name": "A"}, "a"),
        worker("narrow", ("Custom Roles Admin", "ENVIRONMENT", "{E}"), ("Identity Data Admin", "POPULATION", "{a}")),
        rule("what is held over a population is not given to a whole environment", "POST E/roles",
             role("Narrow", READS_USERS), 403, FORBIDDEN, by="narrow"),
        do("POST /environments", {"name": "Elsewhere for custom roles", "region": "EU"}, "F"),
        worker("both", ("Custom Roles Admin", "ENVIRONMENT", "{E}"), ("Identity Data Admin", "ENVIRONMENT", "{E}")),
        do("POST E/roles", role("Reaching", READS_ROLES), "reaching"),
        rule("who holds it here may add a permission", "PUT E/roles/{reaching}", role("Reaching", READS_ROLES, READS_USERS),
             by="both"),
        do("PUT E/roles/{reaching}", role("Reaching", READS_ROLES)),
        worker("far", ("Client Application Developer", "ENVIRONMENT", "{E}")),
        do("POST E/applications/{far}/roleAssignments", given("{reaching}", "ENVIRONMENT", "{F}")),
        rule("but not once the role is held where they do not hold it", "PUT E/roles/{reaching}",
             role("Reaching", READS_ROLES, READS_USERS), 403, FORBIDDEN, by="both"),
        rule("they may still take from it", "PUT E/roles/{reaching}", role("Reaching", "permissions:update:roles"), 403,
             FORBIDDEN, by="both"),
        rule("and rename it", "PUT E/roles/{reaching}", role("Narrowed", READS_ROLES), by="both"),
        do("DELETE /environments/{F}"),
    ],
    "custom role at once": [
        worker("user", ("Client Application Developer", "ENVIRONMENT", "{E}")),
        rule("without the role its permission is missing", "GET E/users", status=403, reply=FORBIDDEN, by="user"),
        do("POST E/roles", role("Reader", READS_USERS, applicableTo=["ENVIRONMENT", "POPULATION"]), "reader"),
        rule("a custom role is given to an application", "POST E/applications/{user}/roleAssignments", given("{reader}"), 201,
             {"role": {"id": "{reader}"}, "scope": {"type": "ENVIRONMENT", "id": "{E}"}}, keep="assignment"),
        rule("an assignment links to the custom role", "GET E/applications/{user}/roleAssignments/{assignment}",
             reply={"_links": {"role": {"href": "{BASE}/environments/{E}/roles/{reader}"}}}),
        check("and to a built-in one, each where it can be read", role_links_lead, "user"),
        rule("a custom role counts at once", "GET E/users", by="user"),
        rule("and for nothing else", "POST E/users", {"username": "x", "email": "x@example.com"}, 403, by="user"),
        do("PUT E/roles/{reader}", role("Reader", READS_ROLES, applicableTo=["ENVIRONMENT", "POPULATION"])),
        rule("a permission taken from it counts no more at once", "GET E/users", status=403, reply=FORBIDDEN, by="user"),
        rule("a permission added to it counts at once", "GET E/roles", by="user"),
        do("PUT E/roles/{reader}", role("Reader", READS_USERS, applicableTo=["ENVIRONMENT", "POPULATION"])),
        do("DELETE E/applications/{user}/roleAssignments/{assignment}"),
        rule("a custom role taken away counts no more at once", "GET E/users", status=403, reply=FORBIDDEN, by="user"),
        do("POST E/populations", {"name": "A"}, "a"),
        do("POST E/populations", {"name": "B"}, "b"),
        do("POST E/users", {"username": "in a", "email": "a@example.com", "population": {"id": "{a}"}}, "alice"),
        do("POST E/users", {"username": "in b", "email": "b@example.com", "population": {"id": "{b}"}}, "bob"),
        do("POST E/applications/{user}/roleAssignments", given("{reader}", "POPULATION", "{a}")),
        rule("a custom role over a population shows its users alone", "GET E/users",
             reply={"_embedded": {"users": [{"id": "{alice}"}]}, "count": 1}, by="user"),
        rule("and nobody else", "GET E/users/{bob}", status=403, reply=FORBIDDEN, by="user"),
        do("DELETE E/roles/{reader}"),
        rule("a deleted role counts no more at once", "GET E/users", status=403, reply=FORBIDDEN, by="user"),
        check("a deleted role is taken from who held it", held, "user", "reader"),
        do("POST E/users", {"username": "carol", "email": "c@example.com"}, "carol"),
        do("POST E/roles", role("Again", READS_USERS), "again"),
        rule("a custom role is given to a user", "POST E/users/{carol}/roleAssignments", given("{again}"), 201,
             {"_links": {"role": {"href": "{BASE}/environments/{E}/roles/{again}"}}}),
        do("DELETE E/roles/{again}"),
        rule("and taken from a user when it is deleted", "GET E/users/{carol}/roleAssignments", reply={"count": 0}),
    ],
    "custom role inherited": [
        do("POST /environments", {"name": "Of inherited custom roles", "region": "EU"}, "F"),
        worker("maker", ("Client Application Developer", "ENVIRONMENT", "{E}"),
               ("Client Application Developer", "ENVIRONMENT", "{F}")),
        do("POST E/roles", role("Reader", READS_ROLES), "reader"),
        do("POST E/applications/{maker}/roleAssignments", given("{reader}")),
        rule("a worker inherits its creator's custom roles", "POST E/applications", WORKER, 201, by="maker", keep="here"),
        rule("all of them", "GET E/applications/{here}/roleAssignments", reply={"count": 3}),
        rule("but not those of another environment", "POST /environments/{F}/applications", WORKER, 201, by="maker",
             keep="there"),
        rule("where only the built-in ones are", "GET /environments/{F}/applications/{there}/roleAssignments",
             reply={"count": 2}),
        do("DELETE /environments/{F}"),
    ],
    "custom role giver": [
        worker("giver", ("Environment Admin", "ENVIRONMENT", "{E}")),
        worker("taker", ("Configuration Read Only", "ENVIRONMENT", "{E}")),
        do("POST E/roles", role("Roles", READS_ROLES), "roles"),
        rule("a role that may give a custom one does", "POST E/applications/{taker}/roleAssignments", given("{roles}"), 201,
             by="giver", keep="assignment"),
        refused("a custom role is not given twice", "POST E/applications/{taker}/roleAssignments", given("{roles}"),
                refusal("UNIQUENESS_VIOLATION", "role")),
        do("POST E/roles", role("Users", READS_USERS), "users"),
        rule("but not one that permits more than it holds", "POST E/applications/{taker}/roleAssignments",
             given("{users}"), 403, FORBIDDEN, by="giver"),
        do("POST E/roles", role("Nobody's", READS_ROLES, by=("Organization Admin",)), "nobodys"),
        rule("a role gives no custom one that does not name it", "POST E/applications/{taker}/roleAssignments",
             given("{nobodys}"), 403, FORBIDDEN, by="giver"),
        do("POST E/applications/{giver}/roleAssignments", given("{nobodys}"), "own"),
        rule("who holds a custom role may give it", "POST E/applications/{taker}/roleAssignments", given("{nobodys}"), 201,
             by="giver"),
        do("DELETE E/applications/{giver}/roleAssignments/{own}"),
        do("POST E/roles", role("Configuration Read Only", READS_ROLES, by=()), "namesake"),
        rule("a custom role is not given for a built-in one's name", "POST E/applications/{taker}/roleAssignments",
             given("{namesake}"), 403, FORBIDDEN, by="giver"),
        refused("a custom role is given only where it applies", "POST E/applications/{taker}/roleAssignments",
                given("{roles}", "APPLICATION", "{taker}"), refusal("INVALID_VALUE", "scope.type")),
        do("POST E/roles", role("Everywhere", READS_ROLES, by=("Organization Admin",), applicableTo=["ORGANIZATION"]),
           "everywhere"),
        refused("a custom role of an environment does not reach the organization",
                "POST E/applications/{taker}/roleAssignments", given("{everywhere}", "ORGANIZATION", "{ORGANIZATION}"),
                refusal("INVALID_VALUE", "scope.type")),
        do("POST /environments/{ADMINISTRATORS}/roles", role("Everywhere", READS_ROLES, by=("Organization Admin",),
                                                             applicableTo=["ORGANIZATION"]), "above"),
        do("POST /environments/{ADMINISTRATORS}/applications",
           {"name": "Above", "enabled": True, "type": "WORKER", "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"], "assignActorRoles": False}, "worker"),
        rule("but one of the administrators' environment does",
             "POST /environments/{ADMINISTRATORS}/applications/{worker}/roleAssignments",
             given("{above}", "ORGANIZATION", "{ORGANIZATION}"), 201),
        do("DELETE /environments/{ADMINISTRATORS}/applications/{worker}"),
        do("DELETE /environments/{ADMINISTRATORS}/roles/{above}"),
        rule("taking a custom role away needs what giving it needs", "DELETE E/applications/{taker}/roleAssignments/"
             "{assignment}", status=204, by="giver"),
    ],
}
