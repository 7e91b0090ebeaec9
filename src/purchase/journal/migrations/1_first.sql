CREATE TABLE journal_version (version BIGINT NOT NULL);
INSERT INTO journal_version (version) VALUES (1);
CREATE TABLE intents (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    intent_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    request TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    max_total TEXT NOT NULL,
    state TEXT NOT NULL,
    quote TEXT,
    amount TEXT,
    order_id TEXT,
    baseline TEXT,
    note TEXT,
    intended_at TEXT NOT NULL,
    sent_at TEXT,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (vendor, account, intent_key)
);
CREATE TABLE events (
    vendor TEXT NOT NULL,
    account TEXT NOT NULL,
    intent_key TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL,
    note TEXT
);
CREATE INDEX events_of_intent ON events (vendor, account, intent_key, at);
