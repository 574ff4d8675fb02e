package csv

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/ingest/window"
	"github.com/karna-registry/karna/model"
)

const itemRow = "row"

// Format reads tables by a mapping.
type Format struct{}

var (
	_ ingest.Format   = Format{}
	_ ingest.Reopener = Format{}
)

// Name is "csv".
func (Format) Name() string { return "csv" }

// Version is the mapper's; it changes when the same bytes by the same mapping
// mean something else.
func (Format) Version() string { return "4" }

// Open reads the mapping, and the file's header row if it has one.
func (Format) Open(r io.Reader, o ingest.Options) (ingest.Delivery, error) {
	if len(o.Mapping) == 0 {
		return nil, ingest.Misconfigured("configuration", "name the source's mapping file", "a CSV file without a mapping means nothing")
	}
	spec, err := parseMapping(o.Mapping)
	if err != nil {
		return nil, err
	}
	p, err := dialectOf(spec, o.Source)
	if err != nil {
		return nil, err
	}
	d := &delivery{split: splitter{dialect: p.dialect, w: window.New(r, window.MaxItem), line: 1, oneByte: p.charset != nil}}
	head, columns, err := d.columns(p, spec)
	if err != nil {
		return nil, err
	}
	// A source's files have one header: what is made of it is kept, and not changed.
	if last := spec.bound.Load(); last != nil && last.source == p.source && slices.Equal(last.columns, columns) {
		p = last
	} else {
		if err := p.bind(spec, columns); err != nil {
			return nil, err
		}
		spec.bound.Store(p)
	}
	d.mapper = mapper{plan: p, stamp: o.Date, jurisdiction: o.Jurisdiction, proof: p.proofOf(o.ProofOf)}
	asOf := o.Date
	if asOf.IsZero() {
		asOf = o.Arrival
	}
	if !asOf.IsZero() {
		d.asOf = model.DateOf(asOf)
	}
	sum := sha256.Sum256(o.Mapping)
	d.context = append(sum[:], head...)
	return d, nil
}

// Reopen makes a delivery that maps rows of an earlier one, by its header row and
// the mapping as it is now.
func (f Format) Reopen(context []byte, o ingest.Options) (ingest.Delivery, error) {
	if len(context) < sha256.Size {
		return nil, ingest.Errorf("context", "deliver the file again", "the row's header is not known")
	}
	return f.Open(bytes.NewReader(context[sha256.Size:]), o)
}

type delivery struct {
	mapper
	split   splitter
	context []byte
}

var (
	_ ingest.Delivery = (*delivery)(nil)
)

// columns reads the header row, or takes the mapping's names for the columns.
func (d *delivery) columns(p *plan, spec *mapping) (head []byte, columns []string, err error) {
	s := &d.split
	for len(s.w.Bytes()) < 3 && s.w.More() {
	}
	switch b := s.w.Bytes(); {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		if p.charset != nil {
			return nil, nil, ingest.Errorf("line 1", "set encoding: utf-8 in the mapping", "the file starts with the byte order mark of UTF-8, and the mapping says another encoding")
		}
		s.w.Advance(3)
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return nil, nil, ingest.Errorf("line 1", "deliver in UTF-8", "the file is in UTF-16")
	}
	if !header(spec) {
		return nil, spec.Columns, nil
	}
	length, next, err := s.row()
	if errors.Is(err, io.EOF) {
		return nil, nil, ingest.Errorf("line 1", "deliver the header row even where there are no rows", "the file is empty")
	}
	if err != nil {
		return nil, nil, err
	}
	if err := s.oneLine(length); err != nil {
		return nil, nil, err
	}
	head = bytes.Clone(s.w.Bytes()[:length])
	switch { // the header alone tells, for no more is to be read yet
	case !s.oneByte:
		err = s.encoded(length)
	case window.SaysUTF8(head):
		err = s.isUTF8()
	default:
		s.tried = !window.IsASCII(head)
	}
	if err != nil {
		return nil, nil, err
	}
	fields, ok := p.fields(head, nil)
	if !ok {
		return nil, nil, ingest.Errorf(s.place(), "double the quotes inside a quoted field", "text after a field's closing quote")
	}
	r := &row{plan: p, raw: head, fields: fields, texts: make([]string, len(fields)), done: make([]bool, len(fields))}
	for i := range fields {
		name, _ := normalise.Text(cell{r, i}.text())
		columns = append(columns, name)
	}
	s.pass(next)
	return head, columns, nil
}

// Items gives the rows.
func (d *delivery) Items() iter.Seq2[ingest.Item, error] {
	return func(yield func(ingest.Item, error) bool) {
		s := &d.split
		for first := true; ; first = false {
			length, next, err := s.row()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && first {
				err = s.oneLine(length)
			}
			if err == nil {
				err = s.whole(length, next, len(d.plan.columns))
			}
			if err == nil {
				err = s.encoded(length)
			}
			if err != nil {
				yield(ingest.Item{}, err)
				return
			}
			if !yield(ingest.Item{Type: itemRow, Place: s.place(), Raw: s.w.Bytes()[:length]}, nil) {
				return
			}
			s.pass(next)
		}
	}
}

// Context is the mapping and the header row: what a row's bytes mean depends on
// both.
func (d *delivery) Context() []byte { return d.context }

// Part is the mapping's name.
func (d *delivery) Part() string { return d.name }

// Stamp is the delivery's stated date: tables have none of their own.
func (d *delivery) Stamp() time.Time { return d.stamp }
