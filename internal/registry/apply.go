package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// incoming is one record as delivered, mapped and hashed, not yet compared with
// what is held. rec is nil for a deletion. Deciding must leave it as it is: a
// transaction may run twice.
type incoming struct {
	key     model.RecordKey
	part    string
	rec     *model.Record
	item    graph.Hash
	content graph.Hash
	stamp   int64
	place   string // in the delivery, for people
	at      int64  // which item of the delivery it is from, counted from 1
	lost    bool   // another item of the delivery counts: it is heard, and changes nothing
	over    bool   // what is held is of an earlier item of the delivery
}

// outcome is what a transaction did.
type outcome struct {
	added, changed, retracted, stale int64
	held                             []string // places of records that had been erased
	// beaten are the items that others of their delivery take the place of, and where
	// they stand.
	beaten map[graph.Hash]string
}

func (o *outcome) addTo(c *graph.Counts) {
	c.Added += o.added
	c.Changed += o.changed
	c.Retracted += o.retracted
	c.Stale += o.stale
	c.Erased += int64(len(o.held))
	c.Quarantined += int64(len(o.beaten))
}

// contentOf is the keyed hash of what a record says, and of what is wrong with it: a
// field that goes bad, or is mended, makes a version.
func (r *Registry) contentOf(buf []byte, rec *model.Record) (graph.Hash, []byte) {
	buf = document.AppendStatements(buf[:0], rec.Statements, rec.Disclosure, rec.Period)
	buf = document.AppendIssues(buf, rec.Issues)
	return graph.Hash(r.keys.Hash(seal.DomainContent, buf)), buf
}

// apply brings deliveries' records into the store in one transaction.
func (r *Registry) apply(ctx context.Context, tx graph.Tx, delivery model.EntityID, batch []incoming) (planned, error) {
	p, err := r.plan(ctx, tx, tx.Basis(), delivery, batch)
	if err != nil {
		return p, err
	}
	return p, p.writes.put(ctx, tx)
}

// planned is what a batch comes to, on what was in sight at a basis.
type planned struct {
	basis   graph.Basis
	writes  *writes
	outcome outcome
	// unmatching: something is changed, and no kind is kept matched.
	unmatching bool
}

// after is the basis once it is written.
func (p *planned) after() graph.Basis {
	if p.writes.takes {
		return p.basis.Next()
	}
	return p.basis
}

// plan works out what deliveries' records change, and writes nothing: what is
// older than what is held is left, what is equal is touched, the rest becomes
// versions, and the golden records follow.
func (r *Registry) plan(ctx context.Context, from graph.Reader, basis graph.Basis, delivery model.EntityID, batch []incoming) (planned, error) {
	u := r.newUnit(ctx, from, len(batch))
	u.rev = basis.TakenAs()
	p := planned{basis: basis, writes: &u.writes}
	if err := u.receive(batch, delivery, &p.outcome); err != nil {
		return p, err
	}
	if err := u.mark(); err != nil || len(u.changed)+len(u.restamped) == 0 {
		return p, err
	}
	err := u.resolve()
	u.writes.takes = len(u.changed) > 0 || u.writes.more()
	p.unmatching = len(u.matched) == 0
	return p, err
}

// resolve partitions what the changed records bear on and finds what follows.
func (u *unit) resolve() error {
	var err error
	for i := range u.writes.versions {
		u.writes.versions[i].Revision = u.rev
	}
	for _, n := range u.changed {
		n.head.Revision = u.rev
	}
	if u.judging, err = u.from.HasDecisions(u.ctx); err != nil {
		return fmt.Errorf("look for decisions: %w", err)
	}
	if u.matched, err = matchedKinds(u.ctx, u.from); err != nil {
		return err
	}
	seeds := slices.Concat(u.changed, u.restamped)
	if err := u.close(seeds); err != nil {
		return err
	}
	if err := u.reweigh(); err != nil {
		return err
	}
	if err := u.partition(seeds); err != nil {
		return err
	}
	return u.settle()
}

