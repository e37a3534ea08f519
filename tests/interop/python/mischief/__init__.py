"""What a hostile peer does with a node, once as the end that dials and once as the end that is
dialled.

- `case`: what a case is, and what a node may do about it.
- `victim`: how the node is reached, and the honest things that are done with it.
- `bent`: the second implementation, bent in one place each.
- `curve`: points, keys and signatures that should not be.
- `opening`, `proofs`, `middle`, `sealed`, `spoken`, `floods`: the cases, by what they attack.

Rows are numbered; the numbers are those of the tests.
"""
