# SPDX-License-Identifier: Apache-2.0
"""Populations: the default one, their users (reference: an environment's life, seed step 9)."""
from suite import ABSENT, FORBIDDEN, TIME, UUID, check as check_reply, refusal, require
from table import check, do, refused, rule, worker

DEFAULT = {"name": "Default", "description": "Automatically created population.", "default": True,
           "preferredLanguage": "en", "theme": {"id": UUID}, "userCount": 0}
PROVIDER = "E/populations/{one}/defaultIdentityProvider"
PING_ONE = {"_links": {"self": {"href": "{BASE}/environments/{E}/populations/{one}/defaultIdentityProvider"},
                       "population": {"href": "{BASE}/environments/{E}/populations/{one}"}},
            "id": ABSENT, "type": "PING_ONE"}


def one_default(table, name):
    defaults = [p["name"] for p in table.get("E/populations")["_embedded"]["populations"] if p["default"]]
    require(defaults == [name], "the defaults are %s" % defaults)


def counts(table):
    """A user more, moved, gone."""
    first, second = (table.names[n] for n in ("one", "two"))

    def seen():
        return [table.get("E/populations/" + p)["userCount"] for p in (first, second)]

    require(seen() == [0, 0], "they are not empty")
    reply = table.send("POST E/users", {"username": "counted", "email": "c@example.com", "population": {"id": first}})
    user = check_reply(reply, 201).json["id"]
    require(seen() == [1, 0], "not 1 and 0: %s" % seen())
    check_reply(table.send("PUT E/users/%s/population" % user, {"id": second}), 200, {"id": second})
    require(seen() == [0, 1], "not 0 and 1: %s" % seen())
    check_reply(table.send("DELETE E/users/" + user), 204)
    require(seen() == [0, 0], "not 0 and 0: %s" % seen())


TABLES = {
    "population default": [
        rule("a new environment has one population, and it is the default", "GET E/populations",
             reply={"_embedded": {"populations": [DEFAULT]}, "count": 1, "size": 1},
             keep={"default": "_embedded.populations.0.id"}),
        refused("the default population cannot be deleted, in the words that clients look for",
                "DELETE E/populations/{default}", None,
                refusal("CONSTRAINT_VIOLATION", message="The default population cannot be deleted: the environment "
                                                        "must contain at least one population.")),
        rule("a population has the shape of the reference when created", "POST E/populations",
             {"name": "Other", "description": "Others"}, 201,
             {"_links": {"environment": {"href": "{BASE}/environments/{E}"}}, "environment": {"id": "{E}"},
              "name": "Other", "description": "Others", "default": False, "userCount": 0, "passwordPolicy": ABSENT,
              "theme": {"id": UUID}, "createdAt": TIME, "updatedAt": TIME}, keep="other"),
        rule("a population made the default at its creation is it", "POST E/populations",
             {"name": "Staff", "default": True}, 201, {"default": True}, keep="staff"),
        check("and the one before is not any more", one_default, "Staff"),
        rule("a user without a population goes to the default one of now", "POST E/users",
             {"username": "first", "email": "a@example.com"}, 201, {"population": {"id": "{staff}"}}, keep="user"),
        rule("the default population goes back to the first by a replacement", "PUT E/populations/{default}",
             {"name": "Default", "description": "Automatically created population.", "default": True}, 200, DEFAULT),
        check("and then that is the only default", one_default, "Default"),
        refused("a population that has users cannot be deleted", "DELETE E/populations/{staff}", None,
                refusal("CONSTRAINT_VIOLATION",
                        message="The request could not be completed. The population still has users.")),
        do("DELETE E/users/{user}"),
        rule("a population whose last user is gone can be deleted", "DELETE E/populations/{staff}", None, 204),
        rule("a population keeps a theme when a replacement names none", "PUT E/populations/{other}",
             {"name": "Other"}, 200, {"theme": {"id": UUID}, "description": ABSENT}),
    ],
    "population users": [
        do("POST E/populations", {"name": "One"}, "one"),
        do("POST E/populations", {"name": "Two"}, "two"),
        check("userCount follows creation, move and deletion of users", counts),
        do("GET E/passwordPolicies", keep={"policy": "_embedded.passwordPolicies.1.id"}),
        rule("a population with a password policy links to it", "PUT E/populations/{one}",
             {"name": "One", "passwordPolicy": {"id": "{policy}"}}, 200,
             {"_links": {"passwordPolicy": {"href": "{BASE}/environments/{E}/passwordPolicies/{policy}"}}}),
        rule("a password policy counts its populations", "GET E/passwordPolicies/{policy}",
             reply={"populationCount": 1}),
        do("DELETE E/populations/{one}"),
        rule("and counts them down", "GET E/passwordPolicies/{policy}", reply={"populationCount": 0}),
    ],
    "population identity provider": [
        do("POST E/populations", {"name": "One"}, "one"),
        rule("a population's default identity provider is PingOne", "GET " + PROVIDER, reply=PING_ONE),
        rule("it can be set to PingOne by an empty object", "PUT " + PROVIDER, {}, 200, PING_ONE),
        rule("or by a null", "PUT " + PROVIDER, {"id": None}, 200, PING_ONE),
        refused("but not to an identity provider that is none", "PUT " + PROVIDER, {"id": "{one}"},
                refusal("INVALID_VALUE", "id", inner={"referencedValues": ["{one}"]})),
        rule("a population that is none has no identity provider", "PUT E/populations/{E}/defaultIdentityProvider", {},
             404),
        worker("limited", ("Identity Data Read Only", "POPULATION", "{one}")),
        rule("who reads one population reads its identity provider", "GET " + PROVIDER, reply=PING_ONE, by="limited"),
        do("POST E/populations", {"name": "Two"}, "two"),
        rule("and no other population's", "GET E/populations/{two}/defaultIdentityProvider", None, 403, FORBIDDEN,
             by="limited"),
    ],
}
