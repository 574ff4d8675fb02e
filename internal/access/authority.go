package access

import (
	"context"
	"slices"

	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// ownRecords tells which of the records that support what is in sight come from
// a source of the caller's authorities. Secrecy holds between the boards of one
// municipality (privacy.md 8).
func (v *View) ownRecords(ctx context.Context, all []*sighted) (map[model.EntityID]bool, error) {
	var members []model.EntityID
	for _, s := range all {
		if s.entity != nil {
			members = append(members, s.evidence.Members...)
		}
	}
	own := make(map[model.EntityID]bool, len(members))
	heads, err := v.a.heads(ctx, members)
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		own[h.ID] = !h.ID.IsZero() && v.own(h.Key.Source)
	}
	return own, nil
}

// own tells whether the source is of one of the caller's authorities.
func (v *View) own(source model.Source) bool {
	return v.authorities == nil || v.authorities[v.a.source(source).Authority]
}

// ownGolden tells whether the caller's authorities have a part in a record that
// is restricted as a whole; anything wider needs none.
func (v *View) ownGolden(s *sighted, own map[model.EntityID]bool) bool {
	if s.entity.Disclosure.Rank() < model.Restricted.Rank() {
		return true
	}
	for _, id := range s.evidence.Members {
		if own[id] {
			return true
		}
	}
	return false
}

// ownValues tells of each value, by its place, whether it is wider than
// restricted or supported by the caller's authorities.
func (v *View) ownValues(s *sighted, own map[model.EntityID]bool) func(int) bool {
	return func(i int) bool {
		val := &s.entity.Values[i]
		if v.class(propertyOf(val.Property), val.Value).Stricter(s.entity.Disclosure).Rank() < model.Restricted.Rank() {
			return true
		}
		if i >= len(s.evidence.Support) {
			return false
		}
		for _, r := range s.evidence.Support[i].Records {
			if own[s.evidence.Members[r]] {
				return true
			}
		}
		return false
	}
}

// admitsHeld tells whether the caller may see whom it is held of, whose golden
// record is no more and was last of a class: of a person whose records have ever
// said that they are protected, only who may see protected persons, and what was
// restricted as a whole only who is of an authority that had a part in it.
func (v *View) admitsHeld(class model.Disclosure, held *subject.Held) bool {
	if v.authorities != nil && class.Rank() >= model.Restricted.Rank() &&
		!slices.ContainsFunc(held.Records, func(r subject.Record) bool { return v.own(r.Head.Key.Source) }) {
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
