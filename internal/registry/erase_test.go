package registry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

var eraseBy = registry.EraseRequest{Decision: "KS 2026-117", Actor: "åsa"}

func erase(id model.EntityID) registry.EraseRequest {
	q := eraseBy
	q.ID = id
	return q
}

// replay is the feed from its beginning played to its end: the golden ids that are
// live by it, and what each was last said to be.
func (w *world) replay(t fatalf) map[model.EntityID]model.Revision {
	live := map[model.EntityID]model.Revision{}
	var last graph.Change
	for c, err := range w.store.Changes(context.Background(), graph.ChangePosition{}, 1<<20) {
		if err != nil {
			t.Fatalf("feed: %v", err)
		}
		if c.Revision < last.Revision || c.Revision == last.Revision && c.ID.Compare(last.ID) <= 0 {
			t.Fatalf("the feed goes back from %v to %v", last, c)
		}
		last = c
		delete(live, c.ID)
		if c.State == graph.Live {
			live[c.ID] = c.Revision
		}
	}
	return live
}

func (w *world) present(t fatalf) map[model.EntityID]model.Revision {
	live := map[model.EntityID]model.Revision{}
	for g, err := range w.store.Scan(context.Background(), model.KindUnknown, 0) {
		if err != nil {
			t.Fatalf("scan: %v", err)
		}
		live[g.ID] = g.Revision
	}
	return live
}

// readable decodes every version, golden row and evidence that is left.
func (w *world) readable(t fatalf) {
	ctx := context.Background()
	for g, err := range w.store.GoldensWith(ctx, [][]byte{{}}) {
		if err != nil {
			t.Fatalf("past: %v", err)
		}
		var e model.Evidence
		var v model.Golden
		if err := errors.Join(document.DecodeGolden(g.Values, &v), document.DecodeEvidence(g.Evidence, &e)); err != nil {
			t.Fatalf("golden record %s at %d: %v", g.ID, g.Revision, err)
		}
		if len(e.Support) != len(v.Values) {
			t.Fatalf("golden record %s at %d has %d values and evidence of %d", g.ID, g.Revision, len(v.Values), len(e.Support))
		}
	}
}

