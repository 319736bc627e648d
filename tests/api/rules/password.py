# SPDX-License-Identifier: Apache-2.0
"""Passwords: state, setting, checking, resetting, policy, history, lockout (reference: seed 11, models)."""
import base64
import hashlib
import os
import threading
import time

from suite import ABSENT, NUMBER, TIME, Kind, check as check_reply, refusal, require
from table import check, do, refused, rule

HERE = "{BASE}/environments/{E}/users/{user}"
PASSWORD = "E/users/{user}/password"
FIRST, SECOND, THIRD = "Tr1cky-Word!", "Oth3r-Secret?", "Y3t-An0ther#"
BROKEN = "New password did not satisfy password policy requirements"
WRONG = "The provided password did not match provisioned password"
POLICY = {"name": "Rule", "excludesCommonlyUsed": False, "excludesProfileData": False, "notSimilarToCurrent": False}
USER = {"username": "somebody", "email": "mailbox@example.com",
        "name": {"given": "Gwendolyn", "family": "Featherstone"}}


def rejected(target, *broken):
    """The new password breaks exactly these rules."""
    def holds(inner):
        return isinstance(inner, dict) and inner.get("unsatisfiedRequirements") == list(broken) and \
            all(isinstance(inner.get(rule_name), str) for rule_name in broken)

    return refusal("INVALID_VALUE", target, BROKEN, Kind("exactly %s" % (broken,), holds))


def setting(value, **members):
    return dict(value=value, **members)


def with_policy(**members):
    """Rows that give the user a population under a policy of these rules."""
    return [do("POST E/passwordPolicies", dict(POLICY, **members), "policy"),
            do("POST E/populations", {"name": "Ruled", "passwordPolicy": {"id": "{policy}"}}, "population"),
            do("POST E/users", dict(USER, population={"id": "{population}"}), "user")]


def sets(sentence, value, *broken):
    if broken:
        return refused(sentence, "PUT " + PASSWORD, setting(value), rejected("value", *broken), media="password.set")
    return rule(sentence, "PUT " + PASSWORD, setting(value), 200, {"status": "OK"}, media="password.set")


def checks(sentence, value, status=200, reply=None):
    return rule(sentence, "POST " + PASSWORD, {"password": value}, status, reply, media="password.check")


def wrong(remaining):
    return refusal("INVALID_VALUE", "password", WRONG, {"failuresRemaining": remaining})


def resets(sentence, current, new, status=200, reply=None):
    return rule(sentence, "PUT " + PASSWORD, {"currentPassword": current, "newPassword": new}, status, reply,
                media="password.reset")


LOCKED = refusal("PASSWORD_LOCKED_OUT", "password")
LOCKED_STATE = {"status": "PASSWORD_LOCKED_OUT", "secondsUntilUnlock": NUMBER}


def lock_ends(table):
    state = table.get(PASSWORD)
    require(0 < state["secondsUntilUnlock"] <= 2, "it is locked for %d s" % state["secondsUntilUnlock"])
    time.sleep(2.1)
    require(table.get(PASSWORD)["status"] == "OK", "it is still locked")
    check_reply(table.send("POST " + PASSWORD, {"password": FIRST}, media="password.check"), 200)


def guesses(table):
    """Of many guesses at once no more are tried than the policy allows, however they race."""
    replies, start = [], threading.Barrier(8)

    def guess():
        table.client.connection().connect()
        start.wait()
        replies.append(table.send("POST " + PASSWORD, {"password": "Wr0ng-guess!"}, media="password.check"))
        table.client.connection().close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [d["innerError"]["failuresRemaining"] for r in replies for d in r.json["details"] if "innerError" in d]
    require(sorted(told) == [0, 1, 2], "%s were tried" % sorted(told))
    require(sum("PASSWORD_LOCKED_OUT" in r.text for r in replies) == 5, "the others were not told of the lock")


def find_default(table):
    policies = table.get("E/passwordPolicies")["_embedded"]["passwordPolicies"]
    table.names["default"] = next(p["id"] for p in policies if p["default"])


