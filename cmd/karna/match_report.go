package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// matchSummary is what came of a match, as --json gives it.
type matchSummary struct {
	Records    int               `json:"records"`
	Things     int               `json:"things"` // clusters, those of one record included
	Matched    int               `json:"matched"`
	Largest    int               `json:"largest"`
	Candidates int64             `json:"candidates"`
	Links      int               `json:"links"`
	Reviews    int               `json:"reviews"`
	Model      string            `json:"model"`
	Refused    string            `json:"refused,omitempty"`
	Broken     int               `json:"broken,omitempty"`
	Keys       []match.KeyReport `json:"keys"`
	Seconds    float64           `json:"seconds"`
	CPUSeconds float64           `json:"cpuSeconds"`
	PeakBytes  int64             `json:"peakBytes"`
}

func (m *matched) summary() matchSummary {
	s := matchSummary{
		Records: m.Table.Len(), Candidates: m.result.Candidates, Model: m.result.Model.Origin, Keys: m.result.Keys, Broken: m.broken,
		Seconds: round(m.elapsed.Seconds(), 3), CPUSeconds: round(m.use.cpu.Seconds(), 3), PeakBytes: m.use.peak,
	}
	if m.result.Training != nil {
		s.Refused = m.result.Training.Refused
	}
	size := make(map[uint32]int)
	for _, c := range m.result.Cluster {
		size[c]++
	}
	s.Things = len(size)
	for _, n := range size {
		s.Largest = max(s.Largest, n)
		if n > 1 {
			s.Matched += n
		}
	}
	bands := m.result.Model.Bands
	for _, e := range m.result.Edges {
		switch w := float64(e.Weight); {
		case w >= float64(bands.Link):
			s.Links++
		case w >= float64(bands.Review):
			s.Reviews++
		}
	}
	return s
}

func round(x float64, digits int) float64 {
	scale := 1.0
	for range digits {
		scale *= 10
	}
	return float64(int64(x*scale+0.5)) / scale
}

func (s matchSummary) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s: %s of the records are with others, at most %d in one\n",
		plural(int64(s.Records), "record"), plural(int64(s.Things), "thing"), thousands(int64(s.Matched)), s.Largest)
	fmt.Fprintf(&b, "%s compared, %s above the link threshold, %s to review; model: %s\n",
		plural(s.Candidates, "pair"), thousands(int64(s.Links)), thousands(int64(s.Reviews)), s.Model)
	aside := int64(0)
	for _, k := range s.Keys {
		if k.Divided > 0 {
			aside += int64(k.Divided)
		}
	}
	if aside > 0 {
		fmt.Fprintf(&b, "%s too large and divided further; --json says which\n", plural(aside, "block"))
	}
	fmt.Fprintf(&b, "%.1f s, %.1f CPU s, at most %d MB\n", s.Seconds, s.CPUSeconds, s.PeakBytes>>20)
	return b.String()
}

// evaluation is what karna match eval says.
type evaluation struct {
	matchSummary
	Threshold float64           `json:"threshold"`
	Pair      atThresholds      `json:"pair"`
	Clustered atThresholds      `json:"clustered"`
	BCubed    atThresholds      `json:"bCubed"`
	Block     float64           `json:"blockRecall"`
	ByKey     []match.KeyRecall `json:"blockRecallByKey"`
}

// atThresholds is a figure at the default threshold and at the best one.
type atThresholds struct {
	Default match.Quality `json:"default"`
	Best    match.Quality `json:"best"`
	BestAt  float64       `json:"bestAt"`
}

func (e evaluation) write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\tprecision\trecall\tF1\tbest F1\tat\n")
	for _, r := range []struct {
		name string
		atThresholds
	}{{"pair", e.Pair}, {"clustered", e.Clustered}, {"B³", e.BCubed}} {
		d := r.Default
		fmt.Fprintf(t, "%s\t%.4f\t%.4f\t%.4f\t%.4f\t%.1f\n", r.name, d.Precision, d.Recall, d.F1, r.Best.F1, r.BestAt)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nthe default threshold is %.1f bits; block recall %.4f, by key:\n\n", e.Threshold, e.Block)
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "recall\tonly by this\tcandidates\tset aside\t  key\n")
	for i, k := range e.ByKey {
		fmt.Fprintf(t, "%.4f\t%.4f\t%s\t%s\t  %s\n", k.Recall, k.Only, thousands(k.Pairs), thousands(e.Keys[i].SetAside), k.Key)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s", e.text())
	return err
}

// steps shows one long step after another.
type steps struct {
	w    io.Writer
	name string
	bar  *progress
}

func newSteps(w io.Writer) *steps { return &steps{w: w} }

func (s *steps) show(name string, done, total int64) {
	if name != s.name {
		s.done()
		s.name = name
		s.bar = newRateProgress(s.w, name)
	}
	s.bar.total(total)
	s.bar.at(done)
}

// matching shows a step of matching a kind.
func (s *steps) matching(kind model.Kind, step string, done, total int64) {
	s.show(kind.String()+", "+step, done, total)
}

// weighing says why matching what has changed takes as long as a run over all.
func (s *steps) weighing(kind model.Kind, waiting, records int64) {
	s.done()
	fmt.Fprintf(s.w, "%s: %s to be matched beside %s, more than an eighth, so all are weighed anew\n", kind, plural(waiting, "record"), thousands(records))
}

func (s *steps) done() {
	if s.bar != nil {
		s.bar.done()
	}
	s.bar, s.name = nil, ""
}

// usage is what a run has taken.
type usage struct {
	cpu  time.Duration
	peak int64
}
