package relational

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

const (
	decisionColumns   = `d.id, d.a, d.b, d.verdict, d.actor, d.reason, d.revision, d.at`
	conflictColumns   = `c.id, c.code, c.records, c.revision`
	pairColumns       = `p.a, p.b, p.kind, p.band, p.weight, p.model, p.revision`
	quarantineColumns = `q.item, q.source, q.delivery, q.place, q.reason, q.key_id, q.body, q.at`
	deliveryColumns   = `d.id, d.source, d.name, d.is_full, d.stamp, d.state, d.started, d.ended, d.message, d.part,
		d.items, d.unchanged, d.records, d.added, d.changed, d.retracted, d.stale, d.quarantined, d.issues, d.dropped, d.bytes, d.erased`
)

var (
	decisionsA = statement(`SELECT `+decisionColumns+` FROM decision AS d
		WHERE d.tenant = $1 AND d.a = @record`, Column{"record", ID})
	decisionsB = statement(`SELECT `+decisionColumns+` FROM decision AS d
		WHERE d.tenant = $1 AND d.b = @record`, Column{"record", ID})
	anyDecision = statement(`SELECT 1 FROM decision AS d WHERE d.tenant = $1 LIMIT 1`)
	pairsA      = statement(`SELECT `+pairColumns+` FROM pair AS p
		WHERE p.tenant = $1 AND p.a = @record`, Column{"record", ID})
	pairsB = statement(`SELECT `+pairColumns+` FROM pair AS p
		WHERE p.tenant = $1 AND p.b = @record`, Column{"record", ID})
	selectPairs = statement(`SELECT ` + pairColumns + ` FROM pair AS p
		WHERE p.tenant = $1 AND p.kind = $2 AND p.band = $3 AND (p.a, p.b) > ($4, $5) ORDER BY p.a, p.b LIMIT $6`)
	heaviest = statement(`SELECT ` + pairColumns + ` FROM pair AS p
		WHERE p.tenant = $1 AND p.kind = $2 AND p.band = $3 ORDER BY p.weight DESC, p.a DESC, p.b DESC LIMIT $4`)
	heaviestAfter = statement(`SELECT ` + pairColumns + ` FROM pair AS p
		WHERE p.tenant = $1 AND p.kind = $2 AND p.band = $3 AND (p.weight, p.a, p.b) < ($5, $6, $7)
		ORDER BY p.weight DESC, p.a DESC, p.b DESC LIMIT $4`)
	countReviews = statement(`SELECT count(*) FROM pair AS p
		JOIN head AS x ON x.tenant = p.tenant AND x.id = p.a
		JOIN head AS y ON y.tenant = p.tenant AND y.id = p.b
		WHERE p.tenant = $1 AND p.kind = $2 AND p.band = $3 AND x.live = 1 AND y.live = 1
		AND COALESCE(x.golden, x.id) <> COALESCE(y.golden, y.id)
		AND NOT EXISTS (SELECT 1 FROM decision AS d WHERE d.tenant = p.tenant AND d.a = p.a AND d.b = p.b AND d.verdict <> $4
			AND NOT EXISTS (SELECT 1 FROM decision AS e WHERE e.tenant = d.tenant AND e.a = d.a AND e.b = d.b AND e.revision > d.revision {fence}) {fence})`)
	selectConflicts = statement(`SELECT ` + conflictColumns + ` FROM conflict AS c
		WHERE c.tenant = $1 AND c.id > $2 ORDER BY c.id LIMIT $3`)
	conflictsOn = statement(`SELECT `+conflictColumns+` FROM conflict_record AS r
		JOIN conflict AS c ON c.tenant = r.tenant AND c.id = r.conflict
		WHERE r.tenant = $1 AND r.record = @record ORDER BY r.conflict`, Column{"record", ID})
	selectQuarantine = statement(`SELECT ` + quarantineColumns + ` FROM quarantine AS q
		WHERE q.tenant = $1 AND q.item > $2 ORDER BY q.item LIMIT $3`)
	quarantineOf = statement(`SELECT ` + quarantineColumns + ` FROM quarantine AS q
		WHERE q.tenant = $1 AND q.source = $4 AND q.item > $2 ORDER BY q.item LIMIT $3`)
	allDangling = statement(`SELECT d.record, d.property, d.key FROM dangling AS d
		WHERE d.tenant = $1 AND (d.record, d.property, d.key) > ($2, $3, $4)
		ORDER BY d.record, d.property, d.key LIMIT $5`)
	countWork = statement(`SELECT
		(SELECT count(*) FROM conflict AS c WHERE c.tenant = $1),
		(SELECT count(*) FROM quarantine AS q WHERE q.tenant = $1),
		(SELECT count(*) FROM dangling AS d WHERE d.tenant = $1)`)
	deliveries = statement(`SELECT ` + deliveryColumns + ` FROM delivery AS d
		WHERE d.tenant = $1 ORDER BY d.started DESC, d.id DESC LIMIT $2`)
	deliveriesOf = statement(`SELECT ` + deliveryColumns + ` FROM delivery AS d
		WHERE d.tenant = $1 AND d.source = $3 ORDER BY d.started DESC, d.id DESC LIMIT $2`)
	deliveryByID = statement(`SELECT `+deliveryColumns+` FROM delivery AS d
		WHERE d.tenant = $1 AND d.id = @id`, Column{"id", ID})
)

