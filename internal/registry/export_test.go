package registry

import (
	"context"
	"time"
)

// CommitEvery makes transactions of n items, so that few items make several,
// each planned while the one before it is written.
func CommitEvery(r *Registry, n int) { r.perChunk, r.perCommit, r.perResolve, r.perFollow = n, n, n, n }

// BlocksOf divides blocks of more than n records.
func BlocksOf(r *Registry, n int) { r.blockLimit = n }

// LinkingFrom is the registry with another link threshold for a kind.
var LinkingFrom = (*Registry).linkingFrom

// RotateEvery makes rotations encrypt n values in a transaction.
func RotateEvery(r *Registry, n int) { r.perRotate = n }

// SettledAfter is how long a former key is kept at least.
func SettledAfter(r *Registry, d time.Duration) { r.settled = d }

// EraseAndSearch is Erase without scrubbing the engine's files.
func EraseAndSearch(ctx context.Context, r *Registry, q EraseRequest) (*Erasure, error) {
	out, after, err := r.eraseAtOnce(ctx, q)
	if err == nil {
		out.Proof, _, err = r.search(ctx, after)
	}
	return out, err
}

// RetainOnly is Retain without scrubbing the engine's files.
func RetainOnly(ctx context.Context, r *Registry, actor string) (*Retention, error) {
	return r.retain(ctx, actor, false)
}

// RehashAll is the one transaction of RotateHashKey, with nothing before and after.
func RehashAll(ctx context.Context, r *Registry) error {
	return r.rehashAll(ctx, "Åsa", &Rehashing{}, func(string, int64) {})
}
