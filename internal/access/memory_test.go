package access_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/graphtest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// memory is a store in memory that only reads; town fills it. What a View does
// not ask for is left to the nil Store and would panic.
type memory struct {
	graph.Store
	asked      func(graph.Route)                   // told of each route, if there
	at         model.Revision                      // of the present
	committed  []time.Time                         // by revision, from 1
	provenance map[model.Revision]graph.Provenance // but for the time
	goldens    map[model.EntityID][]graph.Golden
	heads      map[model.EntityID]graph.Head
	versions   map[model.EntityID][]graph.Version
	moves      map[model.EntityID][]graph.Membership
	keys       []graph.MatchKey
	decisions  []graph.Decision
	pairs      []graph.Pair // in key order
	conflicts  []graph.Conflict
	held       []graph.Quarantined
	waiting    []graph.Dangling
	flawed     []graph.Flawed // in order
	delivered  []graph.Delivery
	erased     []document.Erased // in the order of the feed
	sealed     map[model.EntityID]access.Unsealed
	moreWords  func(prefix string) []string // in the index, of nothing; in order
	words      atomic.Int64                 // of the index that were gone through
	finds      atomic.Int64
}

func newMemory() *memory {
	return &memory{
		goldens: map[model.EntityID][]graph.Golden{}, heads: map[model.EntityID]graph.Head{},
		versions: map[model.EntityID][]graph.Version{}, sealed: map[model.EntityID]access.Unsealed{},
		moves: map[model.EntityID][]graph.Membership{}, provenance: map[model.Revision]graph.Provenance{},
	}
}

// Artifact has what was erased, and nothing else.
func (m *memory) Artifact(_ context.Context, name string) (graph.Artifact, bool, error) {
	if name != document.ErasedArtifact || len(m.erased) == 0 {
		return graph.Artifact{}, false, nil
	}
	return document.ErasedArtifactOf(graph.Artifact{}, m.erased), true, nil
}

func (m *memory) Unseal(_ context.Context, refs []model.EntityID) (map[model.EntityID]access.Unsealed, error) {
	out := map[model.EntityID]access.Unsealed{}
	for _, ref := range refs {
		if u, ok := m.sealed[ref]; ok {
			out[ref] = u
		}
	}
	return out, nil
}

// moment is a memory at a revision.
type moment struct {
	*memory
	r model.Revision
}

func (m *memory) now() moment { return moment{m, m.at} }

func (m *memory) At(_ context.Context, r model.Revision) (graph.Past, error) {
	if r > m.at || r < 0 {
		return nil, graph.ErrFutureRevision
	}
	return moment{m, r}, nil
}

func (m *memory) Snapshot(context.Context) (graph.Reader, func(), error) { return m, func() {}, nil }

func (m *memory) Revision(context.Context) (model.Revision, error) { return m.at, nil }

func (p moment) Revision(context.Context) (model.Revision, error) { return p.r, nil }

// of is the version of a golden id at the revision.
func (p moment) of(id model.EntityID, parts graph.Parts) graph.Golden {
	out := graph.Golden{ID: id}
	for _, g := range p.goldens[id] {
		if g.Revision <= p.r {
			out = g
		}
	}
	return stripped(out, parts)
}

func stripped(g graph.Golden, parts graph.Parts) graph.Golden {
	if parts&graph.WithValues == 0 {
		g.Values = nil
	}
	if parts&graph.WithEvidence == 0 {
		g.Evidence = nil
	}
	return g
}

// live are the live golden records of a kind at the revision, in (kind, id) order.
func (p moment) live(kind model.Kind, parts graph.Parts) []graph.Golden {
	var out []graph.Golden
	for id := range p.goldens {
		if g := p.of(id, parts); g.State == graph.Live && (kind == model.KindUnknown || g.Kind == kind) {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b graph.Golden) int { return cmp.Or(int(a.Kind)-int(b.Kind), a.ID.Compare(b.ID)) })
	return out
}

