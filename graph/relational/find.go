package relational

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	postingsOf = statement(`SELECT t.id FROM term AS t
		WHERE t.tenant = $1 AND t.space = @space AND t.key = @key AND t.id > $2 ORDER BY t.id LIMIT $3`,
		Column{"space", SmallInt}, Column{"key", Bytes})
	postingsFrom = statement(`SELECT t.key, t.id FROM term AS t
		WHERE t.tenant = $1 AND t.space = $2 AND (t.key, t.id) > ($3, $4)
		ORDER BY t.key, t.id LIMIT $5`)
	postingsWithin = statement(`SELECT t.key, t.id FROM term AS t
		WHERE t.tenant = $1 AND t.space = $2 AND (t.key, t.id) > ($3, $4) AND t.key < $6
		ORDER BY t.key, t.id LIMIT $5`)
	// Each key is sought after the one before, past the rows between.
	keysFrom = statement(`SELECT k.key FROM (WITH RECURSIVE w(key) AS (
			SELECT (SELECT t.key FROM term AS t WHERE t.tenant = $1 AND t.space = $2 AND t.key >= $3 ORDER BY t.key LIMIT 1)
			UNION ALL
			SELECT (SELECT t.key FROM term AS t WHERE t.tenant = $1 AND t.space = $2 AND t.key > w.key ORDER BY t.key LIMIT 1)
			FROM w WHERE w.key IS NOT NULL)
		SELECT w.key FROM w LIMIT $4) AS k WHERE k.key IS NOT NULL`)
	// keysWithin are the first keys from one on and before another.
	keysWithin = statement(`SELECT k.key FROM (WITH RECURSIVE w(key) AS (
			SELECT (SELECT t.key FROM term AS t WHERE t.tenant = $1 AND t.space = @space AND t.key >= $2 AND t.key < $3 ORDER BY t.key LIMIT 1)
			UNION ALL
			SELECT (SELECT t.key FROM term AS t WHERE t.tenant = $1 AND t.space = @space AND t.key > w.key AND t.key < $3 ORDER BY t.key LIMIT 1)
			FROM w WHERE w.key IS NOT NULL)
		SELECT w.key FROM w LIMIT $4) AS k WHERE k.key IS NOT NULL`, Column{"space", SmallInt})
	postingsAfter = statement(`SELECT t.id FROM term AS t
		WHERE t.tenant = $1 AND t.space = @space AND t.key = @key AND t.id > @id ORDER BY t.id LIMIT $2`,
		Column{"space", SmallInt}, Column{"key", Bytes}, Column{"id", ID})
)

// Words yields the keys under a prefix, each once.
func (r *reader) Words(ctx context.Context, spaces []graph.Space, prefix string) iter.Seq2[string, error] {
	end := prefixEnd([]byte(prefix))
	within := func(k []byte) bool { return end == nil || bytes.Compare(k, end) < 0 }
	return paged(func(last *string) (page []string, more bool, err error) {
		from := []byte(prefix)
		if last != nil {
			from = append([]byte(*last), 0)
		}
		var keys [][]byte
		err = r.withVisible(ctx, "reading words", func(s Session) error {
			for _, space := range spaces {
				found, err := all(ctx, s, keysFrom, func(w Writer) {
					w.Int(r.store.number)
					w.Int(spaceNumber(space))
					w.Bytes(from)
					w.Int(pageSize)
				}, func(rows Rows) []byte { return bytes.Clone(rows.Bytes(0)) })
				if err != nil {
					return err
				}
				more = more || len(found) == pageSize && within(found[len(found)-1])
				keys = append(keys, found...)
			}
			return nil
		})
		// A space whose page is full has more after its last key: what other spaces
		// have beyond it is not among the first, and is read again.
		keys = distinct(keys, bytes.Compare)
		if len(keys) > pageSize {
			keys, more = keys[:pageSize], true
		}
		for _, k := range keys {
			if within(k) {
				page = append(page, string(k))
			}
		}
		return page, more, err
	})
}

// A space's number is stored in two bytes; its order means nothing.
func spaceNumber(s graph.Space) int64 { return int64(int16(s)) }

