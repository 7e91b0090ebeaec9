// What all three vendors' parts share.

/** The vendor said no: nothing was bought. */
export class Refused extends Error {}

/** It may have been bought. List the orders and look; don't buy again. */
export class Unknown extends Error {}

/** What an answer means that is no success. No page says that 408, 425 or 429 is "not carried out", or that a redirect is. */
export function failure({ status }: Response): Error {
  const refused = 400 <= status && status < 500 && ![408, 425, 429].includes(status);
  return refused ? new Refused(`HTTP ${status}`) : new Unknown(`HTTP ${status}`);
}

/** Makes a call that spends, once: after whatever is no clear refusal it may have been bought. */
export async function spending<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Refused || error instanceof Unknown) throw error;
    throw new Unknown(String(error), { cause: error });
  }
}

/** Settings of every client. */
export const careful = {
  // Not "follow", which is the default: a redirected purchase is a second purchase.
  redirect: "manual",
  // Long: to stop waiting for a purchase is worse than to wait.
  fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(120_000) }),
} as const;

/** Fails the step unless it holds. */
export function expect(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Fails the step unless the call leaves it open whether something was bought. */
export async function expectUnknown(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Unknown) return; // Here a program lists the orders.
    throw error;
  }
  throw new Error("it was taken for an order");
}

/** A setting that has to be there. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
