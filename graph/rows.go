package graph

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/karna-registry/karna/model"
)

// Hash is a keyed hash, opaque to the store.
type Hash [16]byte

// IsZero tells whether the hash is unset.
func (h Hash) IsZero() bool { return h == Hash{} }

// Head is the present state of one RecordKey. It exists from the key's first
// sight for ever.
type Head struct {
	Key      model.RecordKey
	Part     string         // which part of the source delivers it ("persons"); a full delivery retracts within its part
	ID       model.EntityID // given on first sight
	Golden   model.EntityID // the cluster's golden id; ID itself when alone
	Item     Hash           // of the delivered bytes and the mapper's version; zero when not live
	Content  Hash           // of the statements
	Stamp    int64          // the source's own time in Unix milliseconds; 0 ranks by arrival
	Live     bool
	Revision model.Revision // of the current version
}

// Version is one version of a record: what it says in Doc, or that it is gone and
// what it said last. That is by the source's own time, whenever it came, and may
// be in no version before; nil if the record never said anything.
type Version struct {
	ID       model.EntityID
	Revision model.Revision
	Delivery model.EntityID
	Stamp    int64 // the source's own time of it in Unix milliseconds; 0 if it has none
	Doc      []byte
	Gone     bool
	Said     int64 // of what is gone: the source's own time of Doc
}

// GoldenState says what a golden id stands for at a revision.
type GoldenState uint8

// The states. Absent is never stored: it is the answer for an unknown id.
const (
	Absent GoldenState = 0
	Live   GoldenState = 1
	Merged GoldenState = 2 // Redirect says into what
	Ended  GoldenState = 3 // no live record says anything of it any more
)

// Golden is one golden record as stored: values and evidence apart, so that a
// list never decodes evidence. Sort is the display order's collation key.
type Golden struct {
	ID         model.EntityID
	Kind       model.Kind
	Revision   model.Revision
	Disclosure model.Disclosure
	State      GoldenState
	Redirect   model.EntityID
	Sort       []byte
	Values     []byte
	Evidence   []byte // filled only when asked for
}

// Space is a compartment of the term index. Rows of different spaces never mix.
type Space uint16

// Term is an index row: in a space, a key leads to a golden id.
type Term struct {
	Space Space
	Key   string // bytes, compared bytewise
	ID    model.EntityID
}

// Link is an index row: From refers to To by a property. The forward direction
// is in From's own document.
type Link struct {
	To       model.EntityID
	Property model.PropertyID
	From     model.EntityID
	Role     string
	Period   model.Period
	// Disclosure is who may see that it is there: the strictest of the classes of the
	// record that has it, of the property and of what it leads to.
	Disclosure model.Disclosure
}

// GoldenChange replaces one golden row. Old is nil for a new id. Values that
// are equal in Old and New may share memory. Index rows are complete: the
// engine writes the difference.
type GoldenChange struct {
	Old, New           *Golden
	OldTerms, NewTerms []Term
	OldLinks, NewLinks []Link
}

// MatchKey leads from an opaque key of resolve to a record, which may be
// retracted: by its keys it finds the cluster that its id belongs to.
type MatchKey struct {
	Key    uint64
	Record model.EntityID
}

// Dangling is a reference that does not resolve yet: the opaque key of what it
// waits for, the record that refers and by which property.
type Dangling struct {
	Key      uint64
	Record   model.EntityID
	Property model.PropertyID
}

// Flawed is a live record that has issues: what they are, its latest version says.
type Flawed struct {
	Source model.Source
	Record model.EntityID
}

// Compare orders by source and then by record.
func (f Flawed) Compare(g Flawed) int {
	return cmp.Or(cmp.Compare(f.Source, g.Source), f.Record.Compare(g.Record))
}

// Sealed is one encrypted value. Hash is the keyed hash of scheme, value and
// original; KeyID says which key encrypted Data.
type Sealed struct {
	Ref   model.EntityID
	Hash  Hash
	KeyID uint32
	Data  []byte
}

// Membership says that from a revision on a record was in a golden record's
// cluster. A record that has always been alone has no row.
type Membership struct {
	Record   model.EntityID
	Revision model.Revision
	Golden   model.EntityID
}

