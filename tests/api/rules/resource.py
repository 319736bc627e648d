# SPDX-License-Identifier: Apache-2.0
"""Resources, scopes and claims (reference: seed steps 3 to 5, default objects, scopes)."""
from harness.latchkey import FORM, basic
from suite import ABSENT, NOT_FOUND, TIME, UUID, check as check_reply, refusal, require, text_like
from table import check, do, refused, rule

SEED = {"name": "CustomResource_1", "description": "A resource", "audience": "https://api.custom-resource-1.com",
        "accessTokenValiditySeconds": 7200}
HERE = "{BASE}/environments/{E}/resources/{resource}"


def introspects(table, secret):
    reply = table.client.server.call("POST", "/%s/as/introspect" % table.names["E"], {"token": "x"}, FORM,
                                     basic(table.names["resource"], secret))
    return reply.status == 200


def rotates(table):
    """The old secret may go on for the time that the request gives it."""
    path = "E/resources/{resource}/secret"
    first = table.get(path)["secret"]
    require(introspects(table, first), "the first secret is refused")
    second = check_reply(table.send("POST " + path), 200).json["secret"]
    require(introspects(table, second) and not introspects(table, first), "not the new one alone counts")
    reply = check_reply(table.send("POST " + path, {"previous": {"expiresAt": table.later(600)}}), 200)
    third = reply.json["secret"]
    require(introspects(table, second) and introspects(table, third), "one of the two is refused")
    check_reply(table.send("DELETE " + path), 204)
    require(introspects(table, third) and not introspects(table, second), "the old one counts after its end")


def find(kind):
    def run(table):
        items = table.get("E/resources")["_embedded"]["resources"]
        table.names["builtin"] = next(i["id"] for i in items if i["type"] == kind)

    return run


def rows_of_builtins(name, kind):
    return [
        check("the resource %s can be found" % name, find(kind)),
        refused("the resource %s cannot be deleted" % name, "DELETE E/resources/{builtin}", None,
                refusal("CONSTRAINT_VIOLATION")),
        refused("the resource %s cannot be renamed" % name, "PUT E/resources/{builtin}", {"name": "mine"},
                refusal("CONSTRAINT_VIOLATION", "name")),
        rule("the resource %s can be described anew" % name, "PUT E/resources/{builtin}",
             {"name": name, "description": "Ours"}, 200, {"description": "Ours", "type": kind}),
        rule("the resource %s has no secret" % name, "GET E/resources/{builtin}/secret", status=404, reply=NOT_FOUND),
        rule("the resource %s has no secret to rotate" % name, "POST E/resources/{builtin}/secret", status=404,
             reply=NOT_FOUND),
    ]


TABLES = {
    "resource": [
        rule("a resource has the shape of the seed workflow when created", "POST E/resources", SEED, 201,
             dict(SEED, id=UUID, type="CUSTOM", environment={"id": "{E}"}, introspectEndpointAuthMethod=
                  "CLIENT_SECRET_BASIC", createdAt=TIME, updatedAt=TIME, secret=ABSENT), keep="resource"),
        rule("a resource links to its attributes, scopes and secret", "GET E/resources/{resource}",
             reply={"_links": {"self": {"href": HERE}, "environment": {"href": "{BASE}/environments/{E}"},
                               "attributes": {"href": HERE + "/attributes"}, "scopes": {"href": HERE + "/scopes"},
                               "secret": {"href": HERE + "/secret"}}}),
        rule("a resource has sub as core claim", "GET E/resources/{resource}/attributes",
             reply={"_embedded": {"attributes": [{"name": "sub", "value": "${user.id}", "type": "CORE",
                                                  "resource": {"id": "{resource}"}}]}},
             keep={"sub": "_embedded.attributes.0.id"}),
        refused("the core claim cannot be deleted", "DELETE E/resources/{resource}/attributes/{sub}", None,
                refusal("CONSTRAINT_VIOLATION")),
        rule("another claim is a custom one", "POST E/resources/{resource}/attributes",
             {"name": "department", "value": "${user.title}"}, 201, {"type": "CUSTOM"}),
        rule("a scope has the shape of the seed workflow when created", "POST E/resources/{resource}/scopes",
             {"name": "custom_resource_scope_1", "description": "A scope"}, 201,
             {"_links": {"resource": {"href": HERE}, "environment": {"href": "{BASE}/environments/{E}"}},
              "id": UUID, "environment": {"id": "{E}"}, "name": "custom_resource_scope_1", "description": "A scope",
              "resource": {"id": "{resource}"}, "createdAt": TIME, "updatedAt": TIME}, keep="scope"),
        rule("a resource without an audience has its name as audience", "POST E/resources", {"name": "Named"}, 201,
             {"audience": "Named", "accessTokenValiditySeconds": 3600}, keep="named"),
        refused("an audience that is another's name is taken", "POST E/resources",
                {"name": "Other", "audience": "Named"}, refusal("UNIQUENESS_VIOLATION", "audience")),
        rule("a resource's secret has the shape of an application's", "GET E/resources/{resource}/secret",
             reply={"_links": {"self": {"href": HERE + "/secret"}, "resource": {"href": HERE}},
                    "environment": {"id": "{E}"}, "secret": text_like("[A-Za-z0-9~._-]{40,128}"),
                    "previous": ABSENT}),
        check("a resource's secret is rotated as an application's is", rotates),
        do("DELETE E/resources/{resource}"),
        rule("a deleted resource's scopes are gone", "GET E/resources/{resource}/scopes/{scope}", status=404),
    ],
    "resource openid": rows_of_builtins("openid", "OPENID_CONNECT"),
    "resource PingOne API": rows_of_builtins("PingOne API", "PINGONE_API") + [
        rule("a scope of the API may restrict p1:read:user", "POST E/resources/{builtin}/scopes",
             {"name": "p1:read:user:mail", "schemaAttributes": ["email"]}, 201, {"schemaAttributes": ["email"]}),
        rule("a scope of the API may restrict p1:update:user", "POST E/resources/{builtin}/scopes",
             {"name": "p1:update:user:mail", "schemaAttributes": ["email"]}, 201),
        *[refused("a scope of the API may not be called %s" % name, "POST E/resources/{builtin}/scopes",
                  {"name": name}, refusal("INVALID_VALUE", "name"))
          for name in ("mine", "p1:delete:user:mail", "p1:read:userx", "P1:read:user:mail")],
    ],
}
