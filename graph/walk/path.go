package walk

import (
	"context"
	"slices"

	"github.com/karna-registry/karna/graph/quads"
)

// Link is one link of a path, in the path's direction.
type Link struct {
	From, To  string
	Predicate string
	Inverse   bool // To is the subject
}

// Path is a shortest path by the steps between two things, as its links in
// order; of several the same one each time. It is empty from a thing to itself.
// ok is false when there is none. It searches from both ends, since what is
// around a thing grows with the square and more of the distance.
func (w *Walk) Path(ctx context.Context, from, to string, via []Step) (path []Link, ok bool, err error) {
	if from == to {
		return nil, true, nil
	}
	ctx, cancel := w.Begin(ctx)
	defer cancel()
	ahead, back := newSide(from, via), newSide(to, reversed(via))
	for len(ahead.frontier) > 0 && len(back.frontier) > 0 {
		near, far := ahead, back
		if len(back.frontier) < len(ahead.frontier) {
			near, far = back, ahead
		}
		if err := w.advance(ctx, near, w.limits.Results-len(near.by)-len(far.by)+2); err != nil {
			return nil, false, err
		}
		// Up to here nothing was reached from both ends, so any meeting is one of
		// a shortest path; the frontier is in order.
		for _, iri := range near.frontier {
			if _, meets := far.by[iri]; meets {
				return join(ahead, back, iri), true, nil
			}
		}
	}
	return nil, false, nil
}

// join is the path through where two sides meet.
func join(ahead, back *side, meeting string) []Link {
	var path []Link
	for at := meeting; ahead.by[at] != (quads.Quad{}); {
		q := ahead.by[at]
		l := link(q, at)
		path = append(path, l)
		at = l.From
	}
	slices.Reverse(path)
	for at := meeting; back.by[at] != (quads.Quad{}); {
		q := back.by[at]
		l := link(q, at)
		// That side was walked the other way.
		path = append(path, Link{From: l.To, To: l.From, Predicate: l.Predicate, Inverse: !l.Inverse})
		at = l.From
	}
	return path
}

// link is a quad as the link that leads to a thing.
func link(q quads.Quad, to string) Link {
	if q.Object.Value == to {
		return Link{From: q.Subject, To: to, Predicate: q.Predicate}
	}
	return Link{From: q.Object.Value, To: to, Predicate: q.Predicate, Inverse: true}
}

// Neighbourhood is everything within a number of links of a thing, whichever way
// they go, nearest first and the thing itself before all, and the links found on
// the way: all those of what is nearer than depth.
func (w *Walk) Neighbourhood(ctx context.Context, of string, via []Step, depth int) (things []Found, links []quads.Quad, err error) {
	ctx, cancel := w.Begin(ctx)
	defer cancel()
	both := slices.Concat(via, reversed(via))
	seen := map[quads.Quad]bool{}
	known := map[string]bool{of: true}
	things = []Found{{of, 0}}
	frontier := []string{of}
	for d := 1; d <= depth && len(frontier) > 0; d++ {
		var next []string
		err := w.links(ctx, frontier, both, func(q quads.Quad, to string) error {
			if !seen[q] {
				seen[q] = true
				links = append(links, q)
			}
			if known[to] {
				return nil
			}
			if len(known) > w.limits.Results {
				return w.tooMany()
			}
			known[to] = true
			next = append(next, to)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		slices.Sort(next)
		for _, iri := range next {
			things = append(things, Found{iri, d})
		}
		frontier = next
	}
	return things, links, nil
}
