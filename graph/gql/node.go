package gql

import (
	"strings"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// GoldenRecord is one of the six kinds. The marker is implemented by node.
type GoldenRecord interface {
	Node
	IsGoldenRecord()
}

// Node is anything with an id of its own.
type Node interface{ IsNode() }

// node is what every kind shares: the entity, and the query it was read for.
type node struct {
	e *access.Entity
	q *query
}

// IsGoldenRecord marks golden records.
func (n *node) IsGoldenRecord() {}

// IsNode marks golden records.
func (n *node) IsNode() {}

// ID is the golden id.
func (n *node) ID() model.EntityID { return n.e.ID }

// Iri is the record's address as linked data.
func (n *node) Iri() string { return n.e.IRI }

// Kind is which of the six kinds it is.
func (n *node) Kind() model.Kind { return n.e.Kind }

// Revision is the revision that last changed what the caller sees of the
// record; none of one whose flag is all that the caller sees.
func (n *node) Revision() (*int64, error) {
	r, err := n.q.revision(n.e.ID)
	if err != nil || r == 0 {
		return nil, err
	}
	out := int64(r)
	return &out, nil
}

// Period is when the thing itself exists.
func (n *node) Period() Period { return Period(n.e.Period) }

// Phase is where the query's day lies in the period. When a person exists is
// not told to those who may not see birth dates, so neither is the phase.
func (n *node) Phase() *Phase {
	if n.e.Kind == model.Person && n.e.Period.IsZero() && n.q.view.Rights().Clearance().Rank() < model.Restricted.Rank() {
		return nil
	}
	p := phaseOf(n.e.Period, n.q.day)
	return &p
}

// Statements are the values with their evidence, all or those valid on a day.
func (n *node) Statements(properties []string, validAt *model.Date) ([]Statement, error) {
	return n.q.statements(n.e, properties, validAt)
}

// Records are the source records the golden record is made of.
func (n *node) Records() ([]SourceRecord, error) { return n.q.records(n.e) }

// first is the first value of a property that is valid on the query's day.
func (n *node) first(p model.PropertyID) model.Value {
	for _, v := range n.e.All(p) {
		if v.Period.Contains(n.q.day) {
			return v.Value
		}
	}
	return nil
}

// each calls f for every value of a property that is valid on the query's day.
func each[T model.Value](n *node, p model.PropertyID, f func(T, model.Period)) {
	for _, v := range n.e.All(p) {
		if v.Period.Contains(n.q.day) {
			if t, ok := v.Value.(T); ok {
				f(t, v.Period)
			}
		}
	}
}

func (n *node) text(p model.PropertyID) Optional {
	t, _ := n.first(p).(model.Text)
	return Optional(t.Text)
}

func (n *node) texts(p model.PropertyID) []string {
	out := []string{}
	each(n, p, func(t model.Text, _ model.Period) { out = append(out, t.Text) })
	return out
}

func (n *node) localized(p model.PropertyID, lang *string) []LocalizedText {
	out := []LocalizedText{}
	each(n, p, func(t model.Text, _ model.Period) {
		if lang == nil || strings.EqualFold(*lang, t.Lang) { // RFC 5646, section 2.1.1
			out = append(out, LocalizedText{t.Text, Optional(t.Lang)})
		}
	})
	return out
}

func (n *node) date(p model.PropertyID) model.Date {
	d, _ := n.first(p).(model.Date)
	return d
}

func (n *node) number(p model.PropertyID) *float64 {
	v, ok := n.first(p).(model.Number)
	if !ok {
		return nil
	}
	f := float64(v)
	return &f
}

func (n *node) boolean(p model.PropertyID) *bool {
	v, ok := n.first(p).(model.Boolean)
	if !ok {
		return nil
	}
	b := bool(v)
	return &b
}

func (n *node) interval(p model.PropertyID) *Period {
	v, ok := n.first(p).(model.Period)
	if !ok {
		return nil
	}
	period := Period(v)
	return &period
}

func (n *node) geometry(p model.PropertyID) *Geometry {
	v, ok := n.first(p).(model.Geometry)
	if !ok {
		return nil
	}
	return &Geometry{v}
}

func (n *node) identifiers(p model.PropertyID, scheme *string) []Identifier {
	out := []Identifier{}
	each(n, p, func(id model.Identifier, _ model.Period) {
		if scheme == nil || *scheme == string(id.Scheme) || *scheme == string(id.Scheme.Base()) {
			out = append(out, identifierOf(id))
		}
	})
	return out
}

func (n *node) addresses(p model.PropertyID) []Address {
	out := []Address{}
	each(n, p, func(a model.Address, _ model.Period) { out = append(out, addressOf(a)) })
	return out
}

func (n *node) contacts(p model.PropertyID) []Contact {
	out := []Contact{}
	each(n, p, func(c model.Contact, _ model.Period) {
		out = append(out, Contact{c.Medium, Optional(c.Use), c.Value})
	})
	return out
}

func (n *node) code(p model.PropertyID) *Code {
	v, ok := n.first(p).(model.Code)
	if !ok {
		return nil
	}
	return &Code{n.q, v}
}

func (n *node) codes(p model.PropertyID) []Code {
	out := []Code{}
	each(n, p, func(c model.Code, _ model.Period) { out = append(out, Code{n.q, c}) })
	return out
}

// target is the record that a link property leads to, or nil.
func (n *node) target(p model.PropertyID) (*access.Entity, error) {
	l, ok := n.first(p).(model.Link)
	if !ok || l.To.IsZero() {
		return nil, nil
	}
	return n.q.entity(l.To)
}

func (n *node) links(p model.PropertyID, role *string) []link {
	var out []link
	each(n, p, func(l model.Link, period model.Period) {
		if role == nil || *role == l.Role {
			out = append(out, link{n.q, l, period})
		}
	})
	return out
}

func (n *node) referrers(p model.PropertyID, first *int, after *string, last *int, before, role *string) (referrers, error) {
	asked, err := newLinks(first, after, last, before)
	if err != nil {
		return referrers{}, err
	}
	page, err := n.q.referrers(n.e.ID, pageKey{p, asked, deref(role)})
	return referrers{n.q, page}, err
}

// identifierOf is an identifier as the View let it through: it has masked or
// taken out what the caller may not see.
func identifierOf(id model.Identifier) Identifier {
	return Identifier{
		Scheme: string(id.Scheme),
		Value:  Optional(id.Value),
		Masked: id.Value == "" || strings.HasSuffix(id.Value, mask),
		Status: IdentifierStatus(id.Status),
	}
}

// mask is how model.Mask ends a value that it hid.
const mask = "****"
