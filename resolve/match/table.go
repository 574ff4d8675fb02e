package match

import "github.com/karna-registry/karna/model"

// slot is a place in a row of the table; none is -1.
type slot int

const none slot = -1

// identifiers are the values of one scheme.
type identifiers struct {
	*dict
	scheme    model.Scheme
	valid     []bool // by value: it passed its rule
	exclusive bool
	group     int // of schemes that are exclusive together
	unique    bool
	slot      slot
}

// textColumn is a property without a meaning of its own.
type textColumn struct {
	*texts
	name   string
	slot   slot
	line   bool // the second line of an address
	titled bool // compared by its words, what tells nothing apart left out
	// What keys are made by, see Table.keyed.
	common []float64 // by word: how many records have it
	few    bool      // too few words to find anything by
	// Of a titled column: what its values are read by, and as what.
	lexicon *lexicon
	titles  []title
}

// Table is records as interned values: a row of numbers each. It is made by a
// Builder and does not change.
type Table struct {
	schema Schema
	stride int
	cells  []uint32
	source []uint8
	more   []uint32    // by record: its place in others, from 1, or 0; nil if no record says several things of one property
	others [][]several // of the records that do
	hashes []uint64    // of what each record says, whatever order it came in
	named  []uint64    // hashes of the records' names; nil if they have none

	hashOf                                     [][]uint64 // by slot and value
	wordHash, soundHash, startHash             []uint64   // by word
	given, family, birth, sex, email, phone    slot       // of a role birth is the day it starts
	street, number, postcode, locality, region slot
	second                                     slot // the second line of an address, as a street; none unless there is a first
	whole                                      slot // all names a person is said to have, beside given and family name
	north, east                                slot
	end                                        slot // the day a role ends
	names                                      *words
	wholes                                     *names
	givens, families                           *names
	emails, locals, phones, numbers, postcodes *dict
	localOf                                    []uint32 // e-mail to its local part
	streets, localities, regions               *texts
	ids                                        []identifiers
	texts                                      []textColumn
	births                                     map[uint32]uint32
	sources                                    int
	groups                                     [][]slot // that are said together
	groupOf                                    []int    // by slot
}

// Len is the number of records.
func (t *Table) Len() int { return len(t.source) }

// Sources is the number of files the records came from.
func (t *Table) Sources() int { return t.sources }

// Source is the file that a record came from.
func (t *Table) Source(i int) int { return int(t.source[i]) }

func (t *Table) row(i int) []uint32 { return t.cells[i*t.stride : i*t.stride+t.stride] }
