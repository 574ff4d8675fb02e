package relational

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

const headColumns = `h.source, h.kind, h.part, h.live, h.revision, h.stamp, h.id, h.content, h.item, h.golden, h.local_id`

var (
	unknownItem = statement(`SELECT 1 WHERE NOT EXISTS
		(SELECT 1 FROM head AS h WHERE h.tenant = $1 AND h.item = @item AND h.live = 1)`, Column{"item", ID})
	headByKey = statement(`SELECT `+headColumns+` FROM head AS h
		WHERE h.tenant = $1 AND h.source = @source AND h.kind = @kind AND h.local_id = @local`,
		Column{"source", SmallInt}, Column{"kind", SmallInt}, Column{"local", Text})
	headByID  = statement(`SELECT `+headColumns+` FROM head AS h WHERE h.tenant = $1 AND h.id = @id`, Column{"id", ID})
	scanHeads = statement(`SELECT ` + headColumns + ` FROM head AS h
		WHERE h.tenant = $1 AND h.id > $2 ORDER BY h.id LIMIT $3`)
	// A source's heads are not indexed by id. Those of a small source are read and
	// sorted, those of a large one are met often enough on the way through all: the
	// plus keeps engines from another way.
	countFew = statement(`SELECT count(*) FROM (
		SELECT 1 FROM head AS h WHERE h.tenant = $1 AND h.source = $2 LIMIT $3) AS few`)
	headsOfSource = statement(`SELECT ` + headColumns + ` FROM head AS h WHERE h.tenant = $1 AND h.source = $2`)
	scanSource    = statement(`SELECT ` + headColumns + ` FROM head AS h
		WHERE h.tenant = $1 AND +h.source = $4 AND h.id > $2 ORDER BY h.id LIMIT $3`)
	countPart = statement(`SELECT count(*) FROM head AS h
		WHERE h.tenant = $1 AND h.source = $2 AND h.part = $3 AND h.live = 1`)
	countSource = statement(`SELECT count(*) FROM head AS h
		WHERE h.tenant = $1 AND h.source = $2 AND h.live = 1`)
	countAll   = statement(`SELECT count(*) FROM head AS h WHERE h.tenant = $1 AND h.live = 1`)
	countHeads = statement(`SELECT h.source, h.kind, count(*) FROM head AS h
		WHERE h.tenant = $1 AND h.live = 1 GROUP BY h.source, h.kind ORDER BY h.source, h.kind`)
	// A head's golden id is stored only where it is another's, so a cluster is
	// those that store its id and the one whose id it is.
	countMerged = statement(`SELECT CAST(coalesce(sum(m.n), 0) AS bigint) FROM (
		SELECT count(*) + (SELECT count(*) FROM head AS f WHERE f.tenant = $1 AND f.id = h.golden AND f.golden IS NULL AND f.live = 1) AS n
		FROM head AS h WHERE h.tenant = $1 AND h.golden IS NOT NULL AND h.live = 1 GROUP BY h.golden) AS m WHERE m.n > 1`)
	countGoldens = statement(`SELECT g.kind, count(*) FROM golden AS g
		WHERE g.tenant = $1 AND g.state = 1 {hint g.disclosure >= 0} GROUP BY g.kind ORDER BY g.kind`)
)

// Known tells for each item hash whether some live record has it.
func (r *reader) Known(ctx context.Context, items []graph.Hash) ([]bool, error) {
	known := make([]bool, len(items))
	for i := range known {
		known[i] = !items[i].IsZero()
	}
	// In the order of the index, neighbours are found on one page.
	order := make([]int32, len(items))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return bytes.Compare(items[a][:], items[b][:]) })
	err := r.with(ctx, "looking up item hashes", func(s Session) error {
		return lookup(ctx, s, unknownItem, r.tenantArg, len(items),
			func(i int, w Writer) { w.ID(items[order[i]]) },
			func(rows Rows) { known[order[rows.Key()]] = false })
	})
	if err != nil {
		return nil, err
	}
	return known, nil
}

// sourcesOf are the names with the sources of all keys, as far as they are known.
func (r *reader) sourcesOf(ctx context.Context, s Session, keys []model.RecordKey) (*names, error) {
	return r.sourceNumbers(ctx, s, func(n *names) bool { return n.haveAll(keys) })
}

// haveAll tells whether the sources of all keys have their numbers.
func (n *names) haveAll(keys []model.RecordKey) bool {
	for i := range keys {
		if n.sources[keys[i].Source] == 0 {
			return false
		}
	}
	return true
}

