"""What a hostile peer does to a node that dials it: message 2, the proof in it, and the welcome."""

import os
import time

from tazcom_wire import bodies
from tazcom_wire.bodies import Kind
from tazcom_wire.handshake import MESSAGE_1, MESSAGE_2, Initiator, Responder, framed
from tazcom_wire.identity import Identity
from tazcom_wire.session import HANDSHAKE_SECONDS, Session, answer, preamble_and_message_1

from . import curve
from .bent import Altered, NoDomain, OtherPrologue, OtherStatic, SameRole, as_responder
from .case import ANSWERED, Case, provoke, watch
from .opening import DEADLINE
from .proofs import flip
from .victim import answers, greeted


def called(victim):
    """A connection on which the node has sent message 1, and that message."""
    stream = victim.connect()
    return stream, preamble_and_message_1(stream, time.monotonic() + HANDSHAKE_SECONDS)


def replying(data):
    """These bytes in place of message 2."""

    def play(victim):
        stream, _ = called(victim)
        return provoke(stream, data)

    return play


def proving(kind=Responder, identity=Identity, **more):
    """A message 2 that proves what `kind` makes it prove."""

    def play(victim):
        stream, message_1 = called(victim)
        handshake = kind(identity(), **more)
        handshake.message_1(message_1)
        return provoke(stream, handshake.message_2())

    return play


def other_protocols():
    """Row 12."""
    for data in (b"ERROR\n", b"ACKNOWLEDGED\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 64):
        yield Case(repr(data[:16]), replying(data))
    yield Case("another prologue", proving(as_responder(OtherPrologue)))


def lengths_of_message_2():
    """Row 14."""
    for length in (0, MESSAGE_2 - 1, MESSAGE_2 + 1, 0xFFFF):
        yield Case(f"{length}", replying(length.to_bytes(2, "big")))


def low_order_ephemerals():
    """Row 16."""
    for key in curve.SMALL_ORDER_U:
        yield Case(key.hex(), replying(framed(key + os.urandom(MESSAGE_2 - len(key)))))


def stalls():
    """Row 18."""
    yield Case("before message 2", lambda victim: watch(called(victim)[0]), **DEADLINE)
    yield Case("within message 2", lambda victim: stalled(victim), **DEADLINE)
    yield Case("before the welcome", unwelcoming, **DEADLINE)


def stalled(victim):
    stream, _ = called(victim)
    since = time.monotonic()
    stream.write(framed(os.urandom(MESSAGE_2))[:-1])
    return watch(stream, since)


def unwelcoming(victim):
    stream = victim.connect()
    since = time.monotonic()
    answer(stream, Responder(Identity()))
    return watch(stream, since)


def flipped_bits():
    """Row 20: a bit of every sixteenth byte of message 2."""
    for at in range(0, MESSAGE_2, 16):
        yield Case(f"byte {at}", lambda victim, at=at: flipped(victim, at))


def flipped(victim, at):
    stream, message_1 = called(victim)
    handshake = Responder(Identity())
    handshake.message_1(message_1)
    sent = bytearray(handshake.message_2())
    sent[2 + at] ^= 1 << at % 8
    return provoke(stream, bytes(sent))


def wrong_signatures():
    """Rows 21 to 25."""
    another, altered = Identity(), as_responder(Altered)
    yield Case("of zeros", proving(altered, alter=lambda proof: proof[:32] + bytes(64)))
    yield Case("a bit flipped", proving(altered, alter=lambda p: p[:-40] + flip(p[-40:])))
    yield Case("in the name of another", proving(altered, alter=lambda p: another.id + p[32:]))
    yield Case("of another static key", proving(as_responder(OtherStatic)))
    yield Case("without its domain", proving(as_responder(NoDomain)))


def old_proofs():
    """Row 22."""
    yield Case("with the same static key", old_proof)


def old_proof(victim):
    identity, static = Identity(), os.urandom(32)
    first = Responder(identity, static=static)
    first.message_1(Initiator(Identity()).message_1()[-MESSAGE_1:])
    proof = first.proof()
    kind = as_responder(Altered)
    return proving(kind, lambda: identity, static=static, alter=lambda _: proof)(victim)


def reflections():
    """Row 23."""
    yield Case("the other role", proving(as_responder(SameRole)))


def ourselves():
    """Row 24."""
    yield Case("with its key", lambda victim: proving(identity=victim.stolen)(victim))


def unsound():
    """Row 25."""
    for name in curve.SMALL_ORDER_A:
        yield Case(f"id: {name}", proving(identity=lambda name=name: curve.SmallOrder(name)))
    for name in ("neutral", "neutral unreduced"):
        yield Case(f"R: {name}", proving(identity=lambda name=name: curve.SmallOrderR(name)))
    yield Case("S beyond the order", proving(identity=curve.Malleable))


def impostor():
    """Row 26: who answers is sound, and not the one who was called."""
    yield Case("another id than announced", proving())


def welcomes():
    """Row 42, in the first body."""
    hello, empty = bodies.encode(Kind.HELLO, {}), bodies.encode(Kind.WELCOME, {})
    yield Case("a hello before it", welcoming(hello))
    yield Case("an unknown odd kind before it", welcoming(bodies.encode(1, 0)))
    yield Case("two", welcoming(empty, empty))
    yield Case("no map", welcoming(bodies.encode(Kind.WELCOME, 0)))
    yield Case("an even key", welcoming(bodies.encode(Kind.WELCOME, {2: 0})))
    yield Case("a name of 33 bytes", welcoming(bodies.encode(Kind.WELCOME, {1: "n" * 33})))
    yield Case("a name of none", welcoming(bodies.encode(Kind.WELCOME, {1: ""})))
    yield Case("a name that is no text", welcoming(bodies.encode(Kind.WELCOME, {1: b"n"})))
    yield Case("an odd key", welcomed({5: [None]}), wanted=ANSWERED)
    yield Case("all there is", welcomed({1: "n" * 32, 3: {5: "?"}}), wanted=ANSWERED)


def welcoming(*said):
    """These bodies first. What the node says to a good one before a bad one is not counted."""

    def play(victim):
        stream = victim.connect()
        session = Session(stream, answer(stream, Responder(Identity())))
        return provoke(stream, b"".join(map(session.seal.seal, said)))

    return play


def welcomed(fields):
    def play(victim):
        stream = victim.connect()
        session = Session(stream, answer(stream, Responder(Identity())))
        session.say(Kind.WELCOME, fields)
        return answers(greeted(session, {"hello", "ack"}))

    return play


ROWS = {
    12: other_protocols,
    14: lengths_of_message_2,
    16: low_order_ephemerals,
    18: stalls,
    20: flipped_bits,
    21: wrong_signatures,
    22: old_proofs,
    23: reflections,
    24: ourselves,
    25: unsound,
    26: impostor,
    42: welcomes,
}
