# SPDX-License-Identifier: Apache-2.0
"""Keys and their certificates (reference: default objects, keys)."""
import datetime

from suite import ABSENT, NUMBER, TIME, UUID, refusal, require
from table import check, do, refused, rule

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
}
