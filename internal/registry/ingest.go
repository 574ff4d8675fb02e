package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// Progress is how far a delivery has come.
type Progress struct {
	Bytes  int64 // read so far
	Counts graph.Counts
	Done   bool
}

// Request is one delivery to be ingested.
type Request struct {
	Source model.Source
	Name   string // the file's base name
	Reader io.Reader
	// Delta overrides the source's declaration: absences retract nothing.
	Delta bool
	// Type overrides the source's declared type.
	Type string
	// Date is the delivery's stated date where the format states none.
	Date time.Time
	// Actor is who delivers, for the audit.
	Actor string
	// Confirm lets a full delivery retract more than the source's share.
	Confirm bool
	// Unmatched leaves what has changed to the next run of Resolve.
	Unmatched bool
	// Matching is told how matching what has changed gets on: of which kind, and of
	// Resolve's steps.
	Matching func(kind model.Kind, step string, done, total int64)
	// Weighing is told that so much has changed of a kind that all of it is weighed
	// anew: how many records wait, of how many.
	Weighing func(kind model.Kind, waiting, records int64)
	Progress func(Progress)
}

// run is one delivery under way.
type run struct {
	r        *Registry
	source   *Source
	request  Request
	delivery ingest.Delivery
	part     string
	context  []byte
	mapped   mapped // by which mapper the part's records were made
	byItem   bool   // one mapper made all of them, and it is this delivery's
	fresh    bool   // the store was empty: nothing is known and nothing can be absent
	unseen   atomic.Pointer[unseen]
	worth    int64 // how many added records make it worth while to learn what is unseen
	stamp    int64
	log      graph.Delivery
	read     *countingReader
	seen     *hashSet
	aside    *aside
	through  atomic.Bool // too much was kept aside: no item stops at its hash any more
	sum      contents    // of every item's hash
	// spared are the keys of items that went to quarantine, and of which: they are
	// present, though unreadable. So is a record that one of refusedItems gave once.
	spared       map[model.RecordKey]graph.Hash
	refusedItems map[graph.Hash]refused
	formerly     map[graph.Hash]bool // refused in full deliveries of the part that were done
	typ          string              // what the file holds, where the format does not say
	stated       int64               // a stamp known beforehand: a quarantined item's
	refused      []string            // why items were quarantined
	touched      []model.EntityID
	held         []string    // places of records that were not stored, for they had been erased
	concepts     atomic.Bool // the delivery holds code lists
	ended        bool        // the last transaction has written how it ended
	flying       *flight     // the transaction being written, if any
	// at is the revision that the store is at if only this delta has written since
	// the store was prepared for it; 0 when that is not known.
	at        model.Revision
	disturbed bool // somebody else has written meanwhile
	// unmatching: what was changed is of kinds that are not kept matched.
	unmatching bool
	// uncontested: the last transaction has seen that no case of rectification is open.
	uncontested bool
	hashKey     int64 // that its hashes are made under
}

// Ingest brings one delivery into the registry. What was committed before an
// error stays; the delivery's row says how it ended. The error is an
// *ingest.PlaceError when the file is broken, and its text holds no personal number. It
// is ingest.ErrConfiguration when the file was not begun with, for its source's
// configuration is wrong: then there is no row.
func (r *Registry) Ingest(ctx context.Context, q Request) (_ graph.Delivery, err error) {
	defer func() { err = impersonal(err) }()
	source, err := r.Source(q.Source)
	if err != nil {
		return graph.Delivery{}, err
	}
	at, err := r.prepare(ctx)
	if err != nil {
		return graph.Delivery{}, err
	}
	q.Name = model.WithoutPersonal(q.Name)
	w, err := r.deliver(ctx, source, q, at)
	if w.disturbed {
		defer r.prepared.Store(0) // what has become of the store is for the next to look at
	}
	if err = errors.Join(err, r.publish(ctx, q, w.at)); err == nil && !q.Unmatched && !w.unmatching {
		err = r.matchChanged(ctx, q)
	}
	if c := &w.log.Counts; err == nil && !w.uncontested && c.Added+c.Changed+c.Retracted > 0 {
		err = r.settleCases(ctx, source.Name)
	}
	return w.log, err
}

// impersonal is the error with no personal number in its text: a reader may quote what
// it could not read.
func impersonal(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); takeOut(&text) {
		return &quoting{text, err}
	}
	return err
}

// quoting is an error of which the text is told otherwise.
type quoting struct {
	text string
	err  error
}

