package access

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Everywhere asks for things of several kinds by words of their names, titles
// and addresses.
type Everywhere struct {
	Text  string       // mandatory
	Kinds []model.Kind // optional: all when there is none
	First int          // mandatory: 1 to 1000
	After string       // optional: a cursor
}

// question is what a cursor of the hits belongs to; see listing.question.
func (q *Everywhere) question() question {
	out := asks(cursorHit).text(q.Text)
	for k, kind := range searchOrder {
		if slices.Contains(q.Kinds, kind) {
			out = out.number(uint64(k))
		}
	}
	return out
}

// searchOrder is the order of kinds among hits of one rank.
var searchOrder = []model.Kind{model.Organisation, model.Geography, model.Service, model.Person, model.Role, model.Concept}

// The ranks of a hit.
const (
	wholeName  = iota // the words are all of one of its names
	wholeWords        // each is a word of it
	beginning         // the last is the beginning of a word of it
	ranks
)

// mostWhole is how many hits by whole words of a kind are ranked by whether the
// words are all of a name. When the caller sees more, none is: the words are then
// too common to tell much.
const mostWhole = 1000

// hitPlace is a place among hits.
type hitPlace struct {
	rank, kind int // of searchOrder
	id         model.EntityID
}

func (p hitPlace) cursor(s scope) string {
	return s.encode(cursorHit, []byte{byte(p.rank), byte(p.kind)}, p.id[:])
}

func (s scope) parseHit(cursor string) (hitPlace, error) {
	b, err := s.decode(cursor, cursorHit, 2+idSize)
	if err != nil {
		return hitPlace{}, err
	}
	if len(b) != 2+idSize || int(b[0]) >= ranks || int(b[1]) >= len(searchOrder) {
		return hitPlace{}, ErrCursor
	}
	return hitPlace{int(b[0]), int(b[1]), model.EntityID(b[2:])}, nil
}

// SearchEverywhere is a page of the things that have every word of a text, of the
// last word the beginning: first those whose name it is, then those that have the
// words whole, then the others; within that by kind and id. Only what the caller
// may see is searched.
func (v *View) SearchEverywhere(ctx context.Context, q Everywhere) (*EntityPage, error) {
	size, err := pageSize(q.First)
	if err != nil {
		return nil, err
	}
	scope := v.scope(q.question())
	var from hitPlace
	from.id = firstID
	if q.After != "" {
		if from, err = scope.parseHit(q.After); err != nil {
			return nil, err
		}
	}
	words, err := wordsOf(q.Text)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 {
		return &EntityPage{}, nil
	}
	s := hits{v: v.Unopened(), words: words}
	var places []hitPlace
	for rank := from.rank; rank < ranks && len(places) <= size; rank++ {
		for k, kind := range searchOrder {
			after := firstID
			if rank == from.rank {
				if k < from.kind {
					continue
				}
				if k == from.kind {
					after = from.id
				}
			}
			if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, kind) || len(places) > size {
				continue
			}
			ids, err := s.of(ctx, kind, rank, after, size+1-len(places))
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				places = append(places, hitPlace{rank, k, id})
			}
		}
	}
	out := &EntityPage{HasNext: len(places) > size, HasPrevious: q.After != ""}
	places = places[:min(size, len(places))]
	return out, v.appendHits(ctx, out, scope, places)
}

// appendHits reads what was found, with what the caller sees of it.
func (v *View) appendHits(ctx context.Context, out *EntityPage, scope scope, places []hitPlace) error {
	ids := make([]model.EntityID, len(places))
	for i := range places {
		ids[i] = places[i].id
	}
	rows, err := v.from().Goldens(ctx, ids, v.parts())
	if err != nil {
		return fmt.Errorf("read %d hits: %w", len(ids), err)
	}
	seen, err := v.sight(ctx, rows)
	if err != nil {
		return err
	}
	for i, s := range seen {
		// Gone or hidden since a moment ago.
		if s != nil {
			out.Items, out.Cursors = append(out.Items, s.entity), append(out.Cursors, places[i].cursor(scope))
		}
	}
	return nil
}

// hits finds things by words.
type hits struct {
	v     *View
	words []string
	whole map[model.Kind][]model.EntityID // those whose name the words are, once looked for
}

// of are the first ids of a kind and rank after an id, at most so many.
func (s *hits) of(ctx context.Context, kind model.Kind, rank int, after model.EntityID, most int) ([]model.EntityID, error) {
	whole, err := s.named(ctx, kind)
	if err != nil {
		return nil, err
	}
	switch rank {
	case wholeName:
		i, found := slices.BinarySearchFunc(whole, after, model.EntityID.Compare)
		if found {
			i++
		}
		return whole[i:min(len(whole), i+most)], nil
	case wholeWords:
		return s.find(ctx, kind, false, after, most, func(e *Entity) bool {
			_, named := slices.BinarySearchFunc(whole, e.ID, model.EntityID.Compare)
			return !named
		})
	}
	return s.find(ctx, kind, true, after, most, func(e *Entity) bool { return !hasWords(e, s.words) })
}

