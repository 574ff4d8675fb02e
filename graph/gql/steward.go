package gql

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
)

// Stewardship is what a steward can change. Its errors are the registry's.
type Stewardship interface {
	// Decide records a word on two records and lets golden records follow. guard is
	// asked what it may bring together.
	Decide(ctx context.Context, actor string, a, b model.EntityID, verdict graph.Verdict, reason string, guard registry.Guard) (model.Revision, error)
	// Merge decides that golden records are one thing.
	Merge(ctx context.Context, actor string, goldens []model.EntityID, reason string, guard registry.Guard) (model.Revision, error)
	// Split decides that some records of a golden record are another thing.
	Split(ctx context.Context, actor string, golden model.EntityID, records []model.EntityID, reason string, guard registry.Guard) (model.Revision, error)
	// RaiseProtection and LowerProtection change a person's level.
	RaiseProtection(ctx context.Context, actor string, person model.EntityID, level model.Protection, reason string) (model.Revision, error)
	LowerProtection(ctx context.Context, actor string, person model.EntityID, level model.Protection, reason string) (model.Revision, error)
	// OpenOffice makes an office public by a decision, CloseOffice revokes it.
	OpenOffice(ctx context.Context, actor string, role model.EntityID, reference string, period model.Period, reason string) (model.Revision, error)
	CloseOffice(ctx context.Context, actor string, role model.EntityID, reason string) (model.Revision, error)
	// Erase removes all that is held about a person.
	Erase(ctx context.Context, q registry.EraseRequest) (*registry.Erasure, error)
	// OpenCase asks a source to put something right.
	OpenCase(ctx context.Context, q registry.RectifyRequest) (subject.Case, error)
	// CloseCase closes such a case.
	CloseCase(ctx context.Context, id model.EntityID, state graph.RectificationState, actor, note string) error
}

// StewardResult is what came of a decision.
type StewardResult struct {
	Revision int64
	Records  []GoldenRecord
	Waiting  []model.EntityID
}

// Decide decides on a pair of records.
func (r *mutationResolver) Decide(ctx context.Context, a, b model.EntityID, verdict graph.Verdict, reason string) (*StewardResult, error) {
	records, waiting := []model.EntityID{a, b}, []model.EntityID{}
	out, err := r.decide(ctx, reason, func(v *access.View) ([]model.EntityID, error) {
		for _, id := range records {
			versions, err := v.RecordHistory(ctx, id)
			if err != nil {
				return nil, unknown(err, "a or b is not the id of a source record")
			}
			if !versions[len(versions)-1].Live {
				waiting = append(waiting, id)
			}
		}
		return records, mayDecide(ctx, v, records)
	}, func(actor string) (model.Revision, error) {
		return r.steward.Decide(ctx, actor, a, b, verdict, reason, requestOf(ctx).view.MayJoin)
	})
	if err == nil {
		out.Waiting = waiting
	}
	return out, err
}

// Merge decides that golden records are one thing.
func (r *mutationResolver) Merge(ctx context.Context, goldens []model.EntityID, reason string) (*StewardResult, error) {
	return r.decide(ctx, reason, func(v *access.View) ([]model.EntityID, error) {
		members, err := membersOf(ctx, v, goldens...)
		if err == nil {
			err = mayDecide(ctx, v, goldens)
		}
		return members, err
	}, func(actor string) (model.Revision, error) {
		return r.steward.Merge(ctx, actor, goldens, reason, requestOf(ctx).view.MayJoin)
	})
}

// Split decides that some records of a golden record are another thing.
func (r *mutationResolver) Split(ctx context.Context, golden model.EntityID, records []model.EntityID, reason string) (*StewardResult, error) {
	return r.decide(ctx, reason, func(v *access.View) ([]model.EntityID, error) {
		members, err := membersOf(ctx, v, golden)
		if err != nil {
			return nil, err
		}
		for _, id := range records {
			if !slices.Contains(members, id) {
				return nil, badInput("records: " + id.String() + " is not one of the golden record's records")
			}
		}
		return members, mayDecide(ctx, v, []model.EntityID{golden})
	}, func(actor string) (model.Revision, error) {
		return r.steward.Split(ctx, actor, golden, records, reason, requestOf(ctx).view.MayJoin)
	})
}

// decide makes a change for a steward who may make it and who may see all that
// it touches: that something is there is not told by trying to change it.
func (r *mutationResolver) decide(ctx context.Context, reason string,
	see func(*access.View) ([]model.EntityID, error), change func(actor string) (model.Revision, error),
) (*StewardResult, error) {
	view := requestOf(ctx).view
	rights := view.Rights()
	if rights.Role < access.Steward || r.steward == nil {
		return nil, access.ErrForbidden
	}
	if strings.TrimSpace(reason) == "" {
		return nil, badInput("reason: say why, for those who come after")
	}
	records, err := see(view)
	if err != nil {
		return nil, err
	}
	revision, err := change(actorOf(rights))
	if err != nil {
		return nil, err
	}
	return r.result(ctx, revision, records)
}