// Find asks the term index.
func (r *reader) Find(ctx context.Context, q graph.FindQuery) iter.Seq2[graph.Golden, error] {
	switch {
	case q.Disclosure == model.Unclassified:
		return failed[graph.Golden](fmt.Errorf("finding %s: %w", q.Kind, errNoClass))
	case len(q.Terms) == 0:
		return failed[graph.Golden](fmt.Errorf("finding %s: the query has no term", q.Kind))
	}
	return func(yield func(graph.Golden, error) bool) {
		left := q.Limit
		if left <= 0 {
			return
		}
		for ids, err := range r.matching(ctx, q) {
			if err != nil {
				yield(graph.Golden{}, err)
				return
			}
			goldens, err := r.Goldens(ctx, ids, q.Parts)
			if err != nil {
				yield(graph.Golden{}, err)
				return
			}
			for i := range goldens {
				g := &goldens[i]
				if g.State != graph.Live || g.Kind != q.Kind || g.Disclosure.Rank() > q.Disclosure.Rank() {
					continue
				}
				if !yield(*g, nil) {
					return
				}
				if left--; left == 0 {
					return
				}
			}
		}
	}
}

// matching yields the ids under all of the query's terms, a page at a time.
func (r *reader) matching(ctx context.Context, q graph.FindQuery) iter.Seq2[[]model.EntityID, error] {
	page := max(seekPage, min(q.Limit, pageSize))
	if len(q.Terms) == 1 && q.Terms[0].Prefix {
		if q.After.IsZero() {
			return r.inKeyOrder(ctx, q.Terms[0], page)
		}
		return r.prefixByID(ctx, q.Terms[0], q.After, min(q.Limit, pageSize))
	}
	return func(yield func([]model.EntityID, error) bool) {
		var in intersection
		for _, t := range q.Terms {
			l, err := r.idList(ctx, t, q.After, page, len(q.Terms) > 1)
			if err != nil {
				yield(nil, err)
				return
			}
			in.lists = append(in.lists, l)
		}
		for {
			ids, err := in.next(page)
			if err != nil || len(ids) > 0 {
				if !yield(ids, err) || err != nil {
					return
				}
			}
			if len(ids) < page {
				return
			}
		}
	}
}

// idList is an ascending list of ids. seek moves to the first id that is not
// less than the given one; ok is false beyond the end.
type idList interface {
	seek(least model.EntityID) (id model.EntityID, ok bool, err error)
}

// intersection is what several lists have in common.
type intersection struct {
	lists     []idList
	candidate model.EntityID // nothing before it is of interest any more
	ended     bool
}

// next gives the next ids that are in every list, at most n; fewer when there
// are no more.
func (in *intersection) next(n int) (ids []model.EntityID, err error) {
	for len(ids) < n && !in.ended {
		agreeing := 0
		for i := 0; agreeing < len(in.lists); i = (i + 1) % len(in.lists) {
			id, ok, err := in.lists[i].seek(in.candidate)
			if in.ended = !ok; err != nil || !ok {
				return ids, err
			}
			if id == in.candidate {
				agreeing++
				continue
			}
			in.candidate, agreeing = id, 1
		}
		ids = append(ids, in.candidate)
		in.candidate = successor(in.candidate)
		in.ended = in.candidate.IsZero()
	}
	return ids, nil
}

func (r *reader) idList(ctx context.Context, t graph.FindTerm, after model.EntityID, page int, seeking bool) (idList, error) {
	if t.Prefix {
		ids, err := r.allUnderPrefix(ctx, t, after)
		return &fixedList{ids}, err
	}
	if seeking {
		// A list that is intersected is mostly sought in, so a page of it is
		// mostly passed over.
		page = min(page, seekPage)
	}
	return &postings{reader: r, ctx: ctx, term: t, after: after, limit: page}, nil
}

// Pages of postings grow, from what a first page of results needs to what makes
// the way through a long list short.
const (
	seekPage     = 64
	mostPostings = 4096
)

// fixedList is a list in memory.
type fixedList struct{ ids []model.EntityID }

func (l *fixedList) seek(least model.EntityID) (model.EntityID, bool, error) {
	i, _ := slices.BinarySearchFunc(l.ids, least, compareIDs)
	if l.ids = l.ids[i:]; len(l.ids) == 0 {
		return model.EntityID{}, false, nil
	}
	return l.ids[0], true, nil
}

// postings is the list of an exact term, read a page at a time.
type postings struct {
	reader *reader
	ctx    context.Context
	term   graph.FindTerm
	after  model.EntityID // everything up to it has been passed
	limit  int
	page   []model.EntityID
	last   bool // no more after the page
}

func (l *postings) seek(least model.EntityID) (model.EntityID, bool, error) {
	for {
		i, _ := slices.BinarySearchFunc(l.page, least, compareIDs)
		if l.page = l.page[i:]; len(l.page) > 0 {
			return l.page[0], true, nil
		}
		if l.last {
			return model.EntityID{}, false, nil
		}
		if before := predecessor(least); before.Compare(l.after) > 0 {
			l.after = before
		}
		if err := l.read(); err != nil {
			return model.EntityID{}, false, err
		}
	}
}

