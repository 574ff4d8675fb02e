package access

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
)

// index finds golden records by what they have. It says nothing of who may see
// them.
type index interface {
	Find(ctx context.Context, q graph.FindQuery) iter.Seq2[graph.Golden, error]
	Words(ctx context.Context, spaces []graph.Space, prefix string) iter.Seq2[string, error]
	Referrers(ctx context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error]
	LinksTo(ctx context.Context, targets []graph.LinkTarget, property model.PropertyID, seen model.Disclosure, limit int) ([][]graph.Link, error)
	Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error)
}

// index is the index at the revision that the View reads.
func (v *View) index() index {
	if v.then != nil {
		return v.then
	}
	return v.a.store
}

// pastIndex answers for a revision of the past. The store's index is of the
// present; but whatever has not changed since the revision is found there, and
// what has is in the feed, and is read as it was. So an answer costs what has
// changed since, of the kinds that it is about, once for a View.
//
// A record that changes between two reads would be missed by both, so the feed
// is always read after the index of the present. Results are in id order.
type pastIndex struct {
	graph.Past
	store store

	mu      sync.Mutex
	read    graph.ChangePosition // the feed has been read up to here
	changed map[model.EntityID]bool
	waiting [model.Concept + 1][]model.EntityID // changed, and not read as they were
	was     [model.Concept + 1]entries
}

// entries are index rows of what has changed, as they were at the revision.
type entries struct {
	terms map[graph.Space]map[string][]model.EntityID
	links map[model.EntityID][]graph.Link // by target
}

func newPastIndex(s store, past graph.Past, at model.Revision) *pastIndex {
	return &pastIndex{Past: past, store: s, read: graph.ChangePosition{Revision: at, ID: lastID}, changed: map[model.EntityID]bool{}}
}

// catchUp reads what has changed, and how things of these kinds were that have.
// The index is locked.
func (p *pastIndex) catchUp(ctx context.Context, kinds ...model.Kind) error {
	for n := feedChunk; n == feedChunk; {
		n = 0
		for c, err := range p.store.Changes(ctx, p.read, feedChunk) {
			if err != nil {
				return fmt.Errorf("read what has changed since: %w", err)
			}
			n++
			p.read = graph.ChangePosition{Revision: c.Revision, ID: c.ID}
			if !p.changed[c.ID] {
				p.changed[c.ID] = true
				p.waiting[c.Kind] = append(p.waiting[c.Kind], c.ID)
			}
		}
	}
	for _, kind := range kinds {
		for ids := range slices.Chunk(p.waiting[kind], feedChunk) {
			rows, err := p.Goldens(ctx, ids, graph.WithValues)
			if err != nil {
				return fmt.Errorf("read %d golden records as they were: %w", len(ids), err)
			}
			for i := range rows {
				if err := p.was[kind].add(&rows[i]); err != nil {
					return err
				}
			}
		}
		p.waiting[kind] = nil
	}
	return nil
}

func (e *entries) add(row *graph.Golden) error {
	if row.State != graph.Live {
		return nil
	}
	g := model.Golden{ID: row.ID, Kind: row.Kind, Disclosure: row.Disclosure}
	if err := document.DecodeGolden(row.Values, &g); err != nil {
		return fmt.Errorf("read golden record %s: %w", row.ID, err)
	}
	g.ID, g.Kind = row.ID, row.Kind
	testimony, err := document.DecodeTestimony(row.Values)
	if err != nil {
		return fmt.Errorf("read golden record %s: %w", row.ID, err)
	}
	if e.terms == nil {
		e.terms, e.links = map[graph.Space]map[string][]model.EntityID{}, map[model.EntityID][]graph.Link{}
	}
	for _, t := range document.Terms(&g, testimony) {
		if e.terms[t.Space] == nil {
			e.terms[t.Space] = map[string][]model.EntityID{}
		}
		e.terms[t.Space][t.Key] = append(e.terms[t.Space][t.Key], g.ID)
	}
	for _, l := range document.Links(&g, testimony) {
		e.links[l.To] = append(e.links[l.To], l)
	}
	return nil
}

// find are the ids under all of the terms.
func (e *entries) find(terms []graph.FindTerm) map[model.EntityID]bool {
	var out map[model.EntityID]bool
	for i, t := range terms {
		these := map[model.EntityID]bool{}
		for _, space := range t.Spaces {
			for _, ids := range e.under(space, t) {
				for _, id := range ids {
					if i == 0 || out[id] {
						these[id] = true
					}
				}
			}
		}
		out = these
	}
	return out
}

// under are the rows of a space that a term asks for.
func (e *entries) under(space graph.Space, t graph.FindTerm) iter.Seq2[string, []model.EntityID] {
	return func(yield func(string, []model.EntityID) bool) {
		if !t.Prefix {
			if ids := e.terms[space][t.Key]; ids != nil {
				yield(t.Key, ids)
			}
			return
		}
		for key, ids := range e.terms[space] {
			if strings.HasPrefix(key, t.Key) && !yield(key, ids) {
				return
			}
		}
	}
}

