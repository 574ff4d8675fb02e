package graph

import (
	"context"
	"iter"
	"time"

	"github.com/karna-registry/karna/model"
)

// AuditEntry is one link of a tenant's audit chain. What the hashes are made of
// is not the store's to know: it keeps the chain and gives it back.
type AuditEntry struct {
	Number   int64 // 1 and up, without gaps
	At       time.Time
	Link     Hash   // over the entry before and this one's digests
	Digest   Hash   // of salt and body
	Salt     []byte // nil once erased
	Body     []byte // nil once erased
	Subjects []AuditSubject
}

// AuditSubject is a golden id that an entry is about. After an erasure only the
// digest is left.
type AuditSubject struct {
	Digest Hash
	Salt   []byte
	ID     model.EntityID
}

// AuditHead is the end of a chain; zero for an empty one.
type AuditHead struct {
	Number int64
	Link   Hash
	Seal   Hash // over number and link, so that a chain cannot be cut and the head set back
}

// AuditAppend makes the entries that follow a head, and the head after them. It
// may be called again from the start.
type AuditAppend func(head AuditHead) ([]AuditEntry, AuditHead, error)

// AuditReader reads the audit. It is no part of what a first load hides.
type AuditReader interface {
	AuditHead(ctx context.Context) (AuditHead, error)
	// AuditEntries yields the entries after a number, in order; limit 0 is all.
	AuditEntries(ctx context.Context, after int64, limit int) iter.Seq2[AuditEntry, error]
	// AuditOf yields the entries about any of the ids, newest first, before a
	// number (0: from the newest on).
	AuditOf(ctx context.Context, ids []model.EntityID, before int64, limit int) iter.Seq2[AuditEntry, error]
}
