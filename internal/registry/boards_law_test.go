package registry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Persons whom several boards know: the same by their number, whatever else each of
// them says.
const boardsMapping = `name: boards
delimiter: ";"
records:
  - kind: person
    key: id
    stamp: {column: stamp}
    delete: {column: del, values: [J]}
    fields:
      - {column: pnr, property: identifier, scheme: personnummer}
      - {column: eppn, property: identifier, scheme: eppn}
      - {column: fornamn, property: givenName}
      - {column: mellannamn, property: middleName}
      - {column: efternamn, property: familyName, split: "|"}
      - {column: fodelsenamn, property: birthName}
      - {column: fodd, property: birthDate}
      - {column: epost, property: email, split: "|", contact: {medium: email, use: private}}
      - {column: arbete, property: email, contact: {medium: email, use: work}}
`

const boardsHeader = "id;stamp;del;pnr;eppn;fornamn;mellannamn;efternamn;fodelsenamn;fodd;epost;arbete"

var threeBoards = []string{"a", "b", "c"}

// drawBoards is a history of three boards' persons, told twice: alike but for what
// the boards other than one say that is restricted.
func drawBoards(t *rapid.T, own string) (one, two []event) {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	row := func(label string) []string {
		silent := rapid.IntRange(0, 3).Draw(t, label+" says nothing") == 0
		if silent {
			return make([]string, 7)
		}
		return []string{
			pick(label+" eppn", "", "", "u1@kommun.example", "u2@kommun.example"), pick(label+" given", "Anna", "Anna Lena", "anna"), pick(label+" middle", "", "Ek"),
			pick(label+" family", "Berg", "Öberg", "Berg|Ek", "Ek|Berg"), pick(label+" birth name", "", "Ek", "Alm"), pick(label+" born", "", "1890-01-01", "1890-01", "1846-10-30"),
			pick(label+" e-mail", "", "x@example.com", "x@example.com|y@example.com", "y@example.com|x@example.com", "z@example.com"),
		}
	}
	for i := range rapid.IntRange(3, 14).Draw(t, "events") {
		source, number := pick("source", threeBoards...), rapid.IntRange(0, 1).Draw(t, "person")
		id := fmt.Sprintf("p%d-%d", number, rapid.IntRange(0, 1).Draw(t, "record"))
		stamp := fmt.Sprintf("2024-01-%02dT00:00:00Z", 1+rapid.IntRange(0, 9).Draw(t, "day"))
		if rapid.IntRange(0, 9).Draw(t, "deleted") == 0 {
			e := event{source, strings.Join([]string{id, stamp, "J", "", "", "", "", "", "", "", "", ""}, ";")}
			one, two = append(one, e), append(two, e)
			continue
		}
		tell := func(said []string) event {
			cells := append([]string{id, stamp, "", worldNumbers[number]}, said...)
			return event{source, strings.Join(append(cells, fmt.Sprintf("w%d@kommun.example", i)), ";")}
		}
		said := row("town 1")
		one = append(one, tell(said))
		if source != own {
			said = row("town 2")
		}
		two = append(two, tell(said))
	}
	return one, two
}

// newBoards is an empty town of three boards.
func newBoards(t fatalf, tb testing.TB, db graph.Database, tenant model.Tenant) (*world, *access.Access) {
	store, err := db.CreateTenant(context.Background(), tenant)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	keys, err := seal.Generate()
	if err != nil {
		t.Fatalf("keys: %v", err)
	}
	o := registry.Options{Store: store, Keys: keys, CodeLists: []model.Record{}, NewID: testkit.IDs(1), Clock: testkit.NewClock().Now}
	sources := map[model.Source]access.Source{}
	for i, name := range threeBoards {
		o.Sources = append(o.Sources, registry.Source{
			Name: model.Source(name), Authority: "Nämnden " + name, Format: csv.Format{}, Mapping: []byte(boardsMapping), Trust: 2 - i%2,
		})
		sources[model.Source(name)] = access.Source{Authority: "Nämnden " + name}
	}
	o.Sources[2].Masters = []model.PropertyID{ontology.PersonBirthDate}
	r, err := registry.New(o)
	if err != nil {
		t.Fatalf("registry: %v", err)
	}
	tb.Helper()
	return &world{store: store, registry: r, header: boardsHeader}, access.New(access.Deps{
		Store: store, BaseIRI: "https://data.example.se", Unsealer: r, Keyer: r, Hearer: r, Auditor: r.Audit(), Sources: sources,
		Clock: func() time.Time { return time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC) },
	})
}

var sizes = regexp.MustCompile(`"Bytes":\d+,?`)

