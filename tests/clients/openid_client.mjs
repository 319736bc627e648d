// SPDX-License-Identifier: Apache-2.0
// What an application built on openid-client does with Latchkey. The library checks by itself what the standards ask
// of an answer: issuer, state, nonce, audience, expiry, and here the signature too. A person's browser is
// played by plain requests that keep cookies and send the hosted page's form, or by the flows API.
import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import http from "node:http";
import { after, before, test } from "node:test";
import * as client from "openid-client";

const ready = JSON.parse(readFileSync(0, "utf8"));
const auth = `${ready.authUrl}/${ready.environmentId}`;
const issuer = new URL(`${auth}/as`);
const api = `${ready.apiUrl}/environments/${ready.environmentId}`;
const person = { username: "ada", password: "Xk9!vQ2#mZ7p", email: "ada@example.com", name: { given: "Ada", family: "Byron" } };
const audience = "https://orders.example";

let callback, bye, listener, admin, web, post, spa, machine;

// Remember what no log may show.
function secret(...texts) {
    if (process.env.TEST_SECRETS)
        appendFileSync(process.env.TEST_SECRETS, texts.filter(Boolean).map((text) => text + "\n").join(""));
}

function remember(tokens) {
    secret(tokens.access_token, tokens.refresh_token, tokens.id_token);
    return tokens;
}

async function manage(method, path, body, media = "application/json") {
    const answer = await fetch(`${api}/${path}`, {
        method,
        headers: { Authorization: `Bearer ${admin}`, "Content-Type": media },
        body: body && JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${path} was answered ${answer.status}`);
    return answer.json();
}

async function discover(id, authentication) {
    const found = await client.discovery(issuer, id, undefined, authentication);
    client.enableNonRepudiationChecks(found);
    return found;
}

// An application with a grant of the scope "read"; its openid-client configuration.
async function application(name, method, settings) {
    const app = await manage("POST", "applications", {
        name, enabled: true, protocol: "OPENID_CONNECT", tokenEndpointAuthMethod: method,
        type: "WEB_APP", grantTypes: ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], responseTypes: ["CODE"],
        redirectUris: [callback], postLogoutRedirectUris: [bye], ...settings,
    });
    await manage("POST", `applications/${app.id}/grants`, { resource: { id: resource.id }, scopes: [{ id: scope.id }] });
    if (method === "NONE")
        return discover(app.id, client.None());
    const shown = (await manage("GET", `applications/${app.id}/secret`)).secret;
    secret(shown);
    return discover(app.id, method === "CLIENT_SECRET_POST" ? client.ClientSecretPost(shown) : client.ClientSecretBasic(shown));
}

let resource, scope, user;

// The application's own side: it answers wherever the person is sent back to.
async function listen() {
    listener = http.createServer((request, response) => response.end("You are back."));
    await new Promise((done) => listener.listen(0, "127.0.0.1", done));
    callback = `http://127.0.0.1:${listener.address().port}/cb`;
    bye = `http://127.0.0.1:${listener.address().port}/bye`;
}

before(async () => {
    await listen();
    const worker = await discover(ready.clientId, client.ClientSecretBasic(ready.clientSecret));
    admin = remember(await client.clientCredentialsGrant(worker)).access_token;
    resource = await manage("POST", "resources", { name: "orders", audience, accessTokenValiditySeconds: 600 });
    scope = await manage("POST", `resources/${resource.id}/scopes`, { name: "read" });
    const { password, ...profile } = person;
    user = await manage("POST", "users", profile);
    await manage("PUT", `users/${user.id}/password`, { value: password, forceChange: false },
        "application/vnd.pingidentity.password.set+json");
    secret(password);
    web = await application("web", "CLIENT_SECRET_BASIC", { pkceEnforcement: "S256_REQUIRED" });
    post = await application("post", "CLIENT_SECRET_POST", {});
    spa = await application("spa", "NONE", { type: "SINGLE_PAGE_APP", pkceEnforcement: "S256_REQUIRED" });
    machine = await application("machine", "CLIENT_SECRET_BASIC",
        { grantTypes: ["CLIENT_CREDENTIALS"], responseTypes: [], redirectUris: [], postLogoutRedirectUris: [] });
});

after(() => listener.close());

// A browser as far as a form needs one: it keeps cookies and does not follow by itself.
class Browser {
    cookies = new Map();

    async send(url, form) {
        const answer = await fetch(url, {
            method: form ? "POST" : "GET",
            body: form && new URLSearchParams(form),
            redirect: "manual",
            headers: { Cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "), Accept: "text/html" },
        });
        for (const line of answer.headers.getSetCookie())
            this.keep(line);
        return answer;
    }

    keep(line) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        this.cookies.set(name, value);
        secret(value);
    }

    // Follow redirects up to a page. -> { answer, url }
    async open(url, form) {
        let answer = await this.send(url, form);
        while (answer.status === 302 || answer.status === 303) {
            url = new URL(answer.headers.get("Location"), url);
            answer = await this.send(url);
        }
        return { answer, url: new URL(url) };
    }

    // Fill the hosted page in. -> where that leads
    async signOn(url, { username, password }) {
        const { answer, url: page } = await this.open(url);
        const text = await answer.text();
        const fields = Object.fromEntries([...text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map((m) => [m[1], m[2]]));
        const action = /<form method="post" action="([^"]+)"/.exec(text)[1];
        return this.open(new URL(action, page), { ...fields, username, password });
    }
}

// Ask for authorization as the library would have it. -> { url, checks }
async function request(config, scopes, more = {}) {
    const checks = { expectedState: client.randomState(), pkceCodeVerifier: client.randomPKCECodeVerifier() };
    const parameters = {
        redirect_uri: callback, scope: scopes, state: checks.expectedState, code_challenge_method: "S256",
        code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier), ...more,
    };
    if (scopes.split(" ").includes("openid"))
        checks.expectedNonce = parameters.nonce = client.randomNonce();
    return { url: client.buildAuthorizationUrl(config, parameters), checks };
}

