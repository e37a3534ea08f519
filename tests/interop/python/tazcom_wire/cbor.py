"""CBOR as section 5 has it: the core deterministic encoding (RFC 8949, section 4.2.1), without
tags, floating point and simple values other than `false`, `true` and `null`.

`dict` is encoded as a map; what is decoded is a `Map`, because a key may be anything.
"""

from typing import NamedTuple

MAX_DEPTH = 8
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, _TAG, OTHER = range(8)
SIMPLE = {20: False, 21: True, 22: None}
# What follows the first byte of each width, and the least number that needs it.
WIDTHS = {24: (1, 24), 25: (2, 2**8), 26: (4, 2**16), 27: (8, 2**32)}


class CborError(ValueError):
    """Not one value in this encoding."""


class Map(NamedTuple):
    """The pairs of a map, in their order on the wire."""

    pairs: tuple


def encode(value):
    if value is None or isinstance(value, bool):
        return bytes([OTHER << 5 | {False: 20, True: 21, None: 22}[value]])
    if isinstance(value, int):
        return head(UNSIGNED, value) if value >= 0 else head(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return head(BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return head(TEXT, len(text)) + text
    if isinstance(value, list):
        return head(ARRAY, len(value)) + b"".join(map(encode, value))
    pairs = value.pairs if isinstance(value, Map) else value.items()
    encoded = sorted((encode(key), encode(value)) for key, value in pairs)
    return head(MAP, len(encoded)) + b"".join(key + value for key, value in encoded)


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for info, (width, _) in WIDTHS.items():
        if number < 1 << 8 * width:
            return bytes([major << 5 | info]) + number.to_bytes(width, "big")
    raise CborError(f"{number} is too large")


def decode(data):
    """The one value that `data` is."""
    reader = Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise CborError("something follows the value")
    return value


class Reader:
    """A place in the encoding."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def value(self, depth):
        """`depth` arrays and maps are around it."""
        major, number = self.head()
        if major == UNSIGNED:
            return number
        if major == NEGATIVE:
            return -1 - number
        if major == BYTES:
            return self.take(number)
        if major == TEXT:
            try:
                return self.take(number).decode()
            except UnicodeDecodeError as error:
                raise CborError("text that is not UTF-8") from error
        if major == OTHER:
            return SIMPLE[number]
        if depth == MAX_DEPTH:
            raise CborError("nested too deep")
        if major == ARRAY:
            return [self.value(depth + 1) for _ in self.count(number)]
        return self.map(number, depth + 1)

    def map(self, number, depth):
        pairs, last = [], b""
        for _ in self.count(number):
            start = self.at
            key = self.value(depth)
            encoded = self.data[start : self.at]
            if encoded <= last:
                raise CborError("keys out of order, or one twice")
            last = encoded
            pairs.append((key, self.value(depth)))
        return Map(tuple(pairs))

    def head(self):
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if major == OTHER:
            if info not in SIMPLE:
                raise CborError("a simple value or a number that is not allowed")
            return major, info
        if major == _TAG:
            raise CborError("a tag")
        if info < 24:
            return major, info
        if info not in WIDTHS:
            raise CborError("an indefinite length")
        width, least = WIDTHS[info]
        number = int.from_bytes(self.take(width), "big")
        if number < least:
            raise CborError("a number that could be shorter")
        return major, number

    def count(self, number):
        # Every item takes a byte: a count that cannot be true must cost nothing.
        if number > len(self.data) - self.at:
            raise CborError("cut off")
        return range(number)

    def take(self, number):
        taken = self.data[self.at : self.at + number]
        if len(taken) != number:
            raise CborError("cut off")
        self.at += number
        return taken
