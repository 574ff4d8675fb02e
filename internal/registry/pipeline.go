package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

const (
	batchItems  = 2_000       // items read, hashed and mapped together
	commitItems = 8_000       // changed items in one revision; each may be a few records
	commitAfter = time.Second // a revision waits no longer for more
	maxArena    = 8 << 20     // a batch ends early at this many bytes
)

// chunk is a run of items, read and then mapped.
type chunk struct {
	items  []ingest.Item
	arena  []byte
	hashes []graph.Hash // of the items
	seen   []graph.Hash // what absence is told by: the items, or the records' keys

	counts   graph.Counts
	incoming []incoming
	rejected []rejected
	err      error
	unasked  []unasked
	from     int64 // which item of the delivery is its first, counted from 1
	first    bool  // of the delivery
	last     bool
	asked    bool // known items were left out
	ready    chan struct{}
}

type rejected struct {
	item   graph.Hash
	place  string
	reason string
	body   []byte
	spared []model.RecordKey
}

// items reads, maps and commits everything the delivery holds. Reading, mapping
// (on every core) and committing overlap; commits keep the file's order.
func (w *run) items(ctx context.Context, begin func() error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := runtime.GOMAXPROCS(0)
	toMap := make(chan *chunk)
	inOrder := make(chan *chunk, workers+1)
	mapping := sync.OnceFunc(func() {
		for range workers {
			go func() {
				for c := range toMap {
					w.mapChunk(ctx, c)
					close(c.ready)
				}
			}()
		}
	})
	// A reader that waits for input cannot be stopped. One that is left behind must
	// not begin the delivery when it wakes.
	var beginning sync.Mutex
	abandoned := false
	begins := func() error {
		beginning.Lock()
		defer beginning.Unlock()
		if abandoned {
			return context.Cause(ctx)
		}
		return begin()
	}
	defer func() {
		beginning.Lock()
		abandoned = true
		beginning.Unlock()
	}()
	go func() {
		defer close(inOrder)
		defer close(toMap)
		for c := range w.chunks(begins) {
			if c.last && len(c.items) > 0 {
				// What there is no more to read beside is mapped here.
				w.mapChunk(ctx, c)
				close(c.ready)
			}
			select {
			case <-ctx.Done():
				return
			case inOrder <- c:
			}
			if c.last {
				if len(c.items) == 0 {
					close(c.ready)
				}
				return
			}
			mapping()
			select {
			case <-ctx.Done():
				c.err = errors.Join(c.err, context.Cause(ctx))
				close(c.ready)
				return
			case toMap <- c:
			}
		}
	}()
	err := w.commitAll(ctx, inOrder)
	if errors.Is(err, errStale) {
		return nil
	}
	return err
}

// chunks splits the delivery into runs of items. A chunk with an error is the last.
func (w *run) chunks(begin func() error) iter.Seq[*chunk] {
	return func(yield func(*chunk) bool) {
		// A chunk is made as large as the one before it was: a delivery of one row
		// needs no room for thousands.
		fresh := func(like *chunk) *chunk {
			return &chunk{
				items: make([]ingest.Item, 0, len(like.items)), arena: make([]byte, 0, len(like.arena)*5/4),
				from: like.from + int64(len(like.items)), ready: make(chan struct{}),
			}
		}
		c, begun := fresh(&chunk{from: 1}), false
		c.first = true
		for item, err := range w.delivery.Items() {
			if err == nil && !begun {
				begun = true
				if err = begin(); err == nil && w.log.State == graph.Stale {
					err = errStale
				}
			}
			if err != nil {
				c.err, c.last = err, true
				yield(c)
				return
			}
			at := len(c.arena)
			c.arena = append(c.arena, item.Raw...)
			item.Raw = c.arena[at:len(c.arena):len(c.arena)]
			c.items = append(c.items, item)
			if len(c.items) == w.r.perChunk || len(c.arena) > maxArena {
				if !yield(c) {
					return
				}
				c = fresh(c)
			}
		}
		if len(c.items) > 0 {
			c.last = true
			yield(c)
		}
	}
}