// Heads answers in the order of keys.
func (r *reader) Heads(ctx context.Context, keys []model.RecordKey) ([]graph.Head, error) {
	heads := make([]graph.Head, len(keys))
	err := r.with(ctx, "reading records by key", func(s Session) error {
		n, err := r.sourcesOf(ctx, s, keys)
		if err != nil {
			return err
		}
		return lookup(ctx, s, headByKey, r.tenantArg, len(keys), func(i int, w Writer) {
			w.Int(n.sources[keys[i].Source]) // 0, which no source has, when unknown
			w.Int(int64(keys[i].Kind))
			w.Text(keys[i].LocalID)
		}, func(rows Rows) {
			h := &heads[rows.Key()]
			readHeadInto(h, rows)
			h.Part = n.partOf[rows.Int(2)].name
		})
	})
	if err != nil {
		return nil, err
	}
	for i := range heads {
		if !heads[i].ID.IsZero() {
			heads[i].Key = keys[i]
		}
	}
	return heads, nil
}

// HeadsByID answers in the order of ids.
func (r *reader) HeadsByID(ctx context.Context, ids []model.EntityID) ([]graph.Head, error) {
	rows := make([]headRow, len(ids))
	err := r.with(ctx, "reading records by id", func(s Session) error {
		err := lookup(ctx, s, headByID, r.tenantArg, len(ids),
			func(i int, w Writer) { w.ID(ids[i]) },
			func(row Rows) { rows[row.Key()] = readHead(row) })
		if err != nil {
			return err
		}
		return r.nameHeads(ctx, s, rows)
	})
	if err != nil {
		return nil, err
	}
	return headsOf(rows), nil
}

// headRow is a head whose source and part are still numbers.
type headRow struct {
	graph.Head
	source, part int64
}

func readHead(rows Rows) (h headRow) {
	h.source, h.part = rows.Int(0), rows.Int(2)
	readHeadInto(&h.Head, rows)
	h.Key.Kind = model.Kind(rows.Int(1))
	h.Key.LocalID = rows.Text(10)
	return h
}

// readHeadInto reads all but the key and the part.
func readHeadInto(h *graph.Head, rows Rows) {
	h.Live = rows.Int(3) == 1
	h.Revision = model.Revision(rows.Int(4))
	h.Stamp = rows.Int(5)
	h.ID = rows.ID(6)
	h.Content = readHash(rows, 7)
	h.Item = readHash(rows, 8)
	if h.Golden = readID(rows, 9); h.Golden.IsZero() {
		h.Golden = h.ID
	}
}

