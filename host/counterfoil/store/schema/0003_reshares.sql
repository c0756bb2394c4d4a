-- A vault's parties change in two steps. `prepared`: the new share is on this disk, the old one still signs.
-- `committed`: every new party has acknowledged, the new one signs. There is nothing between the two.

CREATE TABLE reshares (
  vault              TEXT PRIMARY KEY CHECK (length(vault) = 32),
  epoch              INTEGER NOT NULL CHECK (epoch >= 1),
  state              TEXT NOT NULL CHECK (state IN ('prepared', 'committed')),
  hub                BLOB NOT NULL CHECK (length(hub) = 32),
  my_index           INTEGER CHECK (my_index IS NULL OR my_index >= 1),
  name               TEXT NOT NULL,
  threshold          INTEGER NOT NULL CHECK (threshold >= 2),
  group_key          BLOB NOT NULL CHECK (length(group_key) = 33),
  chain_code         BLOB NOT NULL CHECK (length(chain_code) = 32),
  parties            TEXT NOT NULL CHECK (json_valid(parties)),
  ot_parties         TEXT NOT NULL CHECK (json_valid(ot_parties)),
  context_hash       BLOB NOT NULL CHECK (length(context_hash) = 32),
  confirmations      TEXT NOT NULL CHECK (json_valid(confirmations)),
  sealed             BLOB,
  facts              TEXT CHECK (facts IS NULL OR json_valid(facts)),
  recovery_file      BLOB,
  recovery_ack       BLOB,
  acks               TEXT NOT NULL CHECK (json_valid(acks)),
  told               TEXT NOT NULL CHECK (json_valid(told)),
  created_at         INTEGER NOT NULL,
  CHECK (threshold <= json_array_length(parties))
) STRICT, WITHOUT ROWID;

