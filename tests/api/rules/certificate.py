# SPDX-License-Identifier: Apache-2.0
"""Keys that are brought along, requests to an authority and its answers, certificates as files (reference: keys).

The other side is the openssl command.
"""
import os
import subprocess
import tempfile

from suite import ABSENT, MALFORMED, UUID, check as check_reply, refusal, require
from table import check, do
from rules.key import key

PASSWORD = "Sesame-0pen-Up"
SERIAL = 0x1234567890ABCDEF1234567890ABCDEF  # 128 bits, as public authorities have
BOUNDARY = "----boundary0123456789"
FORM = "multipart/form-data; boundary=" + BOUNDARY
SUBJECT = "CN=Brought, OU=Unit, O=Example\\, Org, C=AT"
CA_CONFIG = """[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
"""


class Folder:
    """Files of one case, and the openssl command among them."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name

    def run(self, *arguments, data=None):
        done = subprocess.run(["openssl", *arguments], cwd=self.path, input=data, capture_output=True)
        require(done.returncode == 0, "openssl %s: %s" % (arguments[0], done.stderr.decode()))
        return done.stdout

    def write(self, name, data):
        with open(os.path.join(self.path, name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as f:
            return f.read()


def form(**fields):
    """A body of multipart/form-data; octets are a file."""
    parts = []
    for name, value in fields.items():
        file = isinstance(value, bytes)
        parts.append(b"--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n%s\r\n" % (
            BOUNDARY.encode(), name.encode(),
            b"; filename=\"a file.p12\"\r\nContent-Type: application/octet-stream" if file else b"",
            value if file else value.encode()))
    return b"".join(parts) + b"--" + BOUNDARY.encode() + b"--\r\n"


def upload(table, request, **fields):
    return table.send(request, form(**fields), media=FORM)


# Requests to an authority.

def make(table, algorithm, length, signature):
    return check_reply(table.send("POST E/keys", key(algorithm, length, signature)), 201).json


def request_of(table, identifier, accept):
    reply = table.get_reply("E/keys/%s/csr" % identifier, headers={"Accept": accept} if accept else {})
    check_reply(reply, 200)
    return reply


def request_is_good(table, algorithm, length, signature, digest):
    folder = Folder()
    made = make(table, algorithm, length, signature)
    reply = request_of(table, made["id"], "application/x-pem-file")
    require(reply.header("Content-Type") == "application/x-pem-file", "it has another type")
    folder.run("req", "-verify", "-noout", data=reply.data)
    text = folder.run("req", "-noout", "-text", "-nameopt", "RFC2253", data=reply.data).decode()
    require("Subject: C=AT,ST=Vienna,L=Vienna,O=Example Org,OU=Unit,CN=Signing" in text, "the subject is another")
    require("Signature Algorithm: " + digest in text, "the signature is another")
    own = folder.run("x509", "-noout", "-pubkey", data=certificate(table, made["id"]))
    require(folder.run("req", "-noout", "-pubkey", data=reply.data) == own, "it is for another key")


def request_in_der(table):
    folder = Folder()
    made = make(table, "EC", 256, "SHA256withECDSA")
    reply = request_of(table, made["id"], "application/pkcs10")
    require(reply.header("Content-Type") == "application/pkcs10", "it has another type")
    folder.run("req", "-inform", "DER", "-verify", "-noout", data=reply.data)


def request_by_default(table):
    made = make(table, "EC", 256, "SHA256withECDSA")
    for accept in (None, "*/*", "text/plain"):
        require(request_of(table, made["id"], accept).text.startswith("-----BEGIN CERTIFICATE REQUEST-----"), "no PEM")


# An authority of our own.

def authority(folder):
    folder.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
               "-out", "ca.pem", "-days", "30", "-subj", "/CN=An Authority/O=Example")
    folder.write("ca.cnf", CA_CONFIG)
    folder.write("index.txt", "")
    folder.write("serial", "01")


def answered(table, *arguments, algorithm=("EC", 256, "SHA256withECDSA")):
    """A key, and the folder with the certificate that the authority made for it: own.pem."""
    folder = Folder()
    authority(folder)
    made = make(table, *algorithm)
    folder.write("own.csr", request_of(table, made["id"], None).data)
    if arguments:
        folder.run("ca", "-batch", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-in", "own.csr",
                   "-out", "own.pem", "-notext", *arguments)
    else:
        folder.run("x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "own.pem",
                   "-set_serial", str(SERIAL), "-days", "20")
    return made, folder


def certificate(table, identifier, accept="application/x-x509-ca-cert"):
    reply = table.get_reply("E/keys/%s" % identifier, headers={"Accept": accept})
    check_reply(reply, 200)
    require(reply.header("Content-Type") == accept, "it has another type")
    require("PRIVATE" not in reply.text, "a private key is shown")
    return reply.data


def response_is_taken(table, method):
    made, folder = answered(table)
    reply = upload(table, "%s E/keys/%s/csr" % (method, made["id"]), file=folder.read("own.pem"))
    check_reply(reply, 200, {"id": made["id"], "name": made["name"], "serialNumber": SERIAL, "status": "EXPIRING",
                             "issuerDN": "CN=An Authority, O=Example", "subjectDN": made["subjectDN"],
                             "validityPeriod": 20, "key": ABSENT, "certificate": ABSENT})
    require(certificate(table, made["id"]) == folder.read("own.pem"), "it shows another certificate")


def response_stays_exact(table):
    made, folder = answered(table)
    path = "E/keys/%s" % made["id"]
    check_reply(upload(table, "PUT %s/csr" % path, file=folder.read("own.pem")), 200)
    check_reply(table.send("PUT " + path, {"usageType": "SSL/TLS", "default": False}), 200, {"serialNumber": SERIAL})
    require(table.get(path)["serialNumber"] == SERIAL, "the serial number was rounded")


def default_stays_exact(table):
    made, folder = answered(table)
    path = "E/keys/%s" % made["id"]
    check_reply(upload(table, "PUT %s/csr" % path, file=folder.read("own.pem")), 200)
    check_reply(table.send("PUT " + path, {"usageType": "SIGNING", "default": True}), 200)
    check_reply(table.send("POST E/keys", key("EC", 256, "SHA256withECDSA", default=True)), 201)
    kept = table.get(path)
    require(kept["default"] is False and kept["serialNumber"] == SERIAL, "it is %s" % kept)


def expired_is_not_updated(table):
    made, folder = answered(table, "-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
    path = "E/keys/%s" % made["id"]
    check_reply(upload(table, "PUT %s/csr" % path, file=folder.read("own.pem")), 200, {"status": "EXPIRED"})
    for default in (True, False):
        check_reply(table.send("PUT " + path, {"usageType": "SIGNING", "default": default}), 400,
                    refusal("CONSTRAINT_VIOLATION"))
    check_reply(table.send("DELETE " + path), 204)


def response_in_form(table, name):
    made, folder = answered(table)
    folder.run("x509", "-in", "own.pem", "-outform", "DER", "-out", "own.der")
    for form_of in ("PEM", "DER"):
        folder.run("crl2pkcs7", "-nocrl", "-certfile", "ca.pem", "-certfile", "own.pem", "-outform", form_of, "-out",
                   "pkcs7." + form_of.lower())
    folder.write("chain.pem", folder.read("ca.pem") + folder.read("own.pem"))
    check_reply(upload(table, "PUT E/keys/%s/csr" % made["id"], file=folder.read(name)), 200, {"serialNumber": SERIAL})
    require(certificate(table, made["id"]) == folder.read("own.pem"), "it shows another certificate")
    collected = certificate(table, made["id"], "application/x-pkcs7-certificates")
    shown = folder.run("pkcs7", "-inform", "DER", "-print_certs", data=collected).decode()
    require(shown.count("BEGIN CERTIFICATE") == (1 if name == "own.der" else 2), "the chain is another: " + shown)


def response_of_another(table):
    made, folder = answered(table)
    other = make(table, "EC", 256, "SHA256withECDSA")
    for file in (folder.read("own.pem"), folder.read("ca.pem")):
        check_reply(upload(table, "PUT E/keys/%s/csr" % other["id"], file=file), 400, refusal("INVALID_VALUE", "file"))
    require(table.get("E/keys/%s" % other["id"])["issuerDN"] == other["issuerDN"], "it was taken")


def response_is_none(table):
    made, folder = answered(table)
    own = folder.read("own.pem")
    for file in (b"x", b"\x30\x03\x02\x01\x01", own[:-60], own + own * 10, request_of(table, made["id"], None).data):
        check_reply(upload(table, "PUT E/keys/%s/csr" % made["id"], file=file), 400, refusal("INVALID_VALUE", "file"))


def status_of(table, wanted, *arguments):
    made, folder = answered(table, *arguments)
    check_reply(upload(table, "PUT E/keys/%s/csr" % made["id"], file=folder.read("own.pem")), 200, {"status": wanted})


def form_faults(table, request):
    check_reply(upload(table, request, usageType="SIGNING"), 400, refusal("REQUIRED_VALUE", "file"))
    check_reply(upload(table, request, usageType="SIGNING", file=b""), 400, refusal("REQUIRED_VALUE", "file"))
    for body in (b"", b"file", form(file=b"x")[:-4], form(file=b"x") + form(file=b"x")):
        check_reply(table.send(request, body, media=FORM), 400, MALFORMED)
    check_reply(table.send(request, form(file=b"x"), media="multipart/form-data"), 400, MALFORMED)


# Keys that are brought along.

def brought(folder, *kind, options=(), password=PASSWORD, name=None):
    """A PKCS #12 file with a key of this kind, and its certificate in own.pem."""
    folder.run("req", "-x509", *kind, "-nodes", "-keyout", "own.key", "-out", "own.pem", "-days", "4000", "-sha384",
               "-subj", "/CN=Brought/OU=Unit/O=Example, Org/C=AT", "-set_serial", str(SERIAL))
    folder.run("pkcs12", "-export", "-in", "own.pem", "-inkey", "own.key", "-out", "own.p12", "-passout",
               "pass:" + password, *options, *(["-name", name] if name else []))
    return folder.read("own.p12")


