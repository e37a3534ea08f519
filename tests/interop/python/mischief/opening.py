"""Rows 12 to 18: what comes before a proof."""

import os
import time

from tazcom_wire.handshake import (
    MESSAGE_1,
    MESSAGE_2,
    MESSAGE_3,
    PREAMBLE,
    HandshakeError,
    Initiator,
    framed,
)
from tazcom_wire.identity import Identity
from tazcom_wire.session import HANDSHAKE_SECONDS, message

from . import curve
from .bent import OtherPrologue, as_initiator
from .case import ANSWERED, Case, Reaction, milliseconds, provoke, watch
from .victim import answers

# A deadline may be late on a busy machine, and is never early.
DEADLINE = {"within": HANDSHAKE_SECONDS + 2, "not_before": HANDSHAKE_SECONDS - 0.5}


def sending(data):
    """Nothing but these bytes on a new connection."""
    return lambda victim: provoke(victim.connect(), data)


def preambles():
    """Row 12: another version, or nothing that is a version."""
    message_1 = framed(os.urandom(MESSAGE_1))
    others = [b"TAZCOM/1\n", b"TAZCOM/9\n", b"TAZCOM/2\r\n", b"TAZCOM/2 ", b"TaZCOM/2\n"]
    for data in [*others, b"T\0", b"tazcom/2\n", b"\nTAZCOM/2\n", b"\0"]:
        yield Case(repr(data), sending(data + message_1))
    yield Case("another prologue", other_prologue)


def other_prologue(victim):
    """Cannot read message 2, and goes on as if it had."""
    stream = victim.connect()
    handshake = as_initiator(OtherPrologue)(Identity())
    stream.write(handshake.message_1())
    reply = message(stream, (MESSAGE_2,), time.monotonic() + HANDSHAKE_SECONDS)
    try:
        handshake.message_2(reply)
    except HandshakeError:
        return provoke(stream, framed(os.urandom(MESSAGE_3.start)))
    raise AssertionError("two prologues made one transcript")


def segments():
    """Row 13: however it is cut, it is the same handshake."""
    yield Case("a byte at a time", byte_by_byte, wanted=ANSWERED)


def byte_by_byte(victim):
    stream = victim.connect()
    handshake = Initiator(Identity())
    begin = handshake.message_1()
    for at in range(len(begin)):
        stream.write(begin[at : at + 1])
        time.sleep(0.01)
    handshake.message_2(message(stream, (MESSAGE_2,), time.monotonic() + HANDSHAKE_SECONDS))
    return answers(victim.finish(stream, handshake))


def lengths_of_message_1():
    """Row 14: the length alone is enough."""
    for length in (0, 1, 31, 33, 192, 0xFFFF):
        yield Case(f"{length}", sending(PREAMBLE + length.to_bytes(2, "big")))


def payload_in_message_1():
    """Row 15."""
    for extra in (1, 16, 256):
        data = PREAMBLE + framed(os.urandom(MESSAGE_1 + extra))
        yield Case(f"{extra} bytes", sending(data))


def low_order_ephemerals():
    """Row 16: found before message 2 leaves."""
    for key in [*curve.SMALL_ORDER_U, *map(curve.with_upper_bit, curve.SMALL_ORDER_U)]:
        yield Case(key.hex(), sending(PREAMBLE + framed(key)))


def second_encodings():
    """Row 17: as RFC 7748 has it, the upper bit does not count, and what is not reduced is."""
    yield Case("upper bit", upper_bit, wanted=ANSWERED)
    for key in curve.UNREDUCED_U:
        yield Case(key.hex(), lambda victim, key=key: unreduced(victim, key), wanted=ANSWERED)


class UpperBit(Initiator):
    """Has an ephemeral key with the bit set that does not count."""

    def __init__(self, identity, **more):
        super().__init__(identity, ephemeral=os.urandom(32), **more)
        self.state.e.public_bytes = curve.with_upper_bit(self.state.e.public_bytes)


def upper_bit(victim):
    return answers(victim.finish(*victim.halfway(kind=UpperBit)))


def unreduced(victim, key):
    """Nobody knows the secret of such a key: that message 2 comes is all there is to see."""
    stream = victim.connect()
    since = time.monotonic()
    stream.write(PREAMBLE + framed(key))
    reply = message(stream, (MESSAGE_2,), since + HANDSHAKE_SECONDS)
    stream.close()
    return Reaction(ANSWERED, len(reply), milliseconds(since))


def stalls():
    """Row 18: whatever was sent, the time is over."""
    yield Case("after the preamble", lambda victim: stall(victim, len(PREAMBLE)), **DEADLINE)
    yield Case("within message 1", lambda victim: stall(victim, len(PREAMBLE) + 20), **DEADLINE)
    yield Case("after message 1", after_message_1, **DEADLINE)
    yield Case("within message 3", within_message_3, **DEADLINE)


def stall(victim, count):
    stream, since = victim.connect(), time.monotonic()
    stream.write(Initiator(Identity()).message_1()[:count])
    return watch(stream, since)


def after_message_1(victim):
    since = time.monotonic()
    stream, _ = victim.halfway()
    return watch(stream, since)


def within_message_3(victim):
    since = time.monotonic()
    stream, handshake = victim.halfway()
    stream.write(handshake.message_3()[:-1])
    return watch(stream, since)


ROWS = {
    12: preambles,
    13: segments,
    14: lengths_of_message_1,
    15: payload_in_message_1,
    16: low_order_ephemerals,
    17: second_encodings,
    18: stalls,
}