// DecisionsOn yields the decisions on pairs with any of the records, oldest
// first: by revision, and within one by time.
func (r *reader) DecisionsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Decision, error] {
	return whole(func() (found []graph.Decision, err error) {
		records := distinct(records, compareIDs)
		err = r.withVisible(ctx, "reading decisions", func(s Session) error {
			for _, st := range []*Statement{decisionsA, decisionsB} {
				err := lookup(ctx, s, st, r.tenantArg, len(records),
					func(i int, w Writer) { w.ID(records[i]) },
					func(rows Rows) { found = append(found, readDecision(rows)) })
				if err != nil {
					return err
				}
			}
			return nil
		})
		slices.SortFunc(found, func(a, b graph.Decision) int {
			return cmp.Or(cmp.Compare(a.Revision, b.Revision), a.At.Compare(b.At), a.ID.Compare(b.ID))
		})
		// A decision on a pair of which both are asked for was found twice.
		return slices.CompactFunc(found, func(a, b graph.Decision) bool { return a.ID == b.ID }), err
	})
}

func readDecision(rows Rows) graph.Decision {
	return graph.Decision{
		ID: rows.ID(0), A: rows.ID(1), B: rows.ID(2), Verdict: graph.Verdict(rows.Int(3)),
		Actor: rows.Text(4), Reason: rows.Text(5), Revision: model.Revision(rows.Int(6)), At: readTime(rows, 7),
	}
}

// HasDecisions tells whether any decision was ever made.
func (r *reader) HasDecisions(ctx context.Context) (found bool, err error) {
	err = r.withVisible(ctx, "looking for decisions", func(s Session) error {
		_, found, err = one(ctx, s, anyDecision, r.tenantArg, func(rows Rows) int64 { return rows.Int(0) })
		return err
	})
	return found, err
}

// PairsOn yields the pairs with any of the records, each once, in key order.
func (r *reader) PairsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Pair, error] {
	return whole(func() (found []graph.Pair, err error) {
		records := distinct(records, compareIDs)
		err = r.withVisible(ctx, "reading pairs", func(s Session) error {
			for _, st := range []*Statement{pairsA, pairsB} {
				err := lookup(ctx, s, st, r.tenantArg, len(records),
					func(i int, w Writer) { w.ID(records[i]) },
					func(rows Rows) { found = append(found, readPair(rows)) })
				if err != nil {
					return err
				}
			}
			return nil
		})
		slices.SortFunc(found, func(a, b graph.Pair) int { return a.PairKey.Compare(b.PairKey) })
		return slices.CompactFunc(found, func(a, b graph.Pair) bool { return a.PairKey == b.PairKey }), err
	})
}

// Pairs yields the pairs of a kind and band, in key order.
func (r *reader) Pairs(ctx context.Context, q graph.PairQuery) iter.Seq2[graph.Pair, error] {
	return limited(q.Limit, func(last *graph.Pair, n int) (page []graph.Pair, err error) {
		from := q.After
		if last != nil {
			from = last.PairKey
		}
		err = r.withVisible(ctx, "reading pairs of a kind", func(s Session) error {
			page, err = all(ctx, s, selectPairs, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(q.Kind))
				w.Int(int64(q.Band))
				w.ID(from.A)
				w.ID(from.B)
				w.Int(int64(n))
			}, readPair)
			return err
		})
		return page, err
	})
}

