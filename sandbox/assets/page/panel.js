// The state of the sandbox, and its controls: time, faults, reset. All of it needs the control API, which has to be turned on.

import { element } from "./elements.js";

const EVERY_MILLISECONDS = 2000;
const CHARGES_SHOWN = 8;
const A_DAY_IN_SECONDS = 24 * 60 * 60;

const WHAT_A_FAULT_DOES = {
  "drop-before": "The connection is reset before anything happens.",
  "drop-after": "It happens, then the connection is reset.",
  "hang-after": "It happens, and is never answered.",
  "status-500-after": "It happens, and is answered with 500.",
  "code-500-after": "It happens, and is answered with 200 and code 500.",
  "unknown-code-after": "It happens, and is answered with 200 and an unlisted code.",
  "html-502": "Nothing happens; 502 with a page of HTML.",
  "status-429": "Nothing happens; 429 with Retry-After: 1.",
  "redirect-307": "Nothing happens; 307 to the same address.",
  "truncated-json": "It happens; the answer stops halfway.",
  "missing-id": "It happens; the answer lacks what identifies it.",
  "unknown-status": "It happens; the status is an undocumented one.",
  "null-fields": "It happens; all but the identifying fields are null.",
  "slow-body": "The answer trickles in for five seconds.",
  "price-move": "What is paid is 20 % more than was quoted.",
  "slow-provisioning": "What is bought takes 20 times as long.",
  "lying-expiry-filter": "The filter for orders that expire soon finds others too.",
  "shifted-pages": "A list has moved by one place since its page before.",
  "bare-lists": "Lists of orders lack ids and their length.",
  "paid-at-once": "A new order is answered as paid.",
  "zero-pay-fee": "The amount to pay is answered as 0.",
};

/** The control API has no such path: it is off. */
class Off extends Error {}

/** The sandbox does not answer at all. */
class Lost extends Error {}

