# SPDX-License-Identifier: Apache-2.0
"""Applications: shape, secret, redirect URIs, grant types, workers, built-in ones (reference: seed 1, 2, 6)."""
import time

from harness.latchkey import FORM, basic
from suite import ABSENT, FORBIDDEN, NOT_FOUND, TIME, UUID, check as check_reply, lacks, refusal, require, text_like
from table import check, do, refused, rule, worker

SEED = {"enabled": True, "name": "CustomResourceApp_1", "type": "WEB_APP", "protocol": "OPENID_CONNECT",
        "grantTypes": ["AUTHORIZATION_CODE"], "redirectUris": ["https://www.google.com"],
        "postLogoutRedirectUris": ["https://www.google.com"], "responseTypes": ["CODE"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC"}
LINKS = {name: {"href": "{BASE}/environments/{E}/applications/{app}/" + name} for name in
         ("attributes", "secret", "grants")}
DEFAULTS = {"hiddenFromAppPortal": False, "pkceEnforcement": "OPTIONAL", "parRequirement": "OPTIONAL",
            "parTimeout": 60, "requireSignedRequestObject": False, "supportUnsignedRequestObject": False,
            "refreshTokenDuration": 2592000, "refreshTokenRollingDuration": 15552000,
            "additionalRefreshTokenReplayProtectionEnabled": True, "allowWildcardInRedirectUris": False,
            "deviceTimeout": 600, "devicePollingInterval": 5, "opSessionCheckEnabled": False,
            "requestScopesForMultipleResourcesEnabled": False, "idpSignoff": False,
            "signing": {"keyRotationPolicy": {"id": UUID}}}
SECRET = text_like("[A-Za-z0-9~._-]{40,128}")
SERVICE = {"name": "Service", "enabled": True, "type": "SERVICE", "protocol": "OPENID_CONNECT",
           "grantTypes": ["CLIENT_CREDENTIALS"]}
WORKER = dict(SERVICE, name="Worker", type="WORKER")


def web(name, **members):
    return dict(SEED, name=name, **members)


def redirects(name, *uris, **members):
    return web(name, redirectUris=list(uris), **members)


def authenticates(table, app, secret):
    """Whether a secret is an application's: introspection answers its owner alone."""
    reply = table.client.server.call("POST", "/%s/as/introspect" % table.names["E"], {"token": "x"}, FORM,
                                     basic(table.names[app], secret))
    return reply.status == 200


def rotation(table):
    """At once, unless the request gives the old one time."""
    path = "E/applications/{app}/secret"
    first = table.get(path)["secret"]
    require(authenticates(table, "app", first), "the first secret is refused")
    second = check_reply(table.send("POST " + path), 200, {"secret": SECRET, "previous": ABSENT}).json["secret"]
    require(second != first, "it is the same")
    require(authenticates(table, "app", second) and not authenticates(table, "app", first), "the old one still counts")
    ends = table.later(3600)
    reply = check_reply(table.send("POST " + path, {"previous": {"expiresAt": ends}}), 200)
    third = reply.json["secret"]
    require(reply.json["previous"] == {"secret": second, "expiresAt": ends}, "previous is %s" % reply.json["previous"])
    require(authenticates(table, "app", second) and authenticates(table, "app", third), "one of the two is refused")
    require(table.get(path)["previous"]["secret"] == second, "GET does not show the previous one")
    check_reply(table.send("DELETE " + path), 204)
    require(authenticates(table, "app", third) and not authenticates(table, "app", second), "the old one still counts")
    check_reply(table.get_reply(path), 200, {"secret": third, "previous": ABSENT})


def short_overlap(table):
    body = {"previous": {"expiresAt": table.later(2)}}
    reply = check_reply(table.send("POST E/applications/{app}/secret", body), 200)
    previous = reply.json["previous"]["secret"]
    require(authenticates(table, "app", previous), "it is refused before its end")
    time.sleep(2.1)
    require(not authenticates(table, "app", previous), "it counts after its end")
    check_reply(table.get_reply("E/applications/{app}/secret"), 200, {"previous": ABSENT})


def roles_of(table, application):
    items = table.get("E/applications/{%s}/roleAssignments" % application)["_embedded"]["roleAssignments"]
    return sorted((i["role"]["id"], i["scope"]["type"], i["scope"]["id"]) for i in items)


def inherits(table, application, creator):
    require(roles_of(table, application) == roles_of(table, creator), "its roles are others")
    require(roles_of(table, application), "it has none")


def rows_of_builtins(name, kind):
    return [
        check("the built-in application %s can be found" % name, find_builtin, kind),
        refused("%s cannot be deleted" % name, "DELETE E/applications/{builtin}", None,
                refusal("CONSTRAINT_VIOLATION")),
        rule("%s has no secret" % name, "GET E/applications/{builtin}/secret", status=404, reply=NOT_FOUND),
        rule("%s can be disabled" % name, "PUT E/applications/{builtin}",
             {"name": name, "enabled": False, "type": kind, "protocol": "OPENID_CONNECT"}, 200,
             {"enabled": False, "type": kind, "name": name}),
        refused("%s cannot be created" % name, "POST E/applications",
                dict(SERVICE, type=kind, name="Mine " + name), refusal("INVALID_VALUE", "type")),
    ]


def find_builtin(table, kind):
    items = table.get("E/applications")["_embedded"]["applications"]
    table.names["builtin"] = next(i["id"] for i in items if i["type"] == kind)


def redirect_rows():
    wildcard = "Wildcards are not allowed in redirect URIs."
    good = [("https", "https://app.example.com/cb?x=1"), ("http on loopback", "http://127.0.0.1:3000/cb"),
            ("of a scheme of its own", "com.example.app://cb"), ("of a scheme without slashes", "com.example.app:/cb")]
    bad = [("relative", "/cb", None), ("without a scheme", "app.example.com/cb", None),
           ("with a fragment", "https://a.example.com/#x", None), ("with a blank", "https://a.example.com/a b", None),
           ("of javascript", "javascript:alert(1)", None), ("of data in any letters", "Data:text/html,x", None),
           ("with a wildcard", "https://a.example.com/*", wildcard)]
    wild_bad = [("in the host", "https://*.example.com/cb"), ("twice", "https://a.example.com/*/*"),
                ("in the scheme", "http*://a.example.com/cb")]
    rows = [rule("a redirect URI may be %s" % what, "PUT E/applications/{app}", redirects("CustomResourceApp_1", uri),
                 200, {"redirectUris": [uri]}) for what, uri in good]
    for member in ("redirectUris", "postLogoutRedirectUris"):
        rows += [refused("a member of %s may not be %s" % (member, what), "PUT E/applications/{app}",
                         web("CustomResourceApp_1", **{member: [uri]}), refusal("INVALID_VALUE", member, text))
                 for what, uri, text in bad]
    rows.append(rule("a redirect URI may have a wildcard in its path where the application allows it",
                     "PUT E/applications/{app}",
                     redirects("CustomResourceApp_1", "https://a.example.com/*/cb", allowWildcardInRedirectUris=True),
                     200, {"redirectUris": ["https://a.example.com/*/cb"]}))
    rows += [refused("a redirect URI may not have a wildcard %s even where the application allows them" % what,
                     "PUT E/applications/{app}",
                     redirects("CustomResourceApp_1", uri, allowWildcardInRedirectUris=True),
                     refusal("INVALID_VALUE", "redirectUris")) for what, uri in wild_bad]
    return rows


TRUST = {"behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["http://localhost:3000", "https://*.example.com"]}


TABLES = {
    "application": [
        rule("an application has the shape of the seed workflow when created", "POST E/applications", SEED, 201,
             dict(SEED, id=UUID, environment={"id": "{E}"}, createdAt=TIME, updatedAt=TIME, secret=ABSENT), keep="app"),
        rule("an application links to its attributes, secret and grants", "GET E/applications/{app}",
             reply={"_links": dict(LINKS, environment={"href": "{BASE}/environments/{E}"}, roleAssignments=ABSENT)}),
        rule("an application has the defaults of the reference", "GET E/applications/{app}", reply=DEFAULTS),
        rule("an application's clientId is its id", "GET E/applications/{app}", reply={"clientId": "{app}"}),
        rule("an application maps sub to the user's id, as core mapping", "GET E/applications/{app}/attributes",
             reply={"_embedded": {"attributes": [{"name": "sub", "value": "${user.id}", "mappingType": "CORE",
                                                  "required": True, "application": {"id": "{app}"}}]}},
             keep={"sub": "_embedded.attributes.0.id"}),
        refused("the core mapping cannot be deleted", "DELETE E/applications/{app}/attributes/{sub}", None,
                refusal("CONSTRAINT_VIOLATION")),
        rule("the core mapping can lead elsewhere", "PUT E/applications/{app}/attributes/{sub}",
             {"name": "sub", "value": "${user.username}"}, 200, {"value": "${user.username}", "mappingType": "CORE"}),
        rule("another mapping is a custom one", "POST E/applications/{app}/attributes",
             {"name": "mail", "value": "${user.email}"}, 201,
             {"mappingType": "CUSTOM", "idToken": True, "userInfo": True}, keep="mail"),
        rule("another mapping can be deleted", "DELETE E/applications/{app}/attributes/{mail}", None, 204),
        rule("an unknown application is not found in its own words", "GET E/applications/{E}", status=404,
             reply={"code": "NOT_FOUND",
                    "message": "Unable to find Application with ID: '{E}' in Environment '{E}'"}),
        do("DELETE E/applications/{app}"),
        rule("a deleted application's mappings are gone", "GET E/applications/{app}/attributes", status=404),
    ],
    "application secret": [
        do("POST E/applications", SEED, "app"),
        rule("an application's secret has the shape of the seed workflow", "GET E/applications/{app}/secret",
             reply={"_links": {"self": {"href": "{BASE}/environments/{E}/applications/{app}/secret"},
                               "environment": {"href": "{BASE}/environments/{E}"},
                               "application": {"href": "{BASE}/environments/{E}/applications/{app}"}},
                    "environment": {"id": "{E}"}, "secret": SECRET, "previous": ABSENT}),
        check("a new secret ends the old one at once or when the request says", rotation),
        check("an old secret ends by itself at its time", short_overlap),
        *[refused("an old secret's end may not be %s" % what, "POST E/applications/{app}/secret",
                  {"previous": {"expiresAt": when}}, refusal("INVALID_VALUE", "previous.expiresAt"))
          for what, when in (("in the past", "2001-01-01T00:00:00Z"), ("a word", "soon"),
                             ("further than 30 days ahead", "2099-01-01T00:00:00Z"))],
        rule("nothing is changed by a refused rotation", "GET E/applications/{app}/secret", reply={"previous": ABSENT}),
        do("POST E/applications", web("Public", tokenEndpointAuthMethod="NONE"), "public"),
        rule("a public client shows no secret", "GET E/applications/{public}/secret", status=404, reply=NOT_FOUND),
        rule("a public client has no secret to rotate", "POST E/applications/{public}/secret", status=404,
             reply=NOT_FOUND),
        rule("a public client has no old secret to end", "DELETE E/applications/{public}/secret", status=404,
             reply=NOT_FOUND),
        rule("a public client does not link to a secret", "GET E/applications/{public}",
             reply={"_links": {"secret": ABSENT}}),
        rule("no list shows a secret", "GET E/applications",
             reply={"_embedded": {"applications": lacks({"secret": SECRET})}}),
    ],
    "application redirect URIs": [do("POST E/applications", SEED, "app"), *redirect_rows()],
    "application grant types": [
        refused("AUTHORIZATION_CODE needs the CODE response type", "POST E/applications",
                web("No code", responseTypes=[]), refusal("INVALID_VALUE", "responseTypes")),
        refused("AUTHORIZATION_CODE needs a redirect URI", "POST E/applications", redirects("No redirect"),
                refusal("REQUIRED_VALUE", "redirectUris")),
        refused("CLIENT_CREDENTIALS needs an application that authenticates", "POST E/applications",
                dict(SERVICE, tokenEndpointAuthMethod="NONE"), refusal("INVALID_VALUE", "tokenEndpointAuthMethod")),
        refused("IMPLICIT is not offered", "POST E/applications", web("Implicit", grantTypes=["IMPLICIT"]),
                refusal("INVALID_VALUE", "grantTypes[0]")),
        rule("a public client may have AUTHORIZATION_CODE and REFRESH_TOKEN", "POST E/applications",
             web("Public", tokenEndpointAuthMethod="NONE", grantTypes=["AUTHORIZATION_CODE", "REFRESH_TOKEN"]), 201),
        rule("a service needs neither response types nor redirect URIs", "POST E/applications", SERVICE, 201,
             {"redirectUris": ABSENT, "responseTypes": ABSENT}),
        rule("a native application's integrity detection is off", "POST E/applications",
             web("Native", type="NATIVE_APP", mobile={"bundleId": "com.example"}), 201,
             {"mobile": {"bundleId": "com.example", "integrityDetection": {"mode": "DISABLED"},
                         "passcodeRefreshDuration": {"duration": 30, "timeUnit": "SECONDS"}}}),
    ],
    "application cors": [
        rule("an application lists the origins that it trusts", "POST E/applications", web("Trusting", corsSettings=TRUST),
             201, {"corsSettings": TRUST}, keep="trusting"),
        refused("a text that is no origin is refused, with its place", "POST E/applications",
                web("Path", corsSettings=dict(TRUST, origins=["https://a.example.com", "https://a.example.com/"])),
                refusal("INVALID_VALUE", "corsSettings.origins[1]")),
        refused("null, which any sandboxed frame sends, is none", "PUT E/applications/{trusting}",
                web("Trusting", corsSettings=dict(TRUST, origins=["null"])),
                refusal("INVALID_VALUE", "corsSettings.origins[0]")),
        *[refused("who allows specific origins names %s" % what, "POST E/applications",
                  web("None", corsSettings=settings), refusal("REQUIRED_VALUE", "corsSettings.origins"))
          for what, settings in (("some", {"behavior": TRUST["behavior"]}), ("at least one", dict(TRUST, origins=[])))],
        refused("who allows none names none", "POST E/applications",
                web("All", corsSettings=dict(TRUST, behavior="ALLOW_NO_ORIGINS")),
                refusal("INVALID_VALUE", "corsSettings.origins")),
        rule("and may do so by an empty list", "PUT E/applications/{trusting}",
             web("Trusting", corsSettings={"behavior": "ALLOW_NO_ORIGINS", "origins": []}), 200,
             {"corsSettings": {"behavior": "ALLOW_NO_ORIGINS"}}),
        do("GET E/applications?filter=type eq \"PING_ONE_PORTAL\"", keep={"portal": "_embedded.applications.0.id"}),
        refused("a built-in application's origins are checked too", "PUT E/applications/{portal}",
                {"name": "PingOne Application Portal", "enabled": True, "type": "PING_ONE_PORTAL",
                 "protocol": "OPENID_CONNECT", "corsSettings": dict(TRUST, origins=["any"])},
                refusal("INVALID_VALUE", "corsSettings.origins[0]")),
    ],
    "application worker": [
        worker("creator", ("Client Application Developer", "ENVIRONMENT", "{E}"),
               ("Identity Data Read Only", "ENVIRONMENT", "{E}")),
        rule("a worker links to its roles", "POST E/applications", WORKER, 201,
             {"_links": {"roleAssignments": {"href": text_like(".*/roleAssignments")}}, "assignActorRoles": ABSENT},
             keep="heir", by="creator"),
        check("a worker inherits the roles of its creator", inherits, "heir", "creator"),
        rule("a worker made with assignActorRoles false has none", "POST E/applications",
             dict(WORKER, name="Bare", assignActorRoles=False), 201, {"assignActorRoles": ABSENT}, keep="bare",
             by="creator"),
        rule("and its list of roles is empty", "GET E/applications/{bare}/roleAssignments",
             reply={"_embedded": {"roleAssignments": []}, "count": 0}),
        rule("another kind of application inherits nothing", "POST E/applications", dict(SERVICE, name="Plain"), 201,
             keep="plain", by="creator"),
        rule("and has no role", "GET E/applications/{plain}/roleAssignments",
             reply={"_embedded": {"roleAssignments": []}}),
        rule("a worker cannot read its own secret", "GET E/applications/{creator}/secret", status=403,
             reply=FORBIDDEN, by="creator"),
        rule("a worker cannot rotate its own secret", "POST E/applications/{creator}/secret", status=403,
             reply=FORBIDDEN, by="creator"),
        rule("a worker can read the secret of one that has no more than it has", "GET E/applications/{heir}/secret",
             reply={"secret": SECRET}, by="creator"),
        worker("strong", ("Environment Admin", "ENVIRONMENT", "{E}")),
        rule("a worker cannot read the secret of one that has more", "GET E/applications/{strong}/secret", status=403,
             reply=FORBIDDEN, by="creator"),
        rule("a worker cannot rotate the secret of one that has more", "POST E/applications/{strong}/secret",
             status=403, reply=FORBIDDEN, by="creator"),
    ],
    "application portal": rows_of_builtins("PingOne Application Portal", "PING_ONE_PORTAL"),
    "application my account": rows_of_builtins("PingOne Self-Service - MyAccount", "PING_ONE_SELF_SERVICE"),
    "application grants": [
        do("POST E/applications", SEED, "app"),
        do("POST E/resources", {"name": "One"}, "one"),
        do("POST E/resources/{one}/scopes", {"name": "one:read"}, "read"),
        do("POST E/resources/{one}/scopes", {"name": "one:write"}, "write"),
        do("POST E/resources", {"name": "Two"}, "two"),
        do("POST E/resources/{two}/scopes", {"name": "two:read"}, "other"),
        rule("a grant has the shape of the seed workflow", "POST E/applications/{app}/grants",
             {"resource": {"id": "{one}"}, "scopes": [{"id": "{read}"}]}, 201,
             {"_links": {"application": {"href": "{BASE}/environments/{E}/applications/{app}"},
                         "resource": {"href": "{BASE}/environments/{E}/resources/{one}"},
                         "environment": {"href": "{BASE}/environments/{E}"}}, "application": {"id": "{app}"},
              "resource": {"id": "{one}"}, "scopes": [{"id": "{read}"}], "createdAt": TIME}, keep="grant"),
        refused("a resource is granted to an application once", "POST E/applications/{app}/grants",
                {"resource": {"id": "{one}"}, "scopes": [{"id": "{write}"}]},
                refusal("UNIQUENESS_VIOLATION", "resource.id")),
        refused("a scope of another resource cannot be granted", "POST E/applications/{app}/grants",
                {"resource": {"id": "{two}"}, "scopes": [{"id": "{read}"}]}, refusal("INVALID_VALUE", "scopes.id")),
        refused("nor by a replacement", "PUT E/applications/{app}/grants/{grant}",
                {"resource": {"id": "{one}"}, "scopes": [{"id": "{read}"}, {"id": "{other}"}]},
                refusal("INVALID_VALUE", "scopes.id")),
        rule("a grant's scopes can be replaced", "PUT E/applications/{app}/grants/{grant}",
             {"resource": {"id": "{one}"}, "scopes": [{"id": "{write}"}]}, 200, {"scopes": [{"id": "{write}"}]}),
        do("DELETE E/applications/{app}"),
        rule("an application's grants go with it, and the scope can then be deleted",
             "DELETE E/resources/{one}/scopes/{write}", None, 204),
    ],
}