// TestErasedIsAsNeverDelivered: after an erasure the present is what it would be
// had the source never delivered what was erased, nothing of it is found in any
// column, the feed leads to the present, and a rebuild changes nothing.
func TestErasedIsAsNeverDelivered(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		ctx := context.Background()
		w := fresh()
		events := drawEvents(rt)
		for _, e := range events {
			w.deliver(rt, []event{e})
		}
		var persons []model.EntityID
		for h, err := range w.store.ScanHeads(ctx, "", "") {
			if err != nil {
				rt.Fatalf("heads: %v", err)
			}
			if h.Key.Kind == model.Person {
				persons = append(persons, h.ID)
			}
		}
		if len(persons) == 0 {
			return
		}
		id := rapid.SampledFrom(persons).Draw(rt, "subject")
		held, err := w.registry.Held(ctx, id)
		if err != nil {
			rt.Fatalf("held: %v", err)
		}
		gone := map[string]bool{}
		for _, rec := range held.All() {
			gone[string(rec.Head.Key.Source)+";"+rec.Head.Key.LocalID] = true
		}
		before := w.exact(rt)
		dry := erase(id)
		dry.DryRun = true
		would, err := w.registry.Erase(ctx, dry)
		if err != nil {
			rt.Fatalf("dry run: %v", err)
		}
		if diff := cmp.Diff(before, w.exact(rt)); diff != "" {
			rt.Fatalf("a dry run changed (-before +after):\n%s", diff)
		}
		did, err := registry.EraseAndSearch(ctx, w.registry, erase(id))
		if err != nil {
			rt.Fatalf("erase: %v", err)
		}
		if diff := cmp.Diff(would.Records, did.Records); diff != "" || len(did.Records) != len(gone) {
			rt.Fatalf("the dry run told of other records (-dry +done):\n%s", diff)
		}
		if !did.Proof.OK() {
			rt.Fatalf("after the erasure there is %+v", did.Proof.Found)
		}
		w.readable(rt)
		x := fresh()
		for _, e := range events {
			cells := strings.Split(e.row, ";")
			if !gone[e.source+";"+cells[1]] {
				x.deliver(rt, []event{e})
			}
		}
		if diff := cmp.Diff(x.canonical(rt), w.canonical(rt)); diff != "" {
			rt.Fatalf("erased is not as never delivered (-never +erased):\n%s", diff)
		}
		if diff := cmp.Diff(w.present(rt), w.replay(rt)); diff != "" {
			rt.Fatalf("the feed does not lead to the present (-present +feed):\n%s", diff)
		}
		rebuilt := w.exact(rt)
		if rep, err := w.registry.Rebuild(ctx, nil); err != nil || rep.Changed != 0 {
			rt.Fatalf("rebuild after an erasure reports %+v, %v", rep, err)
		}
		if diff := cmp.Diff(rebuilt, w.exact(rt)); diff != "" {
			rt.Fatalf("rebuild gives another state (-erased +rebuilt):\n%s", diff)
		}
		if v, err := w.registry.Audit().Verify(ctx, nil); err != nil || !v.OK() {
			rt.Fatalf("the audit after an erasure: %+v, %v", v, err)
		}
		// Delivered again, all of it is held, and nothing else changes.
		var held2 int64
		for _, e := range events {
			held2 += w.deliverRows(rt, e.source, []event{e}).Counts.Erased
		}
		if diff := cmp.Diff(rebuilt, w.exact(rt)); diff != "" {
			rt.Fatalf("delivered again it came in (-erased +again):\n%s", diff)
		}
		said := slices.ContainsFunc(events, func(e event) bool {
			cells := strings.Split(e.row, ";")
			return gone[e.source+";"+cells[1]] && cells[3] == ""
		})
		if said != (held2 > 0) {
			rt.Fatalf("%d records were held when erased ones were delivered again", held2)
		}
	})
}

const (
	annaRow  = "P;P1;2024-01-01T00:00:00Z;;189001019802;;Annastina;Bergkvist;;;;;1890-01-01;annastina@example.com"
	larsRow  = "P;P2;2024-01-01T00:00:00Z;;189001029819;;Lars;Öberg;;;;;1890-01-02;lars@example.com"
	annasJob = "R;R1;2024-01-01T00:00:00Z;;;;Rektor;;;;O1;P1;;"
	larsJob  = "R;R2;2024-01-01T00:00:00Z;;;;Lärare;;;;O1;P2;;"
	schoolO1 = "O;O1;2024-01-01T00:00:00Z;;;;Skolan;;;202100-2742;;;;"
)

func rowsOf(source string, rows ...string) []event {
	out := make([]event, len(rows))
	for i, r := range rows {
		out[i] = event{source, r}
	}
	return out
}

func (w *world) golden(t *testing.T, source, local string, kind model.Kind) model.EntityID {
	t.Helper()
	heads, err := w.store.Heads(t.Context(), []model.RecordKey{{Source: model.Source(source), Kind: kind, LocalID: local}})
	if err != nil || heads[0].ID.IsZero() {
		t.Fatalf("there is no record %s: %v", local, err)
	}
	return heads[0].Golden
}

func eachEngine(t *testing.T, test func(t *testing.T, w *world)) {
	for name, open := range map[string]func(testing.TB) graph.Database{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t, open(t), "0136")) })
	}
}