// nameHeads turns numbers into names.
func (r *reader) nameHeads(ctx context.Context, s Session, rows []headRow) error {
	n, err := r.sourceNumbers(ctx, s, func(n *names) bool {
		for i := range rows {
			if _, ok := n.partOf[rows[i].part]; !ok && rows[i].part != 0 {
				return false
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Key.Source = n.sourceOf[rows[i].source]
		rows[i].Part = n.partOf[rows[i].part].name
	}
	return nil
}

func headsOf(rows []headRow) []graph.Head {
	heads := make([]graph.Head, len(rows))
	for i := range rows {
		heads[i] = rows[i].Head
	}
	return heads
}

// fewHeads is up to how many heads a source is small.
const fewHeads = 1 << 14

// ScanHeads yields the heads of a source's part in id order.
func (r *reader) ScanHeads(ctx context.Context, source model.Source, partName string) iter.Seq2[graph.Head, error] {
	return func(yield func(graph.Head, error) bool) {
		for page, err := range r.headPages(ctx, source) {
			if err != nil {
				yield(graph.Head{}, err)
				return
			}
			for i := range page {
				if (partName == "" || page[i].Part == partName) && !yield(page[i].Head, nil) {
					return
				}
			}
		}
	}
}

// headPages yields the heads of a source, or of all, in id order.
func (r *reader) headPages(ctx context.Context, source model.Source) iter.Seq2[[]headRow, error] {
	return func(yield func([]headRow, error) bool) {
		var after model.EntityID
		for first := true; ; first = false {
			page, more, err := r.headPage(ctx, source, after, first)
			if !yield(page, err) || err != nil || !more {
				return
			}
			after = page[len(page)-1].ID
		}
	}
}

// headPage reads the heads of a source after an id: all of them at once, if it
// is the first page and they are few.
func (r *reader) headPage(ctx context.Context, source model.Source, after model.EntityID, first bool) (page []headRow, more bool, err error) {
	err = r.with(ctx, "scanning records", func(s Session) (err error) {
		number, _, err := r.partNumbers(ctx, s, source, "")
		if err != nil || source != "" && number == 0 {
			return err
		}
		if first && source != "" {
			if page, err = r.fewHeadsOf(ctx, s, number); err != nil || page != nil {
				return err
			}
		}
		st := scanHeads
		if source != "" {
			st = scanSource
		}
		page, err = all(ctx, s, st, func(w Writer) {
			w.Int(r.store.number)
			w.ID(after)
			w.Int(pageSize)
			if source != "" {
				w.Int(number)
			}
		}, readHead)
		more = len(page) == pageSize
		if err != nil {
			return err
		}
		return r.nameHeads(ctx, s, page)
	})
	return page, more, err
}

// fewHeadsOf reads all heads of a small source; nil if it is not small.
func (r *reader) fewHeadsOf(ctx context.Context, s Session, source int64) ([]headRow, error) {
	args := func(w Writer) {
		w.Int(r.store.number)
		w.Int(source)
	}
	n, _, err := one(ctx, s, countFew, func(w Writer) {
		args(w)
		w.Int(fewHeads + 1)
	}, func(rows Rows) int64 { return rows.Int(0) })
	if err != nil || n > fewHeads {
		return nil, err
	}
	page, err := all(ctx, s, headsOfSource, args, readHead)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(page, func(a, b headRow) int { return a.ID.Compare(b.ID) })
	if page == nil {
		page = []headRow{}
	}
	return page, r.nameHeads(ctx, s, page)
}

// partNumbers are the numbers of a source and of its part; 0 when unknown.
func (r *reader) partNumbers(ctx context.Context, s Session, source model.Source, partName string) (sourceNumber, partNumber int64, err error) {
	if source == "" {
		return 0, 0, nil
	}
	n, err := r.sourceNumbers(ctx, s, func(n *names) bool {
		number := n.sources[source]
		return number != 0 && (partName == "" || n.parts[part{number, partName}] != 0)
	})
	if err != nil {
		return 0, 0, err
	}
	sourceNumber = n.sources[source]
	return sourceNumber, n.parts[part{sourceNumber, partName}], nil
}

// CountPart counts the live heads of a source's part.
func (r *reader) CountPart(ctx context.Context, source model.Source, partName string) (count int64, err error) {
	err = r.with(ctx, "counting records", func(s Session) error {
		sourceNumber, partNumber, err := r.partNumbers(ctx, s, source, partName)
		if err != nil {
			return err
		}
		st := countPart
		switch {
		case source == "":
			st = countAll
		case partName == "":
			st = countSource
		}
		count, _, err = one(ctx, s, st, func(w Writer) {
			w.Int(r.store.number)
			if st != countAll {
				w.Int(sourceNumber)
			}
			if st == countPart {
				w.Int(partNumber)
			}
		}, func(rows Rows) int64 { return rows.Int(0) })
		return err
	})
	return count, err
}

// CountHeads counts live heads by source and kind.
func (r *reader) CountHeads(ctx context.Context) (map[model.Source]map[model.Kind]int64, error) {
	counts := map[model.Source]map[model.Kind]int64{}
	type count struct {
		source int64
		kind   model.Kind
		n      int64
	}
	err := r.with(ctx, "counting records", func(s Session) error {
		rows, err := all(ctx, s, countHeads, r.tenantArg, func(rows Rows) count {
			return count{rows.Int(0), model.Kind(rows.Int(1)), rows.Int(2)}
		})
		if err != nil {
			return err
		}
		n, err := r.sourceNumbers(ctx, s, func(n *names) bool {
			for _, c := range rows {
				if _, ok := n.sourceOf[c.source]; !ok {
					return false
				}
			}
			return true
		})
		if err != nil {
			return err
		}
		for _, c := range rows {
			source := n.sourceOf[c.source]
			if counts[source] == nil {
				counts[source] = map[model.Kind]int64{}
			}
			counts[source][c.kind] = c.n
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// CountGoldens counts live golden records by kind and merged live records.
func (r *reader) CountGoldens(ctx context.Context) (byKind map[model.Kind]int64, merged int64, err error) {
	byKind = map[model.Kind]int64{}
	err = r.with(ctx, "counting golden records", func(s Session) error {
		_, err := all(ctx, s, countGoldens, r.tenantArg, func(rows Rows) struct{} {
			byKind[model.Kind(rows.Int(0))] = rows.Int(1)
			return struct{}{}
		})
		if err != nil {
			return err
		}
		merged, _, err = one(ctx, s, countMerged, r.tenantArg, func(rows Rows) int64 { return rows.Int(0) })
		return err
	})
	return byKind, merged, err
}
