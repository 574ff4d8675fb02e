package model

import "fmt"

// Kind is one of the five nouns of grunddata, or Concept for reference data.
// The numbers are stored and are never reused.
type Kind uint8

// The kinds of golden record.
const (
	KindUnknown  Kind = 0
	Person       Kind = 1
	Role         Kind = 2
	Organisation Kind = 3
	Geography    Kind = 4
	Service      Kind = 5
	Concept      Kind = 6
)

// Kinds lists every kind in its stable order.
var Kinds = []Kind{Person, Role, Organisation, Geography, Service, Concept}

var kindNames = [...]string{"", "person", "role", "organisation", "geography", "service", "concept"}

// String is the kind's name as IRIs, files and mappings spell it.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k != KindUnknown {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind reads a kind's name.
func ParseKind(s string) (Kind, error) {
	for i, n := range kindNames {
		if i > 0 && n == s {
			return Kind(i), nil
		}
	}
	return KindUnknown, fmt.Errorf("kind %q: want one of person, role, organisation, geography, service, concept", s)
}
