package ontology

import "github.com/karna-registry/karna/model"

// Index says what the store keeps beside the golden record for a property.
type Index uint8

// The index choices.
const (
	IndexNone     Index = iota
	IndexToken          // folded words, for search by prefix
	IndexCode           // the notation, for filters
	IndexExact          // the value's text, for look-up (open identifiers are found by matching key)
	IndexLink           // who refers to what, by target
	IndexPostcode       // the postal code of an address, for what lies in an area
)

// Matching is a property's role in entity resolution.
type Matching uint8

// The roles.
const (
	MatchNone       Matching = iota
	MatchIdentifier          // proves what its scheme declares
	MatchName                // compared as name tokens
	MatchBirth
	MatchSex
	MatchAddress
	MatchContact
	MatchLink // compared by what it points to
	MatchText
	MatchCode
)

// Survivorship is how a property's golden value is picked when policy does not
// say otherwise.
type Survivorship uint8

// The defaults.
const (
	SurviveOne     Survivorship = iota // one value at an instant: master, trust, recency, support, order
	SurviveAll                         // every distinct value with its period
	SurviveGroup                       // one record's values of the whole group, never a hybrid
	SurviveMaximum                     // the highest (protection)
)

// Property is one row of the table.
type Property struct {
	ID            model.PropertyID
	Kind          model.Kind
	Name          string // camelCase, as GraphQL, mappings and JSON-LD spell it
	LabelSV       string // what Swedish readers see
	Type          model.ValueType
	Many          bool         // more than one value at one instant
	Localized     bool         // a text that carries a language: its cardinality is per language
	Range         []model.Kind // what a link points to
	CodeList      string       // the concept scheme of a code, where there is one
	RDF           string       // prefixed term: "foaf:givenName"
	SubOf         string       // for a term of our own: the nearest standard property, where there is one
	Node          string       // the structure that the RDF term points to, where the vocabulary wants a thing and the value is a text or a link
	Disclosure    model.Disclosure
	Index         Index
	Matching      Matching
	Survive       Survivorship
	Group         string // for SurviveGroup
	Derived       bool   // computed by the registry, never mapped
	Description   string // one sentence in English, for the API and the vocabulary
	DescriptionSV string // the same in Swedish
}
