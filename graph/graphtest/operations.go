package graphtest

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// operation writes something to a transaction; to any that is in the same state.
type operation func(tx graph.Tx) error

// operation draws a write of a transaction that has a revision.
func (h *history) operation(tx *referenceTx, r model.Revision) operation {
	switch rapid.IntRange(0, 11).Draw(h.T, "operation") {
	case 0, 1, 2, 3:
		return h.putGolden(tx, r)
	case 4:
		return h.putRecord(tx, r)
	case 5:
		m := graph.Membership{Record: h.anID(), Revision: r, Golden: h.anID()}
		return func(tx graph.Tx) error { return tx.Move(h.ctx, []graph.Membership{m}) }
	case 6:
		return h.putDecision(tx, r)
	case 7:
		// Its id follows from its records.
		n := rapid.IntRange(0, 3).Draw(h.T, "conflict")
		c := graph.Conflict{ID: hash(n), Code: "decision", Records: sortedIDs(slices.Clone(h.ids[n : n+2])), Revision: r}
		remove := []graph.Hash{hash(rapid.IntRange(4, 7).Draw(h.T, "no conflict") - 4)}
		if remove[0] == c.ID {
			remove = nil
		}
		return func(tx graph.Tx) error { return tx.PutConflicts(h.ctx, []graph.Conflict{c}, remove) }
	case 8:
		a := graph.Artifact{Name: rapid.SampledFrom([]string{"policy", "table"}).Draw(h.T, "artifact"), Revision: r}
		n := rapid.IntRange(0, 2).Draw(h.T, "content")
		a.Hash, a.Body = hash(n), doc("content %d", n)
		return func(tx graph.Tx) error { return tx.PutArtifact(h.ctx, a) }
	case 9:
		return h.putPairs(r)
	case 10:
		m := graph.Mark{Record: h.anID(), Revision: r, Sort: graph.MarkSort(rapid.IntRange(1, 5).Draw(h.T, "sort")),
			Stamp: int64(rapid.IntRange(-1, 1).Draw(h.T, "mark's stamp")), Level: model.Protection(rapid.IntRange(0, 4).Draw(h.T, "level")),
			Covers: model.Protection(rapid.IntRange(0, 4).Draw(h.T, "covers")), Reference: "KS 1", Actor: "steward", Reason: "seen", At: h.clock.Now()}
		return func(tx graph.Tx) error { return tx.PutMarks(h.ctx, []graph.Mark{m}) }
	}
	return h.quietOperation(tx, r)
}

// quietOperation draws a write that needs no revision.
func (h *history) quietOperation(tx *referenceTx, _ model.Revision) operation {
	switch rapid.IntRange(0, 7).Draw(h.T, "quiet operation") {
	case 0:
		i := rapid.IntRange(0, len(h.ids)-1).Draw(h.T, "head")
		head := h.headOf(i, tx.s.heads[h.ids[i]])
		if _, there := tx.s.heads[head.ID]; !there && rapid.Bool().Draw(h.T, "head added") {
			return func(tx graph.Tx) error { return tx.AddHeads(h.ctx, []graph.Head{head}) }
		}
		return func(tx graph.Tx) error { return tx.PutHeads(h.ctx, []graph.Head{head}) }
	case 1:
		add, remove := apart(h.matchKeys(), h.matchKeys())
		return func(tx graph.Tx) error { return tx.PutMatchKeys(h.ctx, add, remove) }
	case 2:
		add, remove := apart(h.danglings(), h.danglings())
		return func(tx graph.Tx) error { return tx.PutDangling(h.ctx, add, remove) }
	case 3:
		n := rapid.IntRange(0, 9).Draw(h.T, "sealed")
		s := graph.Sealed{Ref: h.anID(), Hash: hash(n), KeyID: uint32(n), Data: doc("sealed %d", n)}
		if _, there := tx.s.sealed[s.Ref]; !there && rapid.Bool().Draw(h.T, "added") {
			return func(tx graph.Tx) error { return tx.AddSealed(h.ctx, []graph.Sealed{s}) }
		}
		return func(tx graph.Tx) error { return tx.PutSealed(h.ctx, []graph.Sealed{s}) }
	case 4:
		n := rapid.IntRange(0, 3).Draw(h.T, "quarantined")
		q := graph.Quarantined{Item: hash(n), Source: "school", Place: "line", Reason: rapid.SampledFrom(vocabulary).Draw(h.T, "reason"), Body: doc("%d", n), At: h.clock.Now()}
		remove := []graph.Hash{hash((n + 1) % 4)}
		return func(tx graph.Tx) error { return tx.PutQuarantine(h.ctx, []graph.Quarantined{q}, remove) }
	case 5:
		return h.index(tx)
	case 6:
		add, remove := apart(h.flawed(), h.flawed())
		return func(tx graph.Tx) error { return tx.PutFlawed(h.ctx, add, remove) }
	}
	n := rapid.IntRange(0, 9).Draw(h.T, "delivery")
	d := graph.Delivery{ID: h.ids[n%3], Source: []model.Source{"payroll", "school"}[n%2], Full: n > 5, State: graph.Done,
		Started: h.clock.Now(), Counts: graph.Counts{Items: int64(n)}}
	return func(tx graph.Tx) error { return tx.PutDelivery(h.ctx, d) }
}

