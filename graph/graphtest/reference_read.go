package graphtest

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// present is the revision of a view that reads the present.
const present model.Revision = -1

// view reads a state, at a revision or at present. A first load under way is
// seen by its own transactions, and for the rest only through RecordReader.
type view struct {
	state func() (*state, error)
	at    model.Revision
	inTx  bool
}

var _ graph.Reader = view{}

// visible is the state for everything that must not see a load under way.
func (v view) visible(ctx context.Context) (*state, error) {
	s, err := v.records(ctx)
	if err == nil && s.loading && !v.inTx {
		return newState(), nil
	}
	return s, err
}

// records is the state for RecordReader.
func (v view) records(ctx context.Context) (*state, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return v.state()
}

func (v view) Revision(ctx context.Context) (model.Revision, error) {
	s, err := v.visible(ctx)
	switch {
	case err != nil:
		return 0, err
	case v.at != present:
		return v.at, nil
	}
	return s.revision, nil
}

func (v view) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Golden, len(ids))
	for i, id := range ids {
		g, ok := s.goldenAt(id, v.at)
		if !ok {
			g = graph.Golden{ID: id}
		}
		out[i] = trim(g, parts)
	}
	return out, nil
}

// trim leaves out the parts not asked for.
func trim(g graph.Golden, parts graph.Parts) graph.Golden {
	if parts&graph.WithValues == 0 {
		g.Values = nil
	}
	if parts&graph.WithEvidence == 0 {
		g.Evidence = nil
	}
	return g
}

func trimAll(goldens []graph.Golden, parts graph.Parts) []graph.Golden {
	for i := range goldens {
		goldens[i] = trim(goldens[i], parts)
	}
	return goldens
}

func (v view) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Golden {
		order := func(a, b graph.Golden) int {
			if q.ByID {
				return a.ID.Compare(b.ID)
			}
			return cmp.Or(bytes.Compare(a.Sort, b.Sort), a.ID.Compare(b.ID))
		}
		if q.Backward {
			forward := order
			order = func(a, b graph.Golden) int { return forward(b, a) }
		}
		rows := s.goldensAt(v.at, func(g graph.Golden) bool {
			return listed(g, q.Kind, q.Disclosure) &&
				(q.After == nil || order(g, graph.Golden{Sort: q.After.Sort, ID: q.After.ID}) > 0)
		})
		slices.SortFunc(rows, order)
		return trimAll(limited(rows, q.Limit), q.Parts)
	})
}

// listed tells whether a caller with a clearance is shown the golden record.
func listed(g graph.Golden, kind model.Kind, clearance model.Disclosure) bool {
	return g.State == graph.Live && g.Kind == kind && g.Disclosure.Rank() <= clearance.Rank() && g.Disclosure != model.Unclassified
}

func (v view) Scan(ctx context.Context, kind model.Kind, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Golden {
		rows := s.goldensAt(v.at, func(g graph.Golden) bool {
			return g.State == graph.Live && (kind == model.KindUnknown || g.Kind == kind)
		})
		slices.SortFunc(rows, func(a, b graph.Golden) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.ID.Compare(b.ID)) })
		return trimAll(rows, parts)
	})
}

func (v view) Versions(ctx context.Context, ids []model.EntityID) ([]graph.Version, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Version, len(ids))
	for i, id := range ids {
		out[i] = graph.Version{ID: id}
		for _, version := range s.versions[id] {
			if v.at == present || version.Revision <= v.at {
				out[i] = version
			}
		}
	}
	return out, nil
}

func (v view) Words(ctx context.Context, spaces []graph.Space, prefix string) iter.Seq2[string, error] {
	return sequence(ctx, v.visible, func(s *state) []string {
		var keys []string
		for t := range s.terms {
			if slices.Contains(spaces, t.Space) && strings.HasPrefix(t.Key, prefix) {
				keys = append(keys, t.Key)
			}
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	})
}

func (v view) Find(ctx context.Context, q graph.FindQuery) iter.Seq2[graph.Golden, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Golden {
		// The smallest matching key of each golden record, for each term.
		smallest := make([]map[model.EntityID]string, len(q.Terms))
		for i, want := range q.Terms {
			smallest[i] = map[model.EntityID]string{}
			for have := range s.terms {
				if !slices.Contains(want.Spaces, have.Space) ||
					(have.Key != want.Key && (!want.Prefix || !strings.HasPrefix(have.Key, want.Key))) {
					continue
				}
				if key, ok := smallest[i][have.ID]; !ok || have.Key < key {
					smallest[i][have.ID] = have.Key
				}
			}
		}
		rows := s.goldensAt(present, func(g graph.Golden) bool {
			for _, ids := range smallest {
				if _, ok := ids[g.ID]; !ok {
					return false
				}
			}
			return listed(g, q.Kind, q.Disclosure) && (q.After.IsZero() || g.ID.Compare(q.After) > 0)
		})
		byKey := len(q.Terms) == 1 && q.Terms[0].Prefix && q.After.IsZero()
		slices.SortFunc(rows, func(a, b graph.Golden) int {
			if byKey {
				return cmp.Or(cmp.Compare(smallest[0][a.ID], smallest[0][b.ID]), a.ID.Compare(b.ID))
			}
			return a.ID.Compare(b.ID)
		})
		return trimAll(limited(rows, q.Limit), q.Parts)
	})
}

