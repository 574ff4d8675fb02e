package graphtest

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

func (v view) Known(ctx context.Context, items []graph.Hash) ([]bool, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, err
	}
	live := map[graph.Hash]bool{}
	for _, h := range s.heads {
		live[h.Item] = live[h.Item] || h.Live
	}
	out := make([]bool, len(items))
	for i, item := range items {
		out[i] = live[item] && !item.IsZero()
	}
	return out, nil
}

func (v view) Heads(ctx context.Context, keys []model.RecordKey) ([]graph.Head, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Head, len(keys))
	for i, key := range keys {
		out[i] = s.heads[s.byKey[key]]
	}
	return out, nil
}

func (v view) HeadsByID(ctx context.Context, ids []model.EntityID) ([]graph.Head, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Head, len(ids))
	for i, id := range ids {
		out[i] = s.heads[id]
	}
	return out, nil
}

func (v view) ScanHeads(ctx context.Context, source model.Source, part string) iter.Seq2[graph.Head, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Head {
		rows := values(s.heads, func(h graph.Head) bool {
			return (source == "" || h.Key.Source == source) && (part == "" || h.Part == part)
		})
		slices.SortFunc(rows, func(a, b graph.Head) int { return a.ID.Compare(b.ID) })
		return rows
	})
}

func (v view) CountPart(ctx context.Context, source model.Source, part string) (int64, error) {
	s, err := v.records(ctx)
	if err != nil {
		return 0, err
	}
	return int64(len(values(s.heads, func(h graph.Head) bool { return h.Live && h.Key.Source == source && h.Part == part }))), nil
}

func (v view) CountHeads(ctx context.Context) (map[model.Source]map[model.Kind]int64, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, err
	}
	out := map[model.Source]map[model.Kind]int64{}
	for _, h := range s.heads {
		if !h.Live {
			continue
		}
		if out[h.Key.Source] == nil {
			out[h.Key.Source] = map[model.Kind]int64{}
		}
		out[h.Key.Source][h.Key.Kind]++
	}
	return out, nil
}

func (v view) CountGoldens(ctx context.Context) (map[model.Kind]int64, int64, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, 0, err
	}
	byKind := map[model.Kind]int64{}
	for _, g := range s.goldens {
		if g.State == graph.Live {
			byKind[g.Kind]++
		}
	}
	size := map[model.EntityID]int64{}
	for _, h := range s.heads {
		if h.Live {
			size[h.Golden]++
		}
	}
	var merged int64
	for _, n := range size {
		if n > 1 {
			merged += n
		}
	}
	return byKind, merged, nil
}

func (v view) History(ctx context.Context, id model.EntityID) iter.Seq2[graph.Version, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Version { return s.versions[id] })
}

func (v view) Memberships(ctx context.Context, record model.EntityID) iter.Seq2[graph.Membership, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Membership { return s.memberships[record] })
}

func (v view) MatchKeys(ctx context.Context, keys []uint64) iter.Seq2[graph.MatchKey, error] {
	return sequence(ctx, v.records, func(s *state) []graph.MatchKey {
		return sortedKeys(s.matchKeys, compareMatchKeys, func(k graph.MatchKey) bool { return slices.Contains(keys, k.Key) })
	})
}

func (v view) KeysFrom(ctx context.Context, from uint64, limit int) iter.Seq2[uint64, error] {
	return sequence(ctx, v.records, func(s *state) []uint64 {
		var keys []uint64
		for _, k := range sortedKeys(s.matchKeys, compareMatchKeys, func(k graph.MatchKey) bool { return k.Key >= from }) {
			keys = append(keys, k.Key)
		}
		return limited(slices.Compact(keys), limit)
	})
}

func (v view) Waiting(ctx context.Context, keys []uint64) iter.Seq2[graph.Dangling, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Dangling {
		return sortedKeys(s.dangling, compareDangling, func(d graph.Dangling) bool { return slices.Contains(keys, d.Key) })
	})
}

func (v view) DanglingOf(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Dangling, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Dangling {
		return sortedKeys(s.dangling, compareDangling, func(d graph.Dangling) bool { return slices.Contains(records, d.Record) })
	})
}

func (v view) Sealed(ctx context.Context, refs []model.EntityID) ([]graph.Sealed, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Sealed, len(refs))
	for i, ref := range refs {
		out[i] = graph.Sealed{Ref: ref}
		if have, ok := s.sealed[ref]; ok {
			out[i] = have
		}
	}
	return out, nil
}