// actorOf is who makes a change.
func actorOf(r access.Rights) string {
	if r.Actor == "" {
		return r.Role.String()
	}
	return r.Actor
}

// result reads the golden records that records are in after a change, and then the
// others of their kinds that it changed, past whatever an earlier change of the same
// operation has read.
func (r *mutationResolver) result(ctx context.Context, revision model.Revision, records []model.EntityID) (*StewardResult, error) {
	q := r.query(withView(ctx, requestOf(ctx).view), nil)
	out := &StewardResult{Revision: int64(revision), Records: []GoldenRecord{}, Waiting: []model.EntityID{}}
	seen := map[model.EntityID]bool{}
	var found []*access.Entity
	var kinds []model.Kind
	add := func(ids []model.EntityID) error {
		es, err := q.view.Entities(ctx, ids)
		if err != nil {
			return err
		}
		for _, e := range es {
			if e == nil || seen[e.ID] {
				continue
			}
			seen[e.ID], found = true, append(found, e)
			if !slices.Contains(kinds, e.Kind) {
				kinds = append(kinds, e.Kind)
			}
			out.Records = append(out.Records, q.wrap(e))
		}
		return nil
	}
	if err := add(records); err != nil {
		return nil, err
	}
	others, err := q.view.ChangedAt(ctx, revision, kinds...)
	if err == nil {
		err = add(others)
	}
	if err != nil {
		return nil, err
	}
	return out, q.aheadOf(ctx, "records", found)
}

// membersOf are the records of golden records, all of which the caller sees.
func membersOf(ctx context.Context, v *access.View, goldens ...model.EntityID) ([]model.EntityID, error) {
	var out []model.EntityID
	for _, id := range goldens {
		records, err := v.Records(ctx, id)
		if err != nil {
			return nil, unknown(err, "there is no golden record "+id.String())
		}
		for _, rec := range records {
			out = append(out, rec.ID)
		}
	}
	return out, nil
}

// mayDecide tells whether the caller may decide on what ids lead to: on a person only
// whoever reads what is restricted of it.
func mayDecide(ctx context.Context, v *access.View, ids []model.EntityID) error {
	es, err := v.Entities(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range es {
		if e != nil && e.Kind == model.Person {
			if err := v.MayDecide(ctx, e.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknown says what is not there to a caller who would change it.
func unknown(err error, text string) error {
	if errors.Is(err, access.ErrNotFound) {
		return badInput(text)
	}
	return err
}

// Decision is a verdict with its defence.
type Decision struct{ graph.Decision }

// Revision is the revision that it made.
func (d *Decision) Revision() int64 { return int64(d.Decision.Revision) }

// Decisions are what stewards have decided about a golden record's records.
func (r *queryResolver) Decisions(ctx context.Context, golden model.EntityID) ([]Decision, error) {
	found, err := requestOf(ctx).view.Decisions(ctx, golden)
	if err != nil && !errors.Is(err, access.ErrNotFound) {
		return nil, err
	}
	out := make([]Decision, len(found))
	for i, d := range found {
		out[i] = Decision{d}
	}
	return out, nil
}

// Delivery is one run of a source.
type Delivery struct{ v access.DeliveryInfo }

// ID is the delivery's id.
func (d *Delivery) ID() model.EntityID { return d.v.ID }

// Source is the system that delivered.
func (d *Delivery) Source() string { return string(d.v.Source) }

// Name is the file's name.
func (d *Delivery) Name() string { return d.v.Name }

// Full tells whether it holds all that the source has.
func (d *Delivery) Full() bool { return d.v.Full }

// State is how far it has come.
func (d *Delivery) State() graph.DeliveryState { return d.v.State }

// Started is when it began.
func (d *Delivery) Started() time.Time { return d.v.Started }

// Ended is when it ended.
func (d *Delivery) Ended() time.Time { return d.v.Ended }

// Message is why it is broken, held or stale.
func (d *Delivery) Message() Optional { return Optional(d.v.Message) }

// Counts are what it did, for who may see all of it.
func (d *Delivery) Counts() *DeliveryCounts {
	if !d.v.Whole {
		return nil
	}
	return (*DeliveryCounts)(&d.v.Counts)
}

// DeliveryCounts are what a delivery did.
type DeliveryCounts graph.Counts

// Deliveries are the latest runs of the sources.
func (r *queryResolver) Deliveries(ctx context.Context, source *string, first *int) ([]Delivery, error) {
	found, err := requestOf(ctx).view.Deliveries(ctx, model.Source(deref(source)), size(first))
	if err != nil {
		return nil, err
	}
	out := make([]Delivery, len(found))
	for i, d := range found {
		out[i] = Delivery{d}
	}
	return out, nil
}
