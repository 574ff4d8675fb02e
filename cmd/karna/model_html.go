package main

import (
	"html/template"
	"io"
	"math"

	"github.com/karna-registry/karna/resolve/match"
)

// modelPage shows a model as one page that needs nothing from anywhere else.
var modelPage = template.Must(template.New("model").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Matching model: {{.Model.Kind}}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}
table{border-collapse:collapse;width:100%}td,th{padding:.15rem .5rem;text-align:right;font-variant-numeric:tabular-nums}
td:first-child,th:first-child{text-align:left}th{font-weight:500;color:#555;border-bottom:1px solid #ccc}
svg{display:block}.for{fill:#0b6e4f}.against{fill:#b3401f}.bar{fill:#31557f}.axis{stroke:#999}
@media (prefers-color-scheme:dark){body{background:#16181b;color:#e6e6e6}th{color:#aaa;border-color:#444}.for{fill:#4cc39a}.against{fill:#f08a65}.bar{fill:#88aede}}
</style>
<h1>Matching model: {{.Model.Kind}}, {{.Model.Origin}}</h1>
<p>{{printf "%.3f" .Model.SamePerRecord}} pairs of one thing and {{printf "%.3f" .Model.NearPerRecord}} of things close together for each record.
Pairs are reviewed from {{.Model.Bands.Review}} bits and linked from {{.Model.Bands.Link}}. A bit doubles the odds that two records are one thing.</p>
{{range .Rows}}<h2>{{.Name}}</h2>
<table><tr><th>level</th><th>one thing</th><th>strangers</th><th>close together</th><th>bits</th><th style="width:240px"><span hidden>chart</span></th></tr>
{{range .Levels}}<tr><td>{{.Name}}</td><td>{{printf "%.4f" .Same}}</td><td>{{printf "%.2g" .Other}}</td><td>{{printf "%.4f" .Near}}</td><td>{{printf "%.1f" .Weight}}</td>
<td><svg width="240" height="14" role="img" aria-label="{{printf "%.1f" .Weight}} bits"><rect class="{{.Class}}" x="{{.X}}" y="2" width="{{.Width}}" height="10"></rect><line class="axis" x1="120" x2="120" y1="0" y2="14"></line></svg></td></tr>
{{end}}</table>
{{end}}{{if .Bins}}<h2>How the candidates weigh</h2>
{{if .Refused}}<p><strong>The trained model is refused: {{.Refused}}.</strong> This is how it weighs the candidates; the weights above are the shipped model's, which is used instead.</p>
{{else}}<p>Two modes: strangers on the left, one thing on the right.</p>
{{end}}<p>Bits along the line, candidates upwards on a logarithmic scale.</p>
<svg viewBox="0 0 {{.HistogramWidth}} 160" width="100%" role="img" aria-label="histogram of weights">
{{range .Bins}}<rect class="bar" x="{{.X}}" y="{{.Y}}" width="7" height="{{.Height}}"><title>{{.Weight}} bits: {{printf "%.0f" .Pairs}}</title></rect>
{{end}}<line class="axis" x1="{{.Zero}}" x2="{{.Zero}}" y1="0" y2="150"></line>{{range .Ticks}}<text x="{{.X}}" y="159" font-size="9" text-anchor="middle" fill="currentColor">{{.Bits}}</text>{{end}}</svg>
{{end}}</html>
`))

type modelRow struct {
	Name   string
	Levels []modelLevel
}

type modelLevel struct {
	match.Level
	Weight, X, Width float64
	Class            string
}

type modelBin struct {
	match.Bin
	X, Y, Height float64
}

type modelTick struct {
	Bits int
	X    float64
}

// writeModelHTML writes a model's weights, and what training came to if it was
// trained now, as charts.
func writeModelHTML(w io.Writer, m *match.Model, training *match.Training) error {
	page := struct {
		Model          *match.Model
		Rows           []modelRow
		Bins           []modelBin
		HistogramWidth int
		Zero           float64
		Ticks          []modelTick
		Refused        string
	}{Model: m}
	var bins []match.Bin
	if training != nil {
		page.Refused, bins = training.Refused, occupied(training.Histogram)
	}
	const half, most = 120, 25.0 // pixels, bits
	for _, c := range m.Comparisons {
		row := modelRow{Name: c.Name}
		for _, l := range c.Levels {
			bits := float64(l.Bits())
			width := math.Min(math.Abs(bits), most) / most * half
			x, class := float64(half), "for"
			if bits < 0 {
				x, class = half-width, "against"
			}
			row.Levels = append(row.Levels, modelLevel{l, bits, x, width, class})
		}
		page.Rows = append(page.Rows, row)
	}
	highest := 0.0
	for _, b := range bins {
		highest = math.Max(highest, math.Log10(1+b.Pairs))
	}
	for i, b := range bins {
		if b.Weight == 0 {
			page.Zero = float64(i * 8)
		}
		if int(b.Weight)%10 == 0 {
			page.Ticks = append(page.Ticks, modelTick{int(b.Weight), float64(i * 8)})
		}
		if b.Pairs > 0 {
			h := math.Log10(1+b.Pairs) / highest * 145
			page.Bins = append(page.Bins, modelBin{b, float64(i * 8), 150 - h, h})
		}
	}
	page.HistogramWidth = len(bins) * 8
	return modelPage.Execute(w, page)
}

// occupied is a histogram from the first bin that holds something to the last, and
// thirty bits to either side of even odds at least.
func occupied(bins []match.Bin) []match.Bin {
	const least = 30
	first, last := len(bins), -1
	for i, b := range bins {
		if b.Pairs > 0 || b.Weight >= -least && b.Weight <= least {
			first, last = min(first, i), i
		}
	}
	return bins[min(first, len(bins)) : last+1]
}
