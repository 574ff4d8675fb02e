package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// A person whose number was replaced by another of its scheme may have been given
// another identity to be safe (fingerade personuppgifter), and looks like anybody
// else. So whoever may not see protected persons is shown one number of a scheme
// of a person, the one in use, and nothing of what was said while it was another:
// what is in this file and the next. What a caller does not see of numbers takes nothing else
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
