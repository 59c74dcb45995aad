-- Wrong PINs: in a row at one terminal, in a row anywhere, since the PIN was set, since the last
-- right one. `tries` of the badge was the second.
ALTER TABLE badge RENAME COLUMN tries TO wrong_in_row;
ALTER TABLE badge ADD COLUMN wrong_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE badge ADD COLUMN wrong_since_set INTEGER NOT NULL DEFAULT 0;
ALTER TABLE badge ADD COLUMN wrong_since_visit INTEGER NOT NULL DEFAULT 0;
CREATE TABLE wrong_here (
    badge        INTEGER NOT NULL REFERENCES badge (id) ON DELETE CASCADE,
    terminal     INTEGER NOT NULL REFERENCES terminal (id) ON DELETE CASCADE,
    wrong        INTEGER NOT NULL,
    wrong_at     INTEGER NOT NULL,
    PRIMARY KEY (badge, terminal)
);
-- Badges that a terminal laid in vain lately: unknown, or with a wrong PIN. `key` is the keyed
-- digest of the UID.
CREATE TABLE suspect (
    terminal     INTEGER NOT NULL REFERENCES terminal (id) ON DELETE CASCADE,
    key          BLOB NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (terminal, key)
);
-- The run a terminal is in: what /v1/start gave it last (digest), whether it has shown that since,
-- and what it showed before. Two holders of one key show themselves by it.
ALTER TABLE terminal ADD COLUMN run BLOB;
ALTER TABLE terminal ADD COLUMN run_shown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE terminal ADD COLUMN run_before BLOB;
ALTER TABLE terminal ADD COLUMN doubled_at INTEGER;
ALTER TABLE terminal ADD COLUMN certificate_ends INTEGER;
