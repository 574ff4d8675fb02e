package paxml

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
)

// node is an element, an attribute or a piece of text. Indexes into
// tree.nodes; 0, the root, doubles as none.
type node struct {
	kind     byte // e element, a attribute, t text, c CDATA
	used     bool // the mapper has taken it
	name, to int32
	from, at int32 // of the value
	parent   int32
	first    int32
	last     int32
	next     int32
}

// tree is one parsed element. Trees are reused; nothing of one outlives the
// mapping of its element.
type tree struct {
	place  string // of the element in its file
	latin1 bool
	raw    []byte
	nodes  []node
}

var trees = sync.Pool{New: func() any { return new(tree) }}

// elem is an element or attribute; its methods answer for an absent one too.
type elem struct {
	t *tree
	n int32 // -1: absent
}

// parse reads one whole element; it answers where it is wrong, or -1.
func (t *tree) parse(raw []byte) (wrong int) {
	t.raw, t.nodes = raw, t.nodes[:0]
	me := int32(-1)
	for i := 0; i < len(raw); {
		if raw[i] != '<' {
			j := bytes.IndexByte(raw[i:], '<')
			if j < 0 {
				j = len(raw) - i
			}
			if me < 0 || !entitiesKnown(raw[i:i+j]) {
				return i
			}
			t.add(node{kind: 't', from: int32(i), at: int32(i + j), parent: me})
			i += j
			continue
		}
		rest := raw[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			j := bytes.Index(rest[4:], []byte("-->"))
			if j < 0 || me < 0 {
				return i
			}
			i += 4 + j + 3
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			j := bytes.Index(rest, []byte("]]>"))
			if j < 0 || me < 0 {
				return i
			}
			t.add(node{kind: 'c', from: int32(i + 9), at: int32(i + j), parent: me})
			i += j + 3
		case bytes.HasPrefix(rest, []byte("<?")):
			j := bytes.Index(rest, []byte("?>"))
			if j < 0 || me < 0 {
				return i
			}
			i += j + 2
		case bytes.HasPrefix(rest, []byte("</")):
			j := bytes.IndexByte(rest, '>')
			if j < 0 || me < 0 {
				return i
			}
			n := &t.nodes[me]
			if !bytes.Equal(bytes.TrimRight(rest[2:j], " \t\r\n"), raw[n.name:n.to]) {
				return i
			}
			i += j + 1
			if me == 0 {
				if i != len(raw) {
					return i
				}
				return -1
			}
			me = n.parent
		default:
			if me < 0 && len(t.nodes) > 0 {
				return i
			}
			end, open, ok := t.start(i, me)
			if !ok {
				return end
			}
			i = end
			if open >= 0 {
				me = open
			} else if me < 0 {
				if i != len(raw) {
					return i
				}
				return -1
			}
		}
	}
	return len(raw)
}

// add puts a node under its parent.
func (t *tree) add(n node) int32 {
	me := int32(len(t.nodes))
	t.nodes = append(t.nodes, n)
	if me == 0 {
		return 0
	}
	p := &t.nodes[n.parent]
	if p.first == 0 {
		p.first = me
	} else {
		t.nodes[p.last].next = me
	}
	p.last = me
	return me
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80
}

// start reads a start tag and its attributes; open is the element, or -1 if it
// is empty.
func (t *tree) start(i int, parent int32) (end int, open int32, ok bool) {
	raw := t.raw
	from := i + 1
	for i = from; i < len(raw) && isName(raw[i]); i++ {
	}
	if i == from {
		return i, 0, false
	}
	if parent < 0 {
		parent = 0
	}
	me := t.add(node{kind: 'e', name: int32(from), to: int32(i), parent: parent})
	for {
		gap := i
		for i < len(raw) && isSpace(raw[i]) {
			i++
		}
		switch {
		case i >= len(raw):
			return i, 0, false
		case raw[i] == '>':
			return i + 1, me, true
		case raw[i] == '/' && i+1 < len(raw) && raw[i+1] == '>':
			return i + 2, -1, true
		case i == gap:
			return i, 0, false
		}
		if i, ok = t.attribute(i, me); !ok {
			return i, 0, false
		}
	}
}

