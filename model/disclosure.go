package model

import "fmt"

// Disclosure says who may see something. It is held by properties and by
// records, and the stricter wins. The zero value is unclassified: nobody is
// shown it and no export writes it, so a property added later starts closed.
type Disclosure uint8

// The classes, from the widest to the narrowest. Protected is derived, never
// declared: it is the class of a person with a protected identity and of what
// would reveal one.
const (
	Unclassified Disclosure = 0
	Open         Disclosure = 1
	Internal     Disclosure = 2
	Restricted   Disclosure = 3
	Protected    Disclosure = 4
)

// Closed is a bound that no caller reaches.
const closedRank = 5

// Rank orders disclosures from open to closed; unclassified ranks last.
func (d Disclosure) Rank() int {
	if d == Unclassified || d > Protected {
		return closedRank
	}
	return int(d)
}

// Stricter is the narrower of the two classes.
func (d Disclosure) Stricter(o Disclosure) Disclosure {
	if o.Rank() > d.Rank() {
		return o
	}
	return d
}

// String is the class as configuration and schema spell it.
func (d Disclosure) String() string {
	switch d {
	case Open:
		return "open"
	case Internal:
		return "internal"
	case Restricted:
		return "restricted"
	case Protected:
		return "protected"
	}
	return "unclassified"
}

// ParseDisclosure reads the classes a source or mapping may declare.
func ParseDisclosure(s string) (Disclosure, error) {
	switch s {
	case "open":
		return Open, nil
	case "internal":
		return Internal, nil
	case "restricted":
		return Restricted, nil
	}
	return Unclassified, fmt.Errorf("disclosure %q: want open, internal or restricted", s)
}

// Protection is a person's protected identity. Levels are merged by maximum.
// Absence in a source means unknown, not none.
type Protection uint8

// The levels, in rising order (privacy.md 2).
const (
	ProtectionNone Protection = 1 + iota
	ProtectionUnknown
	ProtectionSecrecyMarking       // sekretessmarkering
	ProtectionProtectedRegistering // skyddad folkbokföring
)

// ProtectionScheme is the code list that protection values are notations of.
const ProtectionScheme = "protection"

var protectionNotations = [...]string{"", "none", "unknown", "sekretessmarkering", "skyddad-folkbokforing"}

// Notation is the level's code in the protection code list.
func (p Protection) Notation() string {
	if int(p) < len(protectionNotations) {
		return protectionNotations[p]
	}
	return ""
}

// IsProtected tells whether the level is one of the two that hide a person.
func (p Protection) IsProtected() bool { return p >= ProtectionSecrecyMarking }

// ParseProtection reads a notation. What it does not know is protected: a
// spelling nobody foresaw must not open a person.
func ParseProtection(notation string) Protection {
	for i, n := range protectionNotations {
		if i > 0 && n == notation {
			return Protection(i)
		}
	}
	if notation == "" {
		return ProtectionUnknown
	}
	return ProtectionSecrecyMarking
}