// receive compares the batch with what is held, and leaves the changed records
// in sight.
func (u *unit) receive(batch []incoming, delivery model.EntityID, out *outcome) error {
	keys := make([]model.RecordKey, len(batch))
	for i := range batch {
		keys[i] = batch[i].key
	}
	heads, err := u.from.Heads(u.ctx, keys)
	if err != nil {
		return fmt.Errorf("look up %d records: %w", len(keys), err)
	}
	erased, err := u.erasedAmong(batch, heads)
	if err != nil {
		return err
	}
	inBatch := make(map[model.RecordKey]*pending, len(batch))
	var order []*pending
	for i := range batch {
		in := &batch[i]
		if erased[in.key] {
			if in.rec != nil {
				out.held = append(out.held, in.place)
			}
			continue
		}
		p := inBatch[in.key]
		if p == nil {
			p = &pending{n: &node{before: heads[i], head: heads[i]}, last: -1, said: -1, now: -1, first: -1}
			inBatch[in.key] = p
			order = append(order, p)
		}
		h := &p.n.head
		if in.lost {
			u.hear(in, h.ID)
			if in.rec != nil && h.Live && h.Content != in.content {
				out.beat(in.item, in.place)
			}
			continue
		}
		if in.stamp != 0 && h.Stamp > in.stamp {
			out.stale++
			u.hear(in, h.ID)
			if in.rec != nil {
				p.hears(batch, i, false)
			}
			continue
		}
		if in.rec == nil && !h.ID.IsZero() && !h.Live {
			h.Stamp = max(h.Stamp, in.stamp) // a deletion of what is already gone may still be later
			continue
		}
		if in.rec != nil && h.Live && h.Content == in.content {
			h.Item, h.Stamp, h.Part = in.item, max(h.Stamp, in.stamp), in.part
			u.hear(in, h.ID)
			p.hears(batch, i, true)
			p.now = i
			continue
		}
		p.beats(batch, i, out)
		p.last = i
		h.Key, h.Part, h.Stamp = in.key, in.part, in.rankAfter(h.Stamp)
		h.Live, h.Item, h.Content = in.rec != nil, in.item, in.content
		if in.rec == nil {
			h.Item, h.Content = graph.Hash{}, graph.Hash{}
		} else {
			p.hears(batch, i, true)
		}
		if h.ID.IsZero() {
			h.ID = u.r.newID()
			h.Golden = h.ID
		}
		u.hear(in, h.ID)
	}
	var earlier, touched []*node
	var heard []*pending
	for _, p := range order {
		n := p.n
		switch {
		case n.before.Live && n.head.Live && n.before.Content == n.head.Content, // maybe it changed and changed back within the batch
			p.last < 0 && (n.head.Live || p.said < 0):
			if n.head != n.before {
				touched = append(touched, n)
			}
			continue
		}
		heard = append(heard, p)
		if !n.before.ID.IsZero() {
			earlier = append(earlier, n)
		}
	}
	was, err := u.recall(earlier)
	if err != nil {
		return err
	}
	for _, p := range heard {
		had := was[p.n.head.ID]
		news := p.news(batch, &had)
		if p.last < 0 && !news {
			if p.n.head != p.n.before {
				touched = append(touched, p.n)
			}
			continue
		}
		if p.first >= 0 && (had.Delivery == delivery || batch[p.first].over) {
			out.beat(p.n.before.Item, "before "+batch[p.first].place)
		}
		version := graph.Version{ID: p.n.head.ID, Delivery: delivery, Stamp: had.Stamp, Gone: !p.n.head.Live, Doc: had.Doc, Said: had.Said}
		if p.last >= 0 {
			version.Stamp = batch[p.last].stamp
		}
		says := p.n.oldRec
		if news {
			in := &batch[p.said]
			rec := *in.rec
			rec.Statements = withoutErased(rec.Statements, erased)
			fresh, err := u.r.sealRecord(&rec, p.n.oldRec)
			if err != nil {
				return err
			}
			u.writes.sealed = append(u.writes.sealed, fresh...)
			says, version.Said = &rec, in.stamp
			version.Doc = document.AppendRecord([]byte{}, &rec) // never nil: a record may say nothing
		}
		if !p.n.before.Live && version.Gone && !p.n.isNew() && version.Said == had.Said && bytes.Equal(version.Doc, had.Doc) {
			if p.n.head != p.n.before { // it came back within the batch, and went again
				touched = append(touched, p.n)
			}
			continue
		}
		u.take(p, says, version, out)
	}
	return u.touch(touched)
}

// take brings a record into sight as the batch leaves it, with what it says or
// said last.
func (u *unit) take(p *pending, says *model.Record, version graph.Version, out *outcome) {
	n := p.n
	n.changed = true
	switch {
	case version.Gone:
		n.last = says
		if p.last >= 0 {
			out.retracted++
		}
	case n.isNew():
		n.rec, version.Said = says, 0
		out.added++
	default:
		n.rec, version.Said = says, 0
		out.changed++
	}
	if says != nil { // else it is a deletion of what was never delivered
		u.writes.versions = append(u.writes.versions, version)
	}
	u.add(n)
	u.changed = append(u.changed, n)
}

// pending is what a batch has said of one record so far.
type pending struct {
	n     *node
	last  int  // index in the batch of the latest word that was taken, -1 for none
	said  int  // of what the record says last, by the source's own time, -1 for none
	taken bool // that, or what it came after, was taken or says what is held
	now   int  // of what the record says as far as the batch has come, -1 if that is not of the batch
	first int  // of the word that says otherwise than what is held, at the same time; -1 for none
}

// beats notes what the word at an index of the batch takes the place of: another
// item's at the same time, or with no time to tell which is later. What is deleted is
// no rival, nor what replaces it.
func (p *pending) beats(batch []incoming, i int, out *outcome) {
	in, h := &batch[i], &p.n.head
	if in.rec == nil {
		p.now = -1
		return
	}
	switch {
	case p.now >= 0:
		if was := &batch[p.now]; was.item != in.item && (was.stamp == in.stamp || was.stamp == 0 || in.stamp == 0) {
			out.beat(was.item, was.place)
		}
	case h.Live && h.Item != in.item && (h.Stamp == in.stamp || h.Stamp == 0 || in.stamp == 0):
		p.first = i
	}
	p.now = i
}

