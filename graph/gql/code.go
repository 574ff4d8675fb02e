package gql

import (
	"strings"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Code is a code in a code list.
type Code struct {
	q *query
	v model.Code
}

// Scheme is the code list.
func (c *Code) Scheme() string { return c.v.Scheme }

// Notation is the code.
func (c *Code) Notation() string { return c.v.Notation }

// Concept is the code as a record of reference data, or nil.
func (c *Code) Concept() (*Concept, error) {
	e, err := c.q.concept(c.v)
	return asConcept(c.q, e), err
}

// Label is the code's label in a language, or in the first of Swedish, English
// and any that it has one in.
func (c *Code) Label(lang *string) (Optional, error) {
	e, err := c.q.concept(c.v)
	if err != nil || e == nil {
		return "", err
	}
	return Optional(labelOf(e, c.q.day, lang)), nil
}

func labelOf(e *access.Entity, day model.Date, lang *string) string {
	best, rank := "", 4
	for _, v := range e.All(ontology.ConceptLabel) {
		t, ok := v.Value.(model.Text)
		if !ok || !v.Period.Contains(day) {
			continue
		}
		r := 3
		switch {
		case lang != nil && strings.EqualFold(*lang, t.Lang):
			return t.Text
		case lang != nil:
			continue
		case t.Lang == "sv":
			r = 1
		case t.Lang == "en":
			r = 2
		}
		if r < rank {
			best, rank = t.Text, r
		}
	}
	return best
}

// concept is the reference data behind a code, or nil: as read ahead, or read now.
func (q *query) concept(c model.Code) (*access.Entity, error) {
	key := codeOn{c, q.day}
	if e, ok := kept(q.request, &q.concepts, key); ok {
		return e, nil
	}
	e, err := q.conceptAt(c)
	if err != nil {
		return nil, err
	}
	keep(q.request, &q.concepts, key, e)
	return e, nil
}

// conceptAt reads the version of a code that is valid on the query's day, by
// preference.
func (q *query) conceptAt(c model.Code) (*access.Entity, error) {
	if !q.past {
		return entityOrNil(q.view.CodeAt(q.ctx, c.Scheme, c.Notation, q.day))
	}
	if err := q.readReference(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return access.CodeOn(q.reference[c], q.day), nil
}

// readReference reads all reference data, once.
func (q *query) readReference() error {
	q.mu.Lock()
	have := q.reference != nil
	q.mu.Unlock()
	if have {
		return nil
	}
	lists, err := q.view.CodeLists(q.ctx)
	if err != nil {
		return err
	}
	all := map[model.Code][]*access.Entity{}
	for _, l := range lists {
		for _, e := range l.Concepts {
			for _, v := range e.All(ontology.ConceptNotation) {
				if t, ok := v.Value.(model.Text); ok {
					c := model.Code{Scheme: l.Scheme, Notation: t.Text}
					all[c] = append(all[c], e)
				}
			}
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reference = all
	return nil
}

// readConcepts reads the reference data behind codes, each once, and gives
// those that there are.
func (q *query) readConcepts(codes []model.Code) ([]*access.Entity, error) {
	var found []*access.Entity
	seen := make(map[model.Code]bool, len(codes))
	for _, c := range codes {
		if seen[c] {
			continue
		}
		seen[c] = true
		e, err := q.concept(c)
		if err != nil {
			return nil, err
		}
		if e != nil {
			found = append(found, e)
		}
	}
	return found, nil
}
