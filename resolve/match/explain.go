package match

import (
	"fmt"
	"strings"

	"github.com/karna-registry/karna/resolve"
)

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
	// because it is common.
	Rarity resolve.Weight `json:"rarity,omitempty"`
}

// Explain takes apart what two records of the table weigh.
func (r *Result) Explain(a, b int) Explanation {
	each := make([]float32, len(r.engine.comps))
	p, rare := r.engine.comparers[0].compareEach(a, b, each)
	return r.scorer.explain(p, rare, each, r.engine.comps, r.Model.Bands)
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

// Text is the waterfall as text: a line a step, a bar from where the one before
// ended.
func (e Explanation) Text() string {
	type line struct {
		name string
		bits resolve.Weight
	}
	lines := []line{{"prior", e.Prior}}
	for _, s := range e.Steps {
		if s.Level != levelNames[0][unstated] {
			lines = append(lines, line{s.Comparison + ": " + s.Level, s.Bits})
		}
	}
	if e.Near < -0.05 {
		lines = append(lines, line{"family or house", e.Near})
	}
	lo, hi, at := resolve.Weight(0), resolve.Weight(0), resolve.Weight(0)
	width := 0
	for _, l := range lines {
		at += l.bits
		lo, hi = min(lo, at), max(hi, at)
		width = max(width, len([]rune(l.name)))
	}
	const columns = 40
	scale := columns / float64(max(hi-lo, 1))
	column := func(w resolve.Weight) int { return int(float64(w-lo)*scale + 0.5) }
	var b strings.Builder
	at = 0
	for _, l := range lines {
		from, to := column(min(at, at+l.bits)), column(max(at, at+l.bits))
		sign := "+"
		if l.bits < 0 {
			sign = "-"
		}
		bar := strings.Repeat(" ", from) + strings.Repeat(sign, max(to-from, 1))
		fmt.Fprintf(&b, "%-*s %7.1f  |%s\n", width, l.name, float64(l.bits), bar)
		at += l.bits
	}
	fmt.Fprintf(&b, "%-*s %7.1f  |%s^ %s\n", width, "total", float64(e.Total), strings.Repeat(" ", column(e.Total)), e.Band)
	return b.String()
}
