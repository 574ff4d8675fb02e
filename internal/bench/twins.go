package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit/synth"
	"github.com/karna-registry/karna/model"
)

// facts are what one of two towns has and the other lacks.
type facts string

const (
	// protectedFacts are three protected persons, their numbers, names, addresses and
	// work, that one of them and then another holds a post, and that all of it changes.
	protectedFacts facts = "protected persons"
	// boardFacts are names, numbers, addresses and enrolments that another board
	// alone knows of three persons of whom everybody with a login may know that they
	// are there, and that one of them gets another name.
	boardFacts facts = "what another board knows"
)

// The sources of a town, and the boards that they are of.
const (
	payrollSource = "payroll"
	schoolSource  = "school"
	payrollBoard  = "Kommunstyrelsen"
	schoolBoard   = "Utbildningsnämnden"
)

const twinHeader = "typ;id;nummer;fornamn;efternamn;gata;postnr;epost;skydd;person;enhet;roll;titel;namn;moder\r\n"

const twinMapping = `name: twins
delimiter: ";"
language: sv
schemes:
  postcode: {kinds: [geography]}
records:
  - kind: geography
    key: id
    when: {column: typ, equals: G}
    fields:
      - {column: postnr, property: identifier, scheme: postcode}
      - {column: namn, property: name}
      - {property: type, constant: postcode-area}
  - kind: organisation
    key: id
    when: {column: typ, equals: O}
    fields:
      - {column: namn, property: name}
      - {property: type, constant: unit}
      - {column: moder, property: parent, link: {key: "{moder}", role: line}}
  - kind: person
    key: id
    when: {column: typ, equals: P}
    fields:
      - {column: nummer, property: identifier, scheme: personnummer}
      - {column: fornamn, property: givenName}
      - {column: efternamn, property: familyName}
      - {property: address, address: {use: post, street: gata, postalCode: postnr}}
      - {column: epost, property: email, contact: {medium: email, use: work}}
      - {column: skydd, property: protection}
  - kind: role
    key: id
    when: {column: typ, equals: R}
    fields:
      - {column: roll, property: roleType}
      - {column: person, property: holder, link: {kind: person, key: "{person}"}}
      - {column: enhet, property: organisation, link: {kind: organisation, source: payroll, key: "{enhet}"}}
      - {column: titel, property: title}
`

// The personal numbers are published test numbers.
var (
	protectedNumbers = []string{"189001019802", "189001029819", "189001039800"}
	boardNumbers     = []string{"189001049817", "189001059808", "189001069815"}
)

const (
	colleagues = 60 // persons whom everybody with a login sees, each with work at the office
	every      = 8  // so many of them lie between two protected persons
)

func personRow(id, number, given, family, street, code, email, protection string) string {
	return strings.Join([]string{"P", id, number, given, family, street, code, email, protection, "", "", "", "", "", ""}, ";") + "\r\n"
}

func roleRow(id, holder, unit, roleType, title string) string {
	return strings.Join([]string{"R", id, "", "", "", "", "", "", "", holder, unit, roleType, title, "", ""}, ";") + "\r\n"
}

func unitRow(id, name, parent string) string {
	return strings.Join([]string{"O", id, "", "", "", "", "", "", "", "", "", "", "", name, parent}, ";") + "\r\n"
}

// delivery is what a source delivers: rows after the header of twins, or so many
// synthetic records.
type delivery struct {
	source  model.Source
	rows    string
	records int
}

func (d delivery) reader() io.Reader {
	if d.records == 0 {
		return strings.NewReader(twinHeader + d.rows)
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(synth.Write(w, synth.Options{Records: d.records})) }()
	return r
}

