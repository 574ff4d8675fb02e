package paxml

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/ingest/window"
	"github.com/karna-registry/karna/model"
)

// The sorts of item.
const (
	itemHeader = "header"
	itemUnit   = "resultatenheter/resultatenhet"
	itemPerson = "personal/person"
)

// Format reads PAXml 2.0.
type Format struct{}

var (
	_ ingest.Format   = Format{}
	_ ingest.Reopener = Format{}
)

// Name is "paxml".
func (Format) Name() string { return "paxml" }

// Version is the mapper's; it changes when the same bytes mean something else.
func (Format) Version() string { return "3" }

// Open reads the file's header, which has to come before what it is about.
func (Format) Open(r io.Reader, o ingest.Options) (ingest.Delivery, error) {
	d := &delivery{
		mapper: mapper{source: o.Source, jurisdiction: o.Jurisdiction, proofOf: o.ProofOf, costCentre: "1"},
		split:  splitter{w: window.New(r, window.MaxItem), line: 1, skipped: map[string]int{}},
	}
	if err := d.open(); err != nil {
		return nil, err
	}
	d.readHeader(o)
	return d, nil
}

// Reopen makes a delivery that maps elements of an earlier one. Its stamp is the
// options' date: the header's is not part of the context.
func (Format) Reopen(context []byte, o ingest.Options) (ingest.Delivery, error) {
	parts := bytes.Split(context, []byte{0})
	if len(parts) != 3 {
		return nil, ingest.Errorf("context", "deliver the file again", "the file's header is not known")
	}
	d := &delivery{
		mapper: mapper{source: o.Source, jurisdiction: o.Jurisdiction, proofOf: o.ProofOf,
			company: string(parts[0]), costCentre: string(parts[1]), latin1: len(parts[2]) > 0},
		split: splitter{w: window.New(bytes.NewReader([]byte("</paxml>")), window.MaxItem), line: 1, skipped: map[string]int{}},
		done:  true,
	}
	d.dates(o)
	return d, nil
}

type delivery struct {
	mapper
	split       splitter
	header      []byte
	headerPlace string
	done        bool // the header is no item any more
}

var (
	_ ingest.Delivery = (*delivery)(nil)
	_ ingest.Skipper  = (*delivery)(nil)
)

var encoding = regexp.MustCompile(`encoding\s*=\s*["']([^"']*)["']`)

// open reads up to the end of the header.
func (d *delivery) open() error {
	s := &d.split
	s.have(3)
	b := s.w.Bytes()
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		s.w.Advance(3)
	case bytes.HasPrefix(b, []byte("\xfe\xff")), bytes.HasPrefix(b, []byte("\xff\xfe")):
		return ingest.Errorf("line 1", "deliver in UTF-8 or ISO-8859-1", "the file is in UTF-16")
	}
	if !s.have(1) {
		return ingest.Errorf("line 1", "see that the payroll system has written its file", "the file is empty")
	}
	if err := d.declaration(); err != nil {
		return err
	}
	t, more, err := s.child("")
	if err != nil {
		return err
	}
	if !more || s.name(t) != "paxml" {
		return s.broken(0, "not a PAXml file: its root is not paxml")
	}
	s.advance(t.end)
	if t.empty {
		return s.broken(0, "a PAXml file without a header")
	}
	if t, more, err = s.child("paxml"); err != nil {
		return err
	}
	if !more || s.name(t) != itemHeader {
		return ingest.Errorf(s.place(0), "have the payroll system write the header first", "the file does not start with its header, which says whose payroll it is")
	}
	end, err := s.element(t)
	if err != nil {
		return err
	}
	d.header = bytes.Clone(s.w.Bytes()[:end])
	switch { // the header alone tells, for no more is to be read yet
	case !s.latin1:
		err = s.encoded(end)
	case window.SaysUTF8(d.header):
		err = s.isUTF8()
	default:
		s.tried = !window.IsASCII(d.header)
	}
	if err != nil {
		return err
	}
	d.headerPlace = s.place(0)
	s.advance(end)
	return nil
}

// declaration reads the XML declaration, if there is one.
func (d *delivery) declaration() error {
	s := &d.split
	if !s.have(5) || !bytes.HasPrefix(s.w.Bytes(), []byte("<?xml")) {
		return nil
	}
	end, err := s.find(5, "?>")
	if err != nil {
		return err
	}
	name := "utf-8"
	if m := encoding.FindSubmatch(s.w.Bytes()[:end]); m != nil {
		name = strings.ToLower(string(m[1]))
	}
	switch name {
	case "utf-8", "utf8", "us-ascii":
	case "iso-8859-1", "latin1", "iso_8859-1":
		d.latin1, s.latin1 = true, true
	default:
		return ingest.Errorf("line 1", "deliver in UTF-8 or ISO-8859-1", "the file is in the encoding %q", name)
	}
	s.advance(end)
	return nil
}

// zone is the name of a time zone, which some systems write after the offset.
var zone = regexp.MustCompile(`\[[A-Za-z_/+-]*\]$`)

