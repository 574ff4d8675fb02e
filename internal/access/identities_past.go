package access

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
)

// ofToday is the View of the present. It looks at rows of the past by the class that
// they had then.
func (v *View) ofToday() *View {
	today := *v
	today.past, today.then = nil, nil
	return &today
}

// identitiesToday are the numbers that the caller sees of what ids stand for; of
// what has ended, those that it had last.
func (v *View) identitiesToday(ctx context.Context, ids []model.EntityID) (map[model.EntityID]identity, error) {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, model.EntityID.Compare)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil, nil
	}
	today := v.ofToday()
	rows, err := v.a.follow(ctx, ids, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return nil, err
	}
	var ended []model.EntityID
	for i := range rows {
		if rows[i].State == graph.Ended {
			ended = append(ended, rows[i].ID)
		}
	}
	last, err := v.lastLives(ctx, ended)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if row, ok := last[rows[i].ID]; ok && rows[i].State == graph.Ended {
			rows[i] = row
		}
	}
	seen, err := today.glimpse(ctx, rows)
	if err != nil {
		return nil, err
	}
	numbers, err := today.identities(ctx, seen)
	if err != nil {
		return nil, err
	}
	out := make(map[model.EntityID]identity, len(ids))
	for i, id := range ids {
		out[id] = numbers[i]
	}
	return out, nil
}

// lastLives are the last live rows that ids had; an id that had none is not in the
// answer.
func (v *View) lastLives(ctx context.Context, ids []model.EntityID) (map[model.EntityID]graph.Golden, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	histories, err := v.a.store.GoldenHistories(ctx, ids, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return nil, fmt.Errorf("read the histories of %d golden records: %w", len(ids), err)
	}
	out := make(map[model.EntityID]graph.Golden, len(ids))
	for i, versions := range histories {
		for _, row := range versions {
			if row.State == graph.Live {
				out[ids[i]] = row
			}
		}
	}
	return out, nil
}

// forgetIdentities takes out of sight what persons were in the past under another
// number than the one that the caller sees today, of them or of anybody who has a
// record that was part of it. A version without a number counts as that before it.
func (v *View) forgetIdentities(ctx context.Context, rows []graph.Golden, all []*sighted) error {
	var some []*sighted
	var at []int
	var ids []model.EntityID
	for i, s := range all {
		if s != nil && s.entity.Kind == model.Person {
			some, at, ids = append(some, s), append(at, i), append(ids, s.now...)
		}
	}
	if len(some) == 0 {
		return nil
	}
	today, err := v.identitiesToday(ctx, ids)
	if err != nil {
		return err
	}
	then, err := v.identities(ctx, some)
	if err != nil {
		return err
	}
	if err := v.lastSaid(ctx, rows, at, some, then, today); err != nil {
		return err
	}
	for k, s := range some {
		if slices.ContainsFunc(s.now, func(id model.EntityID) bool { return then[k].parted(today[id]) }) {
			all[at[k]] = nil
		}
	}
	return nil
}