RSA, EC = ("-newkey", "rsa:2048"), ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")
PLAIN = ("-keypbe", "NONE", "-certpbe", "NONE", "-nomac")


def import_is_whole(table, kind, members):
    folder = Folder()
    table.client.keep_secret(PASSWORD)
    file = brought(folder, *kind)
    reply = upload(table, "POST E/keys", file=file, usageType="ENCRYPTION", password=PASSWORD)
    check_reply(reply, 201, dict(members, id=UUID, name="Brought", usageType="ENCRYPTION", subjectDN=SUBJECT,
                                 issuerDN=SUBJECT, serialNumber=SERIAL, validityPeriod=4000, status="VALID",
                                 default=False, environment={"id": table.names["E"]}, password=ABSENT, key=ABSENT))
    identifier = reply.json["id"]
    require(reply.header("Location").endswith("/keys/" + identifier), "Location leads elsewhere")
    require(certificate(table, identifier) == folder.read("own.pem"), "it shows another certificate")
    own = folder.run("x509", "-noout", "-pubkey", "-in", "own.pem")
    request = request_of(table, identifier, None).data
    require(folder.run("req", "-verify", "-noout", "-pubkey", data=request) == own, "it is another key")


def import_opens(table, password, options):
    file = brought(Folder(), *EC, options=options, password=password)
    fields = {"password": password} if password else {}
    check_reply(upload(table, "POST E/keys", file=file, usageType="SIGNING", **fields), 201)


