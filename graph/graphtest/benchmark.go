package graphtest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// Sizes of the benchmarks. The store of the reading ones holds populated
// records; a batch is the most that one transaction may hold.
const (
	populated = 50_000
	batch     = 10_000
)

// Benchmark measures an engine through the port. Names are stable: figures of
// docs/benchmarks.md go by them. The reading benchmarks share one store.
func Benchmark(b *testing.B, open func(tb testing.TB) graph.Database) {
	b.Run("FirstLoad10k", func(b *testing.B) { benchmarkFirstLoad(b, open) })
	b.Run("Append10k", func(b *testing.B) { benchmarkAppend(b, open) })
	s := newBench(b, open)
	s.store = s.tenant(b, tenantCode)
	s.populate(b)
	b.Run("Known10k", s.known)
	b.Run("GoldenByID", s.goldenByID)
	b.Run("ListPage50", s.listPage)
	b.Run("FindPrefix20", s.findPrefix)
	b.Run("Scan", s.scan)
	b.Run("UpdateOne", s.updateOne)
}

// bench is a store with its ids.
type bench struct {
	ctx   context.Context
	db    graph.Database
	store graph.Store
	next  func() model.EntityID
	ids   []model.EntityID
	turn  int // changes with every update, so that none is the same
}

func newBench(b *testing.B, open func(testing.TB) graph.Database) *bench {
	s := &bench{ctx: b.Context(), db: open(b), next: testkit.IDs(3)}
	if _, err := s.db.Migrate(s.ctx); err != nil {
		b.Fatal(err)
	}
	return s
}

func (s *bench) tenant(b *testing.B, code model.Tenant) graph.Store {
	store, err := s.db.CreateTenant(s.ctx, code)
	if err != nil {
		b.Fatal(err)
	}
	return store
}

// rows are n records as the registry writes them: a document of some 200 bytes,
// six terms, two links and two matching keys each.
func (s *bench) rows(n int, r model.Revision) (heads []graph.Head, versions []graph.Version, changes []graph.GoldenChange, keys []graph.MatchKey) {
	for range n {
		id, i := s.next(), len(s.ids)
		s.ids = append(s.ids, id)
		heads = append(heads, head(id, key(fmt.Sprint(i)), i, r))
		versions = append(versions, graph.Version{ID: id, Revision: r, Stamp: int64(i), Doc: benchDoc(i, 0)})
		changes = append(changes, s.change(i, nil, r))
		keys = append(keys, graph.MatchKey{Key: mix(uint64(i)), Record: id}, graph.MatchKey{Key: mix(uint64(i) + 1<<40), Record: id})
	}
	return heads, versions, changes, keys
}

func benchDoc(i, turn int) []byte {
	return doc("%-200s", fmt.Sprintf("document %d turn %d", i, turn))
}

// mix spreads numbers as hashes are spread (the finaliser of MurmurHash3).
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

func (s *bench) change(i int, old *graph.Golden, r model.Revision) graph.GoldenChange {
	id := s.ids[i]
	given, family := mix(uint64(i))%500, mix(uint64(i)+7)%5000
	g := golden(id, model.Person, r, fmt.Sprintf("family%04d given%03d", family, given))
	g.Values, g.Evidence = benchDoc(i, s.turn), doc("evidence %d", i)
	c := graph.GoldenChange{Old: old, New: g, NewTerms: []graph.Term{name(fmt.Sprintf("given%03d", given), id), name(fmt.Sprintf("family%04d", family), id)},
		NewLinks: []graph.Link{{To: s.ids[i/100], Property: 3, From: id}, {To: s.ids[i/1000], Property: 4, From: id, Role: "line"}}}
	for j := range 4 {
		c.NewTerms = append(c.NewTerms, graph.Term{Space: codeSpace, Key: fmt.Sprintf("code%d-%d", j, mix(uint64(i+j))%50), ID: id})
	}
	if old != nil {
		c.OldTerms, c.OldLinks = c.NewTerms, c.NewLinks
	}
	return c
}

// write commits n new records.
func (s *bench) write(b *testing.B, n int) {
	if _, err := s.store.Update(s.ctx, graph.Provenance{Actor: "benchmark", At: testkit.Epoch}, func(tx graph.Tx) error {
		r, err := tx.TakeRevision(s.ctx)
		if err != nil {
			return err
		}
		heads, versions, changes, keys := s.rows(n, r)
		return firstError(tx.PutHeads(s.ctx, heads), tx.AppendVersions(s.ctx, versions), tx.PutGoldens(s.ctx, changes), tx.PutMatchKeys(s.ctx, keys, nil))
	}); err != nil {
		b.Fatal(err)
	}
}

