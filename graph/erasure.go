package graph

import (
	"context"
	"iter"

	"github.com/karna-registry/karna/model"
)

// Erasure is what a transaction takes out of the store without a trace: of the
// present and of every revision. Erasing is the one thing that changes the past.
type Erasure struct {
	// Records are taken with their heads, versions, memberships, keys, pairs,
	// decisions, conflicts and dangling references. Another record with an item of
	// theirs is no longer known by it.
	Records []model.EntityID
	// Goldens are taken with their versions, index rows, links either way and the
	// memberships of whatever records were in them, and cases of rectification of
	// either.
	Goldens []model.EntityID
	Sealed  []model.EntityID // encrypted values, by reference
	// Unsaid are revisions whose stated reason is taken: it told of the records.
	Unsaid []model.Revision
	// Tombstones are keyed hashes of the records' keys, kept for ever.
	Tombstones []Hash
}

// Traces finds what a document or row of the past says, without an index: it
// reads all there is. Both want at least one needle.
type Traces interface {
	// VersionsWith yields every version of every record whose document holds any of
	// the needles, in (id, revision) order.
	VersionsWith(ctx context.Context, needles [][]byte) iter.Seq2[Version, error]
	// GoldensWith yields every golden row, of the present and the past, whose
	// values, evidence or redirect hold any of the needles, in (id, revision) order
	// and with all its parts.
	GoldensWith(ctx context.Context, needles [][]byte) iter.Seq2[Golden, error]
	// SealedAs yields the references of encrypted values with any of the hashes, in
	// their order.
	SealedAs(ctx context.Context, hashes []Hash) iter.Seq2[model.EntityID, error]
	// Erased tells for each tombstone whether it is there.
	Erased(ctx context.Context, tombstones []Hash) ([]bool, error)
	// HasErased tells whether there is any tombstone.
	HasErased(ctx context.Context) (bool, error)
	// Tombstones yields the tombstones after one, in order.
	Tombstones(ctx context.Context, after Hash, limit int) iter.Seq2[Hash, error]
}

// Eraser is what a transaction takes out of the past.
type Eraser interface {
	// Erase takes out what the erasure names, and says how many rows of which table.
	Erase(ctx context.Context, e Erasure) (rows map[string]int64, err error)
	// RewriteVersions replaces the documents of versions that are there, by id and
	// revision.
	RewriteVersions(ctx context.Context, versions []Version) error
	// RewriteGoldens replaces the state, redirect, order, values and evidence of
	// golden rows of the past, by id and revision. A row of the present is
	// replaced by PutGoldens.
	RewriteGoldens(ctx context.Context, rows []Golden) error
	// EraseAuditBodies takes who, what and why, and the salts of their digests, out
	// of entries of the audit, by number.
	EraseAuditBodies(ctx context.Context, numbers []int64) error
}

// Found is where a needle was found.
type Found struct {
	Needle        int // its place among those looked for
	Table, Column string
	Rows          int64
}

// Searched is what was looked through.
type Searched struct {
	Table   string
	Columns []string
	Rows    int64
}

// Searcher looks for bytes in every column of every row that a tenant has, and in
// the tables that are nobody's: numbers as eight bytes, the most significant
// first, everything else as it is stored.
type Searcher interface {
	Search(ctx context.Context, needles [][]byte) ([]Found, []Searched, error)
}

// Residue is what an engine may still hold of rows that are gone.
type Residue struct {
	Searched []string // files whose bytes were looked through
	Found    []string // files that hold a needle yet
	Remains  []string // what was not or cannot be looked through, and what to do about it
}

// Scrubber takes what rows that are gone have left out of an engine's files, as
// far as the engine can. With needles it looks whether they are gone.
type Scrubber interface {
	Scrub(ctx context.Context, needles [][]byte) (Residue, error)
}
