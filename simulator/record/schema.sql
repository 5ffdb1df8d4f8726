CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE series (
    id INTEGER PRIMARY KEY, level TEXT NOT NULL, user TEXT NOT NULL, journey TEXT NOT NULL, step TEXT NOT NULL,
    name TEXT NOT NULL, kind TEXT NOT NULL, phase TEXT NOT NULL,
    UNIQUE (level, user, journey, step, name, kind, phase)
);
-- Recent windows, one row a second (more when workers report late); folded into `minute` when their minute is over.
CREATE TABLE recent (id INTEGER PRIMARY KEY, second INTEGER NOT NULL, cells BLOB NOT NULL);
CREATE TABLE minute (
    series INTEGER NOT NULL REFERENCES series, minute INTEGER NOT NULL, cells BLOB NOT NULL,
    PRIMARY KEY (series, minute)
) WITHOUT ROWID;
-- The whole run once more at its end, so that comparisons and trends read one small row a series.
CREATE TABLE total (series INTEGER PRIMARY KEY REFERENCES series, cell BLOB NOT NULL);
-- A few journeys, span by span; which ones is decided anew with each that comes.
CREATE TABLE trace (id INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE failure (kind TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE gauge (id INTEGER PRIMARY KEY, source TEXT NOT NULL, metric TEXT NOT NULL, unit TEXT NOT NULL,
    UNIQUE (source, metric));
CREATE TABLE reading (gauge INTEGER NOT NULL REFERENCES gauge, at_s REAL NOT NULL, value REAL NOT NULL);
CREATE TABLE phase (id INTEGER PRIMARY KEY, name TEXT NOT NULL, start_s REAL NOT NULL, end_s REAL, measured INTEGER NOT NULL);
CREATE TABLE event (at_s REAL NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL);
