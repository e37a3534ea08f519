"""What may be said when, sections 4 and 6: the bodies of one session, seen from one end.

Fed with the bodies of the peer, it tells what came of each and what is to be said in return. It
knows no socket and no clock: whoever calls says what time it is.
"""

from collections import deque
from typing import NamedTuple

from . import bodies
from .bodies import BodyError, Kind

PINGS_UNANSWERED = 8
PINGS_A_SECOND = 50
PINGS_AT_ONCE = 200
# A payload of the greatest length, with its kind: what parts may make at most.
LONGEST_CUT = len(bodies.encode(Kind.FILE, bytes(bodies.LONGEST_PAYLOAD)))


class Heard(NamedTuple):
    """What came of a body: `welcome`, `hello`, `ack`, `ping`, `pong`, `bye`, `received`, or
    `nothing`, and the bodies to be said in return."""

    what: str
    fields: dict = {}
    replies: tuple = ()


NOTHING = Heard("nothing")


class Conversation:
    """One end of a session that stands."""

    def __init__(self, initiator):
        self.awaits_welcome = initiator
        self.pings = deque()
        self.parts = None
        self.allowance = Allowance()

    def ping(self, token, now):
        """The body that asks; remembered until it is answered."""
        if len(self.pings) == PINGS_UNANSWERED:
            raise ValueError("too many pings are unanswered")
        self.pings.append((token, now))
        return bodies.encode(Kind.PING, token)

    def hear(self, encoded, now):
        """What the peer said. Raises `BodyError` where the connection is to be closed."""
        body = bodies.decode(encoded)
        kind = body and body.kind
        if self.awaits_welcome and kind not in (Kind.WELCOME, Kind.BYE):
            raise BodyError(f"{kind!r} before the welcome")
        if body is None:
            return NOTHING
        if kind is Kind.WELCOME:
            return self.welcome(body.value)
        if kind is Kind.HELLO:
            return Heard("hello", {}, (bodies.encode(Kind.ACK, {}),))
        if kind is Kind.ACK:
            return Heard("ack")
        if kind is Kind.PING:
            self.allowance.take(now)
            return Heard("ping", {}, (bodies.encode(Kind.PONG, body.value),))
        if kind is Kind.PONG:
            return self.pong(body.value, now)
        if kind is Kind.BYE:
            return Heard("bye", {"code": body.value})
        if kind in bodies.PARTS:
            return self.part(body)
        return received(body)

    def welcome(self, fields):
        if not self.awaits_welcome:
            raise BodyError("a welcome out of place")
        self.awaits_welcome = False
        return Heard("welcome", fields)

    def pong(self, token, now):
        if not self.pings or self.pings[0][0] != token:
            raise BodyError("a pong nobody waits for")
        _, since = self.pings.popleft()
        return Heard("pong", {"token": token, "ms": round((now - since) * 1000, 3)})

    def part(self, body):
        if body.kind is Kind.LAST_PART and self.parts is None:
            raise BodyError("a last part without a first")
        self.parts = (self.parts or b"") + body.value
        if len(self.parts) > LONGEST_CUT:
            raise BodyError("parts that make too much")
        if body.kind is Kind.PART:
            return NOTHING
        whole, self.parts = bodies.decode(self.parts), None
        if whole is None:
            return NOTHING
        if whole.kind not in bodies.PAYLOADS:
            raise BodyError(f"parts that make a {whole.kind.name}")
        return received(whole)


def received(body):
    return Heard("received", {"kind": body.kind.name.capitalize(), "payload": body.value})


class Allowance:
    """How many pings the peer may send."""

    def __init__(self):
        self.left = PINGS_AT_ONCE
        self.at = None

    def take(self, now):
        if self.at is not None:
            gained = (now - self.at) * PINGS_A_SECOND
            self.left = min(PINGS_AT_ONCE, self.left + gained)
        self.at = now
        if self.left < 1:
            raise BodyError("too many pings")
        self.left -= 1
