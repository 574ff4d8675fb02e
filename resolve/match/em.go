package match

import (
	"math"
	"slices"
)

// counted is how often a pattern came up among candidates.
type counted struct {
	p pattern
	n float64
}

// sortCounts puts patterns into an order that does not depend on who counted.
func sortCounts(m map[pattern]float64) []counted {
	out := make([]counted, 0, len(m))
	for p, n := range m {
		out = append(out, counted{p, n})
	}
	slices.SortFunc(out, func(a, b counted) int {
		switch {
		case a.p < b.p:
			return -1
		case a.p > b.p:
			return 1
		}
		return 0
	})
	return out
}

const (
	emRounds    = 60
	emEnough    = 1e-4 // change of every chance at which it is done
	priorWeight = 40   // pairs that the shipped model counts for, per comparison
	leastChance = 1e-4
	leastOther  = 1e-8
)

// mixture is the model while it is being trained: three populations.
type mixture struct {
	comps             []comparison
	same, other, near [][]float64 // by comparison and level; level 0 is 1
	base              [][]float64 // levels between records taken at random
	lambdaSame        float64
	lambdaNear        float64
	total             float64 // pairs there are
	cross             float64 // the chance that a given name and a family name are one word
	// fixed keeps what is known of one thing as it shipped. It learns how many
	// pairs are of one thing, what strangers do, and what columns of free text
	// prove, of which nothing is known before.
	fixed  bool
	lean   float64 // 1 where one thing is favoured at first, -1 where two things are
	favour float64 // how much likelier than it is one thing is taken to be
}

// newMixture starts from a model and the table's own rates.
func newMixture(m *Model, comps []comparison, base [][]float64, records int, withNear bool, cross float64) *mixture {
	x := &mixture{favour: 1, comps: comps, base: base, cross: cross, total: float64(pairsOf(records))}
	x.lambdaSame = 2 * m.SamePerRecord / float64(max(records-1, 1))
	if withNear {
		x.lambdaNear = 2 * m.NearPerRecord / float64(max(records-1, 1))
	}
	for i, k := range comps {
		row := m.comparison(k)
		n := len(row.Levels) + 1
		same, other, near := make([]float64, n), make([]float64, n), make([]float64, n)
		same[0], other[0], near[0] = 1, 1, 1
		for l, level := range row.Levels {
			same[l+1], near[l+1] = level.Same, level.Near
			other[l+1] = max(base[i][l+1]*strangersShare(k, l+1), leastOther)
			if base[i][0] == 1 {
				other[l+1] = level.Other
			}
		}
		x.same, x.other, x.near = append(x.same, same), append(x.other, other), append(x.near, near)
	}
	x.updateSwapped()
	return x
}

// Of a level at which one thing agrees so much oftener than strangers, pairs are
// too rare for a sample to tell how rare, unless it holds so many of them.
const (
	rareLevel    = 8
	enoughSample = 30
)

// countRare takes how often rare levels come up from the candidates, where the
// keys find all but few pairs of them, instead of from pairs at random.
func (x *mixture) countRare(m *Model, counts []counted) {
	seen := x.zero()
	for _, c := range counts {
		for i := range x.comps {
			seen[i][c.p.level(i)] += c.n
		}
	}
	for i, k := range x.comps {
		row := m.comparison(k)
		stated := 1 - x.base[i][0]
		for l := 1; l < len(row.Levels); l++ { // the last is counted exactly
			if level := row.Levels[l-1]; level.Same < rareLevel*level.Other || x.base[i][l]*stated*randomPairs >= enoughSample {
				continue
			}
			x.base[i][l] = max(seen[i][l], 0.5) / max(stated*x.total, 1)
			x.other[i][l] = max(x.base[i][l]*strangersShare(k, l), leastOther)
		}
	}
}

// strangersShare is how much of what agrees is strangers' before anything is
// known: where hardly any two things have one value, records that agree are
// mostly of one thing, or near.
func strangersShare(k comparison, level int) float64 {
	if (k.name == nameTitle || k.name == "title:"+designation) && level >= titleMost {
		return 0.1
	}
	if level < len(levelNames[k.sort])-1 {
		return 1
	}
	switch k.sort {
	case byIdentifier, byEmail, byPhone, byAddress, byPoint, byCode:
		return 0.1
	}
	return 1
}

