package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

// OpenOffice records the decision that an office is public in a period: its
// membership is then open, and carries the holder's name as text. reference is the
// decision's, as its protocol has it. ErrUnknownRecord; ErrBadDecision for what is
// never open (privacy.md 1): a role that is no office, one without a holder or with
// several, one that a protected person holds.
func (r *Registry) OpenOffice(ctx context.Context, actor string, role model.EntityID, reference string, period model.Period, reason string) (model.Revision, error) {
	if err := tidy(written{&reference, "the reference"}); err != nil {
		return 0, err
	}
	if reference = audit.WithoutNumbers(reference); reference == "" {
		return 0, fmt.Errorf("%w: name the decision that makes the office public", ErrBadDecision)
	}
	if period.Empty() {
		return 0, fmt.Errorf("%w: the period holds no day", ErrBadDecision)
	}
	actor, reason, err := defended(actor, reason)
	if err != nil {
		return 0, err
	}
	return r.decideOffice(ctx, role, graph.Mark{Sort: graph.MarkOpened, Period: period, Reference: reference, Actor: actor, Reason: reason})
}

// CloseOffice revokes it. ErrUnknownRecord; ErrBadDecision for an office that no
// decision has opened.
func (r *Registry) CloseOffice(ctx context.Context, actor string, role model.EntityID, reason string) (model.Revision, error) {
	actor, reason, err := defended(actor, reason)
	if err != nil {
		return 0, err
	}
	return r.decideOffice(ctx, role, graph.Mark{Sort: graph.MarkClosed, Actor: actor, Reason: reason})
}

func (r *Registry) decideOffice(ctx context.Context, role model.EntityID, decision graph.Mark) (model.Revision, error) {
	decision.At = r.clock()
	p := graph.Provenance{Actor: decision.Actor, Reason: decision.Reason, At: decision.At}
	rev, err := r.store.Update(ctx, p, func(tx graph.Tx) error {
		golden, members, err := membersOf(ctx, tx, role, model.Role)
		if err != nil {
			return err
		}
		ids := make([]model.EntityID, len(members))
		for i, h := range members {
			ids[i] = h.ID
		}
		if decision.Revision, err = tx.TakeRevision(ctx); err != nil {
			return fmt.Errorf("take a revision: %w", err)
		}
		if decision.Sort == graph.MarkClosed {
			var marks []graph.Mark
			for m, err := range tx.MarksOn(ctx, ids) {
				if err != nil {
					return fmt.Errorf("read the marks on role %s: %w", golden, err)
				}
				marks = append(marks, m)
			}
			if _, open := officeOf(marks); !open {
				return fmt.Errorf("%w: no decision has made the office public", ErrBadDecision)
			}
		}
		marks := make([]graph.Mark, len(ids))
		for i, id := range ids {
			marks[i] = decision
			marks[i].Record = id
		}
		if err := tx.PutMarks(ctx, marks); err != nil {
			return fmt.Errorf("write %d marks: %w", len(marks), err)
		}
		u, err := r.remark(ctx, tx, ids)
		if err != nil {
			return err
		}
		operation := "close office"
		if decision.Sort == graph.MarkOpened {
			operation = "open office by " + decision.Reference
			if err := u.opens(ctx, tx, golden); err != nil {
				return err
			}
		}
		return r.audit.AppendTx(ctx, tx, audit.Entry{Actor: decision.Actor, Operation: operation, Purpose: decision.Reason, Subjects: []model.EntityID{golden}})
	})
	if err != nil {
		return 0, fmt.Errorf("decide on the office %s: %w", role, err)
	}
	return rev, nil
}

// opens tells why an office does not open though it is decided so.
func (u *unit) opens(ctx context.Context, tx graph.Tx, golden model.EntityID) error {
	rows, err := tx.Goldens(ctx, []model.EntityID{golden}, 0)
	if err != nil {
		return fmt.Errorf("read golden record %s: %w", golden, err)
	}
	if rows[0].Disclosure == model.Open {
		return nil
	}
	c := u.clusters[golden]
	switch {
	case c == nil || !resolve.CanBePublic(c.resolveMembers()):
		return fmt.Errorf("%w: the role is no office that can be public: a post is open as it is, and pupils, guardians, tenants and clients never are", ErrBadDecision)
	case rows[0].Disclosure == model.Internal && len(c.pins) > 0:
		return fmt.Errorf("%w: the source narrows its records more than that: open it in karna.yaml or in its mapping first", ErrBadDecision)
	}
	return fmt.Errorf("%w: the office has not one holder who can be named", ErrBadDecision)
}

