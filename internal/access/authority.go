package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// own fills in what the caller's authorities have a part in of each of the rows in
// sight: secrecy holds between the boards of one municipality (privacy.md 8). A
// row's document says of which sources it is. Where it does not, the evidence is
// read; what has changed meanwhile is then seen as it is now.
func (v *View) own(ctx context.Context, rows []graph.Golden, all []*sighted) error {
	var untold []int
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
			s.own = part
		case v.asksWhose(s.class, &s.entity.Golden):
			untold = append(untold, i)
		default:
			s.own.Some = true
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
