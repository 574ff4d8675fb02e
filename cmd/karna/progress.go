package main

import (
	"io"
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/karna-registry/karna/internal/registry"
)

// progress is one bar on a terminal, and nothing elsewhere.
type progress struct {
	pool *mpb.Progress
	bar  *mpb.Bar
}

func newProgress(w io.Writer, name string) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	p := &progress{pool: mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))}
	p.bar = p.pool.AddBar(0, mpb.BarRemoveOnComplete(), // the line that says what came of it stays
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
	return p
}

// newRateProgress is a bar that says how fast it goes beside how long is left.
func newRateProgress(w io.Writer, name string) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	p := &progress{pool: mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))}
	p.bar = p.pool.AddBar(0, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.Name(" "), decor.AverageSpeed(0, "%.0f/s", decor.WC{W: 12}),
			decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
	return p
}

// at says how far it has come.
func (p *progress) at(n int64) {
	if p.bar != nil {
		p.bar.SetCurrent(n)
	}
}

// total says how much there is: bytes of a file.
func (p *progress) total(n int64) {
	if p.bar != nil && n > 0 {
		p.bar.SetTotal(n, false)
	}
}

func (p *progress) delivery(d registry.Progress) {
	if p.bar != nil {
		p.bar.SetCurrent(d.Bytes)
	}
}

// reached shows how much of the total is done.
func (p *progress) reached(n int64) {
	if p.bar != nil {
		p.bar.SetCurrent(n)
	}
}

// count shows records gone through, when nobody knows how many there are.
func (p *progress) count(n int64) {
	if p.bar != nil {
		p.bar.SetTotal(n+1, false)
		p.bar.SetCurrent(n)
	}
}

func (p *progress) done() {
	if p.bar == nil {
		return
	}
	p.bar.SetTotal(-1, true)
	p.pool.Wait()
}
