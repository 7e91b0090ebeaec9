// The scenario that every language runs: list, price, buy, extend, and what to do when something is
// odd.
//
// Copy from iproyal.ts, proxyshard.ts and smartproxy.ts; this file only runs them and prints one
// line for each step.

import * as iproyal from "./iproyal.js";
import * as proxyshard from "./proxyshard.js";
import * as smartproxy from "./smartproxy.js";

/** One vendor's part of the scenario. */
export class Scenario {
  failures = 0;
  /** Where answers come from that no sandbox gives: unknown values, redirects, none at all. Without it those steps are left out. */
  readonly oddAnswersUrl = process.env.ODD_ANSWERS_URL;

  constructor(readonly vendor: string) {}

  /** Prints how a step went; a failed one does not keep the next from running. */
  async step(name: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
      console.log(`typescript ${this.vendor} ${name} ok`);
    } catch (error) {
      this.failures += 1;
      console.log(`typescript ${this.vendor} ${name} FAILED: ${error}`);
    }
  }

  /** Says that a vendor has no such operation. */
  none(name: string, why: string): void {
    console.log(`typescript ${this.vendor} ${name} none: ${why}`);
  }
}

for (const [name, vendor] of Object.entries({ iproyal, proxyshard, smartproxy })) {
  const scenario = new Scenario(name);
  await vendor.run(scenario);
  if (scenario.failures > 0) process.exitCode = 1;
}
