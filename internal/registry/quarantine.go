package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// kept is a quarantined item as it lies encrypted in the store: what is needed
// to map it again by itself.
type kept struct {
	Type    string `json:"type"`  // of the delivery: what the file held
	Item    string `json:"item"`  // of the item
	Place   string `json:"place"` // in its file
	File    string `json:"file"`
	Context []byte `json:"context"`
	Raw     []byte `json:"raw"`
	Stamp   int64  `json:"stamp,omitempty"`
}

func (w *run) keep(it ingest.Item) []byte {
	body, err := json.Marshal(kept{
		Type: w.typ, Item: it.Type, Place: it.Place, File: w.log.Name, Context: w.context, Raw: it.Raw, Stamp: w.stamp,
	})
	if err != nil {
		panic(err) // strings, bytes and a number always encode
	}
	return body
}

// Retried is what became of one quarantined item.
type Retried struct {
	Item   graph.Hash
	Source model.Source
	File   string
	Place  string
	OK     bool
	Reason string // why not
}

// Retry asks for quarantined items to be tried again.
type Retry struct {
	Source model.Source // whose; all for ""
	// Unmatched, Matching and Weighing are as a Request has them.
	Unmatched bool
	Matching  func(kind model.Kind, step string, done, total int64)
	Weighing  func(kind model.Kind, waiting, records int64)
}

// RetryQuarantine tries quarantined items again, with their sources' mappings as
// they are now. What succeeds leaves the quarantine, and is matched as what a
// delivery brings.
func (r *Registry) RetryQuarantine(ctx context.Context, q Retry) (_ []Retried, err error) {
	defer func() { err = impersonal(err) }()
	if err := r.Prepare(ctx); err != nil {
		return nil, err
	}
	var out []Retried
	var after graph.Hash
	for {
		var page []graph.Quarantined
		for item, err := range r.store.Quarantine(ctx, q.Source, after, 100) {
			if err != nil {
				return out, fmt.Errorf("read the quarantine: %w", err)
			}
			page = append(page, item)
		}
		if len(page) == 0 {
			return out, r.matchRetried(ctx, q, out)
		}
		for _, item := range page {
			after = item.Item
			res, err := r.retry(ctx, item)
			if err != nil {
				return out, err
			}
			out = append(out, res)
		}
	}
}

// matchRetried matches what the items that are in now have changed, as Ingest does
// with a delivery.
func (r *Registry) matchRetried(ctx context.Context, q Retry, done []Retried) error {
	if q.Unmatched || !slices.ContainsFunc(done, func(d Retried) bool { return d.OK }) {
		return nil
	}
	return r.matchChanged(ctx, Request{Matching: q.Matching, Weighing: q.Weighing})
}

// again is a delivery of one item.
type again struct {
	ingest.Delivery
	item ingest.Item
}

// Items gives the item.
func (a again) Items() iter.Seq2[ingest.Item, error] {
	return func(yield func(ingest.Item, error) bool) { yield(a.item, nil) }
}

func (r *Registry) retry(ctx context.Context, q graph.Quarantined) (Retried, error) {
	res := Retried{Item: q.Item, Source: q.Source, Place: q.Place, Reason: q.Reason}
	refuse := func(err error) (Retried, error) {
		res.Reason = model.WithoutPersonal(err.Error())
		return res, nil
	}
	body, err := r.keys.Open([16]byte(q.Item), q.KeyID, q.Body)
	if err != nil {
		return res, fmt.Errorf("open the quarantined item at %s: %w", q.Place, err)
	}
	var k kept
	if err := json.Unmarshal(body, &k); err != nil {
		return res, errors.New("a quarantined item is not in the form it was kept in: the store is damaged")
	}
	if res.File = k.File; len(k.Raw) == 0 { // another item counts
		return res, nil
	}
	source, err := r.Source(q.Source)
	if err != nil {
		return refuse(err)
	}
	reopener, ok := source.Format.(ingest.Reopener)
	if !ok {
		return refuse(fmt.Errorf("%s cannot map one item by itself: deliver the file again", source.Format.Name()))
	}
	w := r.newRun(source, Request{Source: q.Source, Name: k.File, Delta: true, Type: k.Type})
	opened, err := reopener.Reopen(k.Context, w.options())
	if err != nil {
		return refuse(err)
	}
	w.delivery = again{opened, ingest.Item{Type: k.Item, Place: k.Place, Raw: k.Raw}}
	w.stated = k.Stamp
	switch err := w.all(ctx); {
	case err != nil:
		return refuse(err)
	case w.log.State == graph.Stale:
		return refuse(errors.New(w.log.Message))
	case w.log.Counts.Quarantined > 0:
		for _, rej := range w.refused {
			res.Reason = rej
		}
		return res, nil
	}
	res.OK, res.Reason = true, ""
	_, err = r.store.Update(ctx, r.provenance(graph.SystemActor, "quarantine retry"), func(tx graph.Tx) error {
		if err := tx.PutQuarantine(ctx, nil, []graph.Hash{q.Item}); err != nil {
			return err
		}
		return r.audit.AppendTx(ctx, tx, audit.Entry{Actor: graph.SystemActor, Operation: "retry quarantine of " + string(q.Source), Subjects: w.touched})
	})
	return res, err
}
