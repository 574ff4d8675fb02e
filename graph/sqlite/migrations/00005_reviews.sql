-- +goose Up

-- What waits for a steward is listed the heaviest first.
CREATE INDEX pair_weight ON pair (tenant, kind, band, weight, a, b);
