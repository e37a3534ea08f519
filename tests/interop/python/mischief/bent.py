"""The second implementation, bent in one place each."""

import os

from tazcom_wire.frames import FRAMES_PER_KEY, LENGTHS, PREFIX, TAG, Sealer
from tazcom_wire.handshake import SIGNED, Handshake, Initiator, Responder
from tazcom_wire.session import Session


class OtherPrologue(Handshake):
    """Binds the transcript to another version."""

    prologue = b"TAZCOM/3\n"


class SameRole(Handshake):
    """Signs in the name of the other role."""

    def proof(self):
        other = b"R" if self.role == b"I" else b"I"
        text = SIGNED + other + self.hash() + self.state.s.public_bytes
        return self.identity.id + self.identity.sign(text)


class OtherStatic(Handshake):
    """Signs a static key that is not the one of this handshake."""

    def proof(self):
        text = SIGNED + self.role + self.hash() + os.urandom(32)
        return self.identity.id + self.identity.sign(text)


class NoDomain(Handshake):
    """Signs without saying what for."""

    def proof(self):
        text = self.role + self.hash() + self.state.s.public_bytes
        return self.identity.id + self.identity.sign(text)


class Altered(Handshake):
    """Changes its proof at the last moment: `alter` is given the whole of it."""

    def __init__(self, identity, alter, **more):
        self.alter = alter
        super().__init__(identity, **more)

    def proof(self):
        return self.alter(super().proof())


def as_initiator(bend):
    return type(f"{bend.__name__}Initiator", (bend, Initiator), {})


def as_responder(bend):
    return type(f"{bend.__name__}Responder", (bend, Responder), {})


class WithoutRekey(Session):
    """Keeps its first key for ever."""

    class sealer(Sealer):
        def rekey(self):
            pass


class EarlyRekey(Session):
    """Takes its second key a frame too early."""

    class sealer(Sealer):
        def plaintext(self, body):
            if self.sealed == FRAMES_PER_KEY - 1:
                super().rekey()
            return super().plaintext(body)

        def rekey(self):
            pass


def padded_with(body, length, padding):
    """The plaintext of a frame of `length`, its padding begun with other bytes than zeros."""
    assert length in LENGTHS
    plain = len(body).to_bytes(PREFIX, "big") + body + padding
    return plain.ljust(length - TAG, b"\0")


def claiming(count, length=LENGTHS[0]):
    """The plaintext of a frame that tells of `count` bytes, all zeros."""
    return count.to_bytes(PREFIX, "big").ljust(length - TAG, b"\0")
