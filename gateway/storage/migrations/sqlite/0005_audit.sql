-- Who did it, from where, to which badge, in which session, for which application; `times` counts
-- what was folded into one line. What a stranger can cause has a table of its own, with a bound of
-- its own, so that no flood pushes the rest out.
ALTER TABLE audit ADD COLUMN actor TEXT;
ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN badge INTEGER;
ALTER TABLE audit ADD COLUMN session TEXT;
ALTER TABLE audit ADD COLUMN application TEXT;
ALTER TABLE audit ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
CREATE TABLE stranger_audit (
    id           INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    event        TEXT NOT NULL,
    address      TEXT,
    terminal     TEXT,
    times        INTEGER NOT NULL
);
CREATE INDEX audit_at ON audit (at);
-- Words used to be the names of the program's own variants.
UPDATE sso_session SET end_reason = lower(end_reason) WHERE end_reason NOT GLOB '*[A-Z]*[A-Z]*';
UPDATE sso_session SET end_reason = CASE end_reason
    WHEN 'SecondTap' THEN 'second_tap' WHEN 'ReaderLost' THEN 'reader_lost'
    WHEN 'GatewayLost' THEN 'gateway_lost' WHEN 'LoginFailed' THEN 'login_failed'
    WHEN 'HeartbeatLost' THEN 'heartbeat_lost' WHEN 'ElsewhereTap' THEN 'elsewhere_tap'
    ELSE end_reason END;
