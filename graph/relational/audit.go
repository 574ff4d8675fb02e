package relational

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	selectAuditHead = unique1(statement(`SELECT number, link, seal FROM audit_head WHERE tenant = $1`))
	lockAuditHead   = unique1(statement(`SELECT number, link, seal FROM audit_head WHERE tenant = $1 {lock}`))
	insertAuditHead = statement(`INSERT INTO audit_head (tenant, number) VALUES ($1, 0) ON CONFLICT DO NOTHING`)
	setAuditHead    = statement(`UPDATE audit_head SET number = $2, link = $3, seal = $4 WHERE tenant = $1`)

	putAudit = aside(statement(`INSERT INTO audit (tenant, number, at, link, digest, salt, body)
		{values $1, @number, @at, @link, @digest, @salt, @body}`, AuditColumns...))
	putAuditSubject = aside(statement(`INSERT INTO audit_subject (tenant, number, place, digest, salt, id)
		{values $1, @number, @place, @digest, @salt, @id}`, AuditSubjectColumns...))
	eraseAuditSubject = statement(`UPDATE audit_subject AS s SET id = NULL, salt = NULL {from}
		WHERE s.tenant = $1 AND s.number = @number AND s.id = @id`, Column{"number", BigInt}, Column{"id", ID})

	selectAudit = statement(`SELECT a.number, a.at, a.link, a.digest, a.salt, a.body FROM audit AS a
		WHERE a.tenant = $1 AND a.number > $2 ORDER BY a.number LIMIT $3`)
	auditByNumber = unique1(statement(`SELECT a.number, a.at, a.link, a.digest, a.salt, a.body FROM audit AS a
		WHERE a.tenant = $1 AND a.number = @number`, Column{"number", BigInt}))
	auditSubjects = statement(`SELECT s.digest, s.salt, s.id FROM audit_subject AS s
		WHERE s.tenant = $1 AND s.number = @number ORDER BY s.place`, Column{"number", BigInt})
	auditNumbers = statement(`SELECT s.number FROM audit_subject AS s
		WHERE s.tenant = $1 AND s.id = @id AND s.number < $2 ORDER BY s.number DESC LIMIT $3`, Column{"id", ID})
)

// aside marks what many readers write, a little each.
func aside(s *Statement) *Statement {
	s.Aside = true
	return s
}

func unique1(s *Statement) *Statement {
	s.Unique = true
	return s
}

// Audit appends to the audit in a transaction of its own. It does not lock the
// tenant's row: what is only read need not wait for what is being written.
func (s *Store) Audit(ctx context.Context, next graph.AuditAppend) error {
	for attempt := 1; ; attempt++ {
		err := s.auditOnce(ctx, next)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !s.db.engine.Retryable(ctx, err, attempt) {
			return fmt.Errorf("writing the audit of tenant %q: %w", s.tenant, err)
		}
	}
}

func (s *Store) auditOnce(ctx context.Context, next graph.AuditAppend) error {
	if s.db.closed.Load() {
		return graph.ErrClosed
	}
	if appended, err := s.auditAtOnce(ctx, next); err != nil || appended {
		return err
	}
	session, err := s.db.engine.Write(ctx)
	if err != nil {
		return err
	}
	defer session.Release()
	head, err := appendAudit(ctx, session, s.number, nil, next)
	if err != nil {
		return err
	}
	if err := session.Commit(ctx); err != nil {
		return err
	}
	s.auditEnd.Store(&head)
	return nil
}

// auditAtOnce appends after the end of the audit as this store has left it, in one
// exchange. It does nothing where that is not how the engine does it, and when
// somebody else has appended since.
func (s *Store) auditAtOnce(ctx context.Context, next graph.AuditAppend) (appended bool, err error) {
	engine, can := s.db.engine.(AuditAppender)
	after := s.auditEnd.Load()
	if !can || after == nil {
		return false, nil
	}
	entries, end, err := next(*after)
	if err != nil || len(entries) == 0 {
		return false, err
	}
	if appended, err = engine.AppendAudit(ctx, s.number, *after, end, entries); appended {
		s.auditEnd.Store(&end)
	}
	return appended, err
}

