// The vendors' tabs, and an explorer for each. The panel beside them is panel.js.

import { element } from "./elements.js";
import { startPanel } from "./panel.js";

const byId = (id) => document.getElementById(id);

/** An explorer of one vendor's spec, with the key of the sandbox filled in. */
function explorer(vendor) {
  const node = element("div", { className: "explorer", "data-vendor": vendor.name });
  byId("explorers").append(node);
  const ui = SwaggerUIBundle({
    url: vendor.spec,
    domNode: node,
    layout: "BaseLayout",
    presets: [SwaggerUIBundle.presets.apis],
    // By default a badge is fetched from a host of Swagger's.
    validatorUrl: null,
    tryItOutEnabled: true,
    displayOperationId: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    onComplete() {
      ui.preauthorizeApiKey(vendor.scheme, vendor.key);
      node.dataset.ready = "true";
    },
  });
  return node;
}

/** Shows the vendor that the address names behind its #, or the first one. */
function show(vendors, explorers) {
  const named = vendors.find((vendor) => `#${vendor.name}` === location.hash);
  const shown = named ?? vendors[0];
  // Made when first asked for, and kept: what was tried at one vendor is still there after a look at another.
  if (!explorers.has(shown.name)) {
    explorers.set(shown.name, explorer(shown));
  }
  for (const [name, node] of explorers) {
    node.hidden = name !== shown.name;
  }
  for (const link of byId("vendors").children) {
    if (link.dataset.vendor === shown.name) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
  const fact = (name, ...value) => element("div", {}, element("dt", {}, name), element("dd", {}, ...value));
  byId("facts").replaceChildren(
    fact("Base URL", element("code", {}, location.origin + shown.base_path)),
    fact("Key, filled in", element("code", {}, shown.key), ` ${shown.key_travels}`),
    fact("Spec", element("a", { href: shown.spec }, shown.spec)),
  );
}

async function start() {
  const answer = await fetch("/_sandbox/page/config.json");
  const config = await answer.json();
  byId("version").textContent = `version ${config.version}`;
  const vendors = config.vendors;
  byId("vendors").replaceChildren(
    ...vendors.map((vendor) =>
      element("a", { href: `#${vendor.name}`, "data-vendor": vendor.name }, vendor.title),
    ),
  );
  const explorers = new Map();
  addEventListener("hashchange", () => show(vendors, explorers));
  show(vendors, explorers);
  startPanel(byId("panel"), config);
}

start().catch((error) => {
  byId("trouble").textContent = `The page cannot start: ${error}. Does the sandbox still run?`;
  byId("trouble").hidden = false;
});
