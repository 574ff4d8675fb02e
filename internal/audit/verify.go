package audit

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
)

// What can be wrong with a chain.
const (
	Altered   = "changed"   // an entry or one of its subjects is not what was written
	Removed   = "removed"   // an entry is not there, or not where it was
	Inserted  = "inserted"  // an entry is there that the chain does not know
	Truncated = "truncated" // the last entries are not there
	Resealed  = "resealed"  // the end of the chain is not as it was sealed
)

// Break is where a chain is broken.
type Break struct {
	Number int64  `json:"number"` // of the entry
	What   string `json:"what"`
	Text   string `json:"text"`
}

// Anchor is the end of a chain as it was seen before, kept outside the store.
type Anchor struct {
	Number int64  `json:"number"`
	Link   string `json:"link"`
}

// Verified is what a check of the chain found.
type Verified struct {
	Entries int64   `json:"entries"`
	Erased  int64   `json:"erased"` // subjects that have been erased
	End     Anchor  `json:"end"`
	Broken  []Break `json:"broken"`
}

// OK tells whether nothing is wrong.
func (v *Verified) OK() bool { return len(v.Broken) == 0 }

// maxBreaks bounds how many breaks are told.
const maxBreaks = 100

// Verify checks the whole chain, and that it still holds an earlier end of it
// when one is given: that shows also when the whole store was put back. It sees
// one state of the store.
func (l *Log) Verify(ctx context.Context, earlier *Anchor) (*Verified, error) {
	snapshot, release, err := l.store.Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify the audit: %w", err)
	}
	defer release()
	head, err := snapshot.AuditHead(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify the audit: %w", err)
	}
	c := check{keys: l.keys, earlier: earlier, out: &Verified{Broken: []Break{}}}
	for e, err := range snapshot.AuditEntries(ctx, 0, 0) {
		if err != nil {
			return nil, fmt.Errorf("verify the audit: %w", err)
		}
		c.entry(&e)
	}
	c.end(head)
	return c.out, nil
}

// check goes through a chain.
type check struct {
	keys    *seal.Keyring
	earlier *Anchor
	out     *Verified
	last    graph.AuditHead // the entry before
	before  graph.AuditHead // and the one before that
	shift   int64           // what numbers were raised by since they were written
	odd     bool            // the entry before does not follow from what is before it
	found   bool            // the anchor
}

func (c *check) broken(number int64, what, text string) {
	if len(c.out.Broken) < maxBreaks {
		c.out.Broken = append(c.out.Broken, Break{number, what, text})
	}
}

func (c *check) entry(e *graph.AuditEntry) {
	c.out.Entries++
	c.out.Erased += c.contents(e)
	odd := false
	switch {
	case e.Number != c.last.Number+1:
		c.broken(c.last.Number+1, Removed, fmt.Sprintf("entries %d to %d are not there", c.last.Number+1, e.Number-1))
	case c.follows(e, c.last.Link, c.shift):
	case c.odd && c.follows(e, c.before.Link, c.shift+1):
		c.shift++
		c.explain(Inserted, "the chain goes on without this entry")
	case c.odd && c.follows(e, c.last.Link, c.shift-1):
		c.shift--
		c.explain(Removed, "an entry before this one is not there, and the rest has been numbered anew")
	default:
		odd = true
		c.broken(e.Number, Altered, "it does not follow from the entry before it")
	}
	if c.earlier != nil && e.Number == c.earlier.Number {
		c.found = hex.EncodeToString(e.Link[:]) == c.earlier.Link
	}
	c.before, c.last, c.odd = c.last, graph.AuditHead{Number: e.Number, Link: e.Link}, odd
}

// follows tells whether e was written after an entry with a link, under a number
// that has been raised since.
func (c *check) follows(e *graph.AuditEntry, after graph.Hash, raised int64) bool {
	written := *e
	written.Number -= raised
	return link(c.keys, after, &written) == e.Link
}

// explain says better what the last break was.
func (c *check) explain(what, text string) {
	if n := len(c.out.Broken); n > 0 {
		c.out.Broken[n-1].What, c.out.Broken[n-1].Text = what, text
	}
}

// contents checks an entry's own digests and counts what was erased.
func (c *check) contents(e *graph.AuditEntry) (erased int64) {
	if e.Salt == nil != (e.Body == nil) || e.Body != nil && c.keys.Hash(seal.DomainAuditBody, e.Salt, e.Body) != [16]byte(e.Digest) {
		c.broken(e.Number, Altered, "who, what or why is not what was written")
	}
	for i := range e.Subjects {
		s := &e.Subjects[i]
		switch {
		case s.ID.IsZero() && s.Salt == nil:
			erased++
		case subjectDigest(c.keys, *s) != s.Digest:
			c.broken(e.Number, Altered, fmt.Sprintf("subject %d is not what was written", i+1))
		}
	}
	return erased
}

func (c *check) end(head graph.AuditHead) {
	c.out.End = Anchor{head.Number, hex.EncodeToString(head.Link[:])}
	sealed := head == graph.AuditHead{} || sealOf(c.keys, head) == head.Seal
	switch {
	case !sealed:
		c.broken(head.Number, Resealed, "the end of the chain is not as it was sealed")
	case c.last.Number < head.Number:
		c.broken(c.last.Number+1, Truncated, fmt.Sprintf("the chain ends at %d and is sealed at %d", c.last.Number, head.Number))
	case c.last.Number > head.Number:
		c.broken(head.Number+1, Inserted, fmt.Sprintf("the chain ends at %d and is sealed at %d", c.last.Number, head.Number))
	case c.last.Link != head.Link:
		c.broken(head.Number, Altered, "the last entry is not the one that was sealed")
	}
	if c.earlier != nil && c.earlier.Number > 0 && !c.found {
		c.broken(c.earlier.Number, Truncated, "the chain does not hold the end that was seen before: the store was cut or put back")
	}
}
