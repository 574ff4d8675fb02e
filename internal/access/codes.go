package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// CodeLists are the code lists and their concepts, by name and notation, as far
// as the caller sees them.
func (v *View) CodeLists(ctx context.Context) ([]CodeList, error) {
	return v.codeLists(ctx, nil)
}

// CodeList is one code list; ErrNotFound when the caller sees no concept of it.
func (v *View) CodeList(ctx context.Context, scheme string) (*CodeList, error) {
	lists, err := v.codeLists(ctx, &scheme)
	if err != nil {
		return nil, err
	}
	if len(lists) == 0 {
		return nil, ErrNotFound
	}
	return &lists[0], nil
}

// codeLists are the code lists, or only the one with a name.
func (v *View) codeLists(ctx context.Context, only *string) ([]CodeList, error) {
	byScheme := map[string][]*Entity{}
	var from *graph.Position
	for {
		rows := make([]graph.Golden, 0, maxPage)
		read := v.concepts(ctx, only, from)
		for row, err := range read {
			if err != nil {
				return nil, fmt.Errorf("read the code lists: %w", err)
			}
			rows = append(rows, row)
		}
		seen, err := v.sight(ctx, rows)
		if err != nil {
			return nil, err
		}
		for _, s := range seen {
			if s == nil {
				continue
			}
			if scheme := conceptText(s.entity, ontology.ConceptScheme); scheme != "" && (only == nil || scheme == *only) {
				byScheme[scheme] = append(byScheme[scheme], s.entity)
			}
		}
		if len(rows) < maxPage {
			break
		}
		last := rows[len(rows)-1]
		from = &graph.Position{Sort: last.Sort, ID: last.ID}
	}
	out := make([]CodeList, 0, len(byScheme))
	for scheme, concepts := range byScheme {
		slices.SortFunc(concepts, func(a, b *Entity) int {
			if c := strings.Compare(conceptText(a, ontology.ConceptNotation), conceptText(b, ontology.ConceptNotation)); c != 0 {
				return c
			}
			return a.ID.Compare(b.ID)
		})
		out = append(out, CodeList{Scheme: scheme, Concepts: concepts})
	}
	slices.SortFunc(out, func(a, b CodeList) int { return strings.Compare(a.Scheme, b.Scheme) })
	return out, nil
}

// concepts reads concepts of one list, or of all, in an order that can go on
// from the last one.
func (v *View) concepts(ctx context.Context, only *string, from *graph.Position) func(func(graph.Golden, error) bool) {
	if only == nil {
		return v.from().List(ctx, graph.ListQuery{
			Kind: model.Concept, Disclosure: v.clearance, After: from, Limit: maxPage, Parts: v.parts(),
		})
	}
	after := firstID
	if from != nil {
		after = from.ID
	}
	return v.index().Find(ctx, graph.FindQuery{
		Kind: model.Concept, Disclosure: v.clearance, After: after, Limit: maxPage, Parts: v.parts(),
		Terms: []graph.FindTerm{v.schemeTerm(*only)},
	})
}

func (v *View) schemeTerm(scheme string) graph.FindTerm {
	return graph.FindTerm{Spaces: v.spacesOf(ontology.ConceptScheme), Key: document.TextKey(scheme)}
}

func (v *View) notationTerm(notation string) graph.FindTerm {
	return graph.FindTerm{Spaces: v.spacesOf(ontology.ConceptNotation), Key: document.TextKey(notation)}
}

func conceptText(e *Entity, p model.PropertyID) string {
	for _, val := range e.All(p) {
		if t, ok := val.Value.(model.Text); ok {
			return t.Text
		}
	}
	return ""
}

// Code is the concept of a notation in a code list, by preference the one that
// is valid on the View's day. ErrNotFound when the caller sees none.
func (v *View) Code(ctx context.Context, scheme, notation string) (*Entity, error) {
	return v.CodeAt(ctx, scheme, notation, model.DateOf(v.a.clock()))
}

// CodeAt is the concept of a notation in the version of its code list that is
// valid on a day, by preference; else the latest. ErrNotFound when the caller
// sees none.
func (v *View) CodeAt(ctx context.Context, scheme, notation string, day model.Date) (*Entity, error) {
	versions, err := v.codeVersions(ctx, scheme, notation)
	if err != nil {
		return nil, err
	}
	if best := CodeOn(versions, day); best != nil {
		return best, nil
	}
	return nil, ErrNotFound
}

// CodeOn is, of the versions of a code, the one that is valid on a day, by
// preference; else the latest. It is nil for none.
func CodeOn(versions []*Entity, day model.Date) *Entity {
	var best *Entity
	for _, e := range versions {
		if best == nil || betterVersion(e.Period, best.Period, day) {
			best = e
		}
	}
	return best
}

// betterVersion prefers what is valid on the day, and then what began last.
func betterVersion(a, b model.Period, day model.Date) bool {
	if in := a.Contains(day); in != b.Contains(day) {
		return in
	}
	return a.From.Compare(b.From) > 0
}