func (l *postings) read() error {
	err := l.reader.withVisible(l.ctx, "finding by term", func(s Session) error {
		return lookup(l.ctx, s, postingsOf, func(w Writer) {
			w.Int(l.reader.store.number)
			w.ID(l.after)
			w.Int(int64(l.limit))
		}, len(l.term.Spaces), func(i int, w Writer) {
			w.Int(spaceNumber(l.term.Spaces[i]))
			w.Bytes(bytesOf(l.term.Key))
		}, func(rows Rows) {
			l.page = append(l.page, rows.ID(0))
		})
	})
	if err != nil {
		return err
	}
	// Each space gave its first ids: only the first of all are complete.
	l.last = len(l.page) < l.limit
	l.page = distinct(l.page, compareIDs)
	if !l.last && len(l.page) > l.limit {
		l.page = l.page[:l.limit]
	}
	if len(l.page) > 0 {
		l.after = l.page[len(l.page)-1]
	}
	l.limit = min(2*l.limit, mostPostings)
	return nil
}

// posting is a row of the term index.
type posting struct {
	key []byte
	id  model.EntityID
}

func comparePostings(a, b posting) int {
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c
	}
	return a.id.Compare(b.id)
}

// inKeyOrder yields the ids under a prefix in the order of their keys, each once.
func (r *reader) inKeyOrder(ctx context.Context, t graph.FindTerm, page int) iter.Seq2[[]model.EntityID, error] {
	return func(yield func([]model.EntityID, error) bool) {
		seen := map[model.EntityID]struct{}{}
		after := posting{key: []byte(t.Key)}
		for {
			rows, more, err := r.prefixPage(ctx, t, after, page)
			if err != nil {
				yield(nil, err)
				return
			}
			var ids []model.EntityID
			for _, p := range rows {
				if _, ok := seen[p.id]; !ok {
					seen[p.id] = struct{}{}
					ids = append(ids, p.id)
				}
			}
			if len(ids) > 0 && !yield(ids, nil) || !more {
				return
			}
			after = rows[len(rows)-1]
		}
	}
}

// allUnderPrefix reads every id under a prefix, sorted. The index is by key, so
// an order by id has to be made: 16 bytes an id are held for it.
func (r *reader) allUnderPrefix(ctx context.Context, t graph.FindTerm, after model.EntityID) ([]model.EntityID, error) {
	var ids []model.EntityID
	from := posting{key: []byte(t.Key)}
	for {
		rows, more, err := r.prefixPage(ctx, t, from, prefixPage)
		if err != nil {
			return nil, err
		}
		for _, p := range rows {
			if p.id.Compare(after) > 0 {
				ids = append(ids, p.id)
			}
		}
		if !more {
			slices.SortFunc(ids, compareIDs)
			return slices.Compact(ids), nil
		}
		from = rows[len(rows)-1]
	}
}

const prefixPage = 8192

// mostKeys is how many keys under a prefix are read side by side. Of more, all
// ids are read and sorted.
const mostKeys = 1024

// prefixByID yields the ids under a prefix that come after one, in their order.
// It reads the first ids of every key under the prefix, and on in those that the
// next ids come from: the keys are few, and what is under them is much.
func (r *reader) prefixByID(ctx context.Context, t graph.FindTerm, after model.EntityID, page int) iter.Seq2[[]model.EntityID, error] {
	return func(yield func([]model.EntityID, error) bool) {
		m := &prefixMerger{reader: r, ctx: ctx}
		if err := m.open(t, after); err != nil {
			yield(nil, err)
			return
		}
		if len(m.runs) > mostKeys {
			ids, err := r.allUnderPrefix(ctx, t, after)
			if err != nil {
				yield(nil, err)
				return
			}
			for chunk := range slices.Chunk(ids, page) {
				if !yield(chunk, nil) {
					return
				}
			}
			return
		}
		for {
			ids, err := m.next(page)
			if err != nil || len(ids) > 0 {
				if !yield(ids, err) || err != nil {
					return
				}
			}
			if len(ids) == 0 {
				return
			}
			page = min(2*page, pageSize)
		}
	}
}

// prefixMerger merges the ids of several keys.
type prefixMerger struct {
	reader *reader
	ctx    context.Context
	runs   []keyRun
	ids    []model.EntityID // that have been read and not given, sorted
}

// keyRun is one key's list.
type keyRun struct {
	space graph.Space
	key   []byte
	after model.EntityID // it has been read up to here
	ended bool
}

