package synth

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Options say what to write.
type Options struct {
	Set     string // one of Sets
	Records int
	Seed    uint64
	// Link writes two files instead of one, each without duplicates, to be
	// linked (FEBRL 4).
	Link bool
}

// Output is where a set goes. Without Truth the truth is a column of the rows
// (or, for febrl, in their ids, as there).
type Output struct {
	Data   io.Writer
	Second io.Writer // the other file of Options.Link
	Truth  io.Writer
	// Progress is told how many rows are written, now and then; false stops.
	Progress func(rows int64) bool
}

// Set is a kind of data that can be written.
type Set struct {
	Name  string
	About string
	// Records is how many rows the data it is like has.
	Records int
	// Most is how many rows there are identifiers for; 0 for any number.
	Most int
	// Link tells whether it can be two files to be linked.
	Link bool

	table    table
	generate func(*generation) error
}

// ErrStopped is what Write returns when Output.Progress said false.
var ErrStopped = errStopped

// Sets are all the sets, in the order of the documentation.
func Sets() []Set { return slices.Clone(sets) }

// generation is one run of a generator.
type generation struct {
	Options
	rng  *rng
	dice *dice
	out  *sink
	next *sink // the second file
}

// Write writes a set and says which errors it put into it.
func Write(to Output, o Options) (report Report, err error) {
	i := slices.IndexFunc(sets, func(s Set) bool { return s.Name == o.Set })
	switch {
	case i < 0:
		return report, fmt.Errorf("there is no set %q", o.Set)
	case o.Records < 1:
		return report, fmt.Errorf("%d records: want one or more", o.Records)
	case sets[i].Most > 0 && o.Records > sets[i].Most:
		return report, fmt.Errorf("%d records: the set %s has identifiers for at most %d", o.Records, o.Set, sets[i].Most)
	case o.Link && !sets[i].Link:
		return report, fmt.Errorf("the set %s is one file, none to link", o.Set)
	case o.Link != (to.Second != nil):
		return report, errors.New("two files are for sets that are to be linked, and those want two")
	}
	set := sets[i]
	g := &generation{Options: o, rng: newRNG(o.Seed, 1), dice: &dice{}}
	var truth *bufio.Writer
	if to.Truth != nil {
		truth = bufio.NewWriterSize(to.Truth, 1<<16)
	}
	g.out = newSink(set.table, newRNG(o.Seed, 2), to.Data, truth)
	g.out.limit, g.out.progress = o.Records, to.Progress
	sinks := []*sink{g.out}
	if o.Link {
		g.next = newSink(set.table, newRNG(o.Seed, 3), to.Second, truth)
		g.out.limit, g.next.limit = o.Records-o.Records/2, o.Records/2
		g.next.progress, g.next.first = to.Progress, g.out.limit
		sinks = append(sinks, g.next)
	}
	for i, s := range sinks {
		if err := s.header(i == 0); err != nil {
			return report, err
		}
	}
	if err := set.generate(g); err != nil && !errors.Is(err, errEnough) {
		return report, err
	}
	rows := 0
	for _, s := range sinks {
		if err := s.flush(); err != nil {
			return report, err
		}
		rows += s.written
	}
	return g.dice.report(set.Name, rows), nil
}