// Heaviest yields the pairs of a kind and band, the heaviest first.
func (r *reader) Heaviest(ctx context.Context, q graph.HeaviestQuery) iter.Seq2[graph.Pair, error] {
	return limited(q.Limit, func(last *graph.Pair, n int) (page []graph.Pair, err error) {
		from, st := q.After, heaviest
		if last != nil {
			from = &graph.Weighed{PairKey: last.PairKey, Weight: last.Weight}
		}
		if from != nil {
			st = heaviestAfter
		}
		err = r.withVisible(ctx, "reading the heaviest pairs of a kind", func(s Session) error {
			page, err = all(ctx, s, st, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(q.Kind))
				w.Int(int64(q.Band))
				w.Int(int64(n))
				if from != nil {
					w.Int(int64(from.Weight))
					w.ID(from.A)
					w.ID(from.B)
				}
			}, readPair)
			return err
		})
		return page, err
	})
}

// CountReviews counts the pairs of a kind that wait for a steward.
func (r *reader) CountReviews(ctx context.Context, kind model.Kind) (n int64, err error) {
	err = r.withVisible(ctx, "counting the pairs that wait", func(s Session) error {
		n, _, err = one(ctx, s, countReviews, func(w Writer) {
			w.Int(r.store.number)
			w.Int(int64(kind))
			w.Int(int64(graph.ReviewBand))
			w.Int(int64(graph.Unsure))
		}, func(rows Rows) int64 { return rows.Int(0) })
		return err
	})
	return n, err
}

func readPair(rows Rows) graph.Pair {
	return graph.Pair{
		PairKey: graph.PairKey{A: rows.ID(0), B: rows.ID(1)}, Kind: model.Kind(rows.Int(2)), Band: graph.PairBand(rows.Int(3)),
		Weight: int32(rows.Int(4)), Model: rows.ID(5), Revision: model.Revision(rows.Int(6)),
	}
}

// Conflicts yields the open conflicts after an id, in id order.
func (r *reader) Conflicts(ctx context.Context, after graph.Hash, limit int) iter.Seq2[graph.Conflict, error] {
	return limited(limit, func(last *graph.Conflict, n int) (page []graph.Conflict, err error) {
		from := after
		if last != nil {
			from = last.ID
		}
		err = r.withVisible(ctx, "reading conflicts", func(s Session) error {
			page, err = all(ctx, s, selectConflicts, func(w Writer) {
				w.Int(r.store.number)
				w.ID(from)
				w.Int(int64(n))
			}, readConflict)
			return err
		})
		return page, err
	})
}

// ConflictsOn yields the open conflicts with any of the records, in id order.
func (r *reader) ConflictsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Conflict, error] {
	return whole(func() (found []graph.Conflict, err error) {
		records := distinct(records, compareIDs)
		err = r.withVisible(ctx, "reading records' conflicts", func(s Session) error {
			return lookup(ctx, s, conflictsOn, r.tenantArg, len(records),
				func(i int, w Writer) { w.ID(records[i]) },
				func(rows Rows) { found = append(found, readConflict(rows)) })
		})
		slices.SortFunc(found, func(a, b graph.Conflict) int { return slices.Compare(a.ID[:], b.ID[:]) })
		return slices.CompactFunc(found, func(a, b graph.Conflict) bool { return a.ID == b.ID }), err
	})
}

func readConflict(rows Rows) graph.Conflict {
	c := graph.Conflict{ID: rows.ID(0), Code: rows.Text(1), Revision: model.Revision(rows.Int(3))}
	for b := rows.Bytes(2); len(b) >= len(model.EntityID{}); b = b[len(model.EntityID{}):] {
		c.Records = append(c.Records, model.EntityID(b[:len(model.EntityID{})]))
	}
	return c
}

// Quarantine yields quarantined items after an item, in item order, of a source.
func (r *reader) Quarantine(ctx context.Context, source model.Source, after graph.Hash, limit int) iter.Seq2[graph.Quarantined, error] {
	st := selectQuarantine
	if source != "" {
		st = quarantineOf
	}
	return limited(limit, func(last *graph.Quarantined, n int) (page []graph.Quarantined, err error) {
		from := after
		if last != nil {
			from = last.Item
		}
		err = r.withVisible(ctx, "reading the quarantine", func(s Session) error {
			page, err = all(ctx, s, st, func(w Writer) {
				w.Int(r.store.number)
				w.ID(from)
				w.Int(int64(n))
				if source != "" {
					w.Text(string(source))
				}
			}, readQuarantined)
			return err
		})
		return page, err
	})
}

