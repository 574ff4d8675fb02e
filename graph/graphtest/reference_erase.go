package graphtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// take deletes from a map and counts.
func take[K comparable, V any](from map[K]V, gone func(K, V) bool) (n int64) {
	for k, v := range from {
		if gone(k, v) {
			delete(from, k)
			n++
		}
	}
	return n
}

func setOfIDs(ids []model.EntityID) map[model.EntityID]bool {
	out := map[model.EntityID]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out
}

// Erase takes out what the erasure names.
func (t *referenceTx) Erase(ctx context.Context, e graph.Erasure) (map[string]int64, error) {
	s, r, g, sealed := t.s, setOfIDs(e.Records), setOfIDs(e.Goldens), setOfIDs(e.Sealed)
	items := map[graph.Hash]bool{}
	for id := range r {
		if h, ok := s.heads[id]; ok && !h.Item.IsZero() {
			items[h.Item] = true
		}
	}
	for id, h := range s.heads {
		if items[h.Item] && !r[id] {
			h.Item = graph.Hash{}
			s.heads[id] = h
		}
	}
	rows := map[string]int64{}
	put := func(table string, n int64) {
		if n > 0 {
			rows[table] += n
		}
	}
	for id := range r {
		put("record_version", int64(len(s.versions[id])))
		delete(s.versions, id)
		if h, ok := s.heads[id]; ok {
			delete(s.byKey, h.Key)
		}
	}
	put("head", take(s.heads, func(id model.EntityID, _ graph.Head) bool { return r[id] }))
	for record, moves := range s.memberships {
		kept := slices.DeleteFunc(slices.Clone(moves), func(m graph.Membership) bool { return r[record] || g[m.Golden] })
		put("membership", int64(len(moves)-len(kept)))
		if s.memberships[record] = kept; len(kept) == 0 {
			delete(s.memberships, record)
		}
	}
	for id := range g {
		put("golden_past", int64(len(s.past[id])))
		put("change", int64(len(s.past[id])))
		if _, ok := s.goldens[id]; ok {
			put("change", 1)
		}
		delete(s.past, id)
	}
	put("golden", take(s.goldens, func(id model.EntityID, _ graph.Golden) bool { return g[id] }))
	put("term", take(s.terms, func(x graph.Term, _ struct{}) bool { return g[x.ID] }))
	put("link", take(s.links, func(l graph.Link, _ struct{}) bool { return g[l.To] || g[l.From] }))
	put("matchkey", take(s.matchKeys, func(k graph.MatchKey, _ struct{}) bool { return r[k.Record] }))
	put("dangling", take(s.dangling, func(d graph.Dangling, _ struct{}) bool { return r[d.Record] }))
	put("flawed", take(s.flawed, func(f graph.Flawed, _ struct{}) bool { return r[f.Record] }))
	put("decision", take(s.decisions, func(_ model.EntityID, d graph.Decision) bool { return r[d.A] || r[d.B] }))
	put("pair", take(s.pairs, func(k graph.PairKey, _ graph.Pair) bool { return r[k.A] || r[k.B] }))
	put("match_index", take(s.indexKeys, func(x indexRow, _ struct{}) bool { return r[x.Record] }))
	put("match_record", take(s.indexed, func(id model.EntityID, _ indexedRow) bool { return r[id] }))
	put("mark", take(s.marks, func(_ markKey, m graph.Mark) bool { return r[m.Record] }))
	put("unmatched", take(s.unmatched, func(x ofKind, _ struct{}) bool { return r[x.record] }))
	for _, c := range s.conflicts {
		if slices.ContainsFunc(c.Records, func(id model.EntityID) bool { return r[id] }) {
			put("conflict_record", int64(len(c.Records)))
		}
	}
	put("conflict", take(s.conflicts, func(_ graph.Hash, c graph.Conflict) bool {
		return slices.ContainsFunc(c.Records, func(id model.EntityID) bool { return r[id] })
	}))
	put("rectification", take(s.cases, func(_ model.EntityID, c graph.Rectification) bool { return r[c.Subject] || g[c.Subject] }))
	put("sealed", take(s.sealed, func(id model.EntityID, _ graph.Sealed) bool { return sealed[id] }))
	s.log = slices.Clone(s.log)
	for i := range s.log {
		if slices.Contains(e.Unsaid, s.log[i].Revision) {
			s.log[i].Reason = ""
		}
	}
	s.erased = maps.Clone(s.erased)
	for _, h := range e.Tombstones {
		s.erased[h] = struct{}{}
	}
	return rows, ctx.Err()
}

// RewriteVersions replaces documents of versions.
func (t *referenceTx) RewriteVersions(ctx context.Context, versions []graph.Version) error {
	for _, v := range versions {
		all := slices.Clone(t.s.versions[v.ID])
		i := slices.IndexFunc(all, func(o graph.Version) bool { return o.Revision == v.Revision })
		if i < 0 {
			return fmt.Errorf("record %v has no version of revision %d", v.ID, v.Revision)
		}
		all[i].Doc = bytes.Clone(v.Doc)
		t.s.versions[v.ID] = all
	}
	return ctx.Err()
}

// RewriteGoldens replaces what rows of the past say.
func (t *referenceTx) RewriteGoldens(ctx context.Context, rows []graph.Golden) error {
	for _, g := range rows {
		all := slices.Clone(t.s.past[g.ID])
		i := slices.IndexFunc(all, func(o graph.Golden) bool { return o.Revision == g.Revision })
		if i < 0 {
			return fmt.Errorf("golden %v has no row of revision %d in the past", g.ID, g.Revision)
		}
		g.Kind, g.Disclosure = all[i].Kind, all[i].Disclosure
		all[i] = cloneGolden(g)
		t.s.past[g.ID] = all
	}
	return ctx.Err()
}

