-- The store of aegis. Times are RFC 3339 text in UTC; `body` is JSON that can be read by hand.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every fact, numbered without holes. All of it is inside `body`; the columns are for the indexes. A value that few
-- events have costs the others nothing: its index holds only the rows that have it.
CREATE TABLE event (
    seq      INTEGER PRIMARY KEY,
    run      INTEGER,
    type     TEXT NOT NULL,
    workflow TEXT,
    step     TEXT,
    phase    TEXT,
    result   TEXT,
    task     TEXT,
    role     TEXT,
    body     TEXT NOT NULL
) STRICT;
CREATE INDEX event_of_run ON event (run, seq) WHERE run IS NOT NULL;
CREATE INDEX event_of_none ON event (seq) WHERE run IS NULL;
CREATE INDEX event_of_type ON event (type, seq);
CREATE INDEX event_of_workflow ON event (workflow, seq) WHERE workflow IS NOT NULL;
CREATE INDEX event_of_step ON event (step, seq) WHERE step IS NOT NULL;
CREATE INDEX event_of_phase ON event (phase, seq) WHERE phase IS NOT NULL;
CREATE INDEX event_of_result ON event (result, seq) WHERE result <> 'success';
CREATE INDEX event_of_task ON event (task, seq) WHERE task IS NOT NULL;
CREATE INDEX event_of_role ON event (role, seq) WHERE role IS NOT NULL;

-- What retention has let go of, as ranges of `seq` that neither touch nor overlap: whoever comes back with an old
-- cursor is told what is missing, also one who filters and could not see it from the numbers.
CREATE TABLE gap (
    first INTEGER PRIMARY KEY,
    last  INTEGER NOT NULL
) STRICT;

-- One row per run: a projection of its events, which are the truth.
CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    workflow     TEXT NOT NULL,
    state        TEXT NOT NULL,
    result       TEXT,
    trigger_kind TEXT NOT NULL,
    by           TEXT,
    created_at   TEXT NOT NULL,
    finished_at  TEXT,
    duration_s   REAL,
    definition   TEXT NOT NULL,
    body         TEXT NOT NULL
) STRICT;
CREATE INDEX run_of_workflow ON run (workflow, id);
CREATE INDEX run_unfinished ON run (id) WHERE state <> 'finished';
CREATE INDEX run_not_passed ON run (id) WHERE result <> 'success';

-- The definitions that runs were started with, by digest: a thousand runs of one definition store it once.
CREATE TABLE definition (
    digest TEXT PRIMARY KEY,
    body   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Webhook deliveries that proved where they come from. `body` is let go before the row is: the row keeps its keys, by
-- which a delivery that comes again is recognized.
CREATE TABLE delivery (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    "trigger" TEXT NOT NULL,
    time      TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    reason    TEXT,
    run       INTEGER,
    event     TEXT,
    source    TEXT NOT NULL,
    size      INTEGER NOT NULL,
    replay_of INTEGER,
    by        TEXT,
    headers   TEXT NOT NULL,
    body      BLOB
) STRICT;
CREATE INDEX delivery_of_trigger ON delivery ("trigger", id);

CREATE TABLE delivery_key (
    "trigger" TEXT NOT NULL,
    key       TEXT NOT NULL,
    delivery  INTEGER NOT NULL,
    PRIMARY KEY ("trigger", key)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_key_of ON delivery_key (delivery);
-- What triggers must remember: until when a timer has been looked at.
CREATE TABLE mark (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What runs left behind: a projection of the events artifact.saved and artifact.deleted. The bytes are files, by digest.
CREATE TABLE artifact (
    run      INTEGER NOT NULL,
    key      TEXT NOT NULL,
    size     INTEGER NOT NULL,
    sha256   TEXT NOT NULL,
    type     TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    step     TEXT,
    attempt  INTEGER,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_of_content ON artifact (sha256, size);

-- How far each subscription has come: events up to `done` are not delivered again.
CREATE TABLE subscription (
    name      TEXT PRIMARY KEY,
    done      INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    lost      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The outbox: events on their way to webhooks. `body` are the bytes that are sent; `queued`, `fills` and `progress` are
-- JSON. One delivery for each event and webhook.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook     TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    message     TEXT NOT NULL,
    type        TEXT NOT NULL,
    run         INTEGER,
    state       TEXT NOT NULL,
    queued_at   TEXT NOT NULL,
    finished_at TEXT,
    body        TEXT NOT NULL,
    queued      TEXT NOT NULL,
    fills       TEXT NOT NULL,
    progress    TEXT NOT NULL,
    UNIQUE (webhook, seq)
) STRICT;
CREATE INDEX outbox_pending ON outbox (webhook, seq) WHERE state = 'pending';

-- What is remembered of webhooks: which are disabled or failing, and since when.
CREATE TABLE webhook (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Tokens that aegisctl has made; `body` has the digest of the secret.
CREATE TABLE token (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
