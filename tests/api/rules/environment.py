# SPDX-License-Identifier: Apache-2.0
"""Environments: their life on the wire and what a new one holds (reference: clients, sections 1 and 3)."""
import time

from suite import ABSENT, TIME, UUID, check as check_reply, has, lacks, not_found, refusal, require
from table import check, do, refused, rule, worker

BILL = {"solutionType": "CUSTOMER", "products": [
    {"type": "PING_ONE_BASE", "description": "Base", "console": {"href": "https://console.example.com"},
     "bookmarks": [{"name": "Docs", "href": "https://docs.example.com"}]},
    {"type": "PING_ONE_DAVINCI", "tags": ["DAVINCI_MINIMAL"], "deployment": {"id": "one"}}]}
OIDC_SCOPES = ["openid", "profile", "email", "address", "phone", "offline_access"]
OIDC_CLAIMS = """address.country address.formatted address.locality address.postal_code address.region
    address.street_address birthdate email email_verified family_name gender given_name locale middle_name name
    nickname phone_number phone_number_verified picture preferred_username profile updated_at website
    zoneinfo""".split()
API_SCOPES = """p1:read:user p1:update:user p1:create:device p1:create:pairingKey p1:read:device p1:update:device
    p1:delete:device p1:read:pairingKey p1:delete:pairingKey p1:read:sessions p1:update:sessions p1:delete:sessions
    p1:read:userPassword p1:reset:userPassword p1:validate:userPassword p1:update:userMfaEnabled p1:read:userConsent
    p1:verify:user""".split()


def ended(table):
    """404 at once, for the environment and all below it, as an infrastructure tool looks for it."""
    made = table.client.environment("Ended")
    path = "/environments/" + made
    user = table.client.make(path + "/users", {"username": "a", "email": "a@example.com"})["id"]
    check_reply(table.client.send("DELETE", path), 204)
    gone = not_found("Unable to find environment with ID: '%s'" % made)
    for _ in range(2):
        check_reply(table.client.send("GET", path), 404, gone)
    for below in ("/users", "/users/" + user, "/populations", "/applications", "/billOfMaterials"):
        check_reply(table.client.send("GET", path + below), 404, gone)
    check_reply(table.client.send("DELETE", path), 404, gone)
    listed = table.get("/environments?filter=id eq \"%s\"" % made)
    require(listed["_embedded"]["environments"] == [], "the list still holds it")


def reborn(table):
    name = "Reborn %d" % time.monotonic_ns()
    for _ in range(3):
        made = table.client.make("/environments", {"name": name, "region": "EU"})["id"]
        populations = table.client.send("GET", "/environments/%s/populations" % made).json
        require(populations["count"] == 1, "it does not begin anew")
        check_reply(table.client.send("DELETE", "/environments/" + made), 204)


def tokens_end(table):
    """A worker of an environment that ends can do nothing any more."""
    made = table.client.environment("Ending")
    reader = table.roles["Configuration Read Only"]
    _, _, token = table.client.worker(made, [(reader, "ENVIRONMENT", table.names["E"])])
    path = "/environments/%s/populations" % table.names["E"]
    before = table.client.send("GET", "/environments/" + table.names["E"], token=token)
    check_reply(before, 200)
    check_reply(table.client.send("DELETE", "/environments/" + made), 204)
    check_reply(table.client.send("GET", path, token=token), 401)


def creators_roles(table):
    """Environment Admin is not given to one that has it over the whole organization."""
    made = check_reply(table.send("POST /environments", {"name": "Given %d" % time.monotonic_ns(), "region": "EU"},
                                  by="founder"), 201).json["id"]
    assignments = table.get("E/applications/{founder}/roleAssignments")["_embedded"]["roleAssignments"]
    given = {a["role"]["id"] for a in assignments if a["scope"] == {"id": made, "type": "ENVIRONMENT"}}
    wanted = {table.roles[n] for n in ("Environment Admin", "Identity Data Admin", "Client Application Developer")}
    require(given == wanted, "it was given %s" % given)
    check_reply(table.send("GET /environments/%s/users" % made, by="founder"), 200)


def resource(table, kind):
    items = table.get("E/resources")["_embedded"]["resources"]
    return "E/resources/" + next(i["id"] for i in items if i["type"] == kind)


