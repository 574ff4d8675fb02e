package match

import "math"

// chosen says which of two records' values a comparison has compared, by place; -1
// of a record that has one.
type chosen [2]int

// compareSeveral compares two records of which one says several things of a
// property at least: by the pair of values that agrees most. That strangers agree in
// one of many pairs is likelier by as many, so it counts for that much less.
func (c *comparer) compareSeveral(a, b int, each []float32) (pattern, float32) {
	x, y, tries := c.rows(a, b)
	p, total := c.compareRows(x, y, each)
	for i := range c.comps {
		if tries[i] == 0 || p.level(i) <= different {
			continue
		}
		total -= tries[i]
		if each != nil {
			each[i] -= tries[i]
		}
	}
	return p, total
}

// rows are two records' rows with those of their values that agree most, and by how
// many bits more likely it is of each comparison that strangers' agree as much,
// since there were several to choose from.
func (c *comparer) rows(a, b int) (x, y []uint32, tries *[maxComparisons]float32) {
	t := c.t
	c.tries = [maxComparisons]float32{}
	for i := range c.which {
		c.which[i] = chosen{-1, -1}
	}
	if !t.hasSeveral(a) && !t.hasSeveral(b) {
		return t.row(a), t.row(b), &c.tries
	}
	c.x, c.y = append(c.x[:0], t.row(a)...), append(c.y[:0], t.row(b)...)
	for i, g := range c.groups {
		if g < 0 {
			continue
		}
		of, with := t.severalOf(a, g), t.severalOf(b, g)
		if of != nil || with != nil {
			c.tries[i] = c.choose(i, g, of, with)
		}
	}
	return c.x, c.y, &c.tries
}

// choose puts those values of a group into the rows which a comparison says agree
// most, and of equals the rarest.
func (c *comparer) choose(i, g int, of, with []value) float32 {
	t := c.t
	best, rarest, hits := -1, float32(0), 0
	var which chosen
	for j := range max(1, len(of)) {
		if of != nil {
			t.rowWith(c.x, g, of[j])
		}
		for k := range max(1, len(with)) {
			if with != nil {
				t.rowWith(c.y, g, with[k])
			}
			level, rare := c.level(i, c.x, c.y)
			switch {
			case level > best:
				best, rarest, hits, which = level, rare, 1, chosen{j, k}
			case level == best:
				if hits++; rare > rarest {
					rarest, which = rare, chosen{j, k}
				}
			}
		}
	}
	pairs := max(1, len(of)) * max(1, len(with))
	if of != nil {
		t.rowWith(c.x, g, of[which[0]])
	} else {
		which[0] = -1
	}
	if with != nil {
		t.rowWith(c.y, g, with[which[1]])
	} else {
		which[1] = -1
	}
	c.which[i] = which
	return float32(math.Log2(float64(pairs) / float64(hits)))
}
