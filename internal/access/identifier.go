package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// ByIdentifier finds the things of a kind that hold an identifier, in id order:
// none when there is none that the caller may see. The value may be spelt in
// any way that its scheme's rule accepts. A sealed scheme needs the scope
// identifier:lookup and a purpose, else ErrForbidden, whatever the registry holds.
func (v *View) ByIdentifier(ctx context.Context, kind model.Kind, scheme model.Scheme, value string) ([]*Entity, error) {
	sealed := v.a.proofOf(scheme).Sealed
	if sealed && (!v.rights.Has(IdentifierLookup) || v.rights.Why() == "" || v.a.auditor == nil) {
		return nil, ErrForbidden
	}
	if _, err := v.present(); err != nil {
		return nil, err
	}
	if !v.admits(kind, model.Open) {
		if sealed {
			return nil, v.tellLookup(ctx, scheme, nil)
		}
		return nil, nil
	}
	rows, err := v.holders(ctx, kind, scheme, v.canonical(scheme, value))
	if err != nil {
		return nil, err
	}
	// Whether the caller may know that the thing holds the identifier is asked
	// of the value as it is stored, before redaction masks it.
	may := make([]graph.Golden, 0, len(rows))
	for _, h := range rows {
		if hidden := v.sealed(h.identifier); hidden && v.rights.Has(IdentifierLookup) ||
			!hidden && v.shows(propertyOf(h.property), h.identifier) {
			may = append(may, h.row)
		}
	}
	seen, err := v.judge(ctx, may)
	if err != nil {
		return nil, err
	}
	if v.authorities != nil {
		// A find by another board's number would tell that it is theirs.
		if err := v.siftHolders(ctx, seen, scheme, v.canonical(scheme, value)); err != nil {
			return nil, err
		}
	}
	if err := v.note(ctx, seen); err != nil {
		return nil, err
	}
	var out []*Entity
	var found []model.EntityID
	for _, s := range seen {
		if s != nil {
			out, found = append(out, s.entity), append(found, s.entity.ID)
		}
	}
	if sealed {
		return out, v.tellLookup(ctx, scheme, found)
	}
	return out, nil
}

// canonical is the value as its scheme's rule spells it, or as given when it
// fails the rule: failed values are kept, and can be looked for.
func (v *View) canonical(scheme model.Scheme, value string) string {
	id, _ := model.ParseIdentifier(scheme, value, model.DateOf(v.a.clock()))
	return id.Value
}

// maxHolders bounds how many records one identifier is followed to.
const maxHolders = 1000

// holder is a live golden record that holds an identifier.
type holder struct {
	row        graph.Golden
	property   model.PropertyID
	identifier model.Identifier // as stored
}

// holders follows an identifier through the matching index to live golden
// records, and compares the real values there: a key is only a hash. It says
// nothing of who may see them.
func (v *View) holders(ctx context.Context, kind model.Kind, scheme model.Scheme, value string) ([]holder, error) {
	if v.a.keyer == nil || value == "" {
		return nil, nil
	}
	ids, err := v.holding(ctx, kind, v.a.keyer.IdentifierKey(kind, scheme, value))
	if err != nil {
		return nil, fmt.Errorf("look up an identifier of scheme %s: %w", scheme, err)
	}
	rows, err := v.a.store.Goldens(ctx, ids, v.partsThen())
	if err != nil {
		return nil, fmt.Errorf("read %d golden records: %w", len(ids), err)
	}
	return v.verify(ctx, rows, scheme, value)
}

// holding are the golden records of a kind with a live record under a key, in id
// order.
func (v *View) holding(ctx context.Context, kind model.Kind, key uint64) ([]model.EntityID, error) {
	var ids []model.EntityID
	if t, ok := v.a.store.(*travelled); ok {
		if ids, ok = t.holders(kind, key); ok {
			return slices.SortedFunc(slices.Values(ids), model.EntityID.Compare), nil
		}
	}
	var records []model.EntityID
	for k, err := range v.a.store.MatchKeys(ctx, []uint64{key}) {
		if err != nil {
			return nil, err
		}
		if records = append(records, k.Record); len(records) == maxHolders {
			break
		}
	}
	if len(records) == 0 {
		return nil, nil
	}
	heads, err := v.a.heads(ctx, records)
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		if h.Live && h.Key.Kind == kind {
			ids = append(ids, h.Golden)
		}
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	return slices.Compact(ids), nil
}

// verify keeps the rows whose golden record really holds the identifier.
func (v *View) verify(ctx context.Context, rows []graph.Golden, scheme model.Scheme, value string) ([]holder, error) {
	all := make([][]model.GoldenValue, len(rows))
	for i := range rows {
		if rows[i].State != graph.Live {
			continue
		}
		s, err := v.decode(&rows[i])
		if err != nil {
			return nil, err
		}
		all[i] = s.entity.Values
	}
	held, err := v.held(ctx, all, scheme, value)
	if err != nil {
		return nil, err
	}
	var out []holder
	for i, val := range held {
		if val != nil {
			out = append(out, holder{rows[i], val.Property, val.Value.(model.Identifier)})
		}
	}
	return out, nil
}

// siftHolders takes out what is not seen to hold the identifier.
func (v *View) siftHolders(ctx context.Context, seen []*sighted, scheme model.Scheme, value string) error {
	all := make([][]model.GoldenValue, len(seen))
	for i, s := range seen {
		if s != nil {
			all[i] = s.stored
		}
	}
	held, err := v.held(ctx, all, scheme, value)
	if err != nil {
		return err
	}
	for i := range seen {
		if held[i] == nil {
			seen[i] = nil
		}
	}
	return nil
}

// held is the first value of each of some lists that is the identifier, or nil.
func (v *View) held(ctx context.Context, all [][]model.GoldenValue, scheme model.Scheme, value string) ([]*model.GoldenValue, error) {
	var refs []model.EntityID
	identifiers := func(f func(i int, val *model.GoldenValue, id model.Identifier)) {
		for i := range all {
			for k := range all[i] {
				if id, ok := all[i][k].Value.(model.Identifier); ok && id.Scheme == scheme {
					f(i, &all[i][k], id)
				}
			}
		}
	}
	identifiers(func(_ int, _ *model.GoldenValue, id model.Identifier) {
		if !id.Seal.IsZero() {
			refs = append(refs, id.Seal)
		}
	})
	open, err := v.a.unseal(ctx, refs)
	if err != nil {
		return nil, err
	}
	out := make([]*model.GoldenValue, len(all))
	identifiers(func(i int, val *model.GoldenValue, id model.Identifier) {
		have := id.Value
		if !id.Seal.IsZero() {
			have = open[id.Seal].Value
		}
		if have == value && out[i] == nil {
			out[i] = val
		}
	})
	return out, nil
}
