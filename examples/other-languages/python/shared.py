"""What all three vendors' parts share."""

from contextlib import contextmanager

import httpx

# Long: to stop waiting for a purchase is worse than to wait.
TIMEOUT = httpx.Timeout(120)


class Refused(Exception):
    """The vendor said no: nothing was bought."""


class Unknown(Exception):
    """It may have been bought. List the orders and look; don't buy again."""


def failure(answer) -> Exception:
    """What an answer means that is no success. No page says that 408, 425 or 429 is "not carried out", or that a redirect is."""
    status = answer.status_code.value
    refused = 400 <= status < 500 and status not in (408, 425, 429)
    return (Refused if refused else Unknown)(f"HTTP {status}: {answer.content!r}")


@contextmanager
def spending():
    """Goes around a call that spends, which is made once: after whatever is no clear refusal it may have been bought."""
    try:
        yield
    except (Refused, Unknown):
        raise
    except Exception as error:
        raise Unknown(f"{type(error).__name__}: {error}") from error


def expect(condition: object, what: str) -> None:
    """Fails the step unless it holds."""
    if not condition:
        raise AssertionError(what)


def expect_unknown(call) -> None:
    """Fails the step unless the call leaves it open whether something was bought."""
    try:
        call()
    except Unknown:
        return  # Here a program lists the orders.
    raise AssertionError("it was taken for an order")
