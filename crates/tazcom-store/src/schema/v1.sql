-- Where messages belong: 00 the mesh, 01 and a name a room, 02 and a tag what is sealed.
CREATE TABLE scope (
  key INTEGER PRIMARY KEY,
  scope BLOB NOT NULL UNIQUE,
  joined INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  texts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX scope_joined ON scope (key) WHERE joined = 1;

-- An author in a scope; its receipts there are a row of their own, for they have a quota of their
-- own. `seq` and `last` are of the newest message it has numbered there; an own one
-- stays for ever, so that the count goes on after a restart. Nothing of it that is ordered at or
-- before `floor` (ms) is let in until `floor_until`.
CREATE TABLE writer (
  key INTEGER PRIMARY KEY,
  author BLOB NOT NULL,
  scope INTEGER NOT NULL,
  receipts INTEGER NOT NULL,
  own INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0,
  last BLOB,
  floor INTEGER NOT NULL DEFAULT -1,
  floor_until INTEGER NOT NULL DEFAULT 0,
  UNIQUE (author, scope, receipts)
) STRICT;
CREATE INDEX writer_scope ON writer (scope);
CREATE INDEX writer_idle ON writer (floor_until) WHERE messages = 0 AND own = 0;

-- What shares a quota: each joined room by the key of its scope, the rest below zero. Own messages
-- are not counted. Nothing that was made at or before `floor` (ms) is let in.
CREATE TABLE pool (
  key INTEGER PRIMARY KEY,
  messages INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  floor INTEGER NOT NULL DEFAULT -1
) STRICT;

-- `key` is the millisecond that orders the message, times 2^20, plus a number within it: rows lie in
-- the order in which they are read, and so do the rows of `words`. Behind an envelope stand the
-- first 8 bytes of its BLAKE3.
CREATE TABLE message (
  key INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  writer INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  pool INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  own INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  until INTEGER NOT NULL,
  hops INTEGER NOT NULL,
  sender BLOB,
  len INTEGER NOT NULL,
  envelope BLOB NOT NULL
) STRICT;
CREATE INDEX message_held ON message (created, id, expires, len, writer);
CREATE INDEX message_scope ON message (scope, key, kind);
CREATE INDEX message_writer ON message (writer, key);
CREATE INDEX message_pool ON message (pool, first_seen) WHERE own = 0;
CREATE INDEX message_until ON message (until);
CREATE INDEX message_state ON message (kind, scope, writer, key) WHERE kind IN (2, 3);

-- The words of texts, and not the texts, which are in the envelopes.
CREATE VIRTUAL TABLE words USING fts5 (
  text,
  content = '',
  contentless_delete = 1,
  prefix = '1 2',
  tokenize = "unicode61 remove_diacritics 2"
);

-- Messages that were here and are not to come back.
CREATE TABLE evicted (
  id BLOB PRIMARY KEY,
  pool INTEGER NOT NULL,
  created INTEGER NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX evicted_created ON evicted (created);
CREATE INDEX evicted_until ON evicted (until);

CREATE TABLE receipt (
  message BLOB NOT NULL,
  author BLOB NOT NULL,
  PRIMARY KEY (message, author)
) STRICT, WITHOUT ROWID;

CREATE TABLE peer (
  id BLOB NOT NULL,
  addr TEXT NOT NULL,
  met INTEGER NOT NULL,
  PRIMARY KEY (id, addr)
) STRICT, WITHOUT ROWID;
CREATE INDEX peer_met ON peer (met, id);

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How many rows other tables have, which would take long to count.
CREATE TABLE tally (
  name TEXT PRIMARY KEY,
  rows INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO tally (name) VALUES ('evicted'), ('receipt'), ('meta');
