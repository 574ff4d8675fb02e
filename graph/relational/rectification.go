package relational

import (
	"context"
	"iter"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

const rectificationColumns = `r.id, r.subject, r.property, r.opened, r.due, r.closed, r.key_id, r.source, r.state, r.body`

var (
	rectifications = statement(`SELECT ` + rectificationColumns + ` FROM rectification AS r
		WHERE r.tenant = $1 AND r.id > $2 ORDER BY r.id LIMIT $3`)
	rectificationsIn = statement(`SELECT ` + rectificationColumns + ` FROM rectification AS r
		WHERE r.tenant = $1 {hint r.key_id >= 0} AND r.state = $4 AND r.id > $2 ORDER BY r.id LIMIT $3`)
	rectificationByID = statement(`SELECT `+rectificationColumns+` FROM rectification AS r
		WHERE r.tenant = $1 AND r.id = @id`, Column{"id", ID})
	putRectification = statement(`INSERT INTO rectification (tenant, id, subject, property, opened, due, closed, key_id, source, state, body)
		{values $1, @id, @subject, @property, @opened, @due, @closed, @key_id, @source, @state, @body}
		ON CONFLICT (tenant, id) DO UPDATE SET subject = excluded.subject, property = excluded.property, opened = excluded.opened, due = excluded.due,
			closed = excluded.closed, key_id = excluded.key_id, source = excluded.source, state = excluded.state, body = excluded.body`,
		Column{"id", ID}, Column{"subject", ID}, Column{"property", SmallInt}, Column{"opened", BigInt}, Column{"due", BigInt}, Column{"closed", BigInt},
		Column{"key_id", BigInt}, Column{"source", Text}, Column{"state", Text}, Column{"body", Bytes})
)

// PutRectification inserts or replaces a case by id.
func (t *tx) PutRectification(ctx context.Context, c graph.Rectification) error {
	return t.insertEach(ctx, "writing a case of rectification", putRectification, 1, func(_ int, w Writer) {
		w.ID(c.ID)
		w.ID(c.Subject)
		w.Int(propertyNumber(c.Property))
		writeTime(w, c.Opened)
		writeTime(w, c.Due)
		writeTime(w, c.Closed)
		w.Int(int64(c.KeyID))
		w.Text(string(c.Source))
		w.Text(string(c.State))
		w.Bytes(c.Body)
	})
}

func readRectification(rows Rows) graph.Rectification {
	return graph.Rectification{
		ID: rows.ID(0), Subject: rows.ID(1), Property: property(rows.Int(2)), Opened: readTime(rows, 3), Due: readTime(rows, 4), Closed: readTime(rows, 5),
		KeyID: uint32(rows.Int(6)), Source: model.Source(rows.Text(7)), State: graph.RectificationState(rows.Text(8)), Body: readBytes(rows, 9),
	}
}

// Rectifications yields the cases in a state after an id, in id order.
func (r *reader) Rectifications(ctx context.Context, state graph.RectificationState, after model.EntityID, limit int) iter.Seq2[graph.Rectification, error] {
	st := rectifications
	if state != "" {
		st = rectificationsIn
	}
	return limited(limit, func(last *graph.Rectification, n int) (page []graph.Rectification, err error) {
		from := after
		if last != nil {
			from = last.ID
		}
		err = r.withVisible(ctx, "reading the cases of rectification", func(s Session) error {
			page, err = all(ctx, s, st, func(w Writer) {
				w.Int(r.store.number)
				w.ID(from)
				w.Int(int64(n))
				if state != "" {
					w.Text(string(state))
				}
			}, readRectification)
			return err
		})
		return page, err
	})
}

// RectificationsByID answers in the order of ids.
func (r *reader) RectificationsByID(ctx context.Context, ids []model.EntityID) ([]graph.Rectification, error) {
	out := make([]graph.Rectification, len(ids))
	err := r.withVisible(ctx, "reading cases of rectification", func(s Session) error {
		return lookup(ctx, s, rectificationByID, r.tenantArg, len(ids), func(i int, w Writer) { w.ID(ids[i]) },
			func(rows Rows) { out[rows.Key()] = readRectification(rows) })
	})
	return out, err
}
