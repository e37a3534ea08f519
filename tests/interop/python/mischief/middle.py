"""Rows 27, 28 and 36: a man in the middle between the node and an honest peer of ours.

He has no keys. He sees the lengths, and so the units: messages of the handshake, frames. He passes
them on, or not.
"""

import os
import socket
import threading
import time

from tazcom_wire.bodies import Kind
from tazcom_wire.handshake import (
    MESSAGE_1,
    MESSAGE_3,
    PREAMBLE,
    HandshakeError,
    Initiator,
    Responder,
    framed,
)
from tazcom_wire.identity import Identity
from tazcom_wire.session import Closed, Session, Stream, answer, initiate

from .case import ANSWERED, CLOSED, OPEN, PATIENCE, Case, Reaction, milliseconds
from .sealed import SKIPPED
from .victim import answers, greeted

LIFE_SECONDS = 60


class Middle:
    """The connection of a node and an honest peer, and the man in it."""

    def __init__(self, victim):
        self.dialled = not victim.dials
        self.node = victim.connect()
        self.honest, self.inner = pair()
        self.captured = b""
        self.to_node = Pump(self, self.inner, self.node, begins=self.dialled)
        self.from_node = Pump(self, self.node, self.inner, begins=not self.dialled)

    def meet(self):
        """The honest peer's session with the node, when all is quiet."""
        if self.dialled:
            session = initiate(self.honest, Initiator(Identity()))
            return greeted(session, {"welcome", "hello", "ack"})
        session = Session(self.honest, answer(self.honest, Responder(Identity())))
        session.say(Kind.WELCOME, {})
        return greeted(session, {"hello", "ack"})

    def watch(self):
        """What the node does from now on."""
        since, before = time.monotonic(), self.from_node.count
        what = CLOSED if self.from_node.ended.wait(PATIENCE) else OPEN
        self.close()
        return Reaction(what, self.from_node.count - before, milliseconds(since))

    def close(self):
        for stream in (self.node, self.honest, self.inner):
            stream.close()


class Pump:
    """One direction. `rule` tells what becomes of a unit: a list of those passed on instead."""

    def __init__(self, middle, source, sink, begins):
        self.middle = middle
        # Reading and writing have a timeout each.
        self.source = Stream(source.connection.dup())
        self.sink = sink
        self.begins = begins
        self.rule = lambda unit: [unit]
        self.count = 0
        self.ended = threading.Event()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        deadline = time.monotonic() + LIFE_SECONDS
        try:
            while True:
                unit = self.unit(deadline)
                self.middle.captured += unit
                self.count += len(unit)
                for passed in self.rule(unit):
                    self.sink.write(passed)
        except (Closed, TimeoutError, OSError):
            pass
        finally:
            self.ended.set()
            self.source.close()
            self.sink.end()

    def unit(self, deadline):
        before = b""
        if self.begins:
            self.begins = False
            before = self.source.exactly(len(PREAMBLE), deadline)
        header = self.source.exactly(2, deadline)
        return before + header + self.source.exactly(int.from_bytes(header, "big"), deadline)


def pair():
    """Both ends of a connection within this process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = Stream.dial(listener.getsockname())
        return near, Stream(listener.accept()[0])


def relayed():
    """Row 27: passing everything on is all that a cable does."""
    yield Case("unchanged", unchanged, wanted=ANSWERED)


def unchanged(victim):
    middle = Middle(victim)
    session = middle.meet()
    reaction = answers(session)
    # Without a key, neither who speaks nor what is said can be seen.
    assert session.peer not in middle.captured
    assert session.own not in middle.captured
    middle.close()
    return reaction


def swapped_ephemerals():
    """Row 28."""
    yield Case("of the initiator", lambda victim: swapped(victim, by_initiator=True))
    yield Case("of the responder", lambda victim: swapped(victim, by_initiator=False))


def swapped(victim, by_initiator):
    middle = Middle(victim)
    from_us = by_initiator == middle.dialled
    pump = middle.to_node if from_us else middle.from_node
    pump.rule = other_ephemeral
    handshake = (Initiator if middle.dialled else Responder)(Identity())
    try:
        (initiate if middle.dialled else answer)(middle.honest, handshake)
    except (HandshakeError, Closed):
        pass
    else:
        raise AssertionError("a handshake with a swapped key went through")
    if middle.dialled:
        # The honest one is gone; the man goes on alone.
        middle.to_node.sink.write(framed(os.urandom(MESSAGE_3.start)))
    return middle.watch()


def other_ephemeral(unit):
    """An X25519 key stands first in messages 1 and 2."""
    at = len(PREAMBLE) + 2 if unit.startswith(PREAMBLE) else 2
    key = Initiator(Identity(), ephemeral=os.urandom(32)).state.e.public_bytes
    return [unit[:at] + key + unit[at + MESSAGE_1 :]]


def tampered_frames():
    """Row 36: frames towards the node."""
    yield Case("replayed", lambda victim: tampered(victim, replay))
    yield Case("replayed later", replayed_later)
    yield Case("dropped", lambda victim: tampered(victim, Drop()))
    yield Case("swapped", lambda victim: tampered(victim, Swap()))
    for name, at in (("length", 0), ("first byte", 2), ("tag", -1)):
        yield Case(f"a bit flipped: {name}", lambda victim, at=at: tampered(victim, flip(at)))


def tampered(victim, rule):
    middle = Middle(victim)
    session = middle.meet()
    middle.to_node.rule = rule
    session.say_encoded(SKIPPED)
    session.say_encoded(SKIPPED)
    return middle.watch()


def replayed_later(victim):
    middle = Middle(victim)
    first = []
    middle.to_node.rule = lambda unit: (first.append(unit), [unit])[1]
    session = middle.meet()
    # The third at the earliest: the ones before may be messages of the handshake.
    middle.to_node.rule = lambda unit: [unit, first[-1]]
    session.say_encoded(SKIPPED)
    return middle.watch()


def replay(unit):
    return [unit, unit]


class Drop:
    """Keeps the first unit for itself."""

    def __init__(self):
        self.dropped = False

    def __call__(self, unit):
        if self.dropped:
            return [unit]
        self.dropped = True
        return []


class Swap:
    """Passes the first unit on after the second."""

    def __init__(self):
        self.held = None

    def __call__(self, unit):
        if self.held is None:
            self.held = unit
            return []
        return [unit, self.held]


def flip(at):
    def rule(unit):
        changed = bytearray(unit)
        changed[at] ^= 1
        return [bytes(changed)]

    return rule


ROWS = {27: relayed, 28: swapped_ephemerals, 36: tampered_frames}