// twinDeliveries are what the sources of a town deliver, with so many records around
// that are the same in all towns: first what there is, and then what changes. Each is
// a revision, whatever facts the town has. What a town lacks lies between what it has.
func twinDeliveries(records int, has func(facts) bool) (first, then []delivery) {
	guarded, school := has(protectedFacts), has(boardFacts)
	var pupils, staff strings.Builder
	for i, number := range boardNumbers {
		id := fmt.Sprintf("y%d", i)
		if !school {
			pupils.WriteString(personRow(id, "", "", "", "", "", "", "none"))
			continue
		}
		pupils.WriteString(personRow(id, number, "Yngve", "Yxkull", "Yllegatan", "13699", "", "none"))
		pupils.WriteString(roleRow("e"+id, id, "office", "pupil", "Yrkeselev"))
	}
	pupils.WriteString(personRow("teacher", "", "", "", "", "", "larare@skola.example", "none"))
	staff.WriteString("G;area;;;;;13699;;;;;;;Området;\r\n")
	staff.WriteString(unitRow("town", "Kommunen", "") + unitRow("office", "Kontoret", "town") + unitRow("archive", "Arkivet", "town"))
	var work strings.Builder
	for i := range colleagues {
		id := fmt.Sprintf("c%d", i)
		if k := i / every; i%every == every/2 && k < len(protectedNumbers) && guarded {
			hidden := fmt.Sprintf("z%d", k)
			staff.WriteString(personRow(hidden, protectedNumbers[k], "Zebulon", "Zachau", "Zinkgatan", "13699", "", "sekretessmarkering"))
			// Each also works in the archive, so that they lead from the office to it, and
			// in a unit that never came.
			work.WriteString(roleRow("a"+hidden, hidden, "archive", "employment", "Zonplanerare") + roleRow("b"+hidden, hidden, "office", "employment", "Zonplanerare") +
				roleRow("d"+hidden, hidden, "nowhere", "employment", "Zonplanerare"))
		}
		staff.WriteString(personRow(id, "", "Anna", "Ek", "Storgatan", "13640", "anna."+id+"@kommun.example", "none"))
		work.WriteString(roleRow("w"+id, id, "office", "employment", "Handläggare"))
	}
	holder := func(id string) string {
		if guarded {
			return id
		}
		return ""
	}
	work.WriteString(roleRow("post", holder("z0"), "office", "post", "Kamrer"))
	staff.WriteString(work.String())
	changed := unitRow("archive", "Stadsarkivet", "town") + roleRow("post", holder("z1"), "office", "post", "Kamrer")
	if guarded {
		changed += personRow("z0", protectedNumbers[0], "Zebulon", "Zander", "Zinkgatan", "13699", "", "sekretessmarkering") +
			roleRow("az0", "z0", "archive", "employment", "Zonchef")
	}
	again := personRow("teacher", "", "", "", "", "", "rektor@skola.example", "none")
	if school {
		again += personRow("y0", boardNumbers[0], "Yngve", "Ygberg", "Yllegatan", "13699", "", "none")
	}
	first = []delivery{{source: schoolSource, rows: pupils.String()}, {source: payrollSource, rows: staff.String()}, {source: synthSource, records: records}}
	return first, []delivery{{source: payrollSource, rows: changed}, {source: schoolSource, rows: again}}
}

// twinIDs are the records that questions are about, by the source of each.
var twinIDs = map[string]model.RecordKey{
	"office":  {Source: payrollSource, Kind: model.Organisation, LocalID: "office"},
	"archive": {Source: payrollSource, Kind: model.Organisation, LocalID: "archive"},
	"area":    {Source: payrollSource, Kind: model.Geography, LocalID: "area"},
	"post":    {Source: payrollSource, Kind: model.Role, LocalID: "post"},
	"pupil":   {Source: schoolSource, Kind: model.Person, LocalID: "y0"},
	"hidden":  {Source: payrollSource, Kind: model.Person, LocalID: "z0"},
	"work":    {Source: payrollSource, Kind: model.Role, LocalID: "bz0"},
}

// twin is a town, and another tenant of the same store.
type twin struct {
	database    graph.Database
	town, other access.Deps
	// ids are those of the records that questions are about, and "changes" the cursor
	// before what changes.
	ids map[string]string
}