// Verdict is a steward's word on a pair of records.
type Verdict uint8

// The verdicts.
const (
	Same      Verdict = 1
	Different Verdict = 2
	Unsure    Verdict = 3
)

// String is the verdict as the API spells it.
func (v Verdict) String() string {
	return [...]string{"", "same", "different", "unsure"}[v&3]
}

// Decision is a verdict with its defence. The latest on a pair counts; none is
// ever removed.
type Decision struct {
	ID       model.EntityID
	A, B     model.EntityID // records, A < B
	Verdict  Verdict
	Actor    string
	Reason   string
	Revision model.Revision
	At       time.Time
}

// MarkSort is what a mark says.
type MarkSort uint8

// The sorts of marks.
const (
	MarkSaid    MarkSort = 1 // a version of the record stated a level of protection
	MarkRaised  MarkSort = 2 // a steward raised the person's level
	MarkLowered MarkSort = 3 // a steward lowered it
	MarkOpened  MarkSort = 4 // a steward decided that the office is public
	MarkClosed  MarkSort = 5 // a steward revoked that, or its period ended
)

// Mark is what is held of one record beside its versions, and outlives them: that
// its source has once said that the person is protected, and what stewards have
// decided of it. None is ever changed, and a rebuild keeps them. Record, Revision,
// Sort, Stamp and Level are its key.
type Mark struct {
	Record   model.EntityID
	Revision model.Revision // that it was written in
	Sort     MarkSort
	Stamp    int64            // the source's own time of what it said; of a decision, of what the record had said by then
	Level    model.Protection // said, or decided; 0 on an office
	Covers   model.Protection // MarkLowered: what the record stated then, which does not count any more
	// Period is when the office is public, by a decision's own words.
	Period    model.Period
	Reference string // MarkOpened, MarkClosed: the decision, as a protocol's number
	Actor     string
	Reason    string
	At        time.Time
}

// Conflict is something that resolution could not do because a constraint
// forbids it, or a value that another source than its master states, for a steward to see. ID is derived from its records and code, so
// the same conflict found again is the same row.
type Conflict struct {
	ID       Hash
	Code     string // "different-identifier", "decision", "incompatible-names" …; of a property with its number (PropertyConflict)
	Records  []model.EntityID
	Revision model.Revision // since when
}

// PropertyConflict is the code of a conflict about a property: the sort of it, and
// the property's number, which is never another's.
func PropertyConflict(sort string, p model.PropertyID) string {
	return sort + "/" + strconv.Itoa(int(p))
}

// ConflictProperty parts the code of a conflict about a property; ok is false for any
// other, whose code is its sort.
func ConflictProperty(code string) (sort string, p model.PropertyID, ok bool) {
	sort, number, ok := strings.Cut(code, "/")
	if !ok {
		return code, 0, false
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return code, 0, false
	}
	return sort, model.PropertyID(n), true
}

// PairBand is what is to be done with a pair on its evidence. Which weights lie in
// which band is not the store's to know.
type PairBand uint8

// The bands.
const (
	RejectBand PairBand = 0 // weighed again after a change, and nothing now
	ReviewBand PairBand = 1 // a steward looks
	LinkBand   PairBand = 2 // one thing, unless a constraint forbids it
)

// PairKey names two records, A < B.
type PairKey struct{ A, B model.EntityID }

// Compare orders by A, then by B.
func (k PairKey) Compare(o PairKey) int {
	if c := k.A.Compare(o.A); c != 0 {
		return c
	}
	return k.B.Compare(o.B)
}

// Pair is how much two records weigh by a matching model: evidence that they are
// one thing, kept until a record or the model changes.
type Pair struct {
	PairKey
	Kind     model.Kind
	Band     PairBand
	Weight   int32 // thousandths of a bit
	Model    Hash  // of the model that weighed them
	Revision model.Revision
}

// PairQuery asks for the pairs of a kind in a band.
type PairQuery struct {
	Kind  model.Kind // mandatory
	Band  PairBand   // mandatory
	After PairKey    // optional: strictly after this pair
	Limit int        // mandatory
}

