"""Journals as earlier versions of the program made them."""

VERSION_1 = """
CREATE TABLE meta (version INTEGER NOT NULL);
INSERT INTO meta VALUES (1);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, opened_at TEXT NOT NULL, seen_at TEXT NOT NULL,
    is_service BOOLEAN NOT NULL, started_at TEXT, version TEXT, is_dry_run BOOLEAN
);
CREATE TABLE commands (
    seq INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (number), id TEXT NOT NULL,
    point TEXT NOT NULL, value TEXT, origin_kind TEXT NOT NULL, origin_name TEXT NOT NULL,
    firing TEXT NOT NULL, created_at TEXT NOT NULL, priority INTEGER NOT NULL, shadow BOOLEAN NOT NULL
);
CREATE TABLE readings (
    seq INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (number), point TEXT NOT NULL, value TEXT,
    observed_at TEXT NOT NULL, quality TEXT NOT NULL, reason TEXT NOT NULL
);
INSERT INTO runs VALUES (1, '', '', 1, NULL, NULL, NULL);
INSERT INTO readings VALUES (1, 1, 'lamp.power', 'true', '2026-07-14T12:00:00+00:00', 'good', '');
INSERT INTO readings VALUES (2, 1, 'lamp.power', 'true', '2026-07-14T12:05:00+00:00', 'stale', 'silent');
INSERT INTO commands VALUES (1, 1, '1-1', 'lamp.power', 'true', 'operator', 'cli', '', '', 16, 0);
"""
"""One of version 1, with a run, two readings and a command."""
