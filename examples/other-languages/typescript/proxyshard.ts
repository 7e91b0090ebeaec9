// ProxyShard: a bearer key. Money is an integer number of cents.

import createClient, { type Client } from "openapi-fetch";

import type { paths } from "./clients/proxyshard.js";
import { Refused, careful, expect, expectUnknown, failure, setting, spending } from "./shared.js";
import type { Scenario } from "./scenario.js";

export function connect(baseUrl: string, key: string): Client<paths> {
  return createClient<paths>({ ...careful, baseUrl, headers: { Authorization: `Bearer ${key}` } });
}

/** Buys, once, and answers the order's number. After `Unknown` it may have been bought. */
export async function buy(client: Client<paths>): Promise<number> {
  return spending(async () => {
    const { data, response } = await client.POST("/user/api/orders/purchase", {
      body: { product: "Datacenter Proxy", location: "DE", cycle: "monthly", quantity: 2 },
    });
    if (data === undefined) throw failure(response);
    if (data.success === false) throw new Refused(data.message);
    expect(typeof data.order_id === "number", "an answer without an order");
    return data.order_id;
  });
}

export async function run(scenario: Scenario): Promise<void> {
  const [baseUrl, key] = [setting("PROXYSHARD_BASE_URL"), setting("PROXYSHARD_API_KEY")];
  const client = connect(baseUrl, key);

  await scenario.step("list", async () => {
    const { data } = await client.GET("/user/api/orders", { params: { query: { status: "all", limit: 3 } } });
    expect(data?.orders.length === 3, `${data?.orders.length} orders, not 3`);
  });

  await scenario.step("price", async () => {
    const { data } = await client.GET("/user/api/orders/calculate", {
      params: { query: { product: "Datacenter Proxy", location: "DE", cycle: "monthly", quantity: 2 } },
    });
    const cents = data?.final_price;
    expect(cents !== undefined && 0 < cents && cents < 5000, `${cents} cents`);
  });

  await scenario.step("buy", async () => {
    const number = await buy(client);
    const { data } = await client.GET("/user/api/orders/{id}", { params: { path: { id: number } } });
    expect(data?.order.quantity === 2, `order ${number} is not there`);
  });

  await scenario.step("extend", async () => {
    const { data, response } = await client.POST("/user/api/orders/{id}/renew", { params: { path: { id: 1002 } } });
    expect(data?.success, `not renewed: HTTP ${response.status}`);
  });

  await scenario.step("refusal", async () => {
    const { data, error, response } = await connect(baseUrl, "wrong").GET("/user/api/orders", {
      params: { query: { status: "all" } },
    });
    expect(data === undefined && response.status === 401, `HTTP ${response.status}`);
    expect(error?.success === false, "the refusal's body");
  });

  if (scenario.oddAnswersUrl !== undefined) await oddAnswers(scenario, scenario.oddAnswersUrl);
}

async function oddAnswers(scenario: Scenario, url: string): Promise<void> {
  await scenario.step("unknown", async () => {
    const client = connect(`${url}/answers/proxyshard`, "any");
    const { data } = await client.GET("/user/api/orders", { params: { query: { status: "all" } } });
    // The list is not documented to have a status: what is not in the spec is in the way of
    // nothing.
    expect(data?.orders.map((order) => order.order_id).join() === "48213,48190", "two orders");
    const found = await client.GET("/user/api/orders/{id}", { params: { path: { id: 48213 } } });
    expect(found.data?.order.status === "paused-by-moon", `status ${found.data?.order.status}`);
  });

  await scenario.step("once", async () => {
    await expectUnknown(() => buy(connect(`${url}/moved/proxyshard`, "any")));
    await expectUnknown(() => buy(connect(`${url}/lost/proxyshard`, "any")));
  });
}