// Error is the text without personal numbers.
func (e *quoting) Error() string { return e.text }

// Unwrap is what has happened.
func (e *quoting) Unwrap() error { return e.err }

// matchChanged matches what has changed of the kinds that are kept matched, as the
// next run of Resolve would.
func (r *Registry) matchChanged(ctx context.Context, q Request) error {
	kinds, err := r.store.Matchings(ctx)
	if err != nil {
		return fmt.Errorf("read which kinds are kept matched: %w", err)
	}
	for _, kind := range Matched {
		if !slices.ContainsFunc(kinds, func(m graph.Matching) bool { return m.Kind == kind && m.Records >= 0 }) {
			continue // never resolved, or a run over all was cut off and is to be made again
		}
		for _, err := range r.store.Unmatched(ctx, kind, 1) {
			if err == nil {
				var o ResolveOptions
				if q.Matching != nil {
					o.Progress = func(step string, done, total int64) { q.Matching(kind, step, done, total) }
				}
				if q.Weighing != nil {
					o.Weighing = func(waiting, records int64) { q.Weighing(kind, waiting, records) }
				}
				_, err = r.Resolve(ctx, kind, o)
			}
			if err != nil {
				return fmt.Errorf("what was delivered is in; match what it changed (karna resolve does): %w", err)
			}
		}
	}
	return nil
}

func (r *Registry) deliver(ctx context.Context, source *Source, q Request, at model.Revision) (*run, error) {
	if err := r.endAbandoned(ctx, source.Name); err != nil {
		return &run{}, err
	}
	w := r.newRun(source, q)
	if !w.log.Full {
		w.at = at
	}
	opened, err := source.Format.Open(w.read, w.options())
	if errors.Is(err, ingest.ErrConfiguration) {
		return &run{}, fmt.Errorf("open %s as %s: %w", q.Name, source.Format.Name(), err)
	}
	if err != nil {
		w.log.State, w.log.Message, w.log.Ended = graph.Broken, model.WithoutPersonal(err.Error()), r.clock()
		return w, errors.Join(fmt.Errorf("open %s as %s: %w", q.Name, source.Format.Name(), err), w.save(ctx))
	}
	w.delivery = opened
	err = w.all(ctx)
	if w.concepts.Load() {
		err = errors.Join(err, r.readOwnCodes(ctx))
	}
	return w, err
}

func (r *Registry) newRun(source *Source, q Request) *run {
	w := &run{r: r, source: source, request: q, aside: newAside(), spared: map[model.RecordKey]graph.Hash{}, refusedItems: map[graph.Hash]refused{}, typ: q.Type}
	w.unseen.Store(r.unseen.Swap(nil))
	w.fresh, w.worth = w.unseen.Load() != nil, int64(r.perCommit)
	if w.typ == "" {
		w.typ = source.Type
	}
	w.read = &countingReader{r: q.Reader}
	w.log = graph.Delivery{
		ID: r.newID(), Source: source.Name, Name: q.Name, Full: source.Full && !q.Delta,
		State: graph.Running, Started: r.clock(),
	}
	return w
}

func (w *run) options() ingest.Options {
	return ingest.Options{
		Source: w.source.Name, Full: w.log.Full, Mapping: w.source.Mapping, Type: w.typ, Date: w.request.Date,
		Arrival: w.log.Started, Jurisdiction: w.r.jurisdiction, ProofOf: w.r.policy.ProofOf,
	}
}

