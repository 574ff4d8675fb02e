package match

import (
	"fmt"
	"html"
	"strings"

	"github.com/karna-registry/karna/resolve"
)

// fall is one step of a waterfall: what it is, what it adds, and where that
// leaves the weight.
type fall struct {
	name string
	bits resolve.Weight
	at   resolve.Weight
}

// falls are the steps of an explanation that say something, in order.
func (e Explanation) falls() (out []fall, lo, hi resolve.Weight) {
	at := resolve.Weight(0)
	add := func(name string, bits resolve.Weight) {
		at += bits
		lo, hi = min(lo, at), max(hi, at)
		out = append(out, fall{name, bits, at})
	}
	add("prior", e.Prior)
	for _, s := range e.Steps {
		if s.Level != levelNames[0][unstated] {
			_, name, found := strings.Cut(s.Comparison, ":")
			if !found {
				name = s.Comparison
			}
			name += ": " + s.Level
			if s.Of != "" {
				name += " (" + s.Of + ")"
			}
			add(name, s.Bits)
		}
	}
	if e.Near < -0.05 {
		add("as in a family or house", e.Near)
	}
	return out, lo, hi
}

// Text is the waterfall as text: a line a step, a bar from where the one before
// ended.
func (e Explanation) Text() string {
	falls, lo, hi := e.falls()
	width := 0
	for _, f := range falls {
		width = max(width, len([]rune(f.name)))
	}
	const columns = 40
	scale := columns / float64(max(hi-lo, 1))
	column := func(w resolve.Weight) int { return int(float64(w-lo)*scale + 0.5) }
	var b strings.Builder
	for _, f := range falls {
		from, to := column(min(f.at, f.at-f.bits)), column(max(f.at, f.at-f.bits))
		sign := "+"
		if f.bits < 0 {
			sign = "-"
		}
		fmt.Fprintf(&b, "%-*s %7.1f  |%s%s\n", width, f.name, float64(f.bits), strings.Repeat(" ", from), strings.Repeat(sign, max(to-from, 1)))
	}
	fmt.Fprintf(&b, "%-*s %7.1f  |%s^ %s\n", width, "total", float64(e.Total), strings.Repeat(" ", column(e.Total)), e.Band)
	return b.String()
}

// SVG is the waterfall as a picture that needs nothing else. Colours are not its
// only signs: bars say their bits.
func (e Explanation) SVG() string {
	falls, lo, hi := e.falls()
	const left, right, rowHeight = 300, 700, 24
	x := func(w resolve.Weight) float64 { return left + float64(w-lo)/float64(max(hi-lo, 1))*(right-left-60) }
	height := (len(falls)+1)*rowHeight + 14
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13">`+"\n", right, height)
	fmt.Fprintf(&b, `<title>What a pair weighs: %.1f bits, %s</title>`+"\n", float64(e.Total), e.Band)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", right, height)
	fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="4" y2="%d" stroke="#888888" stroke-dasharray="2 3"/>`+"\n", x(0), x(0), height-6)
	bar := func(i int, name string, from, to resolve.Weight, label, colour string) {
		y := i*rowHeight + 6
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" fill="#1a1a1a">%s</text>`+"\n", left-10, y+14, html.EscapeString(name))
		fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", x(min(from, to)), y+2, max(x(max(from, to))-x(min(from, to)), 1), rowHeight-8, colour)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" fill="#1a1a1a">%s</text>`+"\n", x(max(from, to))+5, y+14, label)
	}
	for i, f := range falls {
		colour := "#0b6e4f"
		if f.bits < 0 {
			colour = "#b3401f"
		}
		bar(i, f.name, f.at-f.bits, f.at, fmt.Sprintf("%+.1f", float64(f.bits)), colour)
	}
	bar(len(falls), "total", 0, e.Total, fmt.Sprintf("%.1f: %s", float64(e.Total), e.Band), "#31557f")
	b.WriteString("</svg>\n")
	return b.String()
}
