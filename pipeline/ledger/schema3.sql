-- What format 3 added to format 2, beside the columns created_in, role and gone of entries.

-- Only one key owns an object (markDoubles sees to it in an old ledger).
CREATE UNIQUE INDEX entries_id ON entries (object, kustomer_id) WHERE role = 0 AND kustomer_id > '';

-- What a run noted of a step: the object that its sink makes or changes, and the text of two templates.
CREATE TABLE steps (name TEXT PRIMARY KEY, object TEXT NOT NULL, role INTEGER NOT NULL, key TEXT NOT NULL, external_id TEXT NOT NULL, run TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- The last run that read a source whole, and the names of JSON members that finished runs saw in a source.
CREATE TABLE sources (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, run TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE members (source TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (source, name)) STRICT, WITHOUT ROWID;
-- Why a key has no entry any more. key is the first half of the SHA-256 of the key, so that a forgotten key is gone.
CREATE TABLE key_marks (step INTEGER NOT NULL, key BLOB NOT NULL, mark TEXT NOT NULL, run TEXT NOT NULL, at INTEGER NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (step, key)) STRICT, WITHOUT ROWID;

CREATE INDEX entries_doubled ON entries (step, key) WHERE role = 4;

-- For people with an SQLite tool.
CREATE VIEW ledger AS
  SELECT s.name AS step, e.key, o.name AS outcome, e.kustomer_id, f.name AS source, e.line, e.attempts, e.http_status,
    e.error, r.name AS run_id, strftime('%Y-%m-%dT%H:%M:%fZ', e.updated_at / 1000.0, 'unixepoch') AS updated_at,
    CASE WHEN e.created_in IS NULL AND o.name = 'created' THEN r.name ELSE c.name END AS created_in
  FROM entries e JOIN names s ON s.id = e.step JOIN names o ON o.id = e.outcome
    JOIN names f ON f.id = e.source JOIN names r ON r.id = e.run LEFT JOIN names c ON c.id = e.created_in;
