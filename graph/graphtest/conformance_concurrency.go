package graphtest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// together runs a function in n goroutines, tells each its number, and waits.
func together(n int, run func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { run(i) })
	}
	wg.Wait()
}

// concurrentWriters: eight writers, each revision with one golden record.
func concurrentWriters(s *suite) {
	const writers, each = 8, 12
	store := s.ready()
	var mu sync.Mutex
	var taken []model.Revision
	together(writers, func(int) {
		var last model.Revision
		for range each {
			id := s.id()
			r, err := store.Update(s.ctx, graph.Provenance{Actor: "writer", At: s.clock.Now()}, func(tx graph.Tx) error {
				r, err := tx.TakeRevision(s.ctx)
				if err != nil {
					return err
				}
				return tx.PutGoldens(s.ctx, []graph.GoldenChange{put(golden(id, model.Person, r, fmt.Sprint(r)))})
			})
			if err != nil {
				s.Errorf("update: %v", err)
				return
			}
			if r <= last {
				s.Errorf("a writer's later transaction is revision %d after %d", r, last)
			}
			last = r
			if now, err := store.Revision(s.ctx); err != nil || now < r {
				s.Errorf("revision %d is acknowledged, but the store is at %d, %v", r, now, err)
			}
			mu.Lock()
			taken = append(taken, r)
			mu.Unlock()
		}
	})
	slices.Sort(taken)
	for i, r := range taken {
		if int(r) != i+1 {
			s.Fatalf("revision %d is number %d in order: there is a gap or a repeat in %v", r, i+1, taken)
		}
	}
	changes := all(s, store.Changes(s.ctx, graph.ChangePosition{}, plenty))
	if len(changes) != writers*each {
		s.Fatalf("%d changes of %d transactions", len(changes), writers*each)
	}
	for i, c := range changes {
		if int(c.Revision) != i+1 {
			s.Errorf("change %d is of revision %d", i+1, c.Revision)
		}
	}
}

// concurrentCounters: read, add one, write, in eight goroutines. A store that
// does not serialise loses some.
func concurrentCounters(s *suite) {
	const writers, each = 8, 10
	store := s.ready()
	together(writers, func(int) {
		for range each {
			_, err := store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
				r, err := tx.TakeRevision(s.ctx)
				if err != nil {
					return err
				}
				a, _, err := tx.Artifact(s.ctx, "counter")
				if err != nil {
					return err
				}
				var n uint64
				if len(a.Body) == 8 {
					n = binary.BigEndian.Uint64(a.Body)
				}
				return tx.PutArtifact(s.ctx, graph.Artifact{Name: "counter", Hash: hash(int(n) + 1), Revision: r,
					Body: binary.BigEndian.AppendUint64(nil, n+1)})
			})
			if err != nil {
				s.Errorf("update: %v", err)
				return
			}
		}
	})
	a, _, err := store.Artifact(s.ctx, "counter")
	if err != nil || len(a.Body) != 8 || binary.BigEndian.Uint64(a.Body) != writers*each {
		s.Errorf("after %d increments the counter is %x, %v", writers*each, a.Body, err)
	}
}

func readersBesideWriter(s *suite) {
	w := newWorld(s)
	u := w.universe()
	w.fill(s.ready(), "before")
	before := s.observed(s.store, u)
	s.update(func(tx graph.Tx, _ model.Revision) error {
		if err := s.scribble(tx, w); err != nil {
			return err
		}
		// The transaction is open and has written; readers must neither wait
		// for it nor see it.
		during, err := observe(s.ctx, s.store, u)
		if err != nil {
			return err
		}
		equal(s, "what a reader sees while a transaction is open", during, before)
		return nil
	})
	if after := s.observed(s.store, u); after.Revision != before.Revision+1 || difference(after.Scan, before.Scan) == "" {
		s.Error("readers do not see the transaction after its commit")
	}
}

