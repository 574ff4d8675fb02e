package matching

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"strings"

	"github.com/karna-registry/karna/internal/tabular"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// Source is a table of which the beginning has been read.
type Source struct {
	r       *tabular.Reader
	sample  [][]string
	ended   error
	Mapping *Mapping
}

// Open reads a table's header and a sample of its rows.
func Open(r io.Reader, o tabular.Options) (*Source, error) {
	t, err := tabular.NewReader(r, o)
	if err != nil {
		return nil, err
	}
	s := &Source{r: t}
	for len(s.sample) < SampleRows && s.ended == nil {
		fields, err := t.Next()
		if err != nil {
			s.ended = err
			break
		}
		s.sample = append(s.sample, append([]string(nil), fields...))
	}
	if s.ended != nil && !errors.Is(s.ended, io.EOF) {
		return nil, s.ended
	}
	return s, nil
}

// Header is the columns' names.
func (s *Source) Header() []string { return s.r.Header() }

// Bytes is how much of the file has been read.
func (s *Source) Bytes() int64 { return s.r.Bytes() }

// Propose suggests what the columns mean.
func (s *Source) Propose(kind model.Kind, leave ...string) {
	s.Mapping = Propose(s.Header(), s.sample, kind, leave...)
}

// ProposeKind is what kind of thing the table seems to hold.
func (s *Source) ProposeKind() model.Kind { return proposeKind(s.Header(), s.sample) }

// next is the next row, the sample first.
func (s *Source) next() ([]string, error) {
	if len(s.sample) > 0 {
		row := s.sample[0]
		s.sample = s.sample[1:]
		return row, nil
	}
	if s.ended != nil {
		return nil, s.ended
	}
	return s.r.Next()
}

// Loaded is tables in the form in which they are matched.
type Loaded struct {
	Table *match.Table
	// Truth is what each record is about, if a truth column was named.
	Truth []uint32
	keys  keyList
	named bool
	first []int // the number of each source's first record
	// headers are by source what the schema's columns are called there.
	headers [][]string
}

// Called is what two records' files call the columns of the values that a step
// compared, where either has several columns of one meaning; empty where neither
// has.
func (l *Loaded) Called(s match.Step, a, b int) string {
	if s.Values == nil {
		return ""
	}
	of := func(record int, at *match.Said) string {
		if at == nil {
			return "the only one"
		}
		return l.headers[l.Table.Source(record)][at.Column]
	}
	return of(a, s.Values[0]) + " and " + of(b, s.Values[1])
}

// keyList holds records' keys in one piece of memory.
type keyList struct {
	text []byte
	ends []int
}

func (k *keyList) add(s string) {
	k.text = append(k.text, s...)
	k.ends = append(k.ends, len(k.text))
}

func (k *keyList) at(i int) string {
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	return string(k.text[from:k.ends[i]])
}

// Key names a record: by the key column, else by its row in its file, from 1.
func (l *Loaded) Key(i int) string {
	if l.named {
		return l.keys.at(i)
	}
	return strconv.Itoa(i - l.first[l.Table.Source(i)] + 1)
}

// Repeated is how many records have the key of one before them in their file: the
// answer cannot tell those apart.
func (l *Loaded) Repeated() int {
	if !l.named {
		return 0
	}
	n := 0
	seed := maphash.MakeSeed()
	seen := map[uint64]bool{}
	for i := range l.Table.Len() {
		if i > 0 && l.Table.Source(i) != l.Table.Source(i-1) {
			clear(seen)
		}
		h := maphash.String(seed, l.keys.at(i))
		if seen[h] {
			n++
		}
		seen[h] = true
	}
	return n
}

// LoadOptions are what Load is told.
type LoadOptions struct {
	Config *Config
	Key    string // the column that names a record
	Truth  string // the column that says what a record is about
	Join   string // a column whose values Joined is given, record by record
	Joined func(value string)
}

