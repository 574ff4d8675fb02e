package relational

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	// An id is in the feed at the revision of each of its versions, the present
	// one and those of the past. The present is read before the past, so that a
	// version that goes there meanwhile is found in one of them.
	selectChanges = statement(`SELECT c.revision, c.id FROM change AS c
		WHERE c.tenant = $1 AND (c.revision, c.id) > ($2, $3) ORDER BY c.revision, c.id LIMIT $4`)
	changedNow = statement(`SELECT g.kind, g.state, g.redirect, g.disclosure FROM golden AS g
		WHERE g.tenant = $1 AND g.id = @id AND g.revision = @revision`, changeKey...)
	changedThen = statement(`SELECT g.kind, g.state, g.redirect, g.disclosure FROM golden_past AS g
		WHERE g.tenant = $1 AND g.id = @id AND g.revision = @revision`, changeKey...)

	changeKey = []Column{{"id", ID}, {"revision", Integer}}

	selectRevisions = statement(`SELECT revision, actor, reason, delivery, at FROM revision
		WHERE tenant = $1 AND revision > $2 ORDER BY revision LIMIT $3`)
	revisionByNumber = statement(`SELECT r.revision, r.actor, r.reason, r.delivery, r.at FROM revision AS r
		WHERE r.tenant = $1 AND r.revision = @revision`, Column{"revision", Integer})
)

// Changes yields the feed after a position, oldest first.
func (r *reader) Changes(ctx context.Context, after graph.ChangePosition, limit int) iter.Seq2[graph.Change, error] {
	return limited(limit, func(last *graph.Change, n int) ([]graph.Change, error) {
		from := after
		if last != nil {
			from = graph.ChangePosition{Revision: last.Revision, ID: last.ID}
		}
		return r.changes(ctx, from, n)
	})
}

func (r *reader) changes(ctx context.Context, after graph.ChangePosition, n int) (page []graph.Change, err error) {
	err = r.withVisible(ctx, "reading the change feed", func(s Session) (err error) {
		page, err = all(ctx, s, selectChanges, func(w Writer) {
			w.Int(r.store.number)
			w.Int(int64(after.Revision))
			w.ID(after.ID)
			w.Int(int64(n))
		}, func(rows Rows) graph.Change {
			return graph.Change{Revision: model.Revision(rows.Int(0)), ID: rows.ID(1)}
		})
		if err != nil {
			return err
		}
		told := make([]*graph.Change, len(page))
		for i := range page {
			told[i] = &page[i]
		}
		if err := r.describe(ctx, s, changedNow, told); err != nil {
			return err
		}
		return r.describe(ctx, s, changedThen, slices.DeleteFunc(told, func(c *graph.Change) bool { return c.State != graph.Absent }))
	})
	return page, err
}

// describe reads what became of ids at their revisions.
func (r *reader) describe(ctx context.Context, s Session, st *Statement, changes []*graph.Change) error {
	return lookup(ctx, s, st, r.tenantArg, len(changes), func(i int, w Writer) {
		w.ID(changes[i].ID)
		w.Int(int64(changes[i].Revision))
	}, func(rows Rows) {
		c := changes[rows.Key()]
		c.Kind, c.State = model.Kind(rows.Int(0)), graph.GoldenState(rows.Int(1))
		c.Redirect, c.Disclosure = readRedirect(rows, 2), disclosure(rows.Int(3))
	})
}

// putChanges enters golden ids in the feed at a revision that they have no entry
// of yet. While a rebuild goes on nothing is: what it comes to is told at its end.
func (t *tx) putChanges(ctx context.Context, s Session, changes []graph.GoldenChange) error {
	if t.rebuilding {
		return nil
	}
	rows := make([]graph.ChangePosition, 0, len(changes))
	for i := range changes {
		if old, now := changes[i].Old, changes[i].New; old == nil || old.Revision < now.Revision {
			rows = append(rows, graph.ChangePosition{Revision: now.Revision, ID: now.ID})
		}
	}
	slices.SortFunc(rows, func(a, b graph.ChangePosition) int {
		return cmp.Or(cmp.Compare(a.Revision, b.Revision), a.ID.Compare(b.ID))
	})
	return s.Insert(ctx, changeTable, len(rows), func(i int, w Writer) {
		w.Int(t.store.number)
		w.Int(int64(rows[i].Revision))
		w.ID(rows[i].ID)
	})
}

// Revisions yields the transaction log after a revision.
func (r *reader) Revisions(ctx context.Context, after model.Revision, limit int) iter.Seq2[graph.RevisionInfo, error] {
	return limited(limit, func(last *graph.RevisionInfo, n int) (page []graph.RevisionInfo, err error) {
		from := after
		if last != nil {
			from = last.Revision
		}
		err = r.with(ctx, "reading the transaction log", func(s Session) error {
			page, err = all(ctx, s, selectRevisions, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(from))
				w.Int(int64(n))
			}, readRevision)
			return err
		})
		return page, err
	})
}

// RevisionInfos are rows of the transaction log, in the order of revisions.
func (r *reader) RevisionInfos(ctx context.Context, revisions []model.Revision) ([]graph.RevisionInfo, error) {
	out := make([]graph.RevisionInfo, len(revisions))
	err := r.with(ctx, "reading the transaction log", func(s Session) error {
		return lookup(ctx, s, revisionByNumber, r.tenantArg, len(revisions), func(i int, w Writer) { w.Int(int64(revisions[i])) },
			func(rows Rows) { out[rows.Key()] = readRevision(rows) })
	})
	return out, err
}

func readRevision(rows Rows) graph.RevisionInfo {
	return graph.RevisionInfo{Revision: model.Revision(rows.Int(0)), Provenance: graph.Provenance{
		Actor: rows.Text(1), Reason: rows.Text(2), Delivery: readID(rows, 3), At: readTime(rows, 4),
	}}
}
