package registry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// erasedAmong are the keys of a batch's records, and of what they refer to, that
// were erased. Of records that are there nothing is asked: an erased one is not.
func (u *unit) erasedAmong(batch []incoming, heads []graph.Head) (map[model.RecordKey]bool, error) {
	has, err := u.from.HasErased(u.ctx)
	if err != nil || !has {
		return nil, err
	}
	asked := map[model.RecordKey]bool{}
	var keys []model.RecordKey
	ask := func(k model.RecordKey) {
		if !asked[k] {
			asked[k] = true
			keys = append(keys, k)
		}
	}
	for i := range batch {
		if heads[i].ID.IsZero() {
			ask(batch[i].key)
		}
		if batch[i].rec == nil {
			continue
		}
		for _, st := range batch[i].rec.Statements {
			if l, ok := st.Value.(model.Link); ok && !l.Ref.ByIdentifier() {
				ask(l.Ref.Key)
			}
		}
	}
	hashes := make([]graph.Hash, len(keys))
	for i, k := range keys {
		hashes[i] = u.r.tombstone(k)
	}
	there, err := u.from.Erased(u.ctx, hashes)
	if err != nil {
		return nil, fmt.Errorf("look up what was erased: %w", err)
	}
	erased := map[model.RecordKey]bool{}
	for i, k := range keys {
		if there[i] {
			erased[k] = true
		}
	}
	return erased, nil
}

// withoutErased copies statements, without references to what was erased.
func withoutErased(statements []model.Statement, erased map[model.RecordKey]bool) []model.Statement {
	out := append([]model.Statement(nil), statements...)
	if len(erased) == 0 {
		return out
	}
	return slices.DeleteFunc(out, func(st model.Statement) bool {
		l, ok := st.Value.(model.Link)
		return ok && erased[l.Ref.Key]
	})
}

// placesTold is how many places a delivery's message names.
const placesTold = 10

// heldMessage tells where records were delivered that had been erased.
func heldMessage(places []string) string {
	told := places[:min(len(places), placesTold)]
	text := fmt.Sprintf("%d records were not stored, for they had been erased: tell the source (at %s", len(places), strings.Join(told, ", "))
	if len(told) < len(places) {
		text += " and others"
	}
	return text + ")"
}
