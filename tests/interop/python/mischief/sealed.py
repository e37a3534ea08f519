"""Rows 33 to 37 and 41: what is wrong with a frame, whichever end sends it."""

import os
import time

from tazcom_wire import bodies, cbor
from tazcom_wire.bodies import Kind
from tazcom_wire.frames import FRAMES_PER_KEY, LENGTHS, LONGEST_BODY, PREFIX, TAG
from tazcom_wire.session import FRAME_SECONDS, Closed

from .bent import EarlyRekey, WithoutRekey
from .case import ANSWERED, Case, provoke, watch
from .victim import answers

# Of an odd kind, and so skipped: a frame that needs no answer.
SKIPPED = cbor.encode([1, None])
DEADLINE = {"within": FRAME_SECONDS + 2, "not_before": FRAME_SECONDS - 0.5}


def in_session(data):
    """Raw bytes in a session that stands."""
    return lambda victim: provoke(victim.meet().stream, data)


def plaintext(data):
    """A frame with this inside, padding and all."""

    def play(victim):
        session = victim.meet()
        return provoke(session.stream, session.seal.frame(data))

    return play


def lengths():
    """Row 33: the length alone is enough."""
    for length in (0, 1, 63, 65, 127, 16383, 16385, 0xFFFF):
        yield Case(f"{length}", in_session(length.to_bytes(2, "big")))


def garbage():
    """Row 34: a length that is right, and nothing else."""
    for length in LENGTHS:
        yield Case(f"{length}", in_session(length.to_bytes(2, "big") + os.urandom(length)))


def slow():
    """Row 35: a frame that began has ten seconds."""
    yield Case("a byte a second", a_byte_a_second, **DEADLINE)
    yield Case("half a length", lambda victim: watch(begun(victim, 1)), **DEADLINE)
    yield Case("all but the last byte", lambda victim: watch(begun(victim, -1)), **DEADLINE)


def begun(victim, count):
    session = victim.meet()
    session.stream.write(session.seal.seal(SKIPPED)[:count])
    return session.stream


def a_byte_a_second(victim):
    session = victim.meet()
    frame = session.seal.seal(SKIPPED)
    since = time.monotonic()
    for at in range(2 * FRAME_SECONDS):
        try:
            session.stream.write(frame[at : at + 1])
        except Closed:
            break
        if not session.stream.is_silent_until(since + at + 1):
            break
    return watch(session.stream, since)


def padding():
    """Row 37: what the body leaves must be zeros, and it cannot be longer than its frame."""
    hello = bodies.encode(Kind.HELLO, {})
    room = LENGTHS[0] - TAG - PREFIX - len(hello)
    for name, at in (("its first byte", 0), ("its middle", room // 2), ("its last byte", room - 1)):
        filling = bytearray(room)
        filling[at] = 1
        data = len(hello).to_bytes(PREFIX, "big") + hello + filling
        yield Case(f"not zero: {name}", plaintext(data))
    for length in (LENGTHS[0], LENGTHS[-1]):
        most = length - TAG - PREFIX
        for count in (most + 1, 0xFFFF):
            data = count.to_bytes(PREFIX, "big").ljust(length - TAG, b"\0")
            yield Case(f"{count} bytes in a frame of {length}", plaintext(data))
    yield Case("a longer frame than needed", longer_than_needed, wanted=ANSWERED)
    yield Case("the longest body", longest_body, wanted=ANSWERED)


def longer_than_needed(victim):
    session = victim.meet()
    data = len(SKIPPED).to_bytes(PREFIX, "big") + SKIPPED
    session.stream.write(session.seal.frame(data.ljust(LENGTHS[3] - TAG, b"\0")))
    return answers(session)


def longest_body(victim):
    session = victim.meet()
    body = bodies.encode(Kind.PART, bytes(bodies.PART))
    assert len(body) == LONGEST_BODY
    session.say_encoded(body)
    return answers(session)


def rekeying():
    """Row 41: the next key is taken after exactly so many frames."""
    # All those frames have to be opened first.
    yield Case("never", lambda victim: over_the_edge(victim, WithoutRekey), within=10)
    yield Case("a frame early", lambda victim: over_the_edge(victim, EarlyRekey), within=10)
    yield Case("in time", in_time, wanted=ANSWERED, within=10)


def over_the_edge(victim, kind):
    """The last frame under the first key, and the first under the second."""
    session = victim.meet(kind)
    while session.seal.sealed < FRAMES_PER_KEY - 1:
        session.say_encoded(SKIPPED)
    return provoke(session.stream, session.seal.seal(SKIPPED) + session.seal.seal(SKIPPED))


def in_time(victim):
    session = victim.meet()
    while session.seal.sealed < FRAMES_PER_KEY + 1:
        session.say_encoded(SKIPPED)
    return answers(session)


ROWS = {
    33: lengths,
    34: garbage,
    35: slow,
    37: padding,
    41: rekeying,
}