// parseTime reads a time as payroll systems write it. Without an offset it is
// taken as UTC: it ranks deliveries of one system, which all lack it alike.
func parseTime(s string) (time.Time, bool) {
	s = zone.ReplaceAllString(strings.TrimSpace(s), "")
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// readHeader takes from the header what the meaning of the rest depends on.
func (d *delivery) readHeader(o ingest.Options) {
	t := trees.Get().(*tree)
	defer trees.Put(t)
	t.latin1 = d.latin1
	if t.parse(d.header) < 0 {
		h := t.root()
		d.company = strings.TrimSpace(h.get("foretagid").text())
		if d.company == "" {
			d.company = strings.TrimSpace(h.get("foretagorgnr").text())
		}
		if at, ok := parseTime(h.get("datum").text()); ok {
			d.stamp = at
		}
	}
	d.dates(o)
}

// dates reads what the delivery's dates are where its header says nothing.
func (d *delivery) dates(o ingest.Options) {
	asOf := o.Date
	if asOf.IsZero() {
		asOf = d.stamp
	}
	if asOf.IsZero() {
		asOf = o.Arrival
	}
	if !asOf.IsZero() {
		d.asOf = model.DateOf(asOf)
	}
	if d.stamp.IsZero() {
		d.stamp = o.Date
	}
}

// Items gives the header, then cost centres and people as they come.
func (d *delivery) Items() iter.Seq2[ingest.Item, error] {
	return func(yield func(ingest.Item, error) bool) {
		if err := d.items(yield); err != nil && !errors.Is(err, errStop) {
			yield(ingest.Item{}, err)
		}
	}
}

func (d *delivery) items(yield func(ingest.Item, error) bool) error {
	s := &d.split
	first := !d.done
	d.done = true
	for {
		t, more, err := s.child("paxml")
		if err == nil && more && s.name(t) == "dimensioner" {
			if err = d.dimensions(t, first); err == nil {
				continue
			}
		}
		if first && !yield(ingest.Item{Type: itemHeader, Place: d.headerPlace, Raw: d.header}, nil) {
			return errStop
		}
		first = false
		switch {
		case err != nil:
			return err
		case !more:
			return d.epilogue()
		}
		give := func(typ string) func([]byte, string) error {
			return func(raw []byte, place string) error {
				if !yield(ingest.Item{Type: typ, Place: place, Raw: raw}, nil) {
					return errStop
				}
				return nil
			}
		}
		switch s.name(t) {
		case "resultatenheter":
			err = s.section(t, "resultatenhet", give(itemUnit))
		case "personal":
			err = s.section(t, "person", give(itemPerson))
		default:
			err = s.section(t, "", nil)
		}
		if err != nil {
			return err
		}
	}
}

// dimensions finds the dimension of cost centres. The file may name it only
// before anything that depends on it.
func (d *delivery) dimensions(start tag, first bool) error {
	s := &d.split
	line := s.place(0)
	found := ""
	err := s.section(start, "dimension", func(raw []byte, _ string) error {
		t := trees.Get().(*tree)
		defer trees.Put(t)
		t.latin1 = d.latin1
		if t.parse(raw) >= 0 {
			return s.broken(0, "a dimension that is not XML")
		}
		e := t.root()
		switch normalise.Fold(e.attr("namn").text()) {
		case "kostnadsstalle", "resultatenhet", "kst", "kostnadsstallen":
			if found == "" {
				found = strings.TrimSpace(e.attr("dim").text())
			}
		}
		return nil
	})
	if err != nil || found == "" || found == d.costCentre {
		return err
	}
	if !first {
		return ingest.Errorf(line, "have the payroll system write dimensioner right after the header", "dimensioner names another dimension as the cost centres' than the file has been read by")
	}
	d.costCentre = found
	return nil
}

// epilogue sees that nothing comes after the root.
func (d *delivery) epilogue() error {
	s := &d.split
	for {
		b := s.w.Bytes()
		i := bytes.IndexByte(b, '<')
		rest := b
		if i >= 0 {
			rest = b[:i]
		}
		if err := s.blank(rest); err != nil {
			return err
		}
		if i < 0 {
			s.advance(len(b))
			if !s.w.More() {
				if errors.Is(s.w.Err(), io.EOF) {
					return nil
				}
				return s.ended()
			}
			continue
		}
		s.advance(i)
		t, err := s.tagAt(0)
		if err != nil {
			return err
		}
		if t.sort != '-' || t.cdata {
			return s.broken(0, "an element after the end of the file's root")
		}
		s.advance(t.end)
	}
}

// Context is whose payroll it is, the dimension of its cost centres and the
// encoding. The header's date is left out on purpose: it changes with every file and
// the same element, seen again, says the same of the same person.
func (d *delivery) Context() []byte {
	out := append([]byte(d.company), 0)
	out = append(append(out, d.costCentre...), 0)
	if d.latin1 {
		out = append(out, 1)
	}
	return out
}

// Part is the company: two companies' files do not retract each other's people.
func (d *delivery) Part() string { return d.company }

// Stamp is the header's datum, or the delivery's stated date.
func (d *delivery) Stamp() time.Time { return d.stamp }

// Skipped counts the elements of the sections that are not read.
func (d *delivery) Skipped() map[string]int { return d.split.skipped }
