"""A session over a socket. Every operation has a deadline."""

import random
import socket
import time

from . import bodies
from .bodies import BodyError, Kind
from .conversation import Conversation
from .frames import FrameError, Opener, Sealer
from .handshake import MESSAGE_1, MESSAGE_2, MESSAGE_3, PREAMBLE, HandshakeError

HANDSHAKE_SECONDS = 5
FRAME_SECONDS = 10
SILENT_SECONDS = 15
DEAD_SECONDS = 45
BYE_SECONDS = 2

VIOLATIONS = (HandshakeError, FrameError, BodyError)


class Closed(Exception):
    """The peer has closed the connection."""


class Stream:
    """A connection on which nothing waits for longer than it was told."""

    def __init__(self, connection):
        self.connection = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    def dial(cls, addr, source=None, seconds=3):
        source = source and (source, 0)
        return cls(socket.create_connection(addr, timeout=seconds, source_address=source))

    def exactly(self, count, deadline):
        """`TimeoutError` at the deadline; `Closed` when the peer closes before."""
        data = b""
        while len(data) < count:
            data += self.some(count - len(data), deadline)
        return data

    def some(self, most, deadline):
        """What has come, and at least a byte."""
        self.connection.settimeout(left(deadline))
        try:
            data = self.connection.recv(most)
        except ConnectionError as error:
            raise Closed(type(error).__name__) from error
        if not data:
            raise Closed("end")
        return data

    def is_silent_until(self, deadline):
        """Whether no byte and no end comes until then. Nothing is read."""
        self.connection.settimeout(left(deadline))
        try:
            self.connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        except ConnectionError:
            pass
        return False

    def write(self, data, seconds=5):
        self.connection.settimeout(seconds)
        try:
            self.connection.sendall(data)
        except ConnectionError as error:
            raise Closed(type(error).__name__) from error

    def end(self):
        """Says that nothing more will come; what the peer sends can still be read."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has ended already

    def close(self):
        self.connection.close()


def left(deadline):
    # Zero would mean "do not wait" and raise another error than a deadline does.
    return max(deadline - time.monotonic(), 0.001)


def preamble_and_message_1(stream, deadline):
    """What an initiator sends first, without its length."""
    if stream.exactly(len(PREAMBLE), deadline) != PREAMBLE:
        raise HandshakeError("another preamble")
    return message(stream, (MESSAGE_1,), deadline)


def message(stream, lengths, deadline):
    length = int.from_bytes(stream.exactly(2, deadline), "big")
    if length not in lengths:
        raise HandshakeError(f"a message of {length} bytes")
    return stream.exactly(length, deadline)


def initiate(stream, handshake):
    """The handshake as the end that dialled. The session it gives awaits its welcome."""
    deadline = time.monotonic() + HANDSHAKE_SECONDS
    stream.write(handshake.message_1())
    handshake.message_2(message(stream, (MESSAGE_2,), deadline))
    stream.write(handshake.message_3())
    return Session(stream, handshake, deadline)


def respond(stream, handshake, name=None):
    """The handshake as the end that was dialled. The session it gives has said its welcome."""
    session = Session(stream, answer(stream, handshake))
    session.say(Kind.WELCOME, {1: name} if name else {})
    return session


def answer(stream, handshake):
    deadline = time.monotonic() + HANDSHAKE_SECONDS
    handshake.message_1(preamble_and_message_1(stream, deadline))
    stream.write(handshake.message_2())
    handshake.message_3(message(stream, MESSAGE_3, deadline))
    return handshake


class Session:
    """One end of a session, authenticated."""

    sealer = Sealer
    opener = Opener

    def __init__(self, stream, handshake, welcome_by=None):
        """`welcome_by`: an initiator's deadline for the welcome."""
        self.stream = stream
        self.own = handshake.identity.id
        self.peer = handshake.peer
        self.binding = handshake.channel_binding()
        self.seal = self.sealer(handshake.noise)
        self.open = self.opener(handshake.noise)
        self.conversation = Conversation(initiator=welcome_by is not None)
        self.welcome_by = welcome_by
        self.heard_at = time.monotonic()
        self.silence = random.uniform(SILENT_SECONDS - 3, SILENT_SECONDS + 3)

    def say(self, kind, value):
        for body in bodies.cut(bodies.encode(kind, value)):
            self.say_encoded(body)

    def say_encoded(self, body):
        self.stream.write(self.seal.seal(body))

    def ping(self, token):
        self.say_encoded(self.conversation.ping(token, time.monotonic()))

    def hear(self, deadline):
        """The next thing the peer says; what is to be said in return is said.

        Raises `TimeoutError` at the deadline, when nothing has begun to come until then, and one
        of `VIOLATIONS` when the peer breaks the protocol: the caller closes.
        """
        body = self.open.open(self.frame(deadline))
        self.heard_at = time.monotonic()
        heard = self.conversation.hear(body, self.heard_at)
        for reply in heard.replies:
            self.say_encoded(reply)
        return heard

    def frame(self, deadline):
        self.await_frame(deadline)
        whole_by = time.monotonic() + FRAME_SECONDS
        if self.conversation.awaits_welcome:
            whole_by = min(whole_by, self.welcome_by)
        try:
            length = self.open.length(self.stream.exactly(2, whole_by))
            return self.stream.exactly(length, whole_by)
        except TimeoutError:
            raise FrameError("a frame that takes too long") from None

    def await_frame(self, deadline):
        if self.conversation.awaits_welcome:
            if self.stream.is_silent_until(min(deadline, self.welcome_by)):
                self.give_up_at(self.welcome_by, "no welcome")
                raise TimeoutError
            return
        while self.stream.is_silent_until(min(deadline, self.ping_at())):
            if time.monotonic() >= deadline:
                raise TimeoutError
            self.give_up_at(self.heard_at + DEAD_SECONDS, "the peer is silent")
            if time.monotonic() >= self.ping_at() and not self.conversation.pings:
                self.ping(random.getrandbits(32))

    def ping_at(self):
        """When the peer has been silent for so long that it is asked, or given up."""
        patience = DEAD_SECONDS if self.conversation.pings else self.silence
        return self.heard_at + patience

    def give_up_at(self, time_, why):
        if time.monotonic() >= time_:
            raise FrameError(why)

    def bye(self, code):
        """Says that no more will come, and reads until the peer closes."""
        self.say(Kind.BYE, code)
        deadline = time.monotonic() + BYE_SECONDS
        try:
            while True:
                self.stream.some(16384, deadline)
        except (Closed, TimeoutError):
            self.stream.close()
