package resolve

import (
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// ReasonDiffersFromMaster is the code of a conflict between what the source that is
// master for a property says of a thing and what another source says.
const ReasonDiffersFromMaster = "differs-from-master"

// Divergence is a property of which some records of a golden record say otherwise
// than the source that is master for it.
type Divergence struct {
	Property model.PropertyID
	Records  []uint32 // the master's and those that differ, as in Evidence.Members
}

// Divergences are the properties of which a value lost to another that their
// declared master states of the same time. A property of which a thing has many
// values has none: there another value is one more. Nor has one of which the master
// says nothing, or where a steward has pinned another value. sourceOf is the source
// of a member. They are in the order of properties.
func Divergences(g *model.Golden, e *model.Evidence, p *Policy, sourceOf func(member int) model.Source) []Divergence {
	if p == nil || len(p.Masters) == 0 {
		return nil
	}
	var out []Divergence
	for i := range e.Alternatives {
		a := &e.Alternatives[i]
		master, declared := p.Masters[a.Property]
		if !declared || a.Lost != model.RuleMaster {
			continue
		}
		if row := ontology.ByID(a.Property); row == nil || row.Survive == ontology.SurviveMaximum {
			continue
		}
		var masters []uint32
		for k := range g.Values {
			val := &g.Values[k]
			if val.Property != a.Property || !val.Period.Overlaps(a.Period) || language(val.Value) != language(a.Value) {
				continue
			}
			for _, r := range e.Support[k].Records {
				if sourceOf(int(r)) == master {
					masters = append(masters, r)
				}
			}
		}
		if len(masters) == 0 {
			continue
		}
		if n := len(out); n == 0 || out[n-1].Property != a.Property {
			out = append(out, Divergence{Property: a.Property})
		}
		d := &out[len(out)-1]
		d.Records = union(union(d.Records, masters), a.Records)
	}
	slices.SortFunc(out, func(a, b Divergence) int { return int(a.Property) - int(b.Property) })
	return out
}
