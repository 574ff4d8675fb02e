package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// ResolveOptions say how a kind is resolved. None needs to be set.
type ResolveOptions struct {
	// DryRun works everything out and writes nothing.
	DryRun bool
	// Model is used from now on instead of the stored one.
	Model *match.Model
	// Refit takes the rates of strangers and the term frequencies from today's
	// records, also where a stored model has them.
	Refit bool
	// All weighs every record anew, also where only some have changed.
	All bool
	// Progress is told how far each step has come.
	Progress func(step string, done, total int64)
	// Weighing is told when so many records have changed since the kind was resolved
	// that all are weighed anew: how many wait, of how many.
	Weighing func(waiting, records int64)
}

// Resolution is what resolving a kind came to. Of a dry run it is what it would
// come to.
type Resolution struct {
	Kind       string         `json:"kind"`
	Records    int64          `json:"records"`    // live ones
	Changed    int64          `json:"changed"`    // of them and of those gone, that were matched now because they had changed
	Whole      bool           `json:"whole"`      // every record was weighed; else what follows is of the changed ones
	Candidates int64          `json:"candidates"` // pairs looked at
	Linking    int64          `json:"linking"`    // pairs in the link band
	Added      int64          `json:"added"`      // pairs that were not there
	Reweighed  int64          `json:"reweighed"`  // pairs that weighed otherwise, or by another model
	Removed    int64          `json:"removed"`    // pairs that weigh too little now
	Skipped    int64          `json:"skipped"`    // pairs of records that changed meanwhile: for the next run
	Joined     int64          `json:"joined"`     // golden records that became part of another
	Split      int64          `json:"split"`      // golden records that came out of another
	Moved      int64          `json:"moved"`      // records that are in another golden record now
	Conflicts  int64          `json:"conflicts"`  // evidence that a constraint forbids to follow, found now
	Review     int64          `json:"review"`     // pairs that wait for a steward
	Model      string         `json:"model"`      // the hash of the model
	Fitted     bool           `json:"fitted"`     // the model was fitted to today's records
	Revision   model.Revision `json:"revision"`   // the last one it made; 0 for none
}

// pairsPerCommit is about how many pairs one transaction writes. Records that
// the pairs of a run connect are settled together, unless they are very many.
const pairsPerCommit = 2000

// fitFrom is how many records a model is fitted to at least: of fewer the rates
// of strangers are taken from the shipped one.
const fitFrom = 1000

// ErrNotPublished says that a first load is under way or was cut off.
var ErrNotPublished = errors.New("a first load is under way or was cut off: let it end, or run it again")

// Resolve weighs the live records of a kind against each other, keeps the pairs
// that weigh enough to be looked at, and forms anew the clusters that pairs now
// join otherwise. Once it has, it weighs only the records that have changed since,
// against those that an index of keys finds for them, and what comes out is the
// same. It is resumable: what was committed before ctx ended stays, and the next run
// writes only what differs.
//
// Persons are weighed against everyone. Of other kinds two records of one source
// are no pair: a register of places or units is full of things that differ in
// little (Storgatan 1 and 2, the north and the south of one service), and does not
// list one of them twice by mistake as people are.
func (r *Registry) Resolve(ctx context.Context, kind model.Kind, o ResolveOptions) (Resolution, error) {
	w := &resolving{r: r, kind: kind, o: o, done: Resolution{Kind: kind.String()}}
	if loading, err := r.store.Loading(ctx); err != nil || loading {
		return w.done, errors.Join(err, iff(loading, ErrNotPublished))
	}
	if rev, err := r.store.Revision(ctx); err != nil || rev == 0 {
		return w.done, err
	}
	if !o.DryRun {
		if err := r.Prepare(ctx); err != nil {
			return w.done, err
		}
	}
	whole, err := w.isWhole(ctx)
	if err != nil {
		return w.done, err
	}
	if w.done.Whole = whole; whole {
		err = w.weighAll(ctx)
	}
	if err == nil && !(whole && o.DryRun) {
		// Of a run over all: what changed meanwhile.
		err = w.follow(ctx)
	}
	if o.DryRun {
		w.done.Revision = 0
	} else if w.done.Revision > 0 {
		r.prepared.Store(int64(w.done.Revision))
	}
	return w.done, err
}

