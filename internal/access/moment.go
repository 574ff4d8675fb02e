package access

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// pivots is how many rows of the transaction log are looked at together in the
// search for an instant: a million revisions take four look-ups.
const pivots = 32

// RevisionAt is the revision that held at an instant: the last one committed
// then or earlier, 0 before the first. graph.ErrFutureRevision for an instant
// that is yet to come: what will hold then is not known.
func (v *View) RevisionAt(ctx context.Context, at time.Time) (model.Revision, error) {
	if at.After(v.a.clock()) {
		return 0, fmt.Errorf("the registry at %s: %w", at.UTC().Format(time.RFC3339), graph.ErrFutureRevision)
	}
	high, err := v.Revision(ctx)
	if err != nil {
		return 0, err
	}
	// Revisions are committed one after the other, so that time rises with them:
	// what is sought lies from low to high.
	for low := model.Revision(0); ; {
		if low == high {
			return low, nil
		}
		step := max(1, (high-low)/pivots)
		var ask []model.Revision
		for r := low + step; r < high; r += step {
			ask = append(ask, r)
		}
		ask = append(ask, high)
		infos, err := v.a.store.RevisionInfos(ctx, ask)
		if err != nil {
			return 0, fmt.Errorf("look for the revision of an instant: %w", err)
		}
		n := sort.Search(len(infos), func(i int) bool { return infos[i].At.After(at) })
		if n > 0 {
			low = ask[n-1]
		}
		if n < len(ask) {
			high = ask[n] - 1
		}
	}
}
