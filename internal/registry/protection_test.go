package registry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// onBoth runs a test on a fresh tenant of each engine.
func onBoth(t *testing.T, test func(t *testing.T, db graph.Database)) {
	for name, open := range map[string]func(testing.TB) graph.Database{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// guarded is a world in which source a is master for protection, if so it is.
func guarded(tb testing.TB, db graph.Database, master bool) *world {
	tb.Helper()
	store, err := db.CreateTenant(context.Background(), model.Tenant(fmt.Sprint("0000", map[bool]int{true: 1, false: 2}[master])))
	if err != nil {
		tb.Fatal(err)
	}
	keys, err := seal.Generate()
	if err != nil {
		tb.Fatal(err)
	}
	sources := []registry.Source{
		{Name: "a", Authority: "Nämnden a", Format: csv.Format{}, Mapping: []byte(worldMapping), Trust: 2},
		{Name: "b", Authority: "Nämnden b", Format: csv.Format{}, Mapping: []byte(worldMapping), Trust: 1},
	}
	if master {
		sources[0].Masters = []model.PropertyID{ontology.PersonProtection}
	}
	r, err := registry.New(registry.Options{Store: store, Keys: keys, Logger: testkit.Log(tb), CodeLists: []model.Record{}, Sources: sources})
	if err != nil {
		tb.Fatal(err)
	}
	return &world{store: store, registry: r}
}

var guardedClock int

// says is a person's record as a source delivers it, later than all before.
func (w *world) says(t fatalf, source, id, protection string) {
	guardedClock++
	w.deliverRows(t, source, []event{{source, w.row("P", id, guardedClock, worldNumbers[0], protection)}})
}

func (w *world) row(typ, id string, minute int, number, protection string) string {
	stamp := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(minute) * time.Minute).Format(time.RFC3339)
	return fmt.Sprintf("%s;%s;%s;;%s;;Anna;Berg;%s;;;;;", typ, id, stamp, number, protection)
}

func (w *world) gone(t fatalf, source, id string) {
	guardedClock++
	stamp := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(guardedClock) * time.Minute).Format(time.RFC3339)
	w.deliverRows(t, source, []event{{source, fmt.Sprintf("P;%s;%s;J;;;;;;;;;;", id, stamp)}})
}

// person is the id of the one golden person, and the level that it has.
func (w *world) person(t fatalf) (model.EntityID, string) {
	var ids []model.EntityID
	level := ""
	for row, err := range w.store.Scan(context.Background(), model.Person, graph.WithValues) {
		if err != nil {
			t.Fatalf("scan: %v", err)
		}
		var g model.Golden
		if err := document.DecodeGolden(row.Values, &g); err != nil {
			t.Fatalf("decode: %v", err)
		}
		level = g.All(ontology.PersonProtection)[0].Value.(model.Code).Notation
		if (row.Disclosure == model.Protected) != model.ParseProtection(level).IsProtected() {
			t.Fatalf("a person whose level is %s has class %s", level, row.Disclosure)
		}
		ids = append(ids, row.ID)
	}
	if len(ids) != 1 {
		t.Fatalf("%d persons", len(ids))
	}
	return ids[0], level
}

func (w *world) wantLevel(t *testing.T, what, want string) {
	t.Helper()
	if _, got := w.person(t); got != want {
		t.Errorf("%s: the level is %s, want %s", what, got, want)
	}
	if rep, err := w.registry.Verify(t.Context(), nil); err != nil || rep.Changed != 0 {
		t.Errorf("%s: made anew %d golden records differ, %v", what, rep.Changed, err)
	}
}