// named are those of a kind that bear the words as a name, by id.
func (s *hits) named(ctx context.Context, kind model.Kind) ([]model.EntityID, error) {
	if ids, have := s.whole[kind]; have {
		return ids, nil
	}
	n := 0
	var named []model.EntityID
	_, err := s.find(ctx, kind, false, firstID, mostWhole+1, func(e *Entity) bool {
		n++
		if isNamed(e, s.words) {
			named = append(named, e.ID)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	if n > mostWhole {
		named = nil
	}
	if s.whole == nil {
		s.whole = map[model.Kind][]model.EntityID{}
	}
	s.whole[kind] = named
	return named, nil
}

// find are the ids of what has all the words and passes.
func (s *hits) find(ctx context.Context, kind model.Kind, prefix bool, after model.EntityID, most int, pass func(*Entity) bool) ([]model.EntityID, error) {
	terms := s.v.wordTerms(kind, s.words, prefix)
	if terms == nil {
		return nil, nil
	}
	read := func(after *graph.Position, _ bool, limit int) iter.Seq2[graph.Golden, error] {
		return s.v.index().Find(ctx, graph.FindQuery{
			Kind: kind, Disclosure: s.v.clearance, Terms: terms, After: after.ID, Limit: limit, Parts: s.v.parts(),
		})
	}
	sift := func(_ context.Context, seen []*sighted) error {
		for i, one := range seen {
			// The last word is taken as a beginning; whole words are asked for anew.
			if one != nil && !(hasBeginning(one.entity, s.words) && (prefix || hasWords(one.entity, s.words)) && pass(one.entity)) {
				seen[i] = nil
			}
		}
		return nil
	}
	rows, err := s.v.collect(ctx, most, &graph.Position{ID: after}, false, read, sift)
	if err != nil {
		return nil, err
	}
	ids := make([]model.EntityID, len(rows))
	for i, r := range rows {
		ids[i] = r.entity.ID
	}
	return ids, nil
}

// wordTerms are the conditions on the index for words, over the spaces that the
// caller may see; nil when there can be nothing for the caller.
func (v *View) wordTerms(kind model.Kind, words []string, prefix bool) []graph.FindTerm {
	spaces := v.wordSpaces(kind)
	if len(spaces) == 0 {
		return nil
	}
	terms := make([]graph.FindTerm, len(words))
	for i, w := range words {
		terms[i] = graph.FindTerm{Spaces: spaces, Key: w, Prefix: prefix && i == len(words)-1}
	}
	return terms
}

// wordSpaces are the compartments of a kind's words that the caller may see.
func (v *View) wordSpaces(kind model.Kind) []graph.Space {
	if !v.admits(kind, model.Open) {
		return nil
	}
	var spaces []graph.Space
	for d := model.Open; d <= model.Protected; d++ {
		if d.Rank() <= v.rank {
			spaces = append(spaces, document.TokenSpace(kind, d))
		}
	}
	return spaces
}

// searched calls f for each text of an entity that is searched by its words.
func searched(e *Entity, f func(row *ontology.Property, text string)) {
	for i := range e.Values {
		row := propertyOf(e.Values[i].Property).row
		if row == nil || row.Index != ontology.IndexToken {
			continue
		}
		if text, ok := document.SearchText(e.Values[i].Value); ok {
			f(row, text)
		}
	}
}

// hasWords tells whether each of the words is a word of the entity.
func hasWords(e *Entity, words []string) bool {
	have := map[string]bool{}
	searched(e, func(_ *ontology.Property, text string) {
		for _, w := range document.Tokens(text) {
			have[w] = true
		}
	})
	for _, w := range words {
		if !have[w] {
			return false
		}
	}
	return true
}

// isNamed tells whether the words are a name of the entity: all of a text, or of
// the parts of a name together.
func isNamed(e *Entity, words []string) bool {
	want := slices.Sorted(slices.Values(words))
	groups := map[string][]string{}
	named := false
	searched(e, func(row *ontology.Property, text string) {
		tokens := document.Tokens(text)
		if row.Group != "" {
			groups[row.Group] = append(groups[row.Group], tokens...)
		}
		named = named || sameWords(tokens, want)
	})
	for _, tokens := range groups {
		named = named || sameWords(tokens, want)
	}
	return named
}

func sameWords(tokens, want []string) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(tokens))), want)
}
