package gql

import (
	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// mostTravelled is about how many records a route is planned over: what may lead to
// more is read a level at a time, which then costs less a record.
const mostTravelled = 200

// aheadOf has the View read along where the records by id of some of the root
// fields lead.
func (x *running) aheadOf(ids []model.EntityID, fields, asked []int) error {
	var steps []graph.RouteStep
	for _, k := range asked {
		var err error
		if steps, err = x.route(steps, x.plan.roots[fields[k]].record, 0, len(ids)); err != nil {
			return err
		}
	}
	if len(steps) == 0 {
		return nil
	}
	var err error
	x.view, err = x.view.AheadOfIDs(x.ctx, ids, steps)
	return err
}

// route appends the steps that a shape of about so many records leads to, after a
// step.
func (x *running) route(steps []graph.RouteStep, s *shape, after, records int) ([]graph.RouteStep, error) {
	for _, g := range s.kinds {
		if g == nil {
			continue
		}
		for i := range g.branches {
			b := &g.branches[i]
			step, lead := graph.RouteStep{After: after, Property: b.property}, records
			switch {
			case b.code || len(b.views) == 0:
				continue
			case b.back:
				page, err := newLinks(x.get(b.first).integer(), x.get(b.after).string(), x.get(b.last).integer(), x.get(b.before).string())
				if err != nil {
					return nil, err
				}
				if page.backward || page.cursor != "" {
					continue
				}
				step.Back = page.size + 1
				lead *= page.size
			}
			if lead > mostTravelled || len(steps) == mostSteps {
				continue
			}
			steps = append(steps, step)
			at := len(steps)
			for _, view := range b.views {
				var err error
				if steps, err = x.route(steps, view, at, lead); err != nil {
					return nil, err
				}
			}
		}
	}
	return steps, nil
}

// mostSteps bounds a route.
const mostSteps = 32