// mapChunk hashes the chunk's items and maps those that are not known.
func (w *run) mapChunk(ctx context.Context, c *chunk) {
	c.hashes = make([]graph.Hash, len(c.items))
	source, part := []byte(w.source.Name), []byte(w.part)
	for i := range c.items {
		it := &c.items[i]
		c.hashes[i] = graph.Hash(w.r.keys.Hash(seal.DomainItem, source, part, []byte(it.Type), it.Raw))
	}
	c.counts.Items = int64(len(c.items))
	if w.byItem {
		c.seen = c.hashes
	}
	known := make([]bool, len(c.items))
	// A delta that states its own time says of an unchanged item that it is so
	// still, which its hash alone would not keep.
	ask := w.byItem && !w.fresh && (w.log.Full || w.stamp == 0) && !w.through.Load()
	// A delta of few items asks when it looks up their records.
	late := ask && !w.log.Full && c.first && c.last && c.err == nil && len(c.items) <= fewRecords
	if c.asked = ask && !late; c.asked {
		var err error
		if known, err = w.known(ctx, c.hashes); err != nil {
			c.err = errors.Join(fmt.Errorf("look up %d items: %w", len(c.hashes), err), c.err)
			return
		}
	}
	var buf []byte
	for i, it := range c.items {
		if known[i] {
			c.counts.Unchanged++
			continue
		}
		before := c.counts
		res, err := w.delivery.Map(it)
		for _, n := range res.Dropped {
			c.counts.Dropped += int64(n)
		}
		if err != nil {
			c.counts.Quarantined++
			c.rejected = append(c.rejected, w.reject(c.hashes[i], it, res, err))
			continue
		}
		for j := range res.Records {
			rec := &res.Records[j]
			w.normalise(rec)
			in := incoming{key: rec.Key, part: w.part, item: c.hashes[i], stamp: w.stamp, place: it.Place, at: c.from + int64(i)}
			if !rec.Stamp.IsZero() {
				in.stamp = rec.Stamp.UnixMilli()
			}
			if !rec.Deleted {
				in.content, buf = w.r.contentOf(buf, rec)
				in.rec = rec
			}
			if !w.byItem {
				c.seen = append(c.seen, w.r.recordHash(rec.Key))
			}
			c.counts.Records++
			c.counts.Issues += int64(len(rec.Issues))
			c.incoming = append(c.incoming, in)
		}
		if late {
			c.unasked = append(c.unasked, unasked{c.hashes[i], graph.Counts{
				Records: c.counts.Records - before.Records, Issues: c.counts.Issues - before.Issues, Dropped: c.counts.Dropped - before.Dropped,
			}})
		}
	}
}

// normalise makes a mapped record the registry's own: its keys as they are
// stored, its class no wider than its source's, its codes checked.
func (w *run) normalise(rec *model.Record) {
	rec.Key.Source = w.source.Name
	rec.Key.LocalID = w.r.storedLocalID(rec.Key.Source, rec.Key.LocalID)
	if rec.Key.Kind == model.Concept {
		w.concepts.Store(true)
	}
	if w.source.Disclosure != model.Unclassified {
		if rec.Disclosure == model.Unclassified {
			rec.Disclosure = w.source.Disclosure
		} else {
			rec.Disclosure = rec.Disclosure.Stricter(w.source.Disclosure)
		}
	}
	for i := range rec.Statements {
		st := &rec.Statements[i]
		if l, ok := st.Value.(model.Link); ok && !l.Ref.ByIdentifier() {
			if l.Ref.Key.Source == "" {
				l.Ref.Key.Source = w.source.Name
			}
			l.Ref.Key.LocalID = w.r.storedLocalID(l.Ref.Key.Source, l.Ref.Key.LocalID)
			st.Value = l
		}
	}
	takeOutNumbers(rec)
	w.r.checkCodes(rec)
	for i := range rec.Issues {
		issue := &rec.Issues[i]
		issue.Place, issue.Text = model.WithoutPersonal(issue.Place), model.WithoutPersonal(issue.Text)
		issue.Original = model.OriginalOf(issue.Original)
	}
}

