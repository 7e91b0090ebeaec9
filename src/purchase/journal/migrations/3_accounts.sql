-- The clock at `sent`, which a step of the wall clock does not move.
ALTER TABLE intents ADD COLUMN sent_clock TEXT;
CREATE TABLE accounts (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    shared_since TEXT,
    shared_why TEXT,
    PRIMARY KEY (vendor, account)
);
CREATE TABLE account_names (
    vendor TEXT NOT NULL,
    kind TEXT NOT NULL,
    alias TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (vendor, kind, alias)
);
INSERT INTO accounts (vendor, account) SELECT DISTINCT vendor, account FROM intents;
-- An account without a name was called by the fingerprint of its credential, 16 hexadecimal digits.
INSERT INTO account_names (vendor, kind, alias, account)
    SELECT vendor,
        CASE WHEN length(account) = 16 AND rtrim(account, '0123456789abcdef') = ''
            THEN 'credential' ELSE 'name' END,
        account, account
    FROM accounts;
-- A refused attempt was `planned` with the reason as its note.
UPDATE intents SET state = 'not-sent' WHERE state = 'planned' AND note IS NOT NULL;
UPDATE journal_version SET version = 3;
