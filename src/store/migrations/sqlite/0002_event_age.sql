-- SPDX-License-Identifier: Apache-2.0
-- When an event was recorded, so that the oldest can go; and where an environment's are, so that they go with
-- it. Those of environments that are gone already go now.

DELETE FROM event WHERE environment <> zeroblob(16)
  AND environment NOT IN (SELECT id FROM object WHERE environment = zeroblob(16) AND type = 'environment');

ALTER TABLE event ADD COLUMN recorded_at INTEGER NOT NULL DEFAULT 0;

UPDATE event SET recorded_at = 1000 * CAST(
  strftime('%s', COALESCE(json_extract(CAST(document AS TEXT), '$.recordedAt'), 'now')) AS INTEGER);

CREATE INDEX event_environment ON event(environment);
