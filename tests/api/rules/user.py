# SPDX-License-Identifier: Apache-2.0
"""Users and the members that are written by themselves (reference: seed step 10, default and echo rules)."""
from suite import ABSENT, TIME, UUID, check as check_reply, has, query, refusal, require
from table import check, do, refused, rule

HERE = "{BASE}/environments/{E}/users/{user}"
SEED = {"email": "test@example.com", "name": {"given": "Test", "family": "CustomResourceUser"},
        "population": {"id": "{one}"}, "username": "customresource_user_1"}
DEFAULTS = {"enabled": True, "mfaEnabled": False, "emailVerified": False, "lifecycle": {"status": "ACCOUNT_OK"},
            "account": {"canAuthenticate": True, "status": "OK"}, "identityProvider": {"type": "PING_ONE"},
            "verifyStatus": "NOT_INITIATED"}
LINKS = ["self", "environment", "population", "roleAssignments", "password", "password.set", "password.reset",
         "password.check", "password.recover", "account.sendVerificationCode"]


def links(table):
    shown = table.get("E/users/{user}")["_links"]
    require(list(shown) == LINKS, "they are %s" % list(shown))
    for name, link in shown.items():
        if name.startswith("password"):
            require(link["href"] == table.fill(HERE) + "/password", "%s leads to %s" % (name, link["href"]))
    require(shown["account.sendVerificationCode"] == shown["self"], "it does not lead to the user")


def single(path, name, value, other):
    """A member that has a place of its own: read, written, seen in the user."""
    return [
        rule("a user's %s can be read by itself" % name, "GET E/users/{user}/" + path,
             reply={"_links": {"self": {"href": HERE + "/" + path}, "user": {"href": HERE}}, name: value}),
        rule("a user's %s can be written by itself" % name, "PUT E/users/{user}/" + path, {name: other}, 200,
             {name: other}),
        rule("a user shows a %s written by itself" % name, "GET E/users/{user}", reply={name: other}),
        rule("a replacement of the user keeps a %s written by itself" % name, "PUT E/users/{user}", SEED, 200,
             {name: other}),
        do("PUT E/users/{user}/" + path, {name: value}),
    ]


def odd_filters(table):
    """Values with what a filter's grammar is made of."""
    for i, name in enumerate(('with "quotes"', "back\\slash", "and or not (eq)", "é 日本 😀", "a%2Fb&c=d?e#f+g")):
        made = table.client.make("/environments/%s/users" % table.names["E"],
                                 {"username": name, "email": "odd%d@example.com" % i})
        text = 'username eq "%s"' % name.replace("\\", "\\\\").replace('"', '\\"')
        found = table.client.send("GET", query("/environments/%s/users" % table.names["E"], filter=text)).json
        require([u["id"] for u in found["_embedded"]["users"]] == [made["id"]], "%s finds %s" % (text, found))