func (m *memory) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	return m.now().Goldens(ctx, ids, parts)
}

func (p moment) Goldens(_ context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	out := make([]graph.Golden, len(ids))
	for i, id := range ids {
		out[i] = p.of(id, parts)
	}
	return out, nil
}

func (m *memory) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	return m.now().List(ctx, q)
}

func (p moment) List(_ context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	all := p.live(q.Kind, q.Parts)
	order := func(a, b graph.Position) int {
		if q.ByID {
			return a.ID.Compare(b.ID)
		}
		return cmp.Or(bytes.Compare(a.Sort, b.Sort), a.ID.Compare(b.ID))
	}
	place := func(g graph.Golden) graph.Position { return graph.Position{Sort: g.Sort, ID: g.ID} }
	sort.Slice(all, func(i, j int) bool {
		c := order(place(all[i]), place(all[j]))
		return c < 0 != q.Backward
	})
	n := 0
	return pick(all, func(g graph.Golden) bool {
		if q.After != nil {
			if c := order(place(g), *q.After); c == 0 || c < 0 != q.Backward {
				return false
			}
		}
		if g.Disclosure.Rank() > q.Disclosure.Rank() {
			return false
		}
		n++
		return n <= q.Limit
	})
}

func (m *memory) Scan(ctx context.Context, kind model.Kind, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return m.now().Scan(ctx, kind, parts)
}

// Scan uses one row's memory for all, as an engine may.
func (p moment) Scan(_ context.Context, kind model.Kind, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return func(yield func(graph.Golden, error) bool) {
		var values, evidence []byte
		for _, g := range p.live(kind, parts) {
			clear(values)
			clear(evidence)
			if g.Values != nil {
				values = append(values[:0], g.Values...)
				g.Values = values
			}
			if g.Evidence != nil {
				evidence = append(evidence[:0], g.Evidence...)
				g.Evidence = evidence
			}
			if !yield(g, nil) {
				return
			}
		}
		clear(values)
		clear(evidence)
	}
}

func (p moment) Versions(context.Context, []model.EntityID) ([]graph.Version, error) {
	return nil, errors.New("a View reads histories")
}

func (m *memory) Words(_ context.Context, spaces []graph.Space, prefix string) iter.Seq2[string, error] {
	var keys []string
	for _, kind := range model.Kinds {
		for _, g := range m.now().live(kind, graph.WithValues) {
			for _, t := range document.Terms(decoded(g), testified(g)) {
				if slices.Contains(spaces, t.Space) && strings.HasPrefix(t.Key, prefix) {
					keys = append(keys, t.Key)
				}
			}
		}
	}
	if m.moreWords != nil {
		keys = append(keys, m.moreWords(prefix)...)
	}
	slices.Sort(keys)
	return pick(slices.Compact(keys), func(string) bool { m.words.Add(1); return true })
}

func (m *memory) Find(_ context.Context, q graph.FindQuery) iter.Seq2[graph.Golden, error] {
	m.finds.Add(1)
	n := 0
	return pick(m.now().live(q.Kind, graph.WithValues), func(g graph.Golden) bool {
		if g.ID.Compare(q.After) <= 0 || g.Disclosure.Rank() > q.Disclosure.Rank() || !found(decoded(g), testified(g), q.Terms) {
			return false
		}
		n++
		return n <= q.Limit
	}, q.Parts)
}

func found(g *model.Golden, said *model.Testimony, wanted []graph.FindTerm) bool {
	have := document.Terms(g, said)
	for _, w := range wanted {
		if !slices.ContainsFunc(have, func(t graph.Term) bool {
			return slices.Contains(w.Spaces, t.Space) && (t.Key == w.Key || w.Prefix && len(t.Key) >= len(w.Key) && t.Key[:len(w.Key)] == w.Key)
		}) {
			return false
		}
	}
	return true
}

func decoded(row graph.Golden) *model.Golden {
	g := &model.Golden{ID: row.ID, Kind: row.Kind, Disclosure: row.Disclosure}
	if err := document.DecodeGolden(row.Values, g); err != nil {
		panic(err)
	}
	return g
}

