"""Points, keys and signatures that a careful implementation refuses.

The signatures are good for whoever checks only the equation: that they are refused shows that the
points are looked at.
"""

import hashlib
import os

from tazcom_wire.identity import ORDER_EIGHT, Identity, P

L = 2**252 + 27742317777372353535851937790883648493
SIGN = 1 << 255


def little(number):
    return number.to_bytes(32, "little")


# X25519: the u coordinates of the points of small order, in all their encodings below 2^255.
# The upper bit does not count, so that each has another with it set.
ORDER_EIGHT_U = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
SMALL_ORDER_U = [little(u) for u in (0, 1, *ORDER_EIGHT_U, P - 1, P, P + 1)]


def with_upper_bit(key):
    return key[:31] + bytes([key[31] | 0x80])


# X25519 keys with a second encoding: not reduced, and of no small order.
UNREDUCED_U = [little(P + u) for u in range(2, 19)]

# Ed25519: every encoding of a point of small order, the canonical ones and the others. The number
# is the order of the point.
SMALL_ORDER_A = {
    "neutral": (1, little(1)),
    "neutral with sign": (1, little(1 | SIGN)),
    "neutral unreduced": (1, little(P + 1)),
    "neutral unreduced with sign": (1, little((P + 1) | SIGN)),
    "order 2": (2, little(P - 1)),
    "order 2 with sign": (2, little((P - 1) | SIGN)),
    "order 4": (4, little(0)),
    "order 4 with sign": (4, little(SIGN)),
    "order 4 unreduced": (4, little(P)),
    "order 4 unreduced with sign": (4, little(P | SIGN)),
    "order 8": (8, little(ORDER_EIGHT)),
    "order 8 with sign": (8, little(ORDER_EIGHT | SIGN)),
    "order 8 negative": (8, little(P - ORDER_EIGHT)),
    "order 8 negative with sign": (8, little((P - ORDER_EIGHT) | SIGN)),
}


def challenge(r, a, text):
    digest = hashlib.sha512(r + a + text).digest()
    return int.from_bytes(digest, "little") % L


def scalar(seed):
    """The secret number of the key with this seed."""
    lower = bytearray(hashlib.sha512(seed).digest()[:32])
    lower[0] &= 248
    lower[31] = lower[31] & 63 | 64
    return int.from_bytes(lower, "little")


class SmallOrder:
    """An identity that is a point of small order. Nobody has its key, and anybody signs by it:
    whenever the challenge is a multiple of the order, the public key drops out of the equation."""

    def __init__(self, name):
        self.order, self.id = SMALL_ORDER_A[name]

    def sign(self, text):
        while True:
            nonce = Identity(os.urandom(32))
            if challenge(nonce.id, self.id, text) % self.order == 0:
                return nonce.id + little(scalar(nonce.seed) % L)


class Malleable(Identity):
    """Signs with an S that is not reduced."""

    def sign(self, text):
        signature = super().sign(text)
        s = int.from_bytes(signature[32:], "little") + L
        return signature[:32] + little(s)


class SmallOrderR(Identity):
    """Signs with an R of small order."""

    def __init__(self, name):
        super().__init__()
        _, self.r = SMALL_ORDER_A[name]

    def sign(self, text):
        # With the neutral point for R, S is the challenge times the secret number.
        s = challenge(self.r, self.id, text) * scalar(self.seed) % L
        return self.r + little(s)
