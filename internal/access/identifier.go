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
// identifier:lookup and a purpose, else ErrForbidden, whatever the registry holds;
// one that nobody declared is sealed, and ErrBadRequest to those without.
func (v *View) ByIdentifier(ctx context.Context, kind model.Kind, scheme model.Scheme, value string) ([]*Entity, error) {
	sealed := v.a.proofOf(scheme).Sealed
	if !v.looksUp(sealed) {
		if err := v.checkScheme(kind, scheme); err != nil {
			return nil, err
		}
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
		if h.former && v.authorities == nil && v.rank < model.Protected.Rank() {
			continue // by the number of somebody's former identity nobody is found
		}
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

// looksUp tells whether the caller may ask by an identifier: by a sealed one with the
// scope, for a purpose, and where it is in the audit.
func (v *View) looksUp(sealed bool) bool {
	return !sealed || v.rights.Has(IdentifierLookup) && v.rights.Why() != "" && v.a.auditor != nil
}

// canonical is the value as its scheme's rule spells it, or as given when it
// fails the rule: failed values are kept, and can be looked for.
func (v *View) canonical(scheme model.Scheme, value string) string {
	id, _ := model.ParseIdentifier(scheme, value, model.DateOf(v.a.clock()))
	return id.Value
}

// holder is a live golden record that holds an identifier.
type holder struct {
	row        graph.Golden
	property   model.PropertyID
	identifier model.Identifier // as stored
	former     bool             // a person has another number of the scheme, which is in use
}

// holders follows an identifier through the matching index to live golden
// records, and compares the real values there: a key is only a hash. It says
// nothing of who may see them.
func (v *View) holders(ctx context.Context, kind model.Kind, scheme model.Scheme, value string) ([]holder, error) {
	if v.a.keyer == nil || value == "" {
		return nil, nil
	}
	keys, err := v.a.keyer.IdentifierKeys(kind, scheme, value, false)
	for err == nil {
		var found []holder
		if found, err = v.holdersUnder(ctx, kind, keys, scheme, value); err != nil {
			break
		}
		// The index may have been put under another key than was known. It is asked
		// whatever was found, so that it takes as long.
		var anew []uint64
		if anew, err = v.a.keyer.IdentifierKeys(kind, scheme, value, true); err == nil && slices.Equal(anew, keys) {
			return found, nil
		}
		keys = anew
	}
	return nil, fmt.Errorf("look up an identifier of scheme %s: %w", scheme, err)
}

func (v *View) holdersUnder(ctx context.Context, kind model.Kind, keys []uint64, scheme model.Scheme, value string) ([]holder, error) {
	ids, err := v.holding(ctx, kind, keys)
	if err != nil {
		return nil, err
	}
	parts := v.parts()
	if v.authorities != nil {
		parts |= graph.WithEvidence // siftHolders asks whose word it is
	}
	rows, err := v.a.store.Goldens(ctx, ids, parts)
	if err != nil {
		return nil, fmt.Errorf("read %d golden records: %w", len(ids), err)
	}
	return v.verify(ctx, rows, scheme, value)
}

// holding are the golden records of a kind that any of the keys, which are only
// hashes, may be of, in id order. Where there is none it is another's, who is looked
// at as closely: that a number is nobody's must take as long as that it is hidden.
func (v *View) holding(ctx context.Context, kind model.Kind, keys []uint64) ([]model.EntityID, error) {
	var ids []model.EntityID
	if t, ok := v.a.store.(*travelled); ok && len(keys) == 1 {
		if ids, ok = t.holders(kind, keys[0]); ok {
			return slices.SortedFunc(slices.Values(ids), model.EntityID.Compare), nil
		}
	}
	if len(keys) == 1 {
		return v.a.store.Holders(ctx, kind, keys[0])
	}
	for _, key := range keys { // while they are put under another hash key
		found, err := v.a.store.Holders(ctx, kind, key)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
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
	for i, h := range held {
		if h.val != nil {
			out = append(out, holder{rows[i], h.val.Property, h.val.Value.(model.Identifier), h.former})
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
		if held[i].val == nil {
			seen[i] = nil
		}
	}
	return nil
}

// heldValue is a value that is an identifier looked for, or nil, and whether it is
// a person's who has another number of the scheme, which is in use.
type heldValue struct {
	val    *model.GoldenValue
	former bool
}

// held is the first value of each of some lists that is the identifier.
func (v *View) held(ctx context.Context, all [][]model.GoldenValue, scheme model.Scheme, value string) ([]heldValue, error) {
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
	out := make([]heldValue, len(all))
	inUse := make([]string, len(all))
	identifiers(func(i int, val *model.GoldenValue, id model.Identifier) {
		have := numberOf(id, open)
		_, one := v.isNumber(id)
		if one && inUse[i] == "" {
			inUse[i] = have
		}
		if have == value && out[i].val == nil {
			out[i] = heldValue{val, one && inUse[i] != have}
		}
	})
	return out, nil
}
