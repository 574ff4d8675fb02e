package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// Looked is who looked at a golden record or changed it, newest first, before an
// entry's number (0: from the newest on): also under ids that its records had
// while they were part of another golden record. It does not say at what else
// they looked. ErrForbidden without the scope audit:read, ErrNotFound for what
// the caller may not know of.
func (v *View) Looked(ctx context.Context, id model.EntityID, before int64, limit int) ([]audit.Read, error) {
	if !v.rights.Has(AuditRead) || v.a.auditor == nil {
		return nil, ErrForbidden
	}
	if _, err := v.present(); err != nil {
		return nil, err
	}
	size, err := pageSize(limit)
	if err != nil {
		return nil, err
	}
	rows, err := v.follow(ctx, []model.EntityID{id}, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return nil, err
	}
	// A person whose id one knows is no secret to a caller with a login, as for
	// Entity; of anything else one must see the record.
	if rows[0].State != graph.Live || rows[0].Kind != model.Person {
		seen, err := v.judge(ctx, rows)
		if err != nil {
			return nil, err
		}
		if seen[0] == nil {
			return nil, ErrNotFound
		}
	}
	stood, err := v.stoodFor(ctx, &rows[0])
	if err != nil {
		return nil, err
	}
	ids := make([]model.EntityID, 0, len(stood))
	for id := range stood {
		ids = append(ids, id)
	}
	var out []audit.Read
	for {
		n := 0
		for r, err := range v.a.auditor.Of(ctx, ids, before, size) {
			if err != nil {
				return nil, err
			}
			n++
			before = r.Number
			if !slices.ContainsFunc(r.Subjects, func(s model.EntityID) bool { return during(stood[s], r.At) }) {
				continue
			}
			r.Subjects = nil
			if out = append(out, r); len(out) == size {
				return out, v.tell(ctx, []model.EntityID{rows[0].ID})
			}
		}
		if n < size {
			return out, v.tell(ctx, []model.EntityID{rows[0].ID})
		}
	}
}

// span is a time in which a golden id stood for a record.
type span struct{ from, to time.Time } // zero to: until now

func during(spans []span, t time.Time) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to)) })
}

// stoodFor are the golden ids that a golden record's records have had, and when.
func (v *View) stoodFor(ctx context.Context, row *graph.Golden) (map[model.EntityID][]span, error) {
	var e model.Evidence
	if err := document.DecodeEvidence(row.Evidence, &e); err != nil {
		return nil, fmt.Errorf("read the evidence of golden record %s: %w", row.ID, err)
	}
	out := map[model.EntityID][]span{}
	for _, record := range e.Members {
		golden, since := record, time.Time{}
		for m, err := range v.a.store.Memberships(ctx, record) {
			if err != nil {
				return nil, fmt.Errorf("read what record %s was part of: %w", record, err)
			}
			at, err := v.committed(ctx, m.Revision)
			if err != nil {
				return nil, err
			}
			out[golden] = append(out[golden], span{since, at})
			golden, since = m.Golden, at
		}
		out[golden] = append(out[golden], span{since, time.Time{}})
	}
	return out, nil
}