func (t *tree) attribute(i int, parent int32) (end int, ok bool) {
	raw := t.raw
	from := i
	for i < len(raw) && isName(raw[i]) {
		i++
	}
	to := i
	for i < len(raw) && isSpace(raw[i]) {
		i++
	}
	if from == to || i >= len(raw) || raw[i] != '=' {
		return i, false
	}
	for i++; i < len(raw) && isSpace(raw[i]); i++ {
	}
	if i >= len(raw) || (raw[i] != '"' && raw[i] != '\'') {
		return i, false
	}
	j := bytes.IndexByte(raw[i+1:], raw[i])
	if j < 0 || bytes.IndexByte(raw[i+1:i+1+j], '<') >= 0 || !entitiesKnown(raw[i+1:i+1+j]) {
		return i, false
	}
	for c := t.nodes[parent].first; c != 0; c = t.nodes[c].next {
		if n := &t.nodes[c]; n.kind == 'a' && bytes.Equal(raw[n.name:n.to], raw[from:to]) {
			return i, false
		}
	}
	t.add(node{kind: 'a', name: int32(from), to: int32(to), from: int32(i + 1), at: int32(i + 1 + j), parent: parent})
	return i + 1 + j + 1, true
}

func (t *tree) root() elem {
	t.nodes[0].used = true
	return elem{t, 0}
}

func (e elem) find(kind byte, name string) elem {
	if e.n >= 0 {
		for c := e.t.nodes[e.n].first; c != 0; c = e.t.nodes[c].next {
			n := &e.t.nodes[c]
			if n.kind == kind && string(e.t.raw[n.name:n.to]) == name {
				n.used = true
				return elem{e.t, c}
			}
		}
	}
	return elem{e.t, -1}
}

// get is a child element, taken; an empty one is as good as absent.
func (e elem) get(name string) elem { return e.find('e', name) }

// attr is an attribute, taken.
func (e elem) attr(name string) elem { return e.find('a', name) }

// each calls fn for the child elements of a name; fn takes them or not.
func (e elem) each(name string, fn func(elem)) {
	if e.n < 0 {
		return
	}
	for c := e.t.nodes[e.n].first; c != 0; c = e.t.nodes[c].next {
		if n := &e.t.nodes[c]; n.kind == 'e' && string(e.t.raw[n.name:n.to]) == name {
			fn(elem{e.t, c})
		}
	}
}

// take marks the element as taken; leave takes that back.
func (e elem) take()  { e.t.nodes[e.n].used = true }
func (e elem) leave() { e.t.nodes[e.n].used = false }

// text is an attribute's value, or the text of an element without that of its
// children.
func (e elem) text() string {
	if e.n < 0 {
		return ""
	}
	n := &e.t.nodes[e.n]
	if n.kind == 'a' {
		return e.t.decode(n)
	}
	var out string
	for c := n.first; c != 0; c = e.t.nodes[c].next {
		if p := &e.t.nodes[c]; p.kind == 't' || p.kind == 'c' {
			p.used = true
			if piece := e.t.decode(p); out == "" {
				out = piece
			} else {
				out += piece
			}
		}
	}
	return out
}

// Place is the element's or attribute's line and path, for issues:
// "line 41, person/@persnr".
func (e elem) Place() string {
	if e.n < 0 {
		return e.t.place
	}
	first := 0
	if lines, ok := strings.CutPrefix(e.t.place, "line "); ok {
		first, _ = strconv.Atoi(lines)
	}
	n := &e.t.nodes[e.n]
	line := first + bytes.Count(e.t.raw[:n.name], []byte{'\n'})
	return "line " + strconv.Itoa(line) + ", " + string(e.t.path(nil, e.n, true))
}

// path is the names from the element down to n.
func (t *tree) path(b []byte, n int32, root bool) []byte {
	me := &t.nodes[n]
	if n != 0 {
		b = t.path(b, me.parent, root)
	} else if !root {
		return b
	}
	if len(b) > 0 {
		b = append(b, '/')
	}
	if me.kind == 'a' {
		b = append(b, '@')
	}
	return append(b, t.raw[me.name:me.to]...)
}

// dropped counts by name what nobody took; the element as a whole, if the mapper
// left it.
func (t *tree) dropped() (counts map[string]int) {
	if root := &t.nodes[0]; !root.used {
		return map[string]int{string(t.raw[root.name:root.to]): 1}
	}
	for i := 1; i < len(t.nodes); i++ {
		n := &t.nodes[i]
		if n.used || !t.nodes[n.parent].used {
			continue
		}
		switch n.kind {
		case 't', 'c':
			if len(bytes.TrimSpace(t.raw[n.from:n.at])) == 0 {
				continue
			}
			i := n.parent
			if counts == nil {
				counts = map[string]int{}
			}
			counts[string(t.path(nil, i, i == 0))+"/text()"]++
			continue
		case 'e':
			if n.first == 0 {
				continue // an empty element says nothing
			}
		}
		if counts == nil {
			counts = map[string]int{}
		}
		counts[string(t.path(nil, int32(i), false))]++
	}
	return counts
}
