-- Limits per day, site, account, contact and act; what is known of peers that were restored from a copy.

CREATE TABLE spending_by_scope (
  vault      TEXT NOT NULL REFERENCES vaults (id) ON DELETE CASCADE,
  chain      TEXT NOT NULL,
  account    TEXT NOT NULL,
  day        INTEGER NOT NULL,
  asset      TEXT NOT NULL,
  request_id TEXT NOT NULL,
  site       TEXT NOT NULL,
  contact    TEXT NOT NULL,
  act        TEXT NOT NULL,
  amount     TEXT NOT NULL CHECK (amount <> '' AND amount NOT GLOB '*[^0-9]*'),
  PRIMARY KEY (vault, chain, account, day, asset, request_id)
) STRICT, WITHOUT ROWID;

INSERT INTO spending_by_scope SELECT vault, chain, account, day, asset, request_id, '', '', '', amount FROM spending;
DROP TABLE spending;
ALTER TABLE spending_by_scope RENAME TO spending;

-- A party that was put back to an older copy may have forgotten what it spent: such a day counts as spent.
CREATE TABLE days_spent (
  vault TEXT NOT NULL REFERENCES vaults (id) ON DELETE CASCADE,
  day   INTEGER NOT NULL,
  PRIMARY KEY (vault, day)
) STRICT, WITHOUT ROWID;

-- Set while a peer's log is behind, or beside, what was witnessed of it; cleared only together with a fresh start.
ALTER TABLE peers ADD COLUMN restored_at INTEGER;

-- The peer's own signature of the witnessed head: shown to it, it proves that its log was once that long.
ALTER TABLE peers ADD COLUMN head_signature BLOB NOT NULL DEFAULT (x'');

DROP TRIGGER peers_head_never_goes_back;
CREATE TRIGGER peers_head_never_goes_back BEFORE UPDATE OF head_seq, head_hash ON peers
WHEN (NEW.head_seq < OLD.head_seq OR (NEW.head_seq = OLD.head_seq AND NEW.head_hash IS NOT OLD.head_hash))
 AND NOT (OLD.restored_at IS NOT NULL AND NEW.restored_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'head_goes_back'); END;
