package registry

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// indexPerCommit is how many rows of an index one transaction writes.
const indexPerCommit = 50_000

// errOvertaken says that the index was taken over by another run.
var errOvertaken = errors.New("another run of karna resolve has begun meanwhile and goes on instead")

// matchedKinds are the kinds whose records are kept matched: those that were
// resolved before. Of others no pair exists, and nothing is noted.
func matchedKinds(ctx context.Context, from graph.Reader) (map[model.Kind]bool, error) {
	found, err := from.Matchings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read which kinds are kept matched: %w", err)
	}
	var kinds map[model.Kind]bool
	for _, m := range found {
		if kinds == nil {
			kinds = map[model.Kind]bool{}
		}
		kinds[m.Kind] = true
	}
	return kinds, nil
}

// matching is how a kind is kept matched; nil if it was never resolved.
func matching(ctx context.Context, from graph.Reader, kind model.Kind) (*graph.Matching, error) {
	found, err := from.Matchings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read which kinds are kept matched: %w", err)
	}
	for _, m := range found {
		if m.Kind == kind {
			return &m, nil
		}
	}
	return nil, nil //nolint:nilnil // never resolved
}

// secretOf is what the strings of a kind's index are hashed with.
func (r *Registry) secretOf(kind model.Kind) match.Secret {
	return match.Secret(r.keys.HashStrings(seal.DomainIndex, kind.String()))
}

// definitionOf is a hash of all that a kind's index and its pairs follow beside the
// records.
func (r *Registry) definitionOf(kind model.Kind, m *storedModel) (graph.Hash, error) {
	empty, err := r.newRows(kind)
	if err != nil {
		return graph.Hash{}, err
	}
	secret := r.secretOf(kind)
	scheme := empty.Table().Strings(m.Model, secret).Scheme()
	bands, limit := fmt.Sprint(r.policy.BandsOf(kind)), fmt.Sprint(r.blockLimit)
	return graph.Hash(r.keys.HashStrings(seal.DomainIndex, kind.String(), string(m.hash[:]), scheme, bands, limit, string(secret[:]))), nil
}

// begin takes a kind's index away, so that it can be written anew. From here on
// whatever changes is noted, and no run relies on what is stored until this one has
// ended.
func (w *resolving) begin(ctx context.Context) error {
	w.token = graph.Hash(w.r.newID())
	rev, err := w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
		if _, err := tx.TakeRevision(ctx); err != nil {
			return fmt.Errorf("take a revision: %w", err)
		}
		if err := tx.ClearIndex(ctx, w.kind); err != nil {
			return fmt.Errorf("clear the key index: %w", err)
		}
		return tx.PutMatching(ctx, graph.Matching{Kind: w.kind, Definition: w.token, Records: -1})
	})
	w.done.Revision = max(w.done.Revision, rev)
	return err
}

// mine fails if another run has taken over.
func (w *resolving) mine(ctx context.Context, tx graph.Tx) error {
	m, err := matching(ctx, tx, w.kind)
	if err == nil && (m == nil || m.Definition != w.token) {
		err = errOvertaken
	}
	return err
}

// index writes the index of the records that were weighed, and says that the kind
// is matched.
func (w *resolving) index(ctx context.Context, table *match.Table) error {
	x := table.Strings(w.model.Model, w.r.secretOf(w.kind))
	total := int64(len(w.ids)) * int64(x.Keys()+1)
	write := func(done int, put func(tx graph.Tx) error) error {
		_, err := w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
			if err := w.mine(ctx, tx); err != nil {
				return err
			}
			return put(tx)
		})
		w.progress("index", int64(done), total)
		return err
	}
	// Key by key, and in order: rows are appended to where they stay.
	var strings []string
	for k := range x.Keys() {
		rows := make([]graph.IndexKey, 0, len(w.ids))
		for i, id := range w.ids {
			strings = x.Of(strings[:0], i, k)
			for _, s := range strings {
				rows = append(rows, graph.IndexKey{Key: s, Record: id})
			}
		}
		slices.SortFunc(rows, compareIndexKeys)
		for part := range slices.Chunk(rows, indexPerCommit) {
			err := write(k*len(w.ids), func(tx graph.Tx) error { return tx.PutIndexKeys(ctx, w.kind, part, nil) })
			if err != nil {
				return fmt.Errorf("write %d rows of the key index: %w", len(part), err)
			}
		}
	}
	for lo := 0; lo < len(w.ids); lo += indexPerCommit / 10 {
		hi := min(lo+indexPerCommit/10, len(w.ids))
		records := make([]graph.Indexed, 0, hi-lo)
		for i := lo; i < hi; i++ {
			records = append(records, graph.Indexed{Record: w.ids[i], Keys: packed(stringsOf(x, i))})
		}
		err := write(x.Keys()*len(w.ids)+lo, func(tx graph.Tx) error { return tx.PutIndexed(ctx, w.kind, records, nil) })
		if err != nil {
			return fmt.Errorf("write the keys of %d records: %w", len(records), err)
		}
	}
	definition, err := w.r.definitionOf(w.kind, w.model)
	if err != nil {
		return err
	}
	rev, err := w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
		if err := w.mine(ctx, tx); err != nil {
			return err
		}
		if err := w.putModel(ctx, tx); err != nil {
			return err
		}
		return tx.PutMatching(ctx, graph.Matching{Kind: w.kind, Definition: definition, Records: int64(len(w.ids))})
	})
	w.done.Revision = max(w.done.Revision, rev)
	w.progress("index", total, total)
	return err
}

// putModel writes the model, if it is not stored yet.
func (w *resolving) putModel(ctx context.Context, tx graph.Tx) error {
	if w.fresh == nil {
		return nil
	}
	a := *w.fresh
	var err error
	if a.Revision, err = tx.TakeRevision(ctx); err != nil {
		return fmt.Errorf("take a revision: %w", err)
	}
	if err := tx.PutArtifact(ctx, a); err != nil {
		return fmt.Errorf("write artifact %s: %w", a.Name, err)
	}
	return nil
}

func compareIndexKeys(a, b graph.IndexKey) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), a.Record.Compare(b.Record))
}

// stringsOf are all strings of a record, ascending.
func stringsOf(x *match.Strings, i int) []string {
	var all []string
	for k := range x.Keys() {
		all = x.Of(all, i, k)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// packing is how strings are packed. It is there also when there are none.
const packing = 1

// packed is strings as one.
func packed(all []string) []byte {
	b := []byte{packing}
	for _, s := range all {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// unpacked takes packed strings apart.
func unpacked(b []byte) ([]string, error) {
	var all []string
	if len(b) == 0 {
		return nil, nil
	}
	for b = b[1:]; len(b) > 0; {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, errors.New("the keys of a record are cut off: run karna resolve --all")
		}
		all = append(all, string(b[size:size+int(n)])) //nolint:gosec // no more than there are
		b = b[size+int(n):]                            //nolint:gosec // as above
	}
	return all, nil
}
