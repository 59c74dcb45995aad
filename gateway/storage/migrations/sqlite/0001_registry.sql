-- Moments are milliseconds since 1970-01-01 UTC. What opens something is kept as a SHA-256 digest only.
CREATE TABLE terminal (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    fingerprint BLOB UNIQUE,          -- SHA-256 of the certificate; NULL until it joins
    public_key  BLOB,                 -- P-256, uncompressed point
    joined_at   INTEGER,
    revoked_at  INTEGER
);
CREATE TABLE invitation (
    digest      BLOB PRIMARY KEY,
    terminal    INTEGER NOT NULL REFERENCES terminal (id),
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
);
CREATE TABLE badge (
    id          INTEGER PRIMARY KEY,
    uid_key     BLOB NOT NULL UNIQUE, -- HMAC-SHA-256 of the UID under the pepper
    uid_hint    TEXT NOT NULL,        -- its last two hexadecimal characters
    login       TEXT NOT NULL,
    pin_hash    TEXT NOT NULL,
    tries       INTEGER NOT NULL DEFAULT 0,
    added_at    INTEGER NOT NULL
);
CREATE INDEX badge_login ON badge (login);
CREATE TABLE tap (
    digest      BLOB PRIMARY KEY,
    terminal    INTEGER NOT NULL REFERENCES terminal (id),
    badge       INTEGER NOT NULL REFERENCES badge (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL
);
CREATE TABLE audit (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    event       TEXT NOT NULL,
    login       TEXT,
    terminal    TEXT
);
