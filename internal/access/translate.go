package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Relation is how a code is related to one that stands for it, nearest first.
type Relation string

// The relations.
const (
	SameCode     Relation = "same"     // it is valid that day
	ReplacedCode Relation = "replaced" // one has replaced the other
	ExactCode    Relation = "exact"    // the same in another list
	CloseCode    Relation = "close"    // nearly the same in another list
	BroaderCode  Relation = "broader"  // wider, in another list
	NarrowerCode Relation = "narrower" // narrower, in another list
)

// Relations are all relations, nearest first.
var Relations = []Relation{SameCode, ReplacedCode, ExactCode, CloseCode, BroaderCode, NarrowerCode}

// Translation is a code that stands for another.
type Translation struct {
	Concept  *Entity
	Relation Relation
}

// crossMap are the properties that map a code to another list: what their target
// is to the code that has them, and what that code is to their target.
var crossMap = []struct {
	property         model.PropertyID
	target, referrer Relation
}{
	{ontology.ConceptExactMatch, ExactCode, ExactCode},
	{ontology.ConceptCloseMatch, CloseCode, CloseCode},
	{ontology.ConceptBroadMatch, BroaderCode, NarrowerCode},
	{ontology.ConceptNarrowMatch, NarrowerCode, BroaderCode},
}

// TranslateCode is what stands for a code on a day, nearest first, and of equals
// by list and notation. Without a list to translate into it is the code itself
// while it is valid, else what has replaced it by then, or else what it has
// replaced; with one, its counterparts there by the cross-maps of both lists.
// ErrNotFound when the caller sees no such code.
func (v *View) TranslateCode(ctx context.Context, code model.Code, to string, day model.Date) ([]Translation, error) {
	versions, err := v.codeVersions(ctx, code.Scheme, code.Notation)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, ErrNotFound
	}
	t := translator{v: v, day: day}
	own, err := t.standing(ctx, versions)
	if err != nil {
		return nil, err
	}
	if to == "" || to == code.Scheme {
		return sortTranslations(own, to), nil
	}
	from := versions
	if len(own) > 0 {
		from = nil
		for _, o := range own {
			from = append(from, o.Concept)
		}
	}
	mapped, err := t.mapped(ctx, from)
	if err != nil {
		return nil, err
	}
	return sortTranslations(append(own, mapped...), to), nil
}

// sortTranslations keeps those into a list (into any for none), each concept
// once, nearest first.
func sortTranslations(all []Translation, to string) []Translation {
	all = slices.DeleteFunc(all, func(t Translation) bool {
		return to != "" && conceptText(t.Concept, ontology.ConceptScheme) != to
	})
	slices.SortStableFunc(all, func(a, b Translation) int {
		return cmp.Or(cmp.Compare(slices.Index(Relations, a.Relation), slices.Index(Relations, b.Relation)),
			strings.Compare(conceptText(a.Concept, ontology.ConceptScheme), conceptText(b.Concept, ontology.ConceptScheme)),
			strings.Compare(conceptText(a.Concept, ontology.ConceptNotation), conceptText(b.Concept, ontology.ConceptNotation)),
			a.Concept.ID.Compare(b.Concept.ID))
	})
	seen := map[model.EntityID]bool{}
	return slices.DeleteFunc(all, func(t Translation) bool {
		again := seen[t.Concept.ID]
		seen[t.Concept.ID] = true
		return again
	})
}

// translator follows the links between codes that hold on a day.
type translator struct {
	v   *View
	day model.Date
}

// standing are the codes, of one, that are valid on the day: itself, or what it
// became, or what it was before.
func (t *translator) standing(ctx context.Context, versions []*Entity) ([]Translation, error) {
	if best := CodeOn(versions, t.day); best.Period.Contains(t.day) {
		return []Translation{{best, SameCode}}, nil
	}
	found, err := t.chain(ctx, versions, t.successors)
	if err == nil && len(found) == 0 {
		found, err = t.chain(ctx, versions, t.predecessors)
	}
	return found, err
}

// chain goes from codes on to others until it comes to ones that are valid.
func (t *translator) chain(ctx context.Context, from []*Entity, step func(context.Context, []*Entity) ([]*Entity, error)) ([]Translation, error) {
	seen := map[model.EntityID]bool{}
	for _, e := range from {
		seen[e.ID] = true
	}
	var out []Translation
	for len(from) > 0 {
		next, err := step(ctx, from)
		if err != nil {
			return nil, err
		}
		from = nil
		for _, e := range next {
			switch {
			case seen[e.ID]:
			case e.Period.Contains(t.day):
				out = append(out, Translation{e, ReplacedCode})
			default:
				from = append(from, e)
			}
			seen[e.ID] = true
		}
	}
	return out, nil
}

