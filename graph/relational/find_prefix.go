package relational

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

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