func (v view) Artifact(ctx context.Context, name string) (graph.Artifact, bool, error) {
	s, err := v.records(ctx)
	if err != nil {
		return graph.Artifact{}, false, err
	}
	a, ok := s.artifacts[name]
	return a, ok, nil
}

func (v view) ArtifactWith(ctx context.Context, name string, hash graph.Hash) (graph.Artifact, bool, error) {
	s, err := v.records(ctx)
	if err != nil {
		return graph.Artifact{}, false, err
	}
	a, ok := s.formerly[artifactKey{name, hash}]
	return a, ok, nil
}

func (v view) Deliveries(ctx context.Context, source model.Source, limit int) iter.Seq2[graph.Delivery, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Delivery {
		rows := values(s.deliveries, func(d graph.Delivery) bool { return source == "" || d.Source == source })
		slices.SortFunc(rows, func(a, b graph.Delivery) int { return cmp.Or(b.Started.Compare(a.Started), b.ID.Compare(a.ID)) })
		return limited(rows, limit)
	})
}

func (v view) DeliveriesByID(ctx context.Context, ids []model.EntityID) ([]graph.Delivery, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Delivery, len(ids))
	for i, id := range ids {
		out[i] = s.deliveries[id]
	}
	return out, nil
}

func (v view) DecisionsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Decision, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Decision {
		rows := values(s.decisions, func(d graph.Decision) bool {
			return slices.Contains(records, d.A) || slices.Contains(records, d.B)
		})
		slices.SortFunc(rows, func(a, b graph.Decision) int { return cmp.Or(cmp.Compare(a.Revision, b.Revision), a.ID.Compare(b.ID)) })
		return rows
	})
}

func (v view) HasDecisions(ctx context.Context) (bool, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return false, err
	}
	return len(s.decisions) > 0, nil
}

func (v view) SealedBut(ctx context.Context, keyID uint32, after model.EntityID, limit int) iter.Seq2[graph.Sealed, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Sealed {
		rows := values(s.sealed, func(x graph.Sealed) bool { return x.KeyID != keyID && x.Ref.Compare(after) > 0 })
		slices.SortFunc(rows, func(a, b graph.Sealed) int { return a.Ref.Compare(b.Ref) })
		return limited(rows, limit)
	})
}

func (v view) CountSealed(ctx context.Context, keyID uint32) (n int64, err error) {
	s, err := v.records(ctx)
	if err != nil {
		return 0, err
	}
	for _, x := range s.sealed {
		if x.KeyID == keyID {
			n++
		}
	}
	for _, q := range s.quarantine {
		if q.KeyID == keyID {
			n++
		}
	}
	for _, c := range s.cases {
		if c.KeyID == keyID {
			n++
		}
	}
	return n, nil
}

func compareMarks(a, b graph.Mark) int {
	return cmp.Or(a.Record.Compare(b.Record), cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.Sort, b.Sort),
		cmp.Compare(a.Stamp, b.Stamp), cmp.Compare(a.Level, b.Level))
}

func (v view) MarksOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Mark, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Mark {
		rows := values(s.marks, func(m graph.Mark) bool { return slices.Contains(records, m.Record) })
		slices.SortFunc(rows, compareMarks)
		return rows
	})
}

func (v view) Marks(ctx context.Context, sort graph.MarkSort, after model.EntityID, limit int) iter.Seq2[graph.Mark, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Mark {
		rows := values(s.marks, func(m graph.Mark) bool { return m.Sort == sort && m.Record.Compare(after) > 0 })
		slices.SortFunc(rows, compareMarks)
		records := 0
		for i := range rows {
			if i == 0 || rows[i].Record != rows[i-1].Record {
				records++
			}
			if records > limit {
				return rows[:i]
			}
		}
		return rows
	})
}

func (v view) MarkedSorts(ctx context.Context) ([]graph.MarkSort, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, err
	}
	var sorts []graph.MarkSort
	for _, m := range s.marks {
		if !slices.Contains(sorts, m.Sort) {
			sorts = append(sorts, m.Sort)
		}
	}
	slices.Sort(sorts)
	return sorts, nil
}

func (v view) PairsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Pair, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Pair {
		return pairs(s, func(p graph.Pair) bool { return slices.Contains(records, p.A) || slices.Contains(records, p.B) })
	})
}

func (v view) Pairs(ctx context.Context, q graph.PairQuery) iter.Seq2[graph.Pair, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Pair {
		return limited(pairs(s, func(p graph.Pair) bool {
			return p.Kind == q.Kind && p.Band == q.Band && p.PairKey.Compare(q.After) > 0
		}), q.Limit)
	})
}