// Load reads the sources' rows into one table. yield is told how far it has come
// and stops it.
func Load(sources []*Source, o LoadOptions, yield func(rows int, bytes int64) bool) (*Loaded, error) {
	schema, places := union(sources, o.Config)
	b, err := match.NewBuilder(schema)
	if err != nil {
		return nil, &Error{Text: err.Error()}
	}
	l := &Loaded{named: o.Key != ""}
	truth := interner{}
	values := make([]string, len(schema.Columns))
	rows, before := 0, int64(0)
	for n, s := range sources {
		l.first = append(l.first, rows)
		called := make([]string, len(schema.Columns))
		for i, to := range places[n] {
			called[to] = s.Header()[i]
		}
		l.headers = append(l.headers, called)
		keyAt, err := columnAt(s.Header(), o.Key, "key")
		if err != nil {
			return nil, err
		}
		truthAt, err := columnAt(s.Header(), o.Truth, "truth")
		if err != nil {
			return nil, err
		}
		joinAt, err := columnAt(s.Header(), o.Join, "truth")
		if err != nil {
			return nil, err
		}
		for {
			row, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			clear(values)
			for i, to := range places[n] {
				values[to] = row[i]
			}
			b.Add(n, values)
			if keyAt >= 0 {
				l.keys.add(row[keyAt])
			}
			if truthAt >= 0 {
				l.Truth = append(l.Truth, truth.id(entity(row[truthAt])))
			}
			if joinAt >= 0 {
				o.Joined(row[joinAt])
			}
			if rows++; rows%4096 == 0 && yield != nil && !yield(rows, before+s.Bytes()) {
				return nil, ErrStopped
			}
		}
		before += s.Bytes()
	}
	l.Table = b.Table()
	return l, nil
}

// ErrStopped says that yield stopped the loading.
var ErrStopped = errors.New("stopped")

// union is one schema for all sources, and where each one's columns go in it.
func union(sources []*Source, c *Config) (match.Schema, [][]int) {
	schema := match.Schema{Kind: sources[0].Mapping.Kind, Proof: c.proof(sources[0].Mapping.Kind)}
	places := make([][]int, len(sources))
	for n, s := range sources {
		used := map[int]bool{}
		for _, col := range s.Mapping.Columns {
			at := -1
			for i, have := range schema.Columns {
				if !used[i] && sameColumn(have, col.Column) {
					at = i
					break
				}
			}
			if at < 0 {
				at = len(schema.Columns)
				schema.Columns = append(schema.Columns, col.Column)
			}
			used[at] = true
			places[n] = append(places[n], at)
		}
	}
	return schema, places
}

func sameColumn(a, b match.Column) bool {
	return a.Attr == b.Attr && a.Scheme == b.Scheme && a.Layout == b.Layout && (a.Attr != match.Text || a.Name == b.Name)
}

func columnAt(header []string, name, wanted string) (int, error) {
	if name == "" {
		return -1, nil
	}
	for i, h := range header {
		if h == name {
			return i, nil
		}
	}
	return 0, &Error{Text: fmt.Sprintf("there is no column %q; there are %s", name, strings.Join(header, ", ")), From: wanted}
}

// interner numbers texts; an empty one is always new.
type interner struct {
	of   map[string]uint32
	next uint32
}

func (t *interner) id(s string) uint32 {
	if t.of == nil {
		t.of = map[string]uint32{}
	}
	if s != "" {
		if id, ok := t.of[s]; ok {
			return id
		}
		t.of[s] = t.next
	}
	t.next++
	return t.next - 1
}

// entity is what a truth column's value names. FEBRL writes rec-7-org and
// rec-7-dup-0 for records of person 7.
func entity(s string) string {
	rest, ok := strings.CutPrefix(s, "rec-")
	if !ok {
		return s
	}
	number, what, ok := strings.Cut(rest, "-")
	if ok && (what == "org" || strings.HasPrefix(what, "dup-")) {
		return number
	}
	return s
}
