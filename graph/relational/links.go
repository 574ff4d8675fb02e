package relational

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// A target's links are read in the order of property, origin, role and period,
// after a position; a property that is asked for is part of the key.
var (
	linksTo = statement(`SELECT l.property, l.origin, l.role, l.period, l.disclosure FROM link AS l
		WHERE l.tenant = $1 AND l.target = @target
		AND (l.property, l.origin, l.role, l.period) > (@property, @origin, @role, @period) AND l.disclosure <= $3
		ORDER BY l.property, l.origin, l.role, l.period LIMIT $2`, linkKey...)
	linksBy = statement(`SELECT l.property, l.origin, l.role, l.period, l.disclosure FROM link AS l
		WHERE l.tenant = $1 AND l.target = @target AND l.property = @property
		AND (l.origin, l.role, l.period) > (@origin, @role, @period) AND l.disclosure <= $3
		ORDER BY l.origin, l.role, l.period LIMIT $2`, linkKey...)

	linkKey = []Column{{"target", ID}, {"property", SmallInt}, {"origin", ID}, {"role", Text}, {"period", BigInt}}
)

// A property's number is stored in two bytes, in its order.
func propertyNumber(p model.PropertyID) int64 { return int64(p) + math.MinInt16 }

func property(n int64) model.PropertyID { return model.PropertyID(n - math.MinInt16) }

// linkCursor is a place among a target's links.
type linkCursor struct {
	graph.Link
	started bool
}

// How many links of one target are read at a time: few of many targets at
// first, then more and more of those that have many.
const (
	linksFirst = 256
	linksMost  = 1 << 16
	linkBatch  = 256
)

// Referrers yields links to any of the targets.
func (r *reader) Referrers(ctx context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error] {
	st := linksTo
	if len(properties) > 0 {
		st = linksBy
	}
	return func(yield func(graph.Link, error) bool) {
		cursors := linkCursors(distinct(to, compareIDs), distinct(properties, cmp.Compare[model.PropertyID]))
		for batch := range slices.Chunk(cursors, linkBatch) {
			found, err := r.links(ctx, st, batch, seen, linksFirst)
			if err != nil {
				yield(graph.Link{}, err)
				return
			}
			for i := range batch {
				if !r.yieldLinks(ctx, st, found[i], seen, yield) {
					return
				}
			}
		}
	}
}

func linkCursors(targets []model.EntityID, properties []model.PropertyID) []linkCursor {
	if len(properties) == 0 {
		properties = []model.PropertyID{0}
	}
	cursors := make([]linkCursor, 0, len(targets)*len(properties))
	for _, target := range targets {
		for _, p := range properties {
			cursors = append(cursors, linkCursor{Link: graph.Link{To: target, Property: p}})
		}
	}
	return cursors
}

// yieldLinks yields a target's first links and reads on where there are more.
func (r *reader) yieldLinks(ctx context.Context, st *Statement, links []graph.Link, seen model.Disclosure, yield func(graph.Link, error) bool) bool {
	for limit := linksFirst; ; {
		for i := range links {
			if !yield(links[i], nil) {
				return false
			}
		}
		if len(links) < limit {
			return true
		}
		last := linkCursor{links[len(links)-1], true}
		limit = min(16*limit, linksMost)
		more, err := r.links(ctx, st, []linkCursor{last}, seen, limit)
		if err != nil {
			yield(graph.Link{}, err)
			return false
		}
		links = more[0]
	}
}

// links reads at most limit links of the classes that are seen after each cursor.
func (r *reader) links(ctx context.Context, st *Statement, cursors []linkCursor, seen model.Disclosure, limit int) ([][]graph.Link, error) {
	found := make([][]graph.Link, len(cursors))
	err := r.withVisible(ctx, "reading referrers", func(s Session) error {
		return lookup(ctx, s, st, func(w Writer) {
			w.Int(r.store.number)
			w.Int(int64(limit))
			w.Int(rank(seen))
		}, len(cursors), func(i int, w Writer) {
			c := &cursors[i]
			w.ID(c.To)
			w.Int(propertyNumber(c.Property))
			w.ID(c.From)
			w.Text(c.Role)
			if c.started {
				w.Int(packPeriod(c.Period))
			} else {
				w.Int(math.MinInt64)
			}
		}, func(rows Rows) {
			i := rows.Key()
			found[i] = append(found[i], graph.Link{
				To: cursors[i].To, Property: property(rows.Int(0)), From: rows.ID(1),
				Role: rows.Text(2), Period: unpackPeriod(rows.Int(3)), Disclosure: disclosure(rows.Int(4)),
			})
		})
	})
	return found, err
}

// LinksTo answers with the first links to each target.
func (r *reader) LinksTo(ctx context.Context, targets []graph.LinkTarget, property model.PropertyID, seen model.Disclosure, limit int) ([][]graph.Link, error) {
	if limit <= 0 || len(targets) == 0 {
		return make([][]graph.Link, len(targets)), nil
	}
	cursors := make([]linkCursor, len(targets))
	for i, t := range targets {
		cursors[i].Link = graph.Link{To: t.ID, Property: property, From: t.From}
	}
	return r.links(ctx, linksBy, cursors, seen, limit)
}
