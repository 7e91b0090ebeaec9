"""The scenario that every language runs: list, price, buy, extend, and what to do when something is odd.

Copy from iproyal.py, proxyshard.py and smartproxy.py; this file only runs them and prints one line for each step.
"""

import os
import sys
from contextlib import contextmanager

import iproyal
import proxyshard
import smartproxy


class Scenario:
    """One vendor's part of the scenario."""

    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self.failures = 0
        # Where answers come from that no sandbox gives: unknown values, redirects, none at all.
        # Without it those steps are left out.
        self.odd_answers_url = os.environ.get("ODD_ANSWERS_URL")

    @contextmanager
    def step(self, name: str):
        """Prints how a step went; a failed one does not keep the next from running."""
        try:
            yield
        except Exception as error:
            self.failures += 1
            print(f"python {self.vendor} {name} FAILED: {type(error).__name__}: {error}", flush=True)
        else:
            print(f"python {self.vendor} {name} ok", flush=True)

    def none(self, name: str, why: str) -> None:
        """Says that a vendor has no such operation."""
        print(f"python {self.vendor} {name} none: {why}", flush=True)


def main() -> int:
    failures = 0
    for vendor in (iproyal, proxyshard, smartproxy):
        scenario = Scenario(vendor.__name__)
        vendor.run(scenario)
        failures += scenario.failures
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