// A whole sign-on by the hosted page. -> the tokens
async function tokens(config, scopes, browser = new Browser()) {
    const { url, checks } = await request(config, scopes);
    const { url: back } = await browser.signOn(url, person);
    secret(back.searchParams.get("code"));
    return remember(await client.authorizationCodeGrant(config, back, checks));
}

// Sign on by the flows API. -> the redirect's address that the answer stands for
async function flowSignOn(url) {
    url.searchParams.set("response_mode", "pi.flow");
    const flow = await (await fetch(url)).json();
    const checked = await fetch(flow._links["usernamePassword.check"].href, {
        method: "POST",
        headers: { "Content-Type": "application/vnd.pingidentity.usernamePassword.check+json" },
        body: JSON.stringify({ username: person.username, password: person.password }),
    });
    const cookie = checked.headers.getSetCookie()[0].split(";")[0];
    secret(cookie.slice("ST=".length));
    const { authorizeResponse } = await (await fetch(flow.resumeUrl, { headers: { Cookie: cookie } })).json();
    secret(authorizeResponse.code);
    return new URL(`${callback}?${new URLSearchParams(authorizeResponse)}`);
}

function refusedAs(error, status = 400) {
    return (thrown) => {
        assert.ok(thrown instanceof client.ResponseBodyError, thrown);
        assert.deepEqual([thrown.error, thrown.status], [error, status]);
        return true;
    };
}

async function isActive(config, token) {
    return (await client.tokenIntrospection(config, token)).active;
}

test("discovery names this issuer and its endpoints, all below it", () => { // OpenID Connect Discovery 4.3
    const metadata = web.serverMetadata();
    assert.equal(metadata.issuer, issuer.href);
    for (const [name, value] of Object.entries(metadata))
        if (/_endpoint$|^jwks_uri$/.test(name))
            assert.ok(value.startsWith(issuer.href + "/"), name);
    assert.ok(metadata.supportsPKCE());
});

test("a code with PKCE gives tokens that the library accepts", async () => { // RFC 7636, OpenID Connect Core 3.1.3.7
    const t = await tokens(web, "openid profile email");
    const claims = t.claims();
    assert.equal(claims.sub, user.id);
    assert.equal(claims.iss, issuer.href);
    assert.equal(t.token_type, "bearer");
    assert.ok(t.expires_in > 0);
});