LENGTHS = with_policy(length={"min": 10, "max": 255}) + [
    sets("a password shorter than length.min is refused", "abcdefghi", "length"),
    sets("a password of length.min is taken", "abcdefghij"),
    sets("a password of length.max is taken", "abcde" * 51),
    sets("a password longer than length.max is refused", "abcde" * 51 + "a", "length"),
    sets("a password's length is counted in characters", "éééééééééj"),
    sets("nine characters of many octets are too few", "ééééééééj", "length"),
]
CLASSES = with_policy(minCharacters={"ABCDEFGHIJKLMNOPQRSTUVWXYZ": 2, "abcdefghijklmnopqrstuvwxyz": 2, "0123456789": 2,
                                     "~!@#$%^&*()-_=+[]{}|;:,.<>/?": 2}) + [
    sets("a password with enough of each class is taken", "ABab12<>"),
    sets("a password with too few capitals is refused", "Aabc12<>", "minCharacters"),
    sets("a password with too few small letters is refused", "ABCa12<>", "minCharacters"),
    sets("a password with too few digits is refused", "ABabc1<>", "minCharacters"),
    sets("a password with too few special characters is refused", "ABabc12<", "minCharacters"),
]
REPEATS = with_policy(maxRepeatedCharacters=2) + [
    sets("a character twice in a row is taken where the policy allows 2", "aabbaabb"),
    sets("a character three times in a row is refused where the policy allows 2", "aabbbaab", "maxRepeatedCharacters"),
]
UNIQUE = with_policy(minUniqueCharacters=5) + [
    sets("five different characters are taken where the policy asks for 5", "abcdeabcde"),
    sets("four different characters are refused where the policy asks for 5", "abcdabcdabcd", "minUniqueCharacters"),
]
COMMON = with_policy(excludesCommonlyUsed=True) + [
    sets("a commonly used password is refused", "password1", "excludesCommonlyUsed"),
    sets("a commonly used password is refused in any letters", "PassWord1", "excludesCommonlyUsed"),
    sets("a password that only holds a common one is taken", "password1-and-more"),
]
PROFILE = with_policy(excludesProfileData=True) + [
    sets("a password with the username is refused", "x-SomeBody-1", "excludesProfileData"),
    sets("a password with the given name is refused", "x-gwendolyn-1", "excludesProfileData"),
    sets("a password with the family name is refused", "featherstone99", "excludesProfileData"),
    sets("a password with nothing of the profile is taken", "x-plain-words-1"),
]
COMPLEXITY = with_policy(minComplexity=7) + [
    sets("twelve small letters take more than seven days to try", "xkqjvzmwpfhb"),
    sets("eleven small letters do not", "xkqjvzmwpfh", "minComplexity"),
    sets("eight characters of all kinds do", "Xk4!Qj7?"),
    sets("eight letters and digits do not", "Xk4aQj7b", "minComplexity"),
]
SEQUENCES = with_policy(alphabetSequenceRule={"maxLength": 3}, numberSequenceRule={"maxLength": 2},
                        qwertySequenceRule={"maxLength": 3}, shiftedNumberRowSequenceRule={"maxLength": 3}) + [
    sets("sequences of the lengths that are allowed are taken", "abcx12yqwez!@#"),
    sets("a longer sequence of the alphabet is refused", "xabcdx", "alphabetSequenceRule"),
    sets("backwards and in any letters too", "xDcBax", "alphabetSequenceRule"),
    sets("the alphabet does not begin again", "xyzab"),
    sets("a longer sequence of numbers is refused", "x123x", "numberSequenceRule"),
    sets("a longer sequence of numbers is refused backwards", "x987x", "numberSequenceRule"),
    sets("a longer sequence of keys is refused", "1asdf1", "qwertySequenceRule"),
    sets("keys of different rows are no sequence", "1pasl1"),
    sets("a longer sequence of the shifted number row is refused", "x$%^&x", "shiftedNumberRowSequenceRule"),
]
SIMILAR = with_policy(notSimilarToCurrent=True) + [
    sets("a first password is like no other", "Tr1cky-Word!"),
    resets("a change of two letters is refused", "Tr1cky-Word!", "Tr2cky-Words!", 400,
           rejected("newPassword", "notSimilarToCurrent")),
    resets("a change of three letters is taken", "Tr1cky-Word!", "Tr2cky-Words!!"),
    sets("an administrator does not know the current one", "Tr2cky-Words!?"),
]
DIFFERENT = with_policy() + [
    sets("without the rule it does not matter", "Tr1cky-Word!"),
    resets("how little is changed", "Tr1cky-Word!", "Tr1cky-Word?"),
]
ALL_AT_ONCE = with_policy(length={"min": 12}, minUniqueCharacters=3, maxRepeatedCharacters=1,
                          minCharacters={"0123456789": 1}) + [
    sets("all rules that a password breaks are named", "aabb", "length", "minCharacters", "minUniqueCharacters",
         "maxRepeatedCharacters"),
    rule("an administrator may pass by the policy", "PUT " + PASSWORD, setting("aabb", bypassPolicy=True), 200,
         {"status": "OK"}, media="password.set"),
    checks("and such a password counts", "aabb"),
]
OPEN = with_policy() + [
    sets("a policy without rules takes any password", "a"),
    checks("without a lockout no number of tries is told", "wrong", 400,
           refusal("INVALID_VALUE", "password", WRONG)),
    *[checks("without a lockout a wrong password does not lock, time %d" % i, "wrong", 400) for i in range(1, 8)],
    checks("and then the right one still counts", "a"),
]



