package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// sealable is what is encrypted of one value: its scheme, canonical value and
// the text as delivered.
type sealable struct {
	scheme          model.Scheme
	value, original string
}

// mustSeal tells whether a value may not lie in a document: its scheme is
// sealed, or it is a personal number under another scheme (a sole trader's
// organisationsnummer, a number in the wrong field).
func (r *Registry) mustSeal(scheme model.Scheme, value string) bool {
	return r.policy.ProofOf(scheme).Sealed || model.LooksPersonal(value)
}

// storedLocalID is a local id as it may be stored: a part of it that is a
// personal number is replaced by its keyed hash (privacy.md 6).
func (r *Registry) storedLocalID(source model.Source, id string) string {
	if model.LooksPersonal(id) {
		return r.keys.LocalID(string(source), id)
	}
	if !strings.ContainsAny(id, "/:") {
		return id
	}
	parts := strings.FieldsFunc(id, func(c rune) bool { return c == '/' || c == ':' })
	for _, p := range parts {
		if model.LooksPersonal(p) {
			id = strings.ReplaceAll(id, p, r.keys.LocalID(string(source), p))
		}
	}
	return id
}

// sealRecord gives every sealed value of rec its reference, taking over those
// of the record's earlier version where the value is the same, and returns what
// is newly sealed. The values stay in memory beside their references; the
// document codec writes only the reference.
func (r *Registry) sealRecord(rec, earlier *model.Record) ([]graph.Sealed, error) {
	var fresh []graph.Sealed
	var had map[sealable]model.EntityID
	ref := func(s sealable) (model.EntityID, error) {
		if had == nil {
			had = sealedIn(earlier)
		}
		if id, ok := had[s]; ok {
			return id, nil
		}
		row, err := r.seal(s)
		if err != nil {
			return model.EntityID{}, err
		}
		had[s] = row.Ref
		fresh = append(fresh, row)
		return row.Ref, nil
	}
	for i := range rec.Statements {
		st := &rec.Statements[i]
		switch v := st.Value.(type) {
		case model.Identifier:
			if !r.mustSeal(v.Scheme, v.Value) && !model.LooksPersonal(st.Original) {
				continue
			}
			id, err := ref(sealable{v.Scheme, v.Value, st.Original})
			if err != nil {
				return nil, err
			}
			v.Seal = id
			st.Value = v
		case model.Link:
			if !v.Ref.ByIdentifier() || !r.mustSeal(v.Ref.Scheme, v.Ref.Value) {
				continue
			}
			id, err := ref(sealable{v.Ref.Scheme, v.Ref.Value, st.Original})
			if err != nil {
				return nil, err
			}
			v.Ref.Seal = id
			st.Value = v
		}
	}
	return fresh, nil
}

func sealedIn(rec *model.Record) map[sealable]model.EntityID {
	had := map[sealable]model.EntityID{}
	if rec == nil {
		return had
	}
	for _, st := range rec.Statements {
		switch v := st.Value.(type) {
		case model.Identifier:
			if !v.Seal.IsZero() {
				had[sealable{v.Scheme, v.Value, st.Original}] = v.Seal
			}
		case model.Link:
			if !v.Ref.Seal.IsZero() {
				had[sealable{v.Ref.Scheme, v.Ref.Value, st.Original}] = v.Ref.Seal
			}
		}
	}
	return had
}

const sealSeparator = "\x00"

func (r *Registry) seal(s sealable) (graph.Sealed, error) {
	id := r.newID()
	plain := make([]byte, 0, 64)
	plain = append(plain, s.scheme...)
	plain = append(plain, sealSeparator...)
	plain = append(plain, s.value...)
	plain = append(plain, sealSeparator...)
	plain = append(plain, s.original...)
	keyID, data, err := r.keys.Seal([16]byte(id), plain)
	if err != nil {
		return graph.Sealed{}, err
	}
	return graph.Sealed{
		Ref: id, Hash: r.keys.HashStrings(seal.DomainSealed, string(s.scheme), s.value), KeyID: keyID, Data: data,
	}, nil
}

// Unseal opens sealed values by reference: for the registry's own use-cases and
// for access, which decides who may be shown them. A reference that leads nowhere is
// missing from the answer.
func (r *Registry) Unseal(ctx context.Context, refs []model.EntityID) (map[model.EntityID]access.Unsealed, error) {
	return r.unseal(ctx, r.store, refs)
}

// UnsealFrom is Unseal of what a reader gives.
func (r *Registry) UnsealFrom(ctx context.Context, from graph.RecordReader, refs []model.EntityID) (map[model.EntityID]access.Unsealed, error) {
	return r.unseal(ctx, from, refs)
}

func (r *Registry) unseal(ctx context.Context, from graph.RecordReader, refs []model.EntityID) (map[model.EntityID]access.Unsealed, error) {
	out := make(map[model.EntityID]access.Unsealed, len(refs))
	if len(refs) == 0 {
		return out, nil
	}
	rows, err := from.Sealed(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("read %d sealed values: %w", len(refs), err)
	}
	for _, row := range rows {
		if row.Data == nil {
			continue
		}
		plain, err := r.keys.Open([16]byte(row.Ref), row.KeyID, row.Data)
		if err != nil {
			return nil, err
		}
		parts := strings.SplitN(string(plain), sealSeparator, 3)
		if len(parts) != 3 {
			return nil, errors.New("a sealed value is not in the form it was sealed in: the store is damaged")
		}
		out[row.Ref] = access.Unsealed{Scheme: model.Scheme(parts[0]), Value: parts[1], Original: parts[2]}
	}
	return out, nil
}

// sealRefs appends the references to sealed values in rec.
func sealRefs(refs []model.EntityID, rec *model.Record) []model.EntityID {
	for _, st := range rec.Statements {
		switch v := st.Value.(type) {
		case model.Identifier:
			if !v.Seal.IsZero() {
				refs = append(refs, v.Seal)
			}
		case model.Link:
			if !v.Ref.Seal.IsZero() {
				refs = append(refs, v.Ref.Seal)
			}
		}
	}
	return refs
}

// fillSealed puts the opened values into rec.
func fillSealed(rec *model.Record, open map[model.EntityID]access.Unsealed) {
	for i := range rec.Statements {
		st := &rec.Statements[i]
		switch v := st.Value.(type) {
		case model.Identifier:
			if u, ok := open[v.Seal]; ok && !v.Seal.IsZero() {
				v.Value, st.Original = u.Value, u.Original
				st.Value = v
			}
		case model.Link:
			if u, ok := open[v.Ref.Seal]; ok && !v.Ref.Seal.IsZero() {
				v.Ref.Value, st.Original = u.Value, u.Original
				st.Value = v
			}
		}
	}
}
