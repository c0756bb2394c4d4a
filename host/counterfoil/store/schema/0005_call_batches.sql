-- Batches of calls that sites asked for, and the requests that each became, in order.

CREATE TABLE call_batches (
  number     INTEGER PRIMARY KEY,
  origin     TEXT NOT NULL,
  batch_id   TEXT NOT NULL,
  client_key TEXT UNIQUE,
  payload    TEXT NOT NULL CHECK (json_valid(payload)),
  chain      TEXT NOT NULL,
  calls      INTEGER NOT NULL CHECK (calls >= 1),
  atomic     INTEGER NOT NULL CHECK (atomic IN (0, 1)),
  created_at INTEGER NOT NULL,
  UNIQUE (origin, batch_id)
) STRICT;

CREATE TABLE call_batch_requests (
  batch      INTEGER NOT NULL REFERENCES call_batches (number) ON DELETE CASCADE,
  position   INTEGER NOT NULL CHECK (position >= 0),
  request_id TEXT NOT NULL UNIQUE REFERENCES requests (id),
  PRIMARY KEY (batch, position)
) STRICT, WITHOUT ROWID;
