"""Bodies and capabilities, sections 5 and 6: what is said, and whether it may be said so."""

from enum import IntEnum
from typing import NamedTuple

from . import cbor
from .frames import LONGEST_BODY

NAME = range(1, 33)
LONGEST_CAPABILITIES = 256
LONGEST_PAYLOAD = 65_536
PART = 16_361


class Kind(IntEnum):
    WELCOME = 0
    HELLO = 2
    ACK = 4
    PING = 6
    PONG = 8
    BYE = 10
    GOSSIP = 12
    SYNC = 14
    DIRECT = 16
    FILE = 18
    PART = 20
    LAST_PART = 22


class Body(NamedTuple):
    """A kind and what it says."""

    kind: Kind
    value: object


PAYLOADS = (Kind.GOSSIP, Kind.SYNC, Kind.DIRECT, Kind.FILE)
MAPS = (Kind.WELCOME, Kind.HELLO, Kind.ACK)
PARTS = (Kind.PART, Kind.LAST_PART)


class BodyError(Exception):
    """The connection ends here."""


def encode(kind, value):
    return cbor.encode([int(kind), value])


def cut(encoded):
    """The bodies that carry `encoded`, a body itself: one, or several parts."""
    if len(encoded) <= LONGEST_BODY:
        return [encoded]
    pieces = [encoded[at : at + PART] for at in range(0, len(encoded), PART)]
    parts = [encode(Kind.PART, piece) for piece in pieces[:-1]]
    return [*parts, encode(Kind.LAST_PART, pieces[-1])]


def decode(data):
    """The body, or `None` for one to be skipped."""
    try:
        value = cbor.decode(data)
    except cbor.CborError as error:
        raise BodyError(f"a body that is not CBOR as we have it: {error}") from error
    if not isinstance(value, list) or len(value) != 2 or not is_unsigned(value[0]):
        raise BodyError("a body that is not a kind and a value")
    number, value = value
    if number not in list(Kind):
        if number % 2:
            return None
        raise BodyError(f"a body of the unknown kind {number}")
    kind = Kind(number)
    return Body(kind, checked(kind, value))


def checked(kind, value):
    """The value, if it is one for this kind; of a map the keys that are known."""
    if kind in MAPS:
        return known(kind, value)
    if kind in (Kind.PING, Kind.PONG):
        return must(is_unsigned(value), kind, value)
    if kind is Kind.BYE:
        return must(is_unsigned(value) and value <= 65_535, kind, value)
    must(isinstance(value, bytes), kind, value)
    if kind is Kind.PART:
        return must(len(value) == PART, kind, value)
    if kind is Kind.LAST_PART:
        return must(0 < len(value) <= PART, kind, value)
    return must(len(value) <= LONGEST_PAYLOAD, kind, value)


def known(kind, value):
    must(isinstance(value, cbor.Map), kind, value)
    fields = {}
    for key, content in value.pairs:
        must(is_unsigned(key), kind, value)
        if kind is Kind.WELCOME and key == 1:
            is_name = isinstance(content, str) and len(content.encode()) in NAME
            fields["name"] = must(is_name, kind, content)
        elif kind is Kind.WELCOME and key == 3:
            fields["capabilities"] = understood(content)
        elif key % 2 == 0:
            raise BodyError(f"the unknown key {key} in a {kind.name}")
    return fields


def must(holds, kind, value):
    if not holds:
        raise BodyError(f"a {kind.name} with {str(value)[:40]}")
    return value


def is_unsigned(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def capabilities(data):
    """Those at the end of message 3. What is not understood is left out."""
    if not data:
        return {}
    if len(data) > LONGEST_CAPABILITIES:
        raise cbor.CborError("too long")
    value = cbor.decode(data)
    if not isinstance(value, cbor.Map) or not value.pairs:
        raise cbor.CborError("no map, or an empty one")
    if not all(is_unsigned(key) for key, _ in value.pairs):
        raise cbor.CborError("a key that is no unsigned integer")
    return understood(value)


def understood(value):
    says = {}
    for key, content in value.pairs:
        if key == 1 and content == 1 and is_unsigned(content):
            says["replaces"] = True
        if key == 3 and isinstance(content, bytes) and len(content) in NAME:
            try:
                says["name"] = content.decode()
            except UnicodeDecodeError:
                pass  # a value of another type, and so ignored
    return says


def own_capabilities(name=None, replaces=False):
    """What an initiator says of itself."""
    says = ({1: 1} if replaces else {}) | ({3: name.encode()} if name else {})
    return cbor.encode(says) if says else b""
