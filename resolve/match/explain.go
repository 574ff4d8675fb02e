package match

import "github.com/karna-registry/karna/resolve"

// Explanation is a pair's weight taken apart: a waterfall from the prior over
// what each comparison adds to the total, all in bits. It holds no values; who
// may see them adds them.
type Explanation struct {
	Prior resolve.Weight `json:"prior"` // before anything is compared
	Steps []Step         `json:"steps"`
	// Near is what it takes that two of a family, or of one house, agree in much
	// of this without being one. Never above 0.
	Near  resolve.Weight `json:"near"`
	Total resolve.Weight `json:"total"`
	Band  string         `json:"band"`
}

// Step is what one comparison adds.
type Step struct {
	Comparison string         `json:"comparison"`
	Level      string         `json:"level"`
	Bits       resolve.Weight `json:"bits"`
	// Rarity is how much of Bits is there because the value is rare, or taken off
	// because it is common, or because it is one of several that there were to choose
	// from.
	Rarity resolve.Weight `json:"rarity,omitempty"`
	// Values are those that were compared, of the one record and of the other; nil of a
	// record that says one thing, or if both do.
	Values *[2]*Said `json:"values,omitempty"`
	// Of is what the two values are called, where somebody knows; it is shown with the
	// level.
	Of string `json:"of,omitempty"`
}

// Explain takes apart what two records of the table weigh.
func (r *Result) Explain(a, b int) Explanation {
	return r.engine.comparers[0].explain(r.scorer, a, b, r.Model.Bands)
}

func (c *comparer) explain(s *scorer, a, b int, bands resolve.Bands) Explanation {
	each := make([]float32, len(c.comps))
	p, rare := c.compareEach(a, b, each)
	e := s.explain(p, rare, each, c.comps, bands)
	if !c.t.hasSeveral(a) && !c.t.hasSeveral(b) {
		return e
	}
	swapped := c.t.hashes[a] > c.t.hashes[b]
	for i, which := range c.which[:len(c.comps)] {
		if p.level(i) == unstated || which == (chosen{-1, -1}) {
			continue
		}
		if swapped {
			which[0], which[1] = which[1], which[0]
		}
		var said [2]*Said
		for k, record := range [2]int{a, b} {
			if which[k] >= 0 {
				said[k] = &c.t.severalOf(record, c.groups[i])[which[k]].Said
			}
		}
		e.Steps[i].Values = &said
	}
	return e
}

func (s *scorer) explain(p pattern, rare float32, each []float32, comps []comparison, bands resolve.Bands) Explanation {
	e := Explanation{Prior: resolve.Weight(s.priorSame), Total: resolve.Weight(s.weigh(p, rare))}
	sum := e.Prior
	for i, k := range comps {
		l := p.level(i)
		step := Step{Comparison: k.name, Level: levelNames[k.sort][l], Rarity: resolve.Weight(each[i])}
		step.Bits = resolve.Weight(s.same[i][l]-s.other[i][l]) + step.Rarity
		sum += step.Bits
		e.Steps = append(e.Steps, step)
	}
	e.Near = e.Total - sum
	e.Band = bands.Of(e.Total).String()
	return e
}