func TestErasureTakesRolesQuarantineAndTheTextsOfOthersThatNameThePerson(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.deliver(t, rowsOf("a", schoolO1, annaRow, larsRow, annasJob, larsJob))
		w.deliver(t, rowsOf("b", strings.Replace(annaRow, "P1", "P7", 1)))
		// An item without a key that names her by her number, and one that does not.
		w.deliver(t, rowsOf("a", "P;;2024-01-01T00:00:00Z;;18900101-9802;;X;Y;;;;;;", "P;;2024-01-01T00:00:00Z;;;;Z;W;;;;;;"))
		anna, lars := w.golden(t, "a", "P1", model.Person), w.golden(t, "a", "P2", model.Person)
		if _, err := w.registry.Decide(ctx, "bo", anna, lars, graph.Different, "Annastina är inte Lars", nil); err != nil {
			t.Fatal(err)
		}
		did, err := w.registry.Erase(ctx, erase(anna))
		if err != nil {
			t.Fatal(err)
		}
		if !did.Proof.OK() || len(did.Proof.Searched) < 25 || did.Proof.Words < 4 {
			t.Errorf("the proof is %+v", did.Proof)
		}
		if len(did.Records) != 3 || did.Quarantine != 1 || did.Rows["sealed"] < 2 || did.Rows["decision"] != 1 || did.AuditTexts != 1 {
			t.Errorf("erased %+v", did)
		}
		if _, q, _, err := w.store.CountWork(ctx); err != nil || q != 1 {
			t.Errorf("%d items are left in quarantine, want 1: %v", q, err)
		}
		for info, err := range w.store.Revisions(ctx, 0, 1000) {
			if err != nil || strings.Contains(info.Reason, "Annastina") {
				t.Errorf("revision %d gives as its reason %q, %v", info.Revision, info.Reason, err)
			}
		}
		if v, err := w.registry.Audit().Verify(ctx, nil); err != nil || !v.OK() || v.Erased == 0 {
			t.Errorf("the audit is %+v, %v", v, err)
		}
		w.golden(t, "a", "R2", model.Role)
		if pending, err := w.registry.ScrubPending(ctx); err != nil || pending {
			t.Errorf("the store is to be scrubbed yet: %v", err)
		}
		if _, err := w.registry.Held(ctx, anna); !errors.Is(err, registry.ErrUnknownRecord) {
			t.Errorf("what is held of the erased one: %v", err)
		}
		d := w.deliverRows(t, "a", rowsOf("a", annaRow, larsRow, annasJob))
		if d.Counts.Erased != 2 || !strings.Contains(d.Message, "2 records were not stored") || !strings.Contains(d.Message, "line 2") {
			t.Errorf("delivered again: %+v", d)
		}
		// The search can fail: what is there is found.
		p, err := w.registry.Prove(ctx, []string{lars.String(), "189001019802"})
		if err != nil || p.OK() {
			t.Errorf("what is there is not found: %+v, %v", p, err)
		}
		if p, err = w.registry.Prove(ctx, []string{anna.String(), "189001019802", "annastina@example.com"}); err != nil || !p.OK() {
			t.Errorf("what is gone is found: %+v, %v", p, err)
		}
	})
}

