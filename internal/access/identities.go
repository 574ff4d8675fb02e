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

// A person whose number was replaced by another of its scheme may have been given
// another identity to be safe (fingerade personuppgifter), and looks like anybody
// else. So whoever may not see protected persons is shown one number of a scheme
// of a person, the one in use, and nothing of what was said while it was another:
// what is in this file. What a caller does not see of numbers takes nothing else
// out of sight: the rule depends on nothing that is hidden. See ADR 31.

// identity is a person's numbers, one of each scheme.
type identity map[model.Scheme]string

// parted tells whether both have a number of a scheme, and not the same one.
func (n identity) parted(other identity) bool {
	return len(n.others(other)) > 0
}

// others are the schemes of which the two have different numbers.
func (n identity) others(than identity) (out []model.Scheme) {
	for scheme, number := range n {
		if have, ok := than[scheme]; ok && have != number {
			out = append(out, scheme)
		}
	}
	return out
}

// partsIdentities tells whether the caller sees persons' numbers, and may not see
// who is protected.
func (v *View) partsIdentities() bool {
	return v.rank >= model.Restricted.Rank() && v.rank < model.Protected.Rank()
}

// isNumber tells whether the identifier is one of which a person has one at a time.
func (v *View) isNumber(val model.Value) (model.Identifier, bool) {
	id, ok := val.(model.Identifier)
	if !ok || id.Status == model.IdentifierFailed {
		return id, false
	}
	proof := v.a.proofOf(id.Scheme)
	return id, proof.Sealed && proof.Exclusive != "" && proof.Identifies(model.Person)
}

// several tells whether a person has more than one number of a scheme.
func (v *View) several(g *model.Golden) bool {
	if g.Kind != model.Person {
		return false
	}
	for i := range g.Values {
		id, ok := g.Values[i].Value.(model.Identifier)
		if !ok || id.Status == model.IdentifierFailed {
			continue
		}
		for k := range i {
			before, ok := g.Values[k].Value.(model.Identifier)
			if !ok || before.Scheme != id.Scheme || before.Status == model.IdentifierFailed {
				continue
			}
			if _, ok := v.isNumber(id); ok { // asked last: few have two of a scheme
				return true
			}
		}
	}
	return false
}

// proveSeveral reads the evidence of those in sight that have more than one number
// of a scheme: it tells whose word is about which. A row that has changed meanwhile
// is seen as it is now, in a copy: the caller's is where a page goes on.
func (v *View) proveSeveral(ctx context.Context, rows []graph.Golden, all []*sighted) ([]graph.Golden, error) {
	var ids []model.EntityID
	var at []int
	for i, s := range all {
		if s != nil && s.entity != nil && !s.proved && v.several(&s.entity.Golden) {
			ids, at = append(ids, s.entity.ID), append(at, i)
		}
	}
	if len(ids) == 0 {
		return rows, nil
	}
	now, err := v.from().Goldens(ctx, ids, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return nil, fmt.Errorf("read the evidence of %d golden records: %w", len(ids), err)
	}
	rows = slices.Clone(rows)
	for k, i := range at {
		rows[i], all[i] = now[k], nil
		if row := &now[k]; row.State == graph.Live {
			s, err := v.decode(row)
			if err != nil {
				return nil, err
			}
			if v.admitsGolden(&s.entity.Golden) {
				all[i] = s
			}
		}
	}
	return rows, nil
}

// partIdentities takes out of what the caller sees of persons what would show an old
// and a new identity together.
func (v *View) partIdentities(ctx context.Context, rows []graph.Golden, all []*sighted) error {
	if !v.partsIdentities() {
		return nil
	}
	if err := v.keepOneNumber(ctx, all); err != nil || v.past == nil {
		return err
	}
	return v.forgetIdentities(ctx, rows, all)
}

// keepOneNumber leaves of persons that have several numbers of a scheme the one in
// use, which stands first, and takes out what only records of another number say.
func (v *View) keepOneNumber(ctx context.Context, all []*sighted) error {
	var some []*sighted
	for _, s := range all {
		if s != nil && s.proved && v.several(&s.entity.Golden) {
			some = append(some, s)
		}
	}
	if len(some) == 0 {
		return nil
	}
	open, err := v.openNumbers(ctx, some)
	if err != nil {
		return err
	}
	for _, s := range some {
		v.keepOne(s, open)
	}
	return nil
}

func (v *View) keepOne(s *sighted, open map[model.EntityID]Unsealed) {
	supporters := func(k int) []uint32 {
		if place := s.places[k]; place < len(s.evidence.Support) {
			return s.evidence.Support[place].Records
		}
		return nil
	}
	first := map[model.Scheme]int{}
	others := map[int]bool{}
	old := map[uint32]bool{} // records that say another number of a scheme than the first, and not the first
	for k := range s.entity.Values {
		id, ok := v.isNumber(s.entity.Values[k].Value)
		if !ok {
			continue
		}
		was, seen := first[id.Scheme]
		if !seen {
			first[id.Scheme] = k
			continue
		}
		if now, _ := v.isNumber(s.entity.Values[was].Value); numberOf(now, open) == numberOf(id, open) {
			continue
		}
		others[k] = true
		for _, r := range supporters(k) {
			old[r] = old[r] || !slices.Contains(supporters(was), r)
		}
	}
	isOld := func(records []uint32) bool {
		return len(records) > 0 && !slices.ContainsFunc(records, func(r uint32) bool { return !old[r] })
	}
	n := 0
	for k := range s.entity.Values {
		if others[k] || isOld(supporters(k)) {
			continue
		}
		s.entity.Values[n], s.places[n] = s.entity.Values[k], s.places[k]
		n++
	}
	clear(s.entity.Values[n:])
	s.entity.Values, s.places = s.entity.Values[:n], s.places[:n]
	s.evidence.Alternatives = slices.DeleteFunc(s.evidence.Alternatives, func(a model.Alternative) bool { return isOld(a.Records) })
}

func numberOf(id model.Identifier, open map[model.EntityID]Unsealed) string {
	if id.Seal.IsZero() {
		return id.Value
	}
	return open[id.Seal].Value
}

// openNumbers opens the numbers of persons in sight.
func (v *View) openNumbers(ctx context.Context, all []*sighted) (map[model.EntityID]Unsealed, error) {
	var refs []model.EntityID
	for _, s := range all {
		if s == nil {
			continue
		}
		for i := range s.entity.Values {
			if id, ok := v.isNumber(s.entity.Values[i].Value); ok && !id.Seal.IsZero() {
				refs = append(refs, id.Seal)
			}
		}
	}
	return v.a.unseal(ctx, refs)
}

// identities are the numbers of persons in sight, sealed yet, parallel to them.
func (v *View) identities(ctx context.Context, all []*sighted) ([]identity, error) {
	open, err := v.openNumbers(ctx, all)
	if err != nil {
		return nil, err
	}
	out := make([]identity, len(all))
	for i, s := range all {
		if s == nil || s.entity.Kind != model.Person {
			continue
		}
		out[i] = identity{}
		for k := range s.entity.Values {
			if id, ok := v.isNumber(s.entity.Values[k].Value); ok {
				if _, have := out[i][id.Scheme]; !have {
					out[i][id.Scheme] = numberOf(id, open)
				}
			}
		}
	}
	return out, nil
}

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
