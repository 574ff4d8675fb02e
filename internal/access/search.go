package access

import (
	"context"
	"fmt"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Search is a page of the things of a kind whose names or titles have every
// word of text, of the last word the beginning, in id order. Only names that
// the caller may see are searched.
func (v *View) Search(ctx context.Context, kind model.Kind, text string, page Page) (*EntityPage, error) {
	return v.List(ctx, kind, Filter{Text: &text}, page)
}

// ByCode is a page of the things of a kind with a code in a property (in any,
// for property 0), in id order.
func (v *View) ByCode(ctx context.Context, kind model.Kind, property model.PropertyID, scheme, notation string, page Page) (*EntityPage, error) {
	return v.List(ctx, kind, Filter{Codes: []CodeFilter{{property, model.Code{Scheme: scheme, Notation: notation}}}}, page)
}

// firstID comes before every id that is given out: a search from it on is in id
// order from its first page.
var firstID = model.EntityID{15: 1}

// codeSpaces are the index's compartments of a code property, or of all that
// the kind has, as far as the caller sees them.
func (v *View) codeSpaces(kind model.Kind, id model.PropertyID) ([]graph.Space, error) {
	if id != 0 {
		p := propertyOf(id)
		if p.row == nil || p.row.Kind != kind || p.row.Index != ontology.IndexCode {
			return nil, fmt.Errorf("%w: the property of a code of %s: want one of %s", ErrBadRequest, kind, strings.Join(codeProperties(kind), ", "))
		}
		if !v.shows(p, model.Code{}) {
			return nil, nil
		}
		return v.spacesOf(id), nil
	}
	var spaces []graph.Space
	for _, row := range ontology.Of(kind) {
		if row.Index == ontology.IndexCode && v.shows(propertyOf(row.ID), model.Code{}) {
			spaces = append(spaces, v.spacesOf(row.ID)...)
		}
	}
	return spaces, nil
}

// spacesOf are the compartments of a property's codes or texts that the caller may
// see, whatever record they are of.
func (v *View) spacesOf(id model.PropertyID) []graph.Space {
	var spaces []graph.Space
	for d := propertyOf(id).row.Disclosure; d <= model.Protected && d.Rank() <= v.rank; d++ {
		spaces = append(spaces, document.CodeSpace(id, d))
	}
	return spaces
}

// codeProperties are the names of a kind's properties whose codes are indexed.
func codeProperties(kind model.Kind) []string {
	var out []string
	for _, row := range ontology.Of(kind) {
		if row.Index == ontology.IndexCode {
			out = append(out, row.Name)
		}
	}
	return out
}