// index draws a change of the key index of persons, and of what is unmatched.
func (h *history) index(tx *referenceTx) operation {
	switch rapid.IntRange(0, 9).Draw(h.T, "index") {
	case 0:
		return func(tx graph.Tx) error { return tx.ClearIndex(h.ctx, model.Person) }
	case 1:
		m := graph.Matching{Kind: model.Person, Definition: hash(rapid.IntRange(0, 2).Draw(h.T, "definition")), Records: int64(rapid.IntRange(0, 9).Draw(h.T, "records"))}
		return func(tx graph.Tx) error { return tx.PutMatching(h.ctx, m) }
	case 2, 3, 4:
		add, remove := h.someIDs(0), h.someIDs(0)
		return func(tx graph.Tx) error { return tx.PutUnmatched(h.ctx, model.Person, add, remove) }
	case 5:
		x := graph.Indexed{Record: h.anID(), Keys: doc("%d", rapid.IntRange(0, 9).Draw(h.T, "keys"))}
		remove := h.someIDs(0)
		return func(tx graph.Tx) error { return tx.PutIndexed(h.ctx, model.Person, []graph.Indexed{x}, remove) }
	}
	key := func() graph.IndexKey {
		return graph.IndexKey{Key: rapid.SampledFrom([]string{"a", "ab", "b", "\x00"}).Draw(h.T, "key"), Record: h.anID()}
	}
	k, gone := key(), key()
	var add []graph.IndexKey
	if _, there := tx.s.indexKeys[indexRow{model.Person, k}]; !there || k == gone {
		add = []graph.IndexKey{k}
	}
	return func(tx graph.Tx) error { return tx.PutIndexKeys(h.ctx, model.Person, add, []graph.IndexKey{gone}) }
}

func (h *history) anID() model.EntityID {
	return rapid.SampledFrom(h.ids).Draw(h.T, "id")
}

// someIDs are different, at least as many as asked for.
func (h *history) someIDs(least int) []model.EntityID {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(h.ids), least, 3, rapid.ID[model.EntityID]).Draw(h.T, "ids")
}

func (h *history) matchKeys() []graph.MatchKey {
	var keys []graph.MatchKey
	for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(unsigned), 0, 3, rapid.ID[uint64]).Draw(h.T, "keys") {
		keys = append(keys, graph.MatchKey{Key: k, Record: h.anID()})
	}
	return keys
}

func (h *history) danglings() []graph.Dangling {
	var out []graph.Dangling
	for _, k := range h.matchKeys() {
		out = append(out, graph.Dangling{Key: k.Key, Record: k.Record, Property: model.PropertyID(k.Key % 3)})
	}
	return out
}

func (h *history) flawed() []graph.Flawed {
	var out []graph.Flawed
	for _, id := range h.someIDs(0) {
		out = append(out, graph.Flawed{Source: rapid.SampledFrom([]model.Source{"payroll", "school"}).Draw(h.T, "source"), Record: id})
	}
	return out
}

// apart takes out of remove what is in add: which of the two wins is not promised.
func apart[T comparable](add, remove []T) ([]T, []T) {
	return add, slices.DeleteFunc(remove, func(x T) bool { return slices.Contains(add, x) })
}

// headOf draws the next head of a record. Its key never changes.
func (h *history) headOf(i int, was graph.Head) graph.Head {
	next := graph.Head{Key: h.keyOf(i), ID: h.ids[i], Revision: was.Revision,
		Part:    rapid.SampledFrom([]string{"persons", "staff"}).Draw(h.T, "part"),
		Golden:  h.anID(),
		Content: hash(rapid.IntRange(0, 3).Draw(h.T, "content hash")),
		Live:    rapid.IntRange(0, 3).Draw(h.T, "live") > 0}
	if next.Live {
		next.Item, next.Stamp = hash(rapid.IntRange(0, 6).Draw(h.T, "item")), int64(i)-3
	}
	return next
}