func (v view) Heaviest(ctx context.Context, q graph.HeaviestQuery) iter.Seq2[graph.Pair, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Pair {
		of := func(p graph.Pair) graph.Weighed { return graph.Weighed{PairKey: p.PairKey, Weight: p.Weight} }
		rows := values(s.pairs, func(p graph.Pair) bool {
			return p.Kind == q.Kind && p.Band == q.Band && (q.After == nil || of(p).Compare(*q.After) > 0)
		})
		slices.SortFunc(rows, func(a, b graph.Pair) int { return of(a).Compare(of(b)) })
		return limited(rows, q.Limit)
	})
}

func (v view) CountReviews(ctx context.Context, kind model.Kind) (int64, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return 0, err
	}
	latest := map[graph.PairKey]model.Revision{}
	decided := map[graph.PairKey]bool{}
	for _, d := range s.decisions {
		k := graph.PairKey{A: d.A, B: d.B}
		if d.Revision > latest[k] {
			latest[k], decided[k] = d.Revision, false
		}
		decided[k] = decided[k] || d.Revision == latest[k] && d.Verdict != graph.Unsure
	}
	heads := map[model.EntityID]graph.Head{}
	for _, h := range s.heads {
		heads[h.ID] = h
	}
	n := int64(0)
	for k, p := range s.pairs {
		a, b := heads[p.A], heads[p.B]
		if p.Kind == kind && p.Band == graph.ReviewBand && a.Live && b.Live && a.Golden != b.Golden && !decided[k] {
			n++
		}
	}
	return n, nil
}

func pairs(s *state, pass func(graph.Pair) bool) []graph.Pair {
	rows := values(s.pairs, pass)
	slices.SortFunc(rows, func(a, b graph.Pair) int { return a.PairKey.Compare(b.PairKey) })
	return rows
}

func (v view) Conflicts(ctx context.Context, after graph.Hash, limit int) iter.Seq2[graph.Conflict, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Conflict {
		return limited(conflicts(s, func(c graph.Conflict) bool { return compareHashes(c.ID, after) > 0 }), limit)
	})
}

func (v view) ConflictsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Conflict, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Conflict {
		return conflicts(s, func(c graph.Conflict) bool {
			return slices.ContainsFunc(c.Records, func(r model.EntityID) bool { return slices.Contains(records, r) })
		})
	})
}

func conflicts(s *state, pass func(graph.Conflict) bool) []graph.Conflict {
	rows := values(s.conflicts, pass)
	slices.SortFunc(rows, func(a, b graph.Conflict) int { return compareHashes(a.ID, b.ID) })
	return rows
}

func (v view) Quarantine(ctx context.Context, source model.Source, after graph.Hash, limit int) iter.Seq2[graph.Quarantined, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Quarantined {
		rows := values(s.quarantine, func(q graph.Quarantined) bool {
			return (source == "" || q.Source == source) && compareHashes(q.Item, after) > 0
		})
		slices.SortFunc(rows, func(a, b graph.Quarantined) int { return compareHashes(a.Item, b.Item) })
		return limited(rows, limit)
	})
}

func (v view) AllDangling(ctx context.Context, after graph.Dangling, limit int) iter.Seq2[graph.Dangling, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Dangling {
		return limited(sortedKeys(s.dangling, compareDangling, func(d graph.Dangling) bool { return compareDangling(d, after) > 0 }), limit)
	})
}

func (v view) Flawed(ctx context.Context, source model.Source, after graph.Flawed, limit int) iter.Seq2[graph.Flawed, error] {
	if source != "" {
		after.Source = source
	}
	return sequence(ctx, v.visible, func(s *state) []graph.Flawed {
		return limited(sortedKeys(s.flawed, graph.Flawed.Compare, func(f graph.Flawed) bool {
			return (source == "" || f.Source == source) && f.Compare(after) > 0
		}), limit)
	})
}

func (v view) CountFlawed(ctx context.Context) (map[model.Source]int64, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	out := map[model.Source]int64{}
	for f := range s.flawed {
		out[f.Source]++
	}
	return out, nil
}

func (v view) CountWork(ctx context.Context) (conflicts, quarantined, dangling int64, err error) {
	s, err := v.visible(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	return int64(len(s.conflicts)), int64(len(s.quarantine)), int64(len(s.dangling)), nil
}

// values is what passes of a map's values, in no order.
func values[K comparable, V any](m map[K]V, pass func(V) bool) []V {
	return slices.DeleteFunc(slices.Collect(maps.Values(m)), func(v V) bool { return !pass(v) })
}
