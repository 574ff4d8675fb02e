package gql

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Statement is one value of a golden record with its evidence.
type Statement struct {
	q *query
	v *access.StatementInfo
}

// Property is the property's name.
func (s *Statement) Property() string { return propertyName(s.v.Property) }

// Value is the value with its type.
func (s *Statement) Value() Value { return s.q.valueOf(s.v.Value, s.v.Period) }

// Text is the value as text.
func (s *Statement) Text() string { return textOf(s.v.Value) }

// Period is when the value is valid.
func (s *Statement) Period() Period { return Period(s.v.Period) }

// Rule is the rule by which the value won.
func (s *Statement) Rule() model.Rule { return s.v.Rule }

// Support is who says so.
func (s *Statement) Support() []Support { return supportOf(s.v.Support) }

// Alternatives are what was said and lost: of a text with a language, in that
// language.
func (s *Statement) Alternatives() []Alternative {
	out := make([]Alternative, 0, len(s.v.Alternatives))
	for i := range s.v.Alternatives {
		if a := &s.v.Alternatives[i]; rivals(s.v.Value, a.Value) {
			out = append(out, Alternative{s.q, a})
		}
	}
	return out
}

// rivals tells whether two values of one property stand in each other's way.
func rivals(a, b model.Value) bool {
	x, ok := a.(model.Text)
	y, both := b.(model.Text)
	return !ok || !both || x.Lang == y.Lang
}

// Alternative is a value that was said and lost.
type Alternative struct {
	q *query
	v *access.AlternativeInfo
}

// Value is the value with its type.
func (a *Alternative) Value() Value { return a.q.valueOf(a.v.Value, a.v.Period) }

// Text is the value as text.
func (a *Alternative) Text() string { return textOf(a.v.Value) }

// Period is when the value would be valid.
func (a *Alternative) Period() Period { return Period(a.v.Period) }

// Lost is the rule by which the winner beat it.
func (a *Alternative) Lost() model.Rule { return a.v.Lost }

// Support is who says so.
func (a *Alternative) Support() []Support { return supportOf(a.v.Support) }

// Support is a record that says something.
type Support struct {
	Source    string
	Authority string
	Record    model.EntityID
	LocalID   Optional
	Original  Optional
	Since     int64
	SinceAt   time.Time
	Stamp     time.Time
}

func supportOf(said []access.Said) []Support {
	out := make([]Support, len(said))
	for i, s := range said {
		out[i] = Support{
			Source: string(s.Source), Authority: s.Authority, Record: s.Record, LocalID: Optional(s.LocalID),
			Original: Optional(s.Original), Since: int64(s.Since), SinceAt: s.SinceAt, Stamp: s.Stamp,
		}
	}
	return out
}

// SourceRecord is one source record of a golden record.
type SourceRecord struct {
	ID       model.EntityID
	Source   string
	Kind     model.Kind
	LocalID  Optional
	Live     bool
	Revision int64
	Stamp    time.Time

	q      *query
	golden model.EntityID // that it is in
	info   *access.RecordInfo
}

// Issues are what is wrong with its fields.
func (r *SourceRecord) Issues(ctx context.Context) ([]RecordIssue, error) {
	found, err := r.q.view.Issues(ctx, r.golden, r.info)
	if err != nil {
		return nil, err
	}
	out := make([]RecordIssue, len(found))
	for i, issue := range found {
		out[i] = RecordIssue{
			Property: Optional(propertyName(issue.Property)), Place: Optional(issue.Place), Code: string(issue.Code), Text: issue.Text, Original: Optional(issue.Original),
		}
	}
	return out, nil
}

// RecordIssue is something wrong with a field of a source record.
type RecordIssue struct {
	Property, Place Optional
	Code, Text      string
	Original        Optional
}

// sourceRecords are records of a golden record.
func (q *query) sourceRecords(golden model.EntityID, infos ...access.RecordInfo) []SourceRecord {
	out := make([]SourceRecord, len(infos))
	for i, r := range infos {
		out[i] = SourceRecord{
			q: q, golden: golden, info: &infos[i],
			ID: r.ID, Source: string(r.Source), Kind: r.Kind, LocalID: Optional(r.LocalID), Live: r.Live,
			Revision: int64(r.Revision), Stamp: r.Stamp,
		}
	}
	return out
}

// evidenceKey is whose evidence, of which properties: their names, joined.
type evidenceKey struct {
	id         model.EntityID
	properties string
}

// evidenceOf reads the evidence of a golden record once. Of one whose flag is
// all that the caller sees there is none.
func (q *query) evidenceOf(e *access.Entity, properties []string) ([]access.StatementInfo, error) {
	key := evidenceKey{e.ID, strings.Join(properties, ",")}
	if infos, ok := kept(q.request, &q.evidence, key); ok {
		return infos, nil
	}
	var ids []model.PropertyID
	for _, name := range properties {
		if p := ontology.ByName(e.Kind, name); p != nil {
			ids = append(ids, p.ID)
		} else if !anyKindHas(name) {
			return nil, badInput("there is no property of that name: use the names of this schema")
		}
	}
	var infos []access.StatementInfo
	// Properties of other kinds only: nothing, not everything.
	if len(ids) > 0 || len(properties) == 0 {
		var err error
		if infos, err = q.view.Statements(q.ctx, e.ID, ids); err != nil && !errors.Is(err, access.ErrNotFound) {
			return nil, err
		}
	}
	keep(q.request, &q.evidence, key, infos)
	return infos, nil
}

func anyKindHas(name string) bool {
	for _, k := range model.Kinds {
		if ontology.ByName(k, name) != nil {
			return true
		}
	}
	return false
}

func (q *query) statements(e *access.Entity, properties []string, validAt *model.Date) ([]Statement, error) {
	infos, err := q.evidenceOf(e, properties)
	if err != nil {
		return nil, err
	}
	out := make([]Statement, 0, len(infos))
	for i := range infos {
		if validAt == nil || infos[i].Period.Contains(*validAt) {
			out = append(out, Statement{q, &infos[i]})
		}
	}
	return out, nil
}

func (q *query) records(e *access.Entity) ([]SourceRecord, error) {
	infos, err := q.view.Records(q.ctx, e.ID)
	if err != nil && !errors.Is(err, access.ErrNotFound) {
		return nil, err
	}
	return q.sourceRecords(e.ID, infos...), nil
}

// propertyName is a property's name, as the schema spells it.
func propertyName(id model.PropertyID) string {
	if p := ontology.ByID(id); p != nil {
		return p.Name
	}
	return ""
}
