package paxml

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/window"
)

// maxDepth bounds nesting; the schema's elements nest seven deep.
const maxDepth = 32

// errStop says that the reader of the items wants no more.
var errStop = errors.New("stopped")

// splitter finds elements without parsing what is in them: it follows tags,
// quotes, comments and CDATA only. Indexes are into the window's bytes.
type splitter struct {
	w       *window.Window
	line    int // of the window's first byte, from 1
	skipped map[string]int
	latin1  bool // what the file declares
	tried   bool // whether it is in that has been seen
}

// advance passes n bytes.
func (s *splitter) advance(n int) {
	s.line += bytes.Count(s.w.Bytes()[:n], []byte{'\n'})
	s.w.Advance(n)
}

// place is the line of the byte at i.
func (s *splitter) place(i int) string {
	b := s.w.Bytes()
	line := s.line + bytes.Count(b[:min(i, len(b))], []byte{'\n'})
	var out [16]byte
	return string(strconv.AppendInt(append(out[:0], "line "...), int64(line), 10))
}

func (s *splitter) broken(i int, format string, args ...any) error {
	return ingest.Errorf(s.place(i), "deliver the file again; what came before this place has been read", format, args...)
}

// ended is the error for bytes that should have been there.
func (s *splitter) ended() error {
	i := len(s.w.Bytes())
	switch err := s.w.Err(); {
	case errors.Is(err, window.ErrTooLong):
		return s.broken(0, "an element longer than %d bytes", window.MaxItem)
	case errors.Is(err, io.EOF):
		return s.broken(i, "the file ends in the middle of the XML")
	default:
		e := ingest.Errorf(s.place(i), "see that the file can be read to its end", "reading failed")
		e.Err = err
		return e
	}
}

// encoded sees that the window's first element is in the encoding that the file
// declares.
func (s *splitter) encoded(end int) error {
	raw := s.w.Bytes()[:end]
	if !s.latin1 {
		if at := window.NotUTF8(raw); at >= 0 {
			return ingest.Errorf(s.place(at), "have the payroll system declare the encoding that it writes, UTF-8 or ISO-8859-1", "bytes that are not UTF-8, which a file is in that declares no other encoding")
		}
		return nil
	}
	if s.tried || window.IsASCII(raw) {
		return nil
	}
	s.tried = true
	if s.w.SaysUTF8() {
		return s.isUTF8()
	}
	return nil
}

func (s *splitter) isUTF8() error {
	return ingest.Errorf(s.place(0), "have the payroll system declare UTF-8", "the text is in UTF-8, and the file declares ISO-8859-1")
}

// have makes sure that n bytes are there.
func (s *splitter) have(n int) bool {
	for len(s.w.Bytes()) < n {
		if !s.w.More() {
			return false
		}
	}
	return true
}

// find is the index after the next mark from i.
func (s *splitter) find(i int, mark string) (int, error) {
	for {
		b := s.w.Bytes()
		if i < len(b) {
			if j := bytes.Index(b[i:], []byte(mark)); j >= 0 {
				return i + j + len(mark), nil
			}
			i = max(i, len(b)-len(mark)+1)
		}
		if !s.w.More() {
			return 0, s.ended()
		}
	}
}

// tag is what stands in angle brackets.
type tag struct {
	sort     byte // < start, / end, - neither: comment, CDATA or instruction
	from, to int  // of the name
	end      int  // index after it
	empty    bool // <name/>
	cdata    bool
}

// tagAt reads what starts with < at i.
func (s *splitter) tagAt(i int) (t tag, err error) {
	if !s.have(i + 2) {
		return t, s.ended()
	}
	b := s.w.Bytes()
	switch b[i+1] {
	case '?':
		t.sort = '-'
		t.end, err = s.find(i+2, "?>")
		return t, err
	case '!':
		if !s.have(i + 4) {
			return t, s.ended()
		}
		b = s.w.Bytes()
		t.sort = '-'
		if b[i+2] == '-' && b[i+3] == '-' {
			t.end, err = s.find(i+4, "-->")
			return t, err
		}
		if s.have(i+9) && bytes.HasPrefix(s.w.Bytes()[i:], []byte("<![CDATA[")) {
			t.cdata = true
			t.end, err = s.find(i+9, "]]>")
			return t, err
		}
		return t, s.broken(i, "a document type or other declaration, which PAXml has none of and which is not read")
	case '/':
		t.sort, t.from = '/', i+2
	default:
		t.sort, t.from = '<', i+1
	}
	return t, s.tagEnd(&t)
}

