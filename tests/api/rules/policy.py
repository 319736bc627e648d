# SPDX-License-Identifier: Apache-2.0
"""Sign-on, password and key rotation policies (reference: seed steps 6 to 8, server messages)."""
from suite import ABSENT, TIME, UUID, has, refusal
from table import do, refused, rule

HERE = "{BASE}/environments/{E}/signOnPolicies/{policy}"
APP = {"name": "App", "enabled": True, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
       "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE"], "redirectUris": ["https://app.example.com/"]}
ROTATION = {"name": "Often", "algorithm": "RSA", "dn": "CN=Often, O=Example, C=US", "keyLength": 2048,
            "signatureAlgorithm": "SHA256withRSA", "usageType": "SIGNING"}


def password_policy(name, **members):
    return dict({"name": name, "excludesCommonlyUsed": False, "excludesProfileData": False,
                 "notSimilarToCurrent": False}, **members)


TABLES = {
    "policy signOn": [
        rule("a sign-on policy has the shape of the seed workflow when created", "POST E/signOnPolicies",
             {"name": "CustomResourcePolicy_1", "default": False, "description": "A policy"}, 201,
             {"_links": {"environment": {"href": "{BASE}/environments/{E}"}}, "id": UUID, "environment": {"id": "{E}"},
              "name": "CustomResourcePolicy_1", "description": "A policy", "default": False, "createdAt": TIME,
              "updatedAt": TIME}, keep="policy"),
        rule("a sign-on policy links to its actions", "GET E/signOnPolicies/{policy}",
             reply={"_links": {"self": {"href": HERE}, "actions": {"href": HERE + "/actions"}}}),
        rule("a LOGIN action has the shape of the seed workflow", "POST E/signOnPolicies/{policy}/actions",
             {"priority": 1, "type": "LOGIN"}, 201,
             {"_links": {"environment": {"href": "{BASE}/environments/{E}"}, "signOnPolicy": {"href": HERE}},
              "id": UUID, "environment": {"id": "{E}"}, "signOnPolicy": {"id": "{policy}"}, "priority": 1,
              "type": "LOGIN", "recovery": {"enabled": True}, "registration": {"enabled": False}}, keep="action"),
        refused("a policy's last action cannot be deleted", "DELETE E/signOnPolicies/{policy}/actions/{action}", None,
                refusal("CONSTRAINT_VIOLATION", message="Cannot delete last action from the policy")),
        do("POST E/signOnPolicies/{policy}/actions", {"priority": 2, "type": "LOGIN"}, "second"),
        rule("an action that is not the last can be deleted", "DELETE E/signOnPolicies/{policy}/actions/{action}",
             None, 204),
        do("POST E/applications", APP, "app"),
        rule("an assignment has the shape of the seed workflow", "POST E/applications/{app}/signOnPolicyAssignments",
             {"priority": 1, "signOnPolicy": {"id": "{policy}"}}, 201,
             {"_links": {"application": {"href": "{BASE}/environments/{E}/applications/{app}"},
                         "environment": {"href": "{BASE}/environments/{E}"}, "signOnPolicy": {"href": HERE}},
              "id": UUID, "environment": {"id": "{E}"}, "application": {"id": "{app}"},
              "signOnPolicy": {"id": "{policy}"}, "priority": 1}, keep="assignment"),
        refused("a policy that is assigned cannot be deleted", "DELETE E/signOnPolicies/{policy}", None,
                refusal("CONSTRAINT_VIOLATION", message="The sign-on policy is assigned to an application.")),
        do("DELETE E/applications/{app}/signOnPolicyAssignments/{assignment}"),
        rule("a policy that is not assigned any more is deleted with its actions", "DELETE E/signOnPolicies/{policy}",
             None, 204),
        rule("and they are gone", "GET E/signOnPolicies/{policy}/actions/{second}", status=404),
        do("GET E/signOnPolicies", keep={"default": "_embedded.signOnPolicies.0.id"}),
        do("PUT E/signOnPolicies/{default}", {"name": "First", "default": True}),
        refused("the default sign-on policy cannot be deleted, in the words that clients look for",
                "DELETE E/signOnPolicies/{default}", None,
                refusal("CONSTRAINT_VIOLATION", message="You cannot delete a default policy.")),
    ],
    "policy password": [
        rule("a password policy keeps its character classes as they are", "POST E/passwordPolicies",
             {"name": "Mine", "excludesCommonlyUsed": False, "excludesProfileData": False, "notSimilarToCurrent": False,
              "minCharacters": {"ABCDEFGHIJKLMNOPQRSTUVWXYZ": 1, "abcdefghijklmnopqrstuvwxyz": 2, "0123456789": 3,
                                "~!@#$%^&*()-_=+[]{}|;:,.<>/?": 4}}, 201,
             {"minCharacters": {"~!@#$%^&*()-_=+[]{}|;:,.<>/?": 4, "0123456789": 3}, "default": False,
              "populationCount": 0}, keep="mine"),
        do("POST E/populations", {"name": "Bound", "passwordPolicy": {"id": "{mine}"}}, "bound"),
        refused("a password policy that a population uses cannot be deleted", "DELETE E/passwordPolicies/{mine}", None,
                refusal("CONSTRAINT_VIOLATION", message="The password policy is in use by a population.")),
        do("PUT E/populations/{bound}", {"name": "Bound"}),
        rule("a password policy that none uses can be deleted", "DELETE E/passwordPolicies/{mine}", None, 204),
    ],
    "policy keyRotation": [
        rule("a key rotation policy has the defaults of the reference", "POST E/keyRotationPolicies", ROTATION, 201,
             dict(ROTATION, validityPeriod=365, rotationPeriod=90, default=False), keep="often"),
        do("POST E/applications", dict(APP, signing={"keyRotationPolicy": {"id": "{often}"}}), "app"),
        refused("a key rotation policy that an application uses cannot be deleted",
                "DELETE E/keyRotationPolicies/{often}", None,
                refusal("CONSTRAINT_VIOLATION", message="The key rotation policy is in use by an application.")),
        rule("a replacement that leaves out signing keeps it", "PUT E/applications/{app}", APP, 200,
             {"signing": {"keyRotationPolicy": {"id": "{often}"}}}),
        do("DELETE E/applications/{app}"),
        rule("a key rotation policy that none uses can be deleted", "DELETE E/keyRotationPolicies/{often}", None, 204),
        rule("the default key rotation policy signs new applications' tokens", "POST E/applications", APP, 201,
             {"signing": {"keyRotationPolicy": {"id": UUID}}}),
        rule("the list has the default key rotation policy", "GET E/keyRotationPolicies",
             reply={"_embedded": {"keyRotationPolicies": has({"default": True, "name": "Default Key Rotation Policy",
                                                              "environment": {"id": "{E}"}, "secret": ABSENT})}}),
    ],
    "policy password age": [
        rule("a password may live 22 days longer than it must", "POST E/passwordPolicies",
             password_policy("Ages", minAgeDays=5, maxAgeDays=27), 201, {"minAgeDays": 5, "maxAgeDays": 27}, keep="ages"),
        refused("but no fewer, lest nobody can change it while it is warned of", "POST E/passwordPolicies",
                password_policy("Short", minAgeDays=5, maxAgeDays=26), refusal("INVALID_VALUE", "maxAgeDays")),
        refused("nor may it do so by a replacement", "PUT E/passwordPolicies/{ages}",
                password_policy("Ages", minAgeDays=6, maxAgeDays=27), refusal("INVALID_VALUE", "maxAgeDays")),
        rule("a minimum age alone may be any", "PUT E/passwordPolicies/{ages}", password_policy("Ages", minAgeDays=1000),
             200, {"minAgeDays": 1000, "maxAgeDays": ABSENT}),
        refused("the largest of numbers is a minimum age too", "PUT E/passwordPolicies/{ages}",
                password_policy("Ages", minAgeDays=(1 << 63) - 1, maxAgeDays=27), refusal("INVALID_VALUE", "maxAgeDays")),
    ],
}
