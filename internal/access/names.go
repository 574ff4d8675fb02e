package access

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// What is asked by a name that there is not is ErrBadRequest, and not an empty
// answer: it says which names there are. Those it names are of the model, which
// everybody may know. Whether there is another one is told by what the caller sees.

// hierarchies is the code list of the hierarchies that organisations are in.
const hierarchies = "hierarchy"

// Hierarchies are the names of the hierarchies of the model.
func Hierarchies() []string { return ontology.Notations(hierarchies) }

// IsHierarchy tells whether the model has a hierarchy of a name.
func IsHierarchy(name string) bool { return ontology.KnownCode(hierarchies, name) }

// CheckHierarchy tells whether there is a hierarchy of a name: of the model, or of
// the concepts that the caller sees in its code list.
func (v *View) CheckHierarchy(ctx context.Context, name string) error {
	if IsHierarchy(name) {
		return nil
	}
	versions, err := v.codeVersions(ctx, hierarchies, name)
	if err == nil && len(versions) == 0 {
		err = fmt.Errorf("%w: there is no hierarchy of that name; want one of %s", ErrBadRequest, strings.Join(Hierarchies(), ", "))
	}
	return err
}

// CheckList tells whether there is a code list of a name: one of the model, or one
// that the caller sees a concept of.
func (v *View) CheckList(ctx context.Context, name string) error {
	known, err := v.hasList(ctx, name)
	if err == nil && !known {
		err = noList("one that codeLists names, such as " + ontology.CodeLists()[0].Scheme)
	}
	return err
}

func noList(want string) error {
	return fmt.Errorf("%w: there is no code list of that name; want %s", ErrBadRequest, want)
}

func (v *View) hasList(ctx context.Context, name string) (bool, error) {
	if ontology.KnownScheme(name) {
		return true, nil
	}
	return v.hasAny(ctx, model.Concept, v.schemeTerm(name), func(e *Entity) bool {
		return conceptText(e, ontology.ConceptScheme) == name
	})
}

// checkList tells whether a filter by a code of a list can find anything: there is
// the list, or, of a source's own whose concepts nobody has delivered, a code of it
// that the caller sees. The codes are in spaces; of is their property, nil for any.
func (s *sieve) checkList(ctx context.Context, spaces []graph.Space, list string, of *ontology.Property) error {
	known, err := s.v.hasList(ctx, list)
	if err != nil || known {
		return err
	}
	if len(spaces) > 0 && !s.nothing {
		term := graph.FindTerm{Spaces: spaces, Key: document.CodeKey(list, ""), Prefix: true}
		known, err = s.v.hasAny(ctx, s.kind, term, func(e *Entity) bool {
			return slices.ContainsFunc(e.Values, func(val model.GoldenValue) bool {
				c, ok := val.Value.(model.Code)
				return ok && c.Scheme == list && (of == nil || of.ID == val.Property)
			})
		})
		if err != nil || known {
			return err
		}
	}
	if of != nil && of.CodeList != "" {
		return noList(of.CodeList + ", or another that codeLists names")
	}
	return noList("one that codeLists names")
}

// hasAny tells whether the caller sees a thing of a kind that the index has under a
// term, and that passes.
func (v *View) hasAny(ctx context.Context, kind model.Kind, term graph.FindTerm, pass func(*Entity) bool) (bool, error) {
	if len(term.Spaces) == 0 {
		return false, nil
	}
	read := func(after *graph.Position, _ bool, limit int) iter.Seq2[graph.Golden, error] {
		return v.index().Find(ctx, graph.FindQuery{
			Kind: kind, Disclosure: v.clearance, Terms: []graph.FindTerm{term}, After: after.ID, Limit: limit, Parts: v.parts(),
		})
	}
	sift := func(_ context.Context, seen []*sighted) error {
		for i, one := range seen {
			if one != nil && !pass(one.entity) {
				seen[i] = nil
			}
		}
		return nil
	}
	rows, err := v.collect(ctx, 1, &graph.Position{ID: firstID}, false, read, sift)
	return len(rows) > 0, err
}

// checkScheme tells whether somebody declared an identifier scheme. The error names
// those that a thing of the kind can have.
func (v *View) checkScheme(kind model.Kind, scheme model.Scheme) error {
	if scheme.Declared() || v.a.proofOf(scheme).Kinds != nil {
		return nil
	}
	var names, all []string
	for _, s := range model.Schemes() {
		all = append(all, string(s))
		if p := model.ProofOf(s); p.Kinds == nil || p.Identifies(kind) {
			names = append(names, string(s))
		}
	}
	if kind == model.Role || kind == model.Concept {
		names = all // whatever of others they are referred to by
	}
	slices.Sort(names)
	return fmt.Errorf("%w: there is no identifier scheme of that name; want one of %s", ErrBadRequest, strings.Join(names, ", "))
}
