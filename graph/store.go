package graph

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/karna-registry/karna/model"
)

// Errors that engines return, to be told apart with errors.Is.
var (
	ErrNoTenant       = errors.New("no such tenant in this store")
	ErrFutureRevision = errors.New("revision has not happened yet")
	ErrNotEmpty       = errors.New("a first load needs an empty tenant")
	ErrLocked         = errors.New("another process is writing to the store")
	ErrSchema         = errors.New("the store's schema is older than this program: run karna migrate")
	ErrNewerSchema    = errors.New("the store's schema is of a newer release than this program: run that release, or restore a backup from before it")
	ErrClosed         = errors.New("the store is closed")
)

// Database is one opened store: a SQLite file or a PostgreSQL schema. It holds
// any number of tenants, none of which can see another.
type Database interface {
	// Migrate brings the schema up to date and reports the migrations applied.
	Migrate(ctx context.Context) (applied []string, err error)
	// Tenant opens a tenant's store, or fails with ErrNoTenant, or with
	// ErrSchema when Migrate has not been run.
	Tenant(ctx context.Context, t model.Tenant) (Store, error)
	// CreateTenant makes the tenant if it is not there and opens it.
	CreateTenant(ctx context.Context, t model.Tenant) (Store, error)
	// Tenants lists the tenants in code order.
	Tenants(ctx context.Context) ([]model.Tenant, error)
	Close() error
}

// Store is one tenant's registry. Methods are safe for concurrent use; writes
// are serialised per tenant.
type Store interface {
	// Reader reads the present: every call sees the latest committed state.
	Reader
	// At reads the past at a revision: golden records and record versions as
	// they were. ErrFutureRevision if it has not happened.
	At(ctx context.Context, r model.Revision) (Past, error)
	// Snapshot is a Reader whose every call sees the same committed state;
	// release it when done. Export and rebuild read one.
	Snapshot(ctx context.Context) (r Reader, release func(), err error)
	// Update runs fn in one transaction and commits what it wrote. It may run
	// fn again from the start on a retryable conflict, so fn keeps no state
	// outside. The revision is 0 when fn did not ask for one. When fn fails
	// nothing is written.
	Update(ctx context.Context, p Provenance, fn func(Tx) error) (model.Revision, error)
	// UpdateAhead is Update with a transaction that has foreseen what it will ask:
	// an engine can read it in the exchange that begins the transaction.
	UpdateAhead(ctx context.Context, p Provenance, ahead Ahead, fn func(Tx) error) (model.Revision, error)

	// BeginLoad starts, or after a crash resumes, a first load (see the package
	// comment): ErrNotEmpty when a revision is already published. An engine may
	// put off its indexes until Publish; until then Known may have to look at
	// everything, and Find may still find by what was taken away.
	BeginLoad(ctx context.Context) (resumed bool, err error)
	// Publish ends a first load: everything written becomes revision 1 at once.
	// With nothing loaded it ends the load and publishes nothing.
	Publish(ctx context.Context, p Provenance) (model.Revision, error)
	// Loading tells whether a first load is under way or was cut off.
	Loading(ctx context.Context) (bool, error)

	// Committed is a Reader of the present that sees a first load under way, as a
	// transaction does. With Basis it lets the registry work out what its next
	// transaction will write while the one before it is being written.
	Committed() Reader
	// ReadsBeside tells whether Committed reads beside a transaction for what the
	// transaction's own reads cost. Where a commit empties readers' caches it does
	// not, and only what is seldom read is better read beside one.
	ReadsBeside() bool
	// Basis is what a transaction that began now would start from.
	Basis(ctx context.Context) (Basis, error)

	// Audit appends to the audit in a transaction of its own, which is durable when
	// it returns. Appends are serialised per tenant; where the engine allows it they
	// do not wait for a transaction of Update that has not appended.
	Audit(ctx context.Context, next AuditAppend) error
}

// Basis is what a transaction starts from. Between two that are equal no
// transaction that took a revision has committed, so what was read at one holds
// at the other, touched heads aside.
type Basis struct {
	Revision model.Revision // published
	Load     int64          // counts the steps of a first load; 0 when none is under way
	HashKey  int64          // the key that the tenant's hashes are under; 0 until one was put
}

// TakenAs is the revision that a transaction with this basis commits as.
func (b Basis) TakenAs() model.Revision { return b.Revision + 1 }