// foundTwin makes a town on an empty database, which it closes when it is closed:
// with a registry of synthetic records around, and with some facts or without.
// Towns with one keyring have the same keys in their indexes.
func foundTwin(ctx context.Context, db graph.Database, keys *seal.Keyring, records int, has func(facts) bool) (*twin, error) {
	t := &twin{database: db, ids: map[string]string{}}
	if _, err := db.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("make a town: %w", err)
	}
	first, then := twinDeliveries(records, has)
	town, err := newTenant(ctx, db, "9901", keys)
	if err == nil {
		err = town.deliver(ctx, first)
	}
	if err != nil {
		return nil, err
	}
	before, err := town.deps.Store.Revision(ctx)
	if err != nil {
		return nil, err
	}
	if err := town.deliver(ctx, then); err != nil {
		return nil, err
	}
	other, err := newTenant(ctx, db, "9902", keys)
	if err != nil {
		return nil, err
	}
	// It comes as far as what is asked of it: a feed has no place after the present.
	for n, at := 0, model.Revision(-1); at < before; n++ {
		if err := other.deliver(ctx, []delivery{{source: payrollSource, rows: unitRow("town", fmt.Sprint("Grannen ", n), "")}}); err != nil {
			return nil, err
		}
		if at, err = other.deps.Store.Revision(ctx); err != nil {
			return nil, err
		}
	}
	t.town, t.other, t.ids["changes"] = town.deps, other.deps, access.AfterRevision(before)
	for name, key := range twinIDs {
		heads, err := t.town.Store.Heads(ctx, []model.RecordKey{key})
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", key, err)
		}
		if !heads[0].ID.IsZero() {
			t.ids[name] = heads[0].ID.String()
		}
	}
	return t, nil
}

// tenant is one municipality of a store.
type tenant struct {
	deps     access.Deps
	registry *registry.Registry
	hours    atomic.Int64 // of the clock, which stands still between deliveries
}

func newTenant(ctx context.Context, db graph.Database, code model.Tenant, keys *seal.Keyring) (*tenant, error) {
	t := &tenant{}
	store, err := db.CreateTenant(ctx, code)
	if err != nil {
		return nil, fmt.Errorf("make a town: %w", err)
	}
	clock := func() time.Time {
		return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Add(time.Duration(t.hours.Load()) * time.Hour)
	}
	source := func(name model.Source, board, mapping string) registry.Source {
		return registry.Source{
			Name: name, Authority: board, Purpose: "Benchmarks", LegalBasis: "Generated data", Retention: "None",
			Format: csv.Format{}, Mapping: []byte(mapping),
		}
	}
	t.registry, err = registry.New(registry.Options{
		Store: store, Keys: keys, Jurisdiction: "SE", Clock: clock, Logger: slog.New(slog.DiscardHandler), Sources: []registry.Source{
			source(payrollSource, payrollBoard, twinMapping), source(schoolSource, schoolBoard, twinMapping), source(synthSource, payrollBoard, synth.Mapping),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("make a town: %w", err)
	}
	t.deps = access.Deps{
		Store: store, BaseIRI: "https://data.generated.example", Clock: clock,
		Unsealer: t.registry, Keyer: t.registry, Scoper: t.registry, Weigher: t.registry, Finder: t.registry, Auditor: access.Unaudited, ProofOf: t.registry.ProofOf,
		Sources: map[model.Source]access.Source{
			payrollSource: {Authority: payrollBoard}, schoolSource: {Authority: schoolBoard}, synthSource: {Authority: payrollBoard},
		},
	}
	return t, nil
}

func (t *tenant) deliver(ctx context.Context, deliveries []delivery) error {
	for _, d := range deliveries {
		t.hours.Add(1)
		got, err := t.registry.Ingest(ctx, registry.Request{Source: d.source, Name: string(d.source) + ".csv", Reader: d.reader(), Delta: true})
		if err == nil && (got.State != graph.Done || got.Counts.Quarantined+got.Counts.Issues > 0) {
			err = fmt.Errorf("the delivery is %s, %+v", got.State, got.Counts)
		}
		if err != nil {
			return fmt.Errorf("deliver what %s says: %w", d.source, err)
		}
	}
	return nil
}
