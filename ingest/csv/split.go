package csv

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/window"
)

// noQuote is the quote of a file that has none: no byte of a row's text.
const noQuote = 0

// dialect is how a file separates rows and fields.
type dialect struct {
	delimiter byte
	quote     byte // noQuote if the file has none
}

// splitter finds rows without taking them apart. A quote opens only at the
// start of a field (RFC 4180); anywhere else it is text.
type splitter struct {
	dialect
	w    *window.Window
	line int // of the window's first byte, from 1

	oneByte bool // the encoding that the mapping says has one byte a letter
	tried   bool // whether it does has been seen
}

func (s *splitter) place() string {
	var b [16]byte
	return string(strconv.AppendInt(append(b[:0], "line "...), int64(s.line), 10))
}

// row finds the next row that is not blank: its length, and where the one after
// it starts. It answers io.EOF at the end of the file.
func (s *splitter) row() (length, next int, err error) {
	for {
		length, next, err = s.one()
		if err != nil || length > 0 {
			return length, next, err
		}
		s.pass(next)
	}
}

// pass moves to the row that starts at next.
func (s *splitter) pass(next int) {
	s.line += bytes.Count(s.w.Bytes()[:next], []byte{'\n'})
	s.w.Advance(next)
}

// one finds the next row, blank or not.
func (s *splitter) one() (length, next int, err error) {
	i := 0
	for {
		b := s.w.Bytes()
		if j := bytes.IndexByte(b[i:], '\n'); j >= 0 {
			length, next = i+j, i+j+1
			break
		}
		i = len(b)
		if !s.w.More() {
			if !errors.Is(s.w.Err(), io.EOF) {
				return 0, 0, s.failed("")
			}
			if i == 0 {
				return 0, 0, io.EOF
			}
			length, next = i, i
			break
		}
	}
	b := s.w.Bytes()
	if s.quote != noQuote && bytes.IndexByte(b[:length], s.quote) >= 0 {
		if length, next, err = s.quoted(); err != nil {
			return 0, 0, err
		}
		b = s.w.Bytes()
	}
	if length > 0 && b[length-1] == '\r' {
		length--
	}
	return length, next, nil
}

// encoded sees that the window's first row is in the encoding that the mapping says.
func (s *splitter) encoded(length int) error {
	row := s.w.Bytes()[:length]
	if !s.oneByte {
		at := window.NotUTF8(row)
		if at < 0 {
			return nil
		}
		line := strconv.Itoa(s.line + bytes.Count(row[:at], []byte{'\n'}))
		return ingest.Errorf("line "+line, "deliver in UTF-8, or set encoding: windows-1252 in the mapping if that is what the source delivers in", "bytes that are not UTF-8, which is what the mapping says")
	}
	if s.tried || window.IsASCII(row) {
		return nil
	}
	s.tried = true
	if s.w.SaysUTF8() {
		return s.isUTF8()
	}
	return nil
}

func (s *splitter) isUTF8() error {
	return ingest.Errorf(s.place(), "set encoding: utf-8 in the mapping", "the text is in UTF-8, and the mapping says another encoding")
}

// whole sees that the file does not end in the middle of its last row, which has to
// have as many fields as there are columns unless a line end says that it is over.
func (s *splitter) whole(length, next, columns int) error {
	row := s.w.Bytes()[:length]
	if next != length || len(bytes.Trim(row, " \t\x1a")) == 0 {
		return nil
	}
	if fields, ok := s.fields(row, nil); !ok || len(fields) >= columns {
		return nil
	}
	return ingest.Errorf(s.place(), "deliver the file again; what came before this place has been read", "the file ends in the middle of a row")
}

// oneLine sees that the first row is no whole file whose lines end with CR alone.
func (s *splitter) oneLine(length int) error {
	row := s.w.Bytes()[:length]
	start, quoted := true, false
	for i, c := range row {
		switch {
		case s.quote != noQuote && c == s.quote && (start || quoted):
			quoted, start = !quoted, true // a doubled quote closes and opens again
			continue
		case quoted:
			continue
		case c == '\r' && i+1 < len(row) && row[i+1] != '\r' && row[i+1] != '\n':
			return ingest.Errorf(s.place(), "deliver it with line ends of LF or CRLF", "the file's lines end with CR alone, so that it is one row")
		}
		start = c == s.delimiter
	}
	return nil
}

// quoted finds the end of a row that has quotes, a field at a time.
func (s *splitter) quoted() (length, next int, err error) {
	i, start := 0, true
	for {
		b := s.w.Bytes()
		if i == len(b) {
			if s.w.More() {
				continue
			}
			if errors.Is(s.w.Err(), io.EOF) {
				return i, i, nil
			}
			return 0, 0, s.failed("")
		}
		switch c := b[i]; {
		case c == '\n':
			return i, i + 1, nil
		case c == s.delimiter:
			start = true
			i++
			continue
		case c == s.quote && start:
			if i, err = s.closing(i + 1); err != nil {
				return 0, 0, err
			}
			start = false
			continue
		}
		for start = false; i < len(b) && b[i] != s.delimiter && b[i] != '\n'; i++ {
		}
	}
}

