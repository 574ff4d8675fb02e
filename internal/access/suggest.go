package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/model/sound"
	"github.com/karna-registry/karna/ontology"
)

// The bounds of suggestions.
const (
	mostSuggestions = 5      // other spellings
	mostRespelt     = 5      // words of a text that others are looked for
	mostHeard       = 20_000 // words of the index that are gone through, of each kind
	mostTries       = 50     // spellings that are looked up
)

// DidYouMean are other spellings of a text, nearest first, that sound alike by
// Swedish rules and lead to something of the kinds (of any for none) that the
// caller sees: one word of the text is spelt as it is in what was found. There are
// none of a text of more than mostRespelt words.
func (v *View) DidYouMean(ctx context.Context, text string, kinds []model.Kind) ([]string, error) {
	closed := v.Unopened()
	words, err := wordsOf(text)
	if err != nil || len(words) > mostRespelt {
		return nil, err
	}
	var tries []spelling
	for _, kind := range searchOrder {
		spaces := v.wordSpaces(kind)
		if len(kinds) > 0 && !slices.Contains(kinds, kind) || len(spaces) == 0 {
			continue
		}
		left := mostHeard
		for i, w := range words {
			heard, err := v.soundingLike(ctx, spaces, w, &left)
			if err != nil {
				return nil, fmt.Errorf("look for words that sound alike: %w", err)
			}
			for _, h := range heard {
				tries = append(tries, spelling{kind, i, h.word, h.distance})
			}
		}
	}
	slices.SortStableFunc(tries, func(a, b spelling) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.word, b.word))
	})
	var out []string
	for _, t := range tries[:min(len(tries), mostTries)] {
		spelt := slices.Clone(words)
		spelt[t.place] = t.word
		h := hits{v: closed, words: spelt}
		found, err := h.first(ctx, t.kind)
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue
		}
		suggestion := strings.Join(h.spelt(found), " ")
		if !slices.Contains(out, suggestion) {
			out = append(out, suggestion)
		}
		if len(out) == mostSuggestions {
			break
		}
	}
	return out, nil
}

// heard is a word that sounds like another.
type heard struct {
	word     string
	distance int
}

// soundingLike are the words of the index in spaces that sound like a word and are
// spelt nearly so. It goes through as many as are left, and takes them away.
func (v *View) soundingLike(ctx context.Context, spaces []graph.Space, word string, left *int) (out []heard, err error) {
	of := sound.Append(nil, word)
	most := max(1, (len(word)+1)/3)
	var buffer []byte
	for _, initial := range sound.Initials(of) {
		if *left == 0 {
			break
		}
		for other, err := range v.index().Words(ctx, spaces, string(initial)) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return nil, err
			}
			buffer = sound.Append(buffer[:0], other)
			if other != word && string(buffer) == string(of) {
				if d := distance(word, other); d <= most {
					out = append(out, heard{other, d})
				}
			}
			if *left--; *left == 0 {
				break
			}
		}
	}
	return out, nil
}

// spelling is another spelling of the word at a place of a text.
type spelling struct {
	kind     model.Kind
	place    int
	word     string
	distance int
}

// first is the first thing of a kind that has all the words whole; nil for none.
func (s *hits) first(ctx context.Context, kind model.Kind) (*Entity, error) {
	var found *Entity
	_, err := s.find(ctx, kind, false, firstID, 1, func(e *Entity) bool {
		if found == nil {
			found = e
		}
		return true
	})
	return found, err
}

// spelt are the words as the entity writes them.
func (s *hits) spelt(e *Entity) []string {
	out := slices.Clone(s.words)
	searched(e, func(_ *ontology.Property, text string) {
		for _, written := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '/' }) {
			if tokens := document.Tokens(written); len(tokens) == 1 {
				if i := slices.Index(s.words, tokens[0]); i >= 0 {
					out[i] = written
				}
			}
		}
	})
	return out
}

// distance is how many letters are put in, taken out or changed between two words
// (Levenshtein 1966).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)]
}