func (h *history) putRecord(tx *referenceTx, r model.Revision) operation {
	i := rapid.IntRange(0, len(h.ids)-1).Draw(h.T, "record")
	head := h.headOf(i, tx.s.heads[h.ids[i]])
	head.Revision = r
	version := graph.Version{ID: head.ID, Revision: r, Delivery: h.ids[0], Stamp: head.Stamp}
	if version.Gone = !head.Live; version.Gone {
		version.Said = rapid.Int64Range(-2, 2).Draw(h.T, "said")
	}
	if head.Live || version.Said != 0 {
		version.Doc = doc("says %v", head.Content)
	}
	have := tx.s.versions[head.ID]
	again := len(have) > 0 && have[len(have)-1].Revision == r && !tx.s.loading
	return func(tx graph.Tx) error {
		if err := tx.PutHeads(h.ctx, []graph.Head{head}); err != nil || again {
			return err // one version of a record and revision
		}
		return tx.AppendVersions(h.ctx, []graph.Version{version})
	}
}

func (h *history) putDecision(tx *referenceTx, r model.Revision) operation {
	pair := sortedIDs(rapid.SliceOfNDistinct(rapid.SampledFrom(h.ids), 2, 2, rapid.ID[model.EntityID]).Draw(h.T, "pair"))
	// An id is used once: decisions are never replaced.
	d := graph.Decision{ID: model.EntityID{1, byte(len(tx.s.decisions)), byte(r)}, A: pair[0], B: pair[1],
		Verdict: graph.Verdict(rapid.IntRange(1, 3).Draw(h.T, "verdict")), Actor: "steward", Reason: "seen", Revision: r, At: h.clock.Now()}
	return func(tx graph.Tx) error { return tx.PutDecisions(h.ctx, []graph.Decision{d}) }
}

// putPairs draws pairs to put, and others to take away, some of which are put
// again.
func (h *history) putPairs(r model.Revision) operation {
	pairKey := func() graph.PairKey {
		ids := sortedIDs(rapid.SliceOfNDistinct(rapid.SampledFrom(h.ids), 2, 2, rapid.ID[model.EntityID]).Draw(h.T, "pair"))
		return graph.PairKey{A: ids[0], B: ids[1]}
	}
	add := make([]graph.Pair, rapid.IntRange(0, 3).Draw(h.T, "pairs"))
	for i := range add {
		weight := rapid.Int32Range(-1<<20, 1<<20).Draw(h.T, "weight")
		add[i] = graph.Pair{PairKey: pairKey(), Kind: model.Person, Band: graph.ReviewBand, Weight: weight, Model: hash(int(r)), Revision: r}
		if weight > 0 {
			add[i].Band = graph.LinkBand
		}
	}
	remove := make([]graph.PairKey, rapid.IntRange(0, 3).Draw(h.T, "no pairs"))
	for i := range remove {
		remove[i] = pairKey()
	}
	return func(tx graph.Tx) error { return tx.PutPairs(h.ctx, add, remove) }
}

// putGolden draws the next state of a golden id, with its index rows, given
// those that it has.
func (h *history) putGolden(tx *referenceTx, r model.Revision) operation {
	id := h.anID()
	c := graph.GoldenChange{OldTerms: tx.s.termsOf(id), OldLinks: tx.s.linksOf(id)}
	g := graph.Golden{ID: id, Kind: model.Person, Revision: r, Disclosure: model.Disclosure(rapid.IntRange(0, 4).Draw(h.T, "disclosure")), State: graph.Live}
	if old, ok := tx.s.goldens[id]; ok {
		c.Old = &old
		g.Kind = old.Kind // for ever
	} else if rapid.Bool().Draw(h.T, "organisation") {
		g.Kind = model.Organisation
	}
	switch rapid.IntRange(0, 5).Draw(h.T, "state") {
	case 0:
		g.State = graph.Ended
	case 1:
		g.State, g.Redirect = graph.Merged, h.anID()
	default:
		word := rapid.SampledFrom(vocabulary).Draw(h.T, "name")
		g.Sort, g.Values, g.Evidence = []byte(word), doc("values %s %d", word, r), doc("evidence %d", r)
		for _, w := range rapid.SliceOfNDistinct(rapid.SampledFrom(vocabulary), 0, 3, rapid.ID[string]).Draw(h.T, "words") {
			c.NewTerms = append(c.NewTerms, graph.Term{Space: rapid.SampledFrom([]graph.Space{nameSpace, codeSpace}).Draw(h.T, "space"), Key: w, ID: id})
		}
		for _, to := range h.someIDs(0) {
			c.NewLinks = append(c.NewLinks, graph.Link{To: to, Property: model.PropertyID(rapid.IntRange(1, 2).Draw(h.T, "property")), From: id, Role: word})
		}
	}
	c.New = &g
	return func(tx graph.Tx) error { return tx.PutGoldens(h.ctx, []graph.GoldenChange{c}) }
}