func (s *bench) populate(b *testing.B) {
	if _, err := s.store.BeginLoad(s.ctx); err != nil {
		b.Fatal(err)
	}
	for range populated / batch {
		s.write(b, batch)
	}
	if _, err := s.store.Publish(s.ctx, graph.Provenance{Actor: "benchmark", At: testkit.Epoch}); err != nil {
		b.Fatal(err)
	}
}

// benchmarkFirstLoad: batches of a first load, the publishing included.
func benchmarkFirstLoad(b *testing.B, open func(testing.TB) graph.Database) {
	s := newBench(b, open)
	s.store = s.tenant(b, tenantCode)
	b.ReportAllocs()
	begun := time.Now()
	b.ResetTimer()
	if _, err := s.store.BeginLoad(s.ctx); err != nil {
		b.Fatal(err)
	}
	for range b.N {
		s.write(b, batch)
	}
	if _, err := s.store.Publish(s.ctx, graph.Provenance{Actor: "benchmark", At: testkit.Epoch}); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)*batch/time.Since(begun).Seconds(), "records/s")
}

// benchmarkAppend: the same batches after the first load, indexes in place.
func benchmarkAppend(b *testing.B, open func(testing.TB) graph.Database) {
	s := newBench(b, open)
	s.store = s.tenant(b, tenantCode)
	s.write(b, batch)
	b.ReportAllocs()
	begun := time.Now()
	b.ResetTimer()
	for range b.N {
		s.write(b, batch)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)*batch/time.Since(begun).Seconds(), "records/s")
}

// known is an unchanged delivery: ten thousand hashes that are all known.
func (s *bench) known(b *testing.B) {
	items := make([]graph.Hash, batch)
	b.ReportAllocs()
	offset := 0
	for b.Loop() {
		for i := range items {
			items[i] = hash((offset + i*5) % populated)
		}
		offset += 7919
		known, err := s.store.Known(s.ctx, items)
		if err != nil || slices.Contains(known, false) {
			b.Fatalf("not all of a delivered batch is known: %v", err)
		}
	}
	b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "items/s")
}

func (s *bench) goldenByID(b *testing.B) {
	b.ReportAllocs()
	i := 0
	ask := make([]model.EntityID, 1)
	for b.Loop() {
		i = (i + 7919) % populated
		ask[0] = s.ids[i]
		got, err := s.store.Goldens(s.ctx, ask, graph.WithValues)
		if err != nil || got[0].State != graph.Live {
			b.Fatalf("golden record: %v", err)
		}
	}
}

func (s *bench) listPage(b *testing.B) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i = (i + 7919) % 4500
		after := &graph.Position{Sort: fmt.Appendf(nil, "family%04d", i)}
		rows, err := collect(s.store.List(s.ctx, graph.ListQuery{Kind: model.Person, Disclosure: open, After: after, Limit: 50, Parts: graph.WithValues}))
		if err != nil || len(rows) != 50 {
			b.Fatalf("a page of 50 has %d: %v", len(rows), err)
		}
	}
}

func (s *bench) findPrefix(b *testing.B) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i = (i + 7919) % 500
		q := people(inName(fmt.Sprintf("family%03d", i), true))
		q.Limit, q.Parts = 20, graph.WithValues
		rows, err := collect(s.store.Find(s.ctx, q))
		if err != nil || len(rows) != 20 {
			b.Fatalf("found %d of 20: %v", len(rows), err)
		}
	}
}

func (s *bench) scan(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range s.store.Scan(s.ctx, model.Person, graph.WithValues) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != populated {
			b.Fatalf("scanned %d of %d", n, populated)
		}
	}
	b.ReportMetric(float64(b.N)*populated/b.Elapsed().Seconds(), "records/s")
}

// updateOne is one changed record: its head, a version, its golden record.
func (s *bench) updateOne(b *testing.B) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i = (i + 7919) % populated
		s.turn++
		if _, err := s.store.Update(s.ctx, graph.Provenance{Actor: "benchmark", At: testkit.Epoch}, func(tx graph.Tx) error {
			r, err := tx.TakeRevision(s.ctx)
			if err != nil {
				return err
			}
			old, err := tx.Goldens(s.ctx, s.ids[i:i+1], graph.WithValues|graph.WithEvidence)
			if err != nil {
				return err
			}
			h := head(s.ids[i], key(fmt.Sprint(i)), i, r)
			h.Item = hash(populated + s.turn)
			return firstError(
				tx.PutHeads(s.ctx, []graph.Head{h}),
				tx.AppendVersions(s.ctx, []graph.Version{{ID: h.ID, Revision: r, Stamp: int64(s.turn), Doc: benchDoc(i, s.turn)}}),
				tx.PutGoldens(s.ctx, []graph.GoldenChange{s.change(i, &old[0], r)}))
		}); err != nil {
			b.Fatal(err)
		}
	}
}
