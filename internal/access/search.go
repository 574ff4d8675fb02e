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

// Search is a page of the things of a kind whose names or titles have every
// word of text, of the last word the beginning, in id order. Only names that
// the caller may see are searched.
func (v *View) Search(ctx context.Context, kind model.Kind, text string, page Page) (*EntityPage, error) {
	return v.find(ctx, kind, Filter{Text: text}, page)
}

// ByCode is a page of the things of a kind with a code in a property (in any,
// for property 0), in id order.
func (v *View) ByCode(ctx context.Context, kind model.Kind, property model.PropertyID, scheme, notation string, page Page) (*EntityPage, error) {
	return v.find(ctx, kind, Filter{Codes: []CodeFilter{{property, model.Code{Scheme: scheme, Notation: notation}}}}, page)
}

// firstID comes before every id that is given out: a search from it on is in id
// order from its first page.
var firstID = model.EntityID{15: 1}

// find answers from the term index, and then looks at what the caller may see
// of each hit: a hit that rests on anything else is none.
func (v *View) find(ctx context.Context, kind model.Kind, filter Filter, page Page) (*EntityPage, error) {
	size, err := page.size()
	if err != nil {
		return nil, err
	}
	store, err := v.present()
	if err != nil {
		return nil, err
	}
	terms, words, err := v.terms(kind, filter)
	if err != nil {
		return nil, err
	}
	start := graph.Position{ID: firstID}
	cursor := page.After
	if page.Backward {
		cursor = page.Before
	}
	if cursor != "" {
		if start.ID, err = parseIDCursor(cursor); err != nil {
			return nil, err
		}
	}
	if terms == nil {
		return &EntityPage{}, nil
	}
	read := func(after *graph.Position, _ bool, limit int) iter.Seq2[graph.Golden, error] {
		return store.Find(ctx, graph.FindQuery{
			Kind: kind, Disclosure: v.clearance, Terms: terms, After: after.ID, Limit: limit, Parts: v.parts(),
		})
	}
	keep := func(e *Entity) bool { return matches(e, filter, words) }
	if page.Backward {
		return v.findBackward(ctx, size, start.ID, cursor != "", read, keep)
	}
	rows, err := v.collect(ctx, size+1, &start, false, read, keep)
	if err != nil {
		return nil, err
	}
	out := idPage(rows[:min(size, len(rows))])
	// A cursor is of a row that the caller has been shown, so there is one before.
	out.HasNext, out.HasPrevious = len(rows) > size, cursor != ""
	return out, nil
}

// findBackward is the last page before an id. The index is read forwards only,
// so it goes through all that comes before, keeping no more than a page.
func (v *View) findBackward(ctx context.Context, size int, before model.EntityID, bounded bool,
	read func(*graph.Position, bool, int) iter.Seq2[graph.Golden, error], keep func(*Entity) bool,
) (*EntityPage, error) {
	var last []*sighted
	for from := (graph.Position{ID: firstID}); ; {
		rows, err := v.collect(ctx, maxPage, &from, false, read, keep)
		if err != nil {
			return nil, err
		}
		end := len(rows)
		if bounded {
			end = 0
			for end < len(rows) && rows[end].entity.ID.Compare(before) < 0 {
				end++
			}
		}
		last = append(last, rows[:end]...)
		last = slices.Clone(last[max(0, len(last)-size-1):])
		if end < len(rows) || len(rows) < maxPage {
			break
		}
		from.ID = rows[len(rows)-1].entity.ID
	}
	more := len(last) > size
	if more {
		last = last[1:]
	}
	out := idPage(last)
	out.HasNext, out.HasPrevious = bounded, more
	return out, nil
}

func idPage(rows []*sighted) *EntityPage {
	out := &EntityPage{Items: make([]*Entity, len(rows)), Cursors: make([]string, len(rows))}
	for i, s := range rows {
		out.Items[i], out.Cursors[i] = s.entity, idCursor(s.entity.ID)
	}
	return out
}

// terms are the filter's conditions on the index, over the spaces that the
// caller may see; nil when nothing can match.
func (v *View) terms(kind model.Kind, filter Filter) (terms []graph.FindTerm, words []string, err error) {
	for _, c := range filter.Codes {
		spaces, err := v.codeSpaces(kind, c.Property)
		if err != nil {
			return nil, nil, err
		}
		if len(spaces) == 0 {
			return nil, nil, nil
		}
		terms = append(terms, graph.FindTerm{Spaces: spaces, Key: document.CodeKey(c.Code.Scheme, c.Code.Notation)})
	}
	if !v.admits(kind, model.Open) {
		return nil, nil, nil
	}
	if filter.Text == "" {
		return terms, nil, nil
	}
	words = document.Tokens(filter.Text)
	if len(words) == 0 {
		return nil, nil, nil
	}
	terms = append(terms, v.wordTerms(kind, words, true)...)
	return terms, words, nil
}

// codeSpaces are the index's compartments of a code property, or of all that
// the kind has, as far as the caller sees them.
func (v *View) codeSpaces(kind model.Kind, id model.PropertyID) ([]graph.Space, error) {
	if id != 0 {
		p := propertyOf(id)
		if p.row == nil || p.row.Kind != kind || p.row.Index != ontology.IndexCode {
			return nil, fmt.Errorf("%w: property %d of %s: want one whose codes are indexed", ErrBadRequest, id, kind)
		}
		if !v.shows(p, model.Code{}) {
			return nil, nil
		}
		return []graph.Space{document.CodeSpace(id)}, nil
	}
	var spaces []graph.Space
	for _, row := range ontology.Of(kind) {
		if row.Index == ontology.IndexCode && v.shows(propertyOf(row.ID), model.Code{}) {
			spaces = append(spaces, document.CodeSpace(row.ID))
		}
	}
	return spaces, nil
}

// matches tells whether what the caller sees of e is what the filter asks for.
func matches(e *Entity, filter Filter, words []string) bool {
	if !filter.ValidAt.IsZero() && !e.Period.Contains(filter.ValidAt) {
		return false
	}
	for _, c := range filter.Codes {
		if !hasCode(e, c) {
			return false
		}
	}
	if len(words) == 0 {
		return true
	}
	have := map[string]bool{}
	searched(e, func(_ *ontology.Property, text string) {
		for _, w := range document.Tokens(text) {
			have[w] = true
		}
	})
	last := len(words) - 1
	for _, w := range words[:last] {
		if !have[w] {
			return false
		}
	}
	for w := range have {
		if strings.HasPrefix(w, words[last]) {
			return true
		}
	}
	return false
}

func hasCode(e *Entity, c CodeFilter) bool {
	for i := range e.Values {
		row := propertyOf(e.Values[i].Property).row
		if e.Values[i].Value == model.Value(c.Code) && row.Index == ontology.IndexCode && (c.Property == 0 || c.Property == e.Values[i].Property) {
			return true
		}
	}
	return false
}
