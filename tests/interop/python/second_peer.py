"""A node of the second implementation, as far as a test needs one: it dials or is dialled, proves
who it is, greets, pings, answers, and says goodbye. Prints one JSON object a line about everything
that happens, with the milliseconds since its connection was made.
"""

import argparse
import json
import os
import random
import socket
import sys
import threading
import time

from tazcom_wire import bodies, handshake, vectors
from tazcom_wire.bodies import Kind
from tazcom_wire.identity import Identity, id_text, parse_id
from tazcom_wire.session import VIOLATIONS, Closed, Stream, initiate, respond

GREETING_SECONDS = 10
PONG_SECONDS = 5
NOTHING_MORE_TO_SAY = 0

printing = threading.Lock()


class Account:
    """What is told about one connection."""

    def __init__(self):
        self.since = time.monotonic()

    def tell(self, event, **fields):
        at = round((time.monotonic() - self.since) * 1000, 3)
        tell(event, **fields, at_ms=at)


def tell(event, **fields):
    with printing:
        print(json.dumps({"event": event, **fields}), flush=True)


class Peer:
    """A session and what is to be done in it."""

    def __init__(self, session, account, options):
        self.session = session
        self.account = account
        self.options = options
        account.tell("authenticated", id=id_text(session.peer), binding=session.binding.hex())

    def run(self):
        if self.session.conversation.awaits_welcome:
            self.until("welcome", GREETING_SECONDS)
        self.session.say(Kind.HELLO, {})
        self.until({"hello", "ack"}, GREETING_SECONDS)
        for number in range(self.options.pings):
            self.session.ping(number << 32 | random.getrandbits(32))
            self.until("pong", PONG_SECONDS)
        for kind, length in self.options.send:
            self.session.say(Kind[kind.upper()], bytes(length))
        self.stay(self.options.stay)
        self.session.bye(NOTHING_MORE_TO_SAY)
        self.account.tell("closed", why="we said bye")

    def until(self, wanted, seconds):
        """Listens until each of these was heard."""
        missing = {wanted} if isinstance(wanted, str) else set(wanted)
        deadline = time.monotonic() + seconds
        while missing:
            missing.discard(self.hear(deadline))

    def stay(self, seconds):
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.hear(deadline)
        except TimeoutError:
            pass

    def hear(self, deadline):
        heard = self.session.hear(deadline)
        fields = dict(heard.fields)
        if "payload" in fields:
            fields["payload"] = len(fields["payload"])
        if heard.what != "nothing":
            self.account.tell(heard.what, id=id_text(self.session.peer), **fields)
        if heard.what == "bye":
            raise Closed("the peer said bye")
        return heard.what


def serve(stream, begin, options):
    """One connection from its beginning to its end. Tells whether it went as it should."""
    account = Account()
    try:
        Peer(begin(stream), account, options).run()
    except Closed as closed:
        account.tell("closed", why=str(closed))
        return str(closed) == "the peer said bye"
    except VIOLATIONS as violation:
        account.tell("refused", why=str(violation), what=type(violation).__name__)
        return False
    except TimeoutError:
        account.tell("timed_out")
        return False
    finally:
        stream.close()
    return True


def dial(options, identity):
    def begin(stream):
        capabilities = bodies.own_capabilities(options.name)
        return initiate(stream, handshake.Initiator(identity, options.expect, capabilities))

    stream = Stream.dial((options.host, options.port), options.source)
    return serve(stream, begin, options)


def listen(options, identity):
    def begin(stream):
        return respond(stream, handshake.Responder(identity), options.name)

    listener = socket.create_server((options.host, 0))
    listener.settimeout(options.patience)
    host, port = listener.getsockname()
    tell("listening", addr=f"{host}:{port}", id=id_text(identity.id))
    threads, went_well = [], []
    for _ in range(options.sessions):
        connection, _ = listener.accept()
        work = lambda stream: went_well.append(serve(stream, begin, options))
        threads.append(threading.Thread(target=work, args=(Stream(connection),)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return all(went_well)


def self_test(_options, _identity):
    tell("self_test", vectors=vectors.check())
    return True


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    session = argparse.ArgumentParser(add_help=False)
    session.add_argument("--seed", type=bytes.fromhex, help="of the identity; drawn if not given")
    session.add_argument("--name", help="what to call ourselves")
    session.add_argument("--pings", type=int, default=3, help="how many to send")
    session.add_argument("--send", action="append", default=[], type=payload, metavar="KIND:BYTES")
    session.add_argument("--stay", type=float, default=0, metavar="SECONDS", help="then say bye")

    verb = verbs.add_parser("initiate", parents=[session], help="open a session")
    verb.add_argument("host")
    verb.add_argument("port", type=int)
    verb.add_argument("--expect", type=parse_id, metavar="ID", help="talk to nobody else")
    verb.add_argument("--source", metavar="ADDRESS", help="dial from here")
    verb.set_defaults(act=dial)

    verb = verbs.add_parser("respond", parents=[session], help="listen and answer")
    verb.add_argument("--host", default="127.0.0.1")
    verb.add_argument("--sessions", type=int, default=1, help="how many to answer")
    verb.add_argument("--patience", type=float, default=30, metavar="SECONDS", help="for each")
    verb.set_defaults(act=listen)

    verb = verbs.add_parser("self-test", help="replay the frozen conversations")
    verb.set_defaults(act=self_test, seed=None)
    return parser.parse_args()


def payload(text):
    kind, length = text.split(":")
    return kind, int(length)


def main():
    options = arguments()
    # Not `exit` with threads of connections still open: every one has a deadline.
    sys.stdout.reconfigure(line_buffering=True)
    went_well = options.act(options, Identity(options.seed or os.urandom(32)))
    sys.exit(0 if went_well else 1)


if __name__ == "__main__":
    main()