// clone is a copy to be trained.
func (x *mixture) clone() *mixture {
	y := *x
	y.same, y.other, y.near = cloneRows(x.same), cloneRows(x.other), cloneRows(x.near)
	return &y
}

func cloneRows(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for i := range rows {
		out[i] = slices.Clone(rows[i])
	}
	return out
}

// expect is how much of a pattern belongs to the same and to the near
// population.
func (x *mixture) expect(p pattern) (same, near float64) {
	s, o, h := x.lambdaSame*x.favour, 1-x.lambdaSame-x.lambdaNear, x.lambdaNear
	for i := range x.comps {
		l := int(p & 15)
		p >>= 4
		s *= x.same[i][l]
		o *= x.other[i][l]
		h *= x.near[i][l]
	}
	sum := s + o + h
	if sum <= 0 {
		return 0, 0
	}
	return s / sum, h / sum
}

// train runs expectation and maximisation over pattern counts. The shipped
// model counts as a few pairs, so that a level nobody has seen keeps a sensible
// chance; what strangers do is what everyone does, less the other two.
func (x *mixture) train(counts []counted, start *mixture) {
	for round := range emRounds {
		x.favour = 1
		if x.fixed {
			x.favour = math.Exp2(x.lean * max(0, favoured-float64(round)/favouredRounds))
		}
		same, near := x.zero(), x.zero()
		totalSame, totalNear := 0.0, 0.0
		for _, c := range counts {
			s, h := x.expect(c.p)
			s, h = s*c.n, h*c.n
			totalSame += s
			totalNear += h
			for i := range x.comps {
				l := c.p.level(i)
				same[i][l] += s
				near[i][l] += h
			}
		}
		change := 0.0
		for i := range x.comps {
			if !x.fixed || x.comps[i].sort == byText && x.comps[i].name != "text:region" {
				change = max(change, update(x.same[i], same[i], start.same[i], priorWeight))
			}
			if x.comps[i].exclusive {
				x.same[i][different] = min(x.same[i][different], exclusiveDifferent)
			}
			x.updateOther(i, same[i], near[i])
		}
		x.updateMail(counts)
		x.updateSwapped()
		was := [2]float64{x.lambdaSame, x.lambdaNear}
		x.lambdaSame = max(totalSame, 0.5) / x.total
		if x.lambdaNear > 0 && !x.fixed {
			x.lambdaNear = max(totalNear, 0.5) / x.total
		}
		if x.fixed {
			change = max(change, math.Abs(was[0]/x.lambdaSame-1), math.Abs(was[1]/max(x.lambdaNear, 1e-300)-1))
		}
		x.monotone()
		if change < emEnough && x.favour == 1 {
			return
		}
	}
}

// agrees tells whether two mixtures that were trained from either side have come to
// the same: to as many pairs of one thing, within a tenth. In a small table a few
// pairs decide whether values that agree are learnt to be of one thing or of
// strangers, and where training began decides of them.
func (x *mixture) agrees(y *mixture) bool {
	return x.lambdaSame <= 1.1*y.lambdaSame && y.lambdaSame <= 1.1*x.lambdaSame
}

// favoured is by how many bits one thing is favoured when training begins, where
// only what strangers do is learnt: of two ways to tell the populations apart the
// one is found that leaves strangers less in common. One bit less after every so
// many rounds. Training is done once more with two things favoured as much, to see
// whether it comes to the same.
const (
	favoured       = 6
	favouredRounds = 4
)

// exclusiveDifferent is how likely it is that two valid values of an exclusive
// scheme are one thing's: what the scheme declares, not what was counted.
const exclusiveDifferent = 0.001

// updateMail learns how likely strangers of one name have one e-mail address: a
// chance that depends on the names, which the comparison counts already.
func (x *mixture) updateMail(counts []counted) {
	mail, given, family := -1, -1, -1
	for i, k := range x.comps {
		switch k.sort {
		case byEmail:
			mail = i
		case byGiven:
			given = i
		case byFamily:
			family = i
		}
	}
	if mail < 0 || given < 0 || family < 0 {
		return
	}
	seen := 0.0
	for _, c := range counts {
		if c.p.level(mail) == mailName {
			s, h := x.expect(c.p)
			seen += c.n * (1 - s - h)
		}
	}
	namesakes := (x.other[given][nameSame] + x.other[given][namePart]) * (1 - x.base[given][0]) * x.other[family][nameSame] * (1 - x.base[family][0])
	all := x.total * namesakes * (1 - x.base[mail][0])
	x.other[mail][mailName] = min(max((seen+1)/(all+20), 0.002), 0.5)
}

