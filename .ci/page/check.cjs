// Opens the sandbox's page in a headless browser that reaches nothing but the sandbox, and uses it.
// CommonJS, for NODE_PATH to hold. Arguments: the sandbox's base URL, and where the screenshots go,
// without the ending.

const assert = require("node:assert/strict");
const { chromium } = require("playwright-core");

/** The number of operations that a vendor's spec has. */
function operations(vendor) {
  const { paths } = require(`../../openapi/dist/${vendor}.json`);
  return Object.values(paths)
    .flatMap((item) => Object.values(item))
    .filter((operation) => operation.operationId).length;
}

const [base, shots] = process.argv.slice(2);
const host = new URL(base).host;

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

// A call that reads, at each vendor, and what its answer must have.
const READS = [
  { vendor: "iproyal", operation: "get_order", has: (answer) => answer.id === 12345 },
  { vendor: "proxyshard", operation: "list_orders", has: (answer) => answer.count > 0 },
  { vendor: "smartproxy", operation: "list_orders", has: (answer) => answer.code === 0 && answer.data.list.length > 0 },
];

const said = [];
const requests = [];
const foreign = [];

function passed(what) {
  console.log(`ok: ${what}`);
}

/** A page whose every request and every complaint is written down, and every request elsewhere fails. */
async function watchedPage(browser) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
  await context.route("**/*", (route) => {
    const url = route.request().url();
    requests.push(url);
    if (new URL(url).host === host) {
      return route.continue();
    }
    foreign.push(url);
    return route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      said.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => said.push(`thrown: ${error}`));
  page.on("websocket", (socket) => foreign.push(socket.url()));
  page.on("dialog", (dialog) => dialog.accept());
  return page;
}

async function switchTo(page, vendor) {
  await page.locator(`#vendors a[data-vendor=${vendor}]`).click();
  await page.locator(`.explorer[data-vendor=${vendor}][data-ready]:visible .opblock`).first().waitFor();
}

/** Executes an operation with what is filled in; answers what the explorer shows. */
async function execute(page, vendor, operation) {
  const named = page.locator(".opblock-summary-operation-id", { hasText: new RegExp(`^${operation}$`) });
  const block = page.locator(`.explorer[data-vendor=${vendor}] .opblock`, { has: named });
  if (!(await block.evaluate((node) => node.classList.contains("is-open")))) {
    await block.locator(".opblock-summary").click();
  }
  const tryOut = block.getByRole("button", { name: "Try it out" });
  if (await tryOut.isVisible()) {
    await tryOut.click();
  }
  const clear = block.getByRole("button", { name: "Clear", exact: true });
  if (await clear.isVisible()) {
    await clear.click();
  }
  await block.getByRole("button", { name: "Execute" }).click();
  const live = block.locator(".live-responses-table .response").first();
  await live.locator(".response-col_status").waitFor();
  const status = (await live.locator(".response-col_status").innerText()).trim();
  const body = await live.locator(".response-col_description .highlight-code code").first().innerText();
  return { status, answer: JSON.parse(body) };
}

async function checkVendors(page) {
  for (const { vendor, operation, has } of READS) {
    const count = operations(vendor);
    await switchTo(page, vendor);
    const blocks = page.locator(`.explorer[data-vendor=${vendor}] .opblock`);
    assert.equal(await blocks.count(), count, `operations of ${vendor}`);
    const { status, answer } = await execute(page, vendor, operation);
    assert.equal(status, "200", `${vendor} ${operation}`);
    assert.ok(has(answer), `${vendor} ${operation} shows ${JSON.stringify(answer)}`);
    passed(`${vendor}: ${count} operations, ${operation} answers ${status}`);
  }
}

async function checkControlIsOff(page) {
  const off = page.locator("#panel [data-control=off]");
  await off.waitFor();
  assert.match(await off.innerText(), /proxy-orders sandbox --control/);
  const asked = requests.filter((url) => /_sandbox\/(state|ledger|faults)/.test(url));
  assert.deepEqual(asked, []);
  passed("the panel says that the control API is off, and how to turn it on");
}

async function checkPanel(page) {
  const part = (name) => page.locator(`#panel [data-part=${name}]`);
  const until = (name, text) => part(name).filter({ hasText: text }).waitFor();
  const press = (name) => page.locator("#panel").getByRole("button", { name, exact: true }).click();

  for (const { vendor } of READS) {
    await page.locator(`#panel [data-account-of=${vendor}] .states li`).first().waitFor();
  }
  await until("charges", "Nothing was charged.");
  await until("faults", "None");
  passed("the panel shows the orders of each vendor");

  await switchTo(page, "iproyal");
  const bought = await execute(page, "iproyal", "create_order");
  assert.equal(bought.status, "200");
  await until("charges", "purchase");
  passed("an order bought in the explorer appears among the charges");

  const shown = async () => Date.parse((await part("clock").innerText()).replace(" UTC", "Z").replace(" ", "T"));
  const before = await shown();
  await press("Advance by a day");
  await page.locator("#panel .said", { hasText: /^It is / }).waitFor();
  const passedHours = ((await shown()) - before) / 3_600_000;
  assert.ok(passedHours >= 24 && passedHours < 25, `the clock went ${passedHours} hours`);
  passed("a button moves the clock by a day");

  await page.locator("#panel select[name=mode]").selectOption("unknown-status");
  await press("Set the fault");
  await until("faults", "unknown-status");
  await page.screenshot({ path: `${shots}-fault.png` });
  const struck = await execute(page, "iproyal", "get_order");
  assert.equal(struck.answer.status, "unheard-of");
  await press("Clear all");
  await until("faults", "None");
  const spared = await execute(page, "iproyal", "get_order");
  assert.notEqual(spared.answer.status, "unheard-of");
  passed("a fault that is set strikes, and no more when it is cleared");

  await press("Reset everything");
  await until("orders", "Nobody has called yet.");
  await until("charges", "Nothing was charged.");
  passed("a button resets the sandbox");
}

/** The other way round: a request elsewhere is stopped by the page's policy, and would have been seen here. */
async function checkPolicy(page) {
  const already = said.length;
  const blocked = await page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), { once: true });
        fetch("http://elsewhere.invalid/").catch(() => {});
      }),
  );
  assert.equal(blocked, "connect-src");
  await page.waitForTimeout(200);
  assert.ok(said.length > already, "a violation of the policy is seen in the console");
  assert.deepEqual(foreign, [], "the policy stops a request before it is made");
  passed("the page's policy stops a request to another host");
}

async function main() {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: FLAGS });
  try {
    const page = await watchedPage(browser);
    const answer = await page.goto(`${base}/`);
    assert.equal(answer.status(), 200);
    const config = await (await page.request.get(`${base}/_sandbox/page/config.json`)).json();
    await checkVendors(page);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: `${shots}.png`, fullPage: true });
    await (config.control ? checkPanel(page) : checkControlIsOff(page));
    assert.deepEqual(foreign, [], "requests to other hosts");
    assert.deepEqual(said, [], "what the console says");
    passed(`${requests.length} requests, all to the sandbox; no error in the console`);
    await checkPolicy(page);
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  if (said.length > 0) {
    console.error("console:", said);
  }
  process.exit(1);
});