// closing finds the end of a quoted field, whose inside starts at i.
func (s *splitter) closing(i int) (int, error) {
	opened := i - 1
	for {
		b := s.w.Bytes()
		j := -1
		if i < len(b) {
			j = bytes.IndexByte(b[i:], s.quote)
		}
		if j < 0 {
			i = len(b)
		} else {
			i += j + 1
		}
		if i == len(b) { // the next byte tells whether the quote is doubled
			if !s.w.More() {
				if errors.Is(s.w.Err(), io.EOF) && j >= 0 {
					return i, nil
				}
				return 0, s.failed(strconv.Itoa(s.line + bytes.Count(s.w.Bytes()[:opened], []byte{'\n'})))
			}
			if b = s.w.Bytes(); j < 0 {
				continue
			}
		}
		if b[i] != s.quote {
			return i, nil
		}
		i++
	}
}

// failed is the error for a row that has no end. opened is the line of a quote
// that is not closed.
func (s *splitter) failed(opened string) error {
	err := s.w.Err()
	switch {
	case opened != "" && (errors.Is(err, io.EOF) || errors.Is(err, window.ErrTooLong)):
		return ingest.Errorf("line "+opened, "close the quote, or set quote: none in the mapping if the file has no quoting", "a quoted field that starts here has no end")
	case errors.Is(err, window.ErrTooLong):
		return ingest.Errorf(s.place(), "check that the file is the table that the mapping is for", "a row longer than %d bytes", window.MaxItem)
	}
	e := ingest.Errorf(s.place(), "see that the file can be read to its end", "reading failed")
	e.Err = err
	return e
}

// swallowed tells whether a quoted field of a row has taken in rows that come after: a
// quote that is not meant as one opens it, and the next such closes it. Lines of text
// may well hold the delimiter; those that are rows hold it as often as rows do.
func (d dialect) swallowed(row []byte, columns int) bool {
	if d.quote == noQuote || columns < 2 || bytes.IndexByte(row, '\n') < 0 {
		return false
	}
	var spanning [][]byte // the fields that do
	have, right := 1, true
	for i := 0; ; i++ {
		if i < len(row) && row[i] == d.quote {
			from := i + 1
			for i = from; i < len(row); i++ {
				if row[i] != d.quote {
					continue
				}
				if i+1 == len(row) || row[i+1] != d.quote {
					break
				}
				i++
			}
			if inside := row[from:i]; bytes.IndexByte(inside, '\n') >= 0 && bytes.IndexByte(inside, d.delimiter) >= 0 {
				spanning = append(spanning, inside)
			}
			i = min(i+1, len(row))
			right = right && (i == len(row) || row[i] == d.delimiter)
		}
		next := bytes.IndexByte(row[i:], d.delimiter)
		if next < 0 {
			break
		}
		i += next
		have++
	}
	for _, inside := range spanning {
		if !right || have != columns || d.holdsRows(inside, columns) {
			return true
		}
	}
	return false
}

// holdsRows tells whether what is inside quotes is the end of one row and the start of
// another, with or without rows between them.
func (d dialect) holdsRows(inside []byte, columns int) bool {
	lines := bytes.Split(inside, []byte{'\n'})
	delimiters, holding, between, rows := 0, 0, 0, 0
	for i, line := range lines {
		n := bytes.Count(line, []byte{d.delimiter})
		delimiters += n
		if n > 0 {
			holding++
		}
		if i > 0 && i < len(lines)-1 && len(bytes.TrimSpace(line)) > 0 {
			between++
			if n == columns-1 {
				rows++
			}
		}
	}
	if between > 0 {
		return 2*rows >= between
	}
	return delimiters == columns-1 && (holding > 1 || columns > 3)
}

// span is the place of a row that begins at a place: "lines 11–16".
func span(place string, row []byte) string {
	line, err := strconv.Atoi(strings.TrimPrefix(place, "line "))
	if err != nil {
		return place
	}
	return "lines " + strconv.Itoa(line) + "–" + strconv.Itoa(line+bytes.Count(row, []byte{'\n'}))
}

// field is one field of a row: a span of its bytes.
type field struct {
	from, to int
	doubled  bool // quotes inside are doubled
}

// fields takes a row apart. It is false for a field that goes on after its
// closing quote.
func (d dialect) fields(row []byte, out []field) ([]field, bool) {
	for i := 0; ; {
		var f field
		if d.quote != noQuote && i < len(row) && row[i] == d.quote {
			f.from = i + 1
			for i++; ; i++ {
				j := bytes.IndexByte(row[i:], d.quote)
				if j < 0 {
					return out, false
				}
				if i += j; i+1 < len(row) && row[i+1] == d.quote {
					f.doubled = true
					i++
					continue
				}
				break
			}
			f.to = i
			if i++; i < len(row) && row[i] != d.delimiter {
				return out, false
			}
		} else {
			f.from = i
			if j := bytes.IndexByte(row[i:], d.delimiter); j >= 0 {
				i += j
			} else {
				i = len(row)
			}
			f.to = i
		}
		out = append(out, f)
		if i == len(row) {
			return out, true
		}
		i++
		if i == len(row) {
			return append(out, field{from: i, to: i}), true
		}
	}
}
