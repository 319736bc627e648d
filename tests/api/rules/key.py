# SPDX-License-Identifier: Apache-2.0
"""Keys and their certificates (reference: default objects, keys)."""
import datetime

from suite import ABSENT, FORBIDDEN, NUMBER, TIME, UUID, refusal, require
from suite import check as check_reply
from table import check, do, refused, rule
from rules.custom_role import role

SUBJECT = "CN=Signing, OU=Unit, O=Example Org, L=Vienna, ST=Vienna, C=AT"


def key(algorithm, length, signature, **members):
    return dict({"name": "%s %d" % (algorithm, length), "algorithm": algorithm, "keyLength": length,
                 "signatureAlgorithm": signature, "subjectDN": SUBJECT, "usageType": "SIGNING", "validityPeriod": 365},
                **members)


def days(table, name, wanted):
    """expiresAt is so many days after startsAt, and that is now."""
    made = table.get("E/keys/{%s}" % name)
    starts, ends = (datetime.datetime.fromisoformat(made[n].replace("Z", "+00:00")) for n in ("startsAt", "expiresAt"))
    require(ends - starts == datetime.timedelta(days=wanted), "it is valid from %s to %s" % (starts, ends))
    age = datetime.datetime.now(datetime.timezone.utc) - starts
    require(abs(age.total_seconds()) < 120, "it does not start now")


def native(name, **members):
    """An application that takes a key."""
    return dict({"name": name, "enabled": True, "type": "NATIVE_APP", "protocol": "OPENID_CONNECT",
                 "grantTypes": ["CLIENT_CREDENTIALS"], "kerberos": {"key": {"id": "{key}"}}}, **members)


def users(*names):
    return {"_links": {"self": {"href": "{BASE}/environments/{E}/keys/{key}/applications"}},
            "_embedded": {"applications": [{"name": n, "id": "{%s}" % n, "kerberos": {"key": {"id": "{key}"}}}
                                           for n in names]}, "count": len(names), "size": len(names)}


def reader_sees(table, everywhere, on_first):
    """A worker with one custom role over the environment and perhaps one over the application First."""
    given = [(table.names[everywhere], "ENVIRONMENT", table.names["E"])]
    if on_first:
        given.append((table.names[on_first], "APPLICATION", table.names["First"]))
    token = table.client.worker(table.names["E"], given, "Reader of %d" % len(given))[2]
    path = table.fill("/environments/{E}/keys/{key}/applications")
    reply = table.client.send("GET", path, token=token)
    if on_first:
        check_reply(reply, 200, table.fill(users("First")))
    else:
        check_reply(reply, 403, FORBIDDEN)
        check_reply(table.client.send("GET", path[:-len("/applications")], token=token), 200)


def defaults_are(table, *names):
    found = {k["id"] for k in table.get("E/keys")["_embedded"]["keys"] if k["default"]}
    require(found == {table.names[n] for n in names}, "the defaults are %s" % found)


IN_USE = "The Key must not be in use by an application."
ISSUANCE = key("EC", 256, "SHA256withECDSA", usageType="ISSUANCE")
GOOD = [("RSA", 2048, "SHA256withRSA"), ("RSA", 3072, "SHA384withRSA"), ("RSA", 4096, "SHA512withRSA"),
        ("EC", 256, "SHA256withECDSA"), ("EC", 384, "SHA384withECDSA"), ("EC", 521, "SHA512withECDSA"),
        ("RSA", 2048, "SHA512withRSA"), ("EC", 384, "SHA256withECDSA")]

