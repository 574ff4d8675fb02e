package access

import (
	"context"
	"time"

	"github.com/karna-registry/karna/model"
)

// CommittedAt is when a revision was committed, zero for one that has not been.
// Like the count of revisions it is the registry's clock, and no secret.
func (v *View) CommittedAt(ctx context.Context, r model.Revision) (time.Time, error) {
	return v.committed(ctx, r)
}