def import_is_named(table):
    file = brought(Folder(), *EC, name="Brought along")
    reply = upload(table, "POST E/keys", file=file, usageType="SIGNING", password=PASSWORD)
    check_reply(reply, 201, {"name": "Brought along"})


def import_with_chain(table):
    made, folder = answered(table)
    folder.run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "own.key",
               "-out", "own.csr", "-subj", "/CN=Chained")
    folder.run("x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "own.pem",
               "-set_serial", "7", "-days", "20")
    folder.run("pkcs12", "-export", "-in", "own.pem", "-inkey", "own.key", "-certfile", "ca.pem", "-out", "own.p12",
               "-passout", "pass:" + PASSWORD)
    reply = upload(table, "POST E/keys", file=folder.read("own.p12"), usageType="SSL/TLS", password=PASSWORD)
    check_reply(reply, 201, {"issuerDN": "CN=An Authority, O=Example", "subjectDN": "CN=Chained", "serialNumber": 7})
    collected = certificate(table, reply.json["id"], "application/x-pkcs7-certificates")
    shown = folder.run("pkcs7", "-inform", "DER", "-print_certs", data=collected).decode()
    require(shown.index("CN = Chained") < shown.index("subject=CN = An Authority"), "the chain is another: " + shown)


def import_refused(table, wanted, kind=EC, password=PASSWORD, usage="SIGNING", options=(), cut=None):
    file = brought(Folder(), *kind, options=options)
    fields = {n: v for n, v in (("usageType", usage), ("password", password)) if v is not None}
    reply = upload(table, "POST E/keys", file=file[:cut], **fields)
    check_reply(reply, 400, wanted)