func (t *translator) successors(ctx context.Context, of []*Entity) ([]*Entity, error) {
	var ids []model.EntityID
	for _, e := range of {
		ids = t.v.appendTargets(ids, e.All(ontology.ConceptReplacedBy))
	}
	return t.read(ctx, ids)
}

func (t *translator) predecessors(ctx context.Context, of []*Entity) ([]*Entity, error) {
	return t.referring(ctx, of, ontology.ConceptReplacedBy)
}

// mapped are the counterparts of codes in other lists that are valid on the day,
// or what has replaced them.
func (t *translator) mapped(ctx context.Context, of []*Entity) ([]Translation, error) {
	var out []Translation
	add := func(found []*Entity, relation Relation) error {
		for _, e := range found {
			now, err := t.standing(ctx, []*Entity{e})
			if err != nil {
				return err
			}
			for _, o := range now {
				out = append(out, Translation{o.Concept, relation})
			}
		}
		return nil
	}
	for _, m := range crossMap {
		var ids []model.EntityID
		for _, e := range of {
			for _, val := range e.All(m.property) {
				if val.Period.Contains(t.day) {
					ids = t.v.appendTarget(ids, val.Value)
				}
			}
		}
		found, err := t.read(ctx, ids)
		if err == nil {
			err = add(found, m.target)
		}
		if err == nil {
			found, err = t.referring(ctx, of, m.property)
		}
		if err == nil {
			err = add(found, m.referrer)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// referring are the codes that link to any of these by a property, as the caller
// sees them.
func (t *translator) referring(ctx context.Context, to []*Entity, property model.PropertyID) ([]*Entity, error) {
	var targets, ids []model.EntityID
	for _, e := range to {
		targets = append(targets, e.ID)
	}
	for l, err := range t.v.index().Referrers(ctx, targets, []model.PropertyID{property}, t.v.clearance) {
		if err != nil {
			return nil, fmt.Errorf("read what refers to %d codes: %w", len(targets), err)
		}
		ids = append(ids, l.From)
	}
	found, err := t.read(ctx, ids)
	return slices.DeleteFunc(found, func(e *Entity) bool {
		return !slices.ContainsFunc(e.All(property), func(val model.GoldenValue) bool {
			l, ok := val.Value.(model.Link)
			return ok && slices.Contains(targets, l.To) && (property == ontology.ConceptReplacedBy || val.Period.Contains(t.day))
		})
	}), err
}

// read reads the codes, of ids, that the caller sees.
func (t *translator) read(ctx context.Context, ids []model.EntityID) ([]*Entity, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := t.v.from().Goldens(ctx, ids, t.v.parts())
	if err != nil {
		return nil, fmt.Errorf("read %d codes: %w", len(ids), err)
	}
	seen, err := t.v.sight(ctx, rows)
	if err != nil {
		return nil, err
	}
	var out []*Entity
	for _, s := range seen {
		if s != nil {
			out = append(out, s.entity)
		}
	}
	return out, nil
}

// codeVersions are the versions of a code that the caller sees.
func (v *View) codeVersions(ctx context.Context, scheme, notation string) ([]*Entity, error) {
	var rows []graph.Golden
	query := graph.FindQuery{
		Kind: model.Concept, Disclosure: v.clearance, After: firstID, Limit: maxPage, Parts: v.parts(),
		Terms: []graph.FindTerm{v.schemeTerm(scheme), v.notationTerm(notation)},
	}
	for row, err := range v.index().Find(ctx, query) {
		if err != nil {
			return nil, fmt.Errorf("look up a code in the list %q: %w", scheme, err)
		}
		rows = append(rows, row)
	}
	seen, err := v.sight(ctx, rows)
	if err != nil {
		return nil, err
	}
	var versions []*Entity
	for _, s := range seen {
		if s != nil && conceptText(s.entity, ontology.ConceptScheme) == scheme && conceptText(s.entity, ontology.ConceptNotation) == notation {
			versions = append(versions, s.entity)
		}
	}
	return versions, nil
}
