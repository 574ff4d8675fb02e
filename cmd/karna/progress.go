package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/karna-registry/karna/internal/registry"
)

// progress is one bar on a terminal, and elsewhere a line now and then, of what
// takes long.
type progress struct {
	pool  *mpb.Progress
	bar   *mpb.Bar
	plain *plainProgress
}

func newProgress(w io.Writer, name string) *progress {
	return progressWith(w, name, decor.Percentage(decor.WC{W: 5}), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO))
}

// newRateProgress is a bar that says how fast it goes beside how long is left.
func newRateProgress(w io.Writer, name string) *progress {
	return progressWith(w, name, decor.Percentage(decor.WC{W: 5}), decor.Name(" "), decor.AverageSpeed(0, "%.0f/s", decor.WC{W: 12}),
		decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO))
}

func progressWith(w io.Writer, name string, says ...decor.Decorator) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{plain: newPlainProgress(w, name, time.Now)}
	}
	p := &progress{pool: mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))}
	p.bar = p.pool.AddBar(0, mpb.BarRemoveOnComplete(), // the line that says what came of it stays
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)), mpb.AppendDecorators(says...))
	return p
}

// plainEvery is how long a step takes before a line is written of it, and another
// one.
const plainEvery = 5 * time.Second

// plainProgress writes lines.
type plainProgress struct {
	w           io.Writer
	name        string
	clock       func() time.Time
	began, last time.Time
	total       int64
}

func newPlainProgress(w io.Writer, name string, clock func() time.Time) *plainProgress {
	now := clock()
	return &plainProgress{w: w, name: name, clock: clock, began: now, last: now}
}

func (p *plainProgress) at(n int64) {
	now := p.clock()
	if now.Sub(p.last) < plainEvery {
		return
	}
	p.last = now
	rate := float64(n) / now.Sub(p.began).Seconds()
	switch {
	case p.total > 0 && n <= p.total && rate > 0:
		left := time.Duration(float64(p.total-n) / rate * float64(time.Second)).Round(time.Second)
		fmt.Fprintf(p.w, "%s: %d %%, %s/s, %s left\n", p.name, 100*n/p.total, thousands(int64(rate)), left)
	default:
		fmt.Fprintf(p.w, "%s: %s, %s/s\n", p.name, thousands(n), thousands(int64(rate)))
	}
}

// at says how far it has come.
func (p *progress) at(n int64) {
	if p.bar != nil {
		p.bar.SetCurrent(n)
	} else {
		p.plain.at(n)
	}
}

// total says how much there is: bytes of a file.
func (p *progress) total(n int64) {
	switch {
	case n <= 0:
	case p.bar != nil:
		p.bar.SetTotal(n, false)
	default:
		p.plain.total = n
	}
}

func (p *progress) delivery(d registry.Progress) { p.at(d.Bytes) }

// count shows records gone through, when nobody knows how many there are.
func (p *progress) count(n int64) {
	if p.bar != nil {
		p.bar.SetTotal(n+1, false)
	}
	p.at(n)
}

func (p *progress) done() {
	if p.bar == nil {
		return
	}
	p.bar.SetTotal(-1, true)
	p.pool.Wait()
	p.bar, p.plain = nil, newPlainProgress(io.Discard, "", time.Now)
}