func TestALevelOnceStatedStays(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := guarded(t, db, false)
		w.says(t, "a", "P1", "none")
		w.says(t, "b", "P1", "sekretessmarkering")
		w.wantLevel(t, "flagged", "sekretessmarkering")
		w.says(t, "b", "P1", "none")
		w.wantLevel(t, "taken back by the one who flagged", "sekretessmarkering")
		w.gone(t, "b", "P1")
		w.wantLevel(t, "retracted by the one who flagged", "sekretessmarkering")
		id, _ := w.person(t)
		lower := func(level model.Protection, reason string) error {
			_, err := w.registry.LowerProtection(t.Context(), "Åsa", id, level, reason)
			return err
		}
		if err := lower(model.ProtectionNone, " "); !errors.Is(err, registry.ErrBadDecision) {
			t.Errorf("lowered without a reason: %v", err)
		}
		if err := lower(model.ProtectionProtectedRegistering, "no"); !errors.Is(err, registry.ErrBadDecision) {
			t.Errorf("lowered to a higher level: %v", err)
		}
		if _, err := w.registry.RaiseProtection(t.Context(), "Åsa", id, model.ProtectionProtectedRegistering, " "); !errors.Is(err, registry.ErrBadDecision) {
			t.Errorf("raised without a reason: %v", err)
		}
		if _, err := w.registry.RaiseProtection(t.Context(), "Åsa", id, model.ProtectionNone, "no"); !errors.Is(err, registry.ErrBadDecision) {
			t.Errorf("raised to a lower level: %v", err)
		}
		if err := lower(model.ProtectionNone, "beslut 2024-03-01"); err != nil {
			t.Fatal(err)
		}
		w.wantLevel(t, "lowered by a steward", "none")
		w.says(t, "b", "P1", "sekretessmarkering")
		w.wantLevel(t, "flagged again after that", "sekretessmarkering")
	})
}

// A version that comes too late to be taken has been said all the same.
func TestAFlagThatComesTooLateCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := guarded(t, db, false)
		flag := func(minute int, protection string) []event {
			return []event{{"a", w.row("P", "P1", minute, worldNumbers[0], protection)}}
		}
		w.deliver(t, flag(20, "none"))
		w.deliver(t, flag(10, "sekretessmarkering"))
		w.wantLevel(t, "an older flag came after", "sekretessmarkering")
		before := must(w.store.Revision(t.Context()))
		w.deliver(t, flag(10, "sekretessmarkering"))
		if after := must(w.store.Revision(t.Context())); after != before {
			t.Errorf("the same again makes revision %d after %d", after, before)
		}
	})
}

// The level of a retracted record goes on for the person of whom it spoke last by
// its source's time, whatever was stored of that and when it came.
func TestTheLevelOfARetractedRecordFollowsItsLastWords(t *testing.T) {
	said := func(w *world, minute int, number, protection string) event {
		return event{"b", w.row("P", "P1", minute, number, protection)}
	}
	deleted := event{"b", "P;P1;2024-01-01T01:00:00Z;J;;;;;;;;;;"}
	onBoth(t, func(t *testing.T, db graph.Database) {
		tenants := 0
		for _, c := range []struct {
			what string
			said func(w *world) []event
			want string
		}{
			{"one who was flagged once", func(w *world) []event {
				return []event{said(w, 10, worldNumbers[0], "sekretessmarkering"), deleted}
			}, "sekretessmarkering"},
			{"flagged, then not", func(w *world) []event {
				return []event{said(w, 10, worldNumbers[0], "sekretessmarkering"), said(w, 20, worldNumbers[0], "none"), deleted}
			}, "sekretessmarkering"},
			{"flagged, then somebody else", func(w *world) []event {
				return []event{said(w, 10, worldNumbers[0], "sekretessmarkering"), said(w, 20, worldNumbers[1], "none"), deleted}
			}, "none"},
			{"somebody else who was flagged, then this one", func(w *world) []event {
				return []event{said(w, 10, worldNumbers[1], "sekretessmarkering"), said(w, 20, worldNumbers[0], "none"), deleted}
			}, "sekretessmarkering"},
		} {
			for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}, {2, 1, 0}, {1, 2, 0}} {
				for _, together := range []bool{true, false} {
					tenants++
					w := newWorld(t, db, model.Tenant(fmt.Sprintf("%05d", tenants)))
					w.deliver(t, []event{{"a", w.row("P", "P1", 5, worldNumbers[0], "none")}})
					var events []event
					for _, i := range order {
						if all := c.said(w); i < len(all) {
							events = append(events, all[i])
						}
					}
					if together {
						w.deliver(t, events)
					} else {
						for _, e := range events {
							w.deliver(t, []event{e})
						}
					}
					w.wantLevel(t, fmt.Sprintf("%s, in order %v, together %v", c.what, order, together), c.want)
					before := must(w.store.Revision(t.Context()))
					w.deliver(t, events)
					if after := must(w.store.Revision(t.Context())); after != before {
						t.Errorf("%s, in order %v, together %v: the same again makes revision %d after %d", c.what, order, together, after, before)
					}
				}
			}
		}
	})
}

