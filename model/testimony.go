package model

import (
	"cmp"
	"slices"
)

// Testimony is what the live records of a golden record say, each by itself, of the
// properties that come out otherwise when some of its sources are not heard: so who
// may hear one board only is shown what that board says, as if it were alone. It
// lies beside the golden record, and is empty of most.
type Testimony struct {
	// Whole tells that the golden record is restricted as a whole: so is whatever a
	// record says, and the time that it states for the thing itself.
	Whole     bool
	Witnesses []Witness // the live records, in the order of Evidence.Members
	Words     []Word    // in the order of properties
}

// Witness is a record, by what decides how it ranks.
type Witness struct {
	Source Source
	// Key and Stamp are its places among the witnesses by its key and by the source's
	// own time: equal ones have equal numbers, later ones higher.
	Key, Stamp uint32
	Period     Period // of the thing itself; only when Whole
}

// Word is one thing that one witness says, links resolved.
type Word struct {
	GoldenValue
	Witness    uint32
	Restricted bool // it is for those only who may hear the witness
	// Form and Order number what of the property is equal and what comes first where
	// nothing else decides: of sealed values and of what sources call each other's
	// records a golden record keeps too little to tell again.
	Form, Order uint32
}

// Has tells whether anything is said of a property.
func (t *Testimony) Has(p PropertyID) bool {
	_, said := slices.BinarySearchFunc(t.Words, p, func(w Word, p PropertyID) int { return cmp.Compare(w.Property, p) })
	return said
}