// Find is Reader.Find at the revision, in id order.
func (p *pastIndex) Find(ctx context.Context, q graph.FindQuery) iter.Seq2[graph.Golden, error] {
	return func(yield func(graph.Golden, error) bool) {
		left := q.Limit
		if q.After.IsZero() {
			q.After = firstID
		}
		for left > 0 {
			ids, next, more, err := p.candidates(ctx, q, max(left, 64))
			if err == nil {
				var rows []graph.Golden
				rows, err = p.Goldens(ctx, ids, q.Parts)
				for i := range rows {
					if g := &rows[i]; g.State != graph.Live || g.Kind != q.Kind || g.Disclosure.Rank() > q.Disclosure.Rank() {
						continue
					}
					if !yield(rows[i], nil) {
						return
					}
					if left--; left == 0 {
						return
					}
				}
			}
			if err != nil {
				yield(graph.Golden{}, err)
				return
			}
			if !more {
				return
			}
			q.After = next
		}
	}
}

// candidates are ids after q.After of what may have had the terms, up to next
// where there are more.
func (p *pastIndex) candidates(ctx context.Context, q graph.FindQuery, most int) (ids []model.EntityID, next model.EntityID, more bool, err error) {
	of := q
	of.Limit, of.Parts, of.Disclosure = most, 0, model.Protected
	for row, err := range p.store.Find(ctx, of) {
		if err != nil {
			return nil, next, false, err
		}
		ids = append(ids, row.ID)
	}
	if more = len(ids) == most; more {
		next = ids[len(ids)-1]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.catchUp(ctx, q.Kind); err != nil {
		return nil, next, false, err
	}
	ids = slices.DeleteFunc(ids, func(id model.EntityID) bool { return p.changed[id] })
	for id := range p.was[q.Kind].find(q.Terms) {
		if id.Compare(q.After) > 0 && (!more || id.Compare(next) <= 0) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	return ids, next, more, nil
}

// Referrers is Reader.Referrers at the revision.
func (p *pastIndex) Referrers(ctx context.Context, to []model.EntityID, of []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error] {
	return func(yield func(graph.Link, error) bool) {
		links, err := p.referrers(ctx, to, of, seen)
		if err != nil {
			yield(graph.Link{}, err)
			return
		}
		for i := range links {
			if !yield(links[i], nil) {
				return
			}
		}
	}
}

// LinksTo is Reader.LinksTo at the revision.
func (p *pastIndex) LinksTo(ctx context.Context, targets []graph.LinkTarget, property model.PropertyID, seen model.Disclosure, limit int) ([][]graph.Link, error) {
	ids := make([]model.EntityID, len(targets))
	for i := range targets {
		ids[i] = targets[i].ID
	}
	links, err := p.referrers(ctx, ids, []model.PropertyID{property}, seen)
	if err != nil {
		return nil, err
	}
	// They come in order of target and origin.
	out := make([][]graph.Link, len(targets))
	for i, t := range targets {
		from, _ := slices.BinarySearchFunc(links, t, func(l graph.Link, t graph.LinkTarget) int {
			return cmp.Or(l.To.Compare(t.ID), l.From.Compare(t.From))
		})
		for _, l := range links[from:] {
			if l.To != t.ID || len(out[i]) == limit {
				break
			}
			out[i] = append(out[i], l)
		}
	}
	return out, nil
}

func (p *pastIndex) referrers(ctx context.Context, to []model.EntityID, of []model.PropertyID, seen model.Disclosure) ([]graph.Link, error) {
	var links []graph.Link
	for l, err := range p.store.Referrers(ctx, to, of, seen) {
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
	kinds := model.Kinds
	if len(of) > 0 {
		kinds = nil
		for _, id := range of {
			if row := propertyOf(id).row; row != nil && !slices.Contains(kinds, row.Kind) {
				kinds = append(kinds, row.Kind)
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.catchUp(ctx, kinds...); err != nil {
		return nil, err
	}
	links = slices.DeleteFunc(links, func(l graph.Link) bool { return p.changed[l.From] })
	targets := slices.Clone(to)
	slices.SortFunc(targets, model.EntityID.Compare)
	for _, target := range slices.Compact(targets) {
		for _, kind := range kinds {
			for _, l := range p.was[kind].links[target] {
				if l.Disclosure.Rank() <= seen.Rank() && (len(of) == 0 || slices.Contains(of, l.Property)) {
					links = append(links, l)
				}
			}
		}
	}
	slices.SortStableFunc(links, func(a, b graph.Link) int {
		return cmp.Or(a.To.Compare(b.To), cmp.Compare(a.Property, b.Property), a.From.Compare(b.From))
	})
	return links, nil
}

// Words is Reader.Words at the revision, the first mostHeard of them at least. Like
// it, it may have words of what is not there.
func (p *pastIndex) Words(ctx context.Context, spaces []graph.Space, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		words, err := p.words(ctx, spaces, prefix)
		if err != nil {
			yield("", err)
			return
		}
		for _, w := range words {
			if !yield(w, nil) {
				return
			}
		}
	}
}

func (p *pastIndex) words(ctx context.Context, spaces []graph.Space, prefix string) ([]string, error) {
	var words []string
	for w, err := range p.store.Words(ctx, spaces, prefix) {
		if err != nil {
			return nil, err
		}
		if words = append(words, w); len(words) == mostHeard {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.catchUp(ctx, model.Kinds...); err != nil {
		return nil, err
	}
	for _, kind := range model.Kinds {
		for _, space := range spaces {
			for key := range p.was[kind].under(space, graph.FindTerm{Key: prefix, Prefix: true}) {
				words = append(words, key)
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}