func TestWhatAStewardLoweredIsNotRaisedByBeingRepeated(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := guarded(t, db, false)
		w.says(t, "b", "P1", "sekretessmarkering")
		id, _ := w.person(t)
		if _, err := w.registry.LowerProtection(t.Context(), "Åsa", id, model.ProtectionNone, "fel i källan"); err != nil {
			t.Fatal(err)
		}
		w.wantLevel(t, "lowered", "none")
		w.says(t, "b", "P1", "sekretessmarkering")
		w.wantLevel(t, "repeated by the source", "none")
		w.says(t, "b", "P1", "")
		w.wantLevel(t, "and not said any more", "none")
		w.says(t, "b", "P1", "sekretessmarkering")
		w.wantLevel(t, "and said anew", "sekretessmarkering")
		if _, err := w.registry.RaiseProtection(t.Context(), "Åsa", id, model.ProtectionProtectedRegistering, "samtal"); err != nil {
			t.Fatal(err)
		}
		w.says(t, "b", "P1", "none")
		w.wantLevel(t, "raised by a steward", "skyddad-folkbokforing")
	})
}

func TestTheMasterForProtectionLowersWhatIsOnlyHeld(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := guarded(t, db, true)
		w.says(t, "a", "P1", "sekretessmarkering")
		w.says(t, "b", "P1", "skyddad-folkbokforing")
		w.says(t, "a", "P1", "none")
		w.wantLevel(t, "another still says it", "skyddad-folkbokforing")
		w.says(t, "b", "P1", "")
		w.wantLevel(t, "nobody says it and the master says none", "unknown")
		w.says(t, "b", "P1", "skyddad-folkbokforing")
		w.says(t, "a", "P1", "")
		w.says(t, "b", "P1", "none")
		w.wantLevel(t, "the master says nothing", "skyddad-folkbokforing")
		id, _ := w.person(t)
		if _, err := w.registry.LowerProtection(t.Context(), "Åsa", id, model.ProtectionNone, "rättelse"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.registry.RaiseProtection(t.Context(), "Åsa", id, model.ProtectionSecrecyMarking, "samtal"); err != nil {
			t.Fatal(err)
		}
		w.says(t, "a", "P1", "none")
		w.wantLevel(t, "a steward raised it and the master says none", "sekretessmarkering")
	})
}

