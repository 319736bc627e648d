# SPDX-License-Identifier: Apache-2.0
"""Built-in roles, who may give them, and how far they reach (reference: roles)."""
from suite import ABSENT, FORBIDDEN, NO_TOKEN, NOT_FOUND, TEXT, TIME, UUID, has, refusal, require
from suite import check as check_reply
from table import check, do, refused, rule, worker

NAMES = """Organization Admin|Environment Admin|Identity Data Admin|Client Application Developer|
Identity Data Read Only|Configuration Read Only|Application Owner|
Custom Roles Admin|DaVinci Admin|DaVinci Admin Read Only|Help Desk Admin|
Advanced Identity Cloud Super Admin|Advanced Identity Cloud Tenant Admin|Authorize Gateway Policy Evaluator|
PingFederate Administrator|PingFederate Auditor|PingFederate Crypto Administrator|
PingFederate Expression Administrator|PingFederate User Administrator""".replace("\n", "").split("|")
IDS = {"Organization Admin": "1813bc13-8d13-4e88-a825-d40bfe82777b",
       "Environment Admin": "29ddce68-cd7f-4b2a-b6fc-f7a19553b496",
       "Identity Data Admin": "0bd9c966-7664-4ac1-b059-0ff9293908e2",
       "Client Application Developer": "b5057d0d-7281-47f6-9398-8a7e4cb71397",
       "Identity Data Read Only": "ce00e15f-f845-4df1-abf3-fdc4ff4e176c",
       "Configuration Read Only": "7aba580c-5ec7-4b26-987d-85f462767455",
       "Custom Roles Admin": "6f770b08-793f-4393-b2aa-b1d1587a0324"}
SERVICE = {"name": "Service", "enabled": True, "type": "SERVICE", "protocol": "OPENID_CONNECT",
           "grantTypes": ["CLIENT_CREDENTIALS"]}
WORKER = dict(SERVICE, name="At once", type="WORKER")
DUPLICATE = refusal("UNIQUENESS_VIOLATION", "role", "May not assign duplicate Role")
NOBODY = "01020304-0506-4708-890a-0b0c0d0e0f10"


def given(role, kind, scope):
    return {"role": {"id": "{role:%s}" % role}, "scope": {"type": kind, "id": scope}}


def roles(table):
    return table.get("/roles")["_embedded"]["roles"]


def all_named(table):
    missing = set(NAMES) - {r["name"] for r in roles(table)}
    require(not missing, "these are missing: %s" % missing)


def well_known(table):
    have = {r["name"]: r["id"] for r in roles(table)}
    wrong = [n for n, i in IDS.items() if have.get(n) != i]
    require(not wrong, "these have other ids: %s" % wrong)


def whole(table):
    for r in roles(table):
        require(r["description"] and r["applicableTo"] and r["permissions"], "%s is not whole" % r["name"])
        for p in r["permissions"]:
            require(p["id"].count(":") == 2 and p["id"].endswith(":" + p["classifier"]) and p["description"],
                    "%s has %s" % (r["name"], p))


def single(table):
    for r in roles(table):
        require(table.get("/roles/" + r["id"]) == r, "%s differs read by itself" % r["name"])


def same_reply(table, by, first, second):
    """403 for what is there and out of reach, and the same for what is not."""
    replies = [check_reply(table.send(request, by=by), 403, FORBIDDEN).json for request in (first, second)]
    require(dict(replies[0], id="") == dict(replies[1], id=""), "they differ")


def find_assignment(table, application, role):
    items = table.get("E/applications/{%s}/roleAssignments" % application)["_embedded"]["roleAssignments"]
    table.names["assignment"] = next(i["id"] for i in items if i["role"]["id"] == table.roles[role])


def user_rows(name, population):
    body = {"username": name, "email": name + "@example.com", "population": {"id": population}}
    return do("POST E/users", body, name)


PASSWORD = {"value": "Tr1cky-Word!"}
OUT_OF_REACH = [("be read", "GET E/users/{bob}", None, None), ("be replaced", "PUT E/users/{bob}",
                                                            {"username": "bob", "email": "b@example.com"}, None),
                ("be patched", "PATCH E/users/{bob}", {"title": "x"}, None),
                ("be deleted", "DELETE E/users/{bob}", None, None),
                ("be locked", "POST E/users/{bob}", None, "account.lock"),
                ("be disabled", "PUT E/users/{bob}/enabled", {"enabled": False}, None),
                ("be moved in", "PUT E/users/{bob}/population", {"id": "{a}"}, None),
                ("have its password's state read", "GET E/users/{bob}/password", None, None),
                ("have its password set", "PUT E/users/{bob}/password", PASSWORD, "password.set"),
                ("have its password checked", "POST E/users/{bob}/password", {"password": "x"}, "password.check"),
                ("have its roles read", "GET E/users/{bob}/roleAssignments", None, None),
                ("be given a role", "POST E/users/{bob}/roleAssignments",
                 given("Identity Data Read Only", "POPULATION", "{a}"), None)]