TABLES = {
    "user": [
        do("POST E/populations", {"name": "One"}, "one"),
        do("POST E/populations", {"name": "Two"}, "two"),
        rule("a user has the shape of the seed workflow when created", "POST E/users", SEED, 201,
             dict(SEED, id=UUID, environment={"id": "{E}"}, createdAt=TIME, updatedAt=TIME, password=ABSENT,
                  lastSignOn=ABSENT, **DEFAULTS), keep="user"),
        check("a user links to what the reference names, in its order", links),
        *single("enabled", "enabled", True, False),
        *single("mfaEnabled", "mfaEnabled", False, True),
        *single("verifyStatus", "verifyStatus", "NOT_INITIATED", "ENABLED"),
        rule("a user's identity provider can be read by itself", "GET E/users/{user}/identityProvider",
             reply={"type": "PING_ONE"}),
        rule("a user's identity provider stays PingOne", "PUT E/users/{user}/identityProvider", {"type": "PING_ONE"},
             200, {"type": "PING_ONE"}),
        refused("a user's identity provider cannot be one that is none", "PUT E/users/{user}/identityProvider",
                {"id": "{E}"}, refusal("INVALID_VALUE", "id")),
        rule("a user's population can be read by itself", "GET E/users/{user}/population", reply={"id": "{one}"}),
        rule("a user is moved to another population", "PUT E/users/{user}/population", {"id": "{two}"}, 200,
             {"id": "{two}"}),
        rule("a user shows where it was moved", "GET E/users/{user}",
             reply={"population": {"id": "{two}"},
                    "_links": {"population": {"href": "{BASE}/environments/{E}/populations/{two}"}}}),
        refused("a user cannot be moved to a population that is none", "PUT E/users/{user}/population", {"id": "{E}"},
                refusal("INVALID_VALUE", "population.id")),
        refused("a replacement cannot move a user", "PUT E/users/{user}", SEED,
                refusal("INVALID_VALUE", "population.id")),
        rule("a replacement without a population keeps it", "PUT E/users/{user}",
             {"username": "customresource_user_1", "email": "test@example.com"}, 200,
             {"population": {"id": "{two}"}, "name": ABSENT}),
        rule("PATCH of one name keeps the others", "PATCH E/users/{user}", {"name": {"given": "A", "family": "B"}}, 200,
             {"name": {"given": "A", "family": "B"}}),
        rule("PATCH reaches into an object", "PATCH E/users/{user}", {"name": {"given": "C"}}, 200,
             {"name": {"given": "C", "family": "B"}}),
        rule("PATCH clears inside an object", "PATCH E/users/{user}", {"name": {"given": None}}, 200,
             {"name": {"given": ABSENT, "family": "B"}}),
        rule("an account is locked", "POST E/users/{user}", None, 200,
             {"account": {"canAuthenticate": False, "status": "LOCKED"}, "id": "{user}"}, media="account.lock"),
        rule("a locked account is shown", "GET E/users/{user}", reply={"account": {"status": "LOCKED"}}),
        rule("an account is unlocked", "POST E/users/{user}", None, 200,
             {"account": {"canAuthenticate": True, "status": "OK"}}, media="account.unlock"),
        rule("an action's name may stand without +json", "POST E/users/{user}", None, 200,
             media="application/vnd.pingidentity.account.lock"),
        rule("and in any letters, with a charset", "POST E/users/{user}", None, 200,
             {"account": {"status": "OK"}},
             media="Application/vnd.pingidentity.account.unlock+json; charset=UTF-8"),
        rule("a replacement of the user is no action", "POST E/users/{user}", {}, 415),
        refused("a username is taken whatever its letters", "POST E/users",
                {"username": "CustomResource_USER_1", "email": "x@example.com"},
                refusal("UNIQUENESS_VIOLATION", "username", inner={"existingId": "{user}"})),
        rule("two users may have one email", "POST E/users", {"username": "second", "email": "test@example.com"}, 201),
        rule("users are found by username as clients ask for it",
             'GET E/users?filter=username eq "customresource_user_1"',
             reply={"_embedded": {"users": [{"id": "{user}"}]}, "count": 1, "size": 1}),
        rule("users are found by population as clients ask for it", 'GET E/users?filter=population.id eq "{two}"',
             reply={"_embedded": {"users": [{"id": "{user}"}]}, "count": 1}),
        rule("users are found by the start of a name or an email",
             'GET E/users?filter=(name.family sw "B") OR (email EQ "test@example.com")',
             reply={"_embedded": {"users": has({"id": "{user}"}, {"username": "second"})}, "count": 2}),
        check("users are found whatever stands in their names", odd_filters),
        do("DELETE E/users/{user}"),
        rule("a deleted user's username is free", "POST E/users", SEED, 201),
    ],
    "user import": [
        rule("a user is imported with a password", "POST E/users",
             {"username": "imported", "email": "i@example.com",
              "password": {"value": "Import-9-ed!", "forceChange": False}},
             201, {"username": "imported", "password": ABSENT, "enabled": True}, keep="user", media="user.import"),
        rule("an imported password counts", "POST E/users/{user}/password", {"password": "Import-9-ed!"}, 200,
             {"status": "OK"}, media="password.check"),
        rule("an imported password may have to be changed", "POST E/users",
             {"username": "forced", "email": "f@example.com",
              "password": {"value": "Import-9-ed!", "forceChange": True}},
             201, keep="forced", media="user.import"),
        rule("and then says so", "GET E/users/{forced}/password", reply={"status": "MUST_CHANGE_PASSWORD"}),
        rule("a user may be imported without a password", "POST E/users",
             {"username": "bare", "email": "b@example.com"}, 201, keep="bare", media="user.import"),
        rule("and then has none", "GET E/users/{bare}/password",
             reply={"status": "NO_PASSWORD", "lastChangedAt": ABSENT}),
        refused("an import is checked like a creation", "POST E/users", {"username": "x"},
                refusal("REQUIRED_VALUE", "email"), media="user.import"),
        refused("an imported username must be free", "POST E/users", {"username": "IMPORTED", "email": "x@example.com"},
                refusal("UNIQUENESS_VIOLATION", "username"), media="user.import"),
        rule("an import goes to the default population", "GET E/users/{bare}/population", reply={"id": UUID}),
        rule("a plain creation keeps no password", "POST E/users",
             {"username": "plain", "email": "p@example.com", "password": {"value": "Import-9-ed!"}}, 201,
             {"password": ABSENT}),
        check("an import answers with a Location", lambda table: require(check_reply(table.send(
            "POST E/users", {"username": "located", "email": "l@example.com"}, media="user.import"), 201)
            .header("Location"), "there is none")),
    ],
}
