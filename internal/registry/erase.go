package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
)

// EraseRequest asks for an erasure.
type EraseRequest struct {
	ID       model.EntityID // of the person, or of the organisation of whoever trades alone
	Decision string         // the reference of the decision: mandatory
	Actor    string         // who carries it out: mandatory
	DryRun   bool           // does all of it in a transaction that is thrown away
}

// Erasure says what an erasure took, or would take. It names what is gone, for
// whoever asked and for recipients to be told; nothing of it is stored.
type Erasure struct {
	Decision   string           `json:"decision"`
	DryRun     bool             `json:"dryRun"`
	Goldens    []model.EntityID `json:"goldens"`
	Records    []ErasedRecord   `json:"records"`
	Rewritten  int              `json:"rewritten"`  // others' records that referred to them
	Past       int              `json:"past"`       // golden rows of the past that lost a value
	Rows       map[string]int64 `json:"rows"`       // taken, by table
	Quarantine int              `json:"quarantine"` // items that named them
	Audit      int64            `json:"audit"`      // entries that lost the id
	AuditTexts int              `json:"auditTexts"` // entries that lost who, what and why, for the purpose named them
	// Shared are schemes of which another's record has the same identifier: what
	// refers to that was left.
	Shared     []model.Scheme      `json:"shared,omitempty"`
	Recipients []subject.Recipient `json:"recipients"` // who has been shown something: to be told (GDPR art. 19)
	Revision   model.Revision      `json:"revision"`
	Proof      *Proof              `json:"proof,omitempty"` // of what has been done
}

// ErasedRecord is one record that went.
type ErasedRecord struct {
	Source   model.Source   `json:"source"`
	Kind     string         `json:"kind"`
	ID       model.EntityID `json:"id"`
	Versions int            `json:"versions"`
}

// Erase removes everything that is held about a person, by a decision with a
// reference: records and roles with all their versions, what the registry made of
// them, now and in the past, sealed identifiers, index rows, pairs, decisions,
// quarantined items that name them, their id in the audit. It leaves a keyed hash
// of each record's key, so that a later delivery of it is held. It is one
// transaction; then it looks through all that is stored for what should be gone.
// ErrOnHold with the reason if a source's records may not be erased,
// ErrUnknownRecord, ErrBadDecision.
func (r *Registry) Erase(ctx context.Context, q EraseRequest) (*Erasure, error) {
	if err := tidy(written{&q.Decision, "an erasure's decision"}, written{&q.Actor, "who carries an erasure out"}); err != nil {
		return nil, err
	}
	switch {
	case q.Decision == "":
		return nil, fmt.Errorf("%w: an erasure needs the reference of its decision", ErrBadDecision)
	case q.Actor == "" || q.Actor == graph.SystemActor:
		return nil, fmt.Errorf("%w: an erasure needs someone who carries it out", ErrBadDecision)
	}
	if err := r.Prepare(ctx); err != nil {
		return nil, err
	}
	out, after, err := r.eraseAtOnce(ctx, q)
	if err != nil || q.DryRun {
		return out, err
	}
	out.Proof, err = r.prove(ctx, after)
	return out, err
}

// eraseAtOnce erases in one transaction, and says what is to be looked for after it.
func (r *Registry) eraseAtOnce(ctx context.Context, q EraseRequest) (*Erasure, needles, error) {
	var out *Erasure
	var after needles
	rev, err := r.store.Update(ctx, r.provenance(q.Actor, q.Decision), func(tx graph.Tx) (err error) {
		out, after, err = r.erase(ctx, tx, q)
		if err == nil && q.DryRun {
			err = errNothingChanged
		}
		return err
	})
	if q.DryRun && errors.Is(err, errNothingChanged) {
		return out, after, nil
	}
	if err != nil {
		return nil, after, fmt.Errorf("erase: %w", err)
	}
	out.Revision = rev
	return out, after, nil
}

