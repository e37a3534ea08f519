"""Row 42: what is wrong with a body, whichever end says it; and what is only unknown."""

from tazcom_wire import bodies, cbor
from tazcom_wire.bodies import Kind
from tazcom_wire.conversation import LONGEST_CUT

from .case import ANSWERED, Case, provoke
from .victim import answers

ODD_KINDS = (1, 11, 23, 255, 2**64 - 1)
EVEN_KINDS = (24, 26, 256, 2**64 - 2)


def saying(*said):
    """These bodies, encoded already, in frames that are right."""

    def play(victim):
        session = victim.meet()
        return provoke(session.stream, b"".join(map(session.seal.seal, said)))

    return play


def living_with(*said):
    def play(victim):
        session = victim.meet()
        for body in said:
            session.say_encoded(body)
        return answers(session)

    return play


def unknown():
    """Odd is skipped, even closes."""
    for kind in ODD_KINDS:
        yield Case(f"kind {kind}", living_with(bodies.encode(kind, {1: [None]})), ANSWERED)
    yield Case("an odd key", living_with(bodies.encode(Kind.ACK, {5: "?"})), ANSWERED)
    yield Case("an odd kind in parts", living_with(*in_parts(cbor.encode([1, bytes(20_000)]))), ANSWERED)
    for kind in EVEN_KINDS:
        yield Case(f"kind {kind}", saying(bodies.encode(kind, {})))
    for kind in (Kind.HELLO, Kind.ACK):
        yield Case(f"an even key in {kind.name}", saying(bodies.encode(kind, {4: 0})))
    yield Case("a key of text", saying(bodies.encode(Kind.ACK, {"a": 0})))
    yield Case("a kind below zero", saying(cbor.encode([-1, 0])))


def malformed():
    """No body at all."""
    yield Case("nothing", saying(b""))
    yield Case("no array", saying(cbor.encode({2: 0})))
    yield Case("one item", saying(cbor.encode([2])))
    yield Case("three items", saying(cbor.encode([2, {}, 0])))
    yield Case("an indefinite array", saying(b"\x9f\x02\xa0\xff"))
    yield Case("a kind too long", saying(b"\x82\x18\x02\xa0"))
    yield Case("something behind it", saying(bodies.encode(Kind.ACK, {}) + b"\0"))
    yield Case("9 deep in a kind that is skipped", saying(b"\x82\x01" + b"\x81" * 8 + b"\x00"))
    yield Case("8 deep in a kind that is skipped", living_with(b"\x82\x01" + b"\x81" * 7 + b"\x00"), ANSWERED)
    yield Case("16,000 deep", saying(b"\x82\x01" + b"\x81" * 16_000 + b"\x00"))
    yield Case("a count beyond its end", saying(b"\x82\x0c\x5b" + b"\xff" * 8))


def misplaced():
    """Known, and not so, or not now."""
    yield Case("a welcome", saying(bodies.encode(Kind.WELCOME, {})))
    yield Case("a pong nobody waits for", saying(bodies.encode(Kind.PONG, 1)))
    yield Case("a hello that is no map", saying(bodies.encode(Kind.HELLO, 0)))
    yield Case("a ping with text", saying(bodies.encode(Kind.PING, "1")))
    yield Case("a ping below zero", saying(bodies.encode(Kind.PING, -1)))
    yield Case("a code too large", saying(bodies.encode(Kind.BYE, 65_536)))
    yield Case("a payload of text", saying(bodies.encode(Kind.GOSSIP, "text")))
    yield Case("a short part", saying(bodies.encode(Kind.PART, bytes(bodies.PART - 1))))
    yield Case("an empty last part", saying(*parts(bytes(bodies.PART), b"")))
    yield Case("a part that makes a hello", saying(*in_parts(bodies.encode(Kind.HELLO, {}))))
    yield Case("parts that make nothing", saying(*parts(bytes(bodies.PART), b"\0")))
    fits = bodies.encode(Kind.GOSSIP, bytes(100))
    yield Case("a part that need not be", saying(*in_parts(fits)))
    too_much = bodies.encode(Kind.FILE, bytes(bodies.LONGEST_PAYLOAD + 1))
    assert len(too_much) == LONGEST_CUT + 1
    yield Case("a payload too large", saying(*in_parts(too_much)))
    yield Case("parts without end", saying(*[bodies.encode(Kind.PART, bytes(bodies.PART))] * 64))
    whole = bodies.encode(Kind.FILE, bytes(bodies.LONGEST_PAYLOAD))
    yield Case("the largest payload", living_with(*in_parts(whole)), ANSWERED)
    first, *rest = in_parts(whole)
    # `[7, null]`: of a kind that is passed over.
    skipped = bodies.encode(Kind.DIRECT, b"\x82\x07\xf6")
    between = [first, bodies.encode(1, 0), skipped, *rest]
    yield Case("others between the parts", living_with(*between), ANSWERED)
    yield Case("an unknown code", lambda victim: saying(bodies.encode(Kind.BYE, 65_535))(victim))


def in_parts(encoded):
    pieces = [encoded[at : at + bodies.PART] for at in range(0, len(encoded), bodies.PART)]
    return parts(*pieces)


def parts(*pieces):
    *full, last = pieces
    return [*(bodies.encode(Kind.PART, piece) for piece in full), bodies.encode(Kind.LAST_PART, last)]


def said():
    yield from unknown()
    yield from malformed()
    yield from misplaced()


ROWS = {42: said}