// The level does not depend on the order and batching in which stamped versions
// come, also between and after a steward's decision.
func TestProtectionDoesNotDependOnOrder(t *testing.T) {
	levels := []string{"", "none", "sekretessmarkering", "skyddad-folkbokforing"}
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		draw := func(from int, what string) (events []event) {
			w := &world{}
			for i := range rapid.IntRange(1, 4).Draw(rt, what) {
				source := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "source")
				events = append(events, event{source, w.row("P", "P1", from+i, worldNumbers[0], rapid.SampledFrom(levels).Draw(rt, "level"))})
			}
			return events
		}
		before, after := draw(1, "before"), draw(100, "after")
		lowers := rapid.Bool().Draw(rt, "lowers")
		run := func(before, after []event, oneByOne bool) string {
			w := fresh()
			deliver := func(events []event) {
				if !oneByOne {
					w.deliver(rt, events)
					return
				}
				for _, e := range events {
					w.deliver(rt, []event{e})
				}
			}
			deliver(before)
			id, level := w.person(rt)
			if lowers && level != "none" {
				if _, err := w.registry.LowerProtection(context.Background(), "Åsa", id, model.ProtectionNone, "rättelse"); err != nil {
					rt.Fatalf("lower: %v", err)
				}
			}
			deliver(after)
			if rep, err := w.registry.Verify(context.Background(), nil); err != nil || rep.Changed != 0 {
				rt.Fatalf("made anew %d golden records differ, %v", rep.Changed, err)
			}
			_, level = w.person(rt)
			return level
		}
		want := run(before, after, false)
		shuffled := func(events []event) []event { return rapid.Permutation(slices.Clone(events)).Draw(rt, "order") }
		if got := run(shuffled(before), shuffled(after), true); got != want {
			rt.Fatalf("another order gives %s, want %s", got, want)
		}
	})
}

// What a steward writes is stored in plain, so a personal number in it is not.
func TestNoDecisionHoldsAPersonalNumber(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		w := newOfficeWorld(t, db)
		w.tell(t, "P;1;Anna;Berg;none;;\nP;2;Bo;Lind;none;;\nR;o;Ordförande;;;elected-office;1\n")
		const said = "ärende om 18900101-9802"
		anna, bo := w.golden(t, "a", "1", model.Person), w.golden(t, "a", "2", model.Person)
		role, _, _, _ := w.role(t, "o")
		for what, err := range map[string]error{
			"decide": second(w.registry.Decide(ctx, "Åsa", anna, bo, graph.Different, said, nil)),
			"open":   second(w.registry.OpenOffice(ctx, "Åsa", role, said, model.Period{}, said)),
			"raise":  second(w.registry.RaiseProtection(ctx, "Åsa", bo, model.ProtectionSecrecyMarking, said)),
		} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := registry.EraseAndSearch(ctx, w.registry, registry.EraseRequest{ID: bo, Decision: said, Actor: "Åsa"}); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"18900101-9802", "189001019802"} {
			if p, err := w.registry.Prove(ctx, []string{text}); err != nil || !p.OK() {
				t.Errorf("%s is found: %+v, %v", text, p, err)
			}
		}
		if p, err := w.registry.Prove(ctx, []string{"ärende om [number]"}); err != nil || p.OK() {
			t.Errorf("the reasons are not found: %+v, %v", p, err)
		}
	})
}

// TestNoDeliveryNorIssueHoldsAPersonalNumber: not in its name, nor in what is said of a
// code that is in no list; nor does a text or a code. The database is searched at the end.
func TestNoDeliveryNorIssueHoldsAPersonalNumber(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := newOfficeWorld(t, db)
		const header = "typ;id;namn;efternamn;skydd;roll;vem\n"
		d, err := w.registry.Ingest(t.Context(), registry.Request{Source: "a", Name: "lön191212121212.csv", Delta: true,
			Reader: strings.NewReader(header + "P;1;Anna;Vikarie för 19121212-1212;191212121212;;\nR;r;191212121212;;;19121212-1212;\n")})
		if err != nil || d.Name != "lön[number].csv" || d.Counts.Issues == 0 {
			t.Errorf("%q, %d issues, %v", d.Name, d.Counts.Issues, err)
		}
		broken, err := w.registry.Ingest(t.Context(), registry.Request{Source: "a", Name: "121212-1212.csv", Delta: true, Reader: strings.NewReader("191212121212;x\n")})
		if err == nil || model.ContainsPersonal(err.Error()) || model.ContainsPersonal(broken.Message) || broken.Name != "[number].csv" {
			t.Errorf("a broken delivery: %q, %q, %v", broken.Name, broken.Message, err)
		}
	})
}

const columnsMoved = `name: units
delimiter: ";"
records:
  - kind: organisation
    key: id
    fields:
      - {column: namn, property: name, lang: sv}
      - {column: tel, property: contact, contact: {medium: phone, use: function}}
      - {property: address, address: {use: visit, careOf: co, street: gata, locality: ort, full: hel}}
`