def salted(scheme, digest, password):
    """As directories keep it: base64 of digest and salt."""
    salt = os.urandom(8)
    octets = hashlib.new(digest, password.encode() + salt).digest() + salt
    return "{%s}%s" % (scheme, base64.b64encode(octets).decode())


BCRYPT = "{BCRYPT}$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"  # of "secret"
SHORT = "pa55"  # no policy takes it
SALTED = salted("SSHA512", "sha512", SHORT)
ENCODED = [
    do("POST E/users", USER, "user"),
    *[row for scheme, digest in (("SSHA", "sha1"), ("SSHA256", "sha256"), ("SSHA384", "sha384"), ("SSHA512", "sha512"))
      for row in (rule("a password comes encoded as %s, whatever the policy" % scheme, "PUT " + PASSWORD,
                       setting(salted(scheme, digest, SHORT + scheme)), 200, {"status": "OK"}, media="password.setValue"),
                  checks("a password that came as %s counts" % scheme, SHORT + scheme),
                  checks("and no other than that of %s" % scheme, SHORT, 400))],
    rule("a password comes encoded by bcrypt, and must be changed", "PUT " + PASSWORD, setting(BCRYPT, forceChange=True),
         200, {"status": "MUST_CHANGE_PASSWORD"}, media="password.set"),
    checks("a password that came by bcrypt counts", "secret"),
    checks("and no other than that", "Secret", 400),
    *[refused("a password encoded %s is refused" % what, "PUT " + PASSWORD, setting(value),
              refusal("INVALID_VALUE", "value"), media="password.setValue")
      for what, value in (("by a scheme that is not taken", "{PBKDF2}AAEAEAAA"), ("without a salt", "{SSHA}" + "A" * 27 + "="),
                          ("at a cost over the limit", BCRYPT.replace("$05$", "$13$")))],
    checks("and the one before stays", "secret"),
    resets("a user changes a password that came encoded", "secret", THIRD),
    resets("but not back to it", THIRD, SHORT + "SSHA512", 400),
    rule("a clear password is set by setValue too", "PUT " + PASSWORD, setting(FIRST), 200, {"status": "OK"},
         media="password.setValue"),
    checks("and counts", FIRST),
    refused("and satisfies the policy", "PUT " + PASSWORD, setting(SHORT), refusal("INVALID_VALUE", "value", BROKEN),
            media="password.setValue"),
    do("POST E/users", {"username": "coming", "email": "c@example.com", "password": {"value": SALTED}}, "user",
       media="user.import"),
    checks("a user may be imported with an encoded password", SHORT),
    refused("but not with one of an unknown scheme", "POST E/users",
            {"username": "staying", "email": "s@example.com", "password": {"value": "{SCRYPT}x"}},
            refusal("INVALID_VALUE", "password.value"), media="user.import"),
]
ENCODED_BY_USER = with_policy(history={"count": 3, "retentionDays": 10}) + [
    sets("an administrator sets an encoded password", SALTED),
    resets("a password that came encoded is in the history", SHORT, SHORT, 400, rejected("newPassword", "history")),
    resets("what a user writes is never taken for encoded", SHORT, SALTED),
    checks("but as it stands", SALTED),
    checks("and not for what it encodes", SHORT, 400),
]

