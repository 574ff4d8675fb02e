package match

import (
	"slices"
	"strings"
)

// designation is the comparison of what properties are called in the register:
// municipality, tract or block, and unit ("ÄLVSALA VÄSTERLUNDA 3:12").
const designation = "designation"

// readDesignation reads a property's designation: its unit as it stands, since
// 3:12 is neither 3:21 nor 12:3, the words before it, and those after it.
func (c *textColumn) readDesignation(text string) title {
	words := strings.Fields(text)
	from, to := unitOf(words)
	t := title{unit: strings.Join(words[from:to], ":")}
	for i, w := range words {
		switch {
		case designationWords[w]:
		case i < from:
			t.core = append(t.core, c.words.id([]byte(w)))
		case i >= to:
			t.sorts = append(t.sorts, c.words.id([]byte(w)))
		}
	}
	if t.unit != "" {
		t.marks = []uint32{c.words.id([]byte(t.unit))}
	}
	return t
}

// designationWords stand in designations and are no part of them. Kv and kvarteret
// have fallen away before.
var designationWords = map[string]bool{"kommun": true, "kommuns": true, "stad": true, "nr": true, "tomt": true, "lit": true}

// unitOf is where the first unit stands among words: numbers, and before them
// what tells a joint property (s), a joint facility (ga) or a separate fishery.
func unitOf(words []string) (from, to int) {
	for i, w := range words {
		if !isDigit(w[0]) {
			continue
		}
		from, to = i, i+1
		if i > 0 && unitSigns[words[i-1]] {
			from--
		}
		for to < len(words) && isDigit(words[to][0]) {
			to++
		}
		return from, to
	}
	return len(words), len(words)
}

var unitSigns = map[string]bool{"s": true, "ga": true, "fs": true}

// designationLevel compares two designations. The municipality stands first, and
// is said or left out; after the unit stand towns, and what it was called before.
func (c *comparer) designationLevel(index int, a, b uint32) int {
	col := &c.t.texts[index]
	s, u := &col.titles[a], &col.titles[b]
	if s.unit == "" || u.unit == "" {
		if sameJoined(col.text(a), col.text(b)) {
			return titleNearly
		}
		return different
	}
	if len(s.core) > len(u.core) {
		s, u = u, s
	}
	extra := len(u.core) - len(s.core)
	words := func(ids []uint32) (out []string) {
		for _, id := range ids {
			out = append(out, col.words.text(id))
		}
		return out
	}
	short, long := words(s.core), words(u.core)
	level := different
	switch {
	case len(short) == 0:
	case slices.Equal(s.core, u.core[extra:]):
		level = titleNearly
	case sameTract(short, long[extra:]):
		level = titleInside
	case extra > 0 && (sameTract(short, long[extra-1:]) || sameTract(long, short)), sameTract(short, long):
		level, extra = titleInside, 0
	case likeTract(strings.Join(short, ""), strings.Join(long[extra:], "")):
		level = titleSome // Björnen and Björken may be one with a slip, and are two more often
	case extra > 0 && slices.Equal(s.core, u.core[:len(s.core)]):
		level = titleFew // Lejonet and Lejonet mindre
	}
	// Where it is, as far as each says.
	here, there := s.sorts, slices.Concat(u.core[:extra], u.sorts)
	switch {
	case level == different:
		return different
	case s.unit != u.unit:
		return titleNumber
	case len(here) > 0 && len(there) > 0:
		if !overlap(here, there) {
			return titleFew // in two municipalities
		}
	case len(here)+len(there) > 0:
		for _, w := range slices.Concat(here, there) {
			if c.f.idf[index][w] >= leastCommon {
				return min(level, titleInside)
			}
		}
	}
	return level
}

// leastCommon is how rare, in bits, a word of a designation is at most for it to be
// the municipality that most of them are in.
const leastCommon = 2.7

// sameTract tells whether two tracts are one written in two ways: apart, or with
// a letter for the word it begins with (V:lunda and Västerlunda, N. Hult and Norra
// Hult).
func sameTract(a, b []string) bool {
	if len(a) == len(b) {
		same := true
		for i := range a {
			x, y := a[i], b[i]
			same = same && (x == y || (len(x) == 1 || len(y) == 1) && x[0] == y[0])
		}
		if same {
			return true
		}
	}
	x, y := strings.Join(a, ""), strings.Join(b, "")
	if x == y {
		return true
	}
	if len(a) < len(b) {
		a, y = b, x
	}
	return len(a) == 2 && len(a[0]) == 1 && len(a[1]) >= 3 && len(y) > len(a[1])+2 && y[0] == a[0][0] && strings.HasSuffix(y, a[1])
}

// likeTract tells whether two words may be one tract with a slip of the pen.
func likeTract(a, b string) bool { return min(len(a), len(b)) >= 6 && edits(a, b, 1) == 1 }
