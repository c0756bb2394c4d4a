-- Requests that ended here after they were approved, or whose signature did not come: another party may still hold
-- their slot. Asked until it is known; held ones stay until the chain has used the slot.
CREATE TABLE unsettled (
  request_id TEXT PRIMARY KEY REFERENCES requests (id),
  is_held    INTEGER NOT NULL DEFAULT 0 CHECK (is_held IN (0, 1)),
  since      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the person's node says would happen: shown, never part of what is decided or signed.
CREATE TABLE simulations (
  request_id TEXT PRIMARY KEY REFERENCES requests (id),
  body       TEXT NOT NULL CHECK (json_valid(body)),
  made_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