// tagEnd reads a start or end tag from its name on.
func (s *splitter) tagEnd(t *tag) error {
	b := s.w.Bytes()
	i := t.from
	quote := byte(0)
	for {
		if i == len(b) {
			if !s.w.More() {
				return s.ended()
			}
			b = s.w.Bytes()
		}
		c := b[i]
		switch {
		case quote != 0:
			if c == '<' {
				return s.broken(i, "< in the value of an attribute")
			}
			if c == quote {
				quote = 0
			}
		case c == '>':
			if t.to == 0 {
				t.to = i
			}
			if b[i-1] == '/' && t.sort == '<' {
				t.empty = true
				t.to = min(t.to, i-1)
			}
			if t.to == t.from {
				return s.broken(i, "a tag without a name")
			}
			t.end = i + 1
			return nil
		case c == '<':
			return s.broken(i, "< inside a tag")
		case c == '"' || c == '\'':
			quote = c
		case t.to == 0 && (c == ' ' || c == '\n' || c == '\t' || c == '\r'):
			t.to = i
		}
		i++
	}
}

// element passes the element whose start tag is t, and is the index after it.
func (s *splitter) element(t tag) (int, error) {
	if t.empty {
		return t.end, nil
	}
	var names [maxDepth]tag
	names[0] = t
	depth := 1
	i := t.end
	for {
		b := s.w.Bytes()
		j := -1
		if i < len(b) {
			j = bytes.IndexByte(b[i:], '<')
		}
		if j < 0 {
			i = len(b)
			if !s.w.More() {
				return 0, s.ended()
			}
			continue
		}
		i += j
		open := names[depth-1]
		if end := i + 2 + open.to - open.from; end < len(b) && b[i+1] == '/' && b[end] == '>' && string(b[i+2:end]) == string(b[open.from:open.to]) {
			i = end + 1
			if depth--; depth == 0 {
				return i, nil
			}
			continue
		}
		in, err := s.tagAt(i)
		if err != nil {
			return 0, err
		}
		switch {
		case in.sort == '<' && !in.empty:
			if depth == maxDepth {
				return 0, s.broken(i, "nested deeper than %d", maxDepth)
			}
			names[depth] = in
			depth++
		case in.sort == '/':
			depth--
			b = s.w.Bytes()
			if !bytes.Equal(b[open.from:open.to], b[in.from:in.to]) {
				return 0, s.broken(i, "an element closed by another's tag")
			}
			if depth == 0 {
				return in.end, nil
			}
		}
		i = in.end
	}
}

// child finds the next child of the element being read: its start tag, with the
// window moved to it, or the end tag of the element, passed.
func (s *splitter) child(parent string) (t tag, more bool, err error) {
	for {
		b := s.w.Bytes()
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			if err := s.blank(b); err != nil {
				return t, false, err
			}
			s.advance(len(b))
			if !s.w.More() {
				return t, false, s.ended()
			}
			continue
		}
		if err := s.blank(b[:i]); err != nil {
			return t, false, err
		}
		s.advance(i)
		if t, err = s.tagAt(0); err != nil {
			return t, false, err
		}
		b = s.w.Bytes()
		switch {
		case t.sort == '/':
			if string(b[t.from:t.to]) != parent {
				return t, false, s.broken(0, "an element closed by another's tag")
			}
			s.advance(t.end)
			return t, false, nil
		case t.sort == '<':
			return t, true, nil
		case t.cdata:
			return t, false, s.broken(0, "text where only elements may be")
		}
		s.advance(t.end)
	}
}

// blank says no to text between elements.
func (s *splitter) blank(b []byte) error {
	for i, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return s.broken(i, "text where only elements may be")
		}
	}
	return nil
}

// name is a tag's name.
func (s *splitter) name(t tag) string { return string(s.w.Bytes()[t.from:t.to]) }

// section calls take with each child element of the section whose start tag is t;
// the window is at the child while it does. What take does not want is counted.
func (s *splitter) section(t tag, want string, take func(raw []byte, place string) error) error {
	name := s.name(t)
	s.advance(t.end)
	if t.empty {
		return nil
	}
	for {
		c, more, err := s.child(name)
		if err != nil || !more {
			return err
		}
		wanted := take != nil && string(s.w.Bytes()[c.from:c.to]) == want
		if !wanted {
			s.skipped[name+"/"+s.name(c)]++
		}
		end, err := s.element(c)
		if err != nil {
			return err
		}
		if err := s.encoded(end); err != nil {
			return err
		}
		if wanted {
			if err := take(s.w.Bytes()[:end], s.place(0)); err != nil {
				return err
			}
		}
		s.advance(end)
	}
}
