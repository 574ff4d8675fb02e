package gqltest

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Watcher is a class of callers and what it may see, said anew from privacy.md and
// model.md rather than asked of the code under test.
type Watcher struct {
	Name   string
	Rights access.Rights
	sees   model.Disclosure // the narrowest class
	board  string           // what is restricted and protected it sees of this authority only; "" of all
	// Elsewhere: it is of another tenant of the same store, and sees nothing.
	Elsewhere bool
}

const schoolBoard = "utbildningsnämnden"

// Watchers are the classes of callers that the law of non-interference names.
func Watchers() []Watcher {
	const purpose = "dnr 17"
	restricted := []access.Scope{access.RestrictedRead, access.IdentifierLookup}
	protected := append(slices.Clone(restricted), access.ProtectedRead)
	return []Watcher{
		{Name: "public", sees: model.Open},
		{Name: "reader", Rights: access.Rights{Role: access.Reader}, sees: model.Internal},
		{Name: "steward", Rights: access.Rights{Role: access.Steward}, sees: model.Internal},
		{Name: "restricted-steward", Rights: access.Rights{Role: access.Steward, Scopes: restricted, Purpose: purpose}, sees: model.Restricted},
		{Name: "school-steward", Rights: access.Rights{Role: access.Steward, Scopes: restricted, Authorities: []string{schoolBoard}, Purpose: purpose}, sees: model.Restricted, board: schoolBoard},
		{
			Name: "school-protected", Rights: access.Rights{Role: access.Steward, Scopes: protected, Authorities: []string{schoolBoard}, Purpose: purpose},
			sees: model.Protected, board: schoolBoard,
		},
		{
			Name: "neighbour", Rights: access.Rights{Role: access.Admin, Scopes: append(slices.Clone(protected), access.AuditRead), Purpose: purpose},
			Elsewhere: true,
		},
	}
}

// hides tells whether the watcher may see nothing of what has a class and is of a
// source.
func (w Watcher) hides(class model.Disclosure, source model.Source) bool {
	return w.Elsewhere || class > w.sees || class >= model.Restricted && w.board != "" && (source != "school" || w.board != schoolBoard)
}

// Twins are two towns that differ only in what a watcher may see in neither: values,
// persons, what they hold, units, decisions on them, what was erased. All else has
// the same ids and revisions.
type Twins struct {
	One, Other *Town
	// IDs and Numbers are those of both that the watcher may ask for and is to be
	// answered alike: of a protected person whose id is known the flag is told, so those
	// that one of the towns does not have are missing.
	IDs, Numbers []string
	// Addresses are those of IDs that are right, as "person/…".
	Addresses []string
	// Neighbours are the towns that differ, when the watcher is of another tenant.
	Neighbours [2]*Town
}

