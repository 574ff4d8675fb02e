package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// Retain is how long a record is kept once its source no longer has it.
type Retain struct {
	Years, Months, Days int
	// FromEnd counts from the day on which the thing itself ended, as its source said,
	// where it said so; else from when the source no longer had it.
	FromEnd bool
}

// IsZero tells whether records are kept for ever.
func (r Retain) IsZero() bool { return r.Years == 0 && r.Months == 0 && r.Days == 0 }

// over is when a time that began at from is over.
func (r Retain) over(from time.Time) time.Time { return from.AddDate(r.Years, r.Months, r.Days) }

// Retained says what a run of Retain removed of one source, or would remove.
type Retained struct {
	Source  model.Source   `json:"source"`
	Removed map[string]int `json:"removed"` // records, by kind
	Kept    int            `json:"kept"`    // no longer delivered, and not so long that they go
	OnHold  int            `json:"onHold"`  // would go, but for the archive law
	// Delivered are records whose stated end is so long ago that they would go, were
	// their source not still delivering them.
	Delivered int `json:"delivered"`
}

// Retention is a run of Retain.
type Retention struct {
	DryRun  bool       `json:"dryRun"`
	Sources []Retained `json:"sources"`
	// Quarantined are items that go, for nobody mended them in time.
	Quarantined int              `json:"quarantined"`
	Rows        map[string]int64 `json:"rows"` // taken, by table
	Revisions   int              `json:"revisions"`
	Residue     *graph.Residue   `json:"residue,omitempty"`
}

// quarantineKept is how long an item lies in quarantine after its last delivery.
const quarantineKept = 30 * 24 * time.Hour

// retainedPerCommit is how many records one transaction removes.
const retainedPerCommit = 500

// Retain removes the records that their sources no longer have and whose time is
// over by the source's rule, with all that they ever said. What the registry made
// of them follows, now and in the past. It leaves no tombstone: a source that has
// such a record again says something new. Quarantined items go after thirty days,
// whatever their source's rule. Each transaction is whole, so a run that is stopped
// has done part of it.
func (r *Registry) Retain(ctx context.Context, actor string, dryRun bool) (*Retention, error) {
	out, err := r.retain(ctx, actor, dryRun)
	if err != nil || dryRun || out.Revisions == 0 && out.Quarantined == 0 {
		return out, err
	}
	residue, err := r.scrub(ctx, nil)
	out.Residue = &residue
	return out, err
}

func (r *Registry) retain(ctx context.Context, actor string, dryRun bool) (*Retention, error) {
	out := &Retention{DryRun: dryRun, Sources: []Retained{}, Rows: map[string]int64{}}
	if err := r.Prepare(ctx); err != nil {
		return out, err
	}
	for _, s := range r.Sources() {
		if s.Retain.IsZero() {
			continue
		}
		done, over, err := r.overdue(ctx, s)
		if err != nil {
			return out, err
		}
		for part := range slices.Chunk(over, retainedPerCommit) {
			if err := r.removeOverdue(ctx, s, actor, part, dryRun, out, done); err != nil {
				return out, err
			}
		}
		out.Sources = append(out.Sources, *done)
	}
	return out, r.removeQuarantined(ctx, actor, dryRun, out)
}

// removeQuarantined removes the items that have lain in quarantine for too long.
func (r *Registry) removeQuarantined(ctx context.Context, actor string, dryRun bool, out *Retention) error {
	var old []graph.Hash
	var after graph.Hash
	before := r.clock().Add(-quarantineKept)
	for more := true; more; {
		more = false
		for q, err := range r.store.Quarantine(ctx, "", after, 1000) {
			if err != nil {
				return fmt.Errorf("read the quarantine: %w", err)
			}
			after, more = q.Item, true
			if !q.At.After(before) {
				old = append(old, q.Item)
			}
		}
	}
	out.Quarantined = len(old)
	if len(old) == 0 || dryRun {
		return nil
	}
	_, err := r.store.Update(ctx, r.provenance(actor, "retention of the quarantine"), func(tx graph.Tx) error {
		if err := tx.PutQuarantine(ctx, nil, old); err != nil {
			return err
		}
		if err := r.putScrub(ctx, tx, false); err != nil {
			return err
		}
		return r.audit.AppendTx(ctx, tx, audit.Entry{Actor: actor, Operation: fmt.Sprintf("retain: %d quarantined items removed", len(old))})
	})
	if err != nil {
		return fmt.Errorf("remove %d quarantined items whose time is over: %w", len(old), err)
	}
	return nil
}

