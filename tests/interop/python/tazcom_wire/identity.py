"""Who a node is: an Ed25519 key, and signatures by it."""

import base64
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

P = 2**255 - 19
# The y coordinates of the eight points of small order: 1, -1, 0, and two of order 8.
ORDER_EIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER = {1, P - 1, 0, ORDER_EIGHT, P - ORDER_EIGHT}


class Identity:
    """An Ed25519 key pair."""

    def __init__(self, seed=None):
        self.seed = seed or os.urandom(32)
        self.key = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.id = self.key.public_key().public_bytes_raw()

    def sign(self, message):
        return self.key.sign(message)


def id_text(node_id):
    """43 characters of base64url without padding."""
    return base64.urlsafe_b64encode(node_id).rstrip(b"=").decode()


def parse_id(text):
    node_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(node_id) != 32 or id_text(node_id) != text:
        raise ValueError(f"not a node id: {text!r}")
    return node_id


def verifies_strictly(node_id, message, signature):
    """RFC 8032, section 5.1.7, and no point of small order or with a second encoding."""
    if not is_sound(node_id) or not is_sound(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(node_id).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_sound(point):
    # The upper bit is the sign of x. A sign where x is zero happens only at y = 1 and y = -1,
    # which are refused for their order.
    y = int.from_bytes(point, "little") & (2**255 - 1)
    return y < P and y not in SMALL_ORDER
