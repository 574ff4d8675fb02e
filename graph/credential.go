package graph

import (
	"context"
	"iter"
	"time"

	"github.com/karna-registry/karna/model"
)

// CredentialKind is what sort of login a credential stands for. The numbers are
// stored.
type CredentialKind uint8

// The kinds.
const (
	MachineToken CredentialKind = 1 // a program's, until it is revoked or expires
	Session      CredentialKind = 2 // a person's, in one browser
)

// Credential is what a caller shows to be known by. What its hash and body are
// made of is not the store's to know.
type Credential struct {
	ID      model.EntityID
	Kind    CredentialKind
	Hash    Hash   // of the secret, which is stored nowhere
	Name    string // of whom it is
	Body    []byte // what it gives
	Actor   string // who made it
	Created time.Time
	Expires time.Time
	Revoked time.Time // zero while it is not
}

// CredentialReader reads credentials. They are no part of what a first load
// hides, nor of what a revision is.
type CredentialReader interface {
	// Credentials yields the credentials of a kind in id order.
	Credentials(ctx context.Context, kind CredentialKind) iter.Seq2[Credential, error]
	// CredentialByHash is the one with the hash; ok is false when there is none.
	CredentialByHash(ctx context.Context, hash Hash) (c Credential, ok bool, err error)
}
