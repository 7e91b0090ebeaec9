// IPRoyal: the token travels in a header of its own.

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./clients/iproyal.js";
import { careful, expect, expectUnknown, failure, setting, spending } from "./shared.js";
import type { Scenario } from "./scenario.js";

type Order = components["schemas"]["Order"];
type Pricing = components["schemas"]["Pricing"];

export function connect(baseUrl: string, token: string): Client<paths> {
  return createClient<paths>({ ...careful, baseUrl, headers: { "X-Access-Token": token } });
}

export async function price(client: Client<paths>): Promise<Pricing> {
  const { data, response } = await client.GET("/orders/calculate-pricing", {
    params: {
      query: {
        product_id: 123,
        product_plan_id: 456,
        product_location_id: 789,
        quantity: 10,
        coupon_code: "SAVE10",
        product_question_answers: { "12": "I need 128.158.97" },
      },
    },
  });
  if (data === undefined) throw failure(response);
  return data;
}

/** Buys, once. After `Unknown` it may have been bought: list the orders, don't call this again. */
export async function buy(client: Client<paths>): Promise<Order> {
  return spending(async () => {
    const { data, response } = await client.POST("/orders", {
      body: {
        product_id: 123,
        product_plan_id: 456,
        product_location_id: 789,
        quantity: 10,
        coupon_code: "SAVE10",
        product_question_answers: { "12": "I need 128.158.97" },
      },
    });
    // Under any success, 200 or 201, there is data.
    if (data === undefined) throw failure(response);
    expect(typeof data.id === "number", "an answer without an order");
    return data;
  });
}

export async function run(scenario: Scenario): Promise<void> {
  const [baseUrl, token] = [setting("IPROYAL_BASE_URL"), setting("IPROYAL_TOKEN")];
  const client = connect(baseUrl, token);

  await scenario.step("list", async () => {
    const { data } = await client.GET("/orders", {
      params: { query: { "order_ids[]": [789, 1011], "statuses[]": ["in-progress", "confirmed"] } },
    });
    const ids = data?.data.map((order) => order.id).sort((a, b) => a - b);
    expect(ids?.join() === "789,1011", `other orders: ${ids}`);
  });

  await scenario.step("price", async () => {
    const quote = await price(client);
    expect(quote.price_with_vat === 27, `${quote.price_with_vat}, not 27`);
    expect(quote.coupon_discount_percent === 10, "the coupon was not counted");
  });

  await scenario.step("buy", async () => {
    // Never pay more than was meant: ask first. A missing price is no price.
    const total = (await price(client)).price_with_vat;
    expect(total !== undefined && total <= 30, "too expensive");
    const order = await buy(client);
    expect(order.quantity === 10, `${order.quantity} proxies, not 10`);
  });

  await scenario.step("extend", async () => {
    const { data } = await client.POST("/orders/{order_id}/extend", {
      params: { path: { order_id: 12345 } },
      body: { product_plan_id: 678 },
    });
    expect(data?.id === 12345, "not extended");
    expect(data.proxy_data?.ports?.["http|https"] === 12323, "the port under `http|https` is not there");
  });

  await scenario.step("refusal", async () => {
    const { data, error, response } = await connect(baseUrl, "wrong").GET("/orders");
    expect(data === undefined && response.status === 401, `HTTP ${response.status}`);
    expect(typeof error?.message === "string", "a reason");
  });

  if (scenario.oddAnswersUrl !== undefined) await oddAnswers(scenario, scenario.oddAnswersUrl);
}

async function oddAnswers(scenario: Scenario, url: string): Promise<void> {
  await scenario.step("unknown", async () => {
    const { data } = await connect(`${url}/answers/iproyal`, "any").GET("/orders");
    const [first, second] = data?.data ?? [];
    expect(first?.status === "paused-by-moon", `status ${first?.status}`);
    const [object, line] = first.proxy_data?.proxies ?? [];
    expect(typeof object === "object" && object.ip === "203.0.113.7", "the proxy that is an object");
    expect(line === "203.0.113.8:12323:user:pass", "the proxy that is a line");
    // Its id needs more than 32 bits.
    expect(second?.id === 5_000_000_421 && second.status === "confirmed", "the order after it");
  });

  await scenario.step("once", async () => {
    expect((await buy(connect(`${url}/created/iproyal`, "any"))).id === 420, "an order under HTTP 201");
    await expectUnknown(() => buy(connect(`${url}/moved/iproyal`, "any")));
    await expectUnknown(() => buy(connect(`${url}/lost/iproyal`, "any")));
  });
}
