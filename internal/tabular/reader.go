package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/window"
	"github.com/karna-registry/karna/model"
)

// maxRow is the longest row, in bytes. It bounds memory when a quote is not
// closed.
const maxRow = 4 << 20

// Options are what is known of a file. None needs to be set.
type Options struct {
	Delimiter byte   // 0 to recognise it
	Encoding  string // "utf-8", "latin-1", or empty to recognise it
	// Broken is told of rows that cannot be read, which are then passed over.
	// Without it the first of them ends the file.
	Broken func(*ingest.PlaceError)
}

// Reader reads a table, a row at a time.
type Reader struct {
	w         *window.Window
	o         Options
	delimiter byte
	header    []string
	fields    []string
	line      int // of what the window starts with, from 1
	rowLine   int
	rows      int
}

// NewReader reads the header row.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	switch strings.ToLower(o.Encoding) {
	case "", "utf-8", "utf8", "latin-1", "latin1", "iso-8859-1", "windows-1252", "cp1252":
	default:
		return nil, ingest.Errorf("configuration", "want utf-8 or latin-1, or leave it out", "encoding %q is not known", o.Encoding)
	}
	t := &Reader{w: window.New(r, maxRow), o: o, delimiter: o.Delimiter, line: 1}
	for len(t.w.Bytes()) < 3 && t.w.More() {
	}
	switch b := t.w.Bytes(); {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		t.pass(3)
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return nil, ingest.Errorf("line 1", "save it as UTF-8", "the file is in UTF-16")
	case bytes.HasPrefix(b, []byte("PK")):
		return nil, ingest.Errorf("line 1", "save the sheet as CSV", "this is a spreadsheet or a zip archive, not a CSV file")
	}
	row, _, err := t.row()
	if errors.Is(err, io.EOF) {
		return nil, ingest.Errorf("line 1", "give it a header row with the columns' names", "the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if t.delimiter == 0 {
		t.delimiter = guessDelimiter(row)
	}
	// Where rows end may depend on the delimiter, by quotes.
	row, next, err := t.row()
	if err != nil {
		return nil, err
	}
	if endsWithCR(row) {
		return nil, ingest.Errorf(t.Place(), "save it with line ends of LF or CRLF", "the file's lines end with CR alone, so that it is one row")
	}
	fields, err := t.split(row, nil)
	if err != nil {
		return nil, err
	}
	for i, f := range fields {
		f = strings.TrimSpace(f)
		if f == "" {
			f = fmt.Sprintf("column %d", i+1)
		}
		// Names are not told: without a header row they are data.
		if model.ContainsPersonal(f) || model.WithoutPersonal(f) != f {
			return nil, ingest.Errorf(t.Place(), "give it a header row with the columns' names", "the name of column %d is a personal number, so the file has no header row", i+1)
		}
		if same := slices.Index(t.header, f); same >= 0 {
			return nil, ingest.Errorf(t.Place(), "give every column a name of its own, in a header row", "columns %d and %d are called the same", same+1, i+1)
		}
		t.header = append(t.header, f)
	}
	t.pass(next)
	return t, nil
}

// Header is the columns' names.
func (t *Reader) Header() []string { return t.header }

// Delimiter is what stands between fields.
func (t *Reader) Delimiter() byte { return t.delimiter }

// Bytes is how much of the file has been read.
func (t *Reader) Bytes() int64 { return t.w.Offset() }

// Rows is how many rows were given, the header not counted.
func (t *Reader) Rows() int { return t.rows }

// Place is where the last row begins.
func (t *Reader) Place() string { return fmt.Sprintf("line %d", t.rowLine) }

// Next is the next row's fields, trimmed, as many as the header has, or io.EOF.
// They are valid until the next call.
func (t *Reader) Next() ([]string, error) {
	for {
		row, next, err := t.row()
		if err != nil {
			return nil, err
		}
		fields, err := t.split(row, t.fields[:0])
		t.pass(next)
		if err == nil {
			t.fields = fields
			fields, err = t.fit(fields)
		}
		if err != nil {
			var place *ingest.PlaceError
			if t.o.Broken == nil || !errors.As(err, &place) {
				return nil, err
			}
			t.o.Broken(place)
			continue
		}
		t.rows++
		return fields, nil
	}
}

// fit holds a row against the header. Empty fields too many at the end are no
// harm; anything else means that fields stand in the wrong columns.
func (t *Reader) fit(fields []string) ([]string, error) {
	n := len(t.header)
	for len(fields) > n && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	switch {
	case len(fields) > n:
		return nil, ingest.Errorf(t.Place(), fmt.Sprintf("put quotes around fields that hold %q", t.delimiter), "the row has %d fields, the header %d", len(fields), n)
	case len(fields) < n:
		return nil, ingest.Errorf(t.Place(), "see that the row is whole", "the row has %d fields, the header %d", len(fields), n)
	}
	return fields, nil
}

// endsWithCR tells whether a row has a CR inside it that ends a line, as old
// Macintosh programs write them.
func endsWithCR(row []byte) bool {
	for i, c := range row[:max(len(row), 1)-1] {
		if c == '\r' && row[i+1] != '\n' && row[i+1] != '\r' {
			return true
		}
	}
	return false
}

