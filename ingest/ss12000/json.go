package ss12000

import (
	"bytes"
	"strconv"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/karna-registry/karna/ingest/normalise"
)

// node is one value of a parsed element: a span of its bytes and its place
// among the others. Indexes into tree.nodes; 0, the root, doubles as none.
type node struct {
	kind     byte // { [ " 0 t f n
	escaped  bool // the string has escapes
	used     bool // the mapper has taken it
	unfit    bool // it is not of the type that the standard has: absent to the mapper
	named    bool // it is a field of an object
	key, end int32
	from, to int32 // of the value, without a string's quotes
	parent   int32
	first    int32
	next     int32
}

// tree is one parsed element. Trees are reused; nothing of one outlives the
// mapping of its element.
type tree struct {
	place string // of the element in its file
	raw   []byte
	nodes []node

	markings map[string]func(string) normalise.Flag // by the names of fields, of all elements
}

var trees = sync.Pool{New: func() any { return new(tree) }}

// value is one value of a tree; its methods answer for an absent one too.
type value struct {
	t *tree
	n int32 // -1: absent
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// parse reads raw by RFC 8259; it answers where it is wrong, or -1.
func (t *tree) parse(raw []byte) (wrong int) {
	t.raw = raw
	t.nodes = t.nodes[:0]
	i, ok := t.value(t.space(0), 0, 0)
	if ok {
		if i = t.space(i); i == len(raw) {
			return -1
		}
	}
	return i
}

func (t *tree) space(i int) int {
	for i < len(t.raw) && (t.raw[i] == ' ' || t.raw[i] == '\n' || t.raw[i] == '\r' || t.raw[i] == '\t') {
		i++
	}
	return i
}

func (t *tree) value(i int, parent int32, depth int) (int, bool) {
	if i >= len(t.raw) || depth > maxDepth {
		return i, false
	}
	me := int32(len(t.nodes))
	t.nodes = append(t.nodes, node{kind: t.raw[i], from: int32(i), parent: parent})
	var ok bool
	switch c := t.raw[i]; c {
	case '{', '[':
		i, ok = t.inside(i+1, me, depth, c)
	case '"':
		var escaped bool
		i, escaped, ok = t.text(i + 1)
		t.nodes[me].escaped = escaped
		t.nodes[me].from++
		t.nodes[me].to = int32(i - 1)
		return i, ok
	case 't':
		i, ok = t.word(i, "true")
	case 'f':
		i, ok = t.word(i, "false")
	case 'n':
		i, ok = t.word(i, "null")
	default:
		t.nodes[me].kind = '0'
		i, ok = t.number(i)
	}
	t.nodes[me].to = int32(i)
	return i, ok
}

// inside reads the members of an object or the elements of an array.
func (t *tree) inside(i int, me int32, depth int, open byte) (int, bool) {
	shut := open + 2 // in ASCII both brackets close two further on
	last := int32(0)
	if i = t.space(i); i < len(t.raw) && t.raw[i] == shut {
		return i + 1, true
	}
	for {
		var key, end int
		if open == '{' {
			if i >= len(t.raw) || t.raw[i] != '"' {
				return i, false
			}
			key = i + 1
			var ok bool
			if i, _, ok = t.text(key); !ok {
				return i, false
			}
			end = i - 1
			if i = t.space(i); i >= len(t.raw) || t.raw[i] != ':' {
				return i, false
			}
			i = t.space(i + 1)
		}
		child := int32(len(t.nodes))
		var ok bool
		if i, ok = t.value(i, me, depth+1); !ok {
			return i, false
		}
		n := &t.nodes[child]
		n.key, n.end, n.named = int32(key), int32(end), open == '{'
		if last == 0 {
			t.nodes[me].first = child
		} else {
			t.nodes[last].next = child
		}
		last = child
		if i = t.space(i); i >= len(t.raw) {
			return i, false
		}
		switch t.raw[i] {
		case ',':
			i = t.space(i + 1)
		case shut:
			return i + 1, true
		default:
			return i, false
		}
	}
}

// text reads a string's inside and its closing quote.
func (t *tree) text(i int) (end int, escaped, ok bool) {
	for ; i < len(t.raw); i++ {
		switch c := t.raw[i]; {
		case c == '"':
			return i + 1, escaped, true
		case c < ' ':
			return i, escaped, false
		case c == '\\':
			escaped = true
			i++
			if i >= len(t.raw) {
				return i, escaped, false
			}
			if t.raw[i] == 'u' {
				if _, ok := hex4(t.raw, i+1); !ok {
					return i, escaped, false
				}
				i += 4
			} else if escapes[t.raw[i]] == 0 {
				return i, escaped, false
			}
		}
	}
	return i, escaped, false
}

func hex4(b []byte, i int) (rune, bool) {
	if i+4 > len(b) {
		return 0, false
	}
	var r rune
	for _, c := range b[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (t *tree) word(i int, w string) (int, bool) {
	if !bytes.HasPrefix(t.raw[i:], []byte(w)) {
		return i, false
	}
	return i + len(w), true
}

func (t *tree) number(i int) (int, bool) {
	digits := func() bool {
		from := i
		for i < len(t.raw) && t.raw[i] >= '0' && t.raw[i] <= '9' {
			i++
		}
		return i > from
	}
	if t.raw[i] == '-' {
		i++
	}
	zero := i
	if !digits() || (t.raw[zero] == '0' && i > zero+1) {
		return i, false
	}
	if i < len(t.raw) && t.raw[i] == '.' {
		if i++; !digits() {
			return i, false
		}
	}
	if i < len(t.raw) && (t.raw[i] == 'e' || t.raw[i] == 'E') {
		if i++; i < len(t.raw) && (t.raw[i] == '+' || t.raw[i] == '-') {
			i++
		}
		if !digits() {
			return i, false
		}
	}
	return i, true
}

func (t *tree) root() value {
	t.nodes[0].used = true
	return value{t, 0}
}

func (v value) absent() bool { return v.n < 0 || v.t.nodes[v.n].kind == 'n' }

func (v value) is(kind byte) bool { return v.n >= 0 && v.t.nodes[v.n].kind == kind }

// get is a field of an object, taken: absent if it is null, or v no object.
func (v value) get(name string) value {
	if v.n >= 0 && v.t.nodes[v.n].kind == '{' {
		for c := v.t.nodes[v.n].first; c != 0; c = v.t.nodes[c].next {
			n := &v.t.nodes[c]
			if string(v.t.raw[n.key:n.end]) == name {
				n.used = !n.unfit
				if n.kind == 'n' || n.unfit {
					return value{v.t, -1}
				}
				return value{v.t, c}
			}
		}
	}
	return value{v.t, -1}
}

// each calls fn for the elements of a list, taken.
func (v value) each(fn func(value)) {
	if v.n < 0 || v.t.nodes[v.n].kind != '[' {
		return
	}
	for c := v.t.nodes[v.n].first; c != 0; c = v.t.nodes[c].next {
		if v.t.nodes[c].unfit {
			continue
		}
		v.t.nodes[c].used = true
		fn(value{v.t, c})
	}
}

// text is a string's text, or a number, true or false as written; empty if
// absent or anything else.
func (v value) text() string {
	if v.n < 0 {
		return ""
	}
	n := &v.t.nodes[v.n]
	raw := v.t.raw[n.from:n.to]
	switch n.kind {
	case '"':
		if n.escaped {
			return string(unescape(raw))
		}
		return string(raw)
	case '0', 't', 'f':
		return string(raw)
	}
	return ""
}

// unescape reads the escapes of a string that text has found right.
func unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		if raw[i] != 'u' {
			out = append(out, escapes[raw[i]])
			continue
		}
		r, _ := hex4(raw, i+1)
		i += 4
		if utf16.IsSurrogate(r) && i+2 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
			low, _ := hex4(raw, i+3)
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				r = pair
				i += 6
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// Place is the value's path in the file, for issues: "$.data[3].civicNo.value".
func (v value) Place() string {
	if v.n < 0 {
		return v.t.place
	}
	return string(v.t.appendPath([]byte(v.t.place), v.n, true))
}

func (t *tree) appendPath(b []byte, n int32, indexes bool) []byte {
	if n == 0 {
		return b
	}
	me := &t.nodes[n]
	b = t.appendPath(b, me.parent, indexes)
	if me.named {
		if len(b) > 0 {
			b = append(b, '.')
		}
		return append(b, t.raw[me.key:me.end]...)
	}
	b = append(b, '[')
	if indexes {
		index := 0
		for c := t.nodes[me.parent].first; c != n; c = t.nodes[c].next {
			index++
		}
		b = strconv.AppendInt(b, int64(index), 10)
	}
	return append(b, ']')
}

// dropped counts by name what nobody took, and finds a field that stands twice
// beside one that was taken: which of the two is meant nobody can know.
func (t *tree) dropped() (counts map[string]int, twice string) {
	for i := 1; i < len(t.nodes); i++ {
		n := &t.nodes[i]
		if n.used || n.unfit || n.kind == 'n' || !t.nodes[n.parent].used {
			continue
		}
		name := string(t.appendPath(nil, int32(i), false))
		if n.named {
			for c := t.nodes[n.parent].first; c != 0; c = t.nodes[c].next {
				s := &t.nodes[c]
				if (s.used || s.unfit) && bytes.Equal(t.raw[s.key:s.end], t.raw[n.key:n.end]) {
					return nil, name
				}
			}
		}
		if counts == nil {
			counts = map[string]int{}
		}
		counts[name]++
	}
	return counts, ""
}
