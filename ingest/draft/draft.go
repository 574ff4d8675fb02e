package draft

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Placer is a field of a delivered item: it says where it stands, which is asked
// only when something is wrong with it.
type Placer interface {
	Place() string
}

// At is a place that is already known.
type At string

// Place is the place itself.
func (a At) Place() string { return string(a) }

// Record is a record being drafted.
type Record struct {
	model.Record
	// AsOf is the delivery's date, that two-digit years are read against.
	AsOf model.Date
	// Jurisdiction is SE or AX: what a personal number is, and how telephone numbers and
	// addresses are written.
	Jurisdiction string
	// ProofOf is what a scheme proves for the tenant; nil is what the model says.
	ProofOf func(model.Scheme) model.Proof
}

// New starts a record.
func New(key model.RecordKey, stamp time.Time, asOf model.Date) *Record {
	return &Record{Record: model.Record{Key: key, Stamp: stamp}, AsOf: asOf}
}

// Finish is the record with its statements ordered by property, as delivered
// within one. A deleted record says nothing.
func (r *Record) Finish() model.Record {
	if r.Deleted {
		r.Statements, r.Issues, r.Period = nil, nil, model.Period{}
		return r.Record
	}
	ordered := true
	for i := 1; i < len(r.Statements); i++ {
		ordered = ordered && r.Statements[i-1].Property <= r.Statements[i].Property
	}
	if !ordered {
		slices.SortStableFunc(r.Statements, func(a, b model.Statement) int { return int(a.Property) - int(b.Property) })
	}
	return r.Record
}

// Add states a value, with the text as delivered where that differs. The same
// thing said twice is said once.
func (r *Record) Add(p model.PropertyID, v model.Value, original string) {
	r.AddIn(p, v, original, model.Period{})
}

// AddIn is Add for a value that holds in a period only.
func (r *Record) AddIn(p model.PropertyID, v model.Value, original string, period model.Period) {
	for i := range r.Statements {
		s := &r.Statements[i]
		if s.Property == p && s.Value == v && s.Period == period {
			return
		}
	}
	if r.Statements == nil {
		r.Statements = make([]model.Statement, 0, 12)
	}
	r.Statements = append(r.Statements, model.Statement{Property: p, Value: v, Original: original, Period: period})
}

// Link states a link; role qualifies it (a hierarchy, a relation).
func (r *Record) Link(p model.PropertyID, to model.Reference, role string) {
	r.Add(p, model.Link{Ref: to, Role: role}, "")
}

// Narrow sees that the record as a whole is shown to no more than the class may
// see. A record that says nothing of its own class has the table's.
func (r *Record) Narrow(to model.Disclosure) {
	if r.Disclosure == model.Unclassified {
		r.Disclosure = to
		return
	}
	r.Disclosure = r.Disclosure.Stricter(to)
}

// Issue notes that something is wrong with a field, of which raw is the text as
// delivered. The text of the issue must hold no personal data.
func Issue[P Placer](r *Record, p model.PropertyID, at P, raw string, code model.IssueCode, severity model.Severity, text string) {
	r.Issues = append(r.Issues, model.Issue{Property: p, Place: at.Place(), Code: code, Text: text, Severity: severity, Original: asDelivered(raw)})
}

// asDelivered is what an issue keeps of a field: no bytes that are no text, no personal
// number, and no more than is of use to whoever looks for the field in its source.
func asDelivered(raw string) string {
	// A number that is cut here lies behind what is kept in the end.
	text, _ := normalise.Text(raw[:min(len(raw), 16*model.MaxOriginal)])
	return model.OriginalOf(text)
}

// proof is what a scheme proves.
func (r *Record) proof(s model.Scheme) model.Proof {
	if r.ProofOf != nil {
		return r.ProofOf(s)
	}
	return model.ProofOf(s)
}

// Identifier states a value of a scheme. One that fails its rule is kept, failed,
// with an issue. A personal number in a scheme that is not sealed is stated as
// the personal number it is, so that it never lies open.
func Identifier[P Placer](r *Record, p model.PropertyID, at P, s model.Scheme, raw string) {
	if raw == "" {
		return
	}
	if proof := r.proof(s); !proof.Sealed && s.Base() != model.Organisationsnummer && model.ContainsPersonal(raw) {
		if r.Key.Kind == model.Person && model.LooksPersonal(raw) {
			personalNumber(r, p, at, raw, "")
			Issue(r, p, at, model.NumberTakenOut, model.IssueIdentifierRule, model.Warning, "a personal number where a "+string(s.Base())+" should be; kept sealed as what it is")
			return
		}
		r.Narrow(model.Restricted)
		Issue(r, p, at, model.NumberTakenOut, model.IssueIdentifierRule, model.Failed, "a personal number where a "+string(s.Base())+" should be; not taken, correct it in the source")
		return
	}
	id, err := model.ParseIdentifier(s, raw, r.AsOf)
	r.identifier(p, id, raw)
	if err != nil {
		failed(r, p, at, s, raw, err)
	}
}

