package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// maxPairs is the most decisions that one merge or split may make.
const maxPairs = 10_000

// Guard is asked for the one who decides, in the transaction of the decision, whether
// it may come to what it comes to: same are the pairs of records that it holds to be
// one thing, and together the records of each golden record that would have live
// records of several. before reads what was. With an error nothing is decided, and it
// is the decision's error. It may be asked again from the start.
type Guard func(ctx context.Context, before graph.Reader, same [][2]model.EntityID, together [][]model.EntityID) error

// Decide records a steward's word on two records and lets clusters and golden
// records follow. A word on a record that was retracted is kept too: retracted records
// go with those that they prove to belong to, so it counts when the record is back.
// guard may be nil. ErrUnknownRecord, ErrBadDecision.
func (r *Registry) Decide(ctx context.Context, actor string, a, b model.EntityID, verdict graph.Verdict, reason string, guard Guard) (model.Revision, error) {
	if verdict < graph.Same || verdict > graph.Unsure {
		return 0, fmt.Errorf("%w: the verdict is same, different or unsure", ErrBadDecision)
	}
	return r.decide(ctx, actor, "decide "+verdict.String(), reason, func(graph.Tx) ([]pair, error) { return []pair{{a, b}}, nil }, verdict, guard)
}

// Merge decides that every record of the golden records is one thing. It undoes
// nothing: Split gives the same golden records back. guard may be nil.
// ErrUnknownRecord, ErrBadDecision.
func (r *Registry) Merge(ctx context.Context, actor string, goldens []model.EntityID, reason string, guard Guard) (model.Revision, error) {
	return r.decide(ctx, actor, "merge", reason, func(tx graph.Tx) ([]pair, error) {
		var groups [][]model.EntityID
		for _, id := range goldens {
			members, err := liveMembers(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			groups = append(groups, members)
		}
		if len(groups) < 2 {
			return nil, fmt.Errorf("%w: name at least two golden records", ErrBadDecision)
		}
		var pairs []pair
		for i := range groups {
			for j := i + 1; j < len(groups); j++ {
				pairs = append(pairs, cross(groups[i], groups[j])...)
			}
		}
		return pairs, nil
	}, graph.Same, guard)
}

// Split decides that the named records of a golden record are another thing
// than the rest of it. guard may be nil. ErrUnknownRecord; ErrBadDecision also where
// one of them was retracted.
func (r *Registry) Split(ctx context.Context, actor string, golden model.EntityID, records []model.EntityID, reason string, guard Guard) (model.Revision, error) {
	return r.decide(ctx, actor, "split", reason, func(tx graph.Tx) ([]pair, error) {
		members, err := liveMembers(ctx, tx, golden)
		if err != nil {
			return nil, err
		}
		var rest []model.EntityID
		for _, m := range members {
			if !slices.Contains(records, m) {
				rest = append(rest, m)
			}
		}
		if err := areLive(ctx, tx, golden, members, records); err != nil {
			return nil, err
		}
		if len(rest) == 0 || len(records) == 0 {
			return nil, fmt.Errorf("%w: name some of the golden record's records, not all", ErrBadDecision)
		}
		return cross(records, rest), nil
	}, graph.Different, guard)
}

// areLive tells whether records are among the live ones of a golden record.
func areLive(ctx context.Context, tx graph.Tx, golden model.EntityID, live, records []model.EntityID) error {
	heads, err := tx.HeadsByID(ctx, slices.Concat([]model.EntityID{golden}, records))
	if err != nil {
		return fmt.Errorf("read %d record heads: %w", len(records), err)
	}
	for i, id := range records {
		h := heads[i+1]
		switch {
		case slices.Contains(live, id):
		case !h.ID.IsZero() && h.Golden == heads[0].Golden:
			return fmt.Errorf("%w: record %s has been retracted by its source, and goes with the records that it proves to belong to: what is decided on it by pairs counts when it is back", ErrBadDecision, id)
		default:
			return fmt.Errorf("record %s is not in golden record %s: %w", id, golden, ErrUnknownRecord)
		}
	}
	return nil
}

type pair struct{ a, b model.EntityID }

func cross(as, bs []model.EntityID) []pair {
	var out []pair
	for _, a := range as {
		for _, b := range bs {
			out = append(out, pair{a, b})
		}
	}
	return out
}

func (r *Registry) decide(ctx context.Context, actor, operation, reason string, choose func(graph.Tx) ([]pair, error), verdict graph.Verdict, guard Guard) (model.Revision, error) {
	actor, reason, err := defended(actor, reason)
	if err != nil {
		return 0, err
	}
	now := r.clock()
	rev, err := r.store.Update(ctx, graph.Provenance{Actor: actor, Reason: reason, At: now}, func(tx graph.Tx) error {
		pairs, err := choose(tx)
		if err != nil {
			return err
		}
		if len(pairs) > maxPairs {
			return fmt.Errorf("%w: it would take %d decisions on pairs, more than %d", ErrBadDecision, len(pairs), maxPairs)
		}
		rev, err := tx.TakeRevision(ctx)
		if err != nil {
			return fmt.Errorf("take a revision: %w", err)
		}
		var records []model.EntityID
		var same [][2]model.EntityID
		decisions := make([]graph.Decision, 0, len(pairs))
		for _, p := range pairs {
			switch p.a.Compare(p.b) {
			case 0:
				return fmt.Errorf("%w: a record cannot be told from itself", ErrBadDecision)
			case 1:
				p.a, p.b = p.b, p.a
			}
			decisions = append(decisions, graph.Decision{
				ID: r.newID(), A: p.a, B: p.b, Verdict: verdict, Actor: actor, Reason: reason, Revision: rev, At: now,
			})
			records = append(records, p.a, p.b)
			if verdict == graph.Same {
				same = append(same, [2]model.EntityID{p.a, p.b})
			}
		}
		slices.SortFunc(records, model.EntityID.Compare)
		records = slices.Compact(records)
		if err := sameKind(ctx, tx, records); err != nil {
			return err
		}
		before, err := goldensOf(ctx, tx, records)
		if err != nil {
			return err
		}
		if err := tx.PutDecisions(ctx, decisions); err != nil {
			return fmt.Errorf("write %d decisions: %w", len(decisions), err)
		}
		err = r.reconsider(ctx, tx, records, func(u *unit) error {
			if guard == nil {
				return nil
			}
			return guard(ctx, tx, same, u.joined())
		})
		if err != nil {
			return err
		}
		after, err := goldensOf(ctx, tx, records)
		if err != nil {
			return err
		}
		return r.audit.AppendTx(ctx, tx, audit.Entry{
			Actor: actor, Operation: operation, Purpose: reason, Subjects: append(before, after...),
		})
	})
	if err != nil {
		return 0, fmt.Errorf("decide %s: %w", verdict, err)
	}
	return rev, nil
}

// goldensOf are the golden ids that records are in.
func goldensOf(ctx context.Context, tx graph.Tx, records []model.EntityID) ([]model.EntityID, error) {
	heads, err := tx.HeadsByID(ctx, records)
	if err != nil {
		return nil, fmt.Errorf("read %d record heads: %w", len(records), err)
	}
	out := make([]model.EntityID, len(heads))
	for i, h := range heads {
		out[i] = h.Golden
	}
	return out, nil
}

func sameKind(ctx context.Context, tx graph.Tx, records []model.EntityID) error {
	heads, err := tx.HeadsByID(ctx, records)
	if err != nil {
		return fmt.Errorf("read %d record heads: %w", len(records), err)
	}
	for _, h := range heads {
		if h.ID.IsZero() {
			return ErrUnknownRecord
		}
		if h.Key.Kind != heads[0].Key.Kind {
			return fmt.Errorf("%w: a %s and a %s are never one thing", ErrBadDecision, heads[0].Key.Kind, h.Key.Kind)
		}
	}
	return nil
}

// liveMembers are the live records of a golden record, which may be named by
// any id that leads to it.
func liveMembers(ctx context.Context, tx graph.Tx, id model.EntityID) ([]model.EntityID, error) {
	heads, err := tx.HeadsByID(ctx, []model.EntityID{id})
	if err != nil {
		return nil, fmt.Errorf("read record head %s: %w", id, err)
	}
	if heads[0].ID.IsZero() {
		return nil, fmt.Errorf("golden record %s: %w", id, ErrUnknownRecord)
	}
	rows, err := tx.Goldens(ctx, []model.EntityID{heads[0].Golden}, graph.WithEvidence)
	if err != nil {
		return nil, fmt.Errorf("read golden record %s: %w", id, err)
	}
	if rows[0].State != graph.Live {
		return nil, fmt.Errorf("golden record %s has no live record: %w", id, ErrUnknownRecord)
	}
	var e model.Evidence
	if err := document.DecodeEvidence(rows[0].Evidence, &e); err != nil {
		return nil, errors.Join(fmt.Errorf("evidence of golden record %s", id), err)
	}
	members, err := tx.HeadsByID(ctx, e.Members)
	if err != nil {
		return nil, fmt.Errorf("read %d record heads: %w", len(e.Members), err)
	}
	var live []model.EntityID
	for _, h := range members {
		if h.Live {
			live = append(live, h.ID)
		}
	}
	return live, nil
}
