// SPDX-License-Identifier: Apache-2.0
// Drives the hosted pages as a person would, with JavaScript on and off.
import assert from "node:assert";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import http from "node:http";

const require = createRequire(import.meta.url);
const { chromium } = require("../node_modules/playwright-core");
const axe = readFileSync(require.resolve("../node_modules/axe-core/axe.min.js"), "utf8");
const config = JSON.parse(readFileSync(0, "utf8"));

// The application: a page that says what came back.
const application = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
        response.setHeader("Content-Type", "text/html");
        response.end(`<title>Back</title><link rel="icon" href="data:,"><pre>${request.method} ${request.url} ${body}</pre>`);
    });
});
await new Promise((done) => application.listen(0, "127.0.0.1", done));
const callback = `http://127.0.0.1:${application.address().port}/cb`;

const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"],
});

function authorize(more = "") {
    const redirect = encodeURIComponent(callback);
    return `${config.base}/${config.environment}/as/authorize?response_type=code&client_id=${config.client}&redirect_uri=${redirect}&scope=openid&state=s1${more}`;
}

async function signOn(page, name, password) {
    await page.getByLabel("Username").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign On" }).click();
}

async function accessible(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    const serious = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
    assert.deepEqual(serious.map((v) => v.id), []);
}

const cases = {
    "signs a user on and back to the application": async (page) => {
        await page.goto(authorize());
        assert.match(await page.textContent("main"), /Sign on to Shop <b>& Co/);
        await page.screenshot({ path: `${config.shots}/signon.png` });
        await signOn(page, "ada", config.password);
        await page.waitForURL(/\/cb\?/);
        assert.match(page.url(), /code=[\w-]+&state=s1$/);
    },
    "says that the password was wrong, and keeps the name": async (page) => {
        await page.goto(authorize());
        await signOn(page, "ada", "wrong");
        assert.equal(await page.getByRole("alert").textContent(), "Invalid username and/or password.");
        assert.equal(await page.getByLabel("Username").inputValue(), "ada");
        await page.screenshot({ path: `${config.shots}/wrong.png` });
    },
    "posts the answer back in form_post mode": async (page, scripts) => {
        await page.goto(authorize("&response_mode=form_post"));
        await signOn(page, "ada", config.password);
        if (!scripts)
            await page.getByRole("button", { name: "Continue" }).click();
        await page.waitForURL(/\/cb$/);
        assert.match(await page.textContent("pre"), /^POST \/cb code=[\w-]+&state=s1/);
    },
    "changes a password that must change": async (page, scripts) => {
        await page.goto(authorize());
        await signOn(page, scripts ? "must" : "must2", config.password);
        await page.getByLabel("Current Password").fill(config.password);
        await page.getByLabel("New Password", { exact: true }).fill(config.next);
        await page.getByLabel("Verify New Password").fill("other");
        await page.getByRole("button", { name: "Save" }).click();
        assert.match(await page.getByRole("alert").textContent(), /not the same/);
        await page.screenshot({ path: `${config.shots}/password.png` });
        await page.getByLabel("Current Password").fill(config.password);
        await page.getByLabel("New Password", { exact: true }).fill(config.next);
        await page.getByLabel("Verify New Password").fill(config.next);
        await page.getByRole("button", { name: "Save" }).click();
        await page.waitForURL(/\/cb\?code=/);
    },
    "shows a page for a sign-on that does not exist": async (page) => {
        const answer = await page.goto(`${config.base}/${config.environment}/signon/?flowId=00000000-0000-4000-8000-000000000000`);
        assert.equal(answer.status(), 404);
        assert.match(await page.textContent("main"), /has expired or does not exist/);
        await page.screenshot({ path: `${config.shots}/error.png` });
    },
};

async function context(scripts) {
    return browser.newContext({ javaScriptEnabled: scripts, viewport: { width: 900, height: 700 } });
}

async function run(name, work, scripts) {
    const here = await context(scripts);
    const page = await here.newPage();
    const complaints = [];
    page.on("console", (m) => m.type() === "error" && !/404/.test(m.text()) && complaints.push(m.text()));
    try {
        await work(page, scripts);
        assert.deepEqual(complaints, []);
        console.log(`ok ${name}`);
    } catch (error) {
        console.log(`FAIL ${name}: ${error.message} at ${page.url().split("?")[0]}`);
    }
    await here.close();
}

for (const scripts of [true, false])
    for (const [name, work] of Object.entries(cases))
        await run(`${name}, JavaScript ${scripts ? "on" : "off"}`, work, scripts);
await run("has no serious fault of accessibility on the sign-on page", async (page) => {
    await page.goto(authorize());
    await accessible(page);
}, true);
await browser.close();
application.close();