func (w *run) all(ctx context.Context) (err error) {
	w.r.underWay.Store(w.log.ID, true)
	defer w.r.underWay.Delete(w.log.ID)
	w.seen = newHashSet()
	defer func() { err = errors.Join(err, w.seen.close()) }()
	started := false
	if w.hashKey, err = w.r.useKnown(ctx); err != nil {
		return err
	}
	begin := func() error {
		started = true
		w.part, w.context = w.delivery.Part(), w.delivery.Context()
		w.stamp = w.stated
		if t := w.delivery.Stamp(); !t.IsZero() {
			w.stamp = t.UnixMilli()
		} else if !w.request.Date.IsZero() {
			w.stamp = w.request.Date.UnixMilli()
		}
		w.log.Part, w.log.Stamp = w.part, w.stamp
		if stale, err := w.isStale(ctx); stale || err != nil {
			return err
		}
		var err error
		w.mapped, err = w.readMapped(ctx)
		w.byItem = w.mapped.asNow()
		return err
	}
	broken := w.items(ctx, begin)
	if broken == nil && !started {
		broken = begin() // an empty delivery has a header too
	}
	if w.log.State == graph.Stale {
		return w.save(ctx)
	}
	var place *ingest.PlaceError
	switch {
	case errors.Is(broken, context.Canceled) || errors.Is(broken, context.DeadlineExceeded):
		w.log.State, w.log.Message = graph.Stopped, "stopped; the next run goes on from here"
		ctx = context.WithoutCancel(ctx)
	case errors.As(broken, &place):
		w.log.State, w.log.Message = graph.Broken, model.WithoutPersonal(broken.Error())
	case broken != nil: // the store, for one: nothing is wrong with the file
		w.log.State, w.log.Message = graph.Stopped, model.WithoutPersonal(broken.Error())+"; the next run goes on from here"
	default:
		w.log.State = graph.Done
		if w.log.Full {
			broken = errors.Join(w.retractAbsent(ctx), w.clearQuarantine(ctx), w.settleMapped(ctx))
		}
	}
	err = broken
	if !w.ended || w.log.State != graph.Done {
		w.log.Counts.Bytes = w.read.n.Load()
		w.log.Ended = w.r.clock()
		err = errors.Join(err, w.save(ctx))
	}
	w.report(true)
	return err
}

// isStale tells whether a full delivery of the same part with a later stamp has
// been here: then nothing in this one is news.
func (w *run) isStale(ctx context.Context) (bool, error) {
	if w.stamp == 0 {
		return false, nil
	}
	for d, err := range w.r.store.Deliveries(ctx, w.source.Name, 10_000) {
		if err != nil {
			return false, fmt.Errorf("read the deliveries of %s: %w", w.source.Name, err)
		}
		if d.Full && d.State == graph.Done && d.Part == w.part && d.Stamp > w.stamp {
			w.log.State = graph.Stale
			w.log.Ended = w.r.clock()
			w.log.Message = fmt.Sprintf("older than %s, a full delivery of the same part that is already here; nothing was taken", d.Name)
			return true, nil
		}
	}
	return false, nil
}

// errStale ends reading a stale delivery.
var errStale = errors.New("stale delivery")

func (w *run) save(ctx context.Context) error {
	_, err := w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
		if err := tx.PutDelivery(ctx, w.log); err != nil {
			return err
		}
		return w.auditEnd(ctx, tx, &w.log, w.touched)
	})
	if err != nil {
		return fmt.Errorf("write the delivery's state: %w", err)
	}
	return nil
}

// auditEnd tells of a delivery that has ended and has changed something, or was
// confirmed.
func (w *run) auditEnd(ctx context.Context, tx graph.Tx, d *graph.Delivery, touched []model.EntityID) error {
	c := &d.Counts
	if d.State == graph.Running || c.Added+c.Changed+c.Retracted+c.Erased == 0 && !w.request.Confirm {
		return nil
	}
	e := audit.Entry{
		Actor:     cmp.Or(w.request.Actor, "ingest"),
		Operation: fmt.Sprintf("deliver %s %s: %s", d.Source, d.ID, d.State),
		Purpose:   w.source.Purpose,
		Subjects:  touched,
	}
	if len(touched) == mostTouched {
		e.Operation += ", of more golden records than are named"
	}
	if w.request.Confirm {
		e.Operation = "confirm, " + e.Operation
	}
	return w.r.audit.AppendTx(ctx, tx, e)
}

// mostTouched is how many golden ids an entry of the audit names of what one run of
// a source, of karna resolve or of quarantine has changed.
const mostTouched = 200

// touching appends the golden ids that a transaction changes, as long as they are
// not too many.
func touching(to []model.EntityID, changes []graph.GoldenChange) []model.EntityID {
	for i := range changes {
		if len(to) >= mostTouched {
			break
		}
		if id := changes[i].New.ID; !slices.Contains(to, id) {
			to = append(to, id)
		}
	}
	return to
}

func (w *run) provenance() graph.Provenance {
	return graph.Provenance{Actor: "ingest", Reason: string(w.source.Name) + "/" + w.log.Name, Delivery: w.log.ID, At: w.r.clock()}
}

func (w *run) report(done bool) {
	if w.request.Progress != nil {
		w.request.Progress(Progress{Bytes: w.read.n.Load(), Counts: w.log.Counts, Done: done})
	}
}
