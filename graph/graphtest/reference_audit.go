package graphtest

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

func (s *referenceStore) Audit(ctx context.Context, next graph.AuditAppend) error {
	return s.change(ctx, func(st *state) error { return st.appendAudit(next) })
}

func (t *referenceTx) Audit(ctx context.Context, next graph.AuditAppend) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return t.s.appendAudit(next)
}

func (s *state) appendAudit(next graph.AuditAppend) error {
	entries, head, err := next(s.auditHead)
	if err != nil {
		return err
	}
	s.audit = slices.Clip(s.audit)
	for _, e := range entries {
		s.audit = append(s.audit, cloneEntry(e))
	}
	s.auditHead = head
	return nil
}

func cloneEntry(e graph.AuditEntry) graph.AuditEntry {
	e.Salt, e.Body, e.Subjects = bytes.Clone(e.Salt), bytes.Clone(e.Body), slices.Clone(e.Subjects)
	for i := range e.Subjects {
		e.Subjects[i].Salt = bytes.Clone(e.Subjects[i].Salt)
	}
	return e
}

func (t *referenceTx) EraseAudit(ctx context.Context, ids []model.EntityID) (int64, error) {
	var n int64
	all := slices.Clone(t.s.audit)
	for i := range all {
		if !about(all[i], ids) {
			continue
		}
		n++
		all[i] = cloneEntry(all[i])
		for k := range all[i].Subjects {
			if subject := &all[i].Subjects[k]; slices.Contains(ids, subject.ID) {
				subject.ID, subject.Salt = model.EntityID{}, nil
			}
		}
	}
	t.s.audit = all
	return n, ctx.Err()
}

func about(e graph.AuditEntry, ids []model.EntityID) bool {
	return slices.ContainsFunc(e.Subjects, func(s graph.AuditSubject) bool { return slices.Contains(ids, s.ID) })
}

func (v view) AuditHead(ctx context.Context) (graph.AuditHead, error) {
	s, err := v.records(ctx)
	if err != nil {
		return graph.AuditHead{}, err
	}
	return s.auditHead, nil
}

func (v view) AuditEntries(ctx context.Context, after int64, limit int) iter.Seq2[graph.AuditEntry, error] {
	return sequence(ctx, v.records, func(s *state) []graph.AuditEntry {
		rows := slices.DeleteFunc(slices.Clone(s.audit), func(e graph.AuditEntry) bool { return e.Number <= after })
		if limit == 0 {
			return rows
		}
		return limited(rows, limit)
	})
}

func (v view) AuditOf(ctx context.Context, ids []model.EntityID, before int64, limit int) iter.Seq2[graph.AuditEntry, error] {
	return sequence(ctx, v.records, func(s *state) []graph.AuditEntry {
		rows := slices.DeleteFunc(slices.Clone(s.audit), func(e graph.AuditEntry) bool {
			return before > 0 && e.Number >= before || !about(e, ids)
		})
		slices.Reverse(rows)
		return limited(rows, limit)
	})
}