// boardsAnswers are what a caller is answered about the persons of a town.
func boardsAnswers(t fatalf, v *access.View, ids []model.EntityID) (out []string) {
	ctx := context.Background()
	say := func(what string, answer any, err error) {
		b, encodeErr := json.Marshal(answer)
		if encodeErr != nil {
			t.Fatalf("%s: %v", what, encodeErr)
		}
		// How long a file is tells stewards nothing that they may not know.
		out = append(out, fmt.Sprintf("%s: %s %v", what, sizes.ReplaceAll(b, nil), err))
	}
	page := access.Page{First: 10}
	asks := func(at string, v *access.View) {
		e, err := v.Entities(ctx, ids)
		say(at+"entities", e, err)
		for _, id := range ids {
			s, err := v.Statements(ctx, id, nil)
			say(at+"statements "+id.String(), s, err)
		}
		for i, f := range []access.Filter{
			{}, {Text: new("anna")}, {Text: new("lena")}, {Text: new("berg")}, {Text: new("öb")}, {Text: new("ek")}, {Text: new("alm")}, {Text: new("anna öberg")}, {Text: new("ek berg")},
			{Values: []access.ValueFilter{{Property: ontology.PersonGivenName, Value: "lena"}}},
			{Values: []access.ValueFilter{{Property: ontology.PersonFamilyName, Value: "öberg"}}},
			{Values: []access.ValueFilter{{Property: ontology.PersonBirthName, Value: "ek"}}},
		} {
			l, err := v.List(ctx, model.Person, f, page)
			say(fmt.Sprintf("%slist %d", at, i), l, err)
			n, ok, err := v.Total(ctx, model.Person, f)
			say(fmt.Sprintf("%stotal %d %t", at, i, ok), n, err)
		}
	}
	asks("", v)
	for _, id := range ids {
		h, err := v.History(ctx, id)
		say("history "+id.String(), h, err)
		l, err := v.Timeline(ctx, id, access.Page{First: 100})
		say("timeline "+id.String(), l, err)
		r, err := v.Records(ctx, id)
		say("records "+id.String(), r, err)
	}
	for _, word := range []string{"berj", "annah", "eck"} {
		words, err := v.DidYouMean(ctx, word, nil)
		say("did you mean "+word, words, err)
	}
	for _, number := range worldNumbers[:3] {
		found, err := v.ByIdentifier(ctx, model.Person, model.Personnummer, number)
		say("number "+number, found, err)
	}
	for _, name := range []string{"u1@kommun.example", "u2@kommun.example"} {
		found, err := v.ByIdentifier(ctx, model.Person, model.EPPN, name)
		say("eppn "+name, found, err)
	}
	changes, err := v.Changes(ctx, "", 100)
	say("changes", changes, err)
	now, err := v.Revision(ctx)
	say("revision", now, err)
	if now > 1 {
		d, err := v.Differences(ctx, access.DifferenceQuery{From: now / 2, To: now, First: 100})
		say("differences", d, err)
	}
	for r := model.Revision(1); r < now; r += 3 {
		then, err := v.At(ctx, r)
		if err != nil {
			t.Fatalf("at %d: %v", r, err)
		}
		asks(fmt.Sprintf("at %d ", r), then)
	}
	return out
}

// TestABoardIsToldWhatItWouldBeAlone: of persons whom several boards know, who may
// read one board's restricted values is answered the same whatever the others say
// that is restricted, or if they say nothing (privacy.md 3 and 8).
func TestABoardIsToldWhatItWouldBeAlone(t *testing.T) {
	shared, disputed := 0, 0
	for name, open := range map[string]func(testing.TB) graph.Database{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			db, tenants := open(t), 0
			rapid.Check(t, func(rt *rapid.T) {
				own := rapid.SampledFrom(threeBoards).Draw(rt, "board")
				one, two := drawBoards(rt, own)
				rights := access.Rights{
					Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Standing: "test", Authorities: []string{"Nämnden " + own},
				}
				var answers [2][]string
				var ids []model.EntityID
				for i, events := range [][]event{one, two} {
					tenants++
					w, a := newBoards(rt, t, db, model.Tenant(fmt.Sprintf("%05d", tenants)))
					for _, e := range events {
						w.deliver(rt, []event{e})
					}
					if ids == nil {
						for _, members := range w.liveMembers(rt, model.Person) {
							ids = append(ids, members...)
							if shared++; len(members) > 1 {
								disputed++
							}
						}
						slices.SortFunc(ids, model.EntityID.Compare)
					}
					answers[i] = boardsAnswers(rt, a.View(rights), ids)
					before := w.exact(rt)
					rep, err := w.registry.Rebuild(context.Background(), nil)
					if err != nil || rep.Changed != 0 {
						rt.Fatalf("rebuild reports %+v, %v", rep, err)
					}
					if diff := cmp.Diff(before, w.exact(rt)); diff != "" {
						rt.Fatalf("rebuild gives another state (-incremental +rebuilt):\n%s", diff)
					}
				}
				for i := range answers[0] {
					if answers[0][i] != answers[1][i] {
						rt.Fatalf("board %s is told\n%s\nand where the others say something else\n%s", own, answers[0][i], answers[1][i])
					}
				}
			})
		})
	}
	if disputed == 0 && testkit.ManyDraws() {
		t.Errorf("of %d persons none is known to several", shared)
	}
}