// overdue are the heads of a source whose time is over.
func (r *Registry) overdue(ctx context.Context, s *Source) (*Retained, []graph.Head, error) {
	out := &Retained{Source: s.Name, Removed: map[string]int{}}
	var over []graph.Head
	now := r.clock()
	for page, err := range headBatches(r.store.ScanHeads(ctx, s.Name, "")) {
		if err != nil {
			return nil, nil, fmt.Errorf("read the records of %s: %w", s.Name, err)
		}
		recs, err := r.lastWords(ctx, r.store, page)
		if err != nil {
			return nil, nil, err
		}
		revisions := make([]model.Revision, 0, len(page))
		for _, h := range page {
			revisions = append(revisions, h.Revision)
		}
		slices.Sort(revisions)
		infos, err := r.store.RevisionInfos(ctx, slices.Compact(revisions))
		if err != nil {
			return nil, nil, fmt.Errorf("read when records were retracted: %w", err)
		}
		committed := map[model.Revision]time.Time{}
		for _, info := range infos {
			committed[info.Revision] = info.At
		}
		for i, h := range page {
			from := committed[h.Revision]
			ended := s.Retain.FromEnd && recs[i] != nil && recs[i].Period.To.Year != 0
			if ended {
				from = overAt(recs[i].Period.To)
			}
			isOver := !s.Retain.over(from).After(now)
			switch {
			case h.Live && ended && isOver:
				out.Delivered++
			case h.Live:
			case !isOver:
				out.Kept++
			case s.Hold != "" && (len(s.HoldKinds) == 0 || slices.Contains(s.HoldKinds, h.Key.Kind)):
				out.OnHold++
			default:
				over = append(over, h)
			}
		}
	}
	return out, over, nil
}

// overAt is when a period with this end is over: its end is no part of it, so that of
// what ended in 2024 is 2025, and over as that year begins.
func overAt(to model.Date) time.Time {
	return time.Date(int(to.Year), time.Month(max(to.Month, 1)), int(max(to.Day, 1)), 0, 0, 0, 0, time.UTC)
}

func (r *Registry) removeOverdue(ctx context.Context, s *Source, actor string, heads []graph.Head, dryRun bool, out *Retention, done *Retained) error {
	var m *removal
	_, err := r.store.Update(ctx, r.provenance(actor, "retention of "+string(s.Name)), func(tx graph.Tx) error {
		// What came again meanwhile stays.
		ids := make([]model.EntityID, len(heads))
		for i := range heads {
			ids[i] = heads[i].ID
		}
		now, err := tx.HeadsByID(ctx, ids)
		if err != nil {
			return fmt.Errorf("read %d record heads: %w", len(ids), err)
		}
		now = slices.DeleteFunc(now, func(h graph.Head) bool { return h.ID.IsZero() || h.Live })
		records, err := r.told(ctx, tx, now)
		if err != nil {
			return err
		}
		m = &removal{r: r, ctx: ctx, tx: tx, records: records}
		if err := m.run(); err != nil {
			return err
		}
		var gone []model.EntityID
		for id := range m.goldens {
			gone = append(gone, id)
		}
		if _, err := tx.EraseAudit(ctx, gone); err != nil {
			return fmt.Errorf("erase from the audit: %w", err)
		}
		if err := r.putScrub(ctx, tx, false); err != nil {
			return err
		}
		if dryRun {
			return errNothingChanged
		}
		return r.audit.AppendTx(ctx, tx, audit.Entry{
			Actor: actor, Operation: fmt.Sprintf("retain %s: %d records removed", s.Name, len(records)), Purpose: s.Retention,
		})
	})
	if err != nil && (!dryRun || !errors.Is(err, errNothingChanged)) {
		return fmt.Errorf("remove records of %s whose time is over: %w", s.Name, err)
	}
	for i := range m.records {
		done.Removed[m.records[i].Head.Key.Kind.String()]++
	}
	for table, n := range m.rows {
		out.Rows[table] += n
	}
	out.Revisions++
	return nil
}
