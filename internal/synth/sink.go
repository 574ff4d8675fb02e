package synth

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// window is how many rows the sink holds: rows of one cluster come out that far
// apart at most, in an order that tells nothing.
const window = 1 << 15

// errEnough ends a generator: every row that was asked for is there.
var errEnough = errors.New("enough rows")

// table is the form of a set's file.
type table struct {
	columns   []string
	key       string // the column that names a row; given out by the sink
	truth     string // the column of the truth; none where the key tells it
	separator string
	keyOf     func(n int) string
}

// row is one record: its cells in the table's order, and what it is about.
type row struct {
	cells  []string
	entity string
	key    string // given by the generator, where the key tells the truth
}

// sink shuffles rows within a window and writes them. When the truth is
// separate it goes to a file of its own, by key.
type sink struct {
	table    table
	data     *bufio.Writer
	truth    *bufio.Writer // nil: in a column
	key      int           // column of the key
	entity   int           // column of the truth, -1 where the key tells it
	first    int           // number of the first row
	rng      *rng
	limit    int
	taken    int
	written  int
	waiting  []row
	line     []byte
	progress func(rows int64) bool
}

func newSink(t table, r *rng, data io.Writer, truth *bufio.Writer) *sink {
	s := &sink{table: t, data: bufio.NewWriterSize(data, 1<<18), truth: truth, rng: r}
	s.key, s.entity = slices.Index(t.columns, t.key), slices.Index(t.columns, t.truth)
	return s
}

// header writes the first lines: the truth's by one sink only.
func (s *sink) header(truth bool) error {
	if s.truth != nil && truth {
		if err := s.write(s.truth, []string{s.table.key, s.table.truthName()}, ","); err != nil {
			return err
		}
	}
	return s.write(s.data, s.shown(slices.Clone(s.table.columns)), s.table.separator)
}

// shown is the cells without the truth's, if that is separate.
func (s *sink) shown(cells []string) []string {
	if s.truth == nil || s.entity < 0 {
		return cells
	}
	return slices.Delete(cells, s.entity, s.entity+1)
}

// truthName is the truth's column in a file of its own.
func (t table) truthName() string {
	if t.truth == "" {
		return "entity"
	}
	return t.truth
}

// add takes a row; errEnough says that it was the last one wanted.
func (s *sink) add(r row) error {
	if s.taken == s.limit {
		return errEnough
	}
	s.taken++
	if len(s.waiting) < window {
		s.waiting = append(s.waiting, r)
	} else {
		i := s.rng.intn(window)
		out := s.waiting[i]
		s.waiting[i] = r
		if err := s.emit(out); err != nil {
			return err
		}
	}
	if s.taken == s.limit {
		return errEnough
	}
	return nil
}

func (s *sink) flush() error {
	for len(s.waiting) > 0 {
		i, last := s.rng.intn(len(s.waiting)), len(s.waiting)-1
		out := s.waiting[i]
		s.waiting[i] = s.waiting[last]
		s.waiting = s.waiting[:last]
		if err := s.emit(out); err != nil {
			return err
		}
	}
	if err := s.data.Flush(); err != nil {
		return fmt.Errorf("write the rows: %w", err)
	}
	if s.truth != nil {
		if err := s.truth.Flush(); err != nil {
			return fmt.Errorf("write the truth: %w", err)
		}
	}
	return nil
}

// errStopped says that the progress function asked to stop.
var errStopped = errors.New("stopped")

func (s *sink) emit(r row) error {
	key := r.key
	if key == "" || s.truth != nil {
		key = s.table.keyOf(s.first + s.written)
	}
	s.written++
	if s.key >= 0 {
		r.cells[s.key] = key
	}
	if s.entity >= 0 {
		r.cells[s.entity] = r.entity
	}
	if s.truth != nil {
		if err := s.write(s.truth, []string{key, r.entity}, ","); err != nil {
			return err
		}
	}
	if s.progress != nil && s.written%10_000 == 0 && !s.progress(int64(s.written)) {
		return errStopped
	}
	return s.write(s.data, s.shown(r.cells), s.table.separator)
}

func (s *sink) write(w io.Writer, cells []string, separator string) error {
	if separator == "" {
		separator = ","
	}
	b := s.line[:0]
	for i, c := range cells {
		if i > 0 {
			b = append(b, separator...)
		}
		if strings.ContainsAny(c, ",\"\n\r") {
			b = append(b, '"')
			b = append(b, strings.ReplaceAll(c, `"`, `""`)...)
			b = append(b, '"')
			continue
		}
		b = append(b, c...)
	}
	s.line = append(b, '\n')
	if _, err := w.Write(s.line); err != nil {
		return fmt.Errorf("write a row: %w", err)
	}
	return nil
}
