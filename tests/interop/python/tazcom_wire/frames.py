"""Frames, section 4: a body, padded to one of nine lengths and sealed."""

from noise.exceptions import NoiseInvalidMessage

LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
TAG = 16
PREFIX = 2
LONGEST_BODY = LENGTHS[-1] - TAG - PREFIX
FRAMES_PER_KEY = 2**14


class FrameError(Exception):
    """The connection ends here."""


class Sealer:
    """The sending direction. `noise` is a connection whose handshake is over."""

    def __init__(self, noise):
        self.noise = noise
        self.sealed = 0

    def seal(self, body):
        return self.frame(self.plaintext(body))

    def plaintext(self, body):
        length = next(n for n in LENGTHS if PREFIX + len(body) <= n - TAG)
        padded = len(body).to_bytes(PREFIX, "big") + body
        return padded.ljust(length - TAG, b"\0")

    def frame(self, plaintext):
        ciphertext = self.noise.encrypt(plaintext)
        self.sealed += 1
        if self.sealed % FRAMES_PER_KEY == 0:
            self.rekey()
        return len(ciphertext).to_bytes(2, "big") + ciphertext

    def rekey(self):
        self.noise.rekey_outbound_cipher()


class Opener:
    """The receiving direction."""

    def __init__(self, noise):
        self.noise = noise
        self.opened = 0

    @staticmethod
    def length(header):
        """Of the ciphertext that follows these two bytes. To be asked before anything is read."""
        length = int.from_bytes(header, "big")
        if length not in LENGTHS:
            raise FrameError(f"a frame of {length} bytes")
        return length

    def open(self, ciphertext):
        try:
            plaintext = self.noise.decrypt(ciphertext)
        except NoiseInvalidMessage as error:
            raise FrameError("a frame that is not authentic") from error
        self.opened += 1
        if self.opened % FRAMES_PER_KEY == 0:
            self.noise.rekey_inbound_cipher()
        end = PREFIX + int.from_bytes(plaintext[:PREFIX], "big")
        if end > len(plaintext):
            raise FrameError("a body longer than its frame")
        if any(plaintext[end:]):
            raise FrameError("padding that is not zeros")
        return plaintext[PREFIX:end]
