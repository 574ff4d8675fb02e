package access

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// holding leads from persons to organisations: by the roles that they hold, and
// whose organisation or body it is. The role, its holder and its organisation are
// such as the caller sees, and valid on the day.
type holding struct{}

func (holding) visible(v *View) bool {
	return len(v.linkProperties([]model.PropertyID{ontology.RoleHolder})) > 0
}

// holders calls f for each role among some that somebody is seen to hold.
func (holding) holders(ctx context.Context, r *reach, roles []model.EntityID, f func(role *Entity, holders []model.EntityID)) error {
	found, err := r.read(ctx, roles)
	if err != nil {
		return err
	}
	for _, e := range found {
		if e == nil || e.Kind != model.Role || !r.day.IsZero() && !e.Period.Contains(r.day) {
			continue
		}
		if who := r.targets(nil, e, []model.PropertyID{ontology.RoleHolder}, ""); len(who) > 0 {
			f(e, who)
		}
	}
	return nil
}

func (h holding) all(ctx context.Context, r *reach) (map[model.EntityID]bool, bool, error) {
	of := r.v.linkProperties(unitOf[model.Role])
	persons := map[model.EntityID]bool{}
	roles := 0
	few, err := r.chunks(ctx, slices.Collect(maps.Keys(r.inside)), of, func(chunk []model.EntityID) (bool, error) {
		err := h.holders(ctx, r, chunk, func(role *Entity, who []model.EntityID) {
			if !slices.ContainsFunc(r.targets(nil, role, of, ""), func(id model.EntityID) bool { return r.inside[id] }) {
				return
			}
			roles++
			for _, id := range who {
				persons[id] = true
			}
		})
		return roles <= r.v.a.bounds.inside, err
	})
	return persons, few, err
}

func (h holding) starts(ctx context.Context, r *reach, seen []*sighted, _ int) ([][]model.EntityID, bool, error) {
	starts := make([][]model.EntityID, len(seen))
	at := map[model.EntityID]int{}
	var persons []model.EntityID
	for i, s := range seen {
		if s != nil {
			at[s.entity.ID] = i
			persons = append(persons, s.entity.ID)
		}
	}
	_, err := r.chunks(ctx, persons, []model.PropertyID{ontology.RoleHolder}, func(chunk []model.EntityID) (bool, error) {
		return true, h.holders(ctx, r, chunk, func(role *Entity, who []model.EntityID) {
			for _, id := range who {
				if i, asked := at[id]; asked {
					starts[i] = r.targets(starts[i], role, unitOf[model.Role], "")
				}
			}
		})
	})
	return starts, false, err
}

// chunks calls f for what links to any of the targets by some properties, each
// once, until f has enough; whole says that it was called for all.
func (r *reach) chunks(ctx context.Context, targets []model.EntityID, of []model.PropertyID, f func([]model.EntityID) (more bool, err error)) (whole bool, err error) {
	if len(targets) == 0 || len(of) == 0 {
		return true, nil
	}
	slices.SortFunc(targets, model.EntityID.Compare)
	had := map[model.EntityID]bool{}
	var chunk []model.EntityID
	for l, err := range r.v.index().Referrers(ctx, targets, of, r.v.clearance) {
		if err != nil {
			return false, fmt.Errorf("read what refers to %d golden records: %w", len(targets), err)
		}
		if had[l.From] {
			continue
		}
		had[l.From] = true
		if chunk = append(chunk, l.From); len(chunk) == maxPage {
			if more, err := f(chunk); err != nil || !more {
				return false, err
			}
			chunk = chunk[:0]
		}
	}
	return f(chunk)
}

// addressed leads from persons to places: by their addresses that the caller sees
// and that are valid on the day. An address names no place, but it says the codes
// of its county, its municipality and its postal code, which areas have as
// identifiers, and an address point has the same street, number and postal code.
type addressed struct{}

// postcode is the scheme of a postal code that a place has as its identifier.
const postcode model.Scheme = "postcode"

// mostPostcodes is how many postal codes are looked up one by one.
const mostPostcodes = 200

