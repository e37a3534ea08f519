"""The handshake, section 3: three messages, after which both ends know whom they talk to.

Nothing here reads or writes a socket. An end is asked for its messages and given those of the
other in the order of the protocol; every violation is a `HandshakeError`.
"""

import hashlib
import warnings

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from noise.connection import Keypair, NoiseConnection

from . import bodies, cbor
from .identity import verifies_strictly

PREAMBLE = b"TAZCOM/2\n"
SUITE = b"Noise_XX_25519_ChaChaPoly_BLAKE2s"
SIGNED = b"tazcom/v2/noise-identity\0"
BINDING = b"tazcom/v2/cb\0"
MESSAGE_1 = 32
MESSAGE_2 = 192
MESSAGE_3 = range(160, 417)
PROOF = 32 + 64


class HandshakeError(Exception):
    """No session, and not a byte more for the peer."""


class Handshake:
    """What both ends do alike."""

    role = None
    prologue = PREAMBLE

    def __init__(self, identity, static=None, ephemeral=None):
        """`static` and `ephemeral` are drawn unless a frozen conversation gives them."""
        self.identity = identity
        self.peer = None
        self.noise = NoiseConnection.from_name(SUITE)
        self.noise.set_prologue(self.prologue)
        self.take_side()
        static = static or X25519PrivateKey.generate().private_bytes_raw()
        self.noise.set_keypair_from_private_bytes(Keypair.STATIC, static)
        if ephemeral:
            self.noise.set_keypair_from_private_bytes(Keypair.EPHEMERAL, ephemeral)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that an ephemeral key was given
            self.noise.start_handshake()
        # The library forgets both when the handshake is over.
        self.state = self.noise.noise_protocol.handshake_state
        self.symmetric = self.noise.noise_protocol.symmetric_state

    def hash(self):
        """`h` as it stands between two messages."""
        return self.symmetric.get_handshake_hash()

    def proof(self):
        """`id | signature` for the message that is about to be written."""
        static = self.state.s.public_bytes
        text = SIGNED + self.role + self.hash() + static
        return self.identity.id + self.identity.sign(text)

    def read(self, message):
        """The payload of a message, and the hash before it."""
        before = self.hash()
        try:
            return bytes(self.noise.read_message(message)), before
        except (InvalidTag, ValueError) as error:
            raise HandshakeError(f"not a message of this handshake: {error!r}") from error

    def write(self, payload):
        try:
            return bytes(self.noise.write_message(payload))
        except ValueError as error:  # a key agreement of all zeros
            raise HandshakeError(f"no key agreement: {error}") from error

    def judge(self, proof, hash_before, role, expected):
        """Notes who the peer is, if its proof is good."""
        node_id, signature = proof[:32], proof[32:PROOF]
        if node_id == self.identity.id:
            raise HandshakeError("the peer is ourselves")
        if expected is not None and node_id != expected:
            raise HandshakeError("the peer is not the one we called")
        text = SIGNED + role + hash_before + self.state.rs.public_bytes
        if not verifies_strictly(node_id, text, signature):
            raise HandshakeError("the peer's signature does not verify")
        self.peer = node_id

    def channel_binding(self):
        return hashlib.blake2s(BINDING + self.noise.get_handshake_hash()).digest()


class Initiator(Handshake):
    """The end that opened the connection."""

    role = b"I"
    preamble = PREAMBLE

    def __init__(self, identity, expected=None, capabilities=b"", **keys):
        """`expected` is the id that is called, if it is known."""
        self.expected = expected
        self.capabilities = capabilities
        super().__init__(identity, **keys)

    def take_side(self):
        self.noise.set_as_initiator()

    def message_1(self):
        return self.preamble + framed(self.write(b""))

    def message_2(self, message):
        payload, before = self.read(message)
        self.judge(payload, before, b"R", self.expected)

    def message_3(self):
        return framed(self.write(self.proof() + self.capabilities))


class Responder(Handshake):
    """The end that was called."""

    role = b"R"

    def __init__(self, identity, **keys):
        self.capabilities = b""
        self.caller_says = {}
        super().__init__(identity, **keys)

    def take_side(self):
        self.noise.set_as_responder()

    def message_1(self, message):
        payload, _ = self.read(message)
        if payload:
            raise HandshakeError("message 1 carries a payload")

    def message_2(self):
        return framed(self.write(self.proof()))

    def message_3(self, message):
        payload, before = self.read(message)
        self.judge(payload, before, b"I", None)
        self.capabilities = payload[PROOF:]
        try:
            self.caller_says = bodies.capabilities(self.capabilities)
        except cbor.CborError as error:
            raise HandshakeError(f"capabilities: {error}") from error


def framed(message):
    return len(message).to_bytes(2, "big") + message
