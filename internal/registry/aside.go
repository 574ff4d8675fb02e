package registry

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// aside keeps back what a delivery says of records that are held by another item,
// until it has been read. For that item may come too: it stops at its hash wherever
// it stands, and which of the two is the later can be told at the end only. Taken
// as they come, a file with two rows of one key would change the record whenever it
// is delivered.
type aside struct {
	rivals map[model.RecordKey]*rival
	order  []*rival
	n      int
	// seen tells of the items that hold the records at which place of the delivery
	// they came last, while anything is kept back; 0 for not since then.
	seen map[graph.Hash]int64
}

// rival is what a delivery says of one record that another item holds.
type rival struct {
	holds graph.Hash // the item that holds it; zero if it is not live
	stamp int64      // of what is held
	says  []incoming
}

// mostAside bounds what is kept back. What says more of records that are held is
// not a delivery that was here before: from then on no item stops at its hash, and
// each is taken in its turn.
const mostAside = 2 * maxRecords

func newAside() *aside {
	return &aside{rivals: map[model.RecordKey]*rival{}, seen: map[graph.Hash]int64{}}
}

// span is a run of a delivery's items: their hashes, and which of the delivery is the
// first, counted from 1.
type span struct {
	items []graph.Hash
	from  int64
}

// pass notes where items stand that hold what is kept back.
func (a *aside) pass(s span) {
	if len(a.seen) == 0 {
		return
	}
	for i, item := range s.items {
		if _, asked := a.seen[item]; asked {
			a.seen[item] = s.from + int64(i)
		}
	}
}

func (a *aside) keep(in *incoming, h *graph.Head) {
	r := a.rivals[in.key]
	if r == nil {
		r = &rival{stamp: h.Stamp}
		if h.Live {
			r.holds = h.Item
		}
		a.rivals[in.key] = r
		a.order = append(a.order, r)
		if _, asked := a.seen[r.holds]; !asked && !r.holds.IsZero() {
			a.seen[r.holds] = 0
		}
	}
	r.says = append(r.says, *in)
	a.n++
}

// isLater tells whether a word is later than what is held by a time of its own. A
// delivery's time is also that of the items in it that stopped at their hashes.
func (w *run) isLater(in *incoming, held int64) bool {
	return held != 0 && in.stamp > held && in.stamp != w.stamp
}

// keepAside keeps back of a batch what may have a rival, and gives the rest. passed
// are the items that were read with it.
func (w *run) keepAside(ctx context.Context, batch []incoming, passed []span) ([]incoming, error) {
	if len(batch) == 0 {
		return nil, nil
	}
	keys := make([]model.RecordKey, len(batch))
	for i := range batch {
		keys[i] = batch[i].key
	}
	from := w.r.store.Committed()
	if u := w.unseen.Load(); u != nil {
		from = loading{from, u}
	}
	// What is being written meanwhile are records that have no rival, or none yet.
	heads, err := from.Heads(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("look up %d records: %w", len(keys), err)
	}
	rest := make([]incoming, 0, len(batch))
	for i := range batch {
		in, h := &batch[i], &heads[i]
		switch {
		case w.aside.rivals[in.key] != nil:
			w.aside.keep(in, h)
		case h.ID.IsZero(), in.rec != nil && h.Live && h.Item == in.item,
			in.stamp != 0 && in.stamp < h.Stamp, w.isLater(in, h.Stamp):
			rest = append(rest, *in)
		default:
			w.aside.keep(in, h)
		}
	}
	for _, s := range passed {
		w.aside.pass(s)
	}
	return rest, nil
}

// takeAside is what was kept back, in the order of the delivery, with what does not
// count marked. What is said of one record stays together.
func (w *run) takeAside() ([][]incoming, error) {
	before := map[graph.Hash]bool{}
	for _, r := range w.aside.order {
		if !r.holds.IsZero() && w.aside.seen[r.holds] == 0 {
			before[r.holds] = false
		}
	}
	if err := w.seen.find(before); err != nil {
		return nil, err
	}
	var out [][]incoming
	var batch []incoming
	for _, r := range w.aside.order {
		again := w.aside.seen[r.holds]
		for i := range r.says {
			if in := &r.says[i]; in.at < again && w.isLater(in, r.stamp) {
				again = 0 // then what is held is stale where it comes again
			}
		}
		over := again > 0 || before[r.holds]
		for i := range r.says {
			in := &r.says[i]
			in.lost = in.at < again
			in.over = over && !in.lost
		}
		if len(batch)+len(r.says) > maxRecords && len(batch) > 0 {
			out, batch = append(out, batch), nil
		}
		batch = append(batch, r.says...)
	}
	w.aside = newAside()
	if len(batch) > 0 {
		out = append(out, batch)
	}
	return out, nil
}

// beat notes an item that another of its delivery takes the place of, of some record.
func (o *outcome) beat(item graph.Hash, place string) {
	if item.IsZero() {
		return
	}
	if o.beaten == nil {
		o.beaten = map[graph.Hash]string{}
	}
	o.beaten[item] = place
}

// reasonBeaten is why a beaten item is in the quarantine.
const reasonBeaten = "another item of the file has the same key and says something else, and counts, since it comes later (leave one of them in the source)"

// putBeaten puts beaten items into the quarantine, without what they say: to try them
// again by themselves would let them win.
func (w *run) putBeaten(ctx context.Context, tx graph.Tx, items map[graph.Hash]string) error {
	if len(items) == 0 {
		return nil
	}
	rows := make([]graph.Quarantined, 0, len(items))
	for item, place := range items {
		place = model.WithoutPersonal(place)
		body, err := json.Marshal(kept{Type: w.typ, Place: place, File: w.log.Name, Stamp: w.stamp})
		if err != nil {
			return fmt.Errorf("encode a quarantined item: %w", err)
		}
		keyID, body, err := w.r.keys.Seal([16]byte(item), body)
		if err != nil {
			return err
		}
		rows = append(rows, graph.Quarantined{
			Item: item, Source: w.source.Name, Delivery: w.log.ID, Place: place, Reason: reasonBeaten, KeyID: keyID, Body: body, At: w.r.clock(),
		})
	}
	if err := tx.PutQuarantine(ctx, rows, nil); err != nil {
		return fmt.Errorf("write %d items that others take the place of: %w", len(rows), err)
	}
	return nil
}
