package registry

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Prepare makes the store ready for a delivery. In an empty store it begins (or
// resumes) the first load with the shipped code lists. Else it brings in a newer
// release of the code lists, and rebuilds when policy or property table have
// changed since the golden records were made.
func (r *Registry) Prepare(ctx context.Context) error {
	_, err := r.prepare(ctx)
	return err
}

// prepare is Prepare. It says at which revision the store is if nobody has written
// since this registry last did, and 0 otherwise.
func (r *Registry) prepare(ctx context.Context) (model.Revision, error) {
	rev, err := r.store.Revision(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the revision: %w", err)
	}
	if rev > 0 && r.prepared.Load() == int64(rev) {
		return rev, nil
	}
	r.mappers.Clear()
	return 0, r.prepareAnew(ctx, rev == 0)
}

func (r *Registry) prepareAnew(ctx context.Context, loading bool) error {
	if loading {
		if err := r.adoptHashKey(ctx); err != nil {
			return err
		}
		resumed, err := r.store.BeginLoad(ctx)
		if err != nil {
			return fmt.Errorf("begin the first load: %w", err)
		}
		if !resumed {
			r.unseen.Store(newUnseen())
		}
	}
	stale, err := r.staleArtifacts(ctx, r.store)
	if err != nil {
		return err
	}
	if len(stale) > 0 {
		if loading {
			_, err = r.store.Update(ctx, r.provenance(graph.SystemActor, "first load"), func(tx graph.Tx) error {
				return r.putArtifacts(ctx, tx, stale)
			})
		} else {
			_, err = r.Rebuild(ctx, nil)
		}
		if err != nil {
			return err
		}
	}
	if err := r.loadCodeLists(ctx); err != nil {
		return err
	}
	return r.readOwnCodes(ctx)
}

// endAbandoned marks deliveries of the source that a killed process left
// running, the first time that this process takes one of it. Two processes that
// take deliveries of one source at once are a fault already.
func (r *Registry) endAbandoned(ctx context.Context, source model.Source) error {
	if _, looked := r.looked.LoadOrStore(source, true); looked {
		return nil
	}
	var abandoned []graph.Delivery
	for d, err := range r.store.Deliveries(ctx, source, 100) {
		if err != nil {
			return fmt.Errorf("read the deliveries of %s: %w", source, err)
		}
		if d.State == graph.Running && !r.running(d.ID) {
			d.State, d.Message, d.Ended = graph.Stopped, "its process ended before it did; the next run goes on from here", r.clock()
			abandoned = append(abandoned, d)
		}
	}
	if len(abandoned) == 0 {
		return nil
	}
	_, err := r.store.Update(ctx, r.provenance(graph.SystemActor, "end abandoned deliveries"), func(tx graph.Tx) error {
		for _, d := range abandoned {
			if err := tx.PutDelivery(ctx, d); err != nil {
				return fmt.Errorf("write delivery %s: %w", d.ID, err)
			}
		}
		return nil
	})
	return err
}

func (r *Registry) running(id model.EntityID) bool {
	_, ok := r.underWay.Load(id)
	return ok
}

// publish ends a first load, whatever became of the delivery that began it, and
// notes the revision that this registry has left the store at, so that the next
// delivery need not look at everything again: at, if that is known.
func (r *Registry) publish(ctx context.Context, q Request, at model.Revision) error {
	if at > 0 {
		r.prepared.Store(int64(at))
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	r.unseen.Store(nil)
	basis, err := r.store.Basis(ctx)
	if err != nil {
		return fmt.Errorf("read the store's state: %w", err)
	}
	if basis.Load > 0 {
		if basis.Revision, err = r.store.Publish(ctx, r.provenance("ingest", string(q.Source)+"/"+q.Name)); err != nil {
			return fmt.Errorf("publish the first load: %w", err)
		}
		r.form.at.Store(int64(basis.Revision))
	}
	r.prepared.Store(int64(basis.Revision))
	return nil
}

func (r *Registry) provenance(actor, reason string) graph.Provenance {
	return graph.Provenance{Actor: actor, Reason: audit.WithoutNumbers(reason), At: r.clock()}
}

func (r *Registry) putArtifacts(ctx context.Context, tx graph.Tx, stale []graph.Artifact) error {
	rev, err := tx.TakeRevision(ctx)
	if err != nil {
		return fmt.Errorf("take a revision: %w", err)
	}
	for _, a := range stale {
		a.Revision = rev
		if err := tx.PutArtifact(ctx, a); err != nil {
			return fmt.Errorf("write artifact %s: %w", a.Name, err)
		}
	}
	return nil
}

// loadCodeLists brings in the shipped code lists as records, when this program
// ships others than the store holds.
func (r *Registry) loadCodeLists(ctx context.Context) error {
	version := []byte(r.listsVersion)
	hash := graph.Hash(r.keys.Hash(seal.DomainArtifact, version))
	have, ok, err := r.store.Artifact(ctx, artifactConcepts)
	if err != nil {
		return fmt.Errorf("read artifact %s: %w", artifactConcepts, err)
	}
	if ok && have.Hash == hash {
		return nil
	}
	key, err := r.useKnown(ctx)
	if err != nil {
		return err
	}
	var batch []incoming
	var lists *writes
	var buf []byte
	held := map[model.RecordKey]bool{}
	for _, rec := range r.lists {
		in := incoming{key: rec.Key, rec: &rec}
		in.content, buf = r.contentOf(buf, &rec)
		in.item = graph.Hash(r.keys.Hash(seal.DomainItem, []byte(rec.Key.String()), in.content[:]))
		held[rec.Key] = true
		batch = append(batch, in)
	}
	for h, err := range r.store.ScanHeads(ctx, ontology.CodeListSource, "") {
		if err != nil {
			return fmt.Errorf("read the code lists held: %w", err)
		}
		if h.Live && !held[h.Key] {
			batch = append(batch, incoming{key: h.Key})
		}
	}
	_, err = r.store.Update(ctx, r.provenance(graph.SystemActor, "code lists "+r.listsVersion), func(tx graph.Tx) error {
		if err := madeUnder(tx, key); err != nil {
			return err
		}
		p, err := r.apply(ctx, tx, model.EntityID{}, batch)
		if err != nil {
			return err
		}
		lists = p.writes
		rev, err := tx.TakeRevision(ctx)
		if err != nil {
			return fmt.Errorf("take a revision: %w", err)
		}
		return tx.PutArtifact(ctx, graph.Artifact{Name: artifactConcepts, Hash: hash, Body: version, Revision: rev})
	})
	if err != nil {
		return fmt.Errorf("load the code lists: %w", err)
	}
	if u := r.unseen.Load(); u != nil {
		u.written(lists)
	}
	return nil
}