// weighAll weighs every record of the kind against every other, and writes the
// index by which later ones are found.
func (w *resolving) weighAll(ctx context.Context) error {
	if !w.o.DryRun {
		if err := w.begin(ctx); err != nil {
			return err
		}
	}
	reader, release, err := w.r.store.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("open a snapshot to resolve: %w", err)
	}
	defer release()
	table, err := w.weigh(ctx, reader)
	if err != nil {
		return err
	}
	if w.o.DryRun {
		found := w.done
		_, err = w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
			w.done = found
			clear(w.moved)
			if err := tx.PutMatching(ctx, graph.Matching{Kind: w.kind}); err != nil {
				return err
			}
			written := int64(0)
			for chunk := range w.chunks() {
				if err := w.apply(ctx, tx, chunk); err != nil {
					return err
				}
				written += int64(len(chunk))
				w.progress("try", written, int64(len(w.changes)))
			}
			if err := w.countReviews(ctx, tx); err != nil {
				return err
			}
			if w.after != nil {
				if err := w.after(ctx, tx); err != nil {
					return err
				}
			}
			return errNothingChanged
		})
		if errors.Is(err, errNothingChanged) {
			err = nil
		}
		return err
	}
	if err := w.commit(ctx); err != nil {
		return err
	}
	if err := w.countReviews(ctx, w.r.store); err != nil {
		return err
	}
	return w.index(ctx, table)
}

// pairedInOneSource tells whether two records of one source may be a pair: see
// Resolve.
func pairedInOneSource(kind model.Kind) bool { return kind == model.Person }

// Train trains the shipped model of a kind on the live records, without labels, and
// writes nothing: the model, frozen, and what training came to. A model that is
// refused is the shipped one. ErrNotPublished.
func (r *Registry) Train(ctx context.Context, kind model.Kind, progress func(step string, done, total int64)) (*match.Model, *match.Training, error) {
	w := &resolving{r: r, kind: kind, o: ResolveOptions{Progress: progress}}
	if loading, err := r.store.Loading(ctx); err != nil || loading {
		return nil, nil, errors.Join(err, iff(loading, ErrNotPublished))
	}
	reader, release, err := r.store.Snapshot(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("open a snapshot to train on: %w", err)
	}
	defer release()
	table, err := w.read(ctx, reader)
	if err != nil {
		return nil, nil, err
	}
	res, ok, err := match.Resolve(table, match.Options{Workers: runtime.GOMAXPROCS(0), PairsOnly: true}, func(p match.Progress) bool {
		w.progress(p.Step, p.Done, p.Total)
		return ctx.Err() == nil
	})
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("train on the records of kind %s: %w", kind, err)
	case !ok:
		return nil, nil, ctx.Err()
	}
	frozen := res.Frozen()
	r.named(frozen)
	return frozen, res.Training, nil
}