CREATE TABLE departures (
  vault   TEXT PRIMARY KEY REFERENCES vaults (id) ON DELETE CASCADE,
  epoch   INTEGER NOT NULL,
  left_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reshares_start_prepared BEFORE INSERT ON reshares
WHEN NEW.state <> 'prepared'
  OR (NEW.my_index IS NULL) <> (NEW.sealed IS NULL)
  OR EXISTS (SELECT 1 FROM vaults v WHERE v.id = NEW.vault
             AND (v.epoch >= NEW.epoch OR v.group_key <> NEW.group_key OR v.chain_code <> NEW.chain_code
                  OR v.state <> 'ready'))
BEGIN SELECT RAISE(ABORT, 'reshare_does_not_fit'); END;

CREATE TRIGGER reshares_are_fixed BEFORE UPDATE ON reshares
WHEN NEW.vault <> OLD.vault OR NEW.epoch <> OLD.epoch OR NEW.hub <> OLD.hub OR NEW.my_index IS NOT OLD.my_index
  OR NEW.name <> OLD.name OR NEW.threshold <> OLD.threshold OR NEW.group_key <> OLD.group_key
  OR NEW.chain_code <> OLD.chain_code OR NEW.parties <> OLD.parties OR NEW.ot_parties <> OLD.ot_parties
  OR NEW.context_hash <> OLD.context_hash OR NEW.confirmations <> OLD.confirmations
  OR (NEW.sealed IS NOT OLD.sealed AND NOT (OLD.state = 'committed' AND NEW.sealed IS NULL))
  OR (OLD.state = 'committed' AND (NEW.state <> 'committed' OR NEW.acks <> OLD.acks))
BEGIN SELECT RAISE(ABORT, 'reshare_is_fixed'); END;

CREATE TRIGGER reshares_commit_when_all_acknowledged BEFORE UPDATE OF state ON reshares
WHEN NEW.state = 'committed' AND OLD.state = 'prepared'
 AND ((SELECT count(*) FROM json_each(NEW.acks)) <> json_array_length(NEW.parties)
   OR EXISTS (SELECT 1 FROM json_each(NEW.parties) p
              WHERE json_extract(NEW.acks, '$."' || json_extract(p.value, '$.index') || '"') IS NULL))
BEGIN SELECT RAISE(ABORT, 'reshare_is_not_acknowledged'); END;

CREATE TRIGGER reshares_committed_are_carried_out BEFORE DELETE ON reshares
WHEN OLD.state = 'committed'
 AND NOT EXISTS (SELECT 1 FROM vaults WHERE id = OLD.vault AND epoch >= OLD.epoch)
 AND NOT EXISTS (SELECT 1 FROM departures WHERE vault = OLD.vault AND epoch >= OLD.epoch)
BEGIN SELECT RAISE(ABORT, 'reshare_is_committed'); END;

CREATE TRIGGER departures_by_reshare BEFORE INSERT ON departures
WHEN NOT EXISTS (SELECT 1 FROM reshares r WHERE r.vault = NEW.vault AND r.state = 'committed'
                 AND r.epoch = NEW.epoch AND r.my_index IS NULL)
BEGIN SELECT RAISE(ABORT, 'no_such_reshare'); END;
CREATE TRIGGER departures_are_not_changed BEFORE UPDATE ON departures
BEGIN SELECT RAISE(ABORT, 'departure_stays'); END;
CREATE TRIGGER departures_end_by_reshare BEFORE DELETE ON departures
WHEN NOT EXISTS (SELECT 1 FROM reshares r WHERE r.vault = OLD.vault AND r.state = 'committed'
                 AND r.epoch > OLD.epoch AND r.my_index IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'departure_stays'); END;

-- The parties of a ready vault change to those of a committed reshare, all at once, and in no other way.
CREATE TRIGGER vaults_change_by_reshare
BEFORE UPDATE OF epoch, threshold, my_index, parties, ot_parties, context_hash, confirmations ON vaults
WHEN OLD.state = 'ready'
 AND (NEW.epoch <> OLD.epoch OR NEW.threshold <> OLD.threshold OR NEW.my_index <> OLD.my_index
   OR NEW.parties <> OLD.parties OR NEW.ot_parties <> OLD.ot_parties OR NEW.context_hash <> OLD.context_hash
   OR NEW.confirmations <> OLD.confirmations)
 AND NOT EXISTS (SELECT 1 FROM reshares r WHERE r.vault = NEW.id AND r.state = 'committed' AND r.epoch = NEW.epoch
                 AND r.epoch > OLD.epoch AND r.threshold = NEW.threshold AND r.my_index = NEW.my_index
                 AND r.parties = NEW.parties AND r.ot_parties = NEW.ot_parties
                 AND r.context_hash = NEW.context_hash AND r.confirmations = NEW.confirmations)
BEGIN SELECT RAISE(ABORT, 'vault_changes_by_reshare'); END;

CREATE TRIGGER shares_start_pending BEFORE INSERT ON shares
WHEN NEW.state <> 'pending'
BEGIN SELECT RAISE(ABORT, 'share_starts_pending'); END;

CREATE TRIGGER shares_of_ready_vaults_come_by_reshare BEFORE UPDATE OF state ON shares
WHEN NEW.state = 'active' AND (SELECT state FROM vaults WHERE id = NEW.vault) = 'ready'
 AND NOT EXISTS (SELECT 1 FROM reshares r WHERE r.vault = NEW.vault AND r.state = 'committed' AND r.epoch = NEW.epoch
                 AND r.my_index = NEW.party_index AND r.sealed = NEW.sealed)
BEGIN SELECT RAISE(ABORT, 'no_such_reshare'); END;

-- An old share goes once a newer one signs, or once this party has left; before that, never.
DROP TRIGGER shares_active_are_kept;
CREATE TRIGGER shares_active_are_kept BEFORE DELETE ON shares
WHEN OLD.state = 'active' AND (SELECT state FROM vaults WHERE id = OLD.vault) IS NOT 'creating'
 AND NOT EXISTS (SELECT 1 FROM vaults v JOIN shares s ON s.vault = v.id AND s.epoch = v.epoch AND s.state = 'active'
                 WHERE v.id = OLD.vault AND v.epoch > OLD.epoch)
 AND NOT EXISTS (SELECT 1 FROM departures d WHERE d.vault = OLD.vault AND d.epoch > OLD.epoch)
BEGIN SELECT RAISE(ABORT, 'share_is_active'); END;