// takeOutNumbers takes personal numbers out of what is no identifier: a column that
// has moved, a remark, an address of e-mail that is made of one. Identifiers are
// sealed by their schemes, and links by identifier with them; these would lie open.
func takeOutNumbers(rec *model.Record) {
	if rec.Key.Kind == model.Concept {
		return
	}
	for i := range rec.Statements {
		st := &rec.Statements[i]
		v, found := withoutNumbers(st.Value)
		if found {
			st.Value = v
		}
		if st.Original != "" && ownOriginal(st.Value) {
			_, born := st.Value.(model.Date) // a mapping may take it from the number
			found = takeOut(&st.Original) && !born || found
		}
		if found {
			rec.Issues = append(rec.Issues, model.Issue{
				Property: st.Property, Code: model.IssueIdentifierRule, Severity: model.Warning,
				Text: "a personal number where none belongs; taken out, correct it in the source", Original: model.NumberTakenOut,
			})
		}
	}
}

// withoutNumbers is a value without the personal numbers in its texts. One that has
// none, as nearly all have, is not made anew.
func withoutNumbers(v model.Value) (model.Value, bool) {
	switch v := v.(type) {
	case model.Text:
		if takeOut(&v.Text) {
			return v, true
		}
	case model.Code:
		if takeOut(&v.Notation) {
			return v, true
		}
	case model.Contact:
		if !isTelephone(v) && takeOut(&v.Value) {
			return v, true
		}
	case model.Link:
		if takeOut(&v.Note) {
			return v, true
		}
	case model.Address:
		if takeOut(&v.CareOf, &v.Street, &v.StreetNumber, &v.Entrance, &v.Unit, &v.PostalCode, &v.Locality,
			&v.Municipality, &v.County, &v.Property, &v.Country, &v.FullAddress) {
			return v, true
		}
	case model.Geometry:
		was := v.Original
		if takeOut(&v.Original) {
			whole := decimals.ReplaceAllString(was, "") // decimals may look like a birth date too
			return v, takeOut(&whole)
		}
	}
	return nil, false
}

// decimals are those of a number.
var decimals = regexp.MustCompile(`[.,]\d+`)

// ownOriginal tells whether the text that a value was made of lies open and may hold a
// personal number.
func ownOriginal(v model.Value) bool {
	switch v := v.(type) {
	case model.Identifier:
		return false
	case model.Link:
		return !v.Ref.ByIdentifier()
	case model.Contact:
		return !isTelephone(v) // ten digits of one may look like a birth date too
	}
	return true
}

// isTelephone tells whether a contact is a telephone number that could be read: it is
// in E.164 then, with an extension after it.
func isTelephone(c model.Contact) bool {
	if c.Medium != "phone" || !strings.HasPrefix(c.Value, "+") {
		return false
	}
	number, extension, _ := strings.Cut(c.Value[1:], ";ext=")
	return strings.Trim(number+extension, "0123456789") == ""
}

// takeOut takes the personal numbers out of texts and tells whether there were any.
func takeOut(texts ...*string) (found bool) {
	for _, text := range texts {
		if clean := model.WithoutPersonal(*text); clean != *text {
			*text, found = clean, true
		}
	}
	return found
}

func (w *run) reject(hash graph.Hash, it ingest.Item, res ingest.Result, err error) rejected {
	rej := rejected{item: hash, place: it.Place, reason: err.Error(), body: w.keep(it)}
	var pe *ingest.PlaceError
	if errors.As(err, &pe) {
		rej.place, rej.reason = pe.Place, pe.Reason
		if pe.Remedy != "" {
			rej.reason += " (" + pe.Remedy + ")"
		}
	}
	rej.place, rej.reason = model.WithoutPersonal(rej.place), model.WithoutPersonal(rej.reason)
	for i := range res.Records {
		rec := &res.Records[i]
		rec.Key.Source = w.source.Name
		rec.Key.LocalID = w.r.storedLocalID(rec.Key.Source, rec.Key.LocalID)
		rej.spared = append(rej.spared, rec.Key)
	}
	return rej
}

