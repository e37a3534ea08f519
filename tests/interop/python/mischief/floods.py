"""Rows 19 and 38: too much of what would be right. An honest stranger comes meanwhile."""

import threading
import time

from tazcom_wire import bodies
from tazcom_wire.bodies import Kind
from tazcom_wire.handshake import MESSAGE_2, Initiator
from tazcom_wire.identity import Identity
from tazcom_wire.session import Closed

from .case import ANSWERED, CLOSED, OPEN, Case, Reaction, milliseconds
from .sealed import SKIPPED

RECONNECTS = 1_000
MANY = 1_000_000
FLOOD_SECONDS = 10


def reconnects():
    """Row 19: message 1 and away, a thousand times."""
    yield Case(f"{RECONNECTS} times", reconnect, wanted=ANSWERED, within=60)


def reconnect(victim):
    since = time.monotonic()
    streams = []
    message_1 = Initiator(Identity()).message_1()
    for _ in range(RECONNECTS):
        stream = victim.connect()
        try:
            stream.write(message_1)
        except Closed:
            pass
        streams.append(stream)
        if len(streams) == 32:
            streams.pop(0).close()
    for stream in streams:
        stream.close()
    return Reaction(ANSWERED, 0, milliseconds(since))


def within_a_session():
    """Row 38."""
    ping = lambda number: bodies.encode(Kind.PING, number)
    yield Case("pings", lambda victim: flood(victim, ping), within=FLOOD_SECONDS)
    yield Case("empty bodies", lambda victim: flood(victim, lambda _: b""), within=FLOOD_SECONDS)
    skipped = lambda victim: flood(victim, lambda _: SKIPPED)
    yield Case("bodies of an odd kind", skipped, wanted=OPEN, within=FLOOD_SECONDS + 2)


def flood(victim, body):
    """As much as goes into the connection, until it is closed or the time is over."""
    session = victim.meet()
    since = time.monotonic()
    drain = Drain(session.stream, since + FLOOD_SECONDS)
    try:
        for number in range(MANY):
            session.say_encoded(body(number))
            if drain.closed or time.monotonic() > since + FLOOD_SECONDS:
                break
    except (Closed, TimeoutError):
        pass
    drain.thread.join()
    session.stream.close()
    return Reaction(CLOSED if drain.closed else OPEN, drain.bytes, milliseconds(since))


class Drain:
    """Reads what the node sends, so that it never waits for us."""

    def __init__(self, stream, deadline):
        self.bytes = 0
        self.closed = False
        # A socket's timeout is for both directions, so this end has one of its own.
        self.stream = type(stream)(stream.connection.dup())
        self.thread = threading.Thread(target=self.run, args=(deadline,))
        self.thread.start()

    def run(self, deadline):
        try:
            while True:
                self.bytes += len(self.stream.some(65536, deadline))
        except TimeoutError:
            pass
        except Closed:
            self.closed = True
        self.stream.close()


ROWS = {19: reconnects, 38: within_a_session}
