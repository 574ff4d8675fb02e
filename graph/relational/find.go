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
		in.candidate = in.candidate.Next()
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
		if before := least.Previous(); before.Compare(l.after) > 0 {
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