test("a request without openid gives a token for the resource and no ID token", async () => {
    const t = await tokens(web, "read");
    assert.equal(t.id_token, undefined);
    assert.deepEqual([t.scope, t.expires_in], ["read", 600]);
});

test("a client that posts its secret gets tokens", async () => { // RFC 6749 2.3.1
    assert.equal((await tokens(post, "openid")).claims().sub, user.id);
});

test("a public client gets tokens by PKCE alone", async () => {
    assert.equal((await tokens(spa, "openid")).claims().sub, user.id);
});

test("the flows API leads to a code that the library redeems", async () => {
    const { url, checks } = await request(web, "openid read");
    const t = remember(await client.authorizationCodeGrant(web, await flowSignOn(url), checks));
    assert.equal(t.claims().sub, user.id);
});

test("a second request of the same browser needs no password", async () => {
    const browser = new Browser();
    await tokens(web, "openid", browser);
    const { url, checks } = await request(post, "openid", { prompt: "none" });
    const { url: back } = await browser.open(url);
    secret(back.searchParams.get("code"));
    assert.equal(remember(await client.authorizationCodeGrant(post, back, checks)).claims().sub, user.id);
});

test("an error of the authorization endpoint reaches the application", async () => { // OpenID Connect Core 3.1.2.6
    const { url, checks } = await request(web, "openid", { prompt: "none" });
    const { url: back } = await new Browser().open(url);
    await assert.rejects(client.authorizationCodeGrant(web, back, checks),
        (thrown) => thrown instanceof client.AuthorizationResponseError && thrown.error === "login_required");
});

test("another verifier than the challenge's gets nothing", async () => { // RFC 7636 4.6
    const { url, checks } = await request(web, "openid");
    const { url: back } = await new Browser().signOn(url, person);
    secret(back.searchParams.get("code"));
    const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
    await assert.rejects(client.authorizationCodeGrant(web, back, wrong), refusedAs("invalid_grant"));
    remember(await client.authorizationCodeGrant(web, back, checks));
});

test("a code works once, and its replay ends what it gave", async () => { // RFC 6749 4.1.2
    const { url, checks } = await request(web, "openid read");
    const { url: back } = await new Browser().signOn(url, person);
    secret(back.searchParams.get("code"));
    const t = remember(await client.authorizationCodeGrant(web, back, checks));
    await assert.rejects(client.authorizationCodeGrant(web, back, checks), refusedAs("invalid_grant"));
    assert.equal(await isActive(web, t.access_token), false);
});

test("a refresh rotates the refresh token and keeps the subject", async () => { // RFC 9700 4.14.2
    const first = await tokens(web, "openid read");
    const second = remember(await client.refreshTokenGrant(web, first.refresh_token));
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.notEqual(second.access_token, first.access_token);
    assert.equal(second.claims().sub, user.id);
    assert.equal(await isActive(web, second.access_token), true);
    remember(await client.refreshTokenGrant(web, second.refresh_token));
});

test("reuse of a rotated refresh token is refused and ends the family", async () => { // RFC 9700 4.14.2
    const first = await tokens(web, "openid read");
    const second = remember(await client.refreshTokenGrant(web, first.refresh_token));
    await assert.rejects(client.refreshTokenGrant(web, first.refresh_token), refusedAs("invalid_grant"));
    await assert.rejects(client.refreshTokenGrant(web, second.refresh_token), refusedAs("invalid_grant"));
    assert.equal(await isActive(web, second.access_token), false);
});

test("of many refreshes at once with one token exactly one is answered", async () => { // RFC 9700 4.14.2
    for (let round = 0; round < 5; round++) {
        const first = await tokens(web, "openid read");
        const answers = await Promise.allSettled(Array.from({ length: 8 }, () => client.refreshTokenGrant(web, first.refresh_token)));
        const given = answers.filter((answer) => answer.status === "fulfilled").map((answer) => remember(answer.value));
        assert.equal(given.length, 1);
        await assert.rejects(client.refreshTokenGrant(web, given[0].refresh_token), refusedAs("invalid_grant"));
    }
});

