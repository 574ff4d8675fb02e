package access

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// mostCounted is the largest total that is told: beyond, counting is not cheap.
const mostCounted = 10_000

// Total is how many things a list has on all of its pages. ok is false when they
// are more than 10,000, or lie in a place or below an organisation that has more
// than 5,000 things, or persons, that the caller sees, or in a place of so large a
// sort that who lives there is not looked up: only what the caller sees decides
// whether there is an answer.
func (v *View) Total(ctx context.Context, kind model.Kind, filter Filter) (n int, ok bool, err error) {
	filter.Order = ByID
	closed := v.Unopened()
	s, err := closed.sieve(ctx, kind, filter)
	if err != nil {
		return 0, false, err
	}
	if s.nothing {
		return 0, true, nil
	}
	if !filter.narrow() && !filter.dated() && !filter.UnknownProtection && v.seenByClass(kind) {
		for _, err := range v.from().List(ctx, graph.ListQuery{Kind: kind, Disclosure: v.clearance, ByID: true, Limit: mostCounted + 1}) {
			if err != nil {
				return 0, false, fmt.Errorf("count golden records: %w", err)
			}
			n++
		}
		return tellable(n)
	}
	for _, r := range s.reaches {
		if whole, err := r.isWhole(ctx); err != nil || !whole {
			return 0, false, err
		}
	}
	l := closed.listing(s)
	if err := l.open(ctx, l.descending); err != nil {
		return 0, false, err
	}
	var from *graph.Position
	for n <= mostCounted {
		rows := make([]graph.Golden, 0, countChunk)
		for row, err := range l.read(ctx, from, false, countChunk) {
			if err != nil {
				return 0, false, fmt.Errorf("count golden records: %w", err)
			}
			rows = append(rows, row)
		}
		seen, err := closed.glimpse(ctx, rows)
		if err == nil {
			err = s.sift(ctx, seen)
		}
		if err != nil {
			return 0, false, err
		}
		for _, one := range seen {
			if one != nil {
				n++
			}
		}
		if len(rows) < countChunk {
			break
		}
		from = &graph.Position{Sort: rows[len(rows)-1].Sort, ID: rows[len(rows)-1].ID}
	}
	return tellable(n)
}

// tellable is a count that is not too large to tell.
func tellable(n int) (int, bool, error) {
	if n > mostCounted {
		return 0, false, nil
	}
	return n, true, nil
}

// seenByClass tells whether the stored class of a thing of the kind alone says
// whether the caller sees it.
func (v *View) seenByClass(kind model.Kind) bool {
	return v.past == nil && v.authorities == nil && (v.rights.Role != Public || kind != model.Role)
}
