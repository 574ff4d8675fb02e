package registry

import (
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// What a removal leaves: tombstones, a mark in the feed, the protection that was
// held, and ids that lead to where the rest is.

// tombstone is what is left of an erased record: a keyed hash of its key.
func (r *Registry) tombstone(key model.RecordKey) graph.Hash {
	return graph.Hash(r.keys.HashStrings(seal.DomainErased, string(key.Source), key.Kind.String(), key.LocalID))
}

// tellErased leaves in the feed that golden records were erased, by a mark that who
// has been given an id knows it again by, and by nothing else. What had ended has
// been told of.
func (m *removal) tellErased(goldens []model.EntityID) error {
	if !m.tombstones {
		return nil // what retention ends has ended before
	}
	goldens = slices.SortedFunc(slices.Values(goldens), model.EntityID.Compare)
	rows, err := m.tx.Goldens(m.ctx, goldens, 0)
	if err != nil {
		return fmt.Errorf("read %d golden records that go: %w", len(goldens), err)
	}
	var told []document.Erased
	for _, row := range rows {
		if row.State == graph.Live {
			told = append(told, document.Erased{Revision: m.revision, Mark: document.MarkOf(row.ID), Kind: row.Kind, Disclosure: row.Disclosure})
		}
	}
	if len(told) == 0 {
		return nil
	}
	had, _, err := m.tx.Artifact(m.ctx, document.ErasedArtifact)
	if err != nil {
		return fmt.Errorf("read what was erased before: %w", err)
	}
	// In the order of the feed, which is not that of the ids.
	slices.SortFunc(told, func(a, b document.Erased) int { return a.Mark.Compare(b.Mark) })
	if err := m.tx.PutArtifact(m.ctx, document.ErasedArtifactOf(had, told)); err != nil {
		return fmt.Errorf("tell of what was erased: %w", err)
	}
	return nil
}

// held are marks by which the persons whose records go in part keep the protection
// that those records held: on each record that stays, as if it had stated the level
// itself now; or, where a steward's lowering on it covers that, as if a steward had
// raised it.
func (m *removal) held(staying map[model.EntityID][]model.EntityID) ([]graph.Mark, error) {
	var gone []graph.Head
	var ids []model.EntityID
	for i := range m.records {
		h := m.records[i].Head
		if h.Key.Kind == model.Person && len(staying[h.Golden]) > 0 {
			gone = append(gone, h)
			ids = append(append(ids, h.ID), staying[h.Golden]...)
		}
	}
	if len(gone) == 0 {
		return nil, nil
	}
	marks := map[model.EntityID][]graph.Mark{}
	slices.SortFunc(ids, model.EntityID.Compare)
	for mark, err := range m.tx.MarksOn(m.ctx, slices.Compact(ids)) {
		if err != nil {
			return nil, fmt.Errorf("read the marks on what goes: %w", err)
		}
		marks[mark.Record] = append(marks[mark.Record], mark)
	}
	last, err := m.r.lastWords(m.ctx, m.tx, gone)
	if err != nil {
		return nil, err
	}
	left := map[model.EntityID]resolve.Standing{} // by golden id
	for i, h := range gone {
		n := node{last: last[i], standing: standingOf(marks[h.ID])}
		left[h.Golden] = left[h.Golden].Join(n.former())
	}
	var out []graph.Mark
	for golden, was := range left {
		for _, id := range staying[golden] {
			mark := graph.Mark{Record: id, Revision: m.revision, Sort: graph.MarkSaid, Level: was.Held, Reason: "held by a record that was removed", At: m.r.clock()}
			if was.Held.IsProtected() && standingOf(append(slices.Clone(marks[id]), mark)).Held < was.Held {
				was.Raised = max(was.Raised, was.Held)
			} else if was.Held.IsProtected() {
				out = append(out, mark)
			}
			if mark.Sort, mark.Level = graph.MarkRaised, was.Raised; mark.Level.IsProtected() && standingOf(marks[id]).Raised < mark.Level {
				out = append(out, mark)
			}
		}
	}
	return out, nil
}

// redirect makes the golden ids of records that went lead to where the rest is now.
func (m *removal) redirect(staying map[model.EntityID][]model.EntityID) error {
	for i := range m.records {
		h := &m.records[i].Head
		rest := staying[h.Golden]
		if len(rest) == 0 {
			continue
		}
		heads, err := m.tx.HeadsByID(m.ctx, rest[:1])
		if err != nil {
			return fmt.Errorf("read a record head: %w", err)
		}
		rows, err := m.tx.Goldens(m.ctx, []model.EntityID{h.ID}, graph.WithValues|graph.WithEvidence)
		if err != nil {
			return fmt.Errorf("read golden record %s: %w", h.ID, err)
		}
		row := rows[0]
		if row.State == graph.Absent || row.State == graph.Merged && row.Redirect == heads[0].Golden {
			continue
		}
		change := replace(&row, &graph.Golden{
			ID: h.ID, Kind: row.Kind, Revision: m.revision, Disclosure: row.Disclosure, State: graph.Merged, Redirect: heads[0].Golden,
		})
		if err := m.tx.PutGoldens(m.ctx, []graph.GoldenChange{change}); err != nil {
			return fmt.Errorf("redirect golden record %s: %w", h.ID, err)
		}
	}
	return nil
}