// open reads the keys.
func (m *prefixMerger) open(t graph.FindTerm, after model.EntityID) error {
	prefix := []byte(t.Key)
	end := prefixEnd(prefix)
	if end == nil {
		// Every key comes before it: words are UTF-8, which has no such byte.
		end = bytes.Repeat([]byte{0xff}, 256)
	}
	return m.reader.withVisible(m.ctx, "finding keys by prefix", func(s Session) error {
		return lookup(m.ctx, s, keysWithin, func(w Writer) {
			w.Int(m.reader.store.number)
			w.Bytes(prefix)
			w.Bytes(end)
			w.Int(mostKeys + 1)
		}, len(t.Spaces), func(i int, w Writer) { w.Int(spaceNumber(t.Spaces[i])) }, func(rows Rows) {
			m.runs = append(m.runs, keyRun{space: t.Spaces[rows.Key()], key: bytes.Clone(rows.Bytes(0)), after: after})
		})
	})
}

// next gives the next n ids, or fewer at the end.
func (m *prefixMerger) next(n int) ([]model.EntityID, error) {
	for {
		// Up to the least place that a list has been read to, all ids are there; more of
		// a list is of interest if it was read to before the nth.
		complete := len(m.ids)
		var behind []int
		for i := range m.runs {
			run := &m.runs[i]
			if run.ended {
				continue
			}
			at, found := slices.BinarySearchFunc(m.ids, run.after, compareIDs)
			if found {
				at++
			}
			if complete = min(complete, at); at < n {
				behind = append(behind, i)
			}
		}
		if complete >= n || len(behind) == 0 {
			n = min(n, complete)
			out := m.ids[:n:n]
			m.ids = m.ids[n:]
			return out, nil
		}
		if err := m.read(behind, 2+2*n/len(behind)); err != nil {
			return nil, err
		}
	}
}

// read reads on in lists, n ids of each.
func (m *prefixMerger) read(lists []int, n int) error {
	err := m.reader.withVisible(m.ctx, "finding by prefix", func(s Session) error {
		counts := make([]int, len(lists))
		err := lookup(m.ctx, s, postingsAfter, func(w Writer) {
			w.Int(m.reader.store.number)
			w.Int(int64(n))
		}, len(lists), func(i int, w Writer) {
			run := &m.runs[lists[i]]
			w.Int(spaceNumber(run.space))
			w.Bytes(run.key)
			w.ID(run.after)
		}, func(rows Rows) {
			id := model.EntityID(rows.ID(0))
			m.ids = append(m.ids, id)
			// Keys are bound from it while rows are read, but each its own.
			m.runs[lists[rows.Key()]].after = id
			counts[rows.Key()]++
		})
		for i, have := range counts {
			m.runs[lists[i]].ended = have < n
		}
		return err
	})
	m.ids = distinct(m.ids, compareIDs)
	return err
}

// prefixPage reads the first rows after a position under a prefix, merged over
// the term's spaces.
func (r *reader) prefixPage(ctx context.Context, t graph.FindTerm, after posting, limit int) (rows []posting, more bool, err error) {
	end := prefixEnd([]byte(t.Key))
	st := postingsWithin
	if end == nil {
		st = postingsFrom
	}
	err = r.withVisible(ctx, "finding by prefix", func(s Session) error {
		for _, space := range t.Spaces {
			page, err := all(ctx, s, st, func(w Writer) {
				w.Int(r.store.number)
				w.Int(spaceNumber(space))
				w.Bytes(after.key)
				w.ID(after.id)
				w.Int(int64(limit))
				if end != nil {
					w.Bytes(end)
				}
			}, func(rows Rows) posting {
				return posting{append([]byte{}, rows.Bytes(0)...), rows.ID(1)}
			})
			if err != nil {
				return err
			}
			rows = append(rows, page...)
		}
		return nil
	})
	more = len(rows) >= limit
	if len(t.Spaces) > 1 {
		slices.SortFunc(rows, comparePostings)
	}
	return rows[:min(len(rows), limit)], more, err
}

// prefixEnd is the least key that is greater than every key with the prefix, or
// nil when there is none.
func prefixEnd(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

func successor(id model.EntityID) model.EntityID {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i]++; id[i] != 0 {
			break
		}
	}
	return id
}

func predecessor(id model.EntityID) model.EntityID {
	if id.IsZero() {
		return id
	}
	for i := len(id) - 1; i >= 0; i-- {
		if id[i]--; id[i] != 0xff {
			break
		}
	}
	return id
}
