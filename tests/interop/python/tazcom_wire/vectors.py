"""The frozen conversations of `crates/tazcom-session/tests/vectors`, held against this
implementation: byte for byte what each end writes, and how each end fares."""

import re
from pathlib import Path
from typing import NamedTuple

from . import bodies
from .bodies import Kind
from .conversation import Conversation
from .frames import Opener, Sealer
from .handshake import PREAMBLE, HandshakeError, Initiator, Responder
from .identity import Identity
from .session import VIOLATIONS

DIRECTORY = Path(__file__).parents[4] / "crates/tazcom-session/tests/vectors"
CODES = ("Done", "Duplicate")


class Mismatch(Exception):
    """The document, the vectors and this implementation are not of one mind."""


class Line(NamedTuple):
    """What an end wrote, and what the other read in its place."""

    end: str
    written: bytes
    arrived: list


class Vector:
    """One file."""

    def __init__(self, path):
        self.name = path.stem
        self.secrets = {}
        self.lines = []
        self.outcomes = {}
        lost = None
        for text in path.read_text().splitlines():
            key, _, rest = text.partition(" ")
            if key == "#":
                lost = None
                if outcome := re.match("([IR]): (.*)", rest):
                    self.outcomes[outcome[1]] = outcome[2]
                continue
            data = bytes.fromhex(rest)
            if re.fullmatch("[IR]-lost", key):
                lost = Line(key[0], data, [])
                self.lines.append(lost)
            elif "-" in key:
                self.secrets[key] = data
            elif lost and key == lost.end:
                lost.arrived.append(data)
            else:
                lost = None
                self.lines.append(Line(key, data, [data]))

    def handshake(self, role, **more):
        keys = {key: self.secrets[f"{role}-{key}"] for key in ("static", "ephemeral")}
        kind = Initiator if role == "I" else Responder
        return kind(Identity(self.secrets[f"{role}-identity"]), **keys, **more)

    def capabilities(self):
        """What I says of itself, from the message 3 it wrote."""
        written = [line.written for line in self.lines if line.end == "I"]
        if len(written) < 2:
            return b""
        mirror = End(self.handshake("R"))
        mirror.read(written[0])
        mirror.read(written[1])
        return mirror.handshake.capabilities

    def replay(self):
        initiator = {"capabilities": self.capabilities()}
        ends = {"I": End(self.handshake("I", **initiator)), "R": End(self.handshake("R"))}
        # What an end wrote is opened by a mirror of the other, that read it undisturbed.
        mirrors = {"I": End(self.handshake("R")), "R": End(self.handshake("I"))}
        for line in self.lines:
            other = ends["R" if line.end == "I" else "I"]
            body = mirrors[line.end].mirror(line.written)
            self.compare("writes", ends[line.end].write(body), line.written)
            for data in line.arrived:
                other.read(data)
        for role, end in ends.items():
            self.compare(f"{role} fares", end.fate(), plain(self.outcomes[role]))

    def compare(self, what, ours, frozen):
        if ours != frozen:
            raise Mismatch(f"{self.name} {what}\n  ours   {ours!r}\n  frozen {frozen!r}")


class End:
    """An end of a conversation that is replayed, and what it has come to."""

    def __init__(self, handshake):
        self.handshake = handshake
        self.initiator = handshake.role == b"I"
        # What it reads in the handshake, and what it writes in return.
        steps = [(handshake.message_1, handshake.message_2), (handshake.message_3, None)]
        if self.initiator:
            steps = [(handshake.message_2, handshake.message_3)]
        self.steps = steps
        self.ready = [handshake.message_1()] if self.initiator else []
        self.events = []
        self.failure = None
        self.stands = False
        self.sealer = Sealer(handshake.noise)
        self.opener = Opener(handshake.noise)
        self.conversation = Conversation(self.initiator)

    def write(self, body=None):
        """What it writes next: a message of the handshake, or the frame of this body."""
        if self.ready:
            return self.ready.pop()
        said = bodies.decode(body)
        if said and said.kind is Kind.PING:
            self.conversation.ping(said.value, 0)
        return self.sealer.seal(body)

    def read(self, data):
        if self.failure:
            return
        try:
            if self.stands:
                self.hear(self.body(data))
            else:
                self.step(data)
        except VIOLATIONS as failure:
            self.failure = failure

    def step(self, data):
        read, write = self.steps[0]
        read(self.message(data))
        if write:
            self.ready.append(write())
        self.steps.pop(0)
        self.stands = not self.steps

    def message(self, data):
        if not self.initiator and len(self.steps) == 2:
            if not data.startswith(PREAMBLE):
                raise HandshakeError("another preamble")
            data = data.removeprefix(PREAMBLE)
        return data[2:]

    def body(self, data):
        if self.opener.length(data[:2]) != len(data) - 2:
            raise Mismatch("a line that is not one frame")
        return self.opener.open(data[2:])

    def hear(self, body):
        heard = self.conversation.hear(body, 0)
        if heard.what not in ("nothing", "ping"):
            self.events.append(heard)

    def mirror(self, data):
        """Reads what the other wrote; the body, when it is a frame."""
        if self.stands:
            return self.body(data)
        self.read(data)
        return None

    def fate(self):
        """How this end fared, in the words of the files."""
        if self.failure and not self.stands:
            return "no session"
        said = [describe(heard) for heard in self.events if heard.what != "bye"]
        fate = f"[{', '.join(said)}]"
        if self.failure:
            fate += ", then Abnormal"
        for heard in self.events:
            if heard.what == "bye":
                fate += f", then ByPeer({CODES[heard.fields['code']]})"
        return fate


def describe(heard):
    fields = heard.fields
    match heard.what:
        case "welcome":
            return "Welcomed(..)"
        case "received":
            return f"Received({fields['kind']}, {len(fields['payload'])} bytes)"
    return heard.what.capitalize()


def plain(outcome):
    """What a file tells of an end, without what only its own implementation knows: why."""
    outcome = re.sub("no session: .*", "no session", outcome)
    outcome = re.sub(r"Abnormal\(.*", "Abnormal", outcome)
    return re.sub("Pong {.*?}", "Pong", outcome)


def check():
    """Replays them all, and tells their names. Raises `Mismatch`."""
    names = []
    for path in sorted(DIRECTORY.glob("*.hex")):
        vector = Vector(path)
        vector.replay()
        names.append(vector.name)
    if not names:
        raise Mismatch(f"no conversations in {DIRECTORY}")
    return names
