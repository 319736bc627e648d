// SPDX-License-Identifier: Apache-2.0
// What the suites in the browser share: Chromium, the configuration, the cases' runner.
import { createRequire } from "node:module";
import assert from "node:assert";
import { appendFileSync, readFileSync } from "node:fs";

const { chromium } = createRequire(import.meta.url)("../node_modules/playwright-core");

export const config = JSON.parse(readFileSync(0, "utf8"));

export const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"],
});

// Remember what no log may show.
export function secret(...texts) {
    if (process.env.TEST_SECRETS)
        appendFileSync(process.env.TEST_SECRETS, texts.filter(Boolean).map((text) => text + "\n").join(""));
}

export async function signOn(page, name, password) {
    await page.getByLabel("Username").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign On" }).click();
}

async function run(name, work, scripts) {
    const here = await browser.newContext({ javaScriptEnabled: scripts, viewport: { width: 900, height: 700 }, ignoreHTTPSErrors: true });
    const page = await here.newPage();
    const complaints = [];
    page.setDefaultTimeout(15000);
    page.on("console", (m) => m.type() === "error" && !/status of 404/.test(m.text()) && complaints.push(m.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    try {
        await work(page, scripts);
        assert.deepEqual(complaints, []);
        console.log(`ok - ${name}`);
    } catch (error) {
        console.log(`not ok - ${name}: ${error.message} at ${page.url().split("?")[0]}`);
    }
    secret(...(await here.cookies()).map((cookie) => cookie.value));
    await here.close();
}

// Each case with JavaScript as `modes` say.
export async function runCases(cases, modes) {
    for (const scripts of modes)
        for (const [name, work] of Object.entries(cases))
            await run(`${name}, JavaScript ${scripts ? "on" : "off"}`, work, scripts);
}