func snapshotStands(s *suite) {
	w := newWorld(s)
	u := w.universe()
	w.fill(s.ready(), "before")
	before := s.observed(s.store, u)
	snapshot, release, err := s.store.Snapshot(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	defer release()
	for range 3 {
		s.update(func(tx graph.Tx, _ model.Revision) error { return s.scribbleAgain(tx, w) })
		equal(s, "a snapshot after a later commit", s.observed(snapshot, u), before)
	}
	if now := must[model.Revision](s)(s.store.Revision(s.ctx)); now != before.Revision+3 {
		s.Errorf("beside the snapshot the store is at revision %d", now)
	}
}

// scribbleAgain is a scribble that can be repeated: under another key each time.
func (s *suite) scribbleAgain(tx graph.Tx, w *world) error {
	r, err := tx.TakeRevision(s.ctx)
	if err != nil {
		return err
	}
	id := s.id()
	return firstError(
		tx.PutHeads(s.ctx, []graph.Head{head(id, key(id.String()), 5, r)}),
		tx.PutGoldens(s.ctx, []graph.GoldenChange{{New: golden(id, model.Person, r, "again"), NewTerms: []graph.Term{name("ada", id)}}}),
		tx.PutMatchKeys(s.ctx, []graph.MatchKey{{Key: 1, Record: id}}, nil),
		tx.PutConflicts(s.ctx, []graph.Conflict{{ID: hash(int(r)), Code: "decision", Records: []model.EntityID{id, w.records[0]}, Revision: r}}, nil),
		tx.PutArtifact(s.ctx, graph.Artifact{Name: "policy", Hash: hash(int(r)), Body: doc("policy at %d", r), Revision: r}),
	)
}

// snapshotsWhole: revision n has n golden records, n heads and n changes; every
// snapshot taken while writers write must agree with itself.
func snapshotsWhole(s *suite) {
	store := s.ready()
	const writers, each, readers = 3, 15, 3
	done := make(chan struct{})
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for {
				if err := s.wholeSnapshot(store); err != nil {
					s.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	together(writers, func(int) {
		for range each {
			id := s.id()
			if _, err := store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
				r, err := tx.TakeRevision(s.ctx)
				if err != nil {
					return err
				}
				return firstError(
					tx.PutHeads(s.ctx, []graph.Head{head(id, key(id.String()), int(r), r)}),
					tx.PutGoldens(s.ctx, []graph.GoldenChange{put(golden(id, model.Person, r, "x"))}))
			}); err != nil {
				s.Errorf("update: %v", err)
				return
			}
		}
	})
	close(done)
	reading.Wait()
}

func (s *suite) wholeSnapshot(store graph.Store) error {
	snapshot, release, err := store.Snapshot(s.ctx)
	if err != nil {
		return err
	}
	defer release()
	goldens, err := collect(snapshot.Scan(s.ctx, model.Person, 0))
	if err != nil {
		return err
	}
	heads, err := collect(snapshot.ScanHeads(s.ctx, "", ""))
	if err != nil {
		return err
	}
	changes, err := collect(snapshot.Changes(s.ctx, graph.ChangePosition{}, plenty))
	if err != nil {
		return err
	}
	r, err := snapshot.Revision(s.ctx)
	if err != nil {
		return err
	}
	if n := int(r); len(goldens) != n || len(heads) != n || len(changes) != n {
		return fmt.Errorf("a snapshot at revision %d has %d goldens, %d heads and %d changes", r, len(goldens), len(heads), len(changes))
	}
	return nil
}

// crowd commits n persons with heads and terms.
func (s *suite) crowd(n int) []model.EntityID {
	s.Helper()
	ids := s.ids(n)
	s.update(func(tx graph.Tx, r model.Revision) error {
		heads, changes := make([]graph.Head, n), make([]graph.GoldenChange, n)
		for i, id := range ids {
			heads[i] = head(id, key(fmt.Sprint(i)), i, r)
			changes[i] = graph.GoldenChange{New: golden(id, model.Person, r, fmt.Sprintf("name %06d", i)), NewTerms: []graph.Term{name(fmt.Sprintf("name%06d", i), id)}}
		}
		return firstError(tx.PutHeads(s.ctx, heads), tx.PutGoldens(s.ctx, changes))
	})
	return ids
}

// iterations are sequences over the crowd, by name.
func (s *suite) iterations(ctx context.Context, r graph.Reader) map[string]func(yield func(error) bool) {
	return map[string]func(yield func(error) bool){
		"Scan": func(yield func(error) bool) {
			for _, err := range r.Scan(ctx, model.Person, graph.WithValues) {
				if !yield(err) {
					return
				}
			}
		},
		"ScanHeads": func(yield func(error) bool) {
			for _, err := range r.ScanHeads(ctx, "school", "persons") {
				if !yield(err) {
					return
				}
			}
		},
		"List": func(yield func(error) bool) {
			for _, err := range r.List(ctx, graph.ListQuery{Kind: model.Person, Disclosure: open, Limit: plenty}) {
				if !yield(err) {
					return
				}
			}
		},
		"Find": func(yield func(error) bool) {
			for _, err := range r.Find(ctx, graph.FindQuery{Kind: model.Person, Disclosure: open, Limit: plenty,
				Terms: []graph.FindTerm{{Spaces: []graph.Space{nameSpace}, Key: "name", Prefix: true}}}) {
				if !yield(err) {
					return
				}
			}
		},
		"Changes": func(yield func(error) bool) {
			for _, err := range r.Changes(ctx, graph.ChangePosition{}, plenty) {
				if !yield(err) {
					return
				}
			}
		},
	}
}

// abandonedIterations breaks off more iterations than an engine can have
// connections, and then needs one to write.
func abandonedIterations(s *suite) {
	s.crowd(400)
	for what, rows := range s.iterations(s.ctx, s.store) {
		for range 100 {
			for err := range rows {
				if err != nil {
					s.Fatalf("%s: %v", what, err)
				}
				break
			}
		}
	}
	for range 50 {
		_, release, err := s.store.Snapshot(s.ctx)
		if err != nil {
			s.Fatal(err)
		}
		release()
	}
	s.update(func(tx graph.Tx, _ model.Revision) error {
		for _, rows := range s.iterations(s.ctx, tx) {
			for err := range rows {
				if err != nil {
					return err
				}
				break
			}
		}
		return nil
	})
}

// cancelledIterations: after a cancellation an iteration may end with the
// error or with its last row, but never early without a word.
func cancelledIterations(s *suite) {
	const n = 3000
	s.crowd(n)
	names := s.iterations(s.ctx, s.store)
	for what := range names {
		for _, after := range []int{1, 2, 500, n - 1} {
			ctx, cancel := context.WithCancel(s.ctx)
			rows, failure := 0, error(nil)
			for err := range s.iterations(ctx, s.store)[what] {
				if err != nil {
					failure = err
					continue
				}
				if rows++; rows == after {
					cancel()
				}
			}
			cancel()
			switch {
			case failure == nil && rows != n:
				s.Errorf("%s cancelled after %d rows ended after %d of %d without an error", what, after, rows, n)
			case failure != nil && !errors.Is(failure, context.Canceled):
				s.Errorf("%s cancelled after %d rows: error %v", what, after, failure)
			}
		}
	}
	s.update(func(graph.Tx, model.Revision) error { return nil })
}

// tenantsBeside: writers of two tenants at once, each with its own numbers.
func tenantsBeside(s *suite) {
	stores := []graph.Store{s.ready(), s.tenant("2480"), s.tenant("478")}
	const each = 10
	together(len(stores)*2, func(i int) {
		for range each {
			if _, err := stores[i%len(stores)].Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
				_, err := tx.TakeRevision(s.ctx)
				return err
			}); err != nil {
				s.Errorf("update: %v", err)
				return
			}
		}
	})
	for i, store := range stores {
		if r := must[model.Revision](s)(store.Revision(s.ctx)); r != 2*each {
			s.Errorf("tenant %d is at revision %d, want %d", i, r, 2*each)
		}
	}
}
