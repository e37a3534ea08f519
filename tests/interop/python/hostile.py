"""A peer that means harm: one row of hostile acts against a node, dialled or dialling.

Prints one JSON object a line: `reaction` for every act, with what was wanted and what came, and
`honest` for a handshake with good manners after the row, and meanwhile where that is the point.
"""

import argparse
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from mischief import called, floods, middle, opening, proofs, sealed, spoken
from mischief.victim import Caller, Victim, honest, listener
from tazcom_wire.identity import parse_id

DIALLING = (opening, proofs, middle, sealed, spoken, floods)
DIALLED = (called, middle, sealed, spoken)
# What takes its time, and is played all at once.
SLOW = (18, 35)
# What goes on for a while; an honest stranger comes in between.
LONG = (18, 19, 35, 38)
HONEST_EVERY = 0.5
CALL_SECONDS = 60

printing = threading.Lock()


def tell(event, **fields):
    with printing:
        print(json.dumps({"event": event, **fields}), flush=True)


def cases(modules, row):
    found = [module.ROWS[row]() for module in modules if row in module.ROWS]
    return [case for group in found for case in group]


def play(row, case, victim):
    try:
        reaction, why = case.play(victim)._asdict(), ""
    except Exception as error:  # an act that fails is a reaction nobody wanted
        reaction, why = {"what": "failed", "bytes": 0, "after_ms": 0}, repr(error)
    tell(
        "reaction",
        row=row,
        case=case.name,
        wanted=case.wanted,
        within_ms=case.within * 1000,
        not_before_ms=case.not_before * 1000,
        reaction=reaction["what"],
        bytes=reaction["bytes"],
        after_ms=reaction["after_ms"],
        why=why,
    )


def tell_honest(row, addr, source, when):
    try:
        tell("honest", row=row, when=when, ms=honest(addr, source))
    except Exception as error:
        tell("honest", row=row, when=when, ms=None, why=repr(error))


def dial(options):
    addr = (options.host, options.port)
    victim = Victim(addr, options.id, options.seed, options.source)
    over = threading.Event()

    def meanwhile():
        while not over.wait(HONEST_EVERY):
            tell_honest(options.row, addr, options.honest_source, "meanwhile")

    companion = threading.Thread(target=meanwhile)
    if options.row in LONG:
        companion.start()
    acts = cases(DIALLING, options.row)
    with ThreadPoolExecutor(len(acts) if options.row in SLOW else 1) as pool:
        for case in acts:
            pool.submit(play, options.row, case, victim)
    over.set()
    if options.row in LONG:
        companion.join()
    tell_honest(options.row, addr, options.honest_source, "after")


def listen(options):
    acts = [(row, case) for row in options.row for case in cases(DIALLED, row)]
    doors = [listener(options.host) for _ in acts]
    addrs = ["{}:{}".format(*door.getsockname()) for door in doors]
    tell("listening", addrs=addrs)
    with ThreadPoolExecutor(len(acts)) as pool:
        for (row, case), door in zip(acts, doors):
            door.settimeout(CALL_SECONDS)
            pool.submit(play, row, case, Caller(door, options.seed))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=bytes.fromhex, help="of the node's own identity")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    verb = verbs.add_parser("dial", help="attack a node that listens")
    verb.add_argument("host")
    verb.add_argument("port", type=int)
    verb.add_argument("row", type=int)
    verb.add_argument("--id", type=parse_id, help="of the node")
    verb.add_argument("--source", help="address to attack from")
    verb.add_argument("--honest-source", help="address the honest stranger comes from")
    verb.set_defaults(act=dial)

    verb = verbs.add_parser("listen", help="wait for a node that dials; a port for every act")
    verb.add_argument("row", type=int, nargs="+")
    verb.add_argument("--host", default="127.0.0.1")
    verb.set_defaults(act=listen)
    return parser.parse_args()


def main():
    # An honest thread beside a busy one waits its turn.
    sys.setswitchinterval(0.0005)
    options = arguments()
    options.act(options)


if __name__ == "__main__":
    main()
