# SPDX-License-Identifier: Apache-2.0
"""The organization and its licences (reference: how clients reach the server)."""
from suite import ABSENT, FORBIDDEN, NUMBER, TEXT, TIME, UUID, check as check_reply, require
from table import check, do, rule

ORGANIZATION = {"_links": {"self": {"href": "{BASE}/organizations/{ORGANIZATION}"}}, "id": "{ORGANIZATION}",
                "name": TEXT, "type": "INTERNAL", "billingConnections": [{"id": UUID}], "createdAt": TIME,
                "updatedAt": TIME, "environment": ABSENT}
LICENSE = {"id": UUID, "status": "ACTIVE", "beginsAt": TIME, "expiresAt": TIME, "terminatesAt": ABSENT,
           "organization": {"id": "{ORGANIZATION}"},
           "advancedServices": {"pingId": {"included": True, "type": "FULL"}}}


def features(table):
    """Every boolean is true but the one that the reference names."""
    found = []

    def walk(at, value):
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(at + "." + name, inner)
        elif value is False:
            found.append(at)

    walk("", table.get("/organizations/{ORGANIZATION}/licenses/{LICENSE}"))
    require(found == [".verify.allowManualIdInspection"], "these are false: %s" % found)


def licenses(table, text, n):
    reply = table.get("/organizations/{ORGANIZATION}/licenses?filter=" + text)
    require(len(reply["_embedded"]["licenses"]) == n, "it finds %d" % len(reply["_embedded"]["licenses"]))


def environments_count(table):
    """It rises with a new environment and falls when that is deleted."""
    def count():
        return table.get("/organizations/{ORGANIZATION}/licenses/{LICENSE}")["assignedEnvironmentsCount"]

    before = count()
    made = table.client.environment("Counted")
    require(count() == before + 1, "it did not rise")
    check_reply(table.client.send("DELETE", "/environments/" + made), 204)
    require(count() == before, "it did not fall")


TABLES = {
    "organization": [
        rule("there is one organization, with one billing connection", "GET /organizations",
             reply={"_embedded": {"organizations": [ORGANIZATION]}, "count": 1, "size": 1}),
        rule("the organization can be read by its id", "GET /organizations/{ORGANIZATION}", reply=ORGANIZATION),
        rule("an unknown organization is refused as one without access",
             "GET /organizations/01020304-0506-4708-890a-0b0c0d0e0f10", status=403,
             reply={"code": "ACCESS_FAILED", "message": FORBIDDEN["message"]}),
        rule("licences of an unknown organization are refused as those without access",
             "GET /organizations/01020304-0506-4708-890a-0b0c0d0e0f10/licenses", status=403,
             reply={"code": "ACCESS_FAILED"}),
        rule("the organization can be found by the start of its name",
             "GET /organizations?filter=name sw \"La\"", reply={"size": 1}),
    ],
    "license": [
        rule("there are two active licences, INTERNAL and ADMIN", "GET /organizations/{ORGANIZATION}/licenses",
             reply={"_embedded": {"licenses": [dict(LICENSE, name="INTERNAL", package="INTERNAL"),
                                               dict(LICENSE, name="ADMIN", package="ADMIN")]}}),
        rule("a licence can be read by its id", "GET /organizations/{ORGANIZATION}/licenses/{LICENSE}",
             reply=dict(LICENSE, id="{LICENSE}", environments={"max": NUMBER}, assignedEnvironmentsCount=NUMBER)),
        check("a licence has every feature but the inspection of identities by hand", features),
        check("clients find active licences begun before now", licenses,
              '(status eq "active") and (beginsAt lt "2199-01-01T00:00:00Z")', 2),
        check("clients find no licence that begins later", licenses,
              '(status eq "active") and (beginsAt lt "2001-01-01T00:00:00Z")', 0),
        check("clients find no licence that has expired", licenses, 'status eq "EXPIRED"', 0),
        check("assignedEnvironmentsCount follows the environments", environments_count),
        rule("a licence's name can be read by itself", "GET /organizations/{ORGANIZATION}/licenses/{LICENSE}/name",
             reply={"name": "INTERNAL"}),
        rule("a licence can be renamed", "PUT /organizations/{ORGANIZATION}/licenses/{LICENSE}/name",
             {"name": "Ours"}, 200, {"name": "Ours"}),
        rule("a licence's new name is shown", "GET /organizations/{ORGANIZATION}/licenses/{LICENSE}",
             reply={"name": "Ours", "package": "INTERNAL"}),
        do("PUT /organizations/{ORGANIZATION}/licenses/{LICENSE}/name", {"name": "INTERNAL"}),
    ],
}
