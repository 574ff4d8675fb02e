package relational

import (
	"context"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	// What a delivery of unchanged statements moves: no index but the item's has
	// to follow.
	touchHead = statement(`UPDATE head AS h SET item = @item, stamp = @stamp, part = @part {from}
		WHERE h.tenant = $1 AND h.id = @id`,
		Column{"id", ID}, Column{"item", ID}, Column{"stamp", BigInt}, Column{"part", SmallInt})
	changeHead = statement(`UPDATE head AS h SET part = @part, live = @live, revision = @revision,
			stamp = @stamp, content = @content, item = @item, golden = @golden {from}
		WHERE h.tenant = $1 AND h.id = @id`,
		Column{"id", ID}, Column{"part", SmallInt}, Column{"live", SmallInt}, Column{"revision", Integer}, Column{"stamp", BigInt},
		Column{"content", ID}, Column{"item", ID}, Column{"golden", ID})
	rekeyHead = statement(`UPDATE head AS h SET source = @source, kind = @kind, local_id = @local {from}
		WHERE h.tenant = $1 AND h.id = @id`,
		Column{"id", ID}, Column{"source", SmallInt}, Column{"kind", SmallInt}, Column{"local", Text})
)

// headsSeen is what a transaction knows of heads: it has read or written them,
// or it has read that a key has none. So that PutHeads need not ask again which
// are new, and writes no more than what differs.
type headsSeen struct {
	byID   map[model.EntityID]graph.Head
	absent map[model.RecordKey]struct{}
	fresh  map[model.EntityID]struct{} // inserted by this transaction
}

// mostHeadsSeen bounds what is remembered: a transaction that passes over all
// heads forgets and asks again.
const mostHeadsSeen = 1 << 16

func (s *headsSeen) remember(h graph.Head) {
	if s.byID == nil || len(s.byID) >= mostHeadsSeen {
		s.byID = map[model.EntityID]graph.Head{}
	}
	s.byID[h.ID] = h
}

func (s *headsSeen) rememberAbsent(key model.RecordKey) {
	if s.absent == nil || len(s.absent) >= mostHeadsSeen {
		s.absent = map[model.RecordKey]struct{}{}
	}
	s.absent[key] = struct{}{}
}

func (s *headsSeen) rememberInserted(h graph.Head) {
	s.remember(h)
	if s.fresh == nil {
		s.fresh = map[model.EntityID]struct{}{}
	}
	s.fresh[h.ID] = struct{}{}
	delete(s.absent, h.Key)
}

func (s *headsSeen) inserted(id model.EntityID) bool {
	_, ok := s.fresh[id]
	return ok
}

// Heads answers in the order of keys.
func (t *tx) Heads(ctx context.Context, keys []model.RecordKey) ([]graph.Head, error) {
	heads, ok := allOf(t.foreseen.heads, keys)
	var err error
	if !ok {
		heads, err = t.reader.Heads(ctx, keys)
	}
	for i := range heads {
		if heads[i].ID.IsZero() {
			t.heads.rememberAbsent(keys[i])
		} else {
			t.heads.remember(heads[i])
		}
	}
	return heads, err
}

// HeadsByID answers in the order of ids.
func (t *tx) HeadsByID(ctx context.Context, ids []model.EntityID) ([]graph.Head, error) {
	heads, err := t.reader.HeadsByID(ctx, ids)
	for i := range heads {
		if !heads[i].ID.IsZero() {
			t.heads.remember(heads[i])
		}
	}
	return heads, err
}