// Audit appends to the audit within the transaction.
func (t *tx) Audit(ctx context.Context, next graph.AuditAppend) error {
	return t.with(ctx, "writing the audit", func(s Session) error {
		head, err := appendAudit(ctx, s, t.store.number, t.auditHead, next)
		if err == nil {
			t.audited = &head
		}
		if t.auditHead != nil {
			t.auditHead = &head
		}
		return err
	})
}

// appendAudit appends after the end of the audit, which is locked and read if it
// is not given, and says where it ends then.
func appendAudit(ctx context.Context, s Session, tenant int64, at *graph.AuditHead, next graph.AuditAppend) (head graph.AuditHead, err error) {
	if at != nil {
		head = *at
	} else if head, err = lockedAuditHead(ctx, s, tenant); err != nil {
		return head, fmt.Errorf("reading the end of the audit: %w", err)
	}
	entries, head, err := next(head)
	if err != nil {
		return head, err
	}
	arg := func(w Writer) { w.Int(tenant) }
	err = each(ctx, s, putAudit, arg, len(entries), func(i int, w Writer) { WriteAudit(w, &entries[i]) })
	if err != nil {
		return head, err
	}
	subjects := AuditSubjects(entries)
	err = each(ctx, s, putAuditSubject, arg, len(subjects), func(i int, w Writer) { subjects[i].Write(w) })
	if err != nil {
		return head, err
	}
	return head, s.Exec(ctx, setAuditHead, func(w Writer) {
		w.Int(tenant)
		w.Int(head.Number)
		writeHash(w, head.Link)
		writeHash(w, head.Seal)
	})
}

// AuditColumns and AuditSubjectColumns are the columns that WriteAudit and
// AuditSubject.Write write. Before them is the tenant.
var (
	AuditColumns        = []Column{{"number", BigInt}, {"at", BigInt}, {"link", ID}, {"digest", ID}, {"salt", Bytes}, {"body", Bytes}}
	AuditSubjectColumns = []Column{{"number", BigInt}, {"place", Integer}, {"digest", ID}, {"salt", Bytes}, {"id", ID}}
)

// WriteAudit writes an entry's columns.
func WriteAudit(w Writer, e *graph.AuditEntry) {
	w.Int(e.Number)
	writeTime(w, e.At)
	w.ID(e.Link)
	w.ID(e.Digest)
	writeDoc(w, e.Salt)
	writeDoc(w, e.Body)
}

// AuditSubject is a golden id at its place in an entry.
type AuditSubject struct {
	entry *graph.AuditEntry
	place int
}

// AuditSubjects are the golden ids of entries, in order.
func AuditSubjects(entries []graph.AuditEntry) []AuditSubject {
	n := 0
	for i := range entries {
		n += len(entries[i].Subjects)
	}
	out := make([]AuditSubject, 0, n)
	for i := range entries {
		for place := range entries[i].Subjects {
			out = append(out, AuditSubject{&entries[i], place})
		}
	}
	return out
}

// Write writes its columns.
func (s AuditSubject) Write(w Writer) {
	subject := &s.entry.Subjects[s.place]
	w.Int(s.entry.Number)
	w.Int(int64(s.place))
	w.ID(subject.Digest)
	writeDoc(w, subject.Salt)
	writeID(w, subject.ID)
}

func lockedAuditHead(ctx context.Context, s Session, tenant int64) (graph.AuditHead, error) {
	head, found, err := auditHead(ctx, s, lockAuditHead, tenant)
	if err == nil && !found {
		if err = s.Exec(ctx, insertAuditHead, func(w Writer) { w.Int(tenant) }); err == nil {
			head, _, err = auditHead(ctx, s, lockAuditHead, tenant)
		}
	}
	return head, err
}

func auditHead(ctx context.Context, s Session, st *Statement, tenant int64) (graph.AuditHead, bool, error) {
	return one(ctx, s, st, func(w Writer) { w.Int(tenant) }, func(r Rows) graph.AuditHead {
		return graph.AuditHead{Number: r.Int(0), Link: readHash(r, 1), Seal: readHash(r, 2)}
	})
}