// HeaviestQuery asks for the pairs of a kind in a band by weight.
type HeaviestQuery struct {
	Kind  model.Kind // mandatory
	Band  PairBand   // mandatory
	After *Weighed   // optional: strictly after this one
	Limit int        // mandatory
}

// Weighed is where a pair is among those of its kind and band by weight.
type Weighed struct {
	PairKey
	Weight int32
}

// Compare orders by weight, the heaviest first, and of equal ones the last in key
// order first.
func (w Weighed) Compare(o Weighed) int {
	return cmp.Or(cmp.Compare(o.Weight, w.Weight), o.PairKey.Compare(w.PairKey))
}

// Matching says that the records of a kind are kept matched through an index of
// keys. Whoever changes such a record puts it among those that are unmatched.
type Matching struct {
	Kind model.Kind
	// Definition is a hash of all that the index follows beside the records; of
	// whoever writes it, while it is being written.
	Definition Hash
	Records    int64 // that the index holds; negative until it is written
}

// IndexKey is a row of a kind's key index: a string of opaque bytes under which a
// record is found.
type IndexKey struct {
	Key    string
	Record model.EntityID
}

// Indexed is a record with all its strings in its kind's key index, as the writer
// of both keeps them.
type Indexed struct {
	Record model.EntityID
	Keys   []byte
}

// KeyRange is a range of a key index: from From on, and before To.
type KeyRange struct{ From, To string }

// Quarantined is a delivered item that could not become a record. Body is
// encrypted.
type Quarantined struct {
	Item     Hash
	Source   model.Source
	Delivery model.EntityID
	Place    string
	Reason   string
	KeyID    uint32
	Body     []byte
	At       time.Time
}

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states.
const (
	Running DeliveryState = "running"
	Done    DeliveryState = "done"
	Broken  DeliveryState = "broken" // the file could not be read to its end
	Held    DeliveryState = "held"   // it would retract more than is allowed without confirmation
	Stale   DeliveryState = "stale"  // older than a full delivery of the same source
	Stopped DeliveryState = "stopped"
)

// Delivery is one run of a source.
type Delivery struct {
	ID      model.EntityID
	Source  model.Source
	Part    string // the part of the source that it covers
	Name    string // the file's base name
	Full    bool
	Stamp   int64 // the delivery's own stated time, Unix milliseconds, or 0
	State   DeliveryState
	Started time.Time
	Ended   time.Time
	Counts  Counts
	Message string // why it is broken, held or stale
}

// Counts is what a delivery did.
type Counts struct {
	Items       int64 // delivered elements or rows
	Unchanged   int64 // items stopped by their hash
	Records     int64 // records parsed
	Added       int64
	Changed     int64
	Retracted   int64
	Stale       int64 // versions older than what is held
	Quarantined int64
	Issues      int64
	Dropped     int64 // fields that the mapper does not take
	Erased      int64 // records that were not stored, for they had been erased
	Bytes       int64
}

// SystemActor is the Actor of what the registry does by itself; no steward may
// bear the name.
const SystemActor = "karna"

// Reasons of the registry itself. That of resolving goes on with the kind.
const (
	ReasonRebuild = "rebuild"
	ReasonResolve = "resolve "
)

// Provenance is why a transaction happens.
type Provenance struct {
	Actor    string // who or what: "ingest", a steward's name
	Reason   string
	Delivery model.EntityID // zero for anything but a delivery
	At       time.Time
}

// RevisionInfo is one row of the transaction log.
type RevisionInfo struct {
	Revision model.Revision
	Provenance
}

// Change is one entry of the change feed: at Revision the golden id came to be
// in State.
type Change struct {
	Revision   model.Revision
	ID         model.EntityID
	Kind       model.Kind
	State      GoldenState
	Redirect   model.EntityID
	Disclosure model.Disclosure
}

// Artifact is something that golden records depend on beside records: policy,
// property table, matching model, the sources' declarations. It is stored by
// content hash; changing one is a revision.
type Artifact struct {
	Name     string
	Hash     Hash
	Body     []byte
	Revision model.Revision
}
