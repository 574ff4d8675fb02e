package graph

import "context"

// Rehasher is what a transaction changes when the hashes that a tenant's rows hold
// are put under another key, beside the rows that it puts anew as any other does.
// The store sees nothing in the hashes and in the key but numbers.
type Rehasher interface {
	// PutHashKey notes under which key the tenant's hashes are: the Basis of every
	// later transaction says it.
	PutHashKey(ctx context.Context, key int64) error
	// PutTombstones removes tombstones, and then adds others.
	PutTombstones(ctx context.Context, add, remove []Hash) error
	// ForgetArtifacts takes away the artifacts whose names begin with a prefix, of
	// every revision.
	ForgetArtifacts(ctx context.Context, prefix string) error
}