def claims(table):
    """24 predefined ones and sub."""
    items = table.get(resource(table, "OPENID_CONNECT") + "/attributes")["_embedded"]["attributes"]
    have = {i["name"]: i["type"] for i in items}
    require(have == dict({name: "PREDEFINED" for name in OIDC_CLAIMS}, sub="CORE"), "they are %s" % have)
    require(all(i["resource"]["id"] and i["value"] and isinstance(i["idToken"], bool)
                and isinstance(i["userInfo"], bool) for i in items), "one lacks resource, value, idToken or userInfo")


def resource_scopes(table, kind, wanted):
    items = table.get(resource(table, kind) + "/scopes")["_embedded"]["scopes"]
    missing = set(wanted) - {i["name"] for i in items}
    require(not missing, "these are missing: %s" % missing)
    require(all(i.get("description") for i in items), "one has no description")


def classes(table):
    policies = table.get("E/passwordPolicies")["_embedded"]["passwordPolicies"]
    standard = next(p for p in policies if p["default"])
    require(list(standard["minCharacters"].values()) == [1, 1, 1, 1], "it does not ask for one each")


TABLES = {
    "environment life": [
        rule("an environment is created with its bill of materials inline", "POST /environments",
             {"name": "Life {E}", "description": "Of an environment", "region": "EU", "type": "SANDBOX",
              "license": {"id": "{LICENSE}"}, "billOfMaterials": BILL}, 201,
             {"id": UUID, "name": "Life {E}", "description": "Of an environment", "region": "EU", "type": "SANDBOX",
              "license": {"id": "{LICENSE}"}, "organization": {"id": "{ORGANIZATION}"}, "billOfMaterials": BILL,
              "createdAt": TIME, "updatedAt": TIME}, keep="life"),
        rule("an environment's links lead to what it holds", "GET /environments/{life}",
             reply={"_links": {"self": {"href": "{BASE}/environments/{life}"},
                               "users": {"href": "{BASE}/environments/{life}/users"},
                               "license": {"href": "{BASE}/organizations/{ORGANIZATION}/licenses/{LICENSE}"},
                               "organization": {"href": "{BASE}/organizations/{ORGANIZATION}"}}}),
        rule("the bill of materials can be read by itself", "GET /environments/{life}/billOfMaterials",
             reply=dict(BILL, createdAt=TIME, updatedAt=TIME)),
        rule("the bill of materials can be replaced", "PUT /environments/{life}/billOfMaterials",
             {"products": [{"type": "PING_ONE_MFA"}]}, 200,
             {"products": [{"type": "PING_ONE_MFA"}], "solutionType": ABSENT}),
        rule("a replacement that leaves the bill of materials out keeps it", "PUT /environments/{life}",
             {"name": "Life {E}", "region": "EU"}, 200,
             {"billOfMaterials": {"products": [{"type": "PING_ONE_MFA"}]}, "description": ABSENT}),
        refused("a region that is none is refused with those that are", "POST /environments",
                {"name": "Nowhere", "region": "MOON"},
                refusal("INVALID_VALUE", "region", inner={"allowedValues": has("EU")})),
        refused("an environment cannot have a licence that is none", "POST /environments",
                {"name": "Nowhere", "region": "EU", "license": {"id": "{E}"}}, refusal("INVALID_VALUE", "license.id")),
        rule("an environment without a type is a sandbox", "GET E", reply={"type": "SANDBOX", "status": "ACTIVE"}),
        rule("a sandbox becomes a production environment", "PUT /environments/{life}/type", {"type": "PRODUCTION"},
             200, {"id": "{life}", "type": "PRODUCTION"}),
        refused("a production environment cannot be deleted", "DELETE /environments/{life}", None,
                refusal("CONSTRAINT_VIOLATION")),
        do("PUT /environments/{life}/type", {"type": "SANDBOX"}),
        rule("a sandbox can be deleted", "DELETE /environments/{life}", None, 204),
        refused("the environment of the administrators cannot be deleted", "DELETE /environments/{ADMINISTRATORS}",
                None, refusal("CONSTRAINT_VIOLATION")),
        check("a deleted environment is not found at once, nor anything below it", ended),
        check("the name of a deleted environment is free again, and the next one begins anew", reborn),
        check("a worker of a deleted environment has no right left", tokens_end),
        rule("a deleted environment's licence no longer counts it, but others stay", "GET E", reply={"id": "{E}"}),
    ],
    "environment rights": [
        worker("founder", ("Organization Admin", "ORGANIZATION", "{ORGANIZATION}")),
        worker("local", ("Environment Admin", "ENVIRONMENT", "{E}")),
        check("who creates an environment may administer it", creators_roles),
        rule("an environment admin cannot create environments", "POST /environments",
             {"name": "No", "region": "EU"}, 403, by="local"),
        rule("an environment admin cannot delete its environment", "DELETE E", None, 403, by="local"),
        rule("an environment admin can change its environment", "PUT E", {"name": "Changed {E}", "region": "EU"},
             200, {"name": "Changed {E}"}, by="local"),
        rule("an environment admin sees its environment alone", "GET /environments",
             reply={"_embedded": {"environments": [{"id": "{E}"}]}, "count": 1, "size": 1}, by="local"),
        rule("an environment admin finds no other by a filter",
             "GET /environments?filter=id eq \"{ADMINISTRATORS}\" or name sw \"Changed\"",
             reply={"_embedded": {"environments": [{"id": "{E}"}]}}, by="local"),
        rule("an environment admin cannot read another environment", "GET /environments/{ADMINISTRATORS}",
             status=403, by="local"),
        rule("an environment admin cannot read what lies in another", "GET /environments/{ADMINISTRATORS}/applications",
             status=403, by="local"),
        rule("an environment admin cannot write into another", "POST /environments/{ADMINISTRATORS}/populations",
             {"name": "Mine"}, 403, by="local"),
        rule("an environment that is not there looks like another one's",
             "GET /environments/01020304-0506-4708-890a-0b0c0d0e0f10", status=403, by="local"),
    ],
    "environment defaults": [
        rule("a new environment has three password policies, Standard the default", "GET E/passwordPolicies",
             reply={"_embedded": {"passwordPolicies": has({"name": "Standard", "default": True},
                                                          {"name": "Basic", "default": False},
                                                          {"name": "Passphrase", "default": False})}, "count": 3}),
        rule("a new environment has two sign-on policies, Single_Factor the default", "GET E/signOnPolicies",
             reply={"_embedded": {"signOnPolicies": has({"name": "Single_Factor", "default": True},
                                                        {"name": "Multi_Factor", "default": False})}, "count": 2}),
        rule("a new environment has a default key rotation policy", "GET E/keyRotationPolicies",
             reply={"_embedded": {"keyRotationPolicies": [{"default": True, "algorithm": "RSA", "keyLength": 2048,
                                                           "rotationPeriod": 90}]}}),
        rule("a new environment has the two built-in resources", "GET E/resources",
             reply={"_embedded": {"resources": has({"name": "openid", "type": "OPENID_CONNECT"},
                                                   {"name": "PingOne API", "type": "PINGONE_API"})}, "count": 2}),
        rule("the OpenID resource has no audience, validity or secret", "GET E/resources",
             reply={"_embedded": {"resources": has({"name": "openid", "audience": ABSENT,
                                                    "accessTokenValiditySeconds": ABSENT,
                                                    "introspectEndpointAuthMethod": ABSENT,
                                                    "_links": {"secret": ABSENT}})}}),
        rule("a new environment has the two built-in applications and no other", "GET E/applications",
             reply={"_embedded": {"applications": has(
                 {"name": "PingOne Application Portal", "type": "PING_ONE_PORTAL", "enabled": True,
                  "applyDefaultTheme": False, "accessControl": ABSENT},
                 {"name": "PingOne Self-Service - MyAccount", "type": "PING_ONE_SELF_SERVICE", "enabled": True,
                  "applyDefaultTheme": False, "accessControl": ABSENT})}, "count": 2}),
        rule("built-in applications have a description", "GET E/applications",
             reply={"_embedded": {"applications": lacks({"description": ABSENT})}}),
        rule("a new environment has no user", "GET E/users", reply={"_embedded": {"users": []}, "count": 0, "size": 0}),
        check("the OpenID resource has the scopes of the specification", resource_scopes, "OPENID_CONNECT",
              OIDC_SCOPES),
        check("the PingOne API has the self-service scopes", resource_scopes, "PINGONE_API", API_SCOPES),
        check("the OpenID resource has the standard claims, sub as the core one", claims),
        check("a password policy requires a character of each whole class", classes),
    ],
}