// EraseAuditBodies takes who, what and why out of entries.
func (t *referenceTx) EraseAuditBodies(ctx context.Context, numbers []int64) error {
	all := slices.Clone(t.s.audit)
	for i := range all {
		if slices.Contains(numbers, all[i].Number) {
			all[i].Salt, all[i].Body = nil, nil
		}
	}
	t.s.audit = all
	return ctx.Err()
}

func holdsAny(b []byte, needles [][]byte) bool {
	return slices.ContainsFunc(needles, func(n []byte) bool { return bytes.Contains(b, n) })
}

func (v view) VersionsWith(ctx context.Context, needles [][]byte) iter.Seq2[graph.Version, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Version {
		var out []graph.Version
		for _, all := range s.versions {
			for _, x := range all {
				if holdsAny(x.Doc, needles) {
					out = append(out, x)
				}
			}
		}
		slices.SortFunc(out, func(a, b graph.Version) int { return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.Revision, b.Revision)) })
		return out
	})
}

func (v view) GoldensWith(ctx context.Context, needles [][]byte) iter.Seq2[graph.Golden, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Golden {
		var out []graph.Golden
		ids := setOfIDs(slices.Concat(slices.Collect(maps.Keys(s.goldens)), slices.Collect(maps.Keys(s.past))))
		for id := range ids {
			for _, g := range s.goldenVersions(id) {
				redirect := g.Redirect[:]
				if g.Redirect.IsZero() {
					redirect = nil
				}
				if holdsAny(g.Values, needles) || holdsAny(g.Evidence, needles) || holdsAny(redirect, needles) {
					out = append(out, g)
				}
			}
		}
		slices.SortFunc(out, func(a, b graph.Golden) int { return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.Revision, b.Revision)) })
		return out
	})
}

func (v view) Erased(ctx context.Context, tombstones []graph.Hash) ([]bool, error) {
	s, err := v.records(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(tombstones))
	for i, h := range tombstones {
		_, out[i] = s.erased[h]
	}
	return out, nil
}

func (v view) HasErased(ctx context.Context) (bool, error) {
	s, err := v.records(ctx)
	return err == nil && len(s.erased) > 0, err
}

func (v view) Tombstones(ctx context.Context, after graph.Hash, limit int) iter.Seq2[graph.Hash, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Hash {
		var out []graph.Hash
		for h := range s.erased {
			if compareHashes(h, after) > 0 {
				out = append(out, h)
			}
		}
		slices.SortFunc(out, compareHashes)
		return limited(out, limit)
	})
}

func (t *referenceTx) PutTombstones(ctx context.Context, add, remove []graph.Hash) error {
	for _, h := range remove {
		delete(t.s.erased, h)
	}
	for _, h := range add {
		t.s.erased[h] = struct{}{}
	}
	return ctx.Err()
}

func (t *referenceTx) PutHashKey(ctx context.Context, key int64) error {
	t.s.hashKey = key
	return ctx.Err()
}

func (t *referenceTx) ForgetArtifacts(ctx context.Context, prefix string) error {
	maps.DeleteFunc(t.s.artifacts, func(name string, _ graph.Artifact) bool { return strings.HasPrefix(name, prefix) })
	maps.DeleteFunc(t.s.formerly, func(k artifactKey, _ graph.Artifact) bool { return strings.HasPrefix(k.name, prefix) })
	return ctx.Err()
}

func (v view) HeadsOf(ctx context.Context, goldens []model.EntityID) iter.Seq2[graph.Head, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Head {
		var out []graph.Head
		for _, h := range s.heads {
			if slices.Contains(goldens, h.Golden) {
				out = append(out, h)
			}
		}
		slices.SortFunc(out, func(a, b graph.Head) int { return a.ID.Compare(b.ID) })
		return out
	})
}

func (v view) SealedAs(ctx context.Context, hashes []graph.Hash) iter.Seq2[model.EntityID, error] {
	return sequence(ctx, v.records, func(s *state) []model.EntityID {
		var out []model.EntityID
		for ref, x := range s.sealed {
			if slices.Contains(hashes, x.Hash) {
				out = append(out, ref)
			}
		}
		return sortedIDs(out)
	})
}

// PutRectification inserts or replaces by id.
func (t *referenceTx) PutRectification(ctx context.Context, c graph.Rectification) error {
	c.Body = bytes.Clone(c.Body)
	t.s.cases[c.ID] = c
	return ctx.Err()
}

func (v view) Rectifications(ctx context.Context, in graph.RectificationState, after model.EntityID, limit int) iter.Seq2[graph.Rectification, error] {
	return sequence(ctx, v.visible, func(s *state) []graph.Rectification {
		var out []graph.Rectification
		for _, c := range s.cases {
			if (in == "" || c.State == in) && c.ID.Compare(after) > 0 {
				out = append(out, c)
			}
		}
		slices.SortFunc(out, func(a, b graph.Rectification) int { return a.ID.Compare(b.ID) })
		return limited(out, limit)
	})
}

func (v view) RectificationsByID(ctx context.Context, ids []model.EntityID) ([]graph.Rectification, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Rectification, len(ids))
	for i, id := range ids {
		out[i] = s.cases[id]
	}
	return out, nil
}
