package ss12000

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/window"
)

// maxDepth bounds nesting; the standard's objects nest six deep.
const maxDepth = 64

// errStop says that the reader of the items wants no more.
var errStop = errors.New("stopped")

// splitter finds the elements of a file without parsing them: it follows
// strings and brackets only. Indexes are into the window's bytes.
type splitter struct {
	w     *window.Window
	typ   string
	yield func(ingest.Item, error) bool
	next  string // the last document's pageToken, raw; empty when it has none
	// skipped counts lists that are no items.
	skipped map[string]int
}

func (s *splitter) broken(at int, path, format string, args ...any) error {
	place := "byte " + strconv.FormatInt(s.w.Offset()+int64(at), 10)
	if path != "" {
		place = path + ", " + place
	}
	return ingest.Errorf(place, "deliver the file again; what came before this place has been read", format, args...)
}

// ended is the error for bytes that should have been there.
func (s *splitter) ended(path string) error {
	at := len(s.w.Bytes())
	switch err := s.w.Err(); {
	case errors.Is(err, window.ErrTooLong):
		return s.broken(0, path, "an element longer than %d bytes", window.MaxItem)
	case errors.Is(err, io.EOF):
		return s.broken(at, path, "the file ends in the middle of the JSON")
	default:
		e := ingest.Errorf(path+", byte "+strconv.FormatInt(s.w.Offset()+int64(at), 10), "see that the file can be read to its end", "reading failed")
		e.Err = err
		return e
	}
}

// documents reads the file's top-level values.
func (s *splitter) documents() error {
	w := s.w
	for w.More() && len(w.Bytes()) < 3 {
	}
	if bytes.HasPrefix(w.Bytes(), []byte("\xef\xbb\xbf")) {
		w.Advance(3)
	}
	for n := 0; ; n++ {
		i, err := s.space(0, "")
		w.Advance(i)
		if err != nil {
			if errors.Is(w.Err(), io.EOF) && n > 0 {
				return nil
			}
			if errors.Is(w.Err(), io.EOF) {
				return ingest.Errorf("byte 0", "deliver the API's answer, an empty list if there is nothing", "the file is empty")
			}
			return err
		}
		s.next = ""
		switch w.Bytes()[0] {
		case '[':
			err = s.array("$", s.typ)
		case '{':
			err = s.object()
		default:
			err = s.broken(0, "$", "neither a JSON object nor an array")
		}
		if err != nil {
			return err
		}
	}
}

// object reads a document that is an object: an envelope, or one element.
func (s *splitter) object() error {
	w := s.w
	envelope := false
	i, err := s.space(1, "$")
	if err != nil {
		return err
	}
	for first := true; ; first = false {
		b := w.Bytes()
		if b[i] == '}' && first {
			i++
			break
		}
		var key, val int
		if key, val, err = s.key(i, "$"); err != nil {
			return err
		}
		b = w.Bytes()
		name := b[i+1 : key-1]
		list := b[val] == '['
		switch {
		case list && s.typ == Deleted && deletedName(name) != "":
			typ := deletedName(name)
			w.Advance(val)
			envelope = true
			err = s.array("$."+typ, Deleted+"/"+typ)
			i = 0
		case list && string(name) == "data":
			w.Advance(val)
			envelope = true
			err = s.array("$.data", s.typ)
			i = 0
		case b[val] == '{' && s.typ == Deleted && string(name) == "data":
			w.Advance(val)
			envelope = true
			err = s.object()
			i = 0
		default:
			token := string(name) == "pageToken"
			if list && s.typ == Deleted {
				s.skipped[Deleted+"."+string(name)]++
			}
			if i, err = s.value(val, "$"); err == nil && token {
				s.next = string(w.Bytes()[val:i])
			}
			if err == nil && envelope {
				w.Advance(i)
				i = 0
			}
		}
		if err != nil {
			return err
		}
		if i, err = s.space(i, "$"); err != nil {
			return err
		}
		switch w.Bytes()[i] {
		case '}':
			i++
		case ',':
			if i, err = s.space(i+1, "$"); err != nil {
				return err
			}
			continue
		default:
			return s.broken(i, "$", "want , or } after a value")
		}
		break
	}
	if !envelope {
		if err := s.give(s.typ, "$", i); err != nil {
			return err
		}
	}
	w.Advance(i)
	return nil
}

// key reads "name" : and the space after it. It answers where the name's
// closing quote ends and where the value starts.
func (s *splitter) key(i int, path string) (end, val int, err error) {
	if s.w.Bytes()[i] != '"' {
		return 0, 0, s.broken(i, path, "want a field's name in quotes")
	}
	if end, err = s.text(i, path); err != nil {
		return 0, 0, err
	}
	if val, err = s.space(end, path); err != nil {
		return 0, 0, err
	}
	if s.w.Bytes()[val] != ':' {
		return 0, 0, s.broken(val, path, "want : after a field's name")
	}
	val, err = s.space(val+1, path)
	return end, val, err
}

