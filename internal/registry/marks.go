package registry

import (
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// saying is that a delivered version of a person's record stated a level of
// protection. Also what is not taken, for being older than what is held, has been
// said.
type saying struct {
	record model.EntityID
	stamp  int64
	level  model.Protection
}

// hear notes what a delivered version states.
func (u *unit) hear(in *incoming, record model.EntityID) {
	if in.rec == nil || in.key.Kind != model.Person || record.IsZero() {
		return
	}
	u.said = append(u.said, saying{record, in.stamp, resolve.StatedProtection(in.rec)})
}

// mark writes down what has been said of protection, as far as it matters: each
// protected level once, and of a record that a steward has lowered everything
// after, since taking a level back and stating it anew raises it. It brings the
// records into sight of which something older or passing was heard.
func (u *unit) mark() error {
	var ids []model.EntityID
	for _, s := range u.said {
		ids = append(ids, s.record)
	}
	if err := u.readMarks(ids); err != nil {
		return err
	}
	var quiet []model.EntityID
	for _, s := range u.said {
		m := graph.Mark{Record: s.record, Revision: u.rev, Sort: graph.MarkSaid, Stamp: s.stamp, Level: max(s.level, model.ProtectionNone)}
		if s.level == 0 {
			m.Level = model.ProtectionUnknown
		}
		if !tells(u.marks[s.record], &m) {
			continue
		}
		u.marks[s.record] = append(u.marks[s.record], m)
		u.writes.marks = append(u.writes.marks, m)
		if n := u.nodes[s.record]; n == nil || !n.changed && !n.restamped {
			quiet = append(quiet, s.record)
		}
	}
	if _, err := u.load(quiet); err != nil {
		return err
	}
	for _, id := range quiet {
		if n := u.nodes[id]; n != nil && !n.changed && !n.restamped {
			n.restamped = true
			u.restamped = append(u.restamped, n)
		}
	}
	return nil
}

// tells whether a saying comes to anything beside the marks that there are.
func tells(have []graph.Mark, m *graph.Mark) bool {
	var lowered, last *graph.Mark
	for i := range have {
		h := &have[i]
		switch h.Sort {
		case graph.MarkLowered:
			lowered, last = h, nil
		case graph.MarkSaid:
			last = h
			if h.Level == m.Level && (h.Stamp == m.Stamp && m.Stamp != 0 || lowered == nil && !isLowered(have)) {
				return false
			}
		case graph.MarkRaised, graph.MarkOpened, graph.MarkClosed:
		}
	}
	switch {
	case lowered == nil:
		return m.Level.IsProtected()
	case m.Stamp != 0 && lowered.Stamp != 0:
		return m.Stamp > lowered.Stamp
	case last == nil:
		return m.Level != lowered.Covers
	}
	return m.Level != last.Level
}

func isLowered(marks []graph.Mark) bool {
	return slices.ContainsFunc(marks, func(m graph.Mark) bool { return m.Sort == graph.MarkLowered })
}

// readMarks reads the stored marks on records, once each.
func (u *unit) readMarks(ids []model.EntityID) error {
	var missing []model.EntityID
	for _, id := range ids {
		if _, have := u.marks[id]; !have {
			u.marks[id] = nil
			if n := u.nodes[id]; n == nil || !n.isNew() {
				missing = append(missing, id)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if some, err := u.marked(); err != nil || len(some) == 0 {
		return err
	}
	slices.SortFunc(missing, model.EntityID.Compare)
	for m, err := range u.from.MarksOn(u.ctx, missing) {
		if err != nil {
			return fmt.Errorf("read the marks on %d records: %w", len(missing), err)
		}
		u.marks[m.Record] = append(u.marks[m.Record], m)
	}
	return nil
}

// marked are the sorts of marks that the store has.
func (u *unit) marked() ([]graph.MarkSort, error) {
	if !u.sortsRead {
		sorts, err := u.from.MarkedSorts(u.ctx)
		if err != nil {
			return nil, fmt.Errorf("look for marks: %w", err)
		}
		u.sorts, u.sortsRead = sorts, true
	}
	return u.sorts, nil
}

// weighMarks finds what the past of the clusters' records comes to.
func (u *unit) weighMarks(clusters []*cluster) error {
	var ids []model.EntityID
	for _, c := range clusters {
		if c.kind == model.Person {
			for _, n := range slices.Concat(c.live, c.gone) {
				ids = append(ids, n.head.ID)
			}
		}
	}
	if err := u.readMarks(ids); err != nil {
		return err
	}
	for _, c := range clusters {
		if c.kind == model.Person {
			for _, n := range slices.Concat(c.live, c.gone) {
				n.standing = standingOf(u.marks[n.head.ID])
			}
		}
	}
	return nil
}

func standingOf(marks []graph.Mark) resolve.Standing {
	if len(marks) == 0 {
		return resolve.Standing{}
	}
	var said []resolve.Said
	var rulings []resolve.Ruling
	for _, m := range marks {
		switch m.Sort {
		case graph.MarkSaid:
			said = append(said, resolve.Said{Stamp: m.Stamp, Revision: m.Revision, Level: m.Level})
		case graph.MarkRaised, graph.MarkLowered:
			rulings = append(rulings, resolve.Ruling{
				Revision: m.Revision, Lowered: m.Sort == graph.MarkLowered, Level: m.Level, Covers: m.Covers, Stamp: m.Stamp,
			})
		case graph.MarkOpened, graph.MarkClosed:
		}
	}
	return resolve.StandingOf(said, rulings)
}

// former is what a retracted record leaves of its person's protection: what it
// said last counts on, like whatever it said before.
func (n *node) former() resolve.Standing {
	s := n.standing
	if n.last != nil {
		if l := resolve.StatedProtection(n.last); l.IsProtected() && l > s.Covered {
			s.Held = max(s.Held, l)
		}
	}
	return s
}
