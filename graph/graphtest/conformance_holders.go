package graphtest

import (
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// holders: who holds a key; where nobody of the kind does, who holds the next that
// somebody of it holds, in a circle.
func holders(s *suite) {
	ids := s.ids(8)
	one, other := s.id(), s.id()
	golden := func(h graph.Head, of model.EntityID) graph.Head {
		h.Golden = of
		return h
	}
	gone := head(ids[4], key("gone"), 5, 1)
	gone.Live = false
	role := key("role")
	role.Kind = model.Role
	heads := []graph.Head{
		golden(head(ids[0], key("a"), 1, 1), one), golden(head(ids[1], key("b"), 2, 1), one), golden(head(ids[2], key("c"), 3, 1), other),
		head(ids[3], key("d"), 4, 1), gone, head(ids[5], role, 6, 1),
	}
	const high = 1<<63 + 5
	keys := []graph.MatchKey{
		{Key: 10, Record: ids[0]}, {Key: 10, Record: ids[1]}, {Key: 10, Record: ids[2]}, {Key: 10, Record: ids[4]}, {Key: 10, Record: ids[5]},
		{Key: 20, Record: ids[4]}, {Key: 30, Record: ids[5]}, {Key: high, Record: ids[3]},
	}
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return firstError(tx.PutHeads(s.ctx, heads), tx.PutMatchKeys(s.ctx, keys, nil))
	})
	both := []model.EntityID{one, other}
	slices.SortFunc(both, model.EntityID.Compare)
	for _, c := range []struct {
		kind model.Kind
		key  uint64
		want []model.EntityID
	}{
		{model.Person, 10, both}, {model.Person, 9, both}, {model.Person, 0, both},
		{model.Person, 11, ids[3:4]}, {model.Person, 20, ids[3:4]}, {model.Person, 30, ids[3:4]}, {model.Person, high, ids[3:4]},
		{model.Person, high + 1, both}, {model.Person, 1<<64 - 1, both},
		{model.Role, 10, ids[5:6]}, {model.Role, 11, ids[5:6]}, {model.Role, high, ids[5:6]}, {model.Service, 10, nil},
	} {
		equal(s, fmt.Sprint("who of ", c.kind, " holds ", c.key), must[[]model.EntityID](s)(s.store.Holders(s.ctx, c.kind, c.key)), c.want)
	}
}