func (addressed) visible(v *View) bool {
	return v.admits(model.Person, model.Open) && v.shows(propertyOf(ontology.PersonAddress), model.Address{})
}

// areas are the identifiers of the areas that an address says it lies in.
func areas(a *model.Address) (out []model.Identifier) {
	for _, id := range []model.Identifier{
		{Scheme: model.Lanskod, Value: a.County}, {Scheme: model.Kommunkod, Value: a.Municipality}, {Scheme: postcode, Value: a.PostalCode},
	} {
		if id.Value != "" {
			out = append(out, id)
		}
	}
	return out
}

// pointOf is what two addresses have in common when they are one address point;
// nothing for an address that tells too little.
func pointOf(a *model.Address) string {
	street := document.Tokens(a.Street + " " + a.StreetNumber)
	if len(street) < 2 || a.PostalCode == "" {
		return ""
	}
	return strings.Join(street, " ") + ", " + a.PostalCode
}

// addresses are those of a thing that are valid on the day.
func (r *reach) addresses(e *Entity, property model.PropertyID) (out []*model.Address) {
	for i := range e.Values {
		val := &e.Values[i]
		if a, ok := val.Value.(model.Address); ok && val.Property == property && (r.day.IsZero() || val.Period.Contains(r.day)) {
			out = append(out, &a)
		}
	}
	return out
}

// isArea tells whether a place is seen to have an identifier on the day.
func (r *reach) isArea(e *Entity, id model.Identifier) bool {
	for i := range e.Values {
		val := &e.Values[i]
		if is, ok := val.Value.(model.Identifier); ok && val.Property == ontology.GeoIdentifier && is.Scheme == id.Scheme && is.Value == id.Value &&
			(r.day.IsZero() || val.Period.Contains(r.day)) {
			return true
		}
	}
	return false
}

// known is what addresses are told by that lie among known places.
type known struct {
	areas     map[model.Identifier]bool
	points    map[string]bool
	postcodes map[string]bool // of all of them, when not large
	large     bool            // a municipality or a county is among them
}

// known is told once: all that lies there is known.
func (r *reach) known() *known {
	if r.told != nil {
		return r.told
	}
	k := &known{areas: map[model.Identifier]bool{}, points: map[string]bool{}, postcodes: map[string]bool{}}
	for _, e := range r.things {
		for i := range e.Values {
			val := &e.Values[i]
			id, ok := val.Value.(model.Identifier)
			if !ok || val.Property != ontology.GeoIdentifier || !r.day.IsZero() && !val.Period.Contains(r.day) {
				continue
			}
			switch id.Scheme {
			case model.Lanskod, model.Kommunkod:
				k.large = true
			case postcode:
				k.postcodes[id.Value] = true
			default:
				continue
			}
			k.areas[model.Identifier{Scheme: id.Scheme, Value: id.Value}] = true
		}
		for _, a := range r.addresses(e, ontology.GeoAddress) {
			if point := pointOf(a); point != "" {
				k.points[point], k.postcodes[a.PostalCode] = true, true
			}
		}
	}
	r.told = k
	return k
}

func (k *known) has(a *model.Address) bool {
	return slices.ContainsFunc(areas(a), func(id model.Identifier) bool { return k.areas[id] }) || k.points[pointOf(a)]
}

// all looks persons up by the postal codes that there are in a place. Who lives in
// a municipality or a county need not have said a postal code.
func (addressed) all(ctx context.Context, r *reach) (map[model.EntityID]bool, bool, error) {
	k := r.known()
	if k.large || len(k.postcodes) > mostPostcodes {
		return nil, false, nil
	}
	persons := map[model.EntityID]bool{}
	met := 0
	for code := range k.postcodes {
		term := graph.FindTerm{Spaces: r.v.spacesOf(ontology.PersonAddress), Key: document.TextKey(code)}
		few, err := r.find(ctx, model.Person, []graph.FindTerm{term}, func(e *Entity) bool {
			seen := r.addresses(e, ontology.PersonAddress)
			// One whose address is not for the caller is not counted either.
			if slices.ContainsFunc(seen, func(a *model.Address) bool { return a.PostalCode == code }) {
				met++
			}
			if slices.ContainsFunc(seen, k.has) {
				persons[e.ID] = true
			}
			return met <= r.v.a.bounds.inside
		})
		if err != nil || !few {
			return nil, false, err
		}
	}
	return persons, true, nil
}