// testified is what the records of a golden record say each by itself.
func testified(row graph.Golden) *model.Testimony {
	t, err := document.DecodeTestimony(row.Values)
	if err != nil {
		panic(err)
	}
	return t
}

func (m *memory) Referrers(_ context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error] {
	var all []graph.Link
	for _, row := range m.now().live(model.KindUnknown, graph.WithValues) {
		for _, l := range document.Links(decoded(row), testified(row)) {
			if slices.Contains(to, l.To) && l.Disclosure.Rank() <= seen.Rank() && (len(properties) == 0 || slices.Contains(properties, l.Property)) {
				all = append(all, l)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b graph.Link) int {
		return cmp.Or(a.To.Compare(b.To), cmp.Compare(a.Property, b.Property), a.From.Compare(b.From))
	})
	return pick(all, func(graph.Link) bool { return true })
}

func (m *memory) LinksTo(ctx context.Context, targets []graph.LinkTarget, property model.PropertyID, seen model.Disclosure, limit int) ([][]graph.Link, error) {
	out := make([][]graph.Link, len(targets))
	for i, t := range targets {
		for l := range m.Referrers(ctx, []model.EntityID{t.ID}, []model.PropertyID{property}, seen) {
			if l.From.Compare(t.From) >= 0 && len(out[i]) < limit {
				out[i] = append(out[i], l)
			}
		}
	}
	return out, nil
}

func (m *memory) Travel(ctx context.Context, r *graph.Route) (*graph.Travelled, error) {
	route := *r
	if m.asked != nil {
		m.asked(route)
	}
	route.Seal = graph.Spot{} // the memory opens what is sealed itself
	return graphtest.Travel(ctx, m, &route)
}

func (m *memory) Changes(_ context.Context, after graph.ChangePosition, limit int) iter.Seq2[graph.Change, error] {
	var all []graph.Change
	for _, versions := range m.goldens {
		for _, g := range versions {
			all = append(all, graph.Change{Revision: g.Revision, ID: g.ID, Kind: g.Kind, State: g.State, Redirect: g.Redirect, Disclosure: g.Disclosure})
		}
	}
	order := func(r model.Revision, a model.EntityID, s model.Revision, b model.EntityID) int {
		return cmp.Or(cmp.Compare(r, s), a.Compare(b))
	}
	slices.SortFunc(all, func(a, b graph.Change) int { return order(a.Revision, a.ID, b.Revision, b.ID) })
	n := 0
	return pick(all, func(c graph.Change) bool {
		if order(c.Revision, c.ID, after.Revision, after.ID) <= 0 {
			return false
		}
		n++
		return n <= limit
	})
}

func (m *memory) Revisions(_ context.Context, after model.Revision, limit int) iter.Seq2[graph.RevisionInfo, error] {
	var all []graph.RevisionInfo
	for r := after + 1; r <= m.at && len(all) < limit; r++ {
		all = append(all, m.info(r))
	}
	return pick(all, func(graph.RevisionInfo) bool { return true })
}

func (m *memory) GoldenHistory(_ context.Context, id model.EntityID, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return pick(m.goldens[id], func(graph.Golden) bool { return true }, parts)
}

func (m *memory) GoldenHistories(_ context.Context, ids []model.EntityID, _ graph.Parts) ([][]graph.Golden, error) {
	out := make([][]graph.Golden, len(ids))
	for i, id := range ids {
		out[i] = slices.Clone(m.goldens[id])
	}
	return out, nil
}

func (m *memory) RevisionInfos(_ context.Context, revisions []model.Revision) ([]graph.RevisionInfo, error) {
	out := make([]graph.RevisionInfo, len(revisions))
	for i, r := range revisions {
		if r > 0 && r <= m.at {
			out[i] = m.info(r)
		}
	}
	return out, nil
}

func (m *memory) info(r model.Revision) graph.RevisionInfo {
	p := m.provenance[r]
	p.At = m.committed[r-1]
	return graph.RevisionInfo{Revision: r, Provenance: p}
}

func (m *memory) DeliveriesByID(_ context.Context, ids []model.EntityID) ([]graph.Delivery, error) {
	out := make([]graph.Delivery, len(ids))
	for i, id := range ids {
		for _, d := range m.delivered {
			if d.ID == id {
				out[i] = d
			}
		}
	}
	return out, nil
}

func (m *memory) Heads(_ context.Context, keys []model.RecordKey) ([]graph.Head, error) {
	out := make([]graph.Head, len(keys))
	for i, k := range keys {
		for _, h := range m.heads {
			if h.Key == k {
				out[i] = h
			}
		}
	}
	return out, nil
}

func (m *memory) HeadsByID(_ context.Context, ids []model.EntityID) ([]graph.Head, error) {
	out := make([]graph.Head, len(ids))
	for i, id := range ids {
		out[i] = m.heads[id]
	}
	return out, nil
}

func (m *memory) History(_ context.Context, id model.EntityID) iter.Seq2[graph.Version, error] {
	return pick(m.versions[id], func(graph.Version) bool { return true })
}

func (m *memory) Memberships(_ context.Context, record model.EntityID) iter.Seq2[graph.Membership, error] {
	return pick(m.moves[record], func(graph.Membership) bool { return true })
}

func (m *memory) KeysFrom(_ context.Context, from uint64, limit int) iter.Seq2[uint64, error] {
	var keys []uint64
	for _, k := range m.keys {
		if k.Key >= from {
			keys = append(keys, k.Key)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return pick(keys[:min(limit, len(keys))], func(uint64) bool { return true })
}

func (m *memory) Holders(ctx context.Context, kind model.Kind, key uint64) ([]model.EntityID, error) {
	ids, _, err := graphtest.Holders(ctx, m, kind, key)
	return ids, err
}

func (m *memory) MatchKeys(_ context.Context, keys []uint64) iter.Seq2[graph.MatchKey, error] {
	return pick(m.keys, func(k graph.MatchKey) bool { return slices.Contains(keys, k.Key) })
}

func (m *memory) CountHeads(context.Context) (map[model.Source]map[model.Kind]int64, error) {
	out := map[model.Source]map[model.Kind]int64{}
	for _, h := range m.heads {
		if h.Live {
			if out[h.Key.Source] == nil {
				out[h.Key.Source] = map[model.Kind]int64{}
			}
			out[h.Key.Source][h.Key.Kind]++
		}
	}
	return out, nil
}

func (m *memory) CountGoldens(context.Context) (byKind map[model.Kind]int64, merged int64, err error) {
	byKind = map[model.Kind]int64{}
	for _, g := range m.now().live(model.KindUnknown, 0) {
		byKind[g.Kind]++
		var n int64
		for _, h := range m.heads {
			if h.Live && h.Golden == g.ID {
				n++
			}
		}
		if n > 1 {
			merged += n
		}
	}
	return byKind, merged, nil
}

func (m *memory) CountWork(context.Context) (conflicts, quarantined, dangling int64, err error) {
	return int64(len(m.conflicts)), int64(len(m.held)), int64(len(m.waiting)), nil
}

func (m *memory) Deliveries(_ context.Context, source model.Source, limit int) iter.Seq2[graph.Delivery, error] {
	n := 0
	return pick(m.delivered, func(d graph.Delivery) bool {
		if source != "" && d.Source != source {
			return false
		}
		n++
		return n <= limit
	})
}

func (m *memory) DecisionsOn(_ context.Context, records []model.EntityID) iter.Seq2[graph.Decision, error] {
	return pick(m.decisions, func(d graph.Decision) bool { return slices.Contains(records, d.A) || slices.Contains(records, d.B) })
}

func (m *memory) PairsOn(_ context.Context, records []model.EntityID) iter.Seq2[graph.Pair, error] {
	return pick(m.pairs, func(p graph.Pair) bool { return slices.Contains(records, p.A) || slices.Contains(records, p.B) })
}

func (m *memory) Pairs(_ context.Context, q graph.PairQuery) iter.Seq2[graph.Pair, error] {
	n := 0
	return pick(m.pairs, func(p graph.Pair) bool {
		if p.Kind != q.Kind || p.Band != q.Band || p.PairKey.Compare(q.After) <= 0 || n == q.Limit {
			return false
		}
		n++
		return true
	})
}

func (m *memory) Heaviest(_ context.Context, q graph.HeaviestQuery) iter.Seq2[graph.Pair, error] {
	of := func(p graph.Pair) graph.Weighed { return graph.Weighed{PairKey: p.PairKey, Weight: p.Weight} }
	rows := slices.SortedFunc(slices.Values(m.pairs), func(a, b graph.Pair) int { return of(a).Compare(of(b)) })
	n := 0
	return pick(rows, func(p graph.Pair) bool {
		if p.Kind != q.Kind || p.Band != q.Band || q.After != nil && of(p).Compare(*q.After) <= 0 || n == q.Limit {
			return false
		}
		n++
		return true
	})
}

func (m *memory) CountReviews(ctx context.Context, kind model.Kind) (n int64, err error) {
	for _, p := range m.pairs {
		heads, err := m.HeadsByID(ctx, []model.EntityID{p.A, p.B})
		if err != nil {
			return 0, err
		}
		last := graph.Unsure
		for _, d := range m.decisions {
			if d.A == p.A && d.B == p.B {
				last = d.Verdict
			}
		}
		if p.Kind == kind && p.Band == graph.ReviewBand && heads[0].Live && heads[1].Live && heads[0].Golden != heads[1].Golden && last == graph.Unsure {
			n++
		}
	}
	return n, nil
}

func (m *memory) Conflicts(_ context.Context, after graph.Hash, limit int) iter.Seq2[graph.Conflict, error] {
	n := 0
	return pick(m.conflicts, func(c graph.Conflict) bool {
		if bytes.Compare(c.ID[:], after[:]) <= 0 {
			return false
		}
		n++
		return n <= limit
	})
}

func (m *memory) Quarantine(_ context.Context, source model.Source, after graph.Hash, limit int) iter.Seq2[graph.Quarantined, error] {
	n := 0
	return pick(m.held, func(q graph.Quarantined) bool {
		if bytes.Compare(q.Item[:], after[:]) <= 0 || source != "" && q.Source != source {
			return false
		}
		n++
		return n <= limit
	})
}

func (m *memory) Flawed(_ context.Context, source model.Source, after graph.Flawed, limit int) iter.Seq2[graph.Flawed, error] {
	n := 0
	if source != "" {
		after.Source = source
	}
	return pick(m.flawed, func(f graph.Flawed) bool {
		if f.Compare(after) <= 0 || source != "" && f.Source != source {
			return false
		}
		n++
		return n <= limit
	})
}

func (m *memory) CountFlawed(context.Context) (map[model.Source]int64, error) {
	out := map[model.Source]int64{}
	for _, f := range m.flawed {
		out[f.Source]++
	}
	return out, nil
}

func (m *memory) AllDangling(_ context.Context, after graph.Dangling, limit int) iter.Seq2[graph.Dangling, error] {
	n := 0
	return pick(m.waiting, func(d graph.Dangling) bool {
		if cmp.Or(d.Record.Compare(after.Record), cmp.Compare(d.Property, after.Property), cmp.Compare(d.Key, after.Key)) <= 0 {
			return false
		}
		n++
		return n <= limit
	})
}

// pick yields what passes, with only the parts asked for of golden records.
func pick[T any](all []T, pass func(T) bool, parts ...graph.Parts) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !pass(v) {
				continue
			}
			if g, ok := any(v).(graph.Golden); ok && len(parts) > 0 {
				v = any(stripped(g, parts[0])).(T)
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}