// lastSaid fills in, where somebody has a number today and a version has none, the
// number that was seen last before it, or if none was, first after it.
func (v *View) lastSaid(ctx context.Context, rows []graph.Golden, at []int, some []*sighted, then []identity, today map[model.EntityID]identity) error {
	var ids []model.EntityID
	var lacking []int
	for k, s := range some {
		lacks := slices.ContainsFunc(s.now, func(id model.EntityID) bool {
			for scheme := range today[id] {
				if _, have := then[k][scheme]; !have {
					return true
				}
			}
			return false
		})
		if lacks {
			lacking, ids = append(lacking, k), append(ids, rows[at[k]].ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	histories, err := v.a.store.GoldenHistories(ctx, ids, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return fmt.Errorf("read the histories of %d golden records: %w", len(ids), err)
	}
	var others []graph.Golden // the nearest before first, and then the nearest after
	var of []int
	for i, versions := range histories {
		first := slices.IndexFunc(versions, func(row graph.Golden) bool { return row.Revision >= rows[at[lacking[i]]].Revision })
		if first < 0 {
			first = len(versions)
		}
		for k := first - 1; k >= 0; k-- {
			others, of = append(others, versions[k]), append(of, lacking[i])
		}
		for k := first; k < len(versions); k++ {
			others, of = append(others, versions[k]), append(of, lacking[i])
		}
	}
	seen, err := v.ofToday().glimpse(ctx, others)
	if err != nil {
		return err
	}
	numbers, err := v.identities(ctx, seen)
	if err != nil {
		return err
	}
	for i := range numbers {
		for scheme, number := range numbers[i] {
			if _, have := then[of[i]][scheme]; !have {
				then[of[i]][scheme] = number
			}
		}
	}
	return nil
}

// partedFrom tells of ids that lead to rows of other ids whether they stood for
// somebody of another number last. It is parallel to ids.
func (v *View) partedFrom(ctx context.Context, ids []model.EntityID, rows []graph.Golden) ([]bool, error) {
	out := make([]bool, len(ids))
	if !v.partsIdentities() {
		return out, nil
	}
	var from, to []model.EntityID
	var at []int
	for i := range rows {
		if rows[i].Kind == model.Person && rows[i].State != graph.Absent && rows[i].ID != ids[i] {
			at, from, to = append(at, i), append(from, ids[i]), append(to, rows[i].ID)
		}
	}
	if len(at) == 0 {
		return out, nil
	}
	last, err := v.lastLives(ctx, from)
	if err != nil {
		return nil, err
	}
	was := make([]graph.Golden, len(at))
	for k := range at {
		was[k] = last[from[k]]
	}
	seen, err := v.ofToday().glimpse(ctx, was)
	if err != nil {
		return nil, err
	}
	before, err := v.identities(ctx, seen)
	if err != nil {
		return nil, err
	}
	now, err := v.identitiesToday(ctx, to)
	if err != nil {
		return nil, err
	}
	for k, i := range at {
		out[i] = before[k].parted(now[to[k]])
	}
	return out, nil
}

// saidIdentity are the numbers that the caller sees of what a settled record says:
// of a scheme that which is known, else the one in use.
func (v *View) saidIdentity(class model.Disclosure, key model.RecordKey, r *model.Record, known identity) identity {
	out, best := identity{}, map[model.Scheme]int{}
	if r == nil || key.Kind != model.Person {
		return out
	}
	for i := range r.Statements {
		st := &r.Statements[i]
		id, ok := v.isNumber(st.Value)
		if !ok || !v.showsSaid(class, key.Source, propertyOf(st.Property), st.Value) {
			continue
		}
		use := 1 // known, in use, ended, replaced
		if known[id.Scheme] != id.Value {
			use++
			if !st.Period.To.IsZero() {
				use++
			}
			if id.Status == model.IdentifierReplaced {
				use += 2
			}
		}
		if was := best[id.Scheme]; was == 0 || use < was {
			out[id.Scheme], best[id.Scheme] = id.Value, use
		}
	}
	return out
}

// lastIdentity are the numbers that the caller sees a record to have said last, each of
// its scheme.
func (v *View) lastIdentity(class model.Disclosure, t *told) identity {
	out := identity{}
	for k := len(t.settled) - 1; k >= 0; k-- {
		for scheme, number := range v.saidIdentity(class, t.head.Key, t.settled[k].record, nil) {
			if _, have := out[scheme]; !have {
				out[scheme] = number
			}
		}
	}
	return out
}

// cut is where the versions of a record begin that say what they say of the person
// under today's numbers. Of those, other numbers are no statements of any property:
// the places of the rest are as they were.
func (v *View) cut(class model.Disclosure, key model.RecordKey, versions []*model.Record, today identity) int {
	known := maps.Clone(today)
	if known == nil {
		known = identity{}
	}
	since := map[model.Scheme]int{} // the first version that is known to say the number of a scheme
	for k := len(versions) - 1; k >= 0; k-- {
		said := v.saidIdentity(class, key, versions[k], known)
		if others := said.others(known); len(others) > 0 {
			// What came after it without a number is about the same as it.
			from := 0
			for _, scheme := range others {
				first, ok := since[scheme]
				if !ok {
					first = len(versions)
				}
				from = max(from, first)
			}
			return from
		}
		for scheme := range said {
			since[scheme] = k
		}
		maps.Copy(known, said)
		for i := range statementsOf(versions[k]) {
			st := &versions[k].Statements[i]
			if id, ok := v.isNumber(st.Value); ok && said[id.Scheme] != "" && id.Value != said[id.Scheme] {
				*st = model.Statement{}
			}
		}
	}
	return 0
}

// forgetSaid cuts what records have said, settled, to what they said of a person
// under today's number. Records of another number are left out.
func (v *View) forgetSaid(ctx context.Context, class model.Disclosure, all []told) ([]told, error) {
	if !v.partsIdentities() {
		return all, nil
	}
	var ids []model.EntityID
	for i := range all {
		if all[i].head.Key.Kind == model.Person {
			ids = append(ids, all[i].head.Golden)
		}
	}
	today, err := v.identitiesToday(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, t := range all {
		if t.head.Key.Kind == model.Person {
			said := make([]*model.Record, len(t.settled))
			for k := range t.settled {
				said[k] = t.settled[k].record
			}
			t.settled = t.settled[v.cut(class, t.head.Key, said, today[t.head.Golden]):]
		}
		if len(t.settled) > 0 {
			out = append(out, t)
		}
	}
	return out, nil
}

// forgetHeld is forgetSaid of what is held about somebody.
func (v *View) forgetHeld(ctx context.Context, class model.Disclosure, held *subject.Held) error {
	if !v.partsIdentities() || held.Kind != model.Person {
		return nil
	}
	today, err := v.identitiesToday(ctx, []model.EntityID{held.ID})
	if err != nil {
		return err
	}
	out := held.Records[:0]
	kept, gone := map[model.RecordKey]bool{}, map[model.RecordKey]bool{}
	for _, rec := range held.Records {
		said := make([]*model.Record, len(rec.Versions))
		for k := range rec.Versions {
			said[k] = rec.Versions[k].Record
		}
		rec.Versions = rec.Versions[v.cut(class, rec.Head.Key, said, today[held.ID]):]
		for k := range rec.Versions {
			if r := rec.Versions[k].Record; r != nil {
				r.Statements = slices.DeleteFunc(r.Statements, func(st model.Statement) bool { return st.Property == 0 })
			}
		}
		if len(rec.Versions) > 0 {
			out, kept[rec.Head.Key] = append(out, rec), true
		} else {
			gone[rec.Head.Key] = true
		}
	}
	held.Records = out
	// What refers to the other identity, and not to this one, goes with it.
	now := today[held.ID]
	isOthers := func(said subject.Version) bool {
		others, own := false, false
		for _, st := range statementsOf(said.Record) {
			l, ok := st.Value.(model.Link)
			if !ok {
				continue
			}
			number, numbered := now[l.Ref.Scheme]
			numbered = numbered && l.Ref.ByIdentifier()
			others = others || gone[l.Ref.Key] || numbered && l.Ref.Value != number
			own = own || kept[l.Ref.Key] || numbered && l.Ref.Value == number
		}
		return others && !own
	}
	for i := range held.Roles {
		held.Roles[i].Versions = slices.DeleteFunc(held.Roles[i].Versions, isOthers)
	}
	held.Roles = slices.DeleteFunc(held.Roles, func(r subject.Record) bool { return len(r.Versions) == 0 })
	held.Mentions = slices.DeleteFunc(held.Mentions, isOthers)
	return nil
}

func statementsOf(r *model.Record) []model.Statement {
	if r == nil {
		return nil
	}
	return r.Statements
}
