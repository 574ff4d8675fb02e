package gql

import (
	"slices"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// slab makes things of a sort, several at a time.
type slab[T any] struct {
	left []T
	made int
}

// mostMade is how many are made at a time at the most.
const mostMade = 128

func (s *slab[T]) next() *T {
	if len(s.left) == 0 {
		s.made = min(2*s.made+1, mostMade)
		s.left = make([]T, s.made)
	}
	out := &s.left[0]
	s.left = s.left[1:]
	return out
}

// one is the record of an entity.
func (x *running) one(s *shape, q *query, e *access.Entity) (*record, error) {
	g := s.kinds[e.Kind]
	if g == nil {
		return nil, errUnplanned
	}
	n := &record{node: node{e, q}, x: x, shape: g}
	if len(g.branches) > 0 {
		x.level = append(x.level, visit{g, q, []*record{n}})
	}
	return n, nil
}

// rows are the records of a page's entities, for each view of them.
func (x *running) rows(p *pageAnswer, s *pageShape, q *query, entities []*access.Entity) error {
	p.rows = make([][]*record, len(s.views))
	for at, view := range s.views {
		var err error
		if p.rows[at], err = x.recordsOf(view, q, entities); err != nil {
			return err
		}
	}
	return nil
}

// recordsOf are the records of entities of one view.
func (x *running) recordsOf(view *shape, q *query, entities []*access.Entity) ([]*record, error) {
	if err := x.budget.ahead(len(entities)); err != nil {
		return nil, err
	}
	all := make([]record, len(entities))
	out := make([]*record, len(entities))
	for i, e := range entities {
		g := view.kinds[e.Kind]
		if g == nil {
			return nil, errUnplanned
		}
		all[i] = record{node: node{e, q}, x: x, shape: g}
		out[i] = &all[i]
	}
	x.visit(q, out)
	return out, nil
}

// visit puts records whose links are to be read on the next level, by shape.
func (x *running) visit(q *query, records []*record) {
	for len(records) > 0 {
		n := 1
		for n < len(records) && records[n].shape == records[0].shape {
			n++
		}
		if len(records[0].shape.branches) > 0 {
			x.level = append(x.level, visit{records[0].shape, q, records[:n:n]})
		}
		records = records[n:]
	}
}

// descend reads what the records of a level lead to: all their links in one
// read, and each sort of page in one.
func (x *running) descend() error {
	level := x.level
	x.level = nil
	var ids []model.EntityID
	for i := range level {
		v := &level[i]
		answers := make([]branchAnswer, len(v.records)*len(v.shape.branches))
		// Most records have one link by a property: there is room for it.
		forward := len(v.records) * v.shape.links()
		links, targets := make([]link, forward), make([]*target, forward)
		if x.found == nil && forward > 0 {
			x.found = make(map[model.EntityID]*target, forward)
		}
		for _, n := range v.records {
			n.below, answers = answers[:len(v.shape.branches):len(v.shape.branches)], answers[len(v.shape.branches):]
			for at := range v.shape.branches {
				if b := &v.shape.branches[at]; b.forward() {
					a := &n.below[at]
					a.links, links = links[:0:1], links[1:]
					a.to, targets = targets[:0:1], targets[1:]
					ids = x.follow(ids, n, b, a)
				}
			}
		}
	}
	if err := x.readTargets(ids); err != nil {
		return err
	}
	for i := range level {
		v := &level[i]
		for at := range v.shape.branches {
			var err error
			switch b := &v.shape.branches[at]; {
			case b.statements != nil:
				err = x.evidence(v, b.statements, at)
			case b.code:
				err = x.concepts(v, b)
			case b.back:
				err = x.pages(v, b, at)
			default:
				err = x.links(v, b, at)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// follow notes a record's links and appends the ids that have not been read.
func (x *running) follow(ids []model.EntityID, n *record, b *branchPlan, a *branchAnswer) []model.EntityID {
	role := x.get(b.role)
	for _, v := range n.e.All(b.property) {
		if !v.Period.Contains(n.q.day) {
			continue
		}
		l, isLink := v.Value.(model.Link)
		if !isLink || role.set && role.text != l.Role {
			continue
		}
		var to *target
		if !l.To.IsZero() && len(b.views) > 0 {
			if to = x.found[l.To]; to == nil {
				to = x.targets.next()
				x.found[l.To] = to
				ids = append(ids, l.To)
			}
		}
		a.links, a.to = append(a.links, link{n.q, l, v.Period}), append(a.to, to)
		if !b.many {
			break
		}
	}
	return ids
}

// readTargets reads the records that links lead to.
func (x *running) readTargets(ids []model.EntityID) error {
	if len(ids) == 0 {
		return nil
	}
	// In order, so that neighbours in the store are read one after the other.
	slices.SortFunc(ids, model.EntityID.Compare)
	entities, err := x.view.Entities(x.ctx, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		x.found[id].entity = entities[i]
	}
	return nil
}

// links makes the records that links lead to, each once a view.
func (x *running) links(v *visit, b *branchPlan, at int) error {
	views, many := make([][]*record, len(v.records)*len(b.views)), 0
	for _, n := range v.records {
		n.below[at].rows, views = views[:len(b.views):len(b.views)], views[len(b.views):]
		many += len(n.below[at].to)
	}
	for k, view := range b.views {
		var fresh []*record
		rows := make([]*record, many)
		for _, n := range v.records {
			a := &n.below[at]
			a.rows[k], rows = rows[:len(a.to):len(a.to)], rows[len(a.to):]
			for i, to := range a.to {
				switch {
				case to == nil || to.entity == nil:
					continue
				case to.view == view && to.q == v.q:
				default:
					g := view.kinds[to.entity.Kind]
					if g == nil {
						return errUnplanned
					}
					to.row, to.view, to.q = x.records.next(), view, v.q
					*to.row = record{node: node{to.entity, v.q}, x: x, shape: g}
					fresh = append(fresh, to.row)
				}
				a.rows[k][i] = to.row
			}
		}
		x.visit(v.q, fresh)
	}
	return nil
}

// pages reads what refers to records.
func (x *running) pages(v *visit, b *branchPlan, at int) error {
	page, err := newLinks(x.get(b.first).integer(), x.get(b.after).string(), x.get(b.last).integer(), x.get(b.before).string())
	if err != nil {
		return err
	}
	q := pageKey{b.property, page, deref(x.get(b.role).string())}.query(v.q.day)
	q.Leave = b.shows.leave(q.Backward)
	shown := make([]*access.Entity, len(v.records))
	for i, n := range v.records {
		shown[i] = n.e
	}
	pages, err := x.view.ReferrersTo(x.ctx, shown, q)
	if err != nil {
		return err
	}
	answers := make([]pageAnswer, len(pages))
	var entities []*access.Entity
	for i, p := range pages {
		answers[i] = pageAnswer{q: v.q, size: len(p.Items), cursors: p.Cursors, info: pageInfo(p.Cursors, p.HasNext, p.HasPrevious), links: p.Items, rows: make([][]*record, len(b.views))}
		for k := range p.Items {
			entities = append(entities, p.Items[k].Entity)
		}
		v.records[i].below[at].page = &answers[i]
	}
	for k, view := range b.views {
		all, err := x.recordsOf(view, v.q, entities)
		if err != nil {
			return err
		}
		for i := range answers {
			n := len(answers[i].links)
			answers[i].rows[k], all = all[:n:n], all[n:]
		}
	}
	return nil
}

// concepts reads the reference data of codes, whose labels are asked for.
func (x *running) concepts(v *visit, b *branchPlan) error {
	var codes []model.Code
	for _, n := range v.records {
		for _, val := range n.e.All(b.property) {
			if c, ok := val.Value.(model.Code); ok && val.Period.Contains(v.q.day) {
				codes = append(codes, c)
			}
		}
	}
	_, err := v.q.readConcepts(codes)
	return err
}
