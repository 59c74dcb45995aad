-- One open session per terminal and per agent, whoever asks at once. What was open is over: the
-- gateway has been stopped for this step.
UPDATE logout_call SET due_at = (SELECT max(started_at) FROM sso_session)
    WHERE due_at IS NULL AND session IN (SELECT id FROM sso_session WHERE ended_at IS NULL);
UPDATE sso_session SET ended_at = started_at, end_reason = 'restarted', cookie = NULL
    WHERE ended_at IS NULL;
ALTER TABLE sso_session ADD COLUMN badge INTEGER;
ALTER TABLE sso_session ADD COLUMN address TEXT;
DROP INDEX sso_session_open;
CREATE UNIQUE INDEX sso_session_terminal ON sso_session (terminal) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX sso_session_login ON sso_session (login) WHERE ended_at IS NULL;

-- A session that an application holds under one of ours. CAS names the ticket's text in its logout
-- message; it was used by then and opens nothing.
CREATE TABLE app_session (
    id           INTEGER PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES sso_session (id) ON DELETE CASCADE,
    application  TEXT NOT NULL,
    address      TEXT NOT NULL,
    ticket       TEXT NOT NULL
);
CREATE INDEX app_session_session ON app_session (session);
-- What must be told to applications. A row is written in the transaction that ends the session, and
-- is there until it was delivered or given up.
CREATE TABLE outbox (
    app_session  INTEGER PRIMARY KEY REFERENCES app_session (id) ON DELETE CASCADE,
    due_at       INTEGER NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (due_at);
INSERT INTO app_session (id, session, application, address, ticket)
    SELECT id, session, app, address, ticket FROM logout_call WHERE done_at IS NULL;
INSERT INTO outbox (app_session, due_at)
    SELECT id, due_at FROM logout_call WHERE done_at IS NULL AND due_at IS NOT NULL;
DROP TABLE logout_call;
