-- SPDX-License-Identifier: Apache-2.0
-- When an event was recorded, and where an environment's are, as SQLite has them.

DELETE FROM event WHERE environment <> '\x00000000000000000000000000000000'::bytea
  AND environment NOT IN (SELECT id FROM object
    WHERE environment = '\x00000000000000000000000000000000'::bytea AND type = 'environment');

ALTER TABLE event ADD COLUMN recorded_at bigint NOT NULL DEFAULT 0;

UPDATE event SET recorded_at = 1000 * floor(extract(epoch FROM
  COALESCE((convert_from(document, 'UTF8')::json ->> 'recordedAt')::timestamptz, now())))::bigint;

CREATE INDEX event_environment ON event(environment);