// Next is the basis after one transaction that takes a revision.
func (b Basis) Next() Basis {
	if b.Load > 0 {
		b.Load++
		return b
	}
	b.Revision++
	return b
}

// Parts says which columns of a golden row to fetch.
type Parts uint8

// The parts. Everything but these is always there.
const (
	WithValues   Parts = 1
	WithEvidence Parts = 2
)

// ListQuery asks for golden records of a kind in display order.
type ListQuery struct {
	Kind       model.Kind       // mandatory
	Disclosure model.Disclosure // mandatory: the narrowest class the caller may see
	After      *Position        // optional: strictly after this position
	Backward   bool             // optional: descending, and After means before
	ByID       bool             // optional: in id order, and After.Sort is not looked at
	Limit      int              // mandatory
	Parts      Parts
}

// Position is a place in display order.
type Position struct {
	Sort []byte
	ID   model.EntityID
}

// FindQuery asks the term index. Every Terms element must match (AND); within
// one, any of its spaces. Results are in id order when there are several terms
// or the term is exact, and else in key order.
type FindQuery struct {
	Kind       model.Kind       // mandatory
	Disclosure model.Disclosure // mandatory
	Terms      []FindTerm       // mandatory, at least one
	After      model.EntityID   // optional: strictly after this id (results are then in id order)
	Limit      int              // mandatory
	Parts      Parts
}

// FindTerm is one condition of a FindQuery.
type FindTerm struct {
	Spaces []Space
	Key    string
	Prefix bool
}

// Past is what can be asked of any revision.
type Past interface {
	// Revision is the revision read; 0 for an empty registry.
	Revision(ctx context.Context) (model.Revision, error)
	// Goldens answers in the order of ids; an unknown id has State Absent. An
	// id that was merged has State Merged and says into what.
	Goldens(ctx context.Context, ids []model.EntityID, parts Parts) ([]Golden, error)
	// List yields Live golden records in display order.
	List(ctx context.Context, q ListQuery) iter.Seq2[Golden, error]
	// Scan yields every Live golden record of a kind (all kinds for
	// KindUnknown) in (kind, id) order, whatever its disclosure.
	Scan(ctx context.Context, kind model.Kind, parts Parts) iter.Seq2[Golden, error]
	// Versions answers with each record's version at the revision, in the order
	// of ids; an unknown or later record has Revision 0.
	Versions(ctx context.Context, ids []model.EntityID) ([]Version, error)
}

