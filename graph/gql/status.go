package gql

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// Status is how the registry is.
type Status struct {
	Revision    int64
	Goldens     []KindCount
	Sources     []SourceCount
	Merged      *int64
	Reviews     []KindCount
	Conflicts   *int64
	Quarantined *int64
	Dangling    *int64
	Issues      []IssueCount
}

// KindCount is how many there are of a kind.
type KindCount struct {
	Kind  model.Kind
	Count int64
}

// IssueCount is how many records of a source have issues.
type IssueCount struct {
	Source  string
	Records int64
}

// SourceCount is how many records a source has of a kind.
type SourceCount struct {
	Source string
	Kind   model.Kind
	Count  int64
}

// Status is how the registry is, as far as the caller may know: what there is
// to see to is told to stewards.
func (r *queryResolver) Status(ctx context.Context) (*Status, error) {
	view := requestOf(ctx).view
	revision, err := view.Revision(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := view.Counts(ctx)
	if err != nil {
		return nil, err
	}
	out := &Status{Revision: int64(revision), Goldens: []KindCount{}, Sources: []SourceCount{}}
	for _, kind := range model.Kinds {
		if n, ok := counts.Goldens[kind]; ok {
			out.Goldens = append(out.Goldens, KindCount{kind, n})
		}
	}
	work, err := view.WorkCounts(ctx)
	if errors.Is(err, access.ErrForbidden) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	out.Merged, out.Conflicts, out.Quarantined, out.Dangling = &work.Merged, &work.Conflicts, &work.Quarantined, &work.Dangling
	if work.Reviews != nil {
		out.Reviews = []KindCount{}
	}
	for _, kind := range model.Kinds {
		if n := work.Reviews[kind]; n > 0 {
			out.Reviews = append(out.Reviews, KindCount{kind, n})
		}
	}
	out.Issues = []IssueCount{}
	for _, source := range slices.Sorted(maps.Keys(work.Issues)) {
		out.Issues = append(out.Issues, IssueCount{string(source), work.Issues[source]})
	}
	for _, source := range slices.Sorted(maps.Keys(work.Records)) {
		for _, kind := range model.Kinds {
			if n := work.Records[source][kind]; n > 0 {
				out.Sources = append(out.Sources, SourceCount{string(source), kind, n})
			}
		}
	}
	return out, nil
}
