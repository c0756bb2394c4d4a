-- Acts of administration that wait for a person at another party, or for a day to pass.

CREATE TABLE changes (
  id        TEXT PRIMARY KEY CHECK (length(id) = 32),
  vault     TEXT NOT NULL REFERENCES vaults (id) ON DELETE CASCADE,
  record    TEXT NOT NULL CHECK (json_valid(record)),
  initiator INTEGER NOT NULL CHECK (initiator >= 1),
  approver  BLOB NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('waiting', 'kept', 'cancelled')),
  consents  TEXT NOT NULL CHECK (json_valid(consents)),
  heard_at  INTEGER NOT NULL,
  ready_at  INTEGER NOT NULL CHECK (ready_at >= heard_at),
  ended_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TRIGGER changes_start_waiting BEFORE INSERT ON changes
WHEN NEW.state <> 'waiting'
BEGIN SELECT RAISE(ABORT, 'change_starts_waiting'); END;

CREATE TRIGGER changes_end_once BEFORE UPDATE ON changes
WHEN OLD.state <> 'waiting'
BEGIN SELECT RAISE(ABORT, 'change_is_over'); END;

CREATE TRIGGER changes_keep_what_was_asked BEFORE UPDATE ON changes
WHEN NEW.id <> OLD.id OR NEW.vault <> OLD.vault OR NEW.record <> OLD.record OR NEW.initiator <> OLD.initiator
  OR NEW.approver <> OLD.approver OR NEW.heard_at <> OLD.heard_at OR NEW.ready_at <> OLD.ready_at
BEGIN SELECT RAISE(ABORT, 'change_is_fixed'); END;

-- Whether a passkey was copied elsewhere when it was last touched; null where nobody looked.
ALTER TABLE passkey_counters ADD COLUMN backed_up INTEGER CHECK (backed_up IS NULL OR backed_up IN (0, 1));