// TestAColumnThatHasMovedLeavesNoPersonalNumberBehind: an organisation's telephone and
// address are published, with what cannot be read of them as it was delivered.
func TestAColumnThatHasMovedLeavesNoPersonalNumberBehind(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := newMappedWorld(t, db, csv.Format{}, columnsMoved)
		d, err := w.registry.Ingest(t.Context(), registry.Request{Source: "a", Name: "u.csv", Delta: true,
			Reader: strings.NewReader("id;namn;tel;co;gata;ort;hel\n1;Skolan; 191212121212 ;18900101-9802;191212121212;191212121212;Anna 191212121212\n2;Badet;016-71 00 00;;;;\n")})
		if err != nil || d.Counts.Added != 2 {
			t.Fatalf("%+v, %v", d, err)
		}
		for text, found := range map[string]bool{"191212121212": false, "18900101-9802": false, "[number]": true, "+4616710000": true, "016-71 00 00": true} {
			if p, err := w.registry.Prove(t.Context(), []string{text}); err != nil || p.OK() == found {
				t.Errorf("%s: found %v, %v", text, !p.OK(), err)
			}
		}
	})
}

// quoting is a format that says what it could not read: of the header, of an item, or
// of an item that is tried again.
type quoting struct {
	csv.Format
	at *string
}

var errQuoted = errors.New("not in the list")

func (quoting) broken() error {
	return &ingest.PlaceError{Place: "line 2", Reason: "neither yes nor no: 19121212-1212", Err: errQuoted}
}

func (q quoting) Open(r io.Reader, o ingest.Options) (ingest.Delivery, error) {
	if *q.at == "header" {
		return nil, q.broken()
	}
	d, err := q.Format.Open(r, o)
	return quoted{d, q}, err
}

func (q quoting) Reopen([]byte, ingest.Options) (ingest.Delivery, error) { return nil, q.broken() }

type quoted struct {
	ingest.Delivery
	quoting
}

func (q quoted) Items() iter.Seq2[ingest.Item, error] {
	if *q.at == "item" {
		return func(yield func(ingest.Item, error) bool) { yield(ingest.Item{}, q.broken()) }
	}
	return q.Delivery.Items()
}

// TestNoErrorOfADeliveryHoldsAPersonalNumber: it is printed and logged. What it is can
// still be told.
func TestNoErrorOfADeliveryHoldsAPersonalNumber(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		at := ""
		w := newMappedWorld(t, db, quoting{at: &at}, officeMapping)
		deliver := func() (graph.Delivery, error) {
			return w.registry.Ingest(t.Context(), registry.Request{Source: "a", Name: "o.csv", Delta: true,
				Reader: strings.NewReader("typ;id;namn;efternamn;skydd;roll;vem\nP;;Anna;Berg;none;;\n")})
		}
		for _, at = range []string{"header", "item"} {
			d, err := deliver()
			var place *ingest.PlaceError
			if !errors.Is(err, errQuoted) || !errors.As(err, &place) || d.State != graph.Broken {
				t.Errorf("%s: %v, the delivery is %s", at, err, d.State)
				continue
			}
			for _, text := range []string{err.Error(), d.Message} {
				if model.ContainsPersonal(text) || !strings.Contains(text, "neither yes nor no: [number]") {
					t.Errorf("%s: %s", at, text)
				}
			}
		}
		at = ""
		if d, err := deliver(); err != nil || d.Counts.Quarantined != 1 {
			t.Fatalf("%+v, %v", d, err)
		}
		tried, err := w.registry.RetryQuarantine(t.Context(), registry.Retry{})
		if err != nil || len(tried) != 1 || tried[0].OK || !strings.Contains(tried[0].Reason, "[number]") || model.ContainsPersonal(tried[0].Reason) {
			t.Errorf("tried again: %+v, %v", tried, err)
		}
	})
}
