"""Rows 20 to 25 and 29: a good handshake that proves nothing."""

import os
import time

from tazcom_wire import cbor
from tazcom_wire.handshake import MESSAGE_2, MESSAGE_3, PROOF, Initiator, framed
from tazcom_wire.identity import Identity
from tazcom_wire.session import HANDSHAKE_SECONDS, message

from . import curve
from .bent import Altered, NoDomain, OtherStatic, SameRole, as_initiator
from .case import ANSWERED, Case, provoke
from .victim import answers


def claim(victim, kind=Initiator, **more):
    """A handshake to its last message, which proves what `kind` makes it prove."""
    stream, handshake = victim.halfway(kind=kind, **more)
    return provoke(stream, handshake.message_3())


def flipped_bits():
    """Row 20: a bit of every byte of message 3."""
    for at in range(MESSAGE_3.start):
        yield Case(f"byte {at}", lambda victim, at=at: flipped(victim, at))


def flipped(victim, at):
    stream, handshake = victim.halfway()
    sent = bytearray(handshake.message_3())
    sent[2 + at] ^= 1 << at % 8
    return provoke(stream, bytes(sent))


def altered(alter):
    return lambda victim: claim(victim, as_initiator(Altered), alter=alter)


def bent(bend):
    return lambda victim: claim(victim, as_initiator(bend))


def wrong_signatures():
    """Row 21: whoever signs, it is not the one who says so, or not this."""
    another = Identity()
    yield Case("of zeros", altered(lambda proof: proof[:32] + bytes(64)))
    yield Case("a bit flipped", altered(lambda proof: proof[:-40] + flip(proof[-40:])))
    yield Case("in the name of another", altered(lambda proof: another.id + proof[32:]))
    yield Case("of another static key", bent(OtherStatic))
    yield Case("without its domain", bent(NoDomain))


def flip(data):
    return bytes([data[0] ^ 1]) + data[1:]


def old_proofs():
    """Row 22: what was proven once, and to the same node, holds for no other transcript."""
    yield Case("with the same static key", old_proof)


def old_proof(victim):
    identity, static = Identity(), os.urandom(32)
    stream, first = victim.halfway(identity=identity, static=static)
    proof = first.proof()
    answers(victim.finish(stream, first))
    return claim(
        victim, as_initiator(Altered), alter=lambda _: proof, identity=identity, static=static
    )


def reflections():
    """Row 23: what R may say, I may not."""
    yield Case("the other role", bent(SameRole))
    yield Case("the node's own proof", reflected)


def reflected(victim):
    heard = {}

    class Listening(as_initiator(Altered)):
        def read(self, data):
            heard["proof"], before = super().read(data)
            return heard["proof"], before

    return claim(victim, Listening, alter=lambda _: heard["proof"])


def ourselves():
    """Row 24: the node's own identity, by a thief and by a liar."""
    yield Case("with its key", lambda victim: claim(victim, Shameless, identity=victim.stolen()))
    yield Case("without", altered_to_own_id)


class Shameless(Initiator):
    """Goes on although the other end has its own identity."""

    def judge(self, proof, hash_before, role, expected):
        self.peer = proof[:32]


def altered_to_own_id(victim):
    return altered(lambda proof: victim.id + proof[32:])(victim)


def unsound():
    """Row 25: points and numbers that only a strict check refuses."""
    for name in curve.SMALL_ORDER_A:
        identity = lambda name=name: curve.SmallOrder(name)
        yield Case(f"id: {name}", claiming(identity))
    for name in ("neutral", "neutral with sign", "neutral unreduced"):
        identity = lambda name=name: curve.SmallOrderR(name)
        yield Case(f"R: {name}", claiming(identity))
    yield Case("S beyond the order", claiming(curve.Malleable))


def claiming(identity):
    return lambda victim: claim(victim, identity=identity())


def wrong_capabilities():
    """Row 29: behind a good proof, what is not as section 5 has it; and what is."""
    bad = {
        "257 bytes": cbor.encode({5: bytes(253)}),
        "no map": cbor.encode([1]),
        "an empty map": b"\xa0",
        "100 deep": b"\xa1\x05" + b"\x81" * 99 + b"\x00",
        "9 deep": cbor.encode({5: nested(8)}),
        "a key twice": b"\xa2\x05\x00\x05\x00",
        "keys out of order": b"\xa2\x07\x00\x05\x00",
        "an indefinite length": b"\xbf\x05\x00\xff",
        "a number too long": b"\xa1\x05\x18\x00",
        "a key of text": b"\xa1\x61a\x00",
        "a tag": b"\xa1\x05\xc1\x00",
        "floating point": b"\xa1\x05\xf9\x00\x00",
        "undefined": b"\xa1\x05\xf7",
        "text that is not UTF-8": b"\xa1\x05\x61\xff",
        "cut off": b"\xa1\x05",
        "more than one value": b"\xa1\x05\x00\x00",
        "a count beyond its end": b"\xbb" + b"\xff" * 8,
    }
    good = {
        "none": b"",
        "256 bytes": cbor.encode({5: bytes(252)}),
        "8 deep": cbor.encode({5: nested(7)}),
        "unknown keys": cbor.encode({4: None, 5: True, 2**64 - 1: -(2**64)}),
        "known keys of other types": cbor.encode({1: "1", 3: 3}),
        "a name": cbor.encode({3: b"mallory"}),
    }
    for name, data in bad.items():
        yield Case(name, lambda victim, data=data: claim(victim, capabilities=data))
    for name, data in good.items():
        meet = lambda victim, data=data: answers(victim.meet(capabilities=data))
        yield Case(name, meet, wanted=ANSWERED)


def nested(depth):
    """A value with so many arrays around it."""
    return [nested(depth - 1)] if depth else 0


def lengths_of_message_3():
    """Row 14 again, one message later."""
    for length in (0, MESSAGE_3.start - 1, MESSAGE_3.stop, 0xFFFF):
        yield Case(f"message 3 of {length}", lambda victim, length=length: third(victim, length))


def third(victim, length):
    stream, _ = victim.halfway()
    return provoke(stream, length.to_bytes(2, "big"))


ROWS = {
    14: lengths_of_message_3,
    20: flipped_bits,
    21: wrong_signatures,
    22: old_proofs,
    23: reflections,
    24: ourselves,
    25: unsound,
    29: wrong_capabilities,
}