// NewTwins draws two towns on SQLite, or on PostgreSQL.
func NewTwins(t testing.TB, w Watcher, seed uint64, onPostgres bool) *Twins {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	out := &Twins{Numbers: slices.Clone(someNumbers)}
	var towns, asked [2]*Town
	ids, addresses := map[string]bool{}, map[string]bool{}
	for i := range towns {
		var db graph.Database
		if onPostgres {
			db, err = postgres.Open(t.Context(), testkit.Postgres(t))
		} else {
			db, err = sqlite.Open(t.Context(), t.TempDir()+"/town.db")
		}
		if err != nil {
			t.Fatal(err)
		}
		prepared(t, db)
		b := &twin{w: w, seed: seed, nth: uint64(i + 1), keys: keys}
		towns[i] = b.build(t, db)
		if asked[i] = towns[i]; w.Elsewhere {
			m := neighbour()
			m.keys = keys
			asked[i] = found(t, db, m)
		}
		for _, town := range []*Town{towns[i], asked[i]} {
			for h, err := range town.Store.ScanHeads(t.Context(), "", "") {
				if err != nil {
					t.Fatal(err)
				}
				unknown := !w.Elsewhere && w.sees > model.Open && h.Key.Kind == model.Person && sometimes[h.Key.LocalID]
				if few := h.Key.Kind != model.Concept || h.ID[15]%20 == 0; few && !unknown {
					ids[h.ID.String()] = true
					if h.Key.Kind != model.Concept {
						addresses[h.Key.Kind.String()+"/"+h.ID.String()] = true
					}
				}
			}
		}
	}
	out.One, out.Other = asked[0], asked[1]
	if w.Elsewhere {
		out.Neighbours = towns
	}
	out.IDs, out.Addresses = slices.Sorted(maps.Keys(ids)), slices.Sorted(maps.Keys(addresses))
	for i := range 4 {
		out.Numbers = append(out.Numbers, numberOf(i))
	}
	var at [2]model.Revision
	for i, town := range asked {
		if at[i], err = town.Store.Revision(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if at[0] != at[1] {
		t.Fatalf("the twins of seed %d are at revisions %d and %d", seed, at[0], at[1])
	}
	return out
}

// NewSheltering makes a town with everything that twins have, hidden or not: protected
// persons of two boards, a board of which everything is restricted, and a sole trader.
func NewSheltering(t testing.TB) *Town {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir()+"/town.db")
	if err != nil {
		t.Fatal(err)
	}
	prepared(t, db)
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return (&twin{w: Watcher{sees: model.Protected}, seed: 1, nth: 1, keys: keys}).build(t, db)
}

// Generator makes queries for the twins.
func (tw *Twins) Generator(seed uint64) *Generator {
	g := newGenerator(seed)
	g.IDs, g.Numbers = tw.IDs, tw.Numbers
	return g
}

// Happen lets the same happen in both towns, which everybody may see.
func (tw *Twins) Happen(t testing.TB) {
	t.Helper()
	for _, town := range []*Town{tw.One, tw.Other} {
		town.Clock.Advance(time.Hour)
		town.Deliver(t, "web", record(model.Geography, "clock", say(model.Geography, "name", sv("Klockan slår"))))
	}
}

// twin builds one of the two towns.
type twin struct {
	w     Watcher
	seed  uint64
	nth   uint64 // 1 or 2
	keys  *seal.Keyring
	town  *Town
	phase int
	// block is of ids, and given how many of it are: a phase and each delivery has its own.
	block, given int
}

// newID gives ids that rise, and of which each delivery has its own: however many
// hidden things one has, the next one's ids stay.
func (b *twin) newID() (id model.EntityID) {
	b.given++
	random := rand.New(rand.NewPCG(b.seed, uint64(b.block)<<32|uint64(b.given)))
	binary.BigEndian.PutUint64(id[:8], (uint64(testkit.Epoch.UnixMilli())+uint64(b.block)*10_000+uint64(b.given))<<16)
	binary.BigEndian.PutUint64(id[8:], random.Uint64())
	id[6], id[8] = 0x70, id[8]&0x3f|0x80
	return id
}

// next begins a phase, an hour later.
func (b *twin) next() {
	b.phase++
	b.block, b.given = b.block+1, 0
	if b.town != nil {
		b.town.Clock.Advance(time.Hour)
	}
}

// pick draws one of n, which both towns share unless it is hidden.
func (b *twin) pick(hidden bool, n int, what ...any) int {
	h := fnv.New64a()
	fmt.Fprint(h, what...)
	of := uint64(0)
	if hidden {
		of = b.nth
	}
	return rand.New(rand.NewPCG(b.seed^h.Sum64(), of)).IntN(n)
}

// Who is protected, and by whom known.
var protectedPersons = map[string]bool{
	"hidden": true, "hidden-2": true, "hidden-3": true, "maybe-1": true, "maybe-2": true, "gone-1": true, "gone-2": true, "school-hidden": true, "school-maybe": true,
}

// sometimes are persons of whom a town knows nothing, now or any more, and the other
// may.
var sometimes = map[string]bool{"maybe-1": true, "maybe-2": true, "gone-1": true, "gone-2": true, "school-maybe": true}

// constant are things that a town has or has not, where that is hidden, from the
// beginning: what points to them waits for them where they are not, which stewards see.
var constant = map[string]bool{"maybe-1": true, "maybe-2": true, "school-maybe": true, "trader": true, "shelter": true, "client": true}

// numberOf is a personal number of a protected person.
func numberOf(i int) string {
	digits := fmt.Sprintf("18%02d0101%03d", 40+i, 100+i)
	sum := 0
	for i, c := range digits[2:] {
		d := int(c-'0') * (2 - i%2)
		sum += d/10 + d%10
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}

// flagged tells whether Bo is protected by the end, which both towns share.
func (b *twin) flagged() bool { return b.pick(false, 2, "bo is flagged") == 1 }

// isProtected tells whether a person is protected today.
func (b *twin) isProtected(local string) bool {
	return protectedPersons[local] || local == "bo" && b.flagged()
}

// classOf is who may see that a record is there, by privacy.md and model.md.
func (b *twin) classOf(source model.Source, r *model.Record) model.Disclosure {
	class := model.Open
	switch r.Key.Kind {
	case model.Person:
		class = model.Internal
		if b.isProtected(r.Key.LocalID) {
			class = model.Protected
		}
	case model.Role:
		for _, st := range r.Statements {
			switch v := st.Value.(type) {
			case model.Code:
				switch {
				case st.Property != ontology.RoleType || v.Notation == "post":
				case v.Notation == "pupil" || v.Notation == "client":
					class = max(class, model.Restricted)
				default:
					class = max(class, model.Internal)
				}
			case model.Link:
				if st.Property == ontology.RoleHolder && b.isProtected(v.Ref.Key.LocalID) && !isPost(r) {
					class = model.Protected
				}
			}
		}
		if r.Key.LocalID == "chair-office" && b.office() == 1 {
			class = model.Open
		}
	case model.Organisation:
		if r.Key.LocalID == "trader" {
			class = model.Restricted
		}
	}
	if source == "social" {
		class = max(class, model.Restricted)
	}
	return class
}

func isPost(r *model.Record) bool {
	return slices.ContainsFunc(r.Statements, func(st model.Statement) bool {
		c, ok := st.Value.(model.Code)
		return ok && st.Property == ontology.RoleType && c.Notation == "post"
	})
}

// hidden tells whether the watcher sees nothing of a record. To the public nobody
// is a record, nor is what persons do.
func (b *twin) hidden(source model.Source, r *model.Record) bool {
	return b.w.hides(b.classOf(source, r), source)
}

// alter is what a source delivers in this town: what both share first, so that its
// ids are the same.
func (b *twin) alter(source model.Source, records []model.Record) []model.Record {
	b.block, b.given = b.block+1, 0
	var shared, own []model.Record
	for _, r := range records {
		hidden := b.hidden(source, &r)
		if hidden && !b.isThere(&r) {
			if b.phase > 0 {
				own = append(own, model.Record{Key: r.Key, Deleted: true})
			}
			continue
		}
		r.Statements, r.Issues = b.statements(source, &r, hidden), b.issues(source, &r, hidden)
		if hidden && r.Key.Kind != model.Concept && b.pick(true, 2, r.Key.LocalID, " ends, in phase ", b.phase) == 1 {
			r.Period.To = day("2024-05-01")
		}
		if hidden && !always[r.Key.LocalID] {
			own = append(own, r)
		} else {
			shared = append(shared, r)
		}
	}
	return append(shared, own...)
}

// isThere tells whether a town has a hidden record, in this phase or in all.
func (b *twin) isThere(r *model.Record) bool {
	local := r.Key.LocalID
	switch {
	case always[local] || gone(local):
		return true
	case constant[local]:
		return b.pick(true, 2, local, " is there") == 1
	case r.Key.Kind == model.Person:
		return b.w.sees > model.Open && !b.w.Elsewhere || b.pick(true, 3, local, " is there in phase ", b.phase) > 0
	case r.Key.Kind == model.Role && !isPost(r):
		// A role whose holder nobody knows reveals nobody, and is seen.
		for _, st := range r.Statements {
			l, ok := st.Value.(model.Link)
			if holder := l.Ref.Key.LocalID; ok && st.Property == ontology.RoleHolder && constant[holder] && b.pick(true, 2, holder, " is there") == 0 {
				return false
			}
		}
		return b.pick(true, 3, local, " is there in phase ", b.phase) > 0
	}
	return true
}

func gone(local string) bool { return local == "gone-1" || local == "gone-2" }

// always are what both towns have, under one id, hidden or not: of Bo and of the chair
// there was something to see.
var always = map[string]bool{
	"hidden": true, "hidden-2": true, "hidden-3": true, "school-hidden": true, "bo": true, "bo-employment": true, "chair": true, "chair-office": true, "journal": true,
}

// statements are what a record says in this town.
func (b *twin) statements(source model.Source, r *model.Record, hidden bool) (out []model.Statement) {
	what := fmt.Sprint(source, " ", r.Key.Kind, " ", r.Key.LocalID, " in phase ", b.phase)
	for i, st := range r.Statements {
		p := ontology.ByID(st.Property)
		l, isLink := st.Value.(model.Link)
		target := l.Ref.Key.LocalID
		secret := hidden || b.w.hides(p.DisclosureOf(st.Value), source)
		switch {
		case r.Key.LocalID == "journal":
			secret = false
		case isLink && !hidden:
			secret = b.w.hides(b.linkClass(p, l), source)
			if constant[target] && secret && b.pick(true, 2, target, " is there") == 0 {
				continue
			}
		case r.Key.LocalID == "chair" && b.office() == 1 && p.Group != "":
			secret = false // whose name is open
		case (r.Key.LocalID == "anna" || r.Key.LocalID == "teacher-7") && !hidden && p.Matching != ontology.MatchContact && p.Matching != ontology.MatchAddress:
			secret = false // of whom two boards speak: that they are one is seen
		}
		if !secret {
			out = append(out, st)
			continue
		}
		switch n := b.pick(true, 4, what, " says ", i); {
		case n == 0:
		case (n == 1 || isLink && n < 3) && droppable(st) && (hidden || st.Property != ontology.PersonIdentifier) && !(r.Key.LocalID == "chair" && p.Group != ""):
			continue
		case isPost(r) && st.Property == ontology.RoleHolder:
			if n == 1 {
				continue
			}
			l.Ref.Key.LocalID = []string{"hidden-2", "hidden-3"}[n%2]
			st.Value = l
		default:
			if v, ok := otherwise(st.Value, n); ok && (hidden || !isLink) {
				st.Value, st.Original = v, ""
			}
		}
		out = append(out, st)
	}
	return out
}

// flaws are properties of which records have issues, and who may see those: whoever may
// see all that could have been said.
var flaws = map[model.Kind]map[model.PropertyID]model.Disclosure{
	model.Person: {
		0: model.Restricted, ontology.PersonBirthDate: model.Restricted, ontology.PersonEmail: model.Restricted, ontology.PersonProtection: model.Internal,
		ontology.PersonIdentifier: model.Restricted,
	},
	model.Role:         {ontology.RoleHolder: model.Protected, ontology.RoleOrganisation: model.Restricted, ontology.RoleTitle: model.Open, ontology.RoleExtent: model.Internal},
	model.Organisation: {ontology.OrgName: model.Open, ontology.OrgIdentifier: model.Restricted},
	model.Geography:    {ontology.GeoName: model.Open},
}

// issues are what is wrong with a record's fields in this town. A text that was
// delivered is hidden or not; a place in the delivery is from whoever does not see all
// of that.
func (b *twin) issues(source model.Source, r *model.Record, hidden bool) (out []model.Issue) {
	if r.Key.LocalID == "" {
		return nil // no record: an item that is broken
	}
	what := fmt.Sprint(source, " ", r.Key.Kind, " ", r.Key.LocalID, " in phase ", b.phase)
	for _, p := range slices.Sorted(maps.Keys(flaws[r.Key.Kind])) {
		n := b.pick(hidden || b.w.hides(flaws[r.Key.Kind][p], source), 5, what, " is flawed in ", p)
		if n < 2 {
			continue
		}
		out = append(out, model.Issue{
			Property: p, Code: model.IssueBadText, Severity: model.Failed, Text: "not a text", Original: fmt.Sprint("fel ", n),
			Place: fmt.Sprint("line ", b.pick(hidden || b.w.hides(model.Protected, source), 9, what, " is flawed at ", p)),
		})
	}
	return out
}

// linkClass is who may see a link.
func (b *twin) linkClass(p *ontology.Property, l model.Link) model.Disclosure {
	class := p.Disclosure
	switch local := l.Ref.Key.LocalID; {
	case b.isProtected(local):
		class = model.Protected
	case local == "trader" || local == "shelter" || local == "client":
		class = max(class, model.Restricted)
	case l.Ref.Key.Kind == model.Person:
		class = max(class, model.Internal)
	}
	return class
}

// droppable tells whether a statement can be missing and the record is what it was.
func droppable(st model.Statement) bool {
	switch st.Property {
	case ontology.PersonProtection, ontology.RoleType, ontology.RoleHolder, ontology.OrgIdentifier, ontology.GeoIdentifier:
		return false
	}
	return true
}

// otherwise is another value of the same sort, and whether there is one here.
func otherwise(v model.Value, n int) (model.Value, bool) {
	switch v := v.(type) {
	case model.Text:
		v.Text = []string{"Åke ", "Dold "}[n%2] + v.Text
		return v, true
	case model.Contact:
		v.Value = []string{"annan.", "en."}[n%2] + v.Value
		return v, true
	case model.Address:
		v.Street, v.PostalCode = []string{"Annanvägen", "Ekvägen"}[n%2], []string{"98766", "98765"}[n%2]
		return v, true
	case model.Number:
		return v + model.Number(n), true
	case model.Date:
		v.Day = uint8(n + 10)
		return v, true
	case model.Boolean:
		return !v, true
	case model.Link:
		if v.Ref.Key.Kind == model.Organisation {
			v.Ref.Key.LocalID = []string{"library", "school"}[n%2]
			return v, true
		}
	}
	return v, false
}

// office is whether the chair's office is public: never, still, or no longer.
func (b *twin) office() int { return b.pick(false, 3, "the office") }

// cast are more things of the house, beside the usual ones.
func cast() []model.Record {
	const (
		P = model.Person
		R = model.Role
		O = model.Organisation
	)
	person := func(local string, n int, name string) model.Record {
		return record(P, local, say(P, "identifier", id(model.Personnummer, numberOf(n))), say(P, "givenName", text(name)), say(P, "familyName", text("Dold")),
			say(P, "birthDate", day("1845-05-01")), say(P, "email", email("work", local+"@exempel.se")), say(P, "address", home("Ekvägen", "2")),
			say(P, "protection", code(model.ProtectionScheme, "sekretessmarkering")))
	}
	job := func(local, holder, unit, title string) model.Record {
		r := record(R, local, say(R, "holder", to("hr", P, holder)), say(R, "organisation", to("hr", O, unit)), say(R, "employer", to("hr", O, "kommun")),
			say(R, "roleType", code("role-type", "employment")), say(R, "title", text(title)), say(R, "extent", model.Number(75)), say(R, "fills", to("hr", R, "guard-post")))
		r.Period.To = day("2024-06-01")
		return r
	}
	return []model.Record{
		record(O, "annex", say(O, "name", sv("Annexet")), say(O, "parent", as("line", to("hr", O, "school"))), say(O, "legalEntity", to("hr", O, "trader"))),
		record(R, "guard-post", say(R, "organisation", to("hr", O, "annex")), say(R, "roleType", code("role-type", "post")), say(R, "title", text("Vakt")),
			say(R, "holder", to("hr", P, "hidden")), say(R, "extent", model.Number(50))),
		record(P, "chair", say(P, "givenName", text("Dag")), say(P, "familyName", text("Ordf")), say(P, "birthDate", day("1880-01-02")),
			say(P, "protection", code(model.ProtectionScheme, "none"))),
		record(R, "chair-office", say(R, "holder", to("hr", P, "chair")), say(R, "organisation", to("hr", O, "kommun")),
			say(R, "roleType", code("role-type", "elected-office")), say(R, "title", text("Ordförande"))),
		person("hidden-2", 0, "Disa"), person("hidden-3", 1, "Egil"), person("maybe-1", 2, "Frida"), person("maybe-2", 3, "Anna"),
		record(P, "gone-1", say(P, "givenName", text("Gerd")), say(P, "familyName", text("Borta")), say(P, "protection", code(model.ProtectionScheme, "sekretessmarkering"))),
		record(P, "gone-2", say(P, "givenName", text("Hans")), say(P, "familyName", text("Borta")), say(P, "protection", code(model.ProtectionScheme, "sekretessmarkering"))),
		job("hidden-2-job", "hidden-2", "annex", "Vakt"), job("maybe-1-job", "maybe-1", "library", "Bibliotekarie"), job("maybe-2-job", "maybe-2", "nowhere", "Vakt"),
		record(O, "trader", say(O, "identifier", id(model.Organisationsnummer, numberOf(7)[2:])), say(O, "name", sv("Snickar Ek")),
			say(O, "address", model.Address{Use: "visit", Street: "Ekvägen", StreetNumber: "9", PostalCode: "98765", Locality: "Exempel"})),
	}
}

// schooling is what the school says beside the usual.
func schooling() []model.Record {
	const (
		P = model.Person
		R = model.Role
		O = model.Organisation
	)
	hidden := func(local, name string) model.Record {
		return record(P, local, say(P, "givenName", text(name)), say(P, "familyName", text("Dold")), say(P, "email", email("school", local+"@skola.exempel.se")),
			say(P, "protection", code(model.ProtectionScheme, "skyddad-folkbokforing")))
	}
	return []model.Record{
		record(P, "elev", say(P, "givenName", text("Ella")), say(P, "familyName", text("Alm")), say(P, "protection", code(model.ProtectionScheme, "none"))),
		hidden("school-hidden", "Ivar"), hidden("school-maybe", "Jon"),
		record(R, "elev-role", say(R, "holder", to("school", P, "elev")), say(R, "organisation", to("school", O, "unit-1")), say(R, "roleType", code("role-type", "pupil"))),
		record(R, "school-hidden-role", say(R, "holder", to("school", P, "school-hidden")), say(R, "organisation", to("school", O, "unit-1")),
			say(R, "roleType", code("role-type", "duty")), say(R, "title", text("Klasslärare"))),
	}
}

// sheltered is what the social board says: all of it is restricted. The journal is
// there in any case, and says something else each time, so that a revision is taken.
func sheltered(phase int) []model.Record {
	const (
		P = model.Person
		R = model.Role
		O = model.Organisation
	)
	return []model.Record{
		record(O, "journal", say(O, "name", sv(fmt.Sprint("Journalen ", phase)))),
		record(O, "shelter", say(O, "name", sv("Skyddet")), say(O, "parent", as("line", to("hr", O, "library"))),
			say(O, "address", model.Address{Use: "visit", Street: "Alvägen", StreetNumber: "7", PostalCode: "98765", Locality: "Exempel"})),
		record(P, "client", say(P, "givenName", text("Karin")), say(P, "familyName", text("Ek")), say(P, "protection", code(model.ProtectionScheme, "none"))),
		record(R, "client-role", say(R, "holder", to("social", P, "client")), say(R, "organisation", to("social", O, "shelter")), say(R, "roleType", code("role-type", "client"))),
	}
}

// build makes the town: in each phase something that everybody sees happens, beside
// what is hidden.
func (b *twin) build(t testing.TB, db graph.Database) *Town {
	t.Helper()
	const (
		P = model.Person
		R = model.Role
		O = model.Organisation
	)
	b.phase = 0
	m := making{ids: b.newID, keys: b.keys, sheltering: true, alter: b.alter}
	b.town = found(t, db, m)
	town := b.town
	clock := func() model.Record {
		return record(model.Geography, "clock", say(model.Geography, "name", sv(fmt.Sprint("Klockan ", b.phase))))
	}
	b.next()
	town.Deliver(t, "hr", append([]model.Record{clock()}, cast()...)...)
	b.next()
	town.Deliver(t, "social", append(sheltered(b.phase), broken(b.pick(b.w.hides(model.Restricted, "social"), 3, "what social broke"))...)...)
	b.next()
	town.Deliver(t, "school", schooling()...)
	b.next()
	b.decide(t)
	b.next()
	town.Deliver(t, "hr", append([]model.Record{clock(), record(O, "library", say(O, "name", sv([]string{"Stadsbiblioteket", "Biblioteket"}[b.pick(false, 2, "library")])),
		say(O, "parent", as("line", to("hr", O, "kommun"))), say(O, "legalEntity", to("social", O, "shelter")))}, cast()...)...)
	b.next()
	if b.office() > 0 {
		b.must(t)(town.Registry.OpenOffice(t.Context(), "Åsa", town.ID(t, "hr", R, "chair-office"), "KS § 1", model.Period{}, "ordförande"))
	}
	b.next()
	if _, err := town.Registry.Erase(t.Context(), registry.EraseRequest{ID: town.ID(t, "hr", P, []string{"gone-1", "gone-2"}[b.pick(b.w.hides(model.Protected, "hr"), 2, "who is erased")]), Decision: "KS § 2", Actor: "Åsa"}); err != nil {
		t.Fatal(err)
	}
	b.next()
	bo := staff()[6]
	if bo.Key.LocalID != "bo" {
		t.Fatal("Bo is not where he was")
	}
	if b.flagged() {
		bo.Statements[len(bo.Statements)-1] = say(P, "protection", code(model.ProtectionScheme, "sekretessmarkering"))
	}
	town.Deliver(t, "hr", append([]model.Record{clock(), bo}, cast()[8:]...)...)
	b.next()
	town.Deliver(t, "social", sheltered(b.phase)...)
	b.next()
	if b.office() == 2 {
		b.must(t)(town.Registry.CloseOffice(t.Context(), "Åsa", town.ID(t, "hr", R, "chair-office"), "slut"))
	}
	b.next()
	b.open(t)
	town.Clock.Advance(time.Hour)
	return town
}

// broken are items that are no records.
func broken(n int) (out []model.Record) {
	for i := range n {
		out = append(out, record(model.Organisation, "", say(model.Organisation, "name", sv(fmt.Sprint("Trasig ", i)))))
	}
	return out
}

func (b *twin) must(t testing.TB) func(model.Revision, error) {
	return func(_ model.Revision, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// decide is what stewards decide of hidden persons, and of what everybody sees.
func (b *twin) decide(t testing.TB) {
	t.Helper()
	hidden := []model.EntityID{b.town.ID(t, "hr", model.Person, "hidden"), b.town.ID(t, "hr", model.Person, "hidden-2"), b.town.ID(t, "hr", model.Person, "hidden-3")}
	secret := b.w.hides(model.Protected, "hr")
	for i := range 2 {
		first := b.pick(secret, 3, "who is decided on ", i)
		verdict := graph.Verdict(int(graph.Same) + b.pick(secret, 3, "verdict ", i))
		b.must(t)(b.town.Registry.Decide(t.Context(), "Åsa", hidden[first], hidden[(first+1)%3], verdict, fmt.Sprint("sett ", b.pick(secret, 9, "reason ", i)), nil))
	}
	b.must(t)(b.town.Registry.Decide(t.Context(), "Åsa", b.town.ID(t, "hr", model.Organisation, "library"), b.town.ID(t, "hr", model.Organisation, "school"), graph.Different, "sett", nil))
}

// open opens cases to sources.
func (b *twin) open(t testing.TB) {
	t.Helper()
	for i, local := range []string{"hidden-2", "hidden-3"} {
		if b.pick(b.w.hides(model.Protected, "hr"), 2, "case ", i) == 0 {
			continue
		}
		if _, err := b.town.Registry.OpenCase(t.Context(), registry.RectifyRequest{
			Subject: b.town.ID(t, "hr", model.Person, local), Property: ontology.PersonFamilyName, Source: "hr", Wrong: "Dold", Right: "Old", Evidence: "samtal", Actor: "Åsa",
		}); err != nil {
			t.Fatal(err)
		}
	}
}
