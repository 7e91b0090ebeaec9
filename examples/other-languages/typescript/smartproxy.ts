// SmartProxy: the key is in the query of a GET and in the body of a POST. Look at `code`, not at
// the HTTP status.

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./clients/smartproxy.js";
import { Refused, careful, expect, expectUnknown, failure, setting, spending } from "./shared.js";
import type { Scenario } from "./scenario.js";

type Order = components["schemas"]["Order"];

export function connect(baseUrl: string, appKey: string): Client<paths> {
  const client = createClient<paths>({ ...careful, baseUrl });
  client.use({
    // The bodies of POST carry the key, so it must not be in their query, which servers write to
    // their logs.
    onRequest({ request }) {
      if (request.method !== "GET") return undefined;
      const url = new URL(request.url);
      url.searchParams.set("app_key", appKey);
      return new Request(url, request);
    },
  });
  return client;
}

/** A failure comes under HTTP 200 too. */
export function succeeded(envelope: { code?: number } | undefined): boolean {
  return envelope?.code === 0 || envelope?.code === 200;
}

/** Orders, once. After `Unknown` it may have been ordered. */
export async function buy(client: Client<paths>, appKey: string): Promise<Order> {
  return spending(async () => {
    const { data, response } = await client.POST("/pub/order/create", {
      body: { app_key: appKey, pid: 1001, pm_id: 1, amount: 1 },
    });
    if (data === undefined) throw failure(response);
    // Without a code it is no refusal, and without its number an order is worthless: what fails
    // here is `Unknown`.
    expect(typeof data.code === "number", "an answer without a code");
    if (!succeeded(data)) throw new Refused(`code ${data.code}: ${data.message}`);
    expect(data.data?.trade_no !== undefined, "an answer without an order");
    return data.data;
  });
}

export async function run(scenario: Scenario): Promise<void> {
  const [baseUrl, appKey] = [setting("SMARTPROXY_BASE_URL"), setting("SMARTPROXY_APP_KEY")];
  const client = connect(baseUrl, appKey);
  let bought: Order | undefined;

  await scenario.step("list", async () => {
    const { data } = await client.GET("/pub/order/list", {
      params: { query: { page_no: 1, page_size: 2, status: 1 } },
    });
    expect(succeeded(data), `refused with code ${data?.code}`);
    const statuses = data?.data?.list?.map((order) => order.status);
    expect(statuses?.join() === "1,1", `not two paid orders: ${statuses}`);
  });

  scenario.none("price", "SmartProxy has no operation that prices an order");

  await scenario.step("buy", async () => {
    bought = await buy(client, appKey);
    // A fee is a number or text.
    expect(Number(bought.total_fee) === 5, `fee ${bought.total_fee}`);
  });

  await scenario.step("extend", async () => {
    // An order is renewed by ordering again, with `upids`. This one is not paid for, so it is
    // cancelled instead.
    expect(bought?.trade_no !== undefined, "nothing was bought");
    const { data } = await client.POST("/pub/order/close", { body: { app_key: appKey, trade_no: bought.trade_no } });
    expect(succeeded(data), `not cancelled: code ${data?.code}`);
  });

  await scenario.step("refusal", async () => {
    const { data, response } = await connect(baseUrl, "wrong").GET("/pub/order/list");
    expect(response.status === 200 && data?.code === 3, `HTTP ${response.status}, code ${data?.code}`);
    expect(!succeeded(data), "a refusal was taken for a success");
  });

  if (scenario.oddAnswersUrl !== undefined) await oddAnswers(scenario, scenario.oddAnswersUrl);
}

async function oddAnswers(scenario: Scenario, url: string): Promise<void> {
  await scenario.step("unknown", async () => {
    const { data } = await connect(`${url}/answers/smartproxy`, "any").GET("/pub/order/list");
    const orders = data?.data?.list;
    // This vendor's statuses are numbers.
    expect(orders?.map((order) => order.status).join() === "99,1", "an unknown status and a known one");
    expect(orders[0]?.total_fee === 18.2 && orders[1]?.total_fee === "16.00", "a fee that is a number, one that is text");
  });

  await scenario.step("once", async () => {
    await expectUnknown(() => buy(connect(`${url}/moved/smartproxy`, "any"), "any"));
    await expectUnknown(() => buy(connect(`${url}/lost/smartproxy`, "any"), "any"));
  });
}
