"""The wire protocol of TAZCOM, a second time: written from `docs/protocol.md` and nothing else, on
the packages `noiseprotocol` and `cryptography`, so that the document is known to be enough.

Read it in the order of the document:

- `identity`: node ids, and signatures that verify strictly (sections 2 and 3).
- `handshake`: Noise XX with both identities bound to the transcript (section 3).
- `frames`: what is sealed, in nine lengths, with new keys on the way (section 4).
- `cbor`, `bodies`: what is inside (sections 5 and 6).
- `conversation`: which body may come when (sections 4 and 6).
- `session`: all of it over a socket; every operation on it has a deadline.
- `vectors`: the frozen conversations, held against all of the above.

Left out, because nothing needs it here: lines of POC-02, renewal, and which of two sessions stays.
What follows the document holds no way to break it; `hostile` bends it from outside.
"""
