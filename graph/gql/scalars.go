package gql

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Optional is a text that is null when empty.
type Optional string

// MarshalOptional writes the text, or null when it is empty.
func MarshalOptional(s Optional) graphql.Marshaler {
	if s == "" {
		return graphql.Null
	}
	return graphql.MarshalString(string(s))
}

// UnmarshalOptional reads a text.
func UnmarshalOptional(v any) (Optional, error) {
	s, err := graphql.UnmarshalString(v)
	return Optional(s), err
}

// MarshalEntityID writes an id, or null for none.
func MarshalEntityID(id model.EntityID) graphql.Marshaler {
	if id.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) {
		// A UUID has nothing to escape.
		var b [38]byte
		buf := append(b[:0], '"')
		buf = append(buf, id.String()...)
		_, _ = w.Write(append(buf, '"'))
	})
}

// UnmarshalEntityID reads an id.
func UnmarshalEntityID(v any) (model.EntityID, error) {
	s, ok := v.(string)
	if !ok {
		return model.EntityID{}, badInput("an id is a string: a UUID such as 018f0000-0000-7000-8000-000000000000")
	}
	id, err := model.ParseEntityID(s)
	if err != nil {
		return id, badInput(err.Error())
	}
	return id, nil
}

// MarshalDate writes a date at its precision, or null for none.
func MarshalDate(d model.Date) graphql.Marshaler {
	if d.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) { writeQuoted(w, d.String()) })
}

// UnmarshalDate reads a date.
func UnmarshalDate(v any) (model.Date, error) {
	s, ok := v.(string)
	if !ok {
		return model.Date{}, badInput("a date is a string: YYYY-MM-DD, YYYY-MM or YYYY")
	}
	d, err := model.ParseDate(s)
	if err != nil {
		return d, badInput(err.Error())
	}
	return d, nil
}

// MarshalDateTime writes an instant in UTC, or null for none.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	if t.IsZero() {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) { writeQuoted(w, t.UTC().Format(time.RFC3339Nano)) })
}

// UnmarshalDateTime reads an instant.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, badInput("an instant is a string in RFC 3339")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, badInput("an instant is written as 2026-01-31T12:00:00Z")
	}
	return t, nil
}

// writeQuoted writes text that has nothing to escape.
func writeQuoted(w io.Writer, s string) {
	var b [64]byte
	buf := append(b[:0], '"')
	buf = append(buf, s...)
	_, _ = w.Write(append(buf, '"'))
}

// enum spells the values of a Go type as GraphQL does.
func enum[T fmt.Stringer](v T) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { writeQuoted(w, strings.ToUpper(v.String())) })
}

// parseEnum finds the value that is spelt so.
func parseEnum[T fmt.Stringer](v any, values ...T) (T, error) {
	var none T
	s, ok := v.(string)
	if !ok {
		return none, errors.New("an enum value is a name")
	}
	for _, candidate := range values {
		if strings.EqualFold(candidate.String(), s) {
			return candidate, nil
		}
	}
	return none, badInput("unknown enum value " + strconv.Quote(s))
}

// MarshalKind writes a kind.
func MarshalKind(k model.Kind) graphql.Marshaler { return enum(k) }

// UnmarshalKind reads a kind.
func UnmarshalKind(v any) (model.Kind, error) { return parseEnum(v, model.Kinds...) }

// MarshalVerdict writes a verdict.
func MarshalVerdict(v graph.Verdict) graphql.Marshaler { return enum(v) }

// UnmarshalVerdict reads a verdict.
func UnmarshalVerdict(v any) (graph.Verdict, error) {
	return parseEnum(v, graph.Same, graph.Different, graph.Unsure)
}

// MarshalRule writes a survivorship rule.
func MarshalRule(r model.Rule) graphql.Marshaler { return enum(r) }

// UnmarshalRule reads a survivorship rule.
func UnmarshalRule(v any) (model.Rule, error) {
	return parseEnum(v, model.RuleOnly, model.RulePin, model.RuleMaster, model.RuleTrust, model.RuleRecency,
		model.RuleSupport, model.RuleOrder, model.RuleMaximum, model.RuleAll, model.RuleGroup, model.RuleHeld)
}

// IdentifierStatus is the state of an identifier.
type IdentifierStatus model.IdentifierStatus

// String is the status as the schema spells it, in lower case.
func (s IdentifierStatus) String() string {
	switch model.IdentifierStatus(s) {
	case model.IdentifierFailed:
		return "failed"
	case model.IdentifierReplaced:
		return "replaced"
	}
	return "valid"
}

// MarshalIdentifierStatus writes a status.
func MarshalIdentifierStatus(s IdentifierStatus) graphql.Marshaler { return enum(s) }

// UnmarshalIdentifierStatus reads a status.
func UnmarshalIdentifierStatus(v any) (IdentifierStatus, error) {
	return parseEnum(v, IdentifierStatus(model.IdentifierValid), IdentifierStatus(model.IdentifierFailed), IdentifierStatus(model.IdentifierReplaced))
}

// Phase is where a day lies in relation to a period.
type Phase string

// The phases.
const (
	Planned Phase = "planned"
	Active  Phase = "active"
	Ended   Phase = "ended"
)

// String is the phase's name.
func (p Phase) String() string { return string(p) }

// MarshalPhase writes a phase.
func MarshalPhase(p Phase) graphql.Marshaler { return enum(p) }

// UnmarshalPhase reads a phase.
func UnmarshalPhase(v any) (Phase, error) { return parseEnum(v, Planned, Active, Ended) }

// phaseOf is the phase of a period on a day.
func phaseOf(p model.Period, day model.Date) Phase {
	switch {
	case p.Contains(day):
		return Active
	case !p.To.IsZero() && day.Compare(p.To) >= 0:
		return Ended
	}
	return Planned
}

// word is a name that comes from elsewhere as text.
type word string

func (w word) String() string { return string(w) }

// DeliveryState is how far a delivery has come.
type DeliveryState = graph.DeliveryState

// MarshalDeliveryState writes a state.
func MarshalDeliveryState(s DeliveryState) graphql.Marshaler { return enum(word(s)) }

// UnmarshalDeliveryState reads a state.
func UnmarshalDeliveryState(v any) (DeliveryState, error) {
	w, err := parseEnum(v, word(graph.Running), word(graph.Done), word(graph.Broken), word(graph.Held), word(graph.Stale), word(graph.Stopped))
	return DeliveryState(w), err
}

// RectificationState is how far a case of rectification has come.
type RectificationState = graph.RectificationState

// MarshalRectificationState writes a state.
func MarshalRectificationState(s RectificationState) graphql.Marshaler { return enum(word(s)) }

// UnmarshalRectificationState reads a state.
func UnmarshalRectificationState(v any) (RectificationState, error) {
	w, err := parseEnum(v, word(graph.RectificationOpen), word(graph.RectificationMet), word(graph.RectificationRefused), word(graph.RectificationWithdrawn))
	return RectificationState(w), err
}

// ChangeType is what happened to a golden record, as access names it.
type ChangeType string

// MarshalChangeType writes a change's type.
func MarshalChangeType(c ChangeType) graphql.Marshaler { return enum(word(c)) }

// UnmarshalChangeType reads a change's type.
func UnmarshalChangeType(v any) (ChangeType, error) {
	w, err := parseEnum(v, word("changed"), word("merged"), word("ended"), word("withdrawn"), word("erased"))
	return ChangeType(w), err
}
