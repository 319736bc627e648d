// SPDX-License-Identifier: Apache-2.0
// The vendor's own SDK for single-page applications, unchanged, in a page of another origin than the server's.
import assert from "node:assert";
import { readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { browser, config, runCases, secret, signOn } from "./browser.mjs";

const require = createRequire(import.meta.url);
const sdk = readFileSync(require.resolve("../node_modules/@pingidentity-developers-experience/ping-oidc-client-sdk/lib/ping-oidc.js"));

const application = http.createServer((request, response) => {
    const script = request.url === "/sdk.js";
    response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
    response.end(script ? sdk : '<title>Shop</title><link rel="icon" href="data:,"><script src="/sdk.js"></script>');
});
await new Promise((done) => application.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${application.address().port}`;
const home = `${origin}/cb`, bye = `${origin}/bye`;

// Let the SDK start on the page that is shown, as an application does on each load; what it holds afterwards.
async function start(page) {
    const token = await page.evaluate(async ([issuer, id, home]) => {
        globalThis.client = await globalThis.pingOidc.OidcClient.initializeFromOpenIdConfig(issuer,
            { client_id: id, redirect_uri: home, scope: "openid profile email", logLevel: "none" });
        return (await globalThis.client.hasToken()) ? globalThis.client.getToken() : null;
    }, [`${config.secure}/${config.environment}/as`, config.single, home]);
    secret(token?.access_token, token?.refresh_token, token?.id_token);
    return token;
}

async function authorize(page, silent) {
    await page.goto(home);
    assert.equal(await start(page), null);
    await page.evaluate((silent) => { globalThis.client.authorize("", silent); }, silent);
}

async function isSignedOn(page) {
    await page.waitForURL(/\/cb\?code=/);
    const token = await start(page);
    assert.equal(token.token_type, "Bearer");
    return token;
}

async function signedOn(page) {
    await authorize(page, false);
    await signOn(page, "ada", config.password);
    return isSignedOn(page);
}

const userInfo = (page) => page.evaluate(() => globalThis.client.fetchUserInfo());

await runCases({
    "the SDK redeems the code and reads who signed on": async (page) => {
        await signedOn(page);
        assert.equal((await userInfo(page)).email, "ada@example.com");
    },
    "the SDK refreshes the token": async (page) => {
        const first = await signedOn(page);
        const second = await page.evaluate(() => globalThis.client.refreshToken());
        secret(second.access_token, second.refresh_token);
        assert.notEqual(second.access_token, first.access_token);
        assert.equal((await userInfo(page)).preferred_username, "ada");
    },
    "the SDK signs on silently where there is a session": async (page) => {
        await signedOn(page);
        await page.evaluate(() => localStorage.clear());
        await authorize(page, true);
        await isSignedOn(page);
    },
    "the SDK revokes the token": async (page) => {
        const token = await signedOn(page);
        await page.evaluate(() => globalThis.client.revokeToken());
        const answer = await fetch(`${config.plain}/${config.environment}/as/userinfo`,
            { headers: { Authorization: `Bearer ${token.access_token}` } });
        assert.equal(answer.status, 401);
    },
    "the SDK ends the session": async (page) => {
        await signedOn(page);
        await page.evaluate((bye) => { globalThis.client.endSession(bye); }, bye);
        await page.waitForURL(bye);
        await authorize(page, false);
        await page.getByLabel("Username").waitFor();
    },
}, [true]);
await browser.close();
application.close();
