"""The node under attack, and the honest things done with it."""

import socket
import time

from tazcom_wire.bodies import Kind
from tazcom_wire.handshake import MESSAGE_2, Initiator, Responder
from tazcom_wire.identity import Identity
from tazcom_wire.session import (
    HANDSHAKE_SECONDS,
    Closed,
    Session,
    Stream,
    answer,
    initiate,
    message,
)

from .case import ANSWERED, Reaction, milliseconds

GREETING_SECONDS = 10
# A node answers so many handshakes a second. Who comes too fast is closed before message 2.
PACE_SECONDS = 0.2
PACED_FOR_SECONDS = 20


class Victim:
    """A node that we dial."""

    dials = False

    def __init__(self, addr, node_id=None, seed=None, source=None):
        """`seed` is that of the node's own identity, for those who have stolen it."""
        self.addr = addr
        self.id = node_id
        self.seed = seed
        self.source = source

    def stolen(self):
        """The node's own identity."""
        return Identity(self.seed)

    def connect(self):
        return Stream.dial(self.addr, self.source)

    def halfway(self, kind=Initiator, identity=None, **more):
        """A connection on which message 3 is next, and our end of its handshake."""
        give_up = time.monotonic() + PACED_FOR_SECONDS
        while True:
            stream = self.connect()
            handshake = kind(identity or Identity(), **more)
            deadline = time.monotonic() + HANDSHAKE_SECONDS
            try:
                stream.write(handshake.message_1())
                handshake.message_2(message(stream, (MESSAGE_2,), deadline))
                return stream, handshake
            except Closed:
                stream.close()
                if time.monotonic() > give_up:
                    raise
                time.sleep(PACE_SECONDS)

    def meet(self, kind=Session, **more):
        """A session in which the greetings are over, so that all is quiet."""
        return self.finish(*self.halfway(**more), session=kind)

    def finish(self, stream, handshake, session=Session):
        deadline = time.monotonic() + HANDSHAKE_SECONDS
        stream.write(handshake.message_3())
        return greeted(session(stream, handshake, deadline), {"welcome", "hello", "ack"})


class Caller:
    """A node that dials us."""

    dials = True

    def __init__(self, listener, seed=None):
        self.listener = listener
        self.seed = seed

    def stolen(self):
        """The node's own identity."""
        return Identity(self.seed)

    def connect(self):
        connection, _ = self.listener.accept()
        # Only once: whoever dials again is refused.
        self.listener.close()
        return Stream(connection)

    def meet(self, kind=Session, identity=None):
        stream = self.connect()
        session = kind(stream, answer(stream, Responder(identity or Identity())))
        session.say(Kind.WELCOME, {})
        return greeted(session, {"hello", "ack"})


def greeted(session, awaited):
    """Greets, and listens until the greeting was answered and the node's own was heard."""
    deadline = time.monotonic() + GREETING_SECONDS
    session.say(Kind.HELLO, {})
    awaited = set(awaited)
    while awaited:
        awaited.discard(session.hear(deadline).what)
    assert_alive(session)
    return session


def assert_alive(session):
    """That a ping is answered: whatever was said before is worked off, and the session stands."""
    session.ping(7)
    deadline = time.monotonic() + GREETING_SECONDS
    while session.hear(deadline).what != "pong":
        pass


def answers(session):
    """The reaction of a node that goes on as if nothing had happened."""
    since = time.monotonic()
    assert_alive(session)
    reaction = Reaction(ANSWERED, 0, milliseconds(since))
    session.bye(0)
    return reaction


def honest(addr, source=None):
    """A handshake and a greeting by a stranger with good manners, and how long they took."""
    since = time.monotonic()
    stream = Stream.dial(addr, source)
    session = initiate(stream, Initiator(Identity()))
    session.say(Kind.HELLO, {})
    while session.hear(since + GREETING_SECONDS).what != "ack":
        pass
    took = milliseconds(since)
    session.bye(0)
    return took


def listener(host="127.0.0.1"):
    return socket.create_server((host, 0))
