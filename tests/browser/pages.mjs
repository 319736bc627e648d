// SPDX-License-Identifier: Apache-2.0
// Drives the hosted pages as a person would, with JavaScript on and off. Each page that is looked at is also held to
// what axe-core calls serious and to the width of a small telephone, and is kept as a picture.
import assert from "node:assert";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import http from "node:http";
import { browser, config, runCases, secret, signOn } from "./browser.mjs";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("../node_modules/axe-core/axe.min.js"), "utf8");

// The application: a page that says what came back.
const application = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
        secret(/code=([\w-]+)/.exec(request.url + body)?.[1]);
        response.setHeader("Content-Type", "text/html");
        response.end(`<title>Back</title><link rel="icon" href="data:,"><pre>${request.method} ${request.url} ${body}</pre>`);
    });
});
await new Promise((done) => application.listen(0, "127.0.0.1", done));
const callback = `http://127.0.0.1:${application.address().port}/cb`;

function authorize(more = "", base = config.plain) {
    const redirect = encodeURIComponent(callback);
    return `${base}/${config.environment}/as/authorize?response_type=code&client_id=${config.client}&redirect_uri=${redirect}&scope=openid&state=s1${more}`;
}

async function changePassword(page, current, next, verify) {
    await page.getByLabel("Current Password").fill(current);
    await page.getByLabel("New Password", { exact: true }).fill(next);
    await page.getByLabel("Verify New Password").fill(verify);
    await page.getByRole("button", { name: "Save" }).click();
}

async function isBack(page) {
    await page.waitForURL(/\/cb\?/);
    assert.match(page.url(), /code=[\w-]+&state=s1$/);
}

async function isPosted(page) {
    await page.waitForURL(/\/cb$/);
    assert.match(await page.textContent("pre"), /^POST \/cb code=[\w-]+&state=s1/);
}

// The fifteen minutes of the flow that the page shows pass.
async function expire(page) {
    const flow = new URL(page.url()).searchParams.get("flowId");
    assert.equal((await fetch(`${config.clock}/${flow}`, { method: "POST" })).status, 204);
}

async function isAccessible(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    const serious = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
    assert.deepEqual(serious.map((v) => v.id), []);
    assert.ok(found.passes.length > 5, "axe found nothing to look at");
}

// WCAG 1.4.10: at 320 pixels nothing stands outside.
async function fitsTelephone(page) {
    await page.setViewportSize({ width: 320, height: 640 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    await page.setViewportSize({ width: 900, height: 700 });
}

// axe-core is a script itself, so without JavaScript there is only the picture.
async function look(page, name, scripts) {
    await page.screenshot({ path: `${config.shots}/page-${name}-${scripts ? "scripts" : "plain"}.png` });
    if (!scripts)
        return;
    await isAccessible(page);
    await fitsTelephone(page);
}

function isStrict(answer) {
    const policy = answer.headers()["content-security-policy"].split("; ");
    for (const rule of ["default-src 'none'", "script-src 'none'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"])
        assert.ok(policy.includes(rule), `${rule} is not in ${policy}`);
    assert.equal(answer.headers()["referrer-policy"], "no-referrer");
}

const cases = {
    "signs a user on and back to the application": async (page, scripts) => {
        isStrict(await page.goto(authorize()));
        assert.match(await page.textContent("main"), /Sign on to Shop <b>& Co/);
        await look(page, "signon", scripts);
        await signOn(page, "ada", config.password);
        await isBack(page);
    },
    "signs a user on over TLS, with a cookie that stays there": async (page) => {
        await page.goto(authorize("", config.secure));
        await signOn(page, "ada", config.password);
        await isBack(page);
        const cookie = (await page.context().cookies(`${config.secure}/${config.environment}`)).find((c) => c.name === "ST");
        assert.deepEqual([cookie.secure, cookie.httpOnly, cookie.path], [true, true, `/${config.environment}`]);
    },
    "says that the password was wrong, and keeps the name": async (page, scripts) => {
        await page.goto(authorize());
        await signOn(page, "ada", "wrong");
        assert.equal(await page.getByRole("alert").textContent(), "Invalid username and/or password.");
        assert.equal(await page.getByLabel("Username").inputValue(), "ada");
        assert.equal(await page.getByLabel("Password").inputValue(), "");
        await look(page, "wrong", scripts);
        await signOn(page, "ada", config.password);
        await isBack(page);
    },
    "asks nobody twice, unless the application wants that": async (page) => {
        await page.goto(authorize());
        await signOn(page, "ada", config.password);
        await isBack(page);
        await page.goto(authorize());
        await isBack(page);
        await page.goto(authorize("&prompt=login"));
        await signOn(page, "ada", config.password);
        await isBack(page);
    },
    "posts the answer back in form_post mode": async (page, scripts) => {
        await page.goto(authorize("&response_mode=form_post"));
        await signOn(page, "ada", config.password);
        if (!scripts)
            await page.getByRole("button", { name: "Continue" }).click();
        await isPosted(page);
    },
    "lets a person post the answer when the script does not come": async (page, scripts) => {
        await page.route("**/submit.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
        await page.goto(authorize("&response_mode=form_post"));
        await signOn(page, "ada", config.password);
        await page.getByRole("button", { name: "Continue" }).waitFor();
        await look(page, "form-post", scripts);
        await page.getByRole("button", { name: "Continue" }).click();
        await isPosted(page);
    },
    "changes a password that must change": async (page, scripts) => {
        await page.goto(authorize());
        await signOn(page, scripts ? "must" : "must2", config.password);
        await changePassword(page, config.password, config.next, "other");
        assert.match(await page.getByRole("alert").textContent(), /not the same/);
        await look(page, "password", scripts);
        await changePassword(page, config.password, "short", "short");
        assert.match(await page.getByRole("alert").textContent(),
            /did not satisfy password policy requirements\. The password is too short or too long\. .*each required kind\./);
        await look(page, "refused", scripts);
        await changePassword(page, config.password, config.next, config.next);
        await isBack(page);
    },
    "shows a page for a sign-on that does not exist": async (page, scripts) => {
        const answer = await page.goto(`${config.plain}/${config.environment}/signon/?flowId=00000000-0000-4000-8000-000000000000`);
        assert.equal(answer.status(), 404);
        isStrict(answer);
        assert.match(await page.textContent("main"), /has expired or does not exist/);
        await look(page, "error", scripts);
    },
    "says that a sign-on has expired when its page is opened again": async (page) => {
        await page.goto(authorize());
        await expire(page);
        assert.equal((await page.reload()).status(), 404);
        assert.match(await page.textContent("main"), /has expired or does not exist/);
    },
    "says that a sign-on has expired when its form comes too late": async (page, scripts) => {
        await page.goto(authorize());
        await expire(page);
        await signOn(page, "ada", config.password);
        await page.getByText("This sign-on has expired or does not exist.").waitFor();
        await look(page, "expired", scripts);
    },
};

await runCases(cases, [true, false]);
await browser.close();
application.close();