def nothing_came(table, before):
    require(table.get("E/keys")["count"] == table.names[before], "a refused file left a key")


def count(table, name):
    table.names[name] = table.get("E/keys")["count"]


RSA_MEMBERS = {"algorithm": "RSA", "keyLength": 2048, "signatureAlgorithm": "SHA384withRSA"}
EC_MEMBERS = {"algorithm": "EC", "keyLength": 384, "signatureAlgorithm": "SHA384withECDSA"}
BAD_FILE, BAD_PASSWORD = refusal("INVALID_VALUE", "file"), refusal("INVALID_VALUE", "password")

TABLES = {
    "key request": [
        check("a request of an RSA key is for its subject and signed by it", request_is_good, "RSA", 2048,
              "SHA512withRSA", "sha512WithRSAEncryption"),
        check("a request of an EC key is for its subject and signed by it", request_is_good, "EC", 384,
              "SHA384withECDSA", "ecdsa-with-SHA384"),
        check("a request is DER when PKCS #10 is asked for", request_in_der),
        check("a request is PEM unless something else is asked for", request_by_default),
    ],
    "key response": [
        check("an authority's answer is taken by PUT", response_is_taken, "PUT"),
        check("an authority's answer is taken by POST", response_is_taken, "POST"),
        check("a long serial number stays exact when the key is replaced", response_stays_exact),
        *[check("an authority's answer may be %s" % what, response_in_form, name)
          for what, name in (("DER", "own.der"), ("a chain in any order", "chain.pem"), ("PKCS #7", "pkcs7.der"),
                             ("PKCS #7 as text", "pkcs7.pem"))],
        check("another key's certificate is refused", response_of_another),
        check("what is no certificate is refused", response_is_none),
        check("a certificate that begins later is NOT_YET_VALID", status_of, "NOT_YET_VALID", "-startdate",
              "20900101000000Z", "-enddate", "20910101000000Z"),
        check("a certificate that has ended is EXPIRED", status_of, "EXPIRED", "-startdate", "20200101000000Z",
              "-enddate", "20210101000000Z"),
        check("an expired key cannot be updated, nor made the default", expired_is_not_updated),
        check("a long serial number stays exact when the key is the default no more", default_stays_exact),
        do("POST E/keys", key("EC", 256, "SHA256withECDSA"), "own"),
        check("an authority's answer comes in a well-formed form", form_faults, "PUT E/keys/{own}/csr"),
    ],
    "key import": [
        check("an RSA key comes with its certificate", import_is_whole, RSA, RSA_MEMBERS),
        check("an EC key comes with its certificate", import_is_whole, EC, EC_MEMBERS),
        check("a key has the name that the file gives it", import_is_named),
        check("a key comes with the certificates above its own", import_with_chain),
        check("a file without encryption needs no password", import_opens, "", PLAIN),
        check("a file with an empty password needs none", import_opens, "", ()),
        check("a file of the older encryption opens", import_opens, PASSWORD,
              ("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")),
        check("keys are counted", count, "before"),
        check("a wrong password is refused", import_refused, BAD_PASSWORD, EC, "another"),
        check("an encrypted file without a password is refused", import_refused, BAD_PASSWORD, EC, None),
        check("a file that is cut short is refused", import_refused, BAD_FILE, EC, PASSWORD, "SIGNING", (), -1),
        check("an import must say what the key is for", import_refused, refusal("REQUIRED_VALUE", "usageType"), EC,
              PASSWORD, None),
        check("an import must say a use that there is", import_refused, refusal("INVALID_VALUE", "usageType"), EC,
              PASSWORD, "NOTHING"),
        check("a short RSA key is refused", import_refused, refusal("INVALID_VALUE", "keyLength"),
              ("-newkey", "rsa:1024")),
        check("a key of another curve is refused", import_refused, BAD_FILE,
              ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1")),
        check("a key that is neither RSA nor EC is refused", import_refused, BAD_FILE, ("-newkey", "ed25519")),
        check("an import comes in a well-formed form", form_faults, "POST E/keys"),
        check("a refused file leaves no key", nothing_came, "before"),
    ],
}
