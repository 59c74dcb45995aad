-- Which secrets this database belongs to, and how often it was put back from a backup: without its
-- pepper every badge is unknown, with another authority no terminal is let in.
CREATE TABLE born (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    at           INTEGER NOT NULL,
    pepper       BLOB NOT NULL,         -- digests
    authority    BLOB NOT NULL,
    certificate  BLOB NOT NULL,
    epoch        INTEGER NOT NULL DEFAULT 1
);
-- What must stay closed when an older backup is put back. Whatever act closes it, its line is written
-- here by the database itself, and by `Tx::commit` into the log beside it (`written`).
CREATE TABLE revocation (
    id           INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,         -- certificate, badge, pin
    subject      TEXT NOT NULL,         -- hexadecimal: SHA-256 of the certificate, keyed digest of the UID
    written      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX revocation_pending ON revocation (id) WHERE written = 0;
INSERT INTO revocation (at, kind, subject)
    SELECT revoked_at, 'certificate', lower(hex(fingerprint)) FROM terminal
    WHERE revoked_at IS NOT NULL AND fingerprint IS NOT NULL;
CREATE TRIGGER terminal_revoked AFTER UPDATE OF revoked_at ON terminal
    WHEN NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL AND NEW.fingerprint IS NOT NULL
BEGIN
    INSERT INTO revocation (at, kind, subject)
        VALUES (NEW.revoked_at, 'certificate', lower(hex(NEW.fingerprint)));
END;
CREATE TRIGGER terminal_replaced AFTER UPDATE OF fingerprint ON terminal
    WHEN OLD.fingerprint IS NOT NULL AND OLD.fingerprint IS NOT NEW.fingerprint
BEGIN
    INSERT INTO revocation (at, kind, subject)
        VALUES (COALESCE(NEW.joined_at, OLD.joined_at, 0), 'certificate', lower(hex(OLD.fingerprint)));
END;
CREATE TRIGGER badge_removed AFTER DELETE ON badge
BEGIN
    INSERT INTO revocation (at, kind, subject)
        VALUES (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER), 'badge', lower(hex(OLD.uid_key)));
END;
CREATE TRIGGER badge_pin AFTER UPDATE OF pin_hash ON badge WHEN NEW.pin_hash IS NOT OLD.pin_hash
BEGIN
    INSERT INTO revocation (at, kind, subject)
        VALUES (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER), 'pin', lower(hex(NEW.uid_key)));
END;