// find calls f for each thing that the caller sees under all terms, until it has
// enough; whole says that it was called for all.
func (r *reach) find(ctx context.Context, kind model.Kind, terms []graph.FindTerm, f func(*Entity) (more bool)) (whole bool, err error) {
	closed := r.v.Unopened()
	for after := firstID; ; {
		rows := make([]graph.Golden, 0, countChunk)
		for row, err := range closed.index().Find(ctx, graph.FindQuery{
			Kind: kind, Disclosure: closed.clearance, Terms: terms, After: after, Limit: countChunk, Parts: closed.parts(),
		}) {
			if err != nil {
				return false, fmt.Errorf("find golden records: %w", err)
			}
			rows = append(rows, row)
		}
		seen, err := closed.glimpse(ctx, rows)
		if err != nil {
			return false, err
		}
		for _, s := range seen {
			if s != nil && !f(s.entity) {
				return false, nil
			}
		}
		if len(rows) < countChunk {
			return true, nil
		}
		after = rows[len(rows)-1].ID
	}
}

// starts are first the areas that addresses say, and then, for those whom none
// leads there, address points.
func (addressed) starts(ctx context.Context, r *reach, seen []*sighted, pass int) ([][]model.EntityID, bool, error) {
	starts := make([][]model.EntityID, len(seen))
	if r.whole {
		k := r.known()
		for i, s := range seen {
			if s != nil && slices.ContainsFunc(r.addresses(s.entity, ontology.PersonAddress), k.has) {
				starts[i] = []model.EntityID{r.root}
			}
		}
		return starts, false, nil
	}
	for i, s := range seen {
		if s == nil {
			continue
		}
		for _, a := range r.addresses(s.entity, ontology.PersonAddress) {
			if pass == 1 {
				if err := r.lookUpPoint(ctx, a); err != nil {
					return nil, false, err
				}
				starts[i] = append(starts[i], r.points[pointOf(a)]...)
				continue
			}
			for _, id := range areas(a) {
				if err := r.lookUpArea(ctx, id); err != nil {
					return nil, false, err
				}
				starts[i] = append(starts[i], r.areas[id]...)
			}
		}
	}
	return starts, pass == 0, nil
}

// lookUpArea looks up the areas with an identifier.
func (r *reach) lookUpArea(ctx context.Context, id model.Identifier) error {
	if _, have := r.areas[id]; have {
		return nil
	}
	r.areas[id] = nil
	term := graph.FindTerm{Spaces: r.v.spacesOf(ontology.GeoIdentifier), Key: document.IdentifierKey(id.Scheme, id.Value)}
	_, err := r.find(ctx, model.Geography, []graph.FindTerm{term}, func(e *Entity) bool {
		if r.isArea(e, id) {
			r.areas[id] = append(r.areas[id], e.ID)
		}
		return true
	})
	return err
}

// lookUpPoint looks up the address points with an address.
func (r *reach) lookUpPoint(ctx context.Context, a *model.Address) error {
	point := pointOf(a)
	if _, have := r.points[point]; have || point == "" {
		return nil
	}
	r.points[point] = nil
	terms := r.v.wordTerms(model.Geography, document.Tokens(a.Street+" "+a.StreetNumber+" "+a.PostalCode), false)
	if len(terms) == 0 {
		return nil
	}
	_, err := r.find(ctx, model.Geography, terms, func(e *Entity) bool {
		if slices.ContainsFunc(r.addresses(e, ontology.GeoAddress), func(other *model.Address) bool { return pointOf(other) == point }) {
			r.points[point] = append(r.points[point], e.ID)
		}
		return true
	})
	return err
}