func TestErasureIsRefusedWhereTheArchiveLawForbidsIt(t *testing.T) {
	w := newWorld(t, openSQLite(t), "0136")
	ctx := t.Context()
	w.deliver(t, rowsOf("a", schoolO1, annaRow, annasJob))
	anna := w.golden(t, "a", "P1", model.Person)
	source, err := w.registry.Source("a")
	if err != nil {
		t.Fatal(err)
	}
	source.Hold, source.HoldKinds = "arkivlagen 10 §: inget gallringsbeslut", []model.Kind{model.Role}
	before := w.exact(t)
	if _, err := w.registry.Erase(ctx, erase(anna)); !errors.Is(err, registry.ErrOnHold) || !strings.Contains(fmt.Sprint(err), "arkivlagen 10 §") {
		t.Errorf("erased what is on hold: %v", err)
	}
	if diff := cmp.Diff(before, w.exact(t)); diff != "" {
		t.Errorf("a refused erasure changed:\n%s", diff)
	}
	source.HoldKinds = []model.Kind{model.Organisation}
	if _, err := w.registry.Erase(ctx, erase(anna)); err != nil {
		t.Errorf("a hold on organisations keeps a person: %v", err)
	}
	for _, q := range []registry.EraseRequest{
		{ID: anna, Actor: "åsa"}, {ID: anna, Decision: "x"}, {ID: anna, Decision: "x", Actor: graph.SystemActor},
		{ID: w.golden(t, "a", "O1", model.Organisation), Decision: "x", Actor: "åsa"},
	} {
		if _, err := w.registry.Erase(ctx, q); !errors.Is(err, registry.ErrBadDecision) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// A person who was held to be another for a while is taken out of what was said
// of the other meanwhile.
func TestErasureReachesWhatWasSaidWhileTwoWereOne(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.deliver(t, rowsOf("b", strings.Replace(annaRow, "P1;", "P7;", 1)))
		w.deliver(t, rowsOf("a", strings.Replace(annaRow, "annastina@", "hennes@", 1)))
		kept := w.golden(t, "b", "P7", model.Person)
		if w.golden(t, "a", "P1", model.Person) != kept {
			t.Fatal("two records with one number are two persons")
		}
		both, err := w.store.Revision(ctx)
		if err != nil {
			t.Fatal(err)
		}
		w.deliver(t, rowsOf("a", strings.NewReplacer("2024-01-01", "2024-02-01", "189001019802", "189001029819", "Annastina;Bergkvist", "Lars;Öberg").Replace(annaRow)))
		other := w.golden(t, "a", "P1", model.Person)
		if other == kept {
			t.Fatal("two records with two numbers are one person")
		}
		did, err := registry.EraseAndSearch(ctx, w.registry, erase(other))
		if err != nil || !did.Proof.OK() || did.Past == 0 {
			t.Fatalf("erased %+v, %v", did, err)
		}
		past, err := w.store.At(ctx, both)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := past.Goldens(ctx, []model.EntityID{kept, other}, graph.WithValues|graph.WithEvidence)
		if err != nil {
			t.Fatal(err)
		}
		var g model.Golden
		var e model.Evidence
		if err := errors.Join(document.DecodeGolden(rows[0].Values, &g), document.DecodeEvidence(rows[0].Evidence, &e)); err != nil {
			t.Fatal(err)
		}
		if len(e.Members) != 1 || strings.Contains(fmt.Sprint(g.Values), "hennes@") || !strings.Contains(fmt.Sprint(g.Values), "annastina@") || rows[1].State != graph.Absent {
			t.Errorf("the one who stays was said to be %+v of %v, the erased one %v", g.Values, e.Members, rows[1].State)
		}
	})
}

const postMapping = `name: posts
delimiter: ";"
records:
  - kind: person
    key: id
    when: {column: typ, equals: P}
    fields:
      - {column: namn, property: familyName}
  - kind: role
    key: id
    when: {column: typ, equals: R}
    fields:
      - {property: roleType, constant: post}
      - {column: namn, property: title, lang: sv}
      - {column: ref, property: holder, link: {kind: person, key: "{ref}"}}
`

// A post stays when its holder is erased, and no longer says who it was, in no
// version; and a later delivery does not say it again.
func TestErasureLeavesThePostWithoutItsHolder(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		source, err := w.registry.Source("a")
		if err != nil {
			t.Fatal(err)
		}
		source.Mapping = []byte(postMapping)
		deliver := func(rows ...string) graph.Delivery {
			d, err := w.registry.Ingest(ctx, registry.Request{Source: "a", Name: "p.csv", Delta: true, Reader: strings.NewReader("typ;id;namn;ref\r\n" + strings.Join(rows, "\r\n") + "\r\n")})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		deliver("P;innehavaren-1;Gyllenstråle;", "R;post-1;Ordförande;innehavaren-1")
		deliver("R;post-1;Ordförande i nämnden;innehavaren-1")
		post := w.golden(t, "a", "post-1", model.Role)
		did, err := registry.EraseAndSearch(ctx, w.registry, erase(w.golden(t, "a", "innehavaren-1", model.Person)))
		if err != nil || !did.Proof.OK() || did.Rewritten != 1 || len(did.Records) != 1 {
			t.Fatalf("erased %+v, %v", did, err)
		}
		holders := func() (n int) {
			for v, err := range w.store.History(ctx, post) {
				if err != nil {
					t.Fatal(err)
				}
				rec, err := document.DecodeRecord(v.Doc)
				if err != nil {
					t.Fatal(err)
				}
				for _, st := range rec.Statements {
					if _, ok := st.Value.(model.Link); ok {
						n++
					}
				}
			}
			return n
		}
		if n := holders(); n != 0 {
			t.Errorf("the post's versions name a holder %d times", n)
		}
		if d := deliver("R;post-1;Ordförande för nämnden;innehavaren-1"); d.Counts.Changed != 1 || d.Counts.Erased != 0 {
			t.Errorf("the post delivered again: %+v", d.Counts)
		}
		if n := holders(); n != 0 {
			t.Errorf("a later version names the erased holder %d times", n)
		}
		if rep, err := w.registry.Verify(ctx, nil); err != nil || rep.Changed != 0 {
			t.Errorf("verify: %+v, %v", rep, err)
		}
	})
}

