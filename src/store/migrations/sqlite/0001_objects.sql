-- SPDX-License-Identifier: Apache-2.0
-- Objects and the rows beside them. Keys begin with the environment, so that tenants cannot meet; what has no
-- environment of its own has the nil one. Times are milliseconds since 1970; 0 is never.

CREATE TABLE object(
  environment BLOB NOT NULL,
  type TEXT NOT NULL,
  id BLOB NOT NULL,
  parent BLOB NOT NULL,
  version INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  document BLOB NOT NULL,
  secret BLOB,
  PRIMARY KEY(environment, type, id)
) WITHOUT ROWID;
CREATE INDEX object_parent ON object(environment, type, parent, id) WHERE parent <> zeroblob(16);
CREATE INDEX object_expiry ON object(expires_at) WHERE expires_at > 0;

CREATE TABLE unique_value(
  scope BLOB NOT NULL,
  type TEXT NOT NULL,
  attribute TEXT NOT NULL,
  value BLOB NOT NULL,
  environment BLOB NOT NULL,
  id BLOB NOT NULL,
  PRIMARY KEY(scope, type, attribute, value)
) WITHOUT ROWID;
-- The sweeper finds what an expired object leaves by the holder indexes.
CREATE INDEX unique_holder ON unique_value(environment, id);

CREATE TABLE index_value(
  environment BLOB NOT NULL,
  type TEXT NOT NULL,
  attribute TEXT NOT NULL,
  value BLOB NOT NULL,
  id BLOB NOT NULL,
  PRIMARY KEY(environment, type, attribute, value, id)
) WITHOUT ROWID;
CREATE INDEX index_holder ON index_value(environment, id);

CREATE TABLE reference(
  environment BLOB NOT NULL,
  source_type TEXT NOT NULL,
  source BLOB NOT NULL,
  attribute TEXT NOT NULL,
  target_type TEXT NOT NULL,
  target BLOB NOT NULL,
  PRIMARY KEY(environment, source_type, source, attribute, target_type, target)
) WITHOUT ROWID;
CREATE INDEX reference_target ON reference(environment, target_type, target, source_type);

CREATE TABLE counter(
  environment BLOB NOT NULL,
  name TEXT NOT NULL,
  id BLOB NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY(environment, name, id)
) WITHOUT ROWID;

-- A sequence number is never used twice, not even after the newest event was removed.
CREATE TABLE event(
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  environment BLOB NOT NULL,
  document BLOB NOT NULL
);

-- Deleted environments whose rows the sweeper still has to remove.
CREATE TABLE erased(
  environment BLOB PRIMARY KEY
) WITHOUT ROWID;