func iff(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

// resolving is one run of Resolve.
type resolving struct {
	r        *Registry
	kind     model.Kind
	o        ResolveOptions
	ids      []model.EntityID // of the live records, ascending
	sources  []uint16         // of the live records, as numbers of this run
	leads    []leads          // of the live records, where they are roles
	revision model.Revision   // of the snapshot
	model    *storedModel
	fresh    *graph.Artifact // the model, if it is to be stored
	token    graph.Hash      // of this run, while it writes the index
	changes  []pairChange    // as they are to be written
	// Of a trial: the records that moved, and what is done before all is undone.
	moved   map[model.EntityID]bool
	after   func(ctx context.Context, tx graph.Tx) error
	done    Resolution
	touched []model.EntityID // golden ids that the transaction under way has changed, some of many
}

// pairChange is a pair to be written, or to be removed.
type pairChange struct {
	a, b   uint32 // places in ids
	weight int32
	root   uint32 // the first of the records that the changes connect it with
	gone   bool
}

func (w *resolving) provenance() graph.Provenance {
	return w.r.provenance(graph.SystemActor, graph.ReasonResolve+w.kind.String())
}

func (w *resolving) progress(step string, done, total int64) {
	if w.o.Progress != nil {
		w.o.Progress(step, done, total)
	}
}

// weigh reads the records, weighs them and finds how the pairs differ from those
// stored.
func (w *resolving) weigh(ctx context.Context, from graph.Reader) (*match.Table, error) {
	var err error
	if w.revision, err = from.Revision(ctx); err != nil {
		return nil, fmt.Errorf("read the revision: %w", err)
	}
	table, err := w.read(ctx, from)
	if err != nil {
		return nil, err
	}
	if err := w.choose(ctx, from, table); err != nil {
		return nil, err
	}
	o := match.Options{
		Model: w.model.Model, Workers: runtime.GOMAXPROCS(0), PairsOnly: true, Secret: w.r.secretOf(w.kind), BlockLimit: w.r.blockLimit,
	}
	res, ok, err := match.Resolve(table, o, func(p match.Progress) bool {
		w.progress(p.Step, p.Done, p.Total)
		return ctx.Err() == nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("weigh the records of kind %s: %w", w.kind, err)
	case !ok:
		return nil, ctx.Err()
	}
	w.done.Candidates = res.Candidates
	return table, w.compare(ctx, from, res.Edges)
}

// read interns the live records, their identifiers unsealed in memory.
func (w *resolving) read(ctx context.Context, from graph.Reader) (*match.Table, error) {
	rows, err := w.r.newRows(w.kind)
	if err != nil {
		return nil, err
	}
	counts, err := from.CountHeads(ctx)
	if err != nil {
		return nil, fmt.Errorf("count the records: %w", err)
	}
	total := int64(0)
	for _, kinds := range counts {
		total += kinds[w.kind]
	}
	ofKind := func(yield func(graph.Head, error) bool) {
		for h, err := range from.ScanHeads(ctx, "", "") {
			if err == nil && (!h.Live || h.Key.Kind != w.kind) {
				continue
			}
			if !yield(h, err) || err != nil {
				return
			}
		}
	}
	numbers := map[model.Source]uint16{}
	for batch, err := range headBatches(ofKind) {
		if err != nil {
			return nil, fmt.Errorf("read the records: %w", err)
		}
		said, err := w.r.lastWords(ctx, from, batch)
		if err != nil {
			return nil, err
		}
		var to []leads
		if w.kind == model.Role {
			if to, err = w.r.leadsIn(ctx, from, batch, said); err != nil {
				return nil, err
			}
		}
		for i, rec := range said {
			if rec != nil {
				if to != nil {
					rows.add(rec, &to[i])
					w.leads = append(w.leads, to[i])
				} else {
					rows.add(rec, nil)
				}
				n, ok := numbers[batch[i].Key.Source]
				if !ok {
					n = uint16(len(numbers)) //nolint:gosec // sources are declared by hand
					numbers[batch[i].Key.Source] = n
				}
				w.ids, w.sources = append(w.ids, batch[i].ID), append(w.sources, n)
			}
		}
		w.progress("read", int64(len(w.ids)), total)
	}
	w.done.Records = int64(len(w.ids))
	return rows.Table(), nil
}

// choose takes the stored model, or makes one: the shipped one with what the
// records say of strangers, also when there are many more or fewer records now.
func (w *resolving) choose(ctx context.Context, from graph.Reader, table *match.Table) error {
	have, err := w.r.modelOf(ctx, from, w.kind)
	if err != nil {
		return err
	}
	start := w.o.Model
	if start == nil && have != nil && !w.o.Refit {
		if have.holds(table.Len()) {
			w.model, w.done.Model = have, fmt.Sprintf("%x", have.hash)
			return nil
		}
	}
	if start == nil {
		if start, err = match.Default(w.kind); err != nil {
			return err
		}
	}
	fitted := *start
	switch {
	case start.Frequencies != nil:
	case w.o.Model != nil || table.Len() < fitFrom:
		fitted = *match.Freeze(table, start)
	default:
		fitted = *match.Fit(table, start, runtime.GOMAXPROCS(0))
	}
	w.r.named(&fitted)
	fitted.Bands = w.r.policy.BandsOf(w.kind)
	body, err := json.Marshal(&fitted)
	if err != nil {
		return fmt.Errorf("encode the matching model: %w", err)
	}
	// As it will be read again: what is weighed now is weighed alike later.
	parsed, err := match.ParseModel(body)
	if err != nil {
		return err
	}
	hash := graph.Hash(w.r.keys.Hash(seal.DomainArtifact, body))
	w.model = &storedModel{parsed, hash}
	w.done.Model, w.done.Fitted = fmt.Sprintf("%x", hash), true
	if have == nil || have.hash != hash {
		w.fresh = &graph.Artifact{Name: artifactModel(w.kind), Hash: hash, Body: body}
	}
	return nil
}

// compare finds how the pairs weighed now differ from those stored.
func (w *resolving) compare(ctx context.Context, from graph.Reader, edges []match.Edge) error {
	now := make([]pairChange, 0, len(edges))
	for _, e := range edges {
		if !pairedInOneSource(w.kind) && w.sources[e.A] == w.sources[e.B] {
			continue // see Resolve
		}
		c := pairChange{a: min(e.A, e.B), b: max(e.A, e.B), weight: stored(e.Weight)}
		if w.leads != nil {
			c.weight = w.r.boundRole(&w.leads[e.A], &w.leads[e.B], c.weight)
		}
		switch w.r.bandOf(w.kind, c.weight) {
		case graph.LinkBand:
			w.done.Linking++
		case graph.ReviewBand:
		default:
			continue
		}
		now = append(now, c)
	}
	slices.SortFunc(now, func(x, y pairChange) int {
		if x.a != y.a {
			return int(x.a) - int(y.a)
		}
		return int(x.b) - int(y.b)
	})
	at := 0
	take := func() { // what is not stored yet
		w.changes = append(w.changes, now[at])
		w.done.Added++
		at++
	}
	for p, err := range storedPairs(ctx, from, w.kind) {
		if err != nil {
			return fmt.Errorf("read the stored pairs: %w", err)
		}
		a, okA := slices.BinarySearchFunc(w.ids, p.A, model.EntityID.Compare)
		b, okB := slices.BinarySearchFunc(w.ids, p.B, model.EntityID.Compare)
		if !okA || !okB {
			continue // of a retracted record: it keeps what it last was
		}
		key := graph.PairKey{A: p.A, B: p.B}
		for at < len(now) && w.key(now[at]).Compare(key) < 0 {
			take()
		}
		if at < len(now) && w.key(now[at]) == key {
			c := now[at]
			at++
			if c.weight != p.Weight || w.model.hash != p.Model || w.r.bandOf(w.kind, c.weight) != p.Band {
				w.changes = append(w.changes, c)
				w.done.Reweighed++
			}
			continue
		}
		w.changes = append(w.changes, pairChange{a: uint32(a), b: uint32(b), gone: true}) //nolint:gosec // places in a table
		w.done.Removed++
	}
	for at < len(now) {
		take()
	}
	w.order()
	return nil
}

func (w *resolving) key(c pairChange) graph.PairKey {
	return graph.PairKey{A: w.ids[c.a], B: w.ids[c.b]}
}

// storedPairs are all pairs of a kind, in key order.
func storedPairs(ctx context.Context, from graph.Reader, kind model.Kind) iter.Seq2[graph.Pair, error] {
	return func(yield func(graph.Pair, error) bool) {
		type stream struct {
			next func() (graph.Pair, error, bool)
			head graph.Pair
			err  error
			ok   bool
		}
		var streams []*stream
		for _, band := range []graph.PairBand{graph.RejectBand, graph.ReviewBand, graph.LinkBand} {
			next, stop := iter.Pull2(from.Pairs(ctx, graph.PairQuery{Kind: kind, Band: band, Limit: math.MaxInt}))
			defer stop()
			s := &stream{next: next}
			s.head, s.err, s.ok = next()
			streams = append(streams, s)
		}
		for {
			var first *stream
			for _, s := range streams {
				if s.ok && (first == nil || s.err != nil || first.err == nil && s.head.Compare(first.head.PairKey) < 0) {
					first = s
				}
			}
			if first == nil || !yield(first.head, first.err) || first.err != nil {
				return
			}
			first.head, first.err, first.ok = first.next()
		}
	}
}
