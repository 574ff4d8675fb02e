package graphtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// testRandomHistories makes random histories on an engine and on Reference and
// compares everything that can be read: after every few transactions, at every
// revision, and in snapshots held while more was written. Each history has a
// tenant of its own in one database, so that what one tenant leaves must not
// show in the next.
func testRandomHistories(t *testing.T, open func(testing.TB) graph.Database) {
	db := open(t)
	reference := NewReference()
	for _, d := range []graph.Database{db, reference} {
		if _, err := d.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	tenants := 0
	rapid.Check(t, func(rt *rapid.T) {
		if tenants == histories {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		tenants++
		code := model.Tenant(fmt.Sprintf("%05d", tenants))
		h := &history{T: rt, ctx: ctx, ids: historyIDs(), clock: testkit.NewClock(),
			remembered: map[model.Revision]pastSeen{}}
		var err error
		if h.engine, err = db.CreateTenant(ctx, code); err != nil {
			rt.Fatal(err)
		}
		if h.reference, err = reference.CreateTenant(ctx, code); err != nil {
			rt.Fatal(err)
		}
		h.run()
	})
}

// history is one history being made.
type history struct {
	*rapid.T
	ctx               context.Context
	engine, reference graph.Store
	ids               []model.EntityID
	clock             *testkit.Clock
	remembered        map[model.Revision]pastSeen
}

// historyIDs are few, so that everything happens to the same ones.
func historyIDs() []model.EntityID {
	next := testkit.IDs(7)
	ids := make([]model.EntityID, 7)
	for i := range ids {
		ids[i] = next()
	}
	return ids
}

func (h *history) universe() *universe {
	u := &universe{ids: h.ids, items: []graph.Hash{{}}, matches: unsigned, names: []string{"policy", "table"},
		sources: []model.Source{"payroll", "school"}, parts: []string{"persons", "staff"}}
	for i := range h.ids {
		u.keys = append(u.keys, h.keyOf(i))
		u.items = append(u.items, hash(i))
	}
	for _, w := range vocabulary {
		u.finds = append(u.finds, graph.FindTerm{Spaces: []graph.Space{nameSpace, codeSpace}, Key: w, Prefix: true},
			graph.FindTerm{Spaces: []graph.Space{nameSpace}, Key: w})
	}
	return u
}

var vocabulary = []string{"a", "ab", "Ab", "å"}

// keyOf is the key that an id has for ever.
func (h *history) keyOf(i int) model.RecordKey {
	source := model.Source("school")
	if i%3 == 0 {
		source = "payroll"
	}
	return model.RecordKey{Source: source, Kind: model.Person, LocalID: vocabulary[i%len(vocabulary)] + fmt.Sprint(i/4)}
}

func (h *history) run() {
	if rapid.Bool().Draw(h.T, "begins with a load") {
		h.load()
	}
	for range rapid.IntRange(1, 5).Draw(h.T, "steps") {
		var snapshot graph.Reader
		var before presentSeen
		release := func() {}
		if rapid.IntRange(0, 3).Draw(h.T, "snapshot") == 0 {
			var err error
			if snapshot, release, err = h.engine.Snapshot(h.ctx); err != nil {
				h.Fatal(err)
			}
			before = h.observe(h.reference)
		}
		switch rapid.IntRange(0, 6).Draw(h.T, "step") {
		case 0:
			h.fail()
		case 1:
			h.touch()
		case 2:
			h.rebuild()
		case 3:
			h.erase()
		default:
			h.transact()
		}
		if snapshot != nil {
			h.same("a snapshot after a later step", h.observe(snapshot), before)
		}
		release()
	}
	h.compare()
}

// same ends the history on a difference, for rapid to find a smaller one.
func (h *history) same(what string, got, want any) {
	h.Helper()
	if d := difference(got, want); d != "" {
		h.Fatalf("%s (-reference +engine):\n%s", what, d)
	}
}

func (h *history) observe(r graph.Reader) presentSeen {
	h.Helper()
	seen, err := observe(h.ctx, r, h.universe())
	if err != nil {
		h.Fatal(err)
	}
	return seen
}

// compare compares the present and every revision with the reference, and
// every revision with what it was when it was new.
func (h *history) compare() {
	h.Helper()
	want := h.observe(h.reference)
	h.same("the present", h.observe(h.engine), want)
	for r := model.Revision(0); r <= want.Revision; r++ {
		seen := [2]pastSeen{}
		for i, store := range []graph.Store{h.engine, h.reference} {
			past, err := store.At(h.ctx, r)
			if err != nil {
				h.Fatal(err)
			}
			if seen[i], err = observePast(h.ctx, past, h.universe()); err != nil {
				h.Fatal(err)
			}
		}
		h.same(fmt.Sprintf("revision %d", r), seen[0], seen[1])
		if before, ok := h.remembered[r]; ok {
			h.same(fmt.Sprintf("revision %d now and when it was new", r), seen[0], before)
		}
		h.remembered[r] = seen[0]
	}
	if want.Revision > 0 && want.Revision == h.remembered[want.Revision].Revision {
		h.same("the present and its revision", h.remembered[want.Revision], want.pastSeen)
	}
}

// both makes a transaction of drawn operations on the reference, which the
// drawing looks at, and then the same on the engine.
func (h *history) both(takes bool, failure error, draw func(tx *referenceTx, r model.Revision) operation) {
	h.Helper()
	p := graph.Provenance{Actor: "history", At: h.clock.Advance(time.Second)}
	var operations []operation
	apply := func(tx graph.Tx, each func(r model.Revision) error) error {
		var r model.Revision
		if takes {
			var err error
			if r, err = tx.TakeRevision(h.ctx); err != nil {
				return err
			}
		}
		if err := each(r); err != nil {
			return err
		}
		return failure
	}
	want, wantErr := h.reference.Update(h.ctx, p, func(tx graph.Tx) error {
		return apply(tx, func(r model.Revision) error {
			for range rapid.IntRange(1, 6).Draw(h.T, "operations") {
				op := draw(tx.(*referenceTx), r)
				operations = append(operations, op)
				if err := op(tx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	got, gotErr := h.engine.Update(h.ctx, p, func(tx graph.Tx) error {
		return apply(tx, func(model.Revision) error {
			for _, op := range operations {
				if err := op(tx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if !errors.Is(gotErr, failure) || !errors.Is(wantErr, failure) {
		h.Fatalf("update: error %v, the reference %v, want %v", gotErr, wantErr, failure)
	}
	if got != want {
		h.Fatalf("update is revision %d, the reference %d", got, want)
	}
}

func (h *history) transact() { h.both(true, nil, h.operation) }

func (h *history) fail() { h.both(true, errors.New("on purpose"), h.operation) }

func (h *history) touch() { h.both(false, nil, h.quietOperation) }

func (h *history) load() {
	for _, store := range []graph.Store{h.engine, h.reference} {
		if _, err := store.BeginLoad(h.ctx); err != nil {
			h.Fatal(err)
		}
	}
	for range rapid.IntRange(0, 3).Draw(h.T, "load transactions") {
		h.both(true, nil, h.operation)
	}
	h.same("golden records during a load", h.observe(h.engine).pastSeen, h.observe(h.reference).pastSeen)
	p := graph.Provenance{Actor: "publish", At: h.clock.Advance(time.Second)}
	for _, store := range []graph.Store{h.engine, h.reference} {
		if _, err := store.Publish(h.ctx, p); err != nil {
			h.Fatal(err)
		}
	}
	h.compare()
}

// erase takes records and golden records out, so that the past is not as it was.
func (h *history) erase() {
	e := graph.Erasure{Records: h.someIDs(1), Goldens: h.someIDs(0), Sealed: h.someIDs(0), Tombstones: []graph.Hash{hash(rapid.IntRange(0, 3).Draw(h.T, "tombstone"))}}
	st, err := h.reference.(*referenceStore).state()
	if err != nil {
		h.Fatal(err)
	}
	e.Unsaid = []model.Revision{st.revision}
	h.both(rapid.Bool().Draw(h.T, "takes a revision"), nil, func(*referenceTx, model.Revision) operation {
		return func(tx graph.Tx) error {
			_, err := tx.Erase(h.ctx, e)
			return err
		}
	})
	clear(h.remembered)
	h.same("the present after an erasure", h.observe(h.engine), h.observe(h.reference))
}

// rebuild clears what is derived and puts it anew, with or without a
// difference, and settles it.
func (h *history) rebuild() {
	changeOne := rapid.Bool().Draw(h.T, "a rebuild that differs")
	p := graph.Provenance{Actor: "rebuild", At: h.clock.Advance(time.Second)}
	now := h.observe(h.reference)
	st, err := h.reference.(*referenceStore).state()
	if err != nil {
		h.Fatal(err)
	}
	var changes []graph.GoldenChange
	var heads []graph.Head
	for i, g := range now.Goldens {
		head := now.HeadsByID[i]
		head.Key, head.ID, head.Golden = h.keyOf(i), g.ID, g.ID
		switch g.State {
		case graph.Live:
			changes = append(changes, graph.GoldenChange{New: &g, NewTerms: st.termsOf(g.ID), NewLinks: st.linksOf(g.ID)})
		case graph.Merged:
			head.Golden = g.Redirect // as the registry has it
		}
		heads = append(heads, head)
	}
	var counts [2]int64
	for i, store := range []graph.Store{h.engine, h.reference} {
		if _, err := store.Update(h.ctx, p, func(tx graph.Tx) error {
			r, err := tx.TakeRevision(h.ctx)
			if err != nil {
				return err
			}
			if err := firstError(tx.PutHeads(h.ctx, heads), tx.ClearDerived(h.ctx)); err != nil {
				return err
			}
			for j, c := range changes {
				g := *c.New
				g.Revision = r
				if j == 0 && changeOne {
					g.Values = doc("rebuilt at %d", r)
				}
				if err := tx.PutGoldens(h.ctx, []graph.GoldenChange{{New: &g, NewTerms: c.NewTerms, NewLinks: c.NewLinks}}); err != nil {
					return err
				}
			}
			if err := firstError(tx.PutMatchKeys(h.ctx, now.MatchKeys, nil), tx.PutDangling(h.ctx, now.AllDangling, nil), tx.PutConflicts(h.ctx, now.Conflicts, nil), tx.PutFlawed(h.ctx, now.Flawed[""], nil)); err != nil {
				return err
			}
			counts[i], err = tx.SettleDerived(h.ctx, r)
			return err
		}); err != nil {
			h.Fatal(err)
		}
	}
	h.same("rows that differ after a rebuild", counts[0], counts[1])
	h.same("the present after a rebuild", h.observe(h.engine), h.observe(h.reference))
	maps.DeleteFunc(h.remembered, func(r model.Revision, _ pastSeen) bool { return r > now.Revision })
}
