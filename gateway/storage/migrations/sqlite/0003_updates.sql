-- What each terminal last said of itself, and the one update it is offered. Names nobody.
CREATE TABLE terminal_status (
    terminal     INTEGER PRIMARY KEY REFERENCES terminal (id) ON DELETE CASCADE,
    seen_at      INTEGER NOT NULL,
    board        TEXT NOT NULL,
    slot         TEXT NOT NULL,
    version      TEXT NOT NULL,
    confirmed    INTEGER NOT NULL,
    health       TEXT NOT NULL,         -- JSON (Health)
    last_update  TEXT                   -- JSON (LastUpdate)
);
-- AUTOINCREMENT: a number is never given twice, so a terminal knows a new offer from one it has failed.
CREATE TABLE update_offer (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    terminal     INTEGER NOT NULL UNIQUE REFERENCES terminal (id) ON DELETE CASCADE,
    version      TEXT NOT NULL,
    url          TEXT NOT NULL,
    sha256       TEXT,                  -- of the bundle's manifest
    hours_from   INTEGER,               -- minutes since midnight, local to the terminal
    hours_to     INTEGER,
    offered_at   INTEGER NOT NULL
);
