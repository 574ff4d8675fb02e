package graph

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
)

// Route says what is about to be read: golden records, those that they lead to,
// and so on. It begins at the golden records with the IDs, or at the live ones of
// a Kind whose records have a matching Key.
type Route struct {
	IDs  []model.EntityID
	Key  uint64
	Kind model.Kind
	// Seal is optional, with a Key: where the reference to the sealed value of an
	// identifier lies, which is read as it is stored.
	Seal Spot
	// Disclosure is mandatory: the narrowest class of records that are gone on from.
	Disclosure model.Disclosure
	Steps      []RouteStep // none leads back to an earlier one
	Parts      Parts
}

// RouteStep leads on from where an earlier step came to: that one's number, from 1,
// or 0 for where the route begins.
type RouteStep struct {
	After    int
	Property model.PropertyID
	// Back is how many links to a record, at most, lead to where they come from; 0
	// leads to where the record's own first link leads.
	Back int
	Spot Spot // of the id that the record's own first link leads to
}

// Spot is where to look for an id in a golden record's document, for a store that
// reads ahead: Place bytes after the beginning of the first Mark in it. An id
// that is none, by mistake, finds nothing. Without a Mark there is nothing to look for.
type Spot struct {
	Mark  []byte
	Place int
	// Class is optional: what lies behind the id, before a byte that is the rank of who
	// may see it. Where there is none, or it is above that of the route, the id is not
	// gone on to: it would take a look-up, and so tell.
	Class []byte
}

// Travelled is what a store has read of a route, all of one committed state: for
// some of what would be asked for, the answers. It may lack any of them.
type Travelled struct {
	// Holders are the ids that the route begins at, each once, when it does so at a
	// key: as Reader.Holders gives them, but that it goes nowhere from who is only near.
	Holders []model.EntityID
	// Goldens are rows as Reader.Goldens gives them, absent ones too.
	Goldens map[model.EntityID]Golden
	Sealed  map[model.EntityID]Sealed // by its reference
	links   map[linksBy]*someLinks
}

type linksBy struct {
	to       model.EntityID
	property model.PropertyID
}

// someLinks are the first links, each once, of rows that were read up to a limit.
type someLinks struct {
	links       []Link
	rows, limit int
}

// AddSealed adds a sealed value, unless it has no reference.
func (t *Travelled) AddSealed(s Sealed) {
	if s.Ref.IsZero() {
		return
	}
	if t.Sealed == nil {
		t.Sealed = map[model.EntityID]Sealed{}
	}
	t.Sealed[s.Ref] = s
}

// Look says that at most limit links to a record by a property, the first, have
// been looked for.
func (t *Travelled) Look(to model.EntityID, property model.PropertyID, limit int) {
	if t.links == nil {
		t.links = map[linksBy]*someLinks{}
	}
	at := linksBy{to, property}
	if have := t.links[at]; have != nil {
		have.limit = max(have.limit, limit)
		return
	}
	t.links[at] = &someLinks{limit: limit}
}

// AddLink adds one that was found where Look has said.
func (t *Travelled) AddLink(l Link) {
	s := t.links[linksBy{l.To, l.Property}]
	s.rows++
	// Those of a record that is come to twice are read twice.
	if at, found := slices.BinarySearchFunc(s.links, l, compareFrom); !found {
		s.links = slices.Insert(s.links, at, l)
	}
}

// LinksTo is Reader.LinksTo of one target from its first link on; ok is false when
// that has not been read.
func (t *Travelled) LinksTo(to model.EntityID, property model.PropertyID, limit int) (links []Link, ok bool) {
	s := t.links[linksBy{to, property}]
	if s == nil || len(s.links) < limit && s.rows >= s.limit {
		return nil, false
	}
	n := min(limit, len(s.links))
	return s.links[:n:n], true
}

// compareFrom is the order of the links to one record by one property.
func compareFrom(a, b Link) int {
	return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Role, b.Role), a.Period.From.Compare(b.Period.From), a.Period.To.Compare(b.Period.To))
}
