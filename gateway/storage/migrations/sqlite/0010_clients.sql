-- Every session that an application holds under one of ours has a row, however it is ended: by which
-- strategy, where it is told, and what the application knows its session by (CAS: the text of the
-- used ticket, which opens nothing any more). All rows so far were of CAS single logout.
DROP INDEX app_session_session;
DROP INDEX outbox_due;
ALTER TABLE outbox RENAME TO old_outbox;
ALTER TABLE app_session RENAME TO old_app_session;
CREATE TABLE app_session (
    id           INTEGER PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES sso_session (id) ON DELETE CASCADE,
    application  TEXT NOT NULL,
    logout       TEXT NOT NULL,         -- the strategy's word
    address      TEXT,
    handle       TEXT
);
CREATE INDEX app_session_session ON app_session (session);
CREATE TABLE outbox (
    app_session  INTEGER PRIMARY KEY REFERENCES app_session (id) ON DELETE CASCADE,
    due_at       INTEGER NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (due_at);
INSERT INTO app_session (id, session, application, logout, address, handle)
    SELECT id, session, application, 'cas_slo', address, ticket FROM old_app_session;
INSERT INTO outbox (app_session, due_at, tries) SELECT app_session, due_at, tries FROM old_outbox;
DROP TABLE old_outbox;
DROP TABLE old_app_session;