func (r *Registry) erase(ctx context.Context, tx graph.Tx, q EraseRequest) (*Erasure, needles, error) {
	out := &Erasure{Decision: q.Decision, DryRun: q.DryRun, Goldens: []model.EntityID{}, Records: []ErasedRecord{}}
	held, err := r.held(ctx, tx, q.ID)
	if err != nil {
		return nil, needles{}, err
	}
	if err := erasable(held); err != nil {
		return nil, needles{}, err
	}
	if err := r.onHold(held); err != nil {
		return nil, needles{}, err
	}
	// Roles are referred to by their own keys, so what refers to them is looked for
	// too. A role that stays keeps its other statements.
	t, err := r.tracesOf(ctx, tx, held)
	if err != nil {
		return nil, needles{}, err
	}
	for i := range held.Roles {
		t.keys[held.Roles[i].Head.Key] = true
	}
	m := &removal{r: r, ctx: ctx, tx: tx, records: held.All(), traces: t, tombstones: true}
	if m.mentions, err = r.mentions(ctx, tx, held, t); err != nil {
		return nil, needles{}, err
	}
	ids := make([]model.EntityID, 0, len(m.records))
	for i := range m.records {
		h := &m.records[i].Head
		ids = append(ids, h.ID)
		out.Records = append(out.Records, ErasedRecord{h.Key.Source, h.Key.Kind.String(), h.ID, len(m.records[i].Versions)})
	}
	if out.Recipients, err = r.recipients(ctx, tx, ids); err != nil {
		return nil, needles{}, err
	}
	if err := m.run(); err != nil {
		return nil, needles{}, err
	}
	after := needles{opaque: m.opaque(), words: words(m.records)}
	if out.Quarantine, err = r.eraseQuarantine(ctx, tx, m.records); err != nil {
		return nil, needles{}, err
	}
	if out.Audit, err = tx.EraseAudit(ctx, ids); err != nil {
		return nil, needles{}, fmt.Errorf("erase from the audit: %w", err)
	}
	if out.AuditTexts, err = r.eraseTexts(ctx, tx, after.words); err != nil {
		return nil, needles{}, err
	}
	for id := range m.goldens {
		out.Goldens = append(out.Goldens, id)
	}
	slices.SortFunc(out.Goldens, model.EntityID.Compare)
	for _, id := range held.Shared {
		out.Shared = append(out.Shared, id.Scheme)
	}
	out.Rewritten, out.Past, out.Rows = len(m.rewritten), m.past, m.rows
	if err := r.putScrub(ctx, tx, false); err != nil {
		return nil, needles{}, err
	}
	return out, after, r.audit.AppendTx(ctx, tx, audit.Entry{
		Actor: q.Actor, Operation: fmt.Sprintf("erase a subject: %d records", len(m.records)), Purpose: q.Decision,
	})
}

