package relational

import (
	"context"
	"iter"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	// An id is in the feed at the revision of each of its versions, the present
	// one and those of the past. One statement reads both, for a row that moved
	// between two would leave a gap.
	selectChanges = statement(`SELECT * FROM (
			SELECT g.revision, g.id, g.kind, g.state, g.redirect, g.disclosure FROM golden AS g
			WHERE g.tenant = $1 {hint g.revision >= 0} AND g.state < 4 AND (g.revision, g.id) > ($2, $3) ORDER BY g.revision, g.id LIMIT $4) AS a
		UNION ALL SELECT * FROM (
			SELECT g.revision, g.id, g.kind, g.state, g.redirect, g.disclosure FROM golden_past AS g
			WHERE g.tenant = $1 {hint g.revision >= 0} AND (g.revision, g.id) > ($2, $3) ORDER BY g.revision, g.id LIMIT $4) AS b
		ORDER BY 1, 2 LIMIT $4`)
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
		}, readChange)
		return err
	})
	return page, err
}

func readChange(rows Rows) graph.Change {
	return graph.Change{
		Revision:   model.Revision(rows.Int(0)),
		ID:         rows.ID(1),
		Kind:       model.Kind(rows.Int(2)),
		State:      graph.GoldenState(rows.Int(3)),
		Redirect:   readRedirect(rows, 4),
		Disclosure: disclosure(rows.Int(5)),
	}
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
