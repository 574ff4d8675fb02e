package access

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// ErrIdentities says that a decision would make one person of two whose personal
// numbers the caller sees to be different. It is no secret from them.
var ErrIdentities = errors.New("they are persons with different personal numbers: only who may see protected persons (protected:read) may hold them to be one, for whoever may not would see one of the two no more, and could not take the decision back")

// MayJoin refuses what the caller could not see or undo afterwards, and who is asked
// would not be told why: that persons with two different numbers become one, of which
// only one identity is shown then (ADR 31). It depends on nothing but the numbers that
// the caller sees.
//
// same are pairs of records that a decision holds to be one thing, whatever comes of it
// now; together are the records of each golden record that it would make of several.
// before reads the registry as it was: it may be the transaction of the decision, and
// nothing else is read. Nothing is shown, so the audit is told nothing. ErrIdentities.
func (v *View) MayJoin(ctx context.Context, before graph.Reader, same [][2]model.EntityID, together [][]model.EntityID) error {
	if _, err := v.present(); err != nil || !v.partsIdentities() {
		return err
	}
	a, was := *v.a, *v
	a.store, was.a = transaction{snapshot{before, v.a.store}}, &a
	err := was.mayBeSame(ctx, same)
	if err != nil {
		return err
	}
	for _, records := range together {
		// A record that never had a number may go from one person to another.
		if records, err = was.ofPersons(ctx, records); err != nil {
			return err
		}
		known, err := was.recordsJudged(ctx, records, was.judge)
		if err != nil {
			return err
		}
		all := identity{}
		for _, id := range records {
			said := known[id].last
			if said.parted(all) {
				return ErrIdentities
			}
			maps.Copy(all, said)
		}
	}
	return nil
}

// mayBeSame is MayJoin of pairs of records, by the numbers of the persons that they are
// in, and where those have none, by what the records have said last.
func (v *View) mayBeSame(ctx context.Context, same [][2]model.EntityID) error {
	ids := make([]model.EntityID, 0, 2*len(same))
	for _, p := range same {
		ids = append(ids, p[0], p[1])
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	ids, err := v.ofPersons(ctx, slices.Compact(ids))
	if err != nil {
		return err
	}
	persons, err := v.identitiesToday(ctx, ids)
	if err != nil {
		return err
	}
	known, err := v.recordsJudged(ctx, ids, v.judge)
	if err != nil {
		return err
	}
	numbers := make(map[model.EntityID]identity, len(ids))
	for _, id := range ids {
		numbers[id] = identity{}
		maps.Copy(numbers[id], known[id].last)
		maps.Copy(numbers[id], persons[id])
	}
	for _, p := range same {
		if numbers[p[0]].parted(numbers[p[1]]) {
			return ErrIdentities
		}
	}
	return nil
}

// ofPersons are those of the records that are about persons.
func (v *View) ofPersons(ctx context.Context, ids []model.EntityID) ([]model.EntityID, error) {
	heads, err := v.a.heads(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []model.EntityID
	for _, h := range heads {
		if h.Key.Kind == model.Person {
			out = append(out, h.ID)
		}
	}
	return out, nil
}

// transaction is what a transaction reads, sealed values too.
type transaction struct{ snapshot }

// ChangedAt are the golden records of some kinds that a revision changed for the
// caller, in id order: what Changes tells of it.
func (v *View) ChangedAt(ctx context.Context, r model.Revision, kinds ...model.Kind) ([]model.EntityID, error) {
	store, err := v.present()
	if err != nil {
		return nil, err
	}
	var out []model.EntityID
	from := graph.ChangePosition{Revision: r - 1, ID: lastID}
	for {
		var some []graph.Change
		n := 0
		for c, err := range store.Changes(ctx, from, feedChunk) {
			if err != nil {
				return nil, errors.Join(errors.New("read what a revision changed"), err)
			}
			if n, from = n+1, (graph.ChangePosition{Revision: c.Revision, ID: c.ID}); c.Revision == r && slices.Contains(kinds, c.Kind) {
				some = append(some, c)
			}
		}
		if len(some) > 0 {
			var page ChangePage
			if err := v.appendChanges(ctx, &page, some); err != nil {
				return nil, err
			}
			for _, item := range page.Items {
				if item.What == Changed {
					out = append(out, item.ID)
				}
			}
		}
		if n < feedChunk || from.Revision > r {
			return out, nil
		}
	}
}