// officeOf is the latest decision on an office among the marks on its records, if
// it opens it.
func officeOf(marks []graph.Mark) (decision graph.Mark, open bool) {
	for _, m := range marks {
		if (m.Sort == graph.MarkOpened || m.Sort == graph.MarkClosed) && m.Revision > decision.Revision {
			decision = m
		}
	}
	return decision, decision.Sort == graph.MarkOpened
}

// CloseEndedOffices closes the offices whose period is over, each as an event like
// any other. Nobody is shown such an office in any case; this tells those who
// follow the changes. It gives how many there were.
func (r *Registry) CloseEndedOffices(ctx context.Context) (int, error) {
	today := model.DateOf(r.clock())
	var ended []model.EntityID
	seen := map[model.EntityID]bool{}
	err := eachOpened(ctx, r.store, func(records []model.EntityID) error {
		marks := map[model.EntityID][]graph.Mark{}
		for m, err := range r.store.MarksOn(ctx, records) {
			if err != nil {
				return fmt.Errorf("read the marks on %d roles: %w", len(records), err)
			}
			marks[m.Record] = append(marks[m.Record], m)
		}
		for _, id := range records {
			if m, open := officeOf(marks[id]); open && !m.Period.To.IsZero() && m.Period.To.Compare(today) <= 0 {
				ended = append(ended, id)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	closed := 0
	for _, id := range ended {
		heads, err := r.store.HeadsByID(ctx, []model.EntityID{id})
		if err != nil {
			return closed, fmt.Errorf("read record head %s: %w", id, err)
		}
		if golden := heads[0].Golden; !seen[golden] {
			seen[golden] = true
			_, err := r.decideOffice(ctx, id, graph.Mark{Sort: graph.MarkClosed, Actor: graph.SystemActor, Reason: "the period of the decision is over"})
			switch {
			case errors.Is(err, ErrUnknownRecord), errors.Is(err, ErrBadDecision):
				// It is gone, or closed meanwhile.
			case err != nil:
				return closed, err
			default:
				closed++
			}
		}
	}
	return closed, nil
}

// officesHeldBy are the roles that a decision has opened and that one of the
// golden persons held when they were made last: what they are called is in those.
func (u *unit) officesHeldBy(clusters []*cluster) ([]model.EntityID, error) {
	var persons []*cluster
	for _, c := range clusters {
		if c.kind == model.Person {
			persons = append(persons, c)
		}
	}
	if len(persons) == 0 {
		return nil, nil
	}
	sorts, err := u.marked()
	if err != nil || !slices.Contains(sorts, graph.MarkOpened) {
		return nil, err
	}
	if u.held == nil {
		if err := u.readOffices(); err != nil {
			return nil, err
		}
	}
	var out []model.EntityID
	for _, c := range persons {
		out = append(out, u.held[c.id]...)
		for _, n := range slices.Concat(c.live, c.gone) {
			if !n.isNew() && n.before.Golden != c.id {
				out = append(out, u.held[n.before.Golden]...)
			}
		}
	}
	return out, nil
}

func (u *unit) readOffices() error {
	u.held = map[model.EntityID][]model.EntityID{}
	return eachOpened(u.ctx, u.from, func(records []model.EntityID) error {
		heads, err := u.from.HeadsByID(u.ctx, records)
		if err != nil {
			return fmt.Errorf("read %d record heads: %w", len(records), err)
		}
		var goldens []model.EntityID
		for _, h := range heads {
			if !h.ID.IsZero() {
				goldens = append(goldens, h.Golden)
			}
		}
		return u.eachLive(goldens, func(id model.EntityID, g *model.Golden) {
			for _, val := range g.All(ontology.RoleHolder) {
				if l, ok := val.Value.(model.Link); ok && !l.To.IsZero() {
					u.held[l.To] = append(u.held[l.To], id)
				}
			}
		})
	})
}

// eachOpened visits the records of roles that a decision has once opened, some at a
// time, each record once.
func eachOpened(ctx context.Context, from graph.Reader, visit func(records []model.EntityID) error) error {
	var after model.EntityID
	for {
		read := 0
		var records []model.EntityID
		for m, err := range from.Marks(ctx, graph.MarkOpened, after, maxRecords) {
			if err != nil {
				return fmt.Errorf("list the public offices: %w", err)
			}
			read++
			records = append(records, m.Record)
		}
		if read == 0 {
			return nil
		}
		records = slices.Compact(records)
		if err := visit(records); err != nil || read < maxRecords {
			return err
		}
		after = records[len(records)-1]
	}
}

// eachLive visits those of golden records that are live, each once, and sorts ids.
func (u *unit) eachLive(ids []model.EntityID, visit func(id model.EntityID, g *model.Golden)) error {
	slices.SortFunc(ids, model.EntityID.Compare)
	ids = slices.Compact(ids)
	rows, err := u.from.Goldens(u.ctx, ids, graph.WithValues)
	if err != nil {
		return fmt.Errorf("read %d golden records: %w", len(ids), err)
	}
	for _, row := range rows {
		if row.State != graph.Live {
			continue
		}
		var g model.Golden
		if err := document.DecodeGolden(row.Values, &g); err != nil {
			return fmt.Errorf("read golden record %s: %w", row.ID, err)
		}
		visit(row.ID, &g)
	}
	return nil
}

// findOffices finds which of the roles among the clusters a decision opens, and
// who holds them.
func (u *unit) findOffices(clusters []*cluster, refs *references) error {
	var ids []model.EntityID
	var roles []*cluster
	for _, c := range clusters {
		if c.kind == model.Role && len(c.live) > 0 {
			roles = append(roles, c)
			for _, n := range slices.Concat(c.live, c.gone) {
				ids = append(ids, n.head.ID)
			}
		}
	}
	if len(roles) == 0 {
		return nil
	}
	sorts, err := u.marked()
	if err != nil || !slices.Contains(sorts, graph.MarkOpened) {
		return err
	}
	if err := u.readMarks(ids); err != nil {
		return err
	}
	var unnamed []model.EntityID
	for _, c := range roles {
		var marks []graph.Mark
		for _, n := range slices.Concat(c.live, c.gone) {
			marks = append(marks, u.marks[n.head.ID]...)
		}
		decision, open := officeOf(marks)
		c.pins, c.holder = nil, model.EntityID{}
		if !open || !resolve.CanBePublic(c.resolveMembers()) {
			continue
		}
		holder, one := c.onlyHolder(refs)
		if !one {
			continue
		}
		c.holder, c.public = holder, decision.Period
		if h := u.clusters[holder]; h == nil || !h.dirty {
			unnamed = append(unnamed, holder)
		}
	}
	return u.readNames(unnamed, refs)
}

// onlyHolder is the golden person whom all the role's live records name as its
// holder, if they name one and the same.
func (c *cluster) onlyHolder(refs *references) (holder model.EntityID, one bool) {
	for _, n := range c.live {
		for _, st := range n.rec.Statements {
			l, ok := st.Value.(model.Link)
			if !ok || st.Property != ontology.RoleHolder {
				continue
			}
			to, disclosure, ok := refs.resolver(l.Ref)
			if !ok || disclosure == model.Protected || one && to != holder {
				return model.EntityID{}, false
			}
			holder, one = to, true
		}
	}
	return holder, one
}

// readNames reads what golden persons outside the unit are called.
func (u *unit) readNames(persons []model.EntityID, refs *references) error {
	if len(persons) == 0 {
		return nil
	}
	return u.eachLive(persons, func(id model.EntityID, g *model.Golden) { refs.names[id] = nameOf(g) })
}

// pinsOf are what the registry itself says of a role: the holder's name, of an
// office that is public. It reads nothing, so that clusters are made side by side.
func (u *unit) pinsOf(c *cluster, refs *references) []resolve.Pin {
	if c.holder.IsZero() {
		return nil
	}
	name := refs.names[c.holder]
	if h := u.clusters[c.holder]; h != nil && h.dirty && len(h.live) > 0 {
		g, _ := resolve.Survive(h.resolveMembers(), u.r.policy, nil, refs.resolver)
		if name = nameOf(&g); g.Disclosure == model.Protected {
			name = ""
		}
	}
	if name == "" {
		return nil
	}
	return []resolve.Pin{{Property: ontology.RoleHolderName, Value: model.Text{Text: name}, Period: c.public}}
}

// nameOf is what a person is called in public: the preferred name, or the given
// one, and the family name.
func nameOf(g *model.Golden) string {
	var parts []string
	for _, properties := range [][]model.PropertyID{{ontology.PersonPreferredName, ontology.PersonGivenName}, {ontology.PersonFamilyName}} {
		for _, p := range properties {
			if vals := g.All(p); len(vals) > 0 {
				if t, ok := vals[len(vals)-1].Value.(model.Text); ok && t.Text != "" {
					parts = append(parts, t.Text)
					break
				}
			}
		}
	}
	return strings.Join(parts, " ")
}