func (v view) Referrers(ctx context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Link {
		return sortedKeys(s.links, compareLinks, func(l graph.Link) bool {
			return slices.Contains(to, l.To) && l.Disclosure.Rank() <= seen.Rank() && (len(properties) == 0 || slices.Contains(properties, l.Property))
		})
	})
}

func (v view) LinksTo(ctx context.Context, targets []graph.LinkTarget, property model.PropertyID, seen model.Disclosure, limit int) ([][]graph.Link, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	out := make([][]graph.Link, len(targets))
	for i, t := range targets {
		out[i] = limited(sortedKeys(s.links, compareLinks, func(l graph.Link) bool {
			return l.To == t.ID && l.Property == property && l.Disclosure.Rank() <= seen.Rank() && l.From.Compare(t.From) >= 0
		}), limit)
	}
	return out, nil
}

func (v view) Holders(ctx context.Context, kind model.Kind, key uint64) ([]model.EntityID, error) {
	ids, _, err := Holders(ctx, v, kind, key)
	return ids, err
}

func (v view) Travel(ctx context.Context, r *graph.Route) (*graph.Travelled, error) {
	return Travel(ctx, v, r)
}

func (v view) Changes(ctx context.Context, after graph.ChangePosition, limit int) iter.Seq2[graph.Change, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Change {
		order := func(a, b graph.Change) int { return cmp.Or(cmp.Compare(a.Revision, b.Revision), a.ID.Compare(b.ID)) }
		var rows []graph.Change
		add := func(g graph.Golden) {
			c := graph.Change{Revision: g.Revision, ID: g.ID, Kind: g.Kind, State: g.State, Redirect: g.Redirect, Disclosure: g.Disclosure}
			if order(c, graph.Change{Revision: after.Revision, ID: after.ID}) > 0 {
				rows = append(rows, c)
			}
		}
		for _, g := range s.goldens {
			add(g)
		}
		for _, versions := range s.past {
			for _, g := range versions {
				add(g)
			}
		}
		slices.SortFunc(rows, order)
		return limited(rows, limit)
	})
}

func (v view) Revisions(ctx context.Context, after model.Revision, limit int) iter.Seq2[graph.RevisionInfo, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.RevisionInfo {
		return limited(s.log[min(int(after), len(s.log)):], limit)
	})
}

func (v view) GoldenHistory(ctx context.Context, id model.EntityID, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Golden { return trimAll(s.goldenVersions(id), parts) })
}

func (v view) GoldenHistories(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([][]graph.Golden, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	out := make([][]graph.Golden, len(ids))
	for i, id := range ids {
		out[i] = trimAll(s.goldenVersions(id), parts)
	}
	return out, nil
}

func (v view) RevisionInfos(ctx context.Context, revisions []model.Revision) ([]graph.RevisionInfo, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.RevisionInfo, len(revisions))
	for i, r := range revisions {
		if r > 0 && int(r) <= len(s.log) {
			out[i] = s.log[r-1]
		}
	}
	return out, nil
}

// sequence yields the rows that a function makes of the state of the moment at
// which the iteration starts.
func sequence[T any](ctx context.Context, of func(context.Context) (*state, error), rows func(*state) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		s, err := of(ctx)
		if err != nil {
			yield(none, err)
			return
		}
		for _, row := range rows(s) {
			if err := ctx.Err(); err != nil {
				yield(none, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func limited[T any](rows []T, limit int) []T { return rows[:min(limit, len(rows))] }

// sortedKeys is what passes of a set, in order.
func sortedKeys[T comparable](set map[T]struct{}, order func(a, b T) int, pass func(T) bool) []T {
	rows := slices.SortedFunc(maps.Keys(set), order)
	return slices.DeleteFunc(rows, func(x T) bool { return !pass(x) })
}