// EraseAudit takes ids out of the audit.
func (t *tx) EraseAudit(ctx context.Context, ids []model.EntityID) (n int64, err error) {
	ids = distinct(ids, compareIDs)
	err = t.with(ctx, "erasing from the audit", func(s Session) error {
		entries := map[int64]bool{}
		for _, id := range ids {
			numbers, err := numbersOf(ctx, s, t.store.number, []model.EntityID{id}, 0, math.MaxInt32)
			if err != nil {
				return err
			}
			for _, number := range numbers {
				entries[number] = true
			}
			err = each(ctx, s, eraseAuditSubject, t.tenantArg, len(numbers), func(i int, w Writer) {
				w.Int(numbers[i])
				w.ID(id)
			})
			if err != nil {
				return err
			}
		}
		n = int64(len(entries))
		return nil
	})
	return n, err
}

// AuditHead is the end of the audit.
func (r *reader) AuditHead(ctx context.Context) (head graph.AuditHead, err error) {
	err = r.with(ctx, "reading the end of the audit", func(s Session) error {
		head, _, err = auditHead(ctx, s, selectAuditHead, r.store.number)
		return err
	})
	return head, err
}

// AuditEntries yields the entries after a number.
func (r *reader) AuditEntries(ctx context.Context, after int64, limit int) iter.Seq2[graph.AuditEntry, error] {
	if limit == 0 {
		limit = math.MaxInt
	}
	return limited(limit, func(last *graph.AuditEntry, n int) (page []graph.AuditEntry, err error) {
		from := after
		if last != nil {
			from = last.Number
		}
		err = r.with(ctx, "reading the audit", func(s Session) error {
			page, err = all(ctx, s, selectAudit, func(w Writer) {
				w.Int(r.store.number)
				w.Int(from)
				w.Int(int64(n))
			}, readAudit)
			if err != nil {
				return err
			}
			return r.readSubjects(ctx, s, page)
		})
		return page, err
	})
}

func readAudit(r Rows) graph.AuditEntry {
	return graph.AuditEntry{
		Number: r.Int(0), At: readTime(r, 1), Link: r.ID(2), Digest: r.ID(3), Salt: readDoc(r, 4), Body: readDoc(r, 5),
	}
}

func (r *reader) readSubjects(ctx context.Context, s Session, entries []graph.AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	rows, err := s.Lookup(ctx, auditSubjects, r.tenantArg, len(entries), func(i int, w Writer) { w.Int(entries[i].Number) })
	if err != nil {
		return err
	}
	for rows.Next() {
		e := &entries[rows.Key()]
		e.Subjects = append(e.Subjects, graph.AuditSubject{Digest: rows.ID(0), Salt: readDoc(rows, 1), ID: readID(rows, 2)})
	}
	return rows.Close()
}

// AuditOf yields the entries about any of the ids, newest first.
func (r *reader) AuditOf(ctx context.Context, ids []model.EntityID, before int64, limit int) iter.Seq2[graph.AuditEntry, error] {
	ids = distinct(ids, compareIDs)
	return limited(limit, func(last *graph.AuditEntry, n int) (page []graph.AuditEntry, err error) {
		until := before
		if last != nil {
			until = last.Number
		}
		err = r.with(ctx, "reading the audit of golden records", func(s Session) error {
			numbers, err := numbersOf(ctx, s, r.store.number, ids, until, n)
			if err != nil {
				return err
			}
			err = lookup(ctx, s, auditByNumber, r.tenantArg, len(numbers), func(i int, w Writer) { w.Int(numbers[i]) },
				func(rows Rows) { page = append(page, readAudit(rows)) })
			if err != nil {
				return err
			}
			return r.readSubjects(ctx, s, page)
		})
		return page, err
	})
}

// numbersOf are the numbers of the latest entries about any of the ids, newest
// first, before a number; 0 is from the newest on.
func numbersOf(ctx context.Context, s Session, tenant int64, ids []model.EntityID, before int64, n int) ([]int64, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	var numbers []int64
	err := lookup(ctx, s, auditNumbers, func(w Writer) {
		w.Int(tenant)
		w.Int(before)
		w.Int(int64(n))
	}, len(ids), func(i int, w Writer) { w.ID(ids[i]) }, func(r Rows) { numbers = append(numbers, r.Int(0)) })
	slices.SortFunc(numbers, func(a, b int64) int { return cmp.Compare(b, a) })
	numbers = slices.Compact(numbers)
	return numbers[:min(n, len(numbers))], err
}
