package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/ontology"
)

// goldenForm is raised when the program makes other golden documents, or other index
// rows, of the same records by the same table: stores are then rebuilt as for another
// table.
const goldenForm = "golden documents: 3\n"

// ErrOtherForm says that golden records are of another form than this program makes,
// so that it would not find the index rows of what it changes.
var ErrOtherForm = errors.New("golden records and their index are of another release of the program: run karna rebuild, and let every process run this release")

// formOf is what a store of this program's form says in artifactTable.
func formOf(keys *seal.Keyring) graph.Artifact {
	table := slices.Concat(ontology.TableBytes(), []byte(goldenForm))
	return graph.Artifact{Name: artifactTable, Hash: keys.Hash(seal.DomainArtifact, table), Body: table}
}

// form sees to it that transactions change golden records of this program's form
// only. What they take out of the index they work out of the former golden record, as
// this program would have indexed it.
type form struct {
	want graph.Hash
	at   atomic.Int64 // the revision at which the store was of the form when this process looked or wrote last
}

// ofForm is a transaction that a form watches over.
type ofForm struct {
	graph.Tx
	form  *form
	known bool
}

// within watches over a transaction. Before the first revision there is nothing of
// another form.
func (f *form) within(tx graph.Tx) *ofForm {
	at := int64(tx.Basis().Revision)
	return &ofForm{tx, f, at == 0 || at == f.at.Load()}
}

func (t *ofForm) check(ctx context.Context) error {
	if t.known {
		return nil
	}
	a, ok, err := t.Artifact(ctx, artifactTable)
	if err != nil {
		return fmt.Errorf("read of which form golden records are: %w", err)
	}
	if !ok || a.Hash != t.form.want {
		return ErrOtherForm
	}
	t.known = true
	return nil
}

// PutGoldens is the transaction's. ErrOtherForm.
func (t *ofForm) PutGoldens(ctx context.Context, changes []graph.GoldenChange) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	return t.Tx.PutGoldens(ctx, changes)
}

// Erase is the transaction's. ErrOtherForm.
func (t *ofForm) Erase(ctx context.Context, e graph.Erasure) (map[string]int64, error) {
	if err := t.check(ctx); err != nil {
		return nil, err
	}
	return t.Tx.Erase(ctx, e)
}

// RewriteGoldens is the transaction's. ErrOtherForm.
func (t *ofForm) RewriteGoldens(ctx context.Context, rows []graph.Golden) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	return t.Tx.RewriteGoldens(ctx, rows)
}

// Outdated names what golden records were made by and is another now: the policy,
// which the next delivery sees to, or the property table and the program's form,
// until which nothing but a delivery or a rebuild can change them.
func (r *Registry) Outdated(ctx context.Context) ([]string, error) {
	rev, err := r.store.Revision(ctx)
	if err != nil || rev == 0 {
		return nil, err
	}
	stale, err := r.staleArtifacts(ctx, r.store)
	var names []string
	for _, a := range stale {
		names = append(names, a.Name)
	}
	return names, err
}