// erasable tells whether what is held is of a natural person.
func erasable(held *subject.Held) error {
	if held.Kind == model.Person {
		return nil
	}
	for i := range held.Records {
		for _, v := range held.Records[i].Versions {
			if v.Record == nil {
				continue
			}
			for _, st := range v.Record.Statements {
				if id, ok := st.Value.(model.Identifier); ok && model.LooksPersonal(id.Value) {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("%w: a %s is no natural person, and nobody's to have erased", ErrBadDecision, held.Kind)
}

// onHold is the legal reason why something of what is held may not be erased.
func (r *Registry) onHold(held *subject.Held) error {
	for _, rec := range held.All() {
		s := r.sources[rec.Head.Key.Source]
		if s == nil || s.Hold == "" {
			continue
		}
		if len(s.HoldKinds) == 0 || slices.Contains(s.HoldKinds, rec.Head.Key.Kind) {
			return fmt.Errorf("%w: %s of source %s are kept: %s", ErrOnHold, rec.Head.Key.Kind, s.Name, s.Hold)
		}
	}
	return nil
}

// mentions are the versions of records that stay which refer to what goes.
func (r *Registry) mentions(ctx context.Context, tx graph.Tx, held *subject.Held, t *traces) ([]subject.Version, error) {
	going := map[model.EntityID]bool{}
	for _, rec := range held.All() {
		going[rec.Head.ID] = true
	}
	found, err := r.referring(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	var out []subject.Version
	var ids []model.EntityID
	for _, v := range found {
		if !going[v.ID] {
			out, ids = append(out, subject.Version{Version: v}), append(ids, v.ID)
		}
	}
	heads, err := tx.HeadsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d record heads: %w", len(ids), err)
	}
	versions := make([]*subject.Version, len(out))
	for i := range out {
		out[i].Key, versions[i] = heads[i].Key, &out[i]
	}
	return out, r.open(ctx, tx, versions)
}

// recipients are who has been shown golden records, from the audit.
func (r *Registry) recipients(ctx context.Context, from graph.Reader, ids []model.EntityID) ([]subject.Recipient, error) {
	var entries []audit.Read
	before := int64(0)
	for {
		n := 0
		for e, err := range audit.Of(ctx, from, ids, before, 1000) {
			if err != nil {
				return nil, err
			}
			n++
			before = e.Number
			entries = append(entries, e)
		}
		if n < 1000 {
			return subject.Recipients(entries), nil
		}
	}
}

// eraseQuarantine takes quarantined items out that name what goes.
func (r *Registry) eraseQuarantine(ctx context.Context, tx graph.Tx, records []subject.Record) (int, error) {
	items, err := r.quarantineNaming(ctx, tx, records)
	if err != nil || len(items) == 0 {
		return 0, err
	}
	gone := make([]graph.Hash, len(items))
	for i := range items {
		gone[i] = items[i].Item
	}
	if err := tx.PutQuarantine(ctx, nil, gone); err != nil {
		return 0, fmt.Errorf("take %d items out of the quarantine: %w", len(gone), err)
	}
	return len(gone), nil
}

// quarantineNaming are the quarantined items whose raw text holds an identifier, an
// address to write to, or, of the same source, a local id of records.
func (r *Registry) quarantineNaming(ctx context.Context, from graph.Reader, records []subject.Record) ([]graph.Quarantined, error) {
	marks := namingOf(records)
	var out []graph.Quarantined
	var after graph.Hash
	for {
		n := 0
		for q, err := range from.Quarantine(ctx, "", after, 1000) {
			if err != nil {
				return nil, fmt.Errorf("read the quarantine: %w", err)
			}
			n++
			after = q.Item
			body, err := r.keys.Open([16]byte(q.Item), q.KeyID, q.Body)
			if err != nil {
				return nil, fmt.Errorf("open the quarantined item at %s: %w", q.Place, err)
			}
			var k kept
			if err := json.Unmarshal(body, &k); err != nil {
				return nil, errors.New("a quarantined item is not in the form it was kept in: the store is damaged")
			}
			if marks.in(q.Source, k.Raw) {
				out = append(out, q)
			}
		}
		if n == 0 {
			return out, nil
		}
	}
}

// eraseTexts takes who, what and why out of audit entries, and the reason out of
// revisions, whose text names somebody by a word that nothing else says.
func (r *Registry) eraseTexts(ctx context.Context, tx graph.Tx, words [][]byte) (int, error) {
	own, _, err := r.distinctive(ctx, tx, words)
	if err != nil || len(own) == 0 {
		return 0, err
	}
	names := func(text []byte) bool {
		return slices.ContainsFunc(own, func(w []byte) bool { return bytes.Contains(text, w) })
	}
	var numbers []int64
	for e, err := range tx.AuditEntries(ctx, 0, 0) {
		if err != nil {
			return 0, fmt.Errorf("read the audit: %w", err)
		}
		if names(e.Body) {
			numbers = append(numbers, e.Number)
		}
	}
	if err := tx.EraseAuditBodies(ctx, numbers); err != nil {
		return 0, fmt.Errorf("erase from the audit: %w", err)
	}
	var unsaid []model.Revision
	for info, err := range tx.Revisions(ctx, 0, 1<<31-1) {
		if err != nil {
			return 0, fmt.Errorf("read the revisions: %w", err)
		}
		if names([]byte(info.Reason)) {
			unsaid = append(unsaid, info.Revision)
		}
	}
	_, err = tx.Erase(ctx, graph.Erasure{Unsaid: unsaid})
	return len(numbers), err
}