// PersonalNumber states a number of a field that holds those of several
// schemes, in that of the jurisdiction's which it is of.
func PersonalNumber[P Placer](r *Record, p model.PropertyID, at P, raw string) {
	personalNumber(r, p, at, raw, r.Jurisdiction)
}

func personalNumber[P Placer](r *Record, p model.PropertyID, at P, raw, jurisdiction string) {
	if raw == "" {
		return
	}
	id, err := model.ParsePersonalNumberIn(jurisdiction, raw, r.AsOf)
	r.identifier(p, id, raw)
	if err != nil {
		failed(r, p, at, model.Personnummer, raw, err)
	}
}

// OrganisationNumber states the number of a legal entity. A sole trader's is a
// personal number: the whole record is then restricted.
func OrganisationNumber[P Placer](r *Record, p model.PropertyID, at P, raw string) {
	if raw == "" {
		return
	}
	if model.ContainsPersonal(raw) {
		r.Narrow(model.Restricted)
	}
	id, err := model.ParseIdentifier(model.Organisationsnummer, raw, r.AsOf)
	r.identifier(p, id, raw)
	if err != nil {
		failed(r, p, at, model.Organisationsnummer, raw, err)
	}
}

func (r *Record) identifier(p model.PropertyID, id model.Identifier, raw string) {
	if raw == id.Value {
		raw = ""
	}
	r.Add(p, id, raw)
}

// failed notes that a value does not pass its scheme's rule. One of a scheme that is
// sealed is not in the issue: the statement has it, sealed, where there is one.
func failed[P Placer](r *Record, p model.PropertyID, at P, s model.Scheme, raw string, err error) {
	if r.proof(s).Sealed {
		raw = model.NumberTakenOut
	}
	text := "the value does not pass its scheme's rule; correct it in the source"
	var rule *model.IdentifierError
	if errors.As(err, &rule) {
		text = rule.Error() + "; correct it in the source"
	}
	Issue(r, p, at, raw, model.IssueIdentifierRule, model.Failed, text)
}

// LinkByIdentifier states a link to what has the identifier. One that fails its
// scheme's rule leads nowhere and is not stated.
func LinkByIdentifier[P Placer](r *Record, p model.PropertyID, at P, kind model.Kind, s model.Scheme, raw, role string) {
	if raw == "" {
		return
	}
	id, err := model.ParseIdentifier(s, raw, r.AsOf)
	if err != nil {
		failed(r, p, at, s, raw, err)
		return
	}
	if s.Base() == model.Organisationsnummer && model.IsPersonalNumber(id.Value) {
		r.Narrow(model.Restricted)
	}
	if id.Value == raw {
		raw = ""
	}
	r.Add(p, model.Link{Ref: model.Reference{Kind: kind, Scheme: s, Value: id.Value}, Role: role}, raw)
}

// LinkByPersonalNumber is LinkByIdentifier of a field that holds numbers of several
// schemes, in that of the jurisdiction's which it is of.
func LinkByPersonalNumber[P Placer](r *Record, p model.PropertyID, at P, raw, role string) {
	if raw == "" {
		return
	}
	id, err := model.ParsePersonalNumberIn(r.Jurisdiction, raw, r.AsOf)
	if err != nil {
		failed(r, p, at, model.Personnummer, raw, err)
		return
	}
	LinkByIdentifier(r, p, at, model.Person, id.Scheme, raw, role)
}

// LegalEntity links a unit to the legal entity whose number it carries.
func LegalEntity[P Placer](r *Record, p model.PropertyID, at P, raw string) {
	LinkByIdentifier(r, p, at, model.Organisation, model.Organisationsnummer, raw, "")
}

// Code states a notation of a code list. One that the shipped list does not have
// is kept with an issue: the list may have it in another version. A list that is not
// shipped is a source's own, and has what its source says.
func Code[P Placer](r *Record, p model.PropertyID, at P, list, notation string) {
	CodeFrom(r, p, at, list, notation, notation)
}

// CodeFrom is Code for a notation that a mapping gives for what was delivered.
func CodeFrom[P Placer](r *Record, p model.PropertyID, at P, list, notation, original string) {
	if notation == "" {
		return
	}
	if original == notation {
		original = ""
	}
	r.Add(p, model.Code{Scheme: list, Notation: notation}, original)
	if ontology.KnownScheme(list) && !ontology.KnownCode(list, notation) {
		Issue(r, p, at, cmp.Or(original, notation), model.IssueUnknownCode, model.Warning, "not in the code list "+list+"; add it there, or correct it in the source")
	}
}

// UnknownCode states what was delivered as a notation that no mapping knows.
func UnknownCode[P Placer](r *Record, p model.PropertyID, at P, list, original string) {
	if original == "" {
		return
	}
	r.Add(p, model.Code{Scheme: list, Notation: original}, "")
	Issue(r, p, at, original, model.IssueUnknownCode, model.Warning, "a value that has no code in "+list+"; kept as delivered, add it to the mapping")
}

// localized tells whether a text property carries a language.
func localized(p model.PropertyID) bool {
	row := ontology.ByID(p)
	return row != nil && row.Localized
}
