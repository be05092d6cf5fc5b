-- Format 3 of the ledger (migrate.go tells what earlier formats lack). Texts that repeat are stored as their number in names. An
-- external_id of NULL is the key itself, '' is none. sum is a checksum of what a run decides by (see row.go). With STRICT
-- the check at opening finds values of a wrong type.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sum INTEGER NOT NULL) STRICT;
CREATE TABLE runs (id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, ended_at INTEGER, exit INTEGER, summary BLOB) STRICT;
CREATE TABLE marks (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Which steps hold objects of a kind, and whether any has an external id that is not its key.
CREATE TABLE kinds (object INTEGER, step INTEGER, explicit INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (object, step)) STRICT, WITHOUT ROWID;

-- One row for each group of intents: those that were begun in one transaction, or in one batch (see groups.go). It is
-- deleted when all are settled; only the newest stays, so that no number is used twice.
CREATE TABLE intents (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;

-- answered is the number of the last group of intents that the outcome answers. fields says which fields Kustomer has,
-- in an encoding of the caller's, NULL when that is not known; it only decides what an update leaves out. created_in is
-- the run that created the object, 0 when none did; NULL, in entries that format 2 wrote: run where the outcome is
-- created, else none is known. role is a Role: 0 owns the object.
CREATE TABLE entries (
  step INTEGER NOT NULL, key TEXT NOT NULL,
  object INTEGER NOT NULL, external_id TEXT, outcome INTEGER NOT NULL,
  kustomer_id TEXT NOT NULL, hash BLOB, answered INTEGER NOT NULL, sum INTEGER NOT NULL,
  source INTEGER NOT NULL, line INTEGER NOT NULL, attempts INTEGER NOT NULL,
  http_status INTEGER NOT NULL, error TEXT NOT NULL, run INTEGER NOT NULL, updated_at INTEGER NOT NULL, fields BLOB,
  created_in INTEGER, role INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (step, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_external ON entries (object, external_id) WHERE external_id > '';
