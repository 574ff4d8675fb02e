-- +goose Up

-- A retraction says what the record said last, in doc, and in said the source's
-- own time of that; said is NULL for any other version.
ALTER TABLE record_version ADD COLUMN said bigint;
UPDATE record_version SET said = 0 WHERE doc IS NULL;
UPDATE record_version SET (doc, said) = (
    SELECT o.doc, o.stamp FROM record_version AS o
    WHERE o.tenant = record_version.tenant AND o.id = record_version.id AND o.revision < record_version.revision AND o.said IS NULL
    ORDER BY o.revision DESC LIMIT 1)
WHERE said IS NOT NULL AND EXISTS (
    SELECT 1 FROM record_version AS o
    WHERE o.tenant = record_version.tenant AND o.id = record_version.id AND o.revision < record_version.revision AND o.said IS NULL);
