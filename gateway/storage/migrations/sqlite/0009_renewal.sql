-- The certificate that follows the present one: given, and not shown yet. Until it is, both are good;
-- then it takes the other's place.
ALTER TABLE terminal ADD COLUMN next_fingerprint BLOB;
ALTER TABLE terminal ADD COLUMN next_public_key BLOB;
ALTER TABLE terminal ADD COLUMN next_began INTEGER;
ALTER TABLE terminal ADD COLUMN next_ends INTEGER;
CREATE UNIQUE INDEX terminal_next ON terminal (next_fingerprint);
-- Since when the present one is good, and when it took its place (NULL: by joining).
ALTER TABLE terminal ADD COLUMN certificate_began INTEGER;
ALTER TABLE terminal ADD COLUMN renewed_at INTEGER;
UPDATE terminal SET certificate_began = joined_at;
-- Certificates whose place was taken. Their honest holder has a newer one: who shows one of these has
-- a copy of its card.
CREATE TABLE superseded (
    fingerprint  BLOB PRIMARY KEY,
    terminal     INTEGER NOT NULL REFERENCES terminal (id) ON DELETE CASCADE,
    at           INTEGER NOT NULL
);
CREATE INDEX superseded_terminal ON superseded (terminal);
-- As in 0008, with the moment of a renewal.
DROP TRIGGER terminal_replaced;
CREATE TRIGGER terminal_replaced AFTER UPDATE OF fingerprint ON terminal
    WHEN OLD.fingerprint IS NOT NULL AND OLD.fingerprint IS NOT NEW.fingerprint
BEGIN
    INSERT INTO revocation (at, kind, subject)
        VALUES (COALESCE(NEW.renewed_at, NEW.joined_at, OLD.joined_at, 0), 'certificate', lower(hex(OLD.fingerprint)));
END;
-- One that was given and will not be taken any more: another was asked for, or the terminal is out.
CREATE TRIGGER terminal_next_void AFTER UPDATE OF next_fingerprint ON terminal
    WHEN OLD.next_fingerprint IS NOT NULL AND OLD.next_fingerprint IS NOT NEW.next_fingerprint
        AND OLD.next_fingerprint IS NOT NEW.fingerprint
BEGIN
    INSERT INTO revocation (at, kind, subject)
        VALUES (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER), 'certificate', lower(hex(OLD.next_fingerprint)));
END;
