package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
	Issues      map[model.Source]int64            `json:"issues,omitempty"`     // live records with issues, by source
	Deliveries  []Unsettled                       `json:"deliveries,omitempty"` // that are held or broken
	Unmatched   map[string]int64                  `json:"unmatched,omitempty"`  // records that changed since their kind was last matched
	Loading     bool                              `json:"loading,omitempty"`    // a first load is under way, or was cut off
	Outdated    []string                          `json:"outdated,omitempty"`   // artifacts that golden records were not made with
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
	if s.Issues, err = r.store.CountFlawed(ctx); err != nil {
		return s, fmt.Errorf("count the records with issues: %w", err)
	}
	if s.Deliveries, err = r.unsettled(ctx, s.Records); err != nil {
		return s, err
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

// Unsettled is a delivery that waits for a person: the latest of its source and part
// that was held or broken, and that none since has made good.
type Unsettled struct {
	Source  model.Source        `json:"source"`
	Part    string              `json:"part,omitempty"`
	Name    string              `json:"name"`
	State   graph.DeliveryState `json:"state"`
	Ended   time.Time           `json:"ended"`
	Message string              `json:"message,omitempty"`
}

// latestDeliveries is how many runs of each source are looked at for those that wait: a
// source that delivers by the minute has a day of them.
const latestDeliveries = 1500

// unsettled are the held and broken deliveries of the declared sources, and of those
// that records are of. A delivery that was taken whole makes good what came before it
// of its part: a full one all, a delta what was a delta. One that was stale or stopped
// makes nothing good. Where a file broke off before it said its part, any part does.
func (r *Registry) unsettled(ctx context.Context, records map[model.Source]map[string]int64) ([]Unsettled, error) {
	names := map[model.Source]bool{}
	for _, s := range r.Sources() {
		names[s.Name] = true
	}
	for name := range records {
		names[name] = true
	}
	var out []Unsettled
	for _, name := range slices.Sorted(maps.Keys(names)) {
		var good []graph.Delivery // newer ones that were taken whole, and those that are told
		for d, err := range r.store.Deliveries(ctx, name, latestDeliveries) {
			if err != nil {
				return nil, fmt.Errorf("read the deliveries of %s: %w", name, err)
			}
			waits := d.State == graph.Held || d.State == graph.Broken
			if waits && !slices.ContainsFunc(good, func(g graph.Delivery) bool {
				return (g.Part == d.Part || d.Part == "") && (g.Full || !d.Full || g.State != graph.Done)
			}) {
				out = append(out, Unsettled{Source: d.Source, Part: d.Part, Name: d.Name, State: d.State, Ended: d.Ended.UTC(), Message: d.Message})
			}
			if waits || d.State == graph.Done {
				good = keepFullest(good, d)
			}
		}
	}
	return out, nil
}

// keepFullest adds a delivery, unless one of its part that counts for as much is there.
func keepFullest(all []graph.Delivery, d graph.Delivery) []graph.Delivery {
	if slices.ContainsFunc(all, func(have graph.Delivery) bool {
		return have.Part == d.Part && have.Full == d.Full && (have.State == graph.Done) == (d.State == graph.Done)
	}) {
		return all
	}
	return append(all, d)
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