// updateSwapped derives what swapped names prove: as much as names that agree
// as they stand, since strangers of one name have theirs swapped as often as one
// person's records do.
func (x *mixture) updateSwapped() {
	given, family := -1, -1
	for i, k := range x.comps {
		switch k.sort {
		case byGiven:
			given = i
		case byFamily:
			family = i
		}
	}
	if given < 0 || family < 0 {
		return
	}
	same, other := x.same[given], x.other[given]
	ratio := other[nameSame] / same[nameSame]
	cross := x.cross
	other[nameCrossed] = min(same[nameCrossed]*ratio+cross, 1)
	other[nameSwapped] = max(same[nameSwapped]*ratio*x.other[family][nameSame]/x.same[family][nameSame]+cross*cross, leastOther)
}

func (x *mixture) zero() [][]float64 {
	out := make([][]float64, len(x.comps))
	for i := range out {
		out[i] = make([]float64, len(x.same[i]))
	}
	return out
}

// update sets chances to what was seen, the prior counting as so many pairs.
func update(chances, seen, prior []float64, weight float64) float64 {
	stated := 0.0
	for _, n := range seen[1:] {
		stated += n
	}
	change := 0.0
	for l := 1; l < len(chances); l++ {
		v := max((seen[l]+weight*prior[l])/(stated+weight), leastChance)
		change = max(change, math.Abs(v-chances[l]))
		chances[l] = v
	}
	return change
}

// updateOther takes what the other populations account for out of what all
// pairs do.
func (x *mixture) updateOther(i int, same, near []float64) {
	stated := (1 - x.base[i][0]) * x.total
	if stated <= 0 {
		return
	}
	for l := 1; l < len(same); l++ {
		all := x.base[i][l]
		rest := all - (same[l]+near[l])/stated
		x.other[i][l] = max(rest, all*0.002, 0.5/x.total, leastOther)
	}
}

// monotone makes more agreement never weigh less: neighbouring levels that
// stand the wrong way round share their ratio.
func (x *mixture) monotone() {
	for i := range x.comps {
		same, other := x.same[i], x.other[i]
		if x.comps[i].sort == byEmail {
			continue
		}
		type run struct {
			from, to    int
			same, other float64
		}
		var runs []run
		for l := 1; l < len(same); l++ {
			if k := x.comps[i].sort; (k == byGiven || k == byFamily) && (l == nameSwapped || l == nameCrossed) {
				continue // they speak of both names at once
			}
			runs = append(runs, run{l, l, same[l], other[l]})
			for n := len(runs); n > 1; n = len(runs) {
				a, b := runs[n-2], runs[n-1]
				if a.same*b.other <= b.same*a.other {
					break
				}
				runs = append(runs[:n-2], run{a.from, b.to, a.same + b.same, a.other + b.other})
			}
		}
		for _, r := range runs {
			if r.from == r.to {
				continue
			}
			for l := r.from; l <= r.to; l++ {
				if k := x.comps[i].sort; (k == byGiven || k == byFamily) && (l == nameSwapped || l == nameCrossed) {
					continue
				}
				same[l] = max(other[l]*r.same/r.other, leastChance/10)
			}
		}
	}
}

// model is the mixture as a model.
func (x *mixture) model(from *Model, origin string, records int) *Model {
	out := &Model{Version: ModelVersion, Kind: from.Kind, Origin: origin, Bands: from.Bands}
	scale := float64(max(records-1, 1)) / 2
	out.SamePerRecord, out.NearPerRecord = x.lambdaSame*scale, x.lambdaNear*scale
	for i, k := range x.comps {
		c := Comparison{Name: k.name}
		for l := 1; l < len(x.same[i]); l++ {
			c.Levels = append(c.Levels, Level{levelNames[k.sort][l], x.same[i][l], min(x.other[i][l], 1), x.near[i][l]})
		}
		out.Comparisons = append(out.Comparisons, c)
	}
	return out
}
