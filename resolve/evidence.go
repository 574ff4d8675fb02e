package resolve

import (
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// identity is one identifier as a value of a kind's scheme.
type identity struct {
	kind   model.Kind
	scheme model.Scheme
	value  string
}

func (v identity) compare(o identity) int {
	switch {
	case v.kind != o.kind:
		return int(v.kind) - int(o.kind)
	case v.scheme != o.scheme:
		if v.scheme < o.scheme {
			return -1
		}
		return 1
	case v.value != o.value:
		if v.value < o.value {
			return -1
		}
		return 1
	}
	return 0
}

// held is an identifier that a record holds and what it proves there.
type held struct {
	identity
	property model.PropertyID
	unique   bool
	group    string // exclusive group, or empty
	replaced bool   // its source says that another value has replaced it
	period   model.Period
	at       int // the statement
}

// appendHeld appends what the record's identifiers prove of it.
func appendHeld(dst []held, rec *model.Record, p *Policy) []held {
	for i := range rec.Statements {
		st := &rec.Statements[i]
		id, ok := provingIdentifier(st)
		if !ok {
			continue
		}
		proof := p.ProofOf(id.Scheme)
		if !proof.Unique && proof.Exclusive == "" || !proof.Identifies(rec.Key.Kind) || !isOfType(rec, id.Scheme) {
			continue
		}
		dst = append(dst, held{
			identity: identity{rec.Key.Kind, id.Scheme, id.Value},
			property: st.Property,
			unique:   proof.Unique,
			group:    proof.Exclusive,
			replaced: id.Status == model.IdentifierReplaced,
			period:   stated(st.Period),
			at:       i,
		})
	}
	return dst
}

// Identified is an identifier that says what a record's thing is.
type Identified struct {
	model.Identifier
	At int // the place of the statement that says it
}

// Identifying are the identifiers that say what a record's thing is: valid or
// replaced ones of a scheme that is unique or exclusive for its kind and type.
func Identifying(rec *model.Record, p *Policy) []Identified {
	var out []Identified
	for _, h := range appendHeld(nil, rec, p) {
		status := model.IdentifierValid
		if h.replaced {
			status = model.IdentifierReplaced
		}
		out = append(out, Identified{model.Identifier{Scheme: h.scheme, Value: h.value, Status: status}, h.at})
	}
	return out
}

// stated is a period that can be meant: one that ends before it starts is a
// source's error and says nothing of time.
func stated(p model.Period) model.Period {
	if p.Empty() {
		return model.Period{}
	}
	return p
}

// character is what a person's record says that an identifier's holder can be
// checked against.
type character struct {
	names []string // folded words of all name parts, sorted, each once
	born  []model.Date
}

func characterOf(rec *model.Record) character {
	var c character
	for i := range rec.Statements {
		st := &rec.Statements[i]
		row := ontology.ByID(st.Property)
		if row == nil {
			continue
		}
		switch v := st.Value.(type) {
		case model.Text:
			if row.Matching == ontology.MatchName {
				c.names = appendNameTokens(c.names, v.Text)
			}
		case model.Date:
			if row.Matching == ontology.MatchBirth && !v.IsZero() {
				c.born = append(c.born, v)
			}
		}
	}
	slices.Sort(c.names)
	c.names = slices.Compact(c.names)
	slices.SortFunc(c.born, compareDates)
	c.born = slices.Compact(c.born)
	return c
}

// compareDates is a total order: by first day, the less precise first.
func compareDates(a, b model.Date) int {
	if c := a.Compare(b); c != 0 {
		return c
	}
	if a.Month != b.Month {
		return int(a.Month) - int(b.Month)
	}
	return int(a.Day) - int(b.Day)
}

// Agreement is how one aspect of two records compares.
type Agreement uint8

// The agreements.
const (
	Unstated Agreement = iota // one side or both say nothing
	Agree
	Disagree
)

// String is the agreement as the API spells it.
func (a Agreement) String() string { return [...]string{"unstated", "agree", "disagree", ""}[a&3] }

func agreeNames(a, b []string) Agreement {
	if len(a) == 0 || len(b) == 0 {
		return Unstated
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			return Agree
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return Disagree
}

func agreeDates(a, b []model.Date) Agreement {
	if len(a) == 0 || len(b) == 0 {
		return Unstated
	}
	for _, x := range a {
		for _, y := range b {
			if compatibleDates(x, y) {
				return Agree
			}
		}
	}
	return Disagree
}

// compatibleDates tells whether two dates can mean the same day.
func compatibleDates(x, y model.Date) bool {
	return x.Year == y.Year &&
		(x.Month == y.Month || x.Month == 0 || y.Month == 0) &&
		(x.Day == y.Day || x.Day == 0 || y.Day == 0)
}

// compatible tells whether two holders of one unique identifier can be the same
// thing: a name or a birth date agrees, or nothing that both state speaks
// against it.
func compatible(names, born Agreement) bool {
	return names == Agree || born == Agree || names == Unstated && born == Unstated
}
