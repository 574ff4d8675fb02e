package graphtest

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// after makes entries that follow a head, one for each list of ids.
func (s *suite) after(head graph.AuditHead, about ...[]model.EntityID) ([]graph.AuditEntry, graph.AuditHead) {
	var out []graph.AuditEntry
	for _, ids := range about {
		head.Number++
		n := int(head.Number)
		e := graph.AuditEntry{Number: head.Number, At: s.clock.Now(), Link: hash(3 * n), Digest: hash(3*n + 1), Salt: []byte{0, byte(n)}, Body: doc("body")}
		for i, id := range ids {
			e.Subjects = append(e.Subjects, graph.AuditSubject{Digest: hash(1000*n + i), Salt: []byte{byte(i), 0xff}, ID: id})
		}
		head.Link, head.Seal = e.Link, hash(3*n+2)
		out = append(out, e)
	}
	return out, head
}

// audit appends entries by themselves and returns them.
func (s *suite) audit(about ...[]model.EntityID) (entries []graph.AuditEntry) {
	s.Helper()
	err := s.ready().Audit(s.ctx, func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
		entries, head = s.after(head, about...)
		return entries, head, nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return entries
}

func auditAppended(s *suite) {
	if head := must[graph.AuditHead](s)(s.ready().AuditHead(s.ctx)); head != (graph.AuditHead{}) {
		s.Errorf("a new tenant's audit ends at %v", head)
	}
	ids := sortedIDs(s.ids(3))
	first := s.audit(ids[:1], nil, ids)
	s.clock.Advance(time.Second)
	second := s.audit(at(ids, 2, 0))
	want := slices.Concat(first, second)
	equal(s, "all, in order and with their subjects in order", all(s, s.store.AuditEntries(s.ctx, 0, 0)), want)
	equal(s, "two after the first", all(s, s.store.AuditEntries(s.ctx, 1, 2)), want[1:3])
	equal(s, "after the last", all(s, s.store.AuditEntries(s.ctx, 4, 0)), []graph.AuditEntry{})
	equal(s, "the end", must[graph.AuditHead](s)(s.store.AuditHead(s.ctx)), graph.AuditHead{Number: 4, Link: hash(12), Seal: hash(14)})

	equal(s, "about the first, newest first", all(s, s.store.AuditOf(s.ctx, ids[:1], 0, plenty)), []graph.AuditEntry{want[3], want[2], want[0]})
	equal(s, "about two, each once", all(s, s.store.AuditOf(s.ctx, at(ids, 1, 2), 0, plenty)), []graph.AuditEntry{want[3], want[2]})
	equal(s, "the latest", all(s, s.store.AuditOf(s.ctx, ids[:1], 0, 1)), want[3:])
	equal(s, "before the third", all(s, s.store.AuditOf(s.ctx, ids, 3, plenty)), want[:1])
	equal(s, "about nobody", all(s, s.store.AuditOf(s.ctx, s.ids(1), 0, plenty)), []graph.AuditEntry{})
	if r := must[model.Revision](s)(s.store.Revision(s.ctx)); r != 0 {
		s.Errorf("the audit made revision %d", r)
	}
}

func auditWithItsTransaction(s *suite) {
	ids := s.ids(1)
	failing := errors.New("no")
	_, err := s.ready().Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		err := tx.Audit(s.ctx, func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
			entries, head := s.after(head, ids)
			return entries, head, nil
		})
		if n := len(all(s, tx.AuditEntries(s.ctx, 0, 0))); n != 1 || err != nil {
			s.Errorf("inside the transaction there are %d entries: %v", n, err)
		}
		return errors.Join(err, failing)
	})
	isError(s, "the transaction", err, failing)
	isError(s, "an append that fails", s.store.Audit(s.ctx, func(graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
		return nil, graph.AuditHead{}, failing
	}), failing)
	if n := len(all(s, s.store.AuditEntries(s.ctx, 0, 0))); n != 0 {
		s.Errorf("%d entries of a transaction that failed", n)
	}
	s.touch(func(tx graph.Tx) error {
		return tx.Audit(s.ctx, func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
			entries, head := s.after(head, ids)
			return entries, head, nil
		})
	})
	if n := len(all(s, s.store.AuditEntries(s.ctx, 0, 0))); n != 1 {
		s.Errorf("%d entries of a transaction that committed, want 1", n)
	}
}

func auditErased(s *suite) {
	ids := sortedIDs(s.ids(2))
	want := s.audit(ids, ids[:1], ids[1:])
	s.touch(func(tx graph.Tx) error {
		n, err := tx.EraseAudit(s.ctx, append(at(ids, 0, 0), s.id()))
		if n != 2 {
			s.Errorf("erased from %d entries, want 2", n)
		}
		return err
	})
	for _, subject := range []*graph.AuditSubject{&want[0].Subjects[0], &want[1].Subjects[0]} {
		subject.ID, subject.Salt = model.EntityID{}, nil
	}
	equal(s, "with the digests left", all(s, s.store.AuditEntries(s.ctx, 0, 0)), want)
	equal(s, "about the one erased", all(s, s.store.AuditOf(s.ctx, ids[:1], 0, plenty)), []graph.AuditEntry{})
}

