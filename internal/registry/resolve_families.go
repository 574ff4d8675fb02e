package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// family is what is known of the strings of one family, as they are in the index
// and as they will be, around those that were asked for.
type family struct {
	asked         []string
	before, after rowsInOrder
}

// rowsInOrder are rows of an index, ascending, and their strings.
type rowsInOrder struct {
	rows []graph.IndexKey
	keys []string
}

func inOrder(rows []graph.IndexKey) rowsInOrder {
	slices.SortFunc(rows, compareIndexKeys)
	rows = slices.Compact(rows)
	keys := make([]string, len(rows))
	for i := range rows {
		keys[i] = rows[i].Key
	}
	return rowsInOrder{rows, keys}
}

// block is the block that a string lies in.
func (x *rowsInOrder) block(s string, limit int) (block []graph.IndexKey, depth int) {
	lo, hi, depth := match.Block(x.keys, s, limit)
	return x.rows[lo:hi], depth
}

// families reads what is needed to tell the blocks of the strings asked for: of a
// family that is small all, and of a large one the neighbours of each.
func (f *following) families(asked map[string][]string) (map[string]*family, error) {
	out := make(map[string]*family, len(asked))
	names := make([]string, 0, len(asked))
	for name, list := range asked {
		slices.Sort(list)
		out[name] = &family{asked: slices.Compact(list)}
		names = append(names, name)
	}
	slices.Sort(names)
	enough := f.r.blockLimit + 1 + f.most
	found := make(map[string][]graph.IndexKey, len(asked))
	read := func(ranges []graph.KeyRange, backward bool) error {
		for row, err := range f.tx.IndexKeys(f.ctx, f.kind, ranges, enough, backward) {
			if err != nil {
				return fmt.Errorf("read the key index: %w", err)
			}
			name := match.Family(row.Key)
			found[name] = append(found[name], row)
		}
		return nil
	}
	ranges := make([]graph.KeyRange, len(names))
	for i, name := range names {
		ranges[i] = graph.KeyRange{From: name, To: endOf(name)}
	}
	if err := read(ranges, false); err != nil {
		return nil, err
	}
	var ahead, behind []graph.KeyRange
	for _, name := range names {
		if len(found[name]) < enough {
			continue
		}
		for _, s := range out[name].asked {
			ahead = append(ahead, graph.KeyRange{From: s, To: endOf(name)})
			behind = append(behind, graph.KeyRange{From: name, To: s})
		}
	}
	if err := errors.Join(read(ahead, false), read(behind, true)); err != nil {
		return nil, err
	}
	for name, fam := range out {
		fam.before = inOrder(found[name])
		left := map[graph.IndexKey]bool{}
		for _, row := range f.gone[name] {
			left[row] = true
		}
		after := slices.DeleteFunc(slices.Clone(fam.before.rows), func(row graph.IndexKey) bool { return left[row] })
		fam.after = inOrder(append(after, f.come[name]...))
	}
	return out, nil
}

// endOf is above every string of a family.
func endOf(name string) string { return name + strings.Repeat("\xff", 64) }

// together tells whether a record is in the block of a string.
func (fam *family) together(s string, id model.EntityID, limit int) bool {
	block, _ := fam.after.block(s, limit)
	return slices.ContainsFunc(block, func(row graph.IndexKey) bool { return row.Record == id })
}