func (t *Reader) pass(n int) {
	t.line += bytes.Count(t.w.Bytes()[:n], []byte{'\n'})
	t.w.Advance(n)
}

// row finds the next row that is not blank: its bytes without the line's end,
// and where the one after it begins.
func (t *Reader) row() (row []byte, next int, err error) {
	for {
		row, next, err = t.one()
		if err != nil || len(bytes.TrimSpace(row)) > 0 {
			return row, next, err
		}
		t.pass(next)
	}
}

// Where a byte stands in its field.
const (
	atStart = iota // blanks before it included
	inside
	quoted
	afterQuote
)

// one finds the next row, blank or not. A quote opens only at the start of a
// field; anywhere else it is text.
func (t *Reader) one() (row []byte, next int, err error) {
	t.rowLine = t.line
	i, state, opened := 0, atStart, 0
	for {
		b := t.w.Bytes()
		for ; i < len(b); i++ {
			c := b[i]
			switch {
			case c == '"' && state == quoted:
				state = afterQuote
			case c == '"' && (state == atStart || state == afterQuote):
				if state == atStart {
					opened = i
				}
				state = quoted
			case state == quoted:
			case c == '\n':
				return bytes.TrimSuffix(b[:i], []byte{'\r'}), i + 1, nil
			case c == t.delimiter && t.delimiter != 0, t.delimiter == 0 && isDelimiter(c):
				state = atStart
			case c == ' ':
			default:
				state = inside
			}
		}
		if t.w.More() {
			continue
		}
		err := t.w.Err()
		switch {
		case state == quoted && (errors.Is(err, io.EOF) || errors.Is(err, window.ErrTooLong)):
			line := t.line + bytes.Count(b[:opened], []byte{'\n'})
			return nil, 0, ingest.Errorf(fmt.Sprintf("line %d", line), "close the quote, or double it if it is part of the text", "a quoted field that starts here has no end")
		case errors.Is(err, window.ErrTooLong):
			return nil, 0, ingest.Errorf(t.Place(), "see that the file is a CSV file", "a row is longer than %d bytes", maxRow)
		case !errors.Is(err, io.EOF):
			e := ingest.Errorf(t.Place(), "see that the file can be read to its end", "reading failed")
			e.Err = err
			return nil, 0, e
		case i == 0:
			return nil, 0, io.EOF
		}
		return bytes.TrimSuffix(b, []byte{'\r'}), len(b), nil
	}
}

func isDelimiter(c byte) bool { return c == ',' || c == ';' || c == '\t' || c == '|' }

// guessDelimiter is the sign of those in use that the header has most of.
func guessDelimiter(row []byte) byte {
	best, most := byte(','), 0
	for _, d := range []byte{';', '\t', '|', ','} {
		n, quoted := 0, false
		for _, c := range row {
			switch {
			case c == '"':
				quoted = !quoted
			case c == d && !quoted:
				n++
			}
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}

// split takes a row apart. Blanks around a field are dropped.
func (t *Reader) split(row []byte, out []string) ([]string, error) {
	latin := strings.ToLower(t.o.Encoding)
	if latin != "" && latin[0] != 'u' || latin == "" && !utf8.Valid(row) {
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(row)
		if err != nil {
			return nil, ingest.Errorf(t.Place(), "save it as UTF-8", "the row is neither UTF-8 nor Latin-1")
		}
		row = decoded
	} else if !utf8.Valid(row) {
		return nil, ingest.Errorf(t.Place(), "save it as UTF-8, or set encoding: latin-1", "the row is not UTF-8")
	}
	text := string(row)
	for i := 0; ; {
		for i < len(text) && text[i] == ' ' && t.delimiter != ' ' {
			i++
		}
		var field string
		if i < len(text) && text[i] == '"' {
			end, doubled := closing(text, i+1)
			if end < 0 {
				return nil, ingest.Errorf(t.Place(), "close the quote, or double it if it is part of the text", "a quoted field has no end")
			}
			field = text[i+1 : end]
			if doubled {
				field = strings.ReplaceAll(field, `""`, `"`)
			}
			i = end + 1
			for i < len(text) && text[i] == ' ' {
				i++
			}
			if i < len(text) && text[i] != t.delimiter {
				return nil, ingest.Errorf(t.Place(), "double the quotes inside a quoted field", "there is text after a field's closing quote")
			}
		} else {
			end := strings.IndexByte(text[i:], t.delimiter)
			if end < 0 {
				end = len(text)
			} else {
				end += i
			}
			field = text[i:end]
			i = end
		}
		out = append(out, strings.TrimSpace(field))
		if i >= len(text) {
			return out, nil
		}
		i++
		if i == len(text) {
			return append(out, ""), nil
		}
	}
}

// closing finds a field's closing quote, whose inside starts at i, or -1.
func closing(text string, i int) (end int, doubled bool) {
	for {
		j := strings.IndexByte(text[i:], '"')
		if j < 0 {
			return -1, doubled
		}
		i += j
		if i+1 < len(text) && text[i+1] == '"' {
			doubled = true
			i += 2
			continue
		}
		return i, doubled
	}
}