TABLES = {
    "password encoded": ENCODED,
    "password encoded by the user": ENCODED_BY_USER,
    "password state": [
        do("POST E/users", USER, "user"),
        check("a new environment's default password policy can be found", find_default),
        rule("a new user has no password", "GET " + PASSWORD,
             reply={"status": "NO_PASSWORD", "lastChangedAt": ABSENT, "user": {"id": "{user}"}}),
        checks("a password that there is not cannot be checked", FIRST, 400, refusal("NO_PASSWORD", "password")),
        rule("a password is set in the shape of the seed workflow", "PUT " + PASSWORD,
             setting(FIRST, forceChange=False), 200,
             {"_links": {"self": {"href": HERE + "/password"}, "user": {"href": HERE},
                         "environment": {"href": "{BASE}/environments/{E}"}}, "environment": {"id": "{E}"},
              "user": {"id": "{user}"}, "status": "OK", "lastChangedAt": TIME}, media="password.set"),
        rule("a password's state has the links of its actions", "GET " + PASSWORD,
             reply={"_links": {name: {"href": HERE + "/password"} for name in
                               ("password.check", "password.reset", "password.set", "password.recover")}}),
        rule("a password's state names its policy and links to it", "GET " + PASSWORD,
             reply={"passwordPolicy": {"id": "{default}"}, "_links": {"passwordPolicy": {
                 "href": "{BASE}/environments/{E}/passwordPolicies/{default}"}}}),
        rule("a password is set by POST too", "POST " + PASSWORD, setting(SECOND), 200, {"status": "OK"},
             media="password.set"),
        checks("the last password that was set counts", SECOND, 200, {"status": "OK"}),
        checks("the one before does not", FIRST, 400),
        rule("a password may be set to be changed", "PUT " + PASSWORD, setting(THIRD, forceChange=True), 200,
             {"status": "MUST_CHANGE_PASSWORD"}, media="password.set"),
        checks("a password that must be changed still counts, and says so", THIRD, 200,
               {"status": "MUST_CHANGE_PASSWORD"}),
        resets("a user changes a password that must be changed", THIRD, "F0urth-word!", 200, {"status": "OK"}),
        rule("an administrator can force a change", "POST " + PASSWORD, None, 200,
             {"status": "MUST_CHANGE_PASSWORD"}, media="application/vnd.pingidentity.password.forceChange"),
        do("POST E/users", dict(USER, username="bare"), "bare"),
        refused("a change of no password cannot be forced", "POST E/users/{bare}/password", None,
                refusal("NO_PASSWORD"), media="password.forceChange"),
        rule("a password is no plain resource", "PUT " + PASSWORD, {"value": FIRST}, 415),
        rule("an unknown user has no password", "GET E/users/{E}/password", status=404),
    ],
    "password reset": with_policy(history={"count": 3, "retentionDays": 100}, length={"min": 8}) + [
        do("PUT " + PASSWORD, setting(FIRST), media="password.set"),
        resets("a reset needs the current password", SECOND, THIRD, 400,
               refusal("INVALID_VALUE", "currentPassword", WRONG)),
        resets("a reset's new password must satisfy the policy", FIRST, "short", 400,
               rejected("newPassword", "length")),
        resets("a reset cannot keep the password", FIRST, FIRST, 400, rejected("newPassword", "history")),
        resets("a reset sets a new password", FIRST, SECOND, 200, {"status": "OK"}),
        resets("a reset cannot go back to the password before", SECOND, FIRST, 400, rejected("newPassword", "history")),
        resets("a second reset sets a new one", SECOND, THIRD),
        resets("of the last three none may be used again", THIRD, FIRST, 400, rejected("newPassword", "history")),
        resets("a third reset sets a new one", THIRD, "F0urth-word!"),
        resets("the fourth last may be used again", "F0urth-word!", FIRST),
    ],
    "password age": with_policy(minAgeDays=1) + [
        do("PUT " + PASSWORD, setting(FIRST), media="password.set"),
        resets("a password younger than minAgeDays cannot be reset", FIRST, SECOND, 400,
               rejected("newPassword", "minAgeDays")),
        sets("an administrator sets one that is younger all the same", SECOND),
        do("POST " + PASSWORD, None, media="password.forceChange"),
        resets("a password that must be changed can be reset however young", SECOND, THIRD),
    ],
    "password lockout": with_policy(lockout={"failureCount": 3, "durationSeconds": 900}) + [
        do("PUT " + PASSWORD, setting(FIRST), media="password.set"),
        checks("a first wrong password leaves two tries", SECOND, 400, wrong(2)),
        checks("a second wrong password leaves one", SECOND, 400, wrong(1)),
        checks("the right password counts before the last try", FIRST),
        checks("and the count begins anew", SECOND, 400, wrong(2)),
        checks("then again one try is left", SECOND, 400, wrong(1)),
        checks("the last wrong password leaves none", SECOND, 400, wrong(0)),
        rule("a password is locked after the last try", "GET " + PASSWORD, reply=LOCKED_STATE),
        checks("a locked password is refused, be it right", FIRST, 400, LOCKED),
        checks("a locked password is refused alike when wrong", SECOND, 400, LOCKED),
        resets("a locked password cannot be reset", FIRST, THIRD, 400,
               refusal("PASSWORD_LOCKED_OUT", "currentPassword")),
        rule("an administrator unlocks a password", "POST " + PASSWORD, None, 200, {"status": "OK"},
             media="application/vnd.pingidentity.password.unlock"),
        checks("an unlocked password counts", FIRST),
        checks("and has all its tries", SECOND, 400, wrong(2)),
        checks("tries of a check and of a reset count together: one left", SECOND, 400, wrong(1)),
        resets("the last one by a reset", SECOND, THIRD, 400),
        rule("a password that is locked by a reset is locked", "GET " + PASSWORD, reply=LOCKED_STATE),
        sets("setting a password unlocks it", SECOND),
        checks("and the new one counts", SECOND),
    ],
    "password race": with_policy(lockout={"failureCount": 3, "durationSeconds": 900}) + [
        do("PUT " + PASSWORD, setting(FIRST), media="password.set"),
        check("of guesses that race no more are tried than the lockout allows", guesses),
    ],
    "password lockout end": with_policy(lockout={"failureCount": 1, "durationSeconds": 2}) + [
        do("PUT " + PASSWORD, setting(FIRST), media="password.set"),
        checks("with one failure allowed the first locks", SECOND, 400, wrong(0)),
        check("a lock ends by itself", lock_ends),
    ],
    "password length": LENGTHS, "password classes": CLASSES, "password repeats": REPEATS, "password unique": UNIQUE,
    "password complexity": COMPLEXITY, "password sequences": SEQUENCES, "password similar": SIMILAR,
    "password different": DIFFERENT, "password common": COMMON, "password profile": PROFILE, "password all rules": ALL_AT_ONCE, "password open": OPEN,
}
