package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

// TryOptions say what else a kind could be resolved by. One of Model and Link has
// to be set.
type TryOptions struct {
	Model *match.Model    // another model
	Link  *resolve.Weight // another threshold; no lower than the review band's
	// Progress is told how far each step has come.
	Progress func(step string, done, total int64)
}

// Trial is what would become of golden records.
type Trial struct {
	Changes []match.Change // of records by their place in Records
	Records []model.RecordKey
}

// ErrTooLow says that a threshold to be tried lies below the review band: of pairs
// that weigh less nothing is kept.
var ErrTooLow = errors.New("the threshold is lower than pairs are kept from")

// Model is the model that records of a kind are weighed by; false before the first
// run of Resolve.
func (r *Registry) Model(ctx context.Context, kind model.Kind) (*match.Model, bool, error) {
	m, err := r.modelOf(ctx, r.store, kind)
	if err != nil || m == nil {
		return nil, false, err
	}
	return m.Model, true, nil
}

// Try works out which golden records of a kind would join, split or exchange records
// under another model or threshold, with decisions, identifiers and conflicts as they
// are, and writes nothing; writers wait meanwhile. ErrTooLow, ErrNotPublished.
func (r *Registry) Try(ctx context.Context, kind model.Kind, o TryOptions) (Trial, error) {
	if loading, err := r.store.Loading(ctx); err != nil || loading {
		return Trial{}, errors.Join(err, iff(loading, ErrNotPublished))
	}
	was := r.policy.BandsOf(kind)
	t := r
	if o.Link != nil {
		if *o.Link < was.Review {
			return Trial{}, fmt.Errorf("link from %.1f bits: %w, %.1f", *o.Link, ErrTooLow, was.Review)
		}
		t = r.linkingFrom(kind, *o.Link)
	}
	w := &resolving{
		r: t, kind: kind, o: ResolveOptions{DryRun: true, All: true, Model: o.Model, Progress: o.Progress},
		done: Resolution{Kind: kind.String()}, moved: map[model.EntityID]bool{},
	}
	var out Trial
	w.after = func(ctx context.Context, tx graph.Tx) (err error) {
		out, err = w.changed(ctx, tx)
		return err
	}
	if o.Model != nil {
		return out, w.weighAll(ctx)
	}
	_, err := t.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
		clear(w.moved)
		if err := w.relink(ctx, tx, min(was.Link, *o.Link), max(was.Link, *o.Link)); err != nil {
			return err
		}
		return errors.Join(w.after(ctx, tx), errNothingChanged)
	})
	if errors.Is(err, errNothingChanged) {
		err = nil
	}
	return out, err
}

// linkingFrom is the registry with another link threshold for a kind.
func (r *Registry) linkingFrom(kind model.Kind, link resolve.Weight) *Registry {
	policy := *r.policy
	policy.Bands = maps.Clone(policy.Bands)
	bands := policy.BandsOf(kind)
	bands.Link = link
	policy.Bands[kind] = bands
	r.codesMu.Lock()
	defer r.codesMu.Unlock()
	return &Registry{
		store: r.store, base: r.base, form: r.form, keys: r.keys, audit: r.audit, sources: r.sources, policy: &policy, policyBody: r.policyBody, jurisdiction: r.jurisdiction,
		clock: r.clock, newID: r.newID, log: r.log, lists: r.lists, listsVersion: r.listsVersion, codes: r.codes,
		perChunk: r.perChunk, perCommit: r.perCommit, perResolve: r.perResolve, perFollow: r.perFollow, blockLimit: r.blockLimit,
	}
}

// relink forms anew the clusters that pairs touch which weigh from least up to less
// than most: those that are in another band now.
func (w *resolving) relink(ctx context.Context, tx graph.Tx, least, most resolve.Weight) error {
	if _, err := tx.TakeRevision(ctx); err != nil {
		return fmt.Errorf("take a revision: %w", err)
	}
	var touched []model.EntityID
	for _, band := range []graph.PairBand{graph.ReviewBand, graph.LinkBand} {
		for p, err := range tx.Pairs(ctx, graph.PairQuery{Kind: w.kind, Band: band, Limit: math.MaxInt}) {
			if err != nil {
				return fmt.Errorf("read the stored pairs: %w", err)
			}
			if weight := bitsOf(p.Weight); weight >= least && weight < most {
				touched = append(touched, p.A, p.B)
			}
		}
	}
	slices.SortFunc(touched, model.EntityID.Compare)
	touched = slices.Compact(touched)
	done := int64(0)
	for some := range slices.Chunk(touched, w.r.perResolve) {
		u, err := w.r.repartition(ctx, tx, some, true)
		if err != nil {
			return err
		}
		w.count(u)
		done += int64(len(some))
		w.progress("try", done, int64(len(touched)))
	}
	return nil
}

// changed is what the transaction has made of golden records.
func (w *resolving) changed(ctx context.Context, tx graph.Tx) (Trial, error) {
	var out Trial
	ids := slices.SortedFunc(maps.Keys(w.moved), model.EntityID.Compare)
	involved, err := goldensWith(ctx, ids, w.r.store, tx)
	if err != nil {
		return out, err
	}
	// Whoever shared a golden record with one that moves, or would, is concerned too.
	if ids, err = membersOfAll(ctx, involved, w.kind, w.r.store, tx); err != nil {
		return out, err
	}
	before, err := w.r.store.HeadsByID(ctx, ids)
	if err != nil {
		return out, fmt.Errorf("read %d record heads: %w", len(ids), err)
	}
	after, err := tx.HeadsByID(ctx, ids)
	if err != nil {
		return out, fmt.Errorf("read %d record heads: %w", len(ids), err)
	}
	number := map[model.EntityID]uint32{}
	cluster := func(id model.EntityID) uint32 {
		if _, have := number[id]; !have {
			number[id] = uint32(len(number)) //nolint:gosec // no more than records
		}
		return number[id]
	}
	var now, then []uint32
	for i := range ids {
		if !before[i].Live {
			continue
		}
		out.Records = append(out.Records, before[i].Key)
		now, then = append(now, cluster(before[i].Golden)), append(then, cluster(after[i].Golden))
	}
	out.Changes = match.Changes(now, then)
	return out, nil
}

// goldensWith are the golden records that records are in, before and after.
func goldensWith(ctx context.Context, ids []model.EntityID, from ...graph.RecordReader) ([]model.EntityID, error) {
	var out []model.EntityID
	for _, r := range from {
		heads, err := r.HeadsByID(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("read %d record heads: %w", len(ids), err)
		}
		for _, h := range heads {
			out = append(out, h.Golden)
		}
	}
	slices.SortFunc(out, model.EntityID.Compare)
	return slices.Compact(out), nil
}

// membersOfAll are the records of golden records of a kind, before and after.
func membersOfAll(ctx context.Context, goldens []model.EntityID, kind model.Kind, from ...graph.Past) ([]model.EntityID, error) {
	var out []model.EntityID
	for _, r := range from {
		rows, err := r.Goldens(ctx, goldens, graph.WithEvidence)
		if err != nil {
			return nil, fmt.Errorf("read %d golden records: %w", len(goldens), err)
		}
		for _, row := range rows {
			if row.State != graph.Live || row.Kind != kind {
				continue
			}
			var e model.Evidence
			if err := document.DecodeEvidence(row.Evidence, &e); err != nil {
				return nil, fmt.Errorf("evidence of golden record %s: %w", row.ID, err)
			}
			out = append(out, e.Members...)
		}
	}
	slices.SortFunc(out, model.EntityID.Compare)
	return slices.Compact(out), nil
}
