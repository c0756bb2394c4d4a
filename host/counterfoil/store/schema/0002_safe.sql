-- Safe accounts, and requests of several digests: each is signed once, in their order.

ALTER TABLE accounts ADD COLUMN kind TEXT NOT NULL DEFAULT 'vault' CHECK (kind IN ('vault', 'safe'));

-- Where a Safe stands, with its lock, as this device saw it on the chain.
CREATE TABLE safe_chains (
  address     TEXT NOT NULL,
  chain       TEXT NOT NULL,
  lock        TEXT NOT NULL,
  deployed_at INTEGER NOT NULL,
  PRIMARY KEY (address, chain)
) STRICT, WITHOUT ROWID;

-- A record may now be of a Safe. A CHECK can only be changed with its table.
CREATE TABLE records_with_safes (
  vault       TEXT NOT NULL REFERENCES vaults (id) ON DELETE CASCADE,
  kind        TEXT NOT NULL CHECK (kind IN ('home_passkey', 'site_passkey', 'policy', 'site', 'revocation', 'safe')),
  subject     TEXT NOT NULL,
  version     INTEGER NOT NULL CHECK (version >= 1),
  epoch       INTEGER NOT NULL,
  body        TEXT NOT NULL CHECK (json_valid(body)),
  signer      BLOB NOT NULL CHECK (length(signer) = 32),
  signature   BLOB NOT NULL,
  evidence    TEXT CHECK (evidence IS NULL OR json_valid(evidence)),
  received_at INTEGER NOT NULL,
  PRIMARY KEY (vault, kind, subject, version)
) STRICT, WITHOUT ROWID;

INSERT INTO records_with_safes SELECT * FROM records;
DROP TABLE records;
ALTER TABLE records_with_safes RENAME TO records;

CREATE TRIGGER records_are_not_changed BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'record_is_fixed'); END;
CREATE TRIGGER records_only_go_up BEFORE INSERT ON records
WHEN NEW.version <= (SELECT max(version) FROM records
                     WHERE vault = NEW.vault AND kind = NEW.kind AND subject = NEW.subject)
BEGIN SELECT RAISE(ABORT, 'record_goes_back'); END;

-- How many digests of a request may have been signed, and the signatures that came back, in their order.
ALTER TABLE requests ADD COLUMN released INTEGER NOT NULL DEFAULT 0 CHECK (released >= 0);
ALTER TABLE requests ADD COLUMN signatures TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(signatures));

CREATE TRIGGER requests_release_one_by_one BEFORE UPDATE OF released ON requests
WHEN NEW.released NOT IN (OLD.released, OLD.released + 1)
  OR NEW.released > json_array_length(OLD.signatures) + 1
BEGIN SELECT RAISE(ABORT, 'digest_is_signed_once'); END;

CREATE TRIGGER requests_keep_their_signatures BEFORE UPDATE OF signatures ON requests
WHEN json_array_length(NEW.signatures) NOT IN (json_array_length(OLD.signatures), json_array_length(OLD.signatures) + 1)
  OR json_array_length(NEW.signatures) > NEW.released
  OR substr(NEW.signatures, 1, length(OLD.signatures) - 1) IS NOT substr(OLD.signatures, 1, length(OLD.signatures) - 1)
BEGIN SELECT RAISE(ABORT, 'signature_stays'); END;
