package access

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// own fills in what the caller's authorities have a part in of each of the rows in
// sight: secrecy holds between the boards of one municipality (privacy.md 8). What
// sources say otherwise than others is then what those of the caller's say, as if
// they were alone. A row's document says of which sources it is. Where it does not,
// the evidence is read; what has changed meanwhile is then seen as it is now.
func (v *View) own(ctx context.Context, rows []graph.Golden, all []*sighted) error {
	var untold []int
	var heard []*sighted
	for i, s := range all {
		if s == nil || s.entity == nil {
			continue
		}
		part, told, err := document.PartOf(rows[i].Values, func(source []byte) bool {
			return v.authorities[v.a.sources[model.Source(source)].Authority] // v.owns, without a copy of the name
		})
		switch {
		case err != nil:
			return fmt.Errorf("read of which sources golden record %s is: %w", rows[i].ID, err)
		case told:
			if s.own = part; part.Disputed {
				if err := v.hear(s, rows[i].Values); err != nil {
					return err
				}
				heard = append(heard, s)
			}
		case v.asksWhose(s.class, &s.entity.Golden):
			untold = append(untold, i)
		default:
			s.own.Some = true
		}
	}
	if v.past != nil && len(heard) > 0 {
		if err := v.narrowHeard(ctx, heard); err != nil {
			return err
		}
	}
	if len(untold) == 0 {
		return nil
	}
	if err := v.prove(ctx, all, untold); err != nil {
		return err
	}
	var members []model.EntityID
	for _, i := range untold {
		if all[i] != nil {
			members = append(members, all[i].evidence.Members...)
		}
	}
	heads, err := v.a.heads(ctx, members)
	if err != nil {
		return err
	}
	own := make(map[model.EntityID]bool, len(members))
	for _, h := range heads {
		own[h.ID] = !h.ID.IsZero() && v.owns(h.Key.Source)
	}
	for _, i := range untold {
		if s := all[i]; s != nil {
			s.own = partOf(&s.evidence, len(s.entity.Values), own)
		}
	}
	return nil
}

// hear puts what survives of the words of the caller's own sources in the place of
// what survives of everybody's, where that differs. doc is the row's document.
func (v *View) hear(s *sighted, doc []byte) error {
	t, err := document.DecodeTestimony(doc)
	if err != nil || t == nil {
		return err
	}
	var g model.Golden
	var e model.Evidence
	if v.a.hearer != nil {
		g, e = v.a.hearer.Hear(t, s.entity.Kind, v.owns)
	}
	said, but := s.entity.Values, s.own.But
	values := make([]model.GoldenValue, 0, len(said)+len(g.Values))
	s.own.But = nil
	var support []model.Support
	add := func(val model.GoldenValue, by model.Support, ours bool) {
		if !ours {
			s.own.But = append(s.own.But, len(values))
		}
		values, support = append(values, val), append(support, by)
	}
	next := 0
	addHeard := func(before model.PropertyID) {
		for ; next < len(g.Values) && g.Values[next].Property < before; next++ {
			ours := slices.ContainsFunc(e.Support[next].Records, func(r uint32) bool { return v.owns(t.Witnesses[r].Source) })
			add(g.Values[next], e.Support[next], ours)
		}
	}
	for i := range said {
		ours := true
		if len(but) > 0 && but[0] == i {
			ours, but = false, but[1:]
		}
		if t.Has(said[i].Property) {
			continue
		}
		addHeard(said[i].Property)
		var by model.Support
		if i < len(s.evidence.Support) {
			by = s.evidence.Support[i]
		}
		add(said[i], by, ours)
	}
	addHeard(math.MaxUint16)
	s.entity.Values = values
	if t.Whole && s.entity.Kind != model.Person {
		s.entity.Period = g.Period
	}
	if s.proved {
		lost := slices.DeleteFunc(s.evidence.Alternatives, func(a model.Alternative) bool { return t.Has(a.Property) })
		s.evidence.Support, s.evidence.Alternatives = support, append(lost, e.Alternatives...)
	}
	return nil
}

// prove reads the evidence of some of what is in sight, where that was not done.
func (v *View) prove(ctx context.Context, all []*sighted, some []int) error {
	var ids []model.EntityID
	var at []int
	for _, i := range some {
		if !all[i].proved {
			ids, at = append(ids, all[i].entity.ID), append(at, i)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := v.from().Goldens(ctx, ids, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return fmt.Errorf("read the evidence of %d golden records: %w", len(ids), err)
	}
	for k, i := range at {
		all[i] = nil
		if row := &rows[k]; row.State == graph.Live {
			s, err := v.decode(row)
			if err != nil {
				return err
			}
			if v.admitsGolden(&s.entity.Golden) {
				all[i] = s
			}
		}
	}
	return nil
}

// partOf is what some members of the evidence have a part in, of so many values.
func partOf(e *model.Evidence, values int, own map[model.EntityID]bool) (part document.Part) {
	for _, id := range e.Members {
		part.Some = part.Some || own[id]
	}
	for i := range values {
		if i >= len(e.Support) || !slices.ContainsFunc(e.Support[i].Records, func(r uint32) bool { return own[e.Members[r]] }) {
			part.But = append(part.But, i)
		}
	}
	return part
}

// owns tells whether the source is of one of the caller's authorities.
func (v *View) owns(source model.Source) bool {
	return v.authorities == nil || v.authorities[v.a.sources[source].Authority]
}

// asksWhose tells whether anything that the caller would see is restricted, so that
// it matters whose it is.
func (v *View) asksWhose(class model.Disclosure, g *model.Golden) bool {
	if class.Rank() >= model.Restricted.Rank() {
		return true
	}
	for i := range g.Values {
		rank := v.class(propertyOf(g.Values[i].Property), g.Values[i].Value).Rank()
		if rank >= model.Restricted.Rank() && rank <= v.rank {
			return true
		}
	}
	return false
}

// admitsHeld tells whether the caller may see whom it is held of, whose golden
// record is no more and was last of a class: of a person whose records have ever
// said that they are protected, only who may see protected persons, and what was
// restricted as a whole only who is of an authority that had a part in it.
func (v *View) admitsHeld(class model.Disclosure, held *subject.Held) bool {
	if v.authorities != nil && class.Rank() >= model.Restricted.Rank() &&
		!slices.ContainsFunc(held.Records, func(r subject.Record) bool { return v.owns(r.Head.Key.Source) }) {
		return false
	}
	if v.rank >= model.Protected.Rank() {
		return true
	}
	for i := range held.Records {
		rec := held.Records[i].Says()
		if rec == nil {
			continue
		}
		for _, st := range rec.Statements {
			if c, ok := st.Value.(model.Code); ok && st.Property == ontology.PersonProtection && model.ParseProtection(c.Notation).IsProtected() {
				return false
			}
		}
	}
	return true
}
