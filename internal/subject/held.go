package subject

import (
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Held is what the store has about one person or, of whoever trades alone, one
// organisation: with every name and number of others that is in it.
type Held struct {
	ID      model.EntityID // the golden id
	Kind    model.Kind
	Records []Record // of the golden record, live and retracted, by id
	Roles   []Record // that the person holds or that are on the person's behalf, by id
	// Mentions are versions of others' records that refer to these, by id and revision.
	Mentions []Version
	// Shared are identifiers that another's record has as well: what refers to one
	// is not held to be about this person.
	Shared []model.Identifier
}

// Record is one record with all that it has said, oldest first.
type Record struct {
	Head     graph.Head
	Versions []Version
}

// Version is what a record said from a revision on, its sealed values open, or if
// it was gone then, had said last; nil if it never said anything.
type Version struct {
	graph.Version
	Key    model.RecordKey
	Record *model.Record
	// Refers are the statements that refer to whom it is held of, by their place in
	// Record, of a mention.
	Refers []int
}

// Says is what the record says, or said last; nil if it never said anything.
func (r *Record) Says() *model.Record {
	for i := len(r.Versions) - 1; i >= 0; i-- {
		if r.Versions[i].Record != nil {
			return r.Versions[i].Record
		}
	}
	return nil
}

// IsPost tells whether a record says that it is of a post, which is there whoever holds it.
func IsPost(r *model.Record) bool {
	return r != nil && slices.ContainsFunc(r.Statements, func(st model.Statement) bool {
		c, ok := st.Value.(model.Code)
		return ok && st.Property == ontology.RoleType && c.Notation == "post"
	})
}

// All are the records and roles.
func (h *Held) All() []Record {
	return append(append(make([]Record, 0, len(h.Records)+len(h.Roles)), h.Records...), h.Roles...)
}