// rankAfter is when a record has said last, once it says this: a word without a time
// ranks by its arrival, next after all that is known.
func (in *incoming) rankAfter(known int64) int64 {
	if in.stamp == 0 && known != 0 {
		return known + 1
	}
	return in.stamp
}

// hears notes that the record says what is at an index of the batch.
func (p *pending) hears(batch []incoming, i int, taken bool) {
	if taken || p.said < 0 || batch[i].stamp > batch[p.said].stamp {
		p.said = i
	}
	p.taken = p.taken || taken
}

// news tells whether the batch has what the record said last, and not the version
// that there was.
func (p *pending) news(batch []incoming, was *graph.Version) bool {
	return p.said >= 0 && (p.taken || was.Doc == nil || batch[p.said].stamp > was.Said)
}

// touch notes records that say what they said, at another time or in other
// bytes. One that speaks beside others in its golden record comes into sight: a
// later word may win that did not.
func (u *unit) touch(nodes []*node) error {
	var later []*node
	var goldens []model.EntityID
	for _, n := range nodes {
		u.touched[n.head.ID] = n.head
		if n.head.Live && n.head.Stamp != n.before.Stamp {
			later, goldens = append(later, n), append(goldens, n.before.Golden)
		}
		u.writes.heads = append(u.writes.heads, n.head)
	}
	if len(later) == 0 {
		return nil
	}
	if err := u.loadGoldens(goldens); err != nil {
		return err
	}
	beside := later[:0]
	heads := make([]graph.Head, 0, len(later))
	for _, n := range later {
		if s := u.stored[n.before.Golden]; s != nil && len(s.evidence.Members) > 1 {
			beside, heads = append(beside, n), append(heads, n.before)
		}
	}
	recs, err := u.r.lastWords(u.ctx, u.from, heads)
	if err != nil {
		return err
	}
	for i, n := range beside {
		n.rec, n.restamped = recs[i], true
		u.add(n)
		u.restamped = append(u.restamped, n)
	}
	return nil
}

// recall reads what records said before, or had said last, and as of when.
func (u *unit) recall(nodes []*node) (map[model.EntityID]graph.Version, error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	heads := make([]graph.Head, len(nodes))
	for i, n := range nodes {
		heads[i] = n.before
	}
	recs, versions, err := u.r.lastVersions(u.ctx, u.from, heads)
	if err != nil {
		return nil, err
	}
	was := make(map[model.EntityID]graph.Version, len(nodes))
	for i, n := range nodes {
		n.oldRec = recs[i]
		if n.before.Live {
			versions[i].Said = n.before.Stamp // it may have been said again since
		}
		was[n.before.ID] = versions[i]
	}
	return was, nil
}

// reconsider partitions anew what the given records bear on, without any record
// having changed: after a decision. guard, if any, is asked of what would be written.
func (r *Registry) reconsider(ctx context.Context, tx graph.Tx, records []model.EntityID, guard func(*unit) error) error {
	u := r.newUnit(ctx, tx, len(records))
	u.guard = guard
	nodes, err := u.load(records)
	if err != nil {
		return err
	}
	return r.partitionAnew(u, tx, nodes, len(records))
}

// remark makes the golden records anew that the given records are in, after marks
// were put on them.
func (r *Registry) remark(ctx context.Context, tx graph.Tx, records []model.EntityID) (*unit, error) {
	u := r.newUnit(ctx, tx, len(records))
	nodes, err := u.load(records)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		n.restamped = true
	}
	return u, r.partitionAnew(u, tx, nodes, len(records))
}

// repartition is reconsider that gives the unit, for what became of it. Roles are
// weighed anew where asked, also those whose clusters stay as they are.
func (r *Registry) repartition(ctx context.Context, tx graph.Tx, records []model.EntityID, asked bool) (*unit, error) {
	u := r.newUnit(ctx, tx, len(records))
	u.asked = asked
	nodes, err := u.load(records)
	if err != nil {
		return nil, err
	}
	return u, r.partitionAnew(u, tx, nodes, len(records))
}

// partitionAnew partitions and writes what the nodes bear on, which are all of
// the records that were asked for.
func (r *Registry) partitionAnew(u *unit, tx graph.Tx, nodes []*node, asked int) (err error) {
	if len(nodes) != asked {
		return ErrUnknownRecord
	}
	u.writes.takes, u.rev = true, tx.Basis().TakenAs()
	u.judging = true
	if u.matched, err = matchedKinds(u.ctx, tx); err != nil {
		return err
	}
	if err := u.close(nodes); err != nil {
		return err
	}
	u.indexPairs()
	if err := u.partition(nodes); err != nil {
		return err
	}
	if u.guard != nil {
		if err := u.guard(u); err != nil {
			return err
		}
	}
	if err := u.settle(); err != nil {
		return err
	}
	return u.writes.put(u.ctx, tx)
}

// errNothingChanged rolls a transaction back that turned out to change nothing.
var errNothingChanged = errors.New("nothing changed")

var _ resolve.Hasher = (*seal.Keyring)(nil).MatchKey