TABLES = {
    "key": [
        *[rule("a key of %s %d with %s is made" % k, "POST E/keys", key(*k), 201,
               dict(key(*k), id=UUID, default=False, status="VALID", issuerDN=SUBJECT, startsAt=TIME, expiresAt=TIME,
                    serialNumber=NUMBER, environment={"id": "{E}"}, secret=ABSENT, key=ABSENT),
               keep="%s%d" % k[:2]) for k in GOOD],
        check("a key's certificate is valid for the days asked for", days, "RSA2048", 365),
        rule("a certificate that ends soon is EXPIRING", "POST E/keys",
             key("EC", 256, "SHA256withECDSA", validityPeriod=30), 201, {"status": "EXPIRING"}),
        rule("a certificate that ends later is VALID", "POST E/keys",
             key("EC", 256, "SHA256withECDSA", validityPeriod=31), 201, {"status": "VALID"}),
        rule("a serial number may be chosen", "POST E/keys",
             key("EC", 256, "SHA256withECDSA", serialNumber=12345), 201, {"serialNumber": 12345}),
        refused("an EC key cannot sign with RSA", "POST E/keys", key("EC", 256, "SHA256withRSA"),
                refusal("INVALID_VALUE", "signatureAlgorithm")),
        refused("an RSA key cannot sign with ECDSA", "POST E/keys", key("RSA", 2048, "SHA256withECDSA"),
                refusal("INVALID_VALUE", "signatureAlgorithm")),
        refused("an RSA key cannot have 256 bits", "POST E/keys", key("RSA", 256, "SHA256withRSA"),
                refusal("INVALID_VALUE", "keyLength")),
        refused("an EC key cannot have 2048 bits", "POST E/keys", key("EC", 2048, "SHA256withECDSA"),
                refusal("INVALID_VALUE", "keyLength")),
        *[refused("a subject of %s is refused" % what, "POST E/keys",
                  key("EC", 256, "SHA256withECDSA", subjectDN=dn), refusal("INVALID_VALUE", "subjectDN"))
          for what, dn in (("no names", "Signing"), ("an unknown name", "XX=Signing"), ("a country of three letters",
                                                                                     "CN=a, C=AUT"))],
        rule("a key can be renamed and used for something else", "PUT E/keys/{EC256}",
             key("EC", 256, "SHA256withECDSA", name="Renamed", usageType="ENCRYPTION"), 200,
             {"name": "Renamed", "usageType": "ENCRYPTION", "subjectDN": SUBJECT}),
        rule("a key's replacement need not say again what cannot change", "PUT E/keys/{EC256}",
             {"default": False, "usageType": "SIGNING"}, 200,
             {"name": "Renamed", "usageType": "SIGNING", "algorithm": "EC", "keyLength": 256, "validityPeriod": 365,
              "signatureAlgorithm": "SHA256withECDSA", "subjectDN": SUBJECT}),
        refused("a key's replacement must say what it is for", "PUT E/keys/{EC256}", {"default": False},
                refusal("REQUIRED_VALUE", "usageType")),
        rule("an unknown key is not found in its own words", "GET E/keys/{E}", status=404,
             reply={"code": "NOT_FOUND", "message": "Key not found for id: {E} and environmentId: {E}"}),
        do("DELETE E/keys/{RSA2048}"),
    ],
    "key applications": [
        do("POST E/keys", ISSUANCE, "key"),
        do("POST E/keys", dict(ISSUANCE, usageType="SIGNING"), "signing"),
        rule("a key that nobody uses has no applications", "GET E/keys/{key}/applications", reply=users()),
        rule("a native application takes a key that issues", "POST E/applications", native("First"), 201,
             {"kerberos": {"key": {"id": "{key}"}}}, keep="First"),
        do("POST E/applications", native("Second"), "Second"),
        refused("an application that is not native takes none", "POST E/applications", native("None", type="WEB_APP"),
                refusal("INVALID_VALUE", "kerberos")),
        refused("nor one a key that does not issue", "POST E/applications",
                native("None", kerberos={"key": {"id": "{signing}"}}), refusal("INVALID_VALUE", "kerberos.key.id")),
        rule("a key lists the applications that use it, whole", "GET E/keys/{key}/applications",
             reply=users("First", "Second")),
        rule("and no other key does", "GET E/keys/{signing}/applications", reply={"count": 0, "size": 0}),
        refused("a key in use cannot be deleted", "DELETE E/keys/{key}", None,
                refusal("CONSTRAINT_VIOLATION", message=IN_USE)),
        refused("nor be given another usage", "PUT E/keys/{key}", {"default": False, "usageType": "SIGNING"},
                refusal("CONSTRAINT_VIOLATION", "usageType", IN_USE)),
        rule("while its name may change", "PUT E/keys/{key}", {"default": False, "usageType": "ISSUANCE", "name": "New"},
             200, {"name": "New"}),
        do("POST E/roles", role("Keys", "certmgt:read:key"), "keys"),
        do("POST E/roles", role("One", "applications:read:application", applicableTo=["APPLICATION"]), "one"),
        check("who may read keys alone learns nothing of applications", reader_sees, "keys", None),
        check("and who may read one application sees that one", reader_sees, "keys", "one"),
        do("PUT E/applications/{Second}", native("Second", kerberos=None)),
        rule("an application that takes the key no more is listed no more", "GET E/keys/{key}/applications",
             reply=users("First")),
        do("DELETE E/applications/{First}"),
        do("DELETE E/keys/{key}"),
        rule("a key that is none has no applications", "GET E/keys/{key}/applications", status=404),
    ],
    "key default": [
        *[do("POST E/keys", key("EC", 256, "SHA256withECDSA", name=name, usageType=usage, default=default), name)
          for name, usage, default in (("first", "SIGNING", True), ("other", "ENCRYPTION", True),
                                       ("second", "SIGNING", False))],
        check("each usage has a default key of its own", defaults_are, "first", "other"),
        rule("another key is made the default", "PUT E/keys/{second}", {"default": True, "usageType": "SIGNING"}, 200,
             {"default": True}),
        check("and takes the mark from the one of its usage", defaults_are, "second", "other"),
        do("POST E/keys", key("EC", 256, "SHA256withECDSA", usageType="SIGNING", default=True), "third"),
        check("a key may be made the default at its creation", defaults_are, "third", "other"),
        rule("a default key keeps the mark when it is replaced", "PUT E/keys/{third}",
             {"default": True, "usageType": "SIGNING", "name": "Third"}, 200, {"default": True, "name": "Third"}),
        rule("the mark goes along to another usage", "PUT E/keys/{third}", {"default": True, "usageType": "ENCRYPTION"},
             200, {"default": True}),
        check("and is taken from the one of that", defaults_are, "third"),
        rule("the mark may be dropped", "PUT E/keys/{third}", {"default": False, "usageType": "ENCRYPTION"}, 200,
             {"default": False}),
        do("PUT E/keys/{first}", {"default": True, "usageType": "SIGNING"}),
        rule("a default key may be deleted", "DELETE E/keys/{first}", None, 204),
        *[do("POST E/keys", key("EC", 256, "SHA256withECDSA", default=n == 100)) for n in range(101)],
        do("POST E/keys", key("EC", 256, "SHA256withECDSA", default=True), "last"),
        check("however many keys there are, one of a usage is the default", defaults_are, "last"),
    ],
}