// An id that led to another person's leads nowhere once its record, which is
// retracted, is no longer that person's; so who is erased leaves no id behind.
func TestAnIdLeadsNowhereOnceItsRecordIsByItself(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		later := func(row, month string) string { return strings.Replace(row, "2024-01-01", "2024-"+month+"-01", 1) }
		w.deliver(t, rowsOf("b", annaRow))
		w.deliver(t, rowsOf("a", strings.Replace(annaRow, worldNumbers[2], worldNumbers[0], 1)))
		w.deliver(t, rowsOf("a", later(annaRow, "02"))) // its number was wrong
		mine := w.head(t, "a", "person", "P1").ID
		state := func() graph.Golden {
			t.Helper()
			rows, err := w.store.Goldens(t.Context(), []model.EntityID{mine}, 0)
			if err != nil {
				t.Fatal(err)
			}
			return rows[0]
		}
		if row := state(); row.State != graph.Merged {
			t.Fatalf("its record is the other's person: %+v", row)
		}
		w.deliver(t, rowsOf("a", strings.Replace(later(annaRow, "03"), "Z;;", "Z;J;", 1)))
		w.deliver(t, rowsOf("b", strings.Replace(later(annaRow, "04"), worldNumbers[2], worldNumbers[3], 1)))
		if row := state(); row.State != graph.Ended || !row.Redirect.IsZero() {
			t.Errorf("its record is retracted and by itself: %+v", row)
		}
		if _, err := registry.EraseAndSearch(t.Context(), w.registry, erase(w.head(t, "b", "person", "P1").ID)); err != nil {
			t.Error(err)
		}
	})
}

// TestWhatIsErasedIsNotCountedAsMatched: how many records a kind's index holds tells
// when its model is to be fitted anew.
func TestWhatIsErasedIsNotCountedAsMatched(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := newWorld(t, db, "00001")
		w.deliver(t, []event{
			{"a", "P;P1;2024-01-01T00:00:00Z;;;;Anna;Berg;;;;;1890-01-01;"},
			{"a", "P;P2;2024-01-01T00:00:00Z;;;;Lars;Ek;;;;;1846-10-30;"},
		})
		w.resolve(t, registry.ResolveOptions{})
		w.unmatched = true
		w.deliver(t, []event{{"a", "P;P3;2024-01-01T00:00:00Z;;;;Åsa;Öberg;;;;;;"}})
		for i, want := range []int64{1, 1} { // one that is in the index, and one that is not yet
			if _, err := registry.EraseAndSearch(t.Context(), w.registry, erase(w.headOf(t, event{"a", []string{"P;P1", "P;P3"}[i]}))); err != nil {
				t.Fatal(err)
			}
			kinds, err := w.store.Matchings(t.Context())
			if err != nil || len(kinds) != 1 || kinds[0].Records != want {
				t.Errorf("after erasing %d the kinds that are matched are %+v, %v; want %d records", i+1, kinds, err, want)
			}
		}
	})
}
