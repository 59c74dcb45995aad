CREATE TABLE sso_session (
    id           TEXT PRIMARY KEY,
    login        TEXT NOT NULL,
    given_name   TEXT NOT NULL,
    family_name  TEXT NOT NULL,
    mail         TEXT NOT NULL,
    terminal     INTEGER NOT NULL REFERENCES terminal (id),
    started_at   INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    cookie       BLOB UNIQUE,          -- NULL until redeemed
    ended_at     INTEGER,
    end_reason   TEXT
);
CREATE INDEX sso_session_open ON sso_session (terminal) WHERE ended_at IS NULL;
CREATE TABLE login_ticket (
    digest       BLOB PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES sso_session (id) ON DELETE CASCADE,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER
);
CREATE TABLE service_ticket (
    digest       BLOB PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES sso_session (id) ON DELETE CASCADE,
    service      TEXT NOT NULL,
    proxy        TEXT,                 -- the pgtUrl it came through; NULL for a ticket of /cas/login
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER
);
CREATE TABLE granting_ticket (
    digest       BLOB PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES sso_session (id) ON DELETE CASCADE,
    app          TEXT NOT NULL,
    callback     TEXT NOT NULL
);
-- One row per application that validated a ticket. CAS names the ticket's text in the logout message; it was used by
-- then and opens nothing.
CREATE TABLE logout_call (
    id           INTEGER PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES sso_session (id) ON DELETE CASCADE,
    app          TEXT NOT NULL,
    address      TEXT NOT NULL,
    ticket       TEXT NOT NULL,
    due_at       INTEGER,              -- set when the session ends
    done_at      INTEGER
);
CREATE INDEX logout_call_due ON logout_call (due_at) WHERE done_at IS NULL;
