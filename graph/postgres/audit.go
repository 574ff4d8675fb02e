package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/relational"
)

var _ relational.AuditAppender = (*engine)(nil)

// appendAudit moves the end of the audit, and puts what lies between where it was
// and where it is, if it was there. One statement is a transaction by itself: one
// exchange, and whoever else appends waits for the row of the end and then finds
// it elsewhere.
var appendAudit = func() string {
	const arguments = 7
	columns := func(of []relational.Column, first int) (names, arrays string) {
		var n, a []string
		for i, c := range of {
			n, a = append(n, c.Name), append(a, fmt.Sprintf("$%d::%s[]", first+i, typeNames[c.Type]))
		}
		return strings.Join(n, ", "), strings.Join(a, ", ")
	}
	entry, entries := columns(relational.AuditColumns, arguments+1)
	subject, subjects := columns(relational.AuditSubjectColumns, arguments+1+len(relational.AuditColumns))
	return `WITH ending AS (
			UPDATE audit_head SET number = $5, link = $6, seal = $7
			WHERE tenant = $1 AND number = $2 AND link = $3 AND seal = $4 RETURNING tenant
		), subjects AS (
			INSERT INTO audit_subject (tenant, ` + subject + `)
			SELECT e.tenant, s.* FROM ending AS e, unnest(` + subjects + `) AS s
		)
		INSERT INTO audit (tenant, ` + entry + `)
		SELECT e.tenant, a.* FROM ending AS e, unnest(` + entries + `) AS a`
}()

// AppendAudit appends to the audit in one exchange.
func (e *engine) AppendAudit(ctx context.Context, tenant int64, after, end graph.AuditHead, entries []graph.AuditEntry) (bool, error) {
	s, err := e.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer s.Release()
	tag, err := s.appendAudit(ctx, tenant, after, end, entries)
	if err != nil {
		return false, err
	}
	switch n := tag.RowsAffected(); n {
	case 0:
		return false, nil
	case int64(len(entries)):
		return true, nil
	default:
		return false, fmt.Errorf("%d entries of the audit were appended, want %d", n, len(entries))
	}
}

func (s *session) appendAudit(ctx context.Context, tenant int64, after, end graph.AuditHead, entries []graph.AuditEntry) (pgconn.CommandTag, error) {
	if s.audit == nil {
		if _, err := s.prepare(ctx, &s.audit, "karna_append_audit", appendAudit, nil); err != nil {
			return pgconn.CommandTag{}, err
		}
	}
	p := &s.params
	err := p.fill(s.audit.ParamOIDs[:7], func(w relational.Writer) {
		w.Int(tenant)
		for _, head := range []graph.AuditHead{after, end} {
			w.Int(head.Number)
			w.ID(head.Link)
			w.ID(head.Seal)
		}
	}, nil)
	if err == nil {
		err = s.sets.fill(relational.AuditColumns, len(entries), func(i int, w relational.Writer) { relational.WriteAudit(w, &entries[i]) })
	}
	if err == nil {
		s.sets.appendTo(p)
		subjects := relational.AuditSubjects(entries)
		err = s.sets.fill(relational.AuditSubjectColumns, len(subjects), func(i int, w relational.Writer) { subjects[i].Write(w) })
	}
	if err != nil {
		return pgconn.CommandTag{}, fmt.Errorf("appending to the audit: %w", err)
	}
	s.sets.appendTo(p)
	return s.pg.ExecStatement(ctx, s.audit, p.values(), inBinary, nil).Close()
}
