package registry_test

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// The laws' deliveries: small random tables in which numbers, names and
// references collide often.
const worldMapping = `name: world
delimiter: ";"
records:
  - kind: person
    key: id
    when: {column: typ, equals: P}
    stamp: {column: stamp}
    delete: {column: del, values: [J]}
    fields:
      - {column: pnr, property: identifier, scheme: personnummer}
      - {column: eppn, property: identifier, scheme: eppn}
      - {column: fornamn, property: givenName}
      - {column: efternamn, property: familyName, split: "|"}
      - {column: skydd, property: protection}
      - {column: fodd, property: birthDate}
      - {column: epost, property: email, split: "|", contact: {medium: email, use: private}}
  - kind: organisation
    key: id
    when: {column: typ, equals: O}
    stamp: {column: stamp}
    delete: {column: del, values: [J]}
    fields:
      - {column: orgnr, property: identifier, scheme: organisationsnummer}
      - {column: fornamn, property: name, lang: sv}
      - {column: oref, property: parent, link: {key: "{oref}", role: line}}
  - kind: role
    key: id
    when: {column: typ, equals: R}
    stamp: {column: stamp}
    delete: {column: del, values: [J]}
    fields:
      - {property: roleType, constant: employment}
      - {column: pref, property: holder, link: {kind: person, key: "{pref}"}}
      - {column: oref, property: organisation, link: {kind: organisation, key: "{oref}"}}
      - {column: orgnr, property: employer, link: {scheme: organisationsnummer}}
      - {column: fornamn, property: title, lang: sv}
`

const worldHeader = "typ;id;stamp;del;pnr;eppn;fornamn;efternamn;skydd;orgnr;oref;pref;fodd;epost"

// event is one stamped version of one record of one source.
type event struct {
	source string
	row    string
}

var (
	worldNumbers = []string{"184505174799", "184610301790", "189001019802", "189001029819", "189001039800"}
	worldOrgs    = []string{"556036-0793", "202100-2742", "212000-0142"}
)

// drawEvents makes a history: versions and deletions with distinct stamps.
func drawEvents(t *rapid.T) []event {
	return drawEventsAt(t, func(i int) string { return fmt.Sprintf("2024-01-%02dT%02d:00:00Z", 1+i/24, i%24) })
}

// drawRivals makes a history whose versions and deletions have no stamps, or few for
// many: a file may hold a key any number of times, and nothing but where they stand
// tells which counts.
func drawRivals(t *rapid.T) []event {
	if rapid.Bool().Draw(t, "stamped") {
		return drawEventsAt(t, func(int) string { return fmt.Sprintf("2024-01-0%dT00:00:00Z", rapid.IntRange(1, 2).Draw(t, "stamp")) })
	}
	return drawEventsAt(t, func(int) string { return "" })
}

func drawEventsAt(t *rapid.T, stampOf func(i int) string) []event {
	n := rapid.IntRange(1, 24).Draw(t, "events")
	out := make([]event, n)
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	for i := range out {
		stamp := stampOf(i)
		source := pick("source", "a", "b")
		typ := pick("type", "P", "P", "P", "O", "R")
		row := map[string]string{"typ": typ, "id": typ + pick("id", "1", "2", "3"), "stamp": stamp}
		if rapid.IntRange(0, 5).Draw(t, "del") == 0 {
			row["del"] = "J"
		} else {
			row["fornamn"] = pick("given", "Anna", "Lars", "Åsa")
			if typ == "P" { // much the same persons, so that evidence links some
				row["fodd"] = pick("born", "", "1890-01-01", "1890-01-01", "1846-10-30")
				row["epost"] = pick("e-mail", "", "a.berg@example.com", "l.berg@example.com", "a.berg@example.com|x@example.com", "x@example.com|l.berg@example.com")
			}
			switch typ {
			case "P":
				row["pnr"] = pick("pnr", append([]string{""}, worldNumbers[:3]...)...)
				row["eppn"] = pick("eppn", "", "", "u1@kommun.example", "u2@kommun.example")
				row["efternamn"] = pick("family", "Berg", "Öberg", "Berg|Ek")
				row["skydd"] = pick("protection", "", "", "none", "sekretessmarkering")
			case "O":
				row["orgnr"] = pick("orgnr", append([]string{""}, worldOrgs...)...)
				row["oref"] = pick("oref", "", "O1", "O2", "O9")
			case "R":
				row["pref"] = pick("pref", "", "P1", "P2", "P3")
				row["oref"] = pick("oref", "", "O1", "O2")
				row["orgnr"] = pick("employer", append([]string{""}, worldOrgs...)...)
			}
		}
		var cells []string
		for _, c := range strings.Split(worldHeader, ";") {
			cells = append(cells, row[c])
		}
		out[i] = event{source, strings.Join(cells, ";")}
	}
	return out
}