func readQuarantined(rows Rows) graph.Quarantined {
	return graph.Quarantined{
		Item: rows.ID(0), Source: model.Source(rows.Text(1)), Delivery: readID(rows, 2), Place: rows.Text(3),
		Reason: rows.Text(4), KeyID: uint32(rows.Int(5)), Body: readBytes(rows, 6), At: readTime(rows, 7),
	}
}

// AllDangling yields every dangling reference after a position.
func (r *reader) AllDangling(ctx context.Context, after graph.Dangling, limit int) iter.Seq2[graph.Dangling, error] {
	return limited(limit, func(last *graph.Dangling, n int) (page []graph.Dangling, err error) {
		from := after
		if last != nil {
			from = *last
		}
		err = r.withVisible(ctx, "reading dangling references", func(s Session) error {
			page, err = all(ctx, s, allDangling, func(w Writer) {
				w.Int(r.store.number)
				w.ID(from.Record)
				w.Int(propertyNumber(from.Property))
				w.Int(signed(from.Key))
				w.Int(int64(n))
			}, func(rows Rows) graph.Dangling {
				return graph.Dangling{Record: rows.ID(0), Property: property(rows.Int(1)), Key: unsigned(rows.Int(2))}
			})
			return err
		})
		return page, err
	})
}

// CountWork counts conflicts, quarantined items and dangling references.
func (r *reader) CountWork(ctx context.Context) (conflicts, quarantined, dangling int64, err error) {
	err = r.withVisible(ctx, "counting the work list", func(s Session) error {
		n, _, err := one(ctx, s, countWork, r.tenantArg, func(rows Rows) [3]int64 {
			return [3]int64{rows.Int(0), rows.Int(1), rows.Int(2)}
		})
		conflicts, quarantined, dangling = n[0], n[1], n[2]
		return err
	})
	return conflicts, quarantined, dangling, err
}

// Deliveries yields deliveries of a source, newest first.
func (r *reader) Deliveries(ctx context.Context, source model.Source, limit int) iter.Seq2[graph.Delivery, error] {
	st := deliveries
	if source != "" {
		st = deliveriesOf
	}
	return whole(func() (found []graph.Delivery, err error) {
		if limit <= 0 {
			return nil, nil
		}
		err = r.with(ctx, "reading deliveries", func(s Session) error {
			found, err = all(ctx, s, st, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(limit))
				if source != "" {
					w.Text(string(source))
				}
			}, readDelivery)
			return err
		})
		return found, err
	})
}

// DeliveriesByID are deliveries, in the order of ids.
func (r *reader) DeliveriesByID(ctx context.Context, ids []model.EntityID) ([]graph.Delivery, error) {
	out := make([]graph.Delivery, len(ids))
	err := r.with(ctx, "reading deliveries", func(s Session) error {
		return lookup(ctx, s, deliveryByID, r.tenantArg, len(ids), func(i int, w Writer) { w.ID(ids[i]) },
			func(rows Rows) { out[rows.Key()] = readDelivery(rows) })
	})
	return out, err
}

func readDelivery(rows Rows) graph.Delivery {
	return graph.Delivery{
		ID: rows.ID(0), Source: model.Source(rows.Text(1)), Name: rows.Text(2), Full: rows.Int(3) == 1, Stamp: rows.Int(4),
		State: graph.DeliveryState(rows.Text(5)), Started: readTime(rows, 6), Ended: readTime(rows, 7), Message: rows.Text(8), Part: rows.Text(9),
		Counts: graph.Counts{
			Items: rows.Int(10), Unchanged: rows.Int(11), Records: rows.Int(12), Added: rows.Int(13), Changed: rows.Int(14),
			Retracted: rows.Int(15), Stale: rows.Int(16), Quarantined: rows.Int(17), Issues: rows.Int(18),
			Dropped: rows.Int(19), Bytes: rows.Int(20), Erased: rows.Int(21),
		},
	}
}
