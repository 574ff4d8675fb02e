package access

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// settle makes what records say comparable with golden values: links get the
// golden id that they resolve to and who may see it, as today; sealed values are
// opened, in memory, but for identifiers that the caller sees nothing of. The records
// are changed in place.
func (v *View) settle(ctx context.Context, records []*model.Record) error {
	var refs []model.EntityID
	for _, r := range records {
		for i := range r.Statements {
			st := &r.Statements[i]
			if id, ok := st.Value.(model.Identifier); ok && !v.shows(propertyOf(st.Property), id) {
				continue
			}
			if ref, ok := sealOf(st.Value); ok {
				refs = append(refs, ref)
			}
		}
	}
	open, err := v.a.unseal(ctx, refs)
	if err != nil {
		return err
	}
	var pointing []model.Reference
	for _, r := range records {
		for i := range r.Statements {
			st := &r.Statements[i]
			switch val := st.Value.(type) {
			case model.Identifier:
				if u, ok := open[val.Seal]; ok && !val.Seal.IsZero() {
					val.Value, st.Original = u.Value, u.Original
					st.Value = val
				}
			case model.Link:
				if u, ok := open[val.Ref.Seal]; ok && !val.Ref.Seal.IsZero() {
					val.Ref.Value, st.Original = u.Value, u.Original
					st.Value = val
				}
				pointing = append(pointing, val.Ref)
			}
		}
	}
	targets, err := v.targets(ctx, pointing)
	if err != nil {
		return err
	}
	for _, r := range records {
		for i := range r.Statements {
			if l, ok := r.Statements[i].Value.(model.Link); ok {
				t := targets[plainRef(l.Ref)]
				l.To, l.Disclosure = t.golden, t.class
				r.Statements[i].Value = l
			}
		}
	}
	return nil
}

// plainRef is the reference without its seal, which differs between records
// that refer to the same thing.
func plainRef(r model.Reference) model.Reference {
	r.Seal = model.EntityID{}
	return r
}

// targets are the live golden records that opened references resolve to. One
// that resolves to none, or to several, is not in the answer.
func (v *View) targets(ctx context.Context, refs []model.Reference) (map[model.Reference]standing, error) {
	to := map[model.Reference]model.EntityID{}
	var keys []model.RecordKey
	for _, ref := range refs {
		ref = plainRef(ref)
		if _, seen := to[ref]; seen {
			continue
		}
		to[ref] = model.EntityID{}
		if !ref.ByIdentifier() {
			keys = append(keys, ref.Key)
			continue
		}
		held, err := v.holders(ctx, ref.Kind, ref.Scheme, ref.Value)
		if err != nil {
			return nil, err
		}
		if len(held) == 1 {
			to[ref] = held[0].row.ID
		}
	}
	byKey := make(map[model.RecordKey]model.EntityID, len(keys))
	if len(keys) > 0 {
		heads, err := v.a.store.Heads(ctx, keys)
		if err != nil {
			return nil, fmt.Errorf("read the heads of %d records referred to: %w", len(keys), err)
		}
		for i, h := range heads {
			if h.Live {
				byKey[keys[i]] = h.Golden
			}
		}
	}
	ids := make([]model.EntityID, 0, len(to))
	for ref, id := range to {
		if id.IsZero() && !ref.ByIdentifier() {
			id = byKey[ref.Key]
			to[ref] = id
		}
		ids = append(ids, id)
	}
	standings, err := v.standings(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[model.Reference]standing, len(to))
	for ref, id := range to {
		if s, ok := standings[id]; ok && s.state == graph.Live {
			out[ref] = s
		}
	}
	return out, nil
}

// same tells whether a settled statement says what a golden value says. Seals
// differ by record, so it is the opened values that are compared.
func same(said, golden model.Value, open map[model.EntityID]Unsealed) bool {
	switch golden := golden.(type) {
	case model.Identifier:
		id, ok := said.(model.Identifier)
		value := golden.Value
		if !golden.Seal.IsZero() {
			value = open[golden.Seal].Value
		}
		return ok && id.Scheme == golden.Scheme && id.Value == value
	case model.Link:
		l, ok := said.(model.Link)
		if !ok || l.Role != golden.Role || l.Note != golden.Note {
			return false
		}
		if golden.To.IsZero() {
			return l.To.IsZero() && l.Ref.Key == golden.Ref.Key && l.Ref.Scheme == golden.Ref.Scheme
		}
		return l.To == golden.To
	}
	return said == golden
}