// world is a registry under test.
type world struct {
	store     graph.Store
	registry  *registry.Registry
	header    string // of its deliveries; worldHeader when empty
	unmatched bool   // deliveries leave what has changed to the next run
}

func newWorld(tb testing.TB, db graph.Database, tenant model.Tenant) *world {
	tb.Helper()
	return newWorldBy(tb, db, tenant, worldMapping)
}

func newWorldBy(tb testing.TB, db graph.Database, tenant model.Tenant, mapping string) *world {
	tb.Helper()
	store, err := db.CreateTenant(context.Background(), tenant)
	if err != nil {
		tb.Fatal(err)
	}
	return &world{store: store, registry: newRegistry(tb, store, mapping)}
}

func newRegistry(tb testing.TB, store graph.Store, mapping string) *registry.Registry {
	tb.Helper()
	keys, err := seal.Generate()
	if err != nil {
		tb.Fatal(err)
	}
	return registryWith(tb, store, keys, mapping)
}

func registryWith(tb testing.TB, store graph.Store, keys *seal.Keyring, mapping string) *registry.Registry {
	tb.Helper()
	source := func(name string, trust int) registry.Source {
		return registry.Source{Name: model.Source(name), Authority: "Nämnden " + name, Format: csv.Format{}, Mapping: []byte(mapping), Trust: trust, Full: true}
	}
	a := source("a", 2)
	a.Masters = []model.PropertyID{ontology.PersonFamilyName, ontology.PersonBirthDate}
	r, err := registry.New(registry.Options{Store: store, Keys: keys, Logger: testkit.Log(tb), CodeLists: []model.Record{}, Sources: []registry.Source{a, source("b", 1)}})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

type fatalf interface {
	Fatalf(format string, args ...any)
}

// deliver ingests runs of events of one source as one delta each.
func (w *world) deliver(t fatalf, events []event) {
	for lo := 0; lo < len(events); {
		hi := lo + 1
		for hi < len(events) && events[hi].source == events[lo].source {
			hi++
		}
		w.deliverRows(t, events[lo].source, events[lo:hi])
		lo = hi
	}
}

func (w *world) deliverRows(t fatalf, source string, events []event) graph.Delivery {
	rows := []string{cmp.Or(w.header, worldHeader)}
	for _, e := range events {
		rows = append(rows, e.row)
	}
	text := strings.Join(rows, "\r\n") + "\r\n"
	d, err := w.registry.Ingest(context.Background(), registry.Request{
		Source: model.Source(source), Name: "world.csv", Reader: strings.NewReader(text), Delta: true, Date: time.Time{}, Unmatched: w.unmatched,
	})
	if err != nil {
		t.Fatalf("ingest: %v", err)
	}
	return d
}

// canonical is the present as text in which ids are founding keys: the smallest
// key of a cluster's live records. Equal states give equal texts.
func (w *world) canonical(t fatalf) string { return w.describe(t, true) }

// exact is the present as text with its ids and revisions.
func (w *world) exact(t fatalf) string { return w.describe(t, false) }

// tellsWhose holds what a golden record's document says of its sources against its
// evidence, whose members' heads are heads.
func tellsWhose(t fatalf, row *graph.Golden, e *model.Evidence, heads []graph.Head) {
	for _, one := range heads {
		source := one.Key.Source
		part, told, err := document.PartOf(row.Values, func(name []byte) bool { return string(name) == string(source) })
		switch {
		case err != nil:
			t.Fatalf("the sources of %s: %v", row.ID, err)
		case !told && row.Kind == model.Person:
			t.Fatalf("person %s does not say of which sources it is", row.ID)
		case !told:
			continue
		case !part.Some:
			t.Fatalf("%s does not say that %s has a part in it", row.ID, source)
		}
		for i := range e.Support {
			says := slices.ContainsFunc(e.Support[i].Records, func(r uint32) bool { return heads[r].Key.Source == source })
			if says == slices.Contains(part.But, i) {
				t.Fatalf("whether %s supports value %d of %s: %t by the evidence", source, i, row.ID, says)
			}
		}
	}
}

func (w *world) describe(t fatalf, rename bool) string {
	ctx := context.Background()
	type entry struct {
		row graph.Golden
		g   model.Golden
		e   model.Evidence
	}
	var all []entry
	names := map[model.EntityID]string{}    // of records
	founders := map[model.EntityID]string{} // of golden records
	for row, err := range w.store.Scan(ctx, model.KindUnknown, graph.WithValues|graph.WithEvidence) {
		if err != nil {
			t.Fatalf("scan: %v", err)
		}
		if row.Kind == model.Concept {
			continue
		}
		en := entry{row: row}
		if err := document.DecodeGolden(row.Values, &en.g); err != nil {
			t.Fatalf("decode: %v", err)
		}
		if err := document.DecodeEvidence(row.Evidence, &en.e); err != nil {
			t.Fatalf("decode evidence: %v", err)
		}
		heads, err := w.store.HeadsByID(ctx, en.e.Members)
		if err != nil {
			t.Fatalf("heads: %v", err)
		}
		var founding string
		for _, h := range heads {
			if h.Golden != row.ID {
				t.Fatalf("record %s is in %s and its head says %s", h.Key, row.ID, h.Golden)
			}
			names[h.ID] = h.Key.String()
			if h.Live && (founding == "" || h.Key.String() < founding) {
				founding = h.Key.String()
			}
		}
		founders[row.ID] = founding
		tellsWhose(t, &row, &en.e, heads)
		all = append(all, en)
	}
	name := func(id model.EntityID) string {
		if n := founders[id]; n != "" && rename {
			return n
		}
		return id.String()
	}
	var lines []string
	for _, en := range all {
		var seals []model.EntityID
		for _, v := range en.g.Values {
			if id, ok := v.Value.(model.Identifier); ok && !id.Seal.IsZero() {
				seals = append(seals, id.Seal)
			}
		}
		open, err := w.registry.Unseal(ctx, seals)
		if err != nil {
			t.Fatalf("unseal: %v", err)
		}
		head := fmt.Sprintf("%s %s %s", name(en.row.ID), en.row.Kind, en.row.Disclosure)
		if !rename {
			head += fmt.Sprintf(" r%d sort %x", en.row.Revision, en.row.Sort)
		}
		for i, v := range en.g.Values {
			switch x := v.Value.(type) {
			case model.Identifier:
				if !x.Seal.IsZero() {
					x.Value, x.Seal = open[x.Seal].Value, model.EntityID{}
					v.Value = x
				}
			case model.Link:
				to := x.To
				x.To = model.EntityID{}
				v.Value = fmtLink{x, name(to)}
			}
			var support []string
			if i < len(en.e.Support) {
				for _, m := range en.e.Support[i].Records {
					support = append(support, names[en.e.Members[m]])
				}
				sort.Strings(support)
			}
			lines = append(lines, fmt.Sprintf("%s %s=%v %s by %s %v", head, ontology.ByID(v.Property).Name, v.Value, v.Period, en.e.Support[i].Rule, support))
		}
		lines = append(lines, head)
	}
	lines = append(lines, w.conflicts(t, rename)...)
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// conflicts are the open conflicts, or those with masters: what sort, and of which
// records. A decision closes the others for good.
func (w *world) conflicts(t fatalf, withMasters bool) (lines []string) {
	ctx := context.Background()
	for c, err := range w.store.Conflicts(ctx, graph.Hash{}, 10_000) {
		if err != nil {
			t.Fatalf("conflicts: %v", err)
		}
		if _, _, ofProperty := graph.ConflictProperty(c.Code); withMasters && !ofProperty {
			continue
		}
		heads, err := w.store.HeadsByID(ctx, c.Records)
		if err != nil {
			t.Fatalf("heads: %v", err)
		}
		var of []string
		for _, h := range heads {
			of = append(of, h.Key.String())
		}
		sort.Strings(of)
		lines = append(lines, fmt.Sprintf("conflict %s of %v", c.Code, of))
	}
	return lines
}

type fmtLink struct {
	link model.Link
	to   string
}

func (fmtLink) Type() model.ValueType { return model.TypeLink }
func (f fmtLink) String() string {
	return fmt.Sprintf("%s→%s (%s, %s)", f.link.Role, f.to, f.link.Disclosure, f.link.Ref.Key)
}

func openSQLite(tb testing.TB) graph.Database {
	tb.Helper()
	dir := testkit.Folder(tb)
	db, err := sqlite.Open(context.Background(), filepath.Join(dir, "karna.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return db
}

func openPostgres(tb testing.TB) graph.Database {
	tb.Helper()
	return openPostgresAt(tb, testkit.Postgres(tb))
}

func openPostgresAt(tb testing.TB, dsn string) graph.Database {
	tb.Helper()
	db, err := postgres.Open(context.Background(), dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return db
}

// liveMembers are the live records by golden id.
func (w *world) liveMembers(t fatalf, kind model.Kind) map[model.EntityID][]model.EntityID {
	out := map[model.EntityID][]model.EntityID{}
	for h, err := range w.store.ScanHeads(context.Background(), "", "") {
		if err != nil {
			t.Fatalf("heads: %v", err)
		}
		if h.Live && h.Key.Kind == kind {
			out[h.Golden] = append(out[h.Golden], h.ID)
		}
	}
	for _, m := range out {
		slices.SortFunc(m, model.EntityID.Compare)
	}
	return out
}