async function control(method, path, body) {
  const answer = await fetch(`/_sandbox/${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new Lost();
  });
  if (answer.status === 404) {
    throw new Off();
  }
  const said = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new Error(said?.message ?? `The sandbox answers ${answer.status}.`);
  }
  return said;
}

/** An instant as people read it, to the second. */
function instant(text) {
  return String(text ?? "?").replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
}

function section(title, ...children) {
  return element("section", {}, element("h3", {}, title), ...children);
}

const quiet = (text) => element("p", { className: "quiet" }, text);

/** Fills the panel, and keeps it filled. */
export function startPanel(panel, config) {
  if (config.control) {
    new Panel(panel, config).start();
  } else {
    showOff(panel);
  }
}

function showOff(panel) {
  panel.replaceChildren(
    element("h2", {}, "Status"),
    element(
      "div",
      { className: "off", "data-control": "off" },
      element("p", {}, element("strong", {}, "The control API is off.")),
      element("p", {}, "With it, this panel shows orders, charges, faults and the clock, and can change the last two. Start the sandbox so:"),
      element("pre", {}, element("code", {}, "proxy-orders sandbox --control")),
    ),
  );
}

class Panel {
  constructor(panel, config) {
    this.panel = panel;
    this.vendors = config.vendors;
    this.modes = config.fault_modes;
    this.shown = new Map();
    this.looks = 0;
    this.clock = element("p", { className: "clock", "data-part": "clock" }, "…");
    this.orders = element("div", { "data-part": "orders" });
    this.charges = element("div", { "data-part": "charges" });
    this.faults = element("div", { "data-part": "faults" });
    this.said = element("p", { className: "said", role: "status" });
  }

  start() {
    this.panel.replaceChildren(
      element("h2", {}, "Status"),
      this.said,
      section(
        "Clock",
        this.clock,
        element(
          "div",
          { className: "buttons" },
          this.button("Advance by a day", () => this.advance()),
          this.button("Reset everything", () => this.reset(), "grave"),
        ),
      ),
      section("Orders", this.orders),
      section("Last charges", this.charges),
      section("Faults", this.faults, this.faultForm()),
    );
    this.keepLooking();
  }

  button(text, act, className = "") {
    const made = element("button", { type: "button", className }, text);
    made.addEventListener("click", () => this.perform(act));
    return made;
  }

  /** Does what a button is for, looks at what has become of it, and says how it went. */
  async perform(act) {
    try {
      const done = await act();
      await this.look();
      this.say(done);
    } catch (error) {
      this.fail(error);
    }
  }

  say(text, isTrouble = false) {
    this.said.textContent = text;
    this.said.classList.toggle("trouble", isTrouble);
  }

  fail(error) {
    if (error instanceof Off) {
      this.isOff = true;
      showOff(this.panel);
    } else if (error instanceof Lost) {
      this.isLost = true;
      this.say("The sandbox does not answer. Was it stopped?", true);
    } else {
      this.say(error.message, true);
    }
  }

  async advance() {
    const said = await control("POST", "clock", { advance_seconds: A_DAY_IN_SECONDS });
    return `It is ${instant(said?.clock)} now.`;
  }

  async reset() {
    if (!confirm("Forget all accounts, orders, charges and faults, and begin anew?")) {
      return "";
    }
    await control("POST", "reset");
    return "The sandbox has begun anew.";
  }

  async keepLooking() {
    if (!document.hidden) {
      await this.look().catch((error) => this.fail(error));
    }
    if (!this.isOff) {
      setTimeout(() => this.keepLooking(), EVERY_MILLISECONDS);
    }
  }

  async look() {
    this.looks += 1;
    const look = this.looks;
    const [state, charges, faults] = await Promise.all([
      control("GET", "state"),
      control("GET", "ledger"),
      control("GET", "faults"),
    ]);
    // An answer may arrive after a later look has begun.
    if (look !== this.looks) {
      return;
    }
    if (this.isLost) {
      this.isLost = false;
      this.say("");
    }
    this.clock.textContent = instant(state?.clock);
    this.update(this.orders, state?.vendors ?? {}, (vendors) => this.ordersOf(vendors));
    this.update(this.charges, charges ?? [], (list) => this.lastOf(list));
    this.update(this.faults, faults ?? [], (list) => this.activeOf(list));
    if (state?.save_error) {
      this.say(`The state file cannot be written: ${state.save_error}`, true);
    }
  }

  /** Makes a part anew if what it shows has changed; otherwise its buttons keep their focus. */
  update(part, value, make) {
    const text = JSON.stringify(value);
    if (this.shown.get(part) !== text) {
      this.shown.set(part, text);
      part.replaceChildren(...make(value));
    }
  }

  title(name) {
    return this.vendors.find((vendor) => vendor.name === name)?.title ?? name;
  }

  ordersOf(vendors) {
    return this.vendors.flatMap((vendor) => {
      const accounts = vendors[vendor.name] ?? [];
      const heading = element("h4", {}, vendor.title);
      if (accounts.length === 0) {
        return [heading, quiet("Nobody has called yet.")];
      }
      return [heading, ...accounts.map((account) => this.account(vendor, account))];
    });
  }

  account(vendor, account) {
    const whose = account.account === vendor.account ? "this page's key" : `account ${account.account}`;
    const states = Object.entries(account.orders ?? {}).map(([state, count]) => {
      const word = vendor.status_words[state] ?? state;
      return element("li", {}, element("b", {}, count), ` ${word}`);
    });
    return element(
      "div",
      { className: "account", "data-account-of": vendor.name },
      element("p", {}, element("span", { className: "whose" }, whose), element("span", {}, `balance ${account.balance}`)),
      element("ul", { className: "states" }, ...states),
    );
  }

  lastOf(charges) {
    if (charges.length === 0) {
      return [quiet("Nothing was charged.")];
    }
    const rows = charges.slice(-CHARGES_SHOWN).reverse().map((charge) =>
      element(
        "tr",
        {},
        element("td", { title: instant(charge.time) }, this.title(charge.vendor)),
        element("td", { title: `order ${charge.order}` }, charge.cause, element("span", { className: "quiet" }, ` from ${charge.paid_from}`)),
        element("td", { className: "amount" }, charge.amount),
      ),
    );
    const parts = [element("table", {}, element("tbody", {}, ...rows))];
    if (charges.length > CHARGES_SHOWN) {
      parts.push(quiet(`and ${charges.length - CHARGES_SHOWN} before`));
    }
    return parts;
  }

  activeOf(faults) {
    if (faults.length === 0) {
      return [quiet("None: everything goes well.")];
    }
    const items = faults.map((fault, index) => {
      const at = fault.vendor ? this.title(fault.vendor) : "every vendor";
      const where = fault.operation ? `${at}, ${fault.operation}` : at;
      const left = fault.times == null ? "every time" : fault.times === 0 ? "used up" : `${fault.times} more`;
      const often = fault.probability < 1 ? `, ${Math.round(fault.probability * 100)} % of calls` : "";
      return element(
        "li",
        {},
        element("span", {}, element("code", {}, fault.mode), element("br"), `${where}: ${left}${often}`),
        this.button("Clear", () => this.clear(index)),
      );
    });
    return [
      element("ul", { className: "faults" }, ...items),
      element("div", { className: "buttons" }, this.button("Clear all", () => this.clearAll())),
    ];
  }

  faultForm() {
    const option = (value, text) => element("option", { value }, text);
    const mode = element("select", { name: "mode" }, ...this.modes.map((name) => option(name, name)));
    const vendor = element("select", { name: "vendor" }, option("", "every vendor"), ...this.vendors.map((one) => option(one.name, one.title)));
    const times = element("select", { name: "times" }, option("1", "once"), option("3", "three times"), option("", "every time"));
    const hint = quiet("");
    const explain = () => {
      hint.textContent = WHAT_A_FAULT_DOES[mode.value] ?? "";
    };
    mode.addEventListener("change", explain);
    explain();
    const set = () => this.set({
      mode: mode.value,
      vendor: vendor.value || null,
      times: times.value ? Number(times.value) : null,
    });
    const label = (text, field) => element("label", {}, element("span", {}, text), field);
    return element(
      "form",
      { className: "fault", onsubmit: (event) => event.preventDefault() },
      label("Mode", mode),
      hint,
      label("At", vendor),
      label("How often", times),
      element("div", { className: "buttons" }, this.button("Set the fault", set)),
    );
  }

  // The control API takes the whole list; so what is there now is asked for first.

  async set(fault) {
    await control("POST", "faults", [...(await control("GET", "faults")), fault]);
    return `From now on: ${fault.mode}.`;
  }

  async clear(index) {
    const faults = await control("GET", "faults");
    const [cleared] = faults.splice(index, 1);
    await control("POST", "faults", faults);
    return cleared ? `No more ${cleared.mode}.` : "";
  }

  async clearAll() {
    await control("DELETE", "faults");
    return "No more faults.";
  }
}