TABLES = {
    "role": [
        check("all built-in roles of the reference are there", all_named),
        check("built-in roles have the ids that are known everywhere", well_known),
        check("each role has a description, scopes and whole permissions", whole),
        check("a role read by itself is as in the list", single),
        rule("an unknown role is not found", "GET /roles/" + NOBODY, status=404, reply=NOT_FOUND),
        rule("Environment Admin names what it may assign", "GET /roles/{role:Environment Admin}",
             reply={"canAssign": has({"id": "{role:Configuration Read Only}"})}),
        rule("a role that may assign nothing says nothing", "GET /roles/{role:Identity Data Read Only}",
             reply={"canAssign": ABSENT}),
        worker("reader", ("Identity Data Read Only", "ENVIRONMENT", "{E}")),
        rule("any actor with a role may read the roles", "GET /roles", by="reader"),
    ],
    "role assignment": [
        do("POST E/populations", {"name": "A"}, "a"),
        worker("holder"),
        rule("an assignment has the shape of the reference", "POST E/applications/{holder}/roleAssignments",
             given("Identity Data Admin", "POPULATION", "{a}"), 201,
             {"id": UUID, "role": {"id": "{role:Identity Data Admin}"}, "scope": {"type": "POPULATION", "id": "{a}"},
              "environment": {"id": "{E}"}, "readOnly": False, "application": ABSENT, "createdAt": TIME,
              "_links": {"role": {"href": "{BASE}/roles/{role:Identity Data Admin}"}}}, keep="assignment"),
        refused("a role is not given twice at one scope", "POST E/applications/{holder}/roleAssignments",
                given("Identity Data Admin", "POPULATION", "{a}"), DUPLICATE),
        rule("a role may be given at another scope too", "POST E/applications/{holder}/roleAssignments",
             given("Identity Data Admin", "ENVIRONMENT", "{E}"), 201),
        refused("a role that is none cannot be given", "POST E/applications/{holder}/roleAssignments",
                {"role": {"id": NOBODY}, "scope": {"type": "ENVIRONMENT", "id": "{E}"}},
                refusal("INVALID_VALUE", "role.id")),
        refused("a role cannot be given where it does not apply", "POST E/applications/{holder}/roleAssignments",
                given("Client Application Developer", "POPULATION", "{a}"), refusal("INVALID_VALUE", "scope.type")),
        *[refused("a role cannot be given at a %s that is none" % kind.lower(),
                  "POST E/applications/{holder}/roleAssignments", given(name, kind, NOBODY),
                  refusal("INVALID_VALUE", "scope.id"))
          for kind, name in (("POPULATION", "Identity Data Admin"), ("ENVIRONMENT", "Identity Data Admin"),
                             ("APPLICATION", "Application Owner"), ("ORGANIZATION", "Organization Admin"))],
        refused("an id of another kind is no scope", "POST E/applications/{holder}/roleAssignments",
                given("Identity Data Read Only", "POPULATION", "{holder}"), refusal("INVALID_VALUE", "scope.id")),
        rule("an assignment can be taken away", "DELETE E/applications/{holder}/roleAssignments/{assignment}",
             None, 204),
        rule("and given again", "POST E/applications/{holder}/roleAssignments",
             given("Identity Data Admin", "POPULATION", "{a}"), 201),
        do("POST E/applications", SERVICE, "service"),
        rule("only a worker can be given a role", "POST E/applications/{service}/roleAssignments",
             given("Identity Data Admin", "POPULATION", "{a}"), 404, NOT_FOUND),
        do("POST E/users", {"username": "u", "email": "u@example.com"}, "user"),
        rule("a user can be given a role", "POST E/users/{user}/roleAssignments",
             given("Help Desk Admin", "POPULATION", "{a}"), 201, {"readOnly": False, "user": ABSENT}),
        refused("a user is not given a role twice at one scope", "POST E/users/{user}/roleAssignments",
                given("Help Desk Admin", "POPULATION", "{a}"), DUPLICATE),
        do("DELETE E/users/{user}"),
        rule("a deleted user's assignments are gone", "GET E/users/{user}/roleAssignments", status=404),
        rule("an assignment cannot be replaced", "PUT E/applications/{holder}/roleAssignments/{assignment}", {}, 405),
    ],
    "role granter": [
        do("POST E/populations", {"name": "A"}, "a"),
        do("POST E/populations", {"name": "B"}, "b"),
        user_rows("alice", "{a}"), user_rows("bob", "{b}"),
        worker("developer", ("Client Application Developer", "ENVIRONMENT", "{E}")),
        worker("environmentAdmin", ("Environment Admin", "ENVIRONMENT", "{E}")),
        worker("identityAdmin", ("Identity Data Admin", "ENVIRONMENT", "{E}")),
        worker("populationAdmin", ("Identity Data Admin", "POPULATION", "{a}")),
        worker("target"),
        rule("who holds a role may give it at the same scope", "POST E/applications/{target}/roleAssignments",
             given("Client Application Developer", "ENVIRONMENT", "{E}"), 201, by="developer"),
        rule("who does not hold a role may not give it", "POST E/applications/{target}/roleAssignments",
             given("Environment Admin", "ENVIRONMENT", "{E}"), 403, FORBIDDEN, by="developer"),
        rule("nor one that its own role cannot assign", "POST E/applications/{target}/roleAssignments",
             given("Configuration Read Only", "ENVIRONMENT", "{E}"), 403, FORBIDDEN, by="developer"),
        rule("who holds a role may not give it at a wider scope", "POST E/applications/{target}/roleAssignments",
             given("Environment Admin", "ORGANIZATION", "{ORGANIZATION}"), 403, FORBIDDEN, by="environmentAdmin"),
        rule("nor in another environment", "POST E/applications/{target}/roleAssignments",
             given("Environment Admin", "ENVIRONMENT", "{ADMINISTRATORS}"), 403, FORBIDDEN, by="environmentAdmin"),
        rule("an environment admin gives a role that it can assign but does not hold",
             "POST E/applications/{target}/roleAssignments",
             given("Identity Data Read Only", "ENVIRONMENT", "{E}"), 201, keep="readOnly", by="environmentAdmin"),
        rule("and at a narrower scope", "POST E/applications/{target}/roleAssignments",
             given("Identity Data Read Only", "POPULATION", "{a}"), 201, by="environmentAdmin"),
        rule("an environment admin cannot give Organization Admin", "POST E/applications/{target}/roleAssignments",
             given("Organization Admin", "ORGANIZATION", "{ORGANIZATION}"), 403, FORBIDDEN, by="environmentAdmin"),
        rule("who may not give a role may not take it away",
             "DELETE E/applications/{target}/roleAssignments/{readOnly}", None, 403, FORBIDDEN, by="developer"),
        rule("an identity data admin gives its read-only form", "POST E/users/{bob}/roleAssignments",
             given("Identity Data Read Only", "ENVIRONMENT", "{E}"), 201, by="identityAdmin"),
        rule("an identity data admin does not give what is not its own", "POST E/users/{bob}/roleAssignments",
             given("Configuration Read Only", "ENVIRONMENT", "{E}"), 403, FORBIDDEN, by="identityAdmin"),
        rule("an identity data admin of a population gives its role there", "POST E/users/{alice}/roleAssignments",
             given("Identity Data Admin", "POPULATION", "{a}"), 201, by="populationAdmin"),
        rule("but not at another population", "POST E/users/{alice}/roleAssignments",
             given("Identity Data Admin", "POPULATION", "{b}"), 403, FORBIDDEN, by="populationAdmin"),
        rule("nor at its environment", "POST E/users/{alice}/roleAssignments",
             given("Identity Data Admin", "ENVIRONMENT", "{E}"), 403, FORBIDDEN, by="populationAdmin"),
    ],
    "role population": [
        do("POST E/populations", {"name": "A"}, "a"),
        do("POST E/populations", {"name": "B"}, "b"),
        user_rows("alice", "{a}"), user_rows("anna", "{a}"), user_rows("bob", "{b}"),
        worker("admin", ("Identity Data Admin", "POPULATION", "{a}")),
        rule("a population's admin lists its users alone, and counts no other", "GET E/users",
             reply={"_embedded": {"users": [{"id": "{alice}"}, {"id": "{anna}"}]}, "count": 2, "size": 2}, by="admin"),
        rule("and in pages", "GET E/users?limit=1", reply={"size": 1, "_links": {"next": {"href": TEXT}}}, by="admin"),
        rule("a population's admin finds no other by a filter", 'GET E/users?filter=username eq "bob"',
             reply={"_embedded": {"users": []}, "count": 0}, by="admin"),
        rule("nor by one that is or", 'GET E/users?filter=username eq "bob" or username eq "anna"',
             reply={"_embedded": {"users": [{"id": "{anna}"}]}}, by="admin"),
        rule("nor by naming the other population", 'GET E/users?filter=population.id eq "{b}"',
             reply={"_embedded": {"users": []}, "count": 0}, by="admin"),
        rule("nor by not", 'GET E/users?filter=not (username eq "anna")',
             reply={"_embedded": {"users": [{"id": "{alice}"}]}}, by="admin"),
        rule("nor in an order", "GET E/users?order=-username",
             reply={"_embedded": {"users": [{"id": "{anna}"}, {"id": "{alice}"}]}, "size": 2}, by="admin"),
        rule("a population's admin sees its population alone", "GET E/populations",
             reply={"_embedded": {"populations": [{"id": "{a}"}]}, "count": 1}, by="admin"),
        rule("a population's admin reads its population", "GET E/populations/{a}", by="admin"),
        rule("and no other", "GET E/populations/{b}", status=403, reply=FORBIDDEN, by="admin"),
        rule("a population's admin reads its users", "GET E/users/{alice}", reply={"id": "{alice}"}, by="admin"),
        rule("and changes them", "PATCH E/users/{alice}", {"title": "Dr"}, 200, {"title": "Dr"}, by="admin"),
        rule("and creates them", "POST E/users",
             {"username": "ada", "email": "ada@example.com", "population": {"id": "{a}"}}, 201, by="admin", keep="ada"),
        rule("and deletes them", "DELETE E/users/{ada}", None, 204, by="admin"),
        rule("and sets their passwords", "PUT E/users/{alice}/password", PASSWORD, 200, {"status": "OK"},
             media="password.set", by="admin"),
        *[rule("a population's admin cannot let a user of another %s" % what, request, body, 403, FORBIDDEN,
               media=media, by="admin") for what, request, body, media in OUT_OF_REACH],
        rule("a population's admin cannot create a user elsewhere", "POST E/users",
             {"username": "eve", "email": "e@example.com", "population": {"id": "{b}"}}, 403, FORBIDDEN, by="admin"),
        rule("nor in the default population by naming none", "POST E/users",
             {"username": "eve", "email": "e@example.com"}, 403, FORBIDDEN, by="admin"),
        rule("nor by an import", "POST E/users",
             {"username": "eve", "email": "e@example.com", "population": {"id": "{b}"}}, 403, FORBIDDEN,
             media="user.import", by="admin"),
        rule("and nothing of it is kept", 'GET E/users?filter=username eq "eve"', reply={"count": 0}),
        rule("a population's admin cannot move a user out of reach", "PUT E/users/{alice}/population", {"id": "{b}"},
             403, FORBIDDEN, by="admin"),
        rule("and the user stays where it was", "GET E/users/{alice}", reply={"population": {"id": "{a}"}}),
        rule("and the other's user is as before", "GET E/users/{bob}",
             reply={"enabled": True, "title": ABSENT, "account": {"status": "OK"}, "population": {"id": "{b}"}}),
        check("a user out of reach looks like none", same_reply, "admin", "GET E/users/{bob}", "GET E/users/" + NOBODY),
        rule("a population's admin may not see applications", "GET E/applications", status=403, by="admin"),
        rule("a population's admin has no right in another environment", "GET /environments/{ADMINISTRATORS}/users",
             status=403, reply=FORBIDDEN, by="admin"),
        check("an environment out of reach looks like none", same_reply, "admin",
              "GET /environments/{ADMINISTRATORS}/users", "GET /environments/%s/users" % NOBODY),
    ],
    "role surroundings": [
        do("POST E/populations", {"name": "A"}, "a"),
        do("POST E/populations", {"name": "B"}, "b"),
        do("POST E/applications", dict(SERVICE, name="Own"), "own"),
        worker("admin", ("Identity Data Admin", "POPULATION", "{a}"), ("Help Desk Admin", "POPULATION", "{b}")),
        worker("owner", ("Application Owner", "APPLICATION", "{own}")),
        do("POST E/roles", {"name": "Users", "permissions": [{"id": "dir:read:user"}], "applicableTo": ["POPULATION"],
                            "canBeAssignedBy": [{"id": "{role:Environment Admin}"}]}, "users"),
        worker("limited", ("Authorize Gateway Policy Evaluator", "ENVIRONMENT", "{E}")),
        do("POST E/applications/{limited}/roleAssignments",
           {"role": {"id": "{users}"}, "scope": {"type": "POPULATION", "id": "{a}"}}),
        *[row for by, who in (("admin", "a population's admin"), ("owner", "an application's owner")) for row in (
            rule("%s reads the environment around it" % who, "GET E", reply={"id": "{E}"}, by=by),
            rule("%s sees that environment alone, and once" % who, "GET /environments",
                 reply={"_embedded": {"environments": [{"id": "{E}"}]}, "size": 1}, by=by),
            rule("%s reads what the environment has" % who, "GET E/billOfMaterials", by=by),
            rule("%s reads the organization" % who, "GET /organizations/{ORGANIZATION}", by=by),
            rule("%s reads its licences" % who, "GET /organizations/{ORGANIZATION}/licenses/{LICENSE}", by=by),
            rule("%s reads no other environment" % who, "GET /environments/{ADMINISTRATORS}", status=403,
                 reply=FORBIDDEN, by=by),
            rule("%s does not change the environment" % who, "PUT E", {"name": "Mine", "region": "EU"}, 403, FORBIDDEN,
                 by=by))],
        rule("a role without the essential permissions shows no environment", "GET E", status=403, reply=FORBIDDEN,
             by="limited"),
        rule("nor in a list", "GET /environments", status=403, reply=FORBIDDEN, by="limited"),
        rule("nor the organization", "GET /organizations/{ORGANIZATION}", status=403, reply=FORBIDDEN, by="limited"),
    ],
    "role at once": [
        worker("reader", ("Identity Data Read Only", "ENVIRONMENT", "{E}"),
               ("Client Application Developer", "ENVIRONMENT", "{E}")),
        rule("a role counts with the token that was there before", "GET E/users", by="reader"),
        check("the assignment of it can be found", find_assignment, "reader", "Identity Data Read Only"),
        do("DELETE E/applications/{reader}/roleAssignments/{assignment}"),
        rule("a role taken away counts no more at once", "GET E/users", status=403, reply=FORBIDDEN, by="reader"),
        rule("while another role still does", "GET E/applications", by="reader"),
        do("POST E/applications/{reader}/roleAssignments", given("Identity Data Read Only", "ENVIRONMENT", "{E}")),
        rule("a role given counts at once", "GET E/users", by="reader"),
        do("PUT E/applications/{reader}", dict(WORKER, enabled=False)),
        rule("a disabled application's token counts no more at once", "GET E/users", status=401, reply=NO_TOKEN,
             by="reader"),
        do("PUT E/applications/{reader}", WORKER),
        rule("and again when it is enabled", "GET E/users", by="reader"),
        do("DELETE E/applications/{reader}"),
        rule("a deleted application's token counts no more at once", "GET E/users", status=401, reply=NO_TOKEN,
             by="reader"),
    ],
    "role application": [
        do("POST E/applications", dict(SERVICE, name="Own"), "own"),
        do("POST E/applications", dict(SERVICE, name="Other"), "other"),
        worker("owner", ("Application Owner", "APPLICATION", "{own}")),
        rule("an application's owner sees it alone", "GET E/applications",
             reply={"_embedded": {"applications": [{"id": "{own}"}]}, "count": 1}, by="owner"),
        rule("an application's owner reads it", "GET E/applications/{own}", by="owner"),
        rule("and changes it", "PUT E/applications/{own}", dict(SERVICE, name="Own", description="Mine"), 200,
             {"description": "Mine"}, by="owner"),
        rule("and reads its secret", "GET E/applications/{own}/secret", reply={"secret": TEXT}, by="owner"),
        rule("and its grants", "GET E/applications/{own}/grants", by="owner"),
        *[rule("an application's owner cannot %s another" % what, request % "{other}", body, 403, FORBIDDEN, by="owner")
          for what, request, body in (("read", "GET E/applications/%s", None),
                                      ("change", "PUT E/applications/%s", dict(SERVICE, name="Other")),
                                      ("read the secret of", "GET E/applications/%s/secret", None),
                                      ("rotate the secret of", "POST E/applications/%s/secret", None),
                                      ("read the grants of", "GET E/applications/%s/grants", None))],
        check("an application out of reach looks like none", same_reply, "owner", "GET E/applications/{other}",
              "GET E/applications/" + NOBODY),
        rule("an application's owner cannot create others", "POST E/applications", dict(SERVICE, name="New"), 403,
             by="owner"),
        rule("an application's owner cannot delete it", "DELETE E/applications/{own}", None, 403, by="owner"),
    ],
}
