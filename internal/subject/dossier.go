package subject

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Dossier is what is held about one person as the person may be shown it: what
// would tell of other persons is left out.
type Dossier struct {
	ID      model.EntityID
	IRI     string
	Kind    model.Kind
	Name    string
	At      time.Time
	Actor   string // who made it
	Purpose string
	Sources []Source
	Golden  []Value // what the registry says, made of what the sources say
	// Mentions are posts, units and services that refer to the person.
	Mentions []Mention
	// Decisions are stewards' words on whether records are about this person.
	Decisions  []Decision
	Pairs      []Pair
	Quarantine []Quarantined
	Looked     []audit.Read // who looked at the person or changed something, newest first
	Recipients []Recipient  // the same by who it was
	// Withheld says what was left out, and why.
	Withheld []string
}

// Source is one system and what it has said.
type Source struct {
	Name, Authority, Owner, Purpose, LegalBasis, Retention string
	Records                                                []Part
}

// Part is one record of a source: about the person, or a role that the person has.
type Part struct {
	ID      model.EntityID
	Kind    model.Kind
	LocalID string
	Live    bool // the source has it yet
	Said    []Said
}

// Said is what a record said from a revision on; nothing when its source no longer
// had it.
type Said struct {
	Revision  model.Revision
	At        time.Time // when it came to the registry
	Stamp     time.Time // the source's own time, or zero
	Delivery  string    // the name of the file
	Retracted bool
	Values    []Value
	Issues    []Issue
}

// Issue is a field that could not be read as it should, and what was delivered.
type Issue struct {
	Property model.PropertyID // 0 for a field that gives none
	Place    string
	Code     model.IssueCode
	Text     string
	Original string
}

// Label is the property's name in Swedish; empty for a field that gives none.
func (i *Issue) Label() string {
	if row := ontology.ByID(i.Property); row != nil {
		return row.LabelSV
	}
	return ""
}

// Value is one property and what it is said to be.
type Value struct {
	Property model.PropertyID
	Text     string
	Original string // as delivered, when that is another text
	Period   model.Period
	Rule     string   // of a golden value: by which rule it won
	Sources  []string // of a golden value: who says so
}

// Label is the property's name in Swedish.
func (v *Value) Label() string {
	if row := ontology.ByID(v.Property); row != nil {
		return row.LabelSV
	}
	return fmt.Sprint("egenskap ", v.Property)
}

// Mention is that a source's record of something that is nobody's own refers to the
// person: a post to who holds it.
type Mention struct {
	Source   string
	Kind     model.Kind
	What     string // its title or name, and where it is
	Value           // the property by which it refers, and when; without a text
	At       time.Time
	Delivery string // the name of the file
}

// Decision is a steward's word on two records, one of which at least is the person's.
type Decision struct {
	At      time.Time
	Actor   string
	Verdict string
	Reason  string // only where both records are the person's: it may tell of another
}

// Pair is what one of the person's records weighs against another record.
type Pair struct {
	Weight   float64 // bits
	Band     string
	Together bool // both are the person's
}

// Quarantined is a delivered item that names the person and is not stored as a record.
type Quarantined struct {
	Source, Place, Reason string
	At                    time.Time
}

// TextOf is a value as text for people; of a link what the caller of it knows of
// its target.
func TextOf(v model.Value, target func(model.Link) string) string {
	switch v := v.(type) {
	case model.Text:
		return v.Text
	case model.Date:
		return v.String()
	case model.Code:
		if label := ontology.LabelOf(v.Scheme, v.Notation, "sv"); label != "" {
			return label
		}
		return v.Notation
	case model.Identifier:
		text := string(v.Scheme) + " " + v.Value
		if v.Status == model.IdentifierFailed {
			text += " (inte giltigt)"
		}
		return text
	case model.Number:
		return strings.Replace(strconv.FormatFloat(float64(v), 'f', -1, 64), ".", ",", 1)
	case model.Boolean:
		if v {
			return "ja"
		}
		return "nej"
	case model.Contact:
		return v.Value
	case model.Address:
		return address(v)
	case model.Period:
		return v.String()
	case model.Geometry:
		if v.WKT != "" {
			return v.WKT
		}
		return fmt.Sprintf("%v, %v", v.Lat, v.Lon)
	case model.Link:
		return target(v)
	}
	return ""
}

func address(a model.Address) string {
	if a.FullAddress != "" {
		return a.FullAddress
	}
	join := func(parts ...string) string {
		return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
	}
	careOf := ""
	if a.CareOf != "" {
		careOf = "c/o " + a.CareOf
	}
	var lines []string
	for _, line := range []string{careOf, join(a.Street, a.StreetNumber, a.Entrance, a.Unit), join(a.PostalCode, a.Locality), a.Property, a.Country} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, ", ")
}
