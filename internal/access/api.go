package access

import (
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Entity is a golden record as one caller may see it: what the caller may not
// see is not there. Golden.Revision is zero but in History, because the
// revision of the stored record also counts changes of what is hidden from the
// caller: ask View.Revised for the one that counts.
type Entity struct {
	model.Golden
	State graph.GoldenState
	// Redirect is the golden id when the id asked for was merged into it. In
	// History it is what a merged version became.
	Redirect model.EntityID
	IRI      string
	// Secret: it is above internal as a whole, as it is today, whatever it was in the
	// past: the audit is told of it.
	Secret bool
}

// Page asks for a page of a connection.
type Page struct {
	First  int    // 1 to 1000
	After  string // opaque cursor, or empty
	Before string // opaque cursor: with Backward
	// Backward pages from the end (Relay's last and before).
	Backward bool
	Leave    Leave
}

// Leave is what nobody will look at of a page, so that it need not be found out.
type Leave uint8

// What can be left. A page that is read backwards is ahead before its rows.
const (
	LeaveAhead   Leave = 1 << iota // whether more lies beyond the page: HasNext, and with Backward HasPrevious
	LeaveBehind                    // whether anything lies on the other side of where it begins
	LeaveCursors                   // Cursors
)

// EntityPage is a page of entities with a cursor each.
type EntityPage struct {
	Items   []*Entity
	Cursors []string
	// HasNext and HasPrevious are about what this caller may see.
	HasNext, HasPrevious bool
}

// Referrer is an entity that links to another, and the link.
type Referrer struct {
	Entity   *Entity
	Property model.PropertyID
	Role     string
	Period   model.Period
}

// ReferrerPage is a page of referrers with a cursor each.
type ReferrerPage struct {
	Items   []Referrer
	Cursors []string
	// HasNext and HasPrevious are about what this caller may see.
	HasNext, HasPrevious bool
}

// Said is one record saying something.
type Said struct {
	Source    model.Source
	Authority string
	Record    model.EntityID
	LocalID   string // empty when the caller may not see it
	Original  string // as delivered; empty when equal to the value or not for the caller
	Since     model.Revision
	SinceAt   time.Time // when that revision was committed
	Stamp     time.Time // the source's own time, or zero
}

// StatementInfo is one golden value with its evidence.
type StatementInfo struct {
	model.GoldenValue
	Rule         model.Rule
	Support      []Said
	Alternatives []AlternativeInfo
}

// AlternativeInfo is a value that lost, and by which rule.
type AlternativeInfo struct {
	model.GoldenValue
	Lost    model.Rule
	Support []Said
}

// RecordInfo is one record of a cluster as the caller may see it.
type RecordInfo struct {
	ID       model.EntityID
	Source   model.Source
	Kind     model.Kind
	LocalID  string
	Live     bool
	Revision model.Revision
	Stamp    time.Time
	Record   *model.Record // nil for a retracted one
}

// ChangeInfo is one entry of the change feed. An id that the caller may not
// (or no longer) see is left out, or is a withdrawal if they once could.
type ChangeInfo struct {
	Revision model.Revision
	At       time.Time
	ID       model.EntityID
	Kind     model.Kind
	What     string // changed, merged, ended, withdrawn, erased
	Redirect model.EntityID
	Cursor   string
}

// ConflictInfo is a conflict as a steward sees it.
type ConflictInfo struct {
	ID       string
	Code     string
	Property model.PropertyID // that it is about; 0 for a conflict about records
	Since    model.Revision
	Records  []RecordInfo
	In       []model.EntityID // the golden records that they are in, parallel
	Goldens  []model.EntityID // the same, each once and in order
}

// QuarantineInfo is a quarantined item; its raw body is never in it.
type QuarantineInfo struct {
	ID       string
	Source   model.Source
	Delivery model.EntityID
	File     string // that it came in
	Place    string // in the file
	Reason   string
	At       time.Time
}

// DanglingInfo is a reference that waits for its target.
type DanglingInfo struct {
	From     model.EntityID // the golden record that refers
	Kind     model.Kind
	Property model.PropertyID
	Target   string // "school/organisation/…" or the scheme; never a personal number
}

// ChangePage is a page of the change feed. Cursor resumes after everything that
// was looked at, also when nothing of it was for the caller.
type ChangePage struct {
	Items   []ChangeInfo
	Cursor  string
	HasNext bool
}

// What happened to a golden record, as the feed says it.
const (
	Changed   = "changed"   // it is new or has other values for the caller
	MergedIn  = "merged"    // it was merged into another
	Ended     = "ended"     // no source says anything of it any more
	Withdrawn = "withdrawn" // it is no longer for the caller to see
	Erased    = "erased"    // it was erased; the id is a mark of the one that it had (document.MarkOf)
)

// WorkPage is a page of a steward's work list with a cursor each.
type WorkPage[T any] struct {
	Items   []T
	Cursors []string
	HasNext bool
}

// Counts are how many things there are, as far as the caller may see them.
type Counts struct {
	Goldens map[model.Kind]int64
}

// WorkCounts are how much there is for a steward to see to, and what it is made of.
type WorkCounts struct {
	Records     map[model.Source]map[model.Kind]int64 // live ones
	Merged      int64                                 // live records that share a golden record with another
	Reviews     map[model.Kind]int64                  // pairs that wait, kinds without any left out; nil if the caller may see none
	Conflicts   int64
	Quarantined int64
	Dangling    int64
	Issues      map[model.Source]int64 // live records with issues
}

// CodeList is a code list and its concepts.
type CodeList struct {
	Scheme   string
	Concepts []*Entity
}