func auditOfTenants(s *suite) {
	ids := s.ids(1)
	s.audit(ids)
	other := s.tenant("0180")
	if head := must[graph.AuditHead](s)(other.AuditHead(s.ctx)); head != (graph.AuditHead{}) {
		s.Errorf("another tenant's audit ends at %v", head)
	}
	equal(s, "another tenant's audit", all(s, other.AuditEntries(s.ctx, 0, 0)), []graph.AuditEntry{})
	equal(s, "another tenant's about the same id", all(s, other.AuditOf(s.ctx, ids, 0, plenty)), []graph.AuditEntry{})
}

// auditConcurrent has many append at once, by themselves and with changes.
func auditConcurrent(s *suite) {
	store := s.ready()
	const writers, each = 6, 10
	var wait sync.WaitGroup
	errs := make(chan error, writers*each)
	for w := range writers {
		wait.Go(func() {
			for range each {
				next := func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
					n := int(head.Number) + 1
					e := graph.AuditEntry{Number: int64(n), At: time.Unix(int64(n), 0), Link: hash(n), Digest: hash(n)}
					return []graph.AuditEntry{e}, graph.AuditHead{Number: int64(n), Link: hash(n), Seal: hash(n)}, nil
				}
				if w%2 == 0 {
					errs <- store.Audit(s.ctx, next)
					continue
				}
				_, err := store.Update(s.ctx, graph.Provenance{Actor: "graphtest"}, func(tx graph.Tx) error { return tx.Audit(s.ctx, next) })
				errs <- err
			}
		})
	}
	wait.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			s.Fatal(err)
		}
	}
	entries := all(s, store.AuditEntries(s.ctx, 0, 0))
	for i, e := range entries {
		if e.Number != int64(i+1) {
			s.Fatalf("entry %d has number %d", i+1, e.Number)
		}
	}
	if len(entries) != writers*each {
		s.Errorf("%d entries, want %d", len(entries), writers*each)
	}
}

// auditOfOthers has two hold the same store, as two processes do: each appends
// after what the other has left, and to what it is told is the end.
func auditOfOthers(s *suite) {
	ids := s.ids(2)
	ours, others := s.ready(), s.tenant("0136")
	n := 0
	append1 := func(store graph.Store, within bool) {
		s.Helper()
		var found graph.AuditHead
		next := func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
			found = head
			entries, head := s.after(head, ids)
			return entries, head, nil
		}
		var err error
		if within {
			_, err = store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error { return tx.Audit(s.ctx, next) })
		} else {
			err = store.Audit(s.ctx, next)
		}
		n++
		if err != nil || found.Number != int64(n-1) {
			s.Fatalf("entry %d was put after %d: %v", n, found.Number, err)
		}
	}
	for _, store := range []graph.Store{ours, ours, others, others, ours, others, ours} {
		append1(store, false)
	}
	for _, within := range []bool{true, false, false, true, true, false} {
		append1(ours, within)
		append1(others, !within)
	}
	for i, e := range all(s, ours.AuditEntries(s.ctx, 0, 0)) {
		if e.Number != int64(i+1) || len(e.Subjects) != len(ids) {
			s.Fatalf("entry %d is %+v", i+1, e)
		}
	}
	equal(s, "the end", must[graph.AuditHead](s)(ours.AuditHead(s.ctx)), graph.AuditHead{Number: int64(n), Link: hash(3 * n), Seal: hash(3*n + 2)})

	// The number alone does not say that the end is the one that was left.
	forged := graph.AuditHead{Number: int64(n), Link: hash(7), Seal: hash(8)}
	for _, end := range []graph.AuditHead{forged, {Number: forged.Number, Link: forged.Link, Seal: hash(9)}} {
		err := others.Audit(s.ctx, func(graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) { return nil, end, nil })
		if err != nil {
			s.Fatal(err)
		}
		refused := errors.New("not the end that was left")
		err = ours.Audit(s.ctx, func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
			if head == end {
				return nil, head, refused
			}
			entries, head := s.after(head, ids)
			return entries, head, nil
		})
		isError(s, "an append after an end that others made", err, refused)
		if entries := all(s, ours.AuditEntries(s.ctx, 0, 0)); len(entries) != n {
			s.Errorf("%d entries, want %d", len(entries), n)
		}
		// What is refused is what is there: it is known from now on.
		if err := ours.Audit(s.ctx, func(graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) { return nil, end, nil }); err != nil {
			s.Fatal(err)
		}
	}
}
