package graphtest

import (
	"errors"
	"time"

	"github.com/karna-registry/karna/graph"
)

// credential is the nth of a kind, that expires n hours from now.
func (s *suite) credential(n int, kind graph.CredentialKind) graph.Credential {
	now := s.clock.Now()
	return graph.Credential{
		ID: s.id(), Kind: kind, Hash: hash(500 + n), Name: "a' OR 1=1 --", Body: doc("rights %d", n), Actor: "graphtest",
		Created: now, Expires: now.Add(time.Duration(n) * time.Hour),
	}
}

func credentials(s *suite) {
	s.ready()
	first, second, session := s.credential(1, graph.MachineToken), s.credential(2, graph.MachineToken), s.credential(3, graph.Session)
	s.touch(func(tx graph.Tx) error {
		return firstError(tx.PutCredential(s.ctx, second), tx.PutCredential(s.ctx, session), tx.PutCredential(s.ctx, first))
	})
	equal(s, "of one kind in id order", all(s, s.store.Credentials(s.ctx, graph.MachineToken)), []graph.Credential{first, second})
	equal(s, "of the other", all(s, s.store.Credentials(s.ctx, graph.Session)), []graph.Credential{session})

	first.Revoked, first.Name = s.clock.Now(), "renamed"
	s.touch(func(tx graph.Tx) error { return tx.PutCredential(s.ctx, first) })
	got, ok, err := s.store.CredentialByHash(s.ctx, first.Hash)
	if err != nil || !ok {
		s.Fatalf("the first by its hash: %v, %v", ok, err)
	}
	equal(s, "replaced by id", got, first)
	if _, ok, err := s.store.CredentialByHash(s.ctx, hash(1)); ok || err != nil {
		s.Errorf("a hash that nobody has: %v, %v", ok, err)
	}
	if _, ok, err := s.tenant("0180").CredentialByHash(s.ctx, first.Hash); ok || err != nil {
		s.Errorf("another tenant's: %v, %v", ok, err)
	}
	equal(s, "all of another tenant", all(s, s.tenant("0180").Credentials(s.ctx, graph.MachineToken)), []graph.Credential{})
	twin := s.credential(9, graph.Session)
	twin.Hash = first.Hash
	if _, err := s.store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error { return tx.PutCredential(s.ctx, twin) }); err == nil {
		s.Error("two credentials have one hash")
	}
	if r, err := s.store.Revision(s.ctx); r != 0 || err != nil {
		s.Errorf("credentials made revision %d: %v", r, err)
	}
}

func credentialsExpired(s *suite) {
	s.ready()
	early, late, token := s.credential(1, graph.Session), s.credential(3, graph.Session), s.credential(2, graph.MachineToken)
	s.touch(func(tx graph.Tx) error {
		return firstError(tx.PutCredential(s.ctx, early), tx.PutCredential(s.ctx, late), tx.PutCredential(s.ctx, token))
	})
	s.touch(func(tx graph.Tx) error { return tx.DeleteCredentials(s.ctx, graph.Session, early.Expires) })
	equal(s, "one that expires at the time", all(s, s.store.Credentials(s.ctx, graph.Session)), []graph.Credential{early, late})
	s.touch(func(tx graph.Tx) error { return tx.DeleteCredentials(s.ctx, graph.Session, late.Expires) })
	equal(s, "one that has expired", all(s, s.store.Credentials(s.ctx, graph.Session)), []graph.Credential{late})
	equal(s, "of another kind", all(s, s.store.Credentials(s.ctx, graph.MachineToken)), []graph.Credential{token})
	failing := errors.New("no")
	_, err := s.store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		return errors.Join(tx.PutCredential(s.ctx, s.credential(7, graph.Session)), tx.DeleteCredentials(s.ctx, graph.MachineToken, late.Expires), failing)
	})
	isError(s, "the transaction", err, failing)
	equal(s, "after a transaction that failed", all(s, s.store.Credentials(s.ctx, graph.MachineToken)), []graph.Credential{token})
}
