-- +goose Up

-- The links of one target lie in the order that they are read in, so that one of
-- them, or the first of them, is found without going through all.
DROP INDEX link_target;
CREATE INDEX link_target ON link (tenant, target, property, origin, role, period);
