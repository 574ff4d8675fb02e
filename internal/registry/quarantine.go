package registry

import (
	"bytes"
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Retried is what became of one quarantined item.
type Retried struct {
	Item   graph.Hash
	Source model.Source
	Place  string
	OK     bool
	Reason string // why not
}

// RetryQuarantine tries quarantined items of a source (all for "") again, with
// the source's mapping as it is now. What succeeds leaves the quarantine.
func (r *Registry) RetryQuarantine(ctx context.Context, source model.Source) ([]Retried, error) {
	if err := r.Prepare(ctx); err != nil {
		return nil, err
	}
	parts := map[model.EntityID]graph.Delivery{}
	for d, err := range r.store.Deliveries(ctx, source, 10_000) {
		if err != nil {
			return nil, fmt.Errorf("read the deliveries: %w", err)
		}
		parts[d.ID] = d
	}
	var out []Retried
	var after graph.Hash
	for {
		var page []graph.Quarantined
		for q, err := range r.store.Quarantine(ctx, source, after, 100) {
			if err != nil {
				return out, fmt.Errorf("read the quarantine: %w", err)
			}
			page = append(page, q)
		}
		if len(page) == 0 {
			return out, nil
		}
		for _, q := range page {
			after = q.Item
			res, err := r.retry(ctx, q, parts[q.Delivery])
			if err != nil {
				return out, err
			}
			out = append(out, res)
		}
	}
}

func (r *Registry) retry(ctx context.Context, q graph.Quarantined, d graph.Delivery) (Retried, error) {
	res := Retried{Item: q.Item, Source: q.Source, Place: q.Place, Reason: q.Reason}
	src, err := r.Source(q.Source)
	if err != nil {
		res.Reason = err.Error()
		return res, nil
	}
	body, err := r.keys.Open([16]byte(q.Item), q.KeyID, q.Body)
	if err != nil {
		return res, fmt.Errorf("open the quarantined item at %s: %w", q.Place, err)
	}
	got, err := r.deliver(ctx, src, Request{Source: q.Source, Name: d.Name + " (retry)", Reader: bytes.NewReader(body), Delta: true, Type: d.Part})
	switch {
	case err != nil:
		res.Reason = err.Error()
	case got.Counts.Quarantined > 0:
	default:
		res.OK, res.Reason = true, ""
		_, err = r.store.Update(ctx, r.provenance("karna", "quarantine retry"), func(tx graph.Tx) error {
			return tx.PutQuarantine(ctx, nil, []graph.Hash{q.Item})
		})
	}
	return res, err
}
