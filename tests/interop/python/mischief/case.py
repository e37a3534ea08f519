"""A hostile act, and the reaction that is measured."""

import time
from typing import Callable, NamedTuple

from tazcom_wire.session import Closed

CLOSED = "closed"
ANSWERED = "answered"
OPEN = "open"

AT_ONCE = 1.0
# Longer than any deadline of the protocol.
PATIENCE = 15


class Reaction(NamedTuple):
    """What the node did after the act."""

    what: str
    bytes: int
    after_ms: float


class Case(NamedTuple):
    """One act. `play` does it to a victim and tells the reaction."""

    name: str
    play: Callable
    wanted: str = CLOSED
    # Seconds, from the act to the reaction: the last that is right, and the first.
    within: float = AT_ONCE
    not_before: float = 0.0


def watch(stream, since=None, patience=PATIENCE):
    """Waits for the node to close, and counts what it sends until then."""
    since = since or time.monotonic()
    count = 0
    try:
        while True:
            count += len(stream.some(65536, since + patience))
    except Closed:
        what = CLOSED
    except TimeoutError:
        what = OPEN
    finally:
        stream.close()
    return Reaction(what, count, milliseconds(since))


def provoke(stream, data, patience=PATIENCE):
    """Sends `data` and watches."""
    since = time.monotonic()
    try:
        stream.write(data)
    except Closed:
        pass  # the node did not read to the end; what it has sent is still to be counted
    return watch(stream, since, patience)


def milliseconds(since):
    return round((time.monotonic() - since) * 1000, 3)
