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
	var places []int
	for _, h := range rows {
		if h.former && v.authorities == nil && v.rank < model.Protected.Rank() {
			continue // by the number of somebody's former identity nobody is found
		}
		if hidden := v.sealed(h.identifier); hidden && v.rights.Has(IdentifierLookup) ||
			!hidden && v.shows(propertyOf(h.property), h.identifier) {
			may, places = append(may, h.row), append(places, h.place)
		}
	}
	seen, err := v.sight(ctx, may)
	if err != nil {
		return nil, err
	}
	var out []*Entity
	var found []model.EntityID
	for i, s := range seen {
		// A find by another board's number would tell that it is theirs.
		if s != nil && (v.authorities == nil || slices.Contains(s.places, places[i])) {
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

// holder is a live golden record that holds an identifier.
type holder struct {
	row        graph.Golden
	place      int // of the value among the golden record's
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
	rows, err := v.a.store.Goldens(ctx, ids, v.partsThen())
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
	var candidates []holder
	var refs []model.EntityID
	for i := range rows {
		if rows[i].State != graph.Live {
			continue
		}
		s, err := v.decode(&rows[i])
		if err != nil {
			return nil, err
		}
		for place, val := range s.entity.Values {
			id, ok := val.Value.(model.Identifier)
			if !ok || id.Scheme != scheme {
				continue
			}
			candidates = append(candidates, holder{row: rows[i], place: place, property: val.Property, identifier: id})
			if !id.Seal.IsZero() {
				refs = append(refs, id.Seal)
			}
		}
	}
	open, err := v.a.unseal(ctx, refs)
	if err != nil {
		return nil, err
	}
	var out []holder
	inUse := map[model.EntityID]string{}
	for _, c := range candidates {
		have := numberOf(c.identifier, open)
		if _, ok := v.isNumber(c.identifier); ok {
			first, known := inUse[c.row.ID]
			if !known {
				first, inUse[c.row.ID] = have, have
			}
			c.former = first != have
		}
		if have != value || len(out) > 0 && out[len(out)-1].row.ID == c.row.ID {
			continue
		}
		out = append(out, c)
	}
	return out, nil
}