test("a public client's refresh tokens rotate too", async () => {
    const first = await tokens(spa, "openid");
    const second = remember(await client.refreshTokenGrant(spa, first.refresh_token));
    assert.notEqual(second.refresh_token, first.refresh_token);
    await assert.rejects(client.refreshTokenGrant(spa, first.refresh_token), refusedAs("invalid_grant"));
});

test("userinfo gives the claims of the granted scopes", async () => { // OpenID Connect Core 5.3, 5.4
    const t = await tokens(web, "openid profile email");
    const info = await client.fetchUserInfo(web, t.access_token, t.claims().sub);
    assert.deepEqual([info.email, info.given_name, info.family_name], [person.email, "Ada", "Byron"]);
    const less = await tokens(web, "openid");
    assert.equal((await client.fetchUserInfo(web, less.access_token, user.id)).email, undefined);
});

test("userinfo challenges a token that is not one", async () => { // RFC 6750 3
    await assert.rejects(client.fetchUserInfo(web, "nonsense", user.id), (thrown) => {
        assert.ok(thrown instanceof client.WWWAuthenticateChallengeError, thrown);
        assert.deepEqual([thrown.status, thrown.cause[0].scheme], [401, "bearer"]);
        return true;
    });
});

test("introspection names audience, scope, client and subject", async () => { // RFC 7662 2.2
    const t = await tokens(web, "read");
    const shown = await client.tokenIntrospection(web, t.access_token);
    assert.deepEqual([shown.active, shown.aud, shown.scope, shown.client_id, shown.sub],
        [true, [audience], "read", web.clientMetadata().client_id, user.id]);
    assert.equal(shown.exp - shown.iat, 600);
    assert.deepEqual(await client.tokenIntrospection(post, t.access_token), { active: false });
});

test("a revoked access token is inactive, its refresh token goes on", async () => { // RFC 7009 2.1
    const t = await tokens(web, "openid read");
    await client.tokenRevocation(web, t.access_token);
    assert.equal(await isActive(web, t.access_token), false);
    remember(await client.refreshTokenGrant(web, t.refresh_token));
});

test("a revoked refresh token ends its access tokens", async () => { // RFC 7009 2.1
    const t = await tokens(web, "openid read");
    await client.tokenRevocation(web, t.refresh_token, { token_type_hint: "refresh_token" });
    await assert.rejects(client.refreshTokenGrant(web, t.refresh_token), refusedAs("invalid_grant"));
    assert.equal(await isActive(web, t.access_token), false);
});

test("revoking what is no token is answered like success", async () => { // RFC 7009 2.2
    await client.tokenRevocation(web, "nonsense");
});

test("a machine gets a token for itself", async () => { // RFC 6749 4.4
    const t = remember(await client.clientCredentialsGrant(machine, { scope: "read" }));
    const shown = await client.tokenIntrospection(machine, t.access_token);
    assert.deepEqual([shown.active, shown.aud, shown.scope, shown.sub], [true, [audience], "read", undefined]);
    assert.equal(t.refresh_token, undefined);
});

test("a wrong secret is refused", async () => { // RFC 6749 5.2
    const wrong = await discover(machine.clientMetadata().client_id, client.ClientSecretBasic("wrong"));
    await assert.rejects(client.clientCredentialsGrant(wrong), (thrown) => {
        assert.ok(thrown instanceof client.WWWAuthenticateChallengeError, thrown);
        assert.deepEqual([thrown.status, thrown.cause[0].scheme], [401, "basic"]);
        return true;
    });
    const posted = await discover(post.clientMetadata().client_id, client.ClientSecretPost("wrong"));
    await assert.rejects(client.refreshTokenGrant(posted, "nonsense"), (thrown) => thrown.status === 401);
});

test("signing off leads back and ends the session", async () => { // RP-Initiated Logout 2
    const browser = new Browser();
    const t = await tokens(web, "openid", browser);
    const state = client.randomState();
    const { url } = await browser.open(client.buildEndSessionUrl(web,
        { id_token_hint: t.id_token, post_logout_redirect_uri: bye, state }));
    assert.equal(url.href, `${bye}?state=${state}`);
    const again = await request(web, "openid", { prompt: "none" });
    assert.equal((await browser.open(again.url)).url.searchParams.get("error"), "login_required");
});
