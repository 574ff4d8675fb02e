package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Status is the registry in figures.
type Status struct {
	Revision    model.Revision                    `json:"revision"`
	Records     map[model.Source]map[string]int64 `json:"records"` // live, by source and kind
	Golden      map[string]int64                  `json:"golden"`  // live, by kind
	Merged      int64                             `json:"merged"`  // live records in golden records of more than one
	Reviews     map[string]int64                  `json:"reviews"` // pairs that wait for a steward, by kind
	Conflicts   int64                             `json:"conflicts"`
	Quarantined int64                             `json:"quarantined"`
	Dangling    int64                             `json:"dangling"`
	Unmatched   map[string]int64                  `json:"unmatched,omitempty"` // records that changed since their kind was last matched
	Loading     bool                              `json:"loading,omitempty"`   // a first load is under way, or was cut off
	Outdated    []string                          `json:"outdated,omitempty"`  // artifacts that golden records were not made with
}

// Status counts what there is.
func (r *Registry) Status(ctx context.Context) (Status, error) {
	s := Status{Records: map[model.Source]map[string]int64{}, Golden: map[string]int64{}, Reviews: map[string]int64{}}
	var err error
	if s.Revision, err = r.store.Revision(ctx); err != nil {
		return s, fmt.Errorf("read the revision: %w", err)
	}
	if s.Loading, err = r.store.Loading(ctx); err != nil {
		return s, fmt.Errorf("read the load state: %w", err)
	}
	heads, err := r.store.CountHeads(ctx)
	if err != nil {
		return s, fmt.Errorf("count the records: %w", err)
	}
	for source, kinds := range heads {
		s.Records[source] = map[string]int64{}
		for k, n := range kinds {
			s.Records[source][k.String()] = n
		}
	}
	goldens, merged, err := r.store.CountGoldens(ctx)
	if err != nil {
		return s, fmt.Errorf("count the golden records: %w", err)
	}
	s.Merged = merged
	for k, n := range goldens {
		s.Golden[k.String()] = n
	}
	if s.Conflicts, s.Quarantined, s.Dangling, err = r.store.CountWork(ctx); err != nil {
		return s, fmt.Errorf("count the steward's work: %w", err)
	}
	for _, kind := range Matched {
		n, err := r.store.CountReviews(ctx, kind)
		if err != nil {
			return s, fmt.Errorf("count the pairs that wait: %w", err)
		}
		if n > 0 {
			s.Reviews[kind.String()] = n
		}
	}
	kinds, err := r.store.Matchings(ctx)
	if err != nil {
		return s, fmt.Errorf("read which kinds are kept matched: %w", err)
	}
	for _, m := range kinds {
		n, err := r.store.CountUnmatched(ctx, m.Kind)
		if err != nil {
			return s, fmt.Errorf("count unmatched records: %w", err)
		}
		if n > 0 && s.Unmatched == nil {
			s.Unmatched = map[string]int64{}
		}
		if n > 0 {
			s.Unmatched[m.Kind.String()] = n
		}
	}
	s.Outdated, err = r.Outdated(ctx)
	return s, err
}

// Deliveries lists the latest deliveries, newest first.
func (r *Registry) Deliveries(ctx context.Context, source model.Source, limit int) ([]graph.Delivery, error) {
	var out []graph.Delivery
	for d, err := range r.store.Deliveries(ctx, source, limit) {
		if err != nil {
			return nil, fmt.Errorf("read the deliveries: %w", err)
		}
		out = append(out, d)
	}
	return out, nil
}

// CommittedAt is when a revision was committed; the zero time for revision 0.
func CommittedAt(ctx context.Context, from graph.Reader, rev model.Revision) (time.Time, error) {
	if rev == 0 {
		return time.Time{}, nil
	}
	for info, err := range from.Revisions(ctx, rev-1, 1) {
		if err != nil {
			return time.Time{}, fmt.Errorf("read revision %d: %w", rev, err)
		}
		return info.At.UTC(), nil
	}
	return time.Time{}, fmt.Errorf("revision %d: %w", rev, graph.ErrFutureRevision)
}
