-- What is kept secret: the values are sealed before they come here, and this store cannot read them.
CREATE TABLE secret (
  name BLOB PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was said in private, sealed. `key` is as that of `message`. `fate` is of own lines, and is for
-- whoever seals them to give a meaning to.
CREATE TABLE said (
  key INTEGER PRIMARY KEY,
  talk INTEGER NOT NULL,
  id BLOB NOT NULL,
  fate INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  UNIQUE (talk, id)
) STRICT;
CREATE INDEX said_talk ON said (talk, key);

-- Conversations of that kind, by a name that whoever seals the lines chooses.
CREATE TABLE talk (
  key INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE,
  lines INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Sealed messages that whoever can open them has not looked at yet, or has put aside.
ALTER TABLE message ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_unopened ON message (scope, key) WHERE kind = 6 AND opened = 0;

INSERT INTO tally (name) VALUES ('secret');
