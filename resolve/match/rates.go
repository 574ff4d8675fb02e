package match

import "slices"

// randomPairs is how many pairs the chances of strangers are taken from.
const randomPairs = 100_000

// strangers is how often each level comes up between two records taken at
// random, by comparison and level; level 0 is the share that states nothing.
// Exact agreement is counted, not sampled.
func (t *Table) strangers(comps []comparison, c *comparer) [][]float64 {
	out := make([][]float64, len(comps))
	for i, k := range comps {
		out[i] = make([]float64, len(levelNames[k.sort]))
	}
	n := t.Len()
	if n < 2 {
		return out
	}
	order := make([]uint32, n)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, t.compareRows)
	var slips [2]struct{ n, uses float64 }
	tally := func(a, b uint32) {
		p, _ := c.compare(int(a), int(b))
		x, y, _ := c.rows(int(a), int(b))
		if t.given != none && c.givenAt >= 0 {
			c.countSlip(t.givens, p.level(c.givenAt), x[t.given], y[t.given], &slips[0].n, &slips[0].uses)
		}
		if t.family != none && c.familyAt >= 0 {
			c.countSlip(t.families, p.level(c.familyAt), x[t.family], y[t.family], &slips[1].n, &slips[1].uses)
		}
		for i := range comps {
			out[i][p.level(i)]++
		}
	}
	if pairsOf(n) <= 3*randomPairs {
		for i := range order {
			for j := range i {
				tally(order[i], order[j])
			}
		}
	} else {
		// Records stand in the order of their hashes, so a stride pairs each with
		// one that has nothing to do with it.
		rounds := max(1, randomPairs/n)
		each := max(1, n*rounds/randomPairs)
		for r := range rounds {
			stride := n/2 - r*(n/(2*rounds+2))
			for i := 0; i < n; i += each {
				tally(order[i], order[(i+stride)%n])
			}
		}
	}
	for i, k := range comps {
		stated := 0.0
		for _, x := range out[i][1:] {
			stated += x
		}
		total := stated + out[i][0]
		out[i][0] /= total
		if stated == 0 {
			continue
		}
		exact := t.exactly(k)
		if k.sort == byPoint {
			exact = out[i][len(out[i])-1] / stated // no two coordinates are the same value
		}
		last := len(out[i]) - 1
		rest := stated - out[i][last]
		for l := 1; l < last; l++ {
			out[i][l] = max(out[i][l], 0.3) / max(rest, 1) * (1 - exact)
		}
		out[i][last] = exact
	}
	for i, k := range comps {
		to, n, seen := &c.f.slipGiven, t.givens, slips[0]
		switch k.sort {
		case byGiven:
		case byFamily:
			to, n, seen = &c.f.slipFamily, t.families, slips[1]
		default:
			continue
		}
		if seen.n >= 20 {
			to.Rarer, to.Total = seen.uses/seen.n, sum(n.counts)
			copy(to.Level[:], out[i])
		}
	}
	return out
}

// countSlip adds up how often the rarer of two nearly equal words stands.
func (c *comparer) countSlip(n *names, level int, a, b uint32, pairs, uses *float64) {
	if level != nameSound && level != nameNear {
		return
	}
	la, lb := n.lists[a], n.lists[b]
	if len(la) == 1 && len(lb) == 1 {
		*pairs++
		*uses += float64(min(n.wordUses[la[0]], n.wordUses[lb[0]]))
	}
}

// exactly is the chance that two records that state something agree wholly.
func (t *Table) exactly(k comparison) float64 {
	switch k.sort {
	case byIdentifier:
		return agreement(t.ids[k.index].counts)
	case bySex:
		var counts [4]uint32
		for i := int(t.sex); i < len(t.cells); i += t.stride {
			counts[t.cells[i]]++
		}
		return agreement(counts[:])
	case byGiven:
		return agreement(t.givens.counts)
	case byFamily:
		return agreement(t.families.counts)
	case byEmail:
		return agreement(t.emails.counts)
	case byPhone:
		return agreement(t.phones.counts)
	case byText, byTitle, byCode:
		return agreement(t.texts[k.index].counts)
	case byEnd:
		return sameDay(t.ends())
	case byBirth, byStart:
		return sameDay(t.births)
	}
	return t.sameDoor()
}

// sameDay is the chance that two records that state a whole day state the same.
func sameDay(counts map[uint32]uint32) float64 {
	total, same := 0.0, 0.0
	for d, n := range counts {
		total += float64(n)
		if date(d).day() != 0 {
			same += float64(n) * float64(n-1)
		}
	}
	if total < 2 {
		return 0
	}
	return same / (total * (total - 1))
}

// sameDoor is the chance that two records have the same street and number.
func (t *Table) sameDoor() float64 {
	if t.street == none {
		return 0
	}
	counts := map[uint64]uint32{}
	total := 0.0
	for i := range t.Len() {
		row := t.row(i)
		h := t.hashOfPart(row, keyPart{part: partDoor})
		if h == 0 {
			continue
		}
		total++
		if row[t.number] == 0 {
			continue
		}
		if t.postcode != none {
			h = mixHash(h + t.hashOf[t.postcode][row[t.postcode]])
		}
		counts[h]++
	}
	same := 0.0
	for _, n := range counts {
		same += float64(n) * float64(n-1)
	}
	if total < 2 {
		return 0
	}
	return same / (total * (total - 1))
}