// Reader is what can be asked of the present.
type Reader interface {
	Past
	Find(ctx context.Context, q FindQuery) iter.Seq2[Golden, error]
	// Words yields the keys of the term index under a prefix, each once, in the
	// order of their bytes. A key may be of what is no longer there.
	Words(ctx context.Context, spaces []Space, prefix string) iter.Seq2[string, error]
	// Referrers yields links to any of the targets, by any of the properties
	// (all when none is given), that whoever sees a class may see (all for Unclassified),
	// in (to, property, from) order.
	Referrers(ctx context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[Link, error]
	// LinksTo answers in the order of targets with the first links to each by one
	// property that whoever sees a class may see, at most limit of each, in (from, role,
	// period) order.
	LinksTo(ctx context.Context, targets []LinkTarget, property model.PropertyID, seen model.Disclosure, limit int) ([][]Link, error)
	// Travel reads what lies along a route, or nothing where going there step by step
	// costs no more: nil then.
	Travel(ctx context.Context, r *Route) (*Travelled, error)
	// Changes yields the feed after a position, oldest first: at most one entry
	// for an id and revision, in (revision, id) order, gapless.
	Changes(ctx context.Context, after ChangePosition, limit int) iter.Seq2[Change, error]
	// Revisions yields the transaction log after a revision.
	Revisions(ctx context.Context, after model.Revision, limit int) iter.Seq2[RevisionInfo, error]
	// GoldenHistory yields every version of a golden id, oldest first.
	GoldenHistory(ctx context.Context, id model.EntityID, parts Parts) iter.Seq2[Golden, error]
	// GoldenHistories is GoldenHistory of many ids, in their order: no versions of
	// an unknown id.
	GoldenHistories(ctx context.Context, ids []model.EntityID, parts Parts) ([][]Golden, error)
	// RevisionInfos answers in the order of revisions; one that has not happened
	// has a zero Revision.
	RevisionInfos(ctx context.Context, revisions []model.Revision) ([]RevisionInfo, error)

	RecordReader
	StewardReader
	AuditReader
	CredentialReader
	RectificationReader
	Traces
}

// LinkTarget asks for the links to a golden record.
type LinkTarget struct {
	ID   model.EntityID // mandatory
	From model.EntityID // optional: the least id whose links are of interest
}

// ChangePosition is a place in the change feed.
type ChangePosition struct {
	Revision model.Revision
	ID       model.EntityID
}

// RecordReader reads what sources have said. It sees a first load under way:
// it is for the registry's own use, which resumes one.
type RecordReader interface {
	// Known tells for each item hash whether some live record has it.
	Known(ctx context.Context, items []Hash) ([]bool, error)
	// Heads answers in the order of keys; an unknown key has a zero ID.
	Heads(ctx context.Context, keys []model.RecordKey) ([]Head, error)
	// HeadsByID answers in the order of ids; an unknown id has a zero ID.
	HeadsByID(ctx context.Context, ids []model.EntityID) ([]Head, error)
	// HeadsOf yields the heads, live or not, that are in any of the golden records,
	// in id order.
	HeadsOf(ctx context.Context, goldens []model.EntityID) iter.Seq2[Head, error]
	// ScanHeads yields the heads of a source's part (all parts for "", all sources
	// for source "") in id order, live or not.
	ScanHeads(ctx context.Context, source model.Source, part string) iter.Seq2[Head, error]
	// CountPart counts the live heads of a source's part.
	CountPart(ctx context.Context, source model.Source, part string) (int64, error)
	// CountHeads counts live heads by source and kind.
	CountHeads(ctx context.Context) (map[model.Source]map[model.Kind]int64, error)
	// CountGoldens counts live golden records by kind, and how many live
	// records are in golden records of more than one ("merged").
	CountGoldens(ctx context.Context) (byKind map[model.Kind]int64, merged int64, err error)
	// History yields every version of a record, oldest first.
	History(ctx context.Context, id model.EntityID) iter.Seq2[Version, error]
	// Memberships yields a record's membership rows, oldest first.
	Memberships(ctx context.Context, record model.EntityID) iter.Seq2[Membership, error]
	// MatchKeys yields the records put under any of the keys, in (key, record) order.
	MatchKeys(ctx context.Context, keys []uint64) iter.Seq2[MatchKey, error]
	// Holders are the golden records, in id order, of a kind with a live record under a
	// key; and where none has, of those under a key near it, the next in a circle unless
	// it is far, so that to look for what nobody holds takes what it takes to find it.
	Holders(ctx context.Context, kind model.Kind, key uint64) ([]model.EntityID, error)
	// KeysFrom yields the matching keys from one on that records are put under, each
	// once, in order.
	KeysFrom(ctx context.Context, from uint64, limit int) iter.Seq2[uint64, error]
	// Waiting yields the dangling references that wait for any of the keys.
	Waiting(ctx context.Context, keys []uint64) iter.Seq2[Dangling, error]
	// DanglingOf yields the dangling references of the records.
	DanglingOf(ctx context.Context, records []model.EntityID) iter.Seq2[Dangling, error]
	// MarksOn yields the marks on any of the records, in the order of their keys.
	MarksOn(ctx context.Context, records []model.EntityID) iter.Seq2[Mark, error]
	// Marks yields the marks of a sort on at most limit records after one, in the
	// order of their keys.
	Marks(ctx context.Context, sort MarkSort, after model.EntityID, limit int) iter.Seq2[Mark, error]
	// MarkedSorts are the sorts of which there are marks, in order.
	MarkedSorts(ctx context.Context) ([]MarkSort, error)
	// Sealed answers in the order of refs; an unknown ref has no Data.
	Sealed(ctx context.Context, refs []model.EntityID) ([]Sealed, error)
	// SealedBut yields encrypted values that other keys than one have encrypted, after
	// a ref, in ref order.
	SealedBut(ctx context.Context, keyID uint32, after model.EntityID, limit int) iter.Seq2[Sealed, error]
	// CountSealed counts the encrypted values, quarantined items and cases under a key.
	CountSealed(ctx context.Context, keyID uint32) (int64, error)
	// Artifact is the latest of a name; ok is false when there is none.
	Artifact(ctx context.Context, name string) (a Artifact, ok bool, err error)
	// ArtifactWith is the latest of a name that has the hash, whether or not another
	// has replaced it since; ok is false when there is none.
	ArtifactWith(ctx context.Context, name string, hash Hash) (a Artifact, ok bool, err error)
	// Deliveries yields deliveries of a source (all for ""), newest first.
	Deliveries(ctx context.Context, source model.Source, limit int) iter.Seq2[Delivery, error]
	// DeliveriesByID answers in the order of ids; an unknown id has a zero ID.
	DeliveriesByID(ctx context.Context, ids []model.EntityID) ([]Delivery, error)
}

// StewardReader reads the work list.
type StewardReader interface {
	// DecisionsOn yields the decisions on pairs with any of the records, oldest first.
	DecisionsOn(ctx context.Context, records []model.EntityID) iter.Seq2[Decision, error]
	// HasDecisions tells whether any decision was ever made.
	HasDecisions(ctx context.Context) (bool, error)
	// PairsOn yields the pairs with any of the records, each once, in key order.
	PairsOn(ctx context.Context, records []model.EntityID) iter.Seq2[Pair, error]
	// Pairs yields the pairs of a kind and band, in key order.
	Pairs(ctx context.Context, q PairQuery) iter.Seq2[Pair, error]
	// Heaviest yields the pairs of a kind and band, the heaviest first and of equal
	// ones the last in key order first.
	Heaviest(ctx context.Context, q HeaviestQuery) iter.Seq2[Pair, error]
	// CountReviews counts the pairs of a kind in the review band that wait for a
	// steward: both records are live and in different golden records, and the latest
	// decision on them, if any, is Unsure.
	CountReviews(ctx context.Context, kind model.Kind) (int64, error)
	// Matchings are the kinds that are kept matched, by kind. They change only in
	// transactions that take a revision, but for Definition and Records.
	Matchings(ctx context.Context) ([]Matching, error)
	// Unmatched yields the records of a kind that changed since they were last
	// matched, in id order.
	Unmatched(ctx context.Context, kind model.Kind, limit int) iter.Seq2[model.EntityID, error]
	// CountUnmatched counts them.
	CountUnmatched(ctx context.Context, kind model.Kind) (int64, error)
	// IndexKeys yields rows of a kind's key index, range by range: at most limit of
	// each, in (key, record) order, or in the opposite order from the range's end.
	IndexKeys(ctx context.Context, kind model.Kind, ranges []KeyRange, limit int, backward bool) iter.Seq2[IndexKey, error]
	// Indexed answers in the order of records; one that is in no index has no keys.
	Indexed(ctx context.Context, records []model.EntityID) ([]Indexed, error)
	// Conflicts yields the open conflicts after an id, in id order.
	Conflicts(ctx context.Context, after Hash, limit int) iter.Seq2[Conflict, error]
	// ConflictsOn yields the open conflicts with any of the records.
	ConflictsOn(ctx context.Context, records []model.EntityID) iter.Seq2[Conflict, error]
	// Quarantine yields quarantined items after an item, in item order, of a source (all for "").
	Quarantine(ctx context.Context, source model.Source, after Hash, limit int) iter.Seq2[Quarantined, error]
	// AllDangling yields every dangling reference after a position, in (record, property, key) order.
	AllDangling(ctx context.Context, after Dangling, limit int) iter.Seq2[Dangling, error]
	// Flawed yields the live records with issues after one, in (source, record) order,
	// of a source (all for "").
	Flawed(ctx context.Context, source model.Source, after Flawed, limit int) iter.Seq2[Flawed, error]
	// CountFlawed counts them by source.
	CountFlawed(ctx context.Context) (map[model.Source]int64, error)
	// CountWork counts conflicts, quarantined items and dangling references.
	CountWork(ctx context.Context) (conflicts, quarantined, dangling int64, err error)
}

// Ahead is what a transaction is known to ask before it begins. It changes no
// answer.
type Ahead struct {
	// Keys are of records that it is going to change. They are few.
	Keys []model.RecordKey
	// Artifact is one that it is going to read. Optional.
	Artifact string
}

// Tx is one transaction. Its reads see its own writes. Slices given to it are
// not kept.
type Tx interface {
	Reader
	// Basis is what this transaction started from.
	Basis() Basis
	// Foresee tells what the transaction is going to ask, so that an engine can read
	// it at once.
	Foresee(ctx context.Context, ahead Ahead) error
	// TakeRevision is the number this transaction will commit as. The first call takes it.
	TakeRevision(ctx context.Context) (model.Revision, error)

	// PutHeads inserts new heads and replaces existing ones, by ID. AddHeads inserts
	// heads whose IDs and keys are not there yet.
	PutHeads(ctx context.Context, heads []Head) error
	AddHeads(ctx context.Context, heads []Head) error
	// AppendVersions adds versions at this transaction's revision (in a first
	// load a version of the same record and revision is replaced).
	AppendVersions(ctx context.Context, versions []Version) error
	// PutGoldens applies changes: Old goes to the past as of New.Revision (it is
	// dropped when New.Revision equals its own, as in a first load), New becomes the
	// present under the revision it carries, index rows follow.
	PutGoldens(ctx context.Context, changes []GoldenChange) error
	// Move records memberships.
	Move(ctx context.Context, moves []Membership) error
	PutMatchKeys(ctx context.Context, add, remove []MatchKey) error
	PutDangling(ctx context.Context, add, remove []Dangling) error
	PutFlawed(ctx context.Context, add, remove []Flawed) error
	// PutSealed inserts or replaces by ref, AddSealed inserts refs that are not there yet.
	PutSealed(ctx context.Context, sealed []Sealed) error
	AddSealed(ctx context.Context, sealed []Sealed) error
	PutDecisions(ctx context.Context, decisions []Decision) error
	// PutMarks adds marks; one that is there already is left as it is. They are no
	// part of what a rebuild clears.
	PutMarks(ctx context.Context, marks []Mark) error
	// PutPairs removes pairs, and then inserts others or replaces them by key. They
	// are no part of what a rebuild clears.
	PutPairs(ctx context.Context, add []Pair, remove []PairKey) error
	// PutMatching inserts or replaces by kind.
	PutMatching(ctx context.Context, m Matching) error
	// PutUnmatched adds records of a kind to those that are unmatched, or takes them
	// away.
	PutUnmatched(ctx context.Context, kind model.Kind, add, remove []model.EntityID) error
	// PutIndexKeys removes rows of a kind's key index, and adds others that are not
	// there.
	PutIndexKeys(ctx context.Context, kind model.Kind, add, remove []IndexKey) error
	// PutIndexed inserts or replaces by record, and removes by record. The rows of
	// the index are not its concern.
	PutIndexed(ctx context.Context, kind model.Kind, put []Indexed, remove []model.EntityID) error
	// ClearIndex takes away a kind's index, and what is unmatched of it. A rebuild
	// leaves both.
	ClearIndex(ctx context.Context, kind model.Kind) error
	// PutConflicts inserts conflicts (one already there is kept) and removes others by id.
	PutConflicts(ctx context.Context, add []Conflict, remove []Hash) error
	// PutQuarantine inserts or replaces by item, and removes by item.
	PutQuarantine(ctx context.Context, add []Quarantined, remove []Hash) error
	// PutDelivery inserts or replaces by id.
	PutDelivery(ctx context.Context, d Delivery) error
	PutArtifact(ctx context.Context, a Artifact) error
	// PutCredential inserts or replaces by id. Two with one hash are an error.
	PutCredential(ctx context.Context, c Credential) error
	// DeleteCredentials takes away the credentials of a kind that expired before a time.
	DeleteCredentials(ctx context.Context, kind CredentialKind, before time.Time) error
	// PutRectification inserts or replaces by id.
	PutRectification(ctx context.Context, c Rectification) error
	// Audit appends to the audit: it stands or falls with the transaction. It
	// keeps other appends waiting until the commit, so it comes last.
	Audit(ctx context.Context, next AuditAppend) error
	// EraseAudit takes ids, and the salts of their digests, out of the audit and
	// says of how many entries.
	EraseAudit(ctx context.Context, ids []model.EntityID) (int64, error)
	Eraser
	Rehasher
	// ClearDerived begins a rebuild: it takes every golden row of the present,
	// index row, matching key, dangling reference, flawed record and conflict of the tenant out of
	// sight, so that all of it can be put anew. Heads keep their golden ids.
	ClearDerived(ctx context.Context) error
	// SettleDerived ends a rebuild. A golden row that came out as it was gets its
	// former revision back. One that came out otherwise keeps the revision it was
	// put with, and the former goes to the past. One that was there and was not put
	// stays as it was if it was Merged (with its record's present golden id as
	// Redirect) or Ended, and becomes so at revision r if it was Live. A Merged or
	// Ended row that was put and was not there before is dropped. It returns how
	// many rows differ from before.
	SettleDerived(ctx context.Context, r model.Revision) (changed int64, err error)
}
