package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// rotatedPerCommit is how many values one transaction encrypts anew: few enough
// that who else writes waits some milliseconds.
const rotatedPerCommit = 500

// Rotation says what a rotation of keys did.
type Rotation struct {
	Key         uint32 `json:"key"`         // that encrypts now
	Sealed      int64  `json:"sealed"`      // values encrypted anew
	Quarantined int64  `json:"quarantined"` // items encrypted anew
	Cases       int64  `json:"cases"`       // cases of rectification encrypted anew
}

// RotateKeys adds a key to the keyring, which encrypts from now on, and encrypts
// with it everything that is under another, in batches beside those who read and
// write: both keys open what they sealed until the last is done. One that was cut
// off goes on with the key that it had added. progress may be nil.
func (r *Registry) RotateKeys(ctx context.Context, actor string, progress func(done int64)) (Rotation, error) {
	under, err := r.SealedByKey(ctx)
	if err != nil {
		return Rotation{}, err
	}
	current := r.keys.Current()
	resumes := false
	for id, n := range under {
		resumes = resumes || id != current && n > 0
	}
	if !resumes {
		if current, err = r.keys.Add(r.clock()); err != nil {
			return Rotation{}, fmt.Errorf("add a key: %w", err)
		}
		if err := r.audit.Append(ctx, audit.Entry{Actor: actor, Operation: fmt.Sprintf("add key %d", current)}); err != nil {
			return Rotation{}, err
		}
	}
	out := Rotation{Key: current}
	step := func(n int64, err error) error {
		if progress != nil && n > 0 {
			progress(out.Sealed + out.Quarantined + out.Cases)
		}
		return err
	}
	// Who had not heard of the key yet may have sealed with the former meanwhile.
	for {
		before := out
		if err := r.resealAll(ctx, current, &out, step); err != nil {
			return out, err
		}
		if out == before {
			break
		}
	}
	return out, r.audit.Append(ctx, audit.Entry{
		Actor: actor, Operation: fmt.Sprintf("encrypt %d values, %d quarantined items and %d cases with key %d", out.Sealed, out.Quarantined, out.Cases, current),
	})
}

func (r *Registry) resealAll(ctx context.Context, current uint32, out *Rotation, step func(int64, error) error) error {
	var after model.EntityID
	for {
		n, last, err := r.resealSome(ctx, current, after)
		out.Sealed += n
		if err := step(n, err); err != nil {
			return fmt.Errorf("encrypt sealed values with key %d: %w", current, err)
		}
		if last.IsZero() {
			break
		}
		after = last
	}
	var item graph.Hash
	for {
		n, last, err := r.requarantineSome(ctx, current, item)
		out.Quarantined += n
		if err := step(n, err); err != nil {
			return fmt.Errorf("encrypt quarantined items with key %d: %w", current, err)
		}
		if last == (graph.Hash{}) {
			break
		}
		item = last
	}
	after = model.EntityID{}
	for {
		n, last, err := r.resealCases(ctx, current, after)
		out.Cases += n
		if err := step(n, err); err != nil {
			return fmt.Errorf("encrypt cases of rectification with key %d: %w", current, err)
		}
		if last.IsZero() {
			return nil
		}
		after = last
	}
}

