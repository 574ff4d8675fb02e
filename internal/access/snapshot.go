package access

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// store is what a View reads: a whole store, or one committed state of it.
type store interface {
	graph.Reader
	At(ctx context.Context, r model.Revision) (graph.Past, error)
	Snapshot(ctx context.Context) (r graph.Reader, release func(), err error)
}

// Snapshot is the registry as it is now and as it stays: every answer of the
// View that it gives, a dump and its revision for two, is of one committed
// state, at the speed of the present. Release it when done, and do not keep it:
// what becomes protected meanwhile is still in it.
func (v *View) Snapshot(ctx context.Context) (view *View, release func(), err error) {
	if v.past != nil {
		return v, func() {}, nil
	}
	reader, release, err := v.a.store.Snapshot(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read the registry as it is now: %w", err)
	}
	a, still := *v.a, *v
	a.store = snapshot{reader, v.a.store}
	still.a = &a
	return &still, release, nil
}

// snapshot is one committed state of a store.
type snapshot struct {
	graph.Reader
	of store
}

func (s snapshot) At(ctx context.Context, r model.Revision) (graph.Past, error) {
	return s.of.At(ctx, r)
}

func (s snapshot) Snapshot(context.Context) (graph.Reader, func(), error) {
	return s.Reader, func() {}, nil
}
