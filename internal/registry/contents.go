package registry

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/bits"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// contents is the sum of a delivery's item hashes, modulo 2^128: two deliveries
// with one sum hold the same items, in whatever order.
type contents [2]uint64

func (c *contents) add(hashes []graph.Hash) {
	for i := range hashes {
		var carry uint64
		c[0], carry = bits.Add64(c[0], binary.LittleEndian.Uint64(hashes[i][:8]), 0)
		c[1], _ = bits.Add64(c[1], binary.LittleEndian.Uint64(hashes[i][8:]), carry)
	}
}

// covered is what a part held when a full delivery of it had ended: kept as an
// artifact, so that the same delivery again need not look for what is absent.
type covered struct {
	Delivery model.EntityID `json:"delivery"`
	Sum      contents       `json:"sum"`
}

// maxSince is how many deliveries back the last full one is looked for.
const maxSince = 50

// artifactCovered is what the names of those artifacts begin with.
const artifactCovered = "covered/"

func (w *run) coveredName() string {
	return artifactCovered + string(w.source.Name) + "/" + w.part
}

// sameAsBefore tells whether the part's last full delivery held the same items
// as this one and nothing of the part has changed since: then nothing is absent.
func (w *run) sameAsBefore(ctx context.Context) (bool, error) {
	if !w.byItem {
		return false, nil // the same items may give other records
	}
	a, ok, err := w.r.store.Artifact(ctx, w.coveredName())
	if err != nil || !ok {
		return false, err
	}
	var last covered
	if err := json.Unmarshal(a.Body, &last); err != nil {
		return false, fmt.Errorf("artifact %s: %w", a.Name, err)
	}
	c := &w.log.Counts
	if last.Sum != w.sum || c.Added+c.Changed > 0 {
		return false, nil
	}
	for d, err := range w.r.store.Deliveries(ctx, w.source.Name, maxSince) {
		if err != nil {
			return false, fmt.Errorf("read the deliveries of %s: %w", w.source.Name, err)
		}
		if d.ID == last.Delivery {
			return true, nil
		}
		if d.ID != w.log.ID && d.Part == w.part && d.Counts.Added+d.Counts.Changed+d.Counts.Retracted > 0 {
			return false, nil
		}
		if d.ID != w.log.ID && d.Part == w.part && d.State != graph.Done {
			return false, nil // what it did before it stopped is not in its row
		}
	}
	return false, nil
}

// saveCovered notes what a full delivery that was done whole has left.
func (w *run) saveCovered(ctx context.Context) error {
	body, err := json.Marshal(covered{w.log.ID, w.sum})
	if err != nil {
		return fmt.Errorf("encode what the delivery covered: %w", err)
	}
	_, err = w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
		if err := madeUnder(tx, w.hashKey); err != nil {
			return err
		}
		rev, err := tx.Revision(ctx)
		if err != nil {
			return fmt.Errorf("read the revision: %w", err)
		}
		return tx.PutArtifact(ctx, graph.Artifact{
			Name: w.coveredName(), Hash: graph.Hash(w.r.keys.Hash(seal.DomainArtifact, body)), Body: body, Revision: max(rev, 1),
		})
	})
	if err != nil {
		return fmt.Errorf("note what the delivery covered: %w", err)
	}
	return nil
}