// resealSome encrypts some values anew, and gives the last, or zero when there are
// no more. It makes no revision: what they say is as it was.
func (r *Registry) resealSome(ctx context.Context, current uint32, after model.EntityID) (n int64, last model.EntityID, err error) {
	_, err = r.store.Update(ctx, r.provenance(graph.SystemActor, "rotate keys"), func(tx graph.Tx) error {
		n, last = 0, model.EntityID{}
		var rows []graph.Sealed
		for row, err := range tx.SealedBut(ctx, current, after, r.perRotate) {
			if err != nil {
				return fmt.Errorf("read sealed values: %w", err)
			}
			plain, err := r.keys.Open([16]byte(row.Ref), row.KeyID, row.Data)
			if err != nil {
				return err
			}
			row.KeyID, row.Data, err = r.keys.Seal([16]byte(row.Ref), plain)
			clear(plain)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		if len(rows) == 0 {
			return nil
		}
		n, last = int64(len(rows)), rows[len(rows)-1].Ref
		return tx.PutSealed(ctx, rows)
	})
	return n, last, err
}

func (r *Registry) requarantineSome(ctx context.Context, current uint32, after graph.Hash) (n int64, last graph.Hash, err error) {
	_, err = r.store.Update(ctx, r.provenance(graph.SystemActor, "rotate keys"), func(tx graph.Tx) error {
		n, last = 0, graph.Hash{}
		var rows []graph.Quarantined
		for row, err := range tx.Quarantine(ctx, "", after, r.perRotate) {
			if err != nil {
				return fmt.Errorf("read the quarantine: %w", err)
			}
			last = row.Item
			if row.KeyID == current {
				continue
			}
			plain, err := r.keys.Open([16]byte(row.Item), row.KeyID, row.Body)
			if err != nil {
				return err
			}
			row.KeyID, row.Body, err = r.keys.Seal([16]byte(row.Item), plain)
			clear(plain)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		n = int64(len(rows))
		return tx.PutQuarantine(ctx, rows, nil)
	})
	return n, last, err
}

func (r *Registry) resealCases(ctx context.Context, current uint32, after model.EntityID) (n int64, last model.EntityID, err error) {
	_, err = r.store.Update(ctx, r.provenance(graph.SystemActor, "rotate keys"), func(tx graph.Tx) error {
		n, last = 0, model.EntityID{}
		for c, err := range tx.Rectifications(ctx, "", after, r.perRotate) {
			if err != nil {
				return fmt.Errorf("read the cases of rectification: %w", err)
			}
			last = c.ID
			if c.KeyID == current {
				continue
			}
			body, err := r.openBody(&c)
			if err != nil {
				return err
			}
			if err := r.putCase(ctx, tx, &c, body); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, last, err
}

// settledAfter is how long after a key was added every process has heard of it and
// has committed what it had sealed before.
const settledAfter = 10 * time.Minute

// ErrKeyInUse means that a key cannot be taken out of the keyring yet.
var ErrKeyInUse = errors.New("the key is in use")

// SealedByKey counts what each key of the keyring has encrypted.
func (r *Registry) SealedByKey(ctx context.Context) (map[uint32]int64, error) {
	out := map[uint32]int64{}
	for _, k := range r.keys.Keys() {
		n, err := r.store.CountSealed(ctx, k.ID)
		if err != nil {
			return nil, fmt.Errorf("count what is under key %d: %w", k.ID, err)
		}
		out[k.ID] = n
	}
	return out, nil
}

// eachSharing goes over the other tenants of the database that share the keyring, by
// their code: those whose artifacts its root has hashed.
func (r *Registry) eachSharing(ctx context.Context, f func(model.Tenant, graph.Store) error) error {
	if r.others == nil {
		return nil
	}
	others, err := r.others(ctx)
	if err != nil {
		return fmt.Errorf("look for tenants that share the keyring: %w", err)
	}
	for _, t := range slices.Sorted(maps.Keys(others)) {
		a, ok, err := others[t].Committed().Artifact(ctx, artifactTable)
		if err == nil && ok && r.keys.Hash(seal.DomainArtifact, a.Body) == a.Hash {
			err = f(t, others[t])
		}
		if err != nil {
			return fmt.Errorf("tenant %s: %w", t, err)
		}
	}
	return nil
}

// RetireKey takes a key out of the keyring when nothing in the store is under it, nor
// of another tenant of the database that shares the keyring.
// ErrKeyInUse when something is, or when the key that encrypts is so young that not
// every process need have heard of it and ended what it was writing.
func (r *Registry) RetireKey(ctx context.Context, actor string, id uint32) error {
	n, err := r.store.CountSealed(ctx, id)
	if err != nil {
		return fmt.Errorf("count what is under key %d: %w", id, err)
	}
	if n > 0 {
		return fmt.Errorf("%w: %d values are under key %d: run karna keys rotate to its end", ErrKeyInUse, n, id)
	}
	if err := r.eachSharing(ctx, func(_ model.Tenant, s graph.Store) error {
		n, err := s.CountSealed(ctx, id)
		if err != nil {
			return fmt.Errorf("count what is under key %d: %w", id, err)
		}
		if n > 0 {
			return fmt.Errorf("%w: it has the same keyring, and %d values are under key %d: run karna keys rotate for it to its end", ErrKeyInUse, n, id)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, k := range r.keys.Keys() {
		if age := r.clock().Sub(k.Since); k.Current && age < r.settled {
			return fmt.Errorf("%w: key %d encrypts since %s ago, and what was being written then may be under another still: wait %s", ErrKeyInUse, k.ID, age.Round(time.Second), r.settled)
		}
	}
	if err := r.keys.Remove(id); err != nil {
		return fmt.Errorf("retire key %d: %w", id, err)
	}
	return r.audit.Append(ctx, audit.Entry{Actor: actor, Operation: fmt.Sprintf("retire key %d", id)})
}