// commitAll commits the chunks in order, several to a revision when they come
// fast and each on its own when they come slowly.
func (w *run) commitAll(ctx context.Context, chunks <-chan *chunk) (err error) {
	defer func() { err = errors.Join(err, w.land()) }()
	var held []incoming
	var rejects []rejected
	var late []unasked
	var passed []span // since the first that is held
	var whole bool
	since := w.r.clock()
	flush := func(end, last bool) (err error) {
		defer func() { held, rejects, passed, since = nil, nil, nil, w.r.clock() }()
		if !w.fresh && !whole && !w.through.Load() {
			if held, err = w.keepAside(ctx, held, passed); err != nil {
				return err
			}
			w.through.Store(w.aside.n > mostAside)
		}
		var later [][]incoming
		if end || w.through.Load() {
			if later, err = w.takeAside(); err != nil {
				return err
			}
		}
		return w.commit(ctx, held, later, rejects, late, last)
	}
	for {
		var c *chunk
		select {
		case <-ctx.Done(): // the reader may wait for input that never comes
			return context.Cause(ctx)
		case c = <-chunks:
		}
		if c == nil {
			break
		}
		<-c.ready
		if c.asked && w.through.Load() && c.err == nil {
			c.counts, c.incoming, c.rejected = graph.Counts{}, nil, nil
			w.mapChunk(ctx, c)
		}
		// What is taken whole, in one transaction, is taken in its order.
		whole = c.first && c.last && c.counts.Unchanged == 0 && len(c.incoming) <= maxRecords
		w.log.Counts.Items += c.counts.Items
		w.log.Counts.Unchanged += c.counts.Unchanged
		w.log.Counts.Records += c.counts.Records
		w.log.Counts.Issues += c.counts.Issues
		w.log.Counts.Dropped += c.counts.Dropped
		w.log.Counts.Quarantined += c.counts.Quarantined
		if w.log.Full {
			w.sum.add(c.hashes)
		}
		if w.log.Full || w.byItem {
			if err := w.seen.add(c.seen); err != nil {
				return err
			}
		}
		w.aside.pass(span{c.hashes, c.from})
		held = append(held, c.incoming...)
		rejects = append(rejects, c.rejected...)
		late = c.unasked
		if len(held) > 0 {
			passed = append(passed, span{c.hashes, c.from})
		}
		if len(held) >= w.r.perCommit || (len(held)+len(rejects) > 0 && !c.last && w.r.clock().Sub(since) >= commitAfter) {
			if err := flush(false, false); err != nil {
				return errors.Join(err, c.err)
			}
		}
		w.report(false)
		if c.err != nil {
			return errors.Join(c.err, flush(true, false))
		}
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return flush(true, !w.log.Full) // a full delivery may still retract
}

// commit writes a batch, and after it others whose records are to stay together.
func (w *run) commit(ctx context.Context, batch []incoming, later [][]incoming, rejects []rejected, late []unasked, last bool) error {
	if len(batch) == 0 && len(later) == 0 && len(rejects) == 0 {
		return nil
	}
	if len(rejects) > 0 {
		if err := w.readFormerly(ctx); err != nil {
			return err
		}
	}
	quarantined := make([]graph.Quarantined, 0, len(rejects))
	for _, rej := range rejects {
		keyID, body, err := w.r.keys.Seal([16]byte(rej.item), rej.body)
		if err != nil {
			return err
		}
		w.refused = append(w.refused, rej.reason)
		w.refusedItems[rej.item] = refused{before: w.formerly[rej.item]}
		for _, k := range rej.spared {
			w.spared[k] = rej.item
		}
		quarantined = append(quarantined, graph.Quarantined{
			Item: rej.item, Source: w.source.Name, Delivery: w.log.ID, Place: rej.place, Reason: rej.reason,
			KeyID: keyID, Body: body, At: w.r.clock(),
		})
	}
	for len(batch) > maxRecords {
		if err := w.submit(ctx, flight{batch: batch[:maxRecords]}); err != nil {
			return err
		}
		batch = batch[maxRecords:]
	}
	for _, next := range later {
		if len(batch) > 0 && len(batch)+len(next) > maxRecords {
			if err := w.submit(ctx, flight{batch: batch}); err != nil {
				return err
			}
			batch = nil
		}
		batch = append(batch, next...)
	}
	return w.submit(ctx, flight{batch: batch, quarantined: quarantined, unasked: late, last: last})
}

// maxRecords is the most that one revision may change (architecture.md).
const maxRecords = 10_000

// countingReader counts what was read, for progress.
type countingReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