// PutHeads inserts new heads and replaces existing ones.
func (t *tx) PutHeads(ctx context.Context, heads []graph.Head) error {
	heads = lastOf(heads, func(h *graph.Head) model.EntityID { return h.ID })
	if err := t.learnHeads(ctx, heads); err != nil {
		return err
	}
	return t.with(ctx, "writing records' heads", func(s Session) error {
		var insert, touch, change, rekey []headRow
		for _, h := range heads {
			source, part, err := t.intern(ctx, h.Key.Source, h.Part)
			if err != nil {
				return err
			}
			row := headRow{h, source, part}
			old, there := t.heads.byID[h.ID]
			if !there {
				insert = append(insert, row)
				continue
			}
			if old.Key != h.Key {
				rekey = append(rekey, row)
				old.Key = h.Key
			}
			if old == h {
				continue
			}
			old.Item, old.Stamp, old.Part = h.Item, h.Stamp, h.Part
			if old == h {
				touch = append(touch, row)
			} else {
				change = append(change, row)
			}
		}
		if err := t.updateHeads(ctx, s, touch, change, rekey); err != nil {
			return err
		}
		if err := t.insertHeads(ctx, s, insert); err != nil {
			return err
		}
		for _, rows := range [][]headRow{touch, change, rekey} {
			for i := range rows {
				t.heads.remember(rows[i].Head)
			}
		}
		return nil
	})
}

// AddHeads inserts heads of records that are not there yet.
func (t *tx) AddHeads(ctx context.Context, heads []graph.Head) error {
	return t.with(ctx, "writing new records' heads", func(s Session) error {
		rows := make([]headRow, len(heads))
		for i, h := range heads {
			source, part, err := t.intern(ctx, h.Key.Source, h.Part)
			if err != nil {
				return err
			}
			rows[i] = headRow{h, source, part}
		}
		return t.insertHeads(ctx, s, rows)
	})
}

func (t *tx) insertHeads(ctx context.Context, s Session, rows []headRow) error {
	err := s.Insert(ctx, headTable, len(rows), func(i int, w Writer) {
		w.Int(t.store.number)
		writeHead(w, &rows[i])
	})
	if err != nil {
		return err
	}
	for i := range rows {
		t.heads.rememberInserted(rows[i].Head)
	}
	return nil
}

// learnHeads reads those of the heads of which the transaction does not know
// whether they are there.
func (t *tx) learnHeads(ctx context.Context, heads []graph.Head) error {
	if len(t.heads.byID)+len(heads) > mostHeadsSeen {
		t.heads.byID = nil // so that none of these is forgotten on the way
	}
	var unknown []model.EntityID
	for i := range heads {
		if _, ok := t.heads.byID[heads[i].ID]; ok {
			continue
		}
		if _, ok := t.heads.absent[heads[i].Key]; !ok {
			unknown = append(unknown, heads[i].ID)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	_, err := t.HeadsByID(ctx, unknown)
	return err
}

func (t *tx) updateHeads(ctx context.Context, s Session, touch, change, rekey []headRow) error {
	err := each(ctx, s, touchHead, t.tenantArg, len(touch), func(i int, w Writer) {
		h := &touch[i]
		w.ID(h.ID)
		writeHash(w, h.Item)
		w.Int(h.Stamp)
		w.Int(h.part)
	})
	if err != nil {
		return err
	}
	err = each(ctx, s, changeHead, t.tenantArg, len(change), func(i int, w Writer) {
		h := &change[i]
		w.ID(h.ID)
		w.Int(h.part)
		writeBool(w, h.Live)
		w.Int(int64(h.Revision))
		w.Int(h.Stamp)
		writeHash(w, h.Content)
		writeHash(w, h.Item)
		writeGoldenOf(w, h)
	})
	if err != nil {
		return err
	}
	return each(ctx, s, rekeyHead, t.tenantArg, len(rekey), func(i int, w Writer) {
		h := &rekey[i]
		w.ID(h.ID)
		w.Int(h.source)
		w.Int(int64(h.Key.Kind))
		w.Text(h.Key.LocalID)
	})
}

// writeHead writes the columns after the tenant, in the order of the table.
func writeHead(w Writer, h *headRow) {
	w.Int(h.source)
	w.Int(int64(h.Key.Kind))
	w.Int(h.part)
	writeBool(w, h.Live)
	w.Int(int64(h.Revision))
	w.Int(h.Stamp)
	w.ID(h.ID)
	writeHash(w, h.Content)
	writeHash(w, h.Item)
	writeGoldenOf(w, h)
	w.Text(h.Key.LocalID)
}

// writeGoldenOf writes a golden id that is not the record's own.
func writeGoldenOf(w Writer, h *headRow) {
	if h.Golden == h.ID {
		w.Null()
		return
	}
	writeID(w, h.Golden)
}
