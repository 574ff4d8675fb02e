package access

import (
	"context"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
)

// scanBatch is how many golden records are rendered together.
const scanBatch = 256

// batch is a stretch of a scan on its way from the store to the reader.
type batch struct {
	rows  []graph.Golden
	bytes []byte // what the rows' columns are copied to
	quads []quads.Quad
	err   error
	done  chan struct{}
}

// bySubject are the kinds in the order of their addresses, by name.
var bySubject = slices.SortedFunc(slices.Values(model.Kinds), func(a, b model.Kind) int { return strings.Compare(a.String(), b.String()) })

// scan yields the matching quads of everything of a kind (of all for
// KindUnknown) that the caller sees, in subject order. One goroutine
// reads, several decode, redact and render; batches come out in the order in
// which they were read. Memory is that of a few batches.
func (q quadSource) scan(ctx context.Context, m *matcher, kind model.Kind) iter.Seq2[quads.Quad, error] {
	return func(yield func(quads.Quad, error) bool) {
		from, release, err := q.v.stable(ctx)
		if err != nil {
			yield(quads.Quad{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer release()
		defer running.Wait()
		defer cancel()

		workers := min(max(runtime.GOMAXPROCS(0), 1), 4)
		work, ordered := make(chan *batch, workers), make(chan *batch, 2*workers)
		spare := sync.Pool{New: func() any { return &batch{} }}
		running.Add(1 + workers)
		go func() {
			defer running.Done()
			defer close(ordered)
			defer close(work)
			q.v.readBatches(ctx, from, kind, &spare, work, ordered)
		}()
		for range workers {
			go func() {
				defer running.Done()
				r := newRendering(q.v, m)
				for b := range work {
					r.render(ctx, b)
					close(b.done)
				}
			}()
		}
		for b := range ordered {
			select {
			case <-b.done:
			case <-ctx.Done():
				// It may never have reached a worker.
				yield(quads.Quad{}, context.Cause(ctx))
				return
			}
			if b.err != nil {
				yield(quads.Quad{}, b.err)
				return
			}
			for i := range b.quads {
				if !yield(b.quads[i], nil) {
					return
				}
			}
			spare.Put(b)
		}
		if err := context.Cause(ctx); err != nil {
			yield(quads.Quad{}, err)
		}
	}
}

// stable is what a scan reads: one committed state from its first row to its last.
func (v *View) stable(ctx context.Context) (graph.Past, func(), error) {
	if v.past != nil {
		return v.past, func() {}, nil
	}
	reader, release, err := v.a.store.Snapshot(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read the registry as it is now: %w", err)
	}
	return reader, release, nil
}

// readBatches reads until the end, an error (in the last batch) or the end of ctx.
func (v *View) readBatches(ctx context.Context, from graph.Past, kind model.Kind, spare *sync.Pool, work, ordered chan<- *batch) {
	var b *batch
	send := func() bool {
		// First in order, then to a worker: a batch that waits for its turn has
		// its place.
		for _, to := range [...]chan<- *batch{ordered, work} {
			select {
			case to <- b:
			case <-ctx.Done():
				return false
			}
		}
		b = nil
		return true
	}
	for row, err := range v.admitted(ctx, from, kind) {
		if b == nil {
			b = spare.Get().(*batch)
			b.rows, b.bytes, b.quads, b.err, b.done = b.rows[:0], b.bytes[:0], b.quads[:0], nil, make(chan struct{})
		}
		if err != nil {
			b.err = fmt.Errorf("scan golden records: %w", err)
			break
		}
		// An engine may use a row's memory again once the next is asked for.
		row.Values, b.bytes = kept(b.bytes, row.Values)
		if row.Evidence != nil {
			row.Evidence, b.bytes = kept(b.bytes, row.Evidence)
		}
		row.Sort = nil
		if b.rows = append(b.rows, row); len(b.rows) == scanBatch && !send() {
			return
		}
	}
	if b != nil {
		send()
	}
}

// admitted yields the rows of a kind (of all for KindUnknown) whose class the
// caller sees, in subject order. Rows of other classes are not read: they may be
// most of what there is.
func (v *View) admitted(ctx context.Context, from graph.Past, kind model.Kind) iter.Seq2[graph.Golden, error] {
	kinds := []model.Kind{kind}
	if kind == model.KindUnknown {
		kinds = bySubject
	}
	return func(yield func(graph.Golden, error) bool) {
		for _, k := range kinds {
			if !v.admits(k, v.clearance) {
				continue // it sees none of the kind
			}
			q := graph.ListQuery{Kind: k, Disclosure: v.clearance, ByID: true, Limit: math.MaxInt, Parts: v.parts()}
			for row, err := range from.List(ctx, q) {
				if err == nil && !v.admits(row.Kind, row.Disclosure) {
					continue
				}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// kept is a copy of column at the end of in. When in has to grow, what was
// copied before stays where it is.
func kept(in, column []byte) (copied, out []byte) {
	start := len(in)
	if cap(in)-start < len(column) {
		in, start = make([]byte, 0, max(2*cap(in), len(column), 32<<10)), 0
	}
	in = append(in, column...)
	return in[start:len(in):len(in)], in
}

// rendering is one worker's memory.
type rendering struct {
	v        *View
	m        *matcher
	renderer *quads.Renderer
	golden   model.Golden
}

func newRendering(v *View, m *matcher) *rendering {
	return &rendering{v: v, m: m, renderer: quads.NewRenderer(v.a.base)}
}

// render fills in a batch's quads.
func (r *rendering) render(ctx context.Context, b *batch) {
	if b.err != nil {
		return
	}
	if r.v.past != nil || r.v.authorities != nil {
		// The past and authorities need more than the row.
		seen, err := r.v.glimpse(ctx, b.rows)
		if err == nil {
			err = r.v.note(ctx, seen)
		}
		if err != nil {
			b.err = err
			return
		}
		for _, s := range seen {
			if s != nil {
				r.append(b, &s.entity.Golden)
			}
		}
		return
	}
	g := &r.golden
	separates := r.v.partsIdentities()
	var shown []model.EntityID
	for i := range b.rows {
		row := &b.rows[i]
		if row.State != graph.Live {
			continue
		}
		if b.err = document.DecodeGolden(row.Values, g); b.err != nil {
			b.err = fmt.Errorf("read golden record %s: %w", row.ID, b.err)
			return
		}
		g.ID, g.Kind, g.Disclosure = row.ID, row.Kind, row.Disclosure
		if separates && r.v.several(g) {
			seen, err := r.v.glimpse(ctx, b.rows[i:i+1])
			if b.err = err; err != nil {
				return
			}
			if s := seen[0]; s != nil {
				shown = r.v.appendTold(shown, &s.entity.Golden, s.entity.Secret)
				r.append(b, &s.entity.Golden)
			}
			continue
		}
		if r.v.admitsGolden(g) {
			r.v.redact(g, g.Disclosure, nil, nil)
			if r.v.rank >= model.Restricted.Rank() {
				shown = r.v.appendTold(shown, g, g.Disclosure.Rank() >= model.Restricted.Rank())
			}
			r.append(b, g)
		}
	}
	b.err = r.v.tell(ctx, shown)
}

func (r *rendering) append(b *batch, g *model.Golden) {
	r.v.dropSealed(g)
	start := len(b.quads)
	b.quads = r.renderer.AppendGolden(b.quads, g)
	if r.m.all() {
		return
	}
	kept := b.quads[:start]
	for i := start; i < len(b.quads); i++ {
		if r.m.match(&b.quads[i]) {
			kept = append(kept, b.quads[i])
		}
	}
	b.quads = kept
}
