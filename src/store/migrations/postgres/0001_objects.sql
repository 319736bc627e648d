-- SPDX-License-Identifier: Apache-2.0
-- Objects and the rows beside them, as SQLite has them. Texts are names of ours, ordered by their octets.

CREATE TABLE object(
  environment bytea NOT NULL,
  type text COLLATE "C" NOT NULL,
  id bytea NOT NULL,
  parent bytea NOT NULL,
  version bigint NOT NULL,
  expires_at bigint NOT NULL,
  document bytea NOT NULL,
  secret bytea,
  PRIMARY KEY(environment, type, id)
);
CREATE INDEX object_parent ON object(environment, type, parent, id)
  WHERE parent <> '\x00000000000000000000000000000000'::bytea;
CREATE INDEX object_expiry ON object(expires_at) WHERE expires_at > 0;

CREATE TABLE unique_value(
  scope bytea NOT NULL,
  type text COLLATE "C" NOT NULL,
  attribute text COLLATE "C" NOT NULL,
  value bytea NOT NULL,
  environment bytea NOT NULL,
  id bytea NOT NULL,
  PRIMARY KEY(scope, type, attribute, value)
);
CREATE INDEX unique_holder ON unique_value(environment, id);

CREATE TABLE index_value(
  environment bytea NOT NULL,
  type text COLLATE "C" NOT NULL,
  attribute text COLLATE "C" NOT NULL,
  value bytea NOT NULL,
  id bytea NOT NULL,
  PRIMARY KEY(environment, type, attribute, value, id)
);
CREATE INDEX index_holder ON index_value(environment, id);

CREATE TABLE reference(
  environment bytea NOT NULL,
  source_type text COLLATE "C" NOT NULL,
  source bytea NOT NULL,
  attribute text COLLATE "C" NOT NULL,
  target_type text COLLATE "C" NOT NULL,
  target bytea NOT NULL,
  PRIMARY KEY(environment, source_type, source, attribute, target_type, target)
);
CREATE INDEX reference_target ON reference(environment, target_type, target, source_type);

CREATE TABLE counter(
  environment bytea NOT NULL,
  name text COLLATE "C" NOT NULL,
  id bytea NOT NULL,
  value bigint NOT NULL,
  PRIMARY KEY(environment, name, id)
);

CREATE TABLE event(
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  environment bytea NOT NULL,
  document bytea NOT NULL
);

CREATE TABLE erased(
  environment bytea PRIMARY KEY
);

-- How often an environment's configuration has changed, and when last: nodes forget what they hold of it.
CREATE TABLE generation(
  environment bytea PRIMARY KEY,
  value bigint NOT NULL,
  changed timestamptz NOT NULL
);
CREATE INDEX generation_changed ON generation(changed);