// array reads the elements of a list, each an item.
func (s *splitter) array(path, typ string) error {
	w := s.w
	w.Advance(1)
	for n := 0; ; n++ {
		i, err := s.space(0, path)
		if err != nil {
			return err
		}
		if n == 0 && w.Bytes()[i] == ']' {
			w.Advance(i + 1)
			return nil
		}
		w.Advance(i)
		var buf [48]byte
		place := string(append(strconv.AppendInt(append(append(buf[:0], path...), '['), int64(n), 10), ']'))
		end, err := s.value(0, place)
		if err != nil {
			return err
		}
		if err := s.give(typ, place, end); err != nil {
			return err
		}
		w.Advance(end)
		if i, err = s.space(0, path); err != nil {
			return err
		}
		switch w.Bytes()[i] {
		case ',':
			w.Advance(i + 1)
		case ']':
			w.Advance(i + 1)
			return nil
		default:
			return s.broken(i, place, "want , or ] after an element")
		}
	}
}

// give yields the element that the window starts with.
func (s *splitter) give(typ, place string, end int) error {
	raw := s.w.Bytes()[:end]
	if at := window.NotUTF8(raw); at >= 0 {
		return ingest.Errorf(place+", byte "+strconv.FormatInt(s.w.Offset()+int64(at), 10), "deliver in UTF-8, as JSON is; what came before this place has been read", "bytes that are not UTF-8")
	}
	if !s.yield(ingest.Item{Type: typ, Place: place, Raw: raw}, nil) {
		return errStop
	}
	return nil
}

// space passes white space from i; the byte at its answer is there.
func (s *splitter) space(i int, path string) (int, error) {
	b := s.w.Bytes()
	for {
		if i == len(b) {
			if i > window.MaxItem/2 {
				return i, s.broken(0, path, "nothing but white space for %d bytes", i)
			}
			if !s.w.More() {
				return i, s.ended(path)
			}
			b = s.w.Bytes()
		}
		switch b[i] {
		case ' ', '\n', '\r', '\t':
			i++
		default:
			return i, nil
		}
	}
}

// text passes the string that starts at i, quotes and all.
func (s *splitter) text(i int, path string) (int, error) {
	start := i + 1
	i = start
	b := s.w.Bytes()
	for {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			i = len(b)
			if !s.w.More() {
				return 0, s.ended(path)
			}
			b = s.w.Bytes()
			continue
		}
		i += j
		slash := i
		for slash > start && b[slash-1] == '\\' {
			slash--
		}
		i++
		if (i-1-slash)%2 == 0 {
			return i, nil
		}
	}
}

// value passes the value that starts at i.
func (s *splitter) value(i int, path string) (int, error) {
	switch s.w.Bytes()[i] {
	case '{', '[':
		return s.nested(i, path)
	case '"':
		return s.text(i, path)
	case ',', ':', ']', '}':
		return 0, s.broken(i, path, "want a value")
	}
	b := s.w.Bytes()
	for {
		if i == len(b) {
			if !s.w.More() {
				return 0, s.ended(path)
			}
			b = s.w.Bytes()
		}
		switch b[i] {
		case ',', ']', '}', ' ', '\n', '\r', '\t':
			return i, nil
		case '"', '{', '[', ':':
			return 0, s.broken(i, path, "want , after a value")
		}
		i++
	}
}

// nested passes an object or array. Of its inside it sees to strings and to
// brackets that match; the rest is for the mapper, whose refusal costs one element.
func (s *splitter) nested(i int, path string) (int, error) {
	var objects uint64 // bit d: the bracket at depth d is {
	depth := 0
	b := s.w.Bytes()
	for {
		if i == len(b) {
			if !s.w.More() {
				return 0, s.ended(path)
			}
			b = s.w.Bytes()
		}
		c := b[i]
		switch c {
		case '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				var err error
				if end, err = s.text(i, path); err != nil {
					return 0, err
				}
				b = s.w.Bytes()
			}
			i = end
			continue
		case '{', '[':
			if depth == maxDepth {
				return 0, s.broken(i, path, "nested deeper than %d", maxDepth)
			}
			objects <<= 1
			if c == '{' {
				objects |= 1
			}
			depth++
		case '}', ']':
			if (objects&1 == 1) != (c == '}') {
				return 0, s.broken(i, path, "a bracket closed by another sort")
			}
			objects >>= 1
			if depth--; depth == 0 {
				return i + 1, nil
			}
		}
		i++
	}
}

// stringEnd finds the end of a string without escapes; -1 if it has any or
// goes on beyond b.
func stringEnd(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			return -1
		}
	}
	return -1
}
