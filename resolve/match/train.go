package match

import (
	"fmt"
	"math"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// trainingPairs is about how many candidates a model is trained on.
const trainingPairs = 1_500_000

// Training is what came of training a model.
type Training struct {
	Model     *Model // the trained model, or the one it started from if refused
	Refused   string // why the trained model is not used; empty if it is
	Histogram []Bin  // of the weights that the trained model gives the candidates
	Pairs     int64  // candidates looked at
	Patterns  int
}

// Bin is how many candidates weigh from Weight up to one bit more.
type Bin struct {
	Weight resolve.Weight `json:"weight"`
	Pairs  float64        `json:"pairs"`
}

// patternCounter counts patterns for one worker.
type patternCounter struct {
	c      *comparer
	counts map[pattern]float64
}

func (v *patternCounter) visit(_ int, x, y uint32) {
	p, _ := v.c.compare(int(x), int(y))
	v.counts[p]++
}

// shippedRecords is how many records' worth the shipped rates of strangers are.
const shippedRecords = 20

// fitted is a model with the table's own rates of agreement between strangers,
// which depend on how many people and streets there are, and nothing learnt.
func (e *engine) fitted(start *Model) *mixture {
	base := e.t.strangers(e.comps, e.comparers[0])
	// A small table knows little of strangers: what shipped counts as some more
	// records of it.
	few := shippedRecords / (shippedRecords + float64(e.t.Len()))
	for i, k := range e.comps {
		for l, level := range start.comparison(k).Levels {
			if base[i][0] < 1 {
				base[i][l+1] = few*level.Other + (1-few)*base[i][l+1]
			}
		}
	}
	near := e.t.schema.Kind != model.Person
	for _, k := range e.comps {
		near = near || k.sort == byPhone || k.sort == byAddress && e.t.street != none
	}
	return newMixture(start, e.comps, base, e.t.Len(), near, e.f.cross)
}

// training trains a model on the candidates of a table.
func (e *engine) training(start *Model, origin string, yield func(Progress) bool) (*Training, bool) {
	from := e.fitted(start)
	_, total := e.blocks.tasks()
	rate := max(1, int(total/trainingPairs))
	visitors := make([]visitor, e.workers)
	for w := range visitors {
		visitors[w] = &patternCounter{e.comparers[w], map[pattern]float64{}}
	}
	if !e.blocks.each(e.t, e.workers, rate, visitors, "train", yield) {
		return nil, false
	}
	counts := map[pattern]float64{}
	seen := int64(0)
	for _, v := range visitors {
		for p, n := range v.(*patternCounter).counts {
			counts[p] += n * float64(rate)
			seen += int64(n)
		}
	}
	sorted := sortCounts(counts)
	fixed := e.t.schema.Kind != model.Person
	if fixed {
		from.countRare(start, sorted)
	}
	x := from.clone()
	x.fixed, x.lean = fixed, 1
	x.train(sorted, from)
	steady := true
	if fixed {
		y := from.clone()
		y.fixed, y.lean = fixed, -1
		y.train(sorted, from)
		steady = x.agrees(y)
	}
	out := &Training{Model: x.model(start, origin, e.t.Len()), Pairs: seen, Patterns: len(sorted)}
	out.Histogram = histogram(out.Model.scorer(e.comps, e.t.Len()), sorted)
	if out.Refused = refusal(out); out.Refused == "" && !steady {
		out.Refused = "one thing can be told from two in more than one way, and the table is too small to say which is right"
	}
	if out.Refused != "" {
		out.Model = from.model(start, start.Origin, e.t.Len())
	}
	return out, true
}

// histogram is how the candidates weigh.
func histogram(s *scorer, counts []counted) []Bin {
	const lo, hi = -60, 60
	bins := make([]Bin, hi-lo+1)
	for i := range bins {
		bins[i].Weight = resolve.Weight(lo + i)
	}
	for _, c := range counts {
		w := int(math.Floor(float64(s.weigh(c.p, 0))))
		bins[min(max(w, lo), hi)-lo].Pairs += c.n
	}
	return bins
}

// refusal says why a trained model is not to be used, or nothing.
func refusal(out *Training) string {
	above, below, between := 0.0, 0.0, 0.0
	for _, b := range out.Histogram {
		switch {
		case b.Weight >= 3:
			above += b.Pairs
		case b.Weight < -3:
			below += b.Pairs
		default:
			between += b.Pairs
		}
	}
	switch {
	case above+below+between < 50:
		return fmt.Sprintf("there are too few candidates to learn from, %.0f", above+below+between)
	case above < 10:
		return "no candidates stand out as one thing: the weights have one mode"
	case below < 10:
		return "no candidates stand out as two things: the weights have one mode"
	case between > 2*min(above, below) && between > 0.3*(above+below+between):
		return "most candidates weigh neither for nor against: the weights have no two modes"
	}
	return ""
}
