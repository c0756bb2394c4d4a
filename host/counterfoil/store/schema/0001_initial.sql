-- The agent's data. Times are unix seconds, hashes and keys are blobs, amounts are decimal text in base units.
-- The triggers repeat, below the code, the rules that guard money: what they abort with is a word for programs.

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE identity (
  only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
  seed       BLOB NOT NULL CHECK (length(seed) = 32),
  created_at INTEGER NOT NULL
) STRICT;

-- ── who may talk to this agent ─────────────────────────────────────────────────────────────────

CREATE TABLE profiles (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  browser      TEXT NOT NULL,
  token_hash   BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  extension_id TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER,
  revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE peers (
  identity    BLOB PRIMARY KEY CHECK (length(identity) = 32),
  name        TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('device', 'cosigner', 'recovery_file')),
  relay_url   TEXT NOT NULL,
  link_secret BLOB NOT NULL,
  socket_path TEXT,
  head_seq    INTEGER NOT NULL DEFAULT 0 CHECK (head_seq >= 0),
  head_hash   BLOB NOT NULL DEFAULT (zeroblob(32)) CHECK (length(head_hash) = 32),
  paired_at   INTEGER NOT NULL,
  revoked_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TRIGGER peers_head_never_goes_back BEFORE UPDATE OF head_seq, head_hash ON peers
WHEN NEW.head_seq < OLD.head_seq OR (NEW.head_seq = OLD.head_seq AND NEW.head_hash IS NOT OLD.head_hash)
BEGIN SELECT RAISE(ABORT, 'head_goes_back'); END;

-- ── vaults and their shares ────────────────────────────────────────────────────────────────────

CREATE TABLE vaults (
  id                 TEXT PRIMARY KEY CHECK (length(id) = 32),
  name               TEXT NOT NULL,
  epoch              INTEGER NOT NULL CHECK (epoch >= 0),
  threshold          INTEGER NOT NULL CHECK (threshold >= 2),
  my_index           INTEGER NOT NULL CHECK (my_index >= 1),
  group_key          BLOB NOT NULL CHECK (length(group_key) = 33),
  chain_code         BLOB NOT NULL CHECK (length(chain_code) = 32),
  parties            TEXT NOT NULL CHECK (json_valid(parties)),
  ot_parties         TEXT NOT NULL CHECK (json_valid(ot_parties)),
  context_hash       BLOB NOT NULL CHECK (length(context_hash) = 32),
  confirmations      TEXT NOT NULL CHECK (json_valid(confirmations)),
  state              TEXT NOT NULL CHECK (state IN ('creating', 'ready')),
  recovery_proven_at INTEGER,
  created_at         INTEGER NOT NULL,
  CHECK (threshold <= json_array_length(parties)),
  CHECK (my_index <= json_array_length(parties))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER vaults_keep_their_key BEFORE UPDATE OF id, group_key, chain_code ON vaults
WHEN NEW.id IS NOT OLD.id OR NEW.group_key IS NOT OLD.group_key OR NEW.chain_code IS NOT OLD.chain_code
BEGIN SELECT RAISE(ABORT, 'vault_key_is_fixed'); END;

CREATE TRIGGER vaults_ready_stay BEFORE UPDATE OF state ON vaults
WHEN OLD.state = 'ready' AND NEW.state <> 'ready'
BEGIN SELECT RAISE(ABORT, 'vault_is_ready'); END;

CREATE TRIGGER vaults_ready_are_kept BEFORE DELETE ON vaults
WHEN OLD.state = 'ready'
BEGIN SELECT RAISE(ABORT, 'vault_is_ready'); END;

-- No foreign key: nothing may ever keep a mark from being written.
CREATE TABLE ot_poison (
  vault     TEXT NOT NULL,
  epoch     INTEGER NOT NULL,
  party     INTEGER NOT NULL,
  marked_at INTEGER NOT NULL,
  PRIMARY KEY (vault, epoch, party)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ot_poison_is_not_changed BEFORE UPDATE ON ot_poison
BEGIN SELECT RAISE(ABORT, 'poison_stays'); END;
CREATE TRIGGER ot_poison_is_not_removed BEFORE DELETE ON ot_poison
BEGIN SELECT RAISE(ABORT, 'poison_stays'); END;

CREATE TABLE storage_key (
  only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
  check_value BLOB NOT NULL CHECK (length(check_value) = 16),
  created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE key_slots (
  id            TEXT PRIMARY KEY,
  kind          TEXT NOT NULL CHECK (kind IN ('passphrase', 'prf')),
  salt          BLOB NOT NULL CHECK (length(salt) = 16),
  parameters    TEXT NOT NULL CHECK (json_valid(parameters)),
  credential_id BLOB UNIQUE,
  wrapped       BLOB NOT NULL,
  created_at    INTEGER NOT NULL,
  CHECK ((kind = 'prf') = (credential_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER key_slots_never_empty BEFORE DELETE ON key_slots
WHEN (SELECT count(*) FROM key_slots) <= 1
BEGIN SELECT RAISE(ABORT, 'last_key_slot'); END;

CREATE TABLE shares (
  vault       TEXT NOT NULL REFERENCES vaults (id) ON DELETE CASCADE,
  epoch       INTEGER NOT NULL,
  party_index INTEGER NOT NULL CHECK (party_index >= 1),
  state       TEXT NOT NULL CHECK (state IN ('pending', 'active')),
  sealed      BLOB NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (vault, epoch)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER shares_active_stay BEFORE UPDATE ON shares
WHEN OLD.state = 'active'
BEGIN SELECT RAISE(ABORT, 'share_is_active'); END;
CREATE TRIGGER shares_active_are_kept BEFORE DELETE ON shares
WHEN OLD.state = 'active' AND (SELECT state FROM vaults WHERE id = OLD.vault) IS NOT 'creating'
BEGIN SELECT RAISE(ABORT, 'share_is_active'); END;

-- ── signed facts that every party keeps ────────────────────────────────────────────────────────

CREATE TABLE records (
  vault       TEXT NOT NULL REFERENCES vaults (id) ON DELETE CASCADE,
  kind        TEXT NOT NULL CHECK (kind IN ('home_passkey', 'site_passkey', 'policy', 'site', 'revocation')),
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

CREATE TRIGGER records_are_not_changed BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'record_is_fixed'); END;
CREATE TRIGGER records_only_go_up BEFORE INSERT ON records
WHEN NEW.version <= (SELECT max(version) FROM records
                     WHERE vault = NEW.vault AND kind = NEW.kind AND subject = NEW.subject)
BEGIN SELECT RAISE(ABORT, 'record_goes_back'); END;

CREATE TABLE passkey_counters (
  credential_id BLOB PRIMARY KEY,
  count         INTEGER NOT NULL CHECK (count >= 0),
  last_used_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- ── accounts and sites ─────────────────────────────────────────────────────────────────────────

CREATE TABLE accounts (
  id         TEXT PRIMARY KEY,
  vault      TEXT NOT NULL REFERENCES vaults (id) ON DELETE CASCADE,
  namespace  TEXT NOT NULL,
  path       TEXT NOT NULL,
  address    TEXT NOT NULL,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (vault, namespace, path),
  UNIQUE (namespace, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE permissions (
  origin     TEXT NOT NULL,
  capability TEXT NOT NULL,
  accounts   TEXT NOT NULL CHECK (json_valid(accounts)),
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (origin, capability)
) STRICT, WITHOUT ROWID;

CREATE TABLE site_chains (
  origin TEXT PRIMARY KEY,
  chain  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ── requests ───────────────────────────────────────────────────────────────────────────────────

CREATE TABLE requests (
  number         INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
  state          TEXT NOT NULL CHECK (state IN ('proposed', 'consented', 'approved', 'released', 'signed', 'sent',
                                                'final', 'refused', 'expired', 'failed', 'dead')),
  seq            INTEGER NOT NULL UNIQUE,
  origin         TEXT NOT NULL,
  client_key     TEXT UNIQUE,
  profile_id     TEXT REFERENCES profiles (id),
  tab            TEXT CHECK (tab IS NULL OR json_valid(tab)),
  vault          TEXT REFERENCES vaults (id),
  chain          TEXT,
  account        TEXT,
  kind           TEXT NOT NULL,
  method         TEXT NOT NULL,
  payload        TEXT NOT NULL CHECK (json_valid(payload)),
  intent         TEXT CHECK (intent IS NULL OR json_valid(intent)),
  unsigned       BLOB,
  summary        TEXT CHECK (summary IS NULL OR json_valid(summary)),
  fee_cap        TEXT CHECK (fee_cap IS NULL OR (fee_cap <> '' AND fee_cap NOT GLOB '*[^0-9]*')),
  slots          TEXT CHECK (slots IS NULL OR json_valid(slots)),
  parent_id      TEXT REFERENCES requests (id),
  request_nonce  BLOB,
  challenge      BLOB,
  consents       TEXT CHECK (consents IS NULL OR json_valid(consents)),
  assertion      TEXT CHECK (assertion IS NULL OR json_valid(assertion)),
  signed         BLOB,
  transaction_id TEXT,
  result         TEXT CHECK (result IS NULL OR json_valid(result)),
  error          TEXT CHECK (error IS NULL OR json_valid(error)),
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX requests_by_state ON requests (state, number);
CREATE INDEX requests_by_parent ON requests (parent_id) WHERE parent_id IS NOT NULL;

CREATE TRIGGER requests_start_proposed BEFORE INSERT ON requests
WHEN NEW.state <> 'proposed'
BEGIN SELECT RAISE(ABORT, 'request_starts_proposed'); END;

CREATE TRIGGER requests_released_never_undone BEFORE UPDATE OF state ON requests
WHEN (OLD.state = 'released' AND NEW.state NOT IN ('released', 'signed', 'dead'))
  OR (OLD.state = 'signed'   AND NEW.state NOT IN ('signed', 'sent', 'final', 'dead'))
  OR (OLD.state = 'sent'     AND NEW.state NOT IN ('sent', 'final', 'dead'))
BEGIN SELECT RAISE(ABORT, 'released_never_undone'); END;

CREATE TRIGGER requests_end_once BEFORE UPDATE OF state ON requests
WHEN OLD.state IN ('final', 'refused', 'expired', 'failed', 'dead') AND NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'request_is_over'); END;

CREATE TRIGGER requests_release_only_approved BEFORE UPDATE OF state ON requests
WHEN (NEW.state = 'released' AND OLD.state NOT IN ('approved', 'released'))
  OR (NEW.state = 'signed'   AND OLD.state NOT IN ('released', 'signed'))
  OR (NEW.state = 'sent'     AND OLD.state NOT IN ('signed', 'sent'))
  OR (NEW.state IN ('signed', 'sent') AND NEW.signed IS NULL)
  OR (NEW.state = 'final' AND OLD.state NOT IN ('signed', 'sent') AND NEW.unsigned IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'request_skips_a_state'); END;

CREATE TRIGGER requests_keep_what_was_asked BEFORE UPDATE ON requests
WHEN NEW.number <> OLD.number OR NEW.id <> OLD.id OR NEW.origin <> OLD.origin OR NEW.client_key IS NOT OLD.client_key
  OR NEW.method <> OLD.method OR NEW.payload <> OLD.payload OR NEW.parent_id IS NOT OLD.parent_id
  OR NEW.created_at <> OLD.created_at OR NEW.seq <= OLD.seq
BEGIN SELECT RAISE(ABORT, 'request_is_fixed'); END;

CREATE TRIGGER requests_released_bytes_stay BEFORE UPDATE ON requests
WHEN OLD.state IN ('released', 'signed', 'sent', 'final', 'dead')
 AND (NEW.vault IS NOT OLD.vault OR NEW.chain IS NOT OLD.chain OR NEW.account IS NOT OLD.account
   OR NEW.kind <> OLD.kind OR NEW.unsigned IS NOT OLD.unsigned OR NEW.slots IS NOT OLD.slots
   OR NEW.request_nonce IS NOT OLD.request_nonce OR NEW.challenge IS NOT OLD.challenge
   OR NEW.assertion IS NOT OLD.assertion)
BEGIN SELECT RAISE(ABORT, 'released_bytes_stay'); END;

CREATE TRIGGER requests_signed_bytes_stay BEFORE UPDATE ON requests
WHEN OLD.signed IS NOT NULL AND NEW.signed IS NOT OLD.signed
BEGIN SELECT RAISE(ABORT, 'signed_bytes_stay'); END;

CREATE TRIGGER requests_are_kept BEFORE DELETE ON requests
BEGIN SELECT RAISE(ABORT, 'request_is_kept'); END;

-- What may be signed only once. A row counts for as long as its request is neither over nor refused.
CREATE TABLE slots (
  chain       TEXT NOT NULL,
  account     TEXT NOT NULL,
  slot        TEXT NOT NULL,
  request_id  TEXT NOT NULL REFERENCES requests (id),
  digests     TEXT NOT NULL CHECK (json_valid(digests)),
  reserved_at INTEGER NOT NULL,
  PRIMARY KEY (chain, account, slot, request_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX slots_by_request ON slots (request_id);

CREATE TRIGGER slots_released_digests_stay BEFORE UPDATE ON slots
WHEN (SELECT state FROM requests WHERE id = OLD.request_id) IN ('released', 'signed', 'sent', 'final', 'dead')
BEGIN SELECT RAISE(ABORT, 'slot_is_released'); END;
CREATE TRIGGER slots_released_are_kept BEFORE DELETE ON slots
WHEN (SELECT state FROM requests WHERE id = OLD.request_id) IN ('released', 'signed', 'sent', 'final', 'dead')
BEGIN SELECT RAISE(ABORT, 'slot_is_released'); END;

CREATE TABLE spending (
  vault      TEXT NOT NULL REFERENCES vaults (id) ON DELETE CASCADE,
  chain      TEXT NOT NULL,
  account    TEXT NOT NULL,
  day        INTEGER NOT NULL,
  asset      TEXT NOT NULL,
  request_id TEXT NOT NULL,
  amount     TEXT NOT NULL CHECK (amount <> '' AND amount NOT GLOB '*[^0-9]*'),
  PRIMARY KEY (vault, chain, account, day, asset, request_id)
) STRICT, WITHOUT ROWID;

-- ── the log of decisions ───────────────────────────────────────────────────────────────────────

CREATE TABLE log (
  seq       INTEGER PRIMARY KEY CHECK (seq >= 1),
  time      INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  body      TEXT NOT NULL,
  prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
  hash      BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER log_only_grows BEFORE INSERT ON log
WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM log), 0)
  OR NEW.prev_hash <> coalesce((SELECT hash FROM log ORDER BY seq DESC LIMIT 1), zeroblob(32))
BEGIN SELECT RAISE(ABORT, 'log_only_grows'); END;
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'log_only_grows'); END;
CREATE TRIGGER log_is_not_cut BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'log_only_grows'); END;
