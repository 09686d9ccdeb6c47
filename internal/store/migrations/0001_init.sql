-- Small texts by name, for the server itself.
CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- The next free identity; see ids.go.
CREATE TABLE id_clock (
  name TEXT   PRIMARY KEY,
  next BIGINT NOT NULL
);
INSERT INTO id_clock (name, next) VALUES ('ids', 0);
