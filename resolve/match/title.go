package match

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// legalForms are words that say what sort of body an organisation is. They tell
// no two apart, and one system writes what another leaves out.
var legalForms = map[string]bool{
	"ab": true, "aktiebolag": true, "aktiebolaget": true, "hb": true, "handelsbolag": true, "handelsbolaget": true, "kb": true, "kommanditbolag": true,
	"kommanditbolaget": true, "ek": true, "for": true, "ekonomisk": true, "forening": true, "ideell": true, "oy": true, "oyj": true, "gmbh": true,
	"ltd": true, "inc": true, "publ": true, "stiftelsen": true, "stiftelse": true, "ef": true, "firma": true, "enskild": true,
}

// emptyWords join other words.
var emptyWords = map[string]bool{
	"och": true, "o": true, "i": true, "av": true, "for": true, "till": true, "en": true, "ett": true, "om": true, "pa": true, "med": true, "the": true,
	"of": true, "and": true, "de": true, "att": true, "ja": true, "f": true, "d": true, "den": true, "det": true, "fd": true,
	"kv": true, "kvarteret": true, "kn": true, "fastigheten": true,
}

// titleText is a name without what tells nothing apart, in folded form.
func titleText(dst []byte, folded string) []byte {
	start := len(dst)
	for w := range strings.FieldsSeq(folded) {
		if legalForms[w] || emptyWords[w] {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, w...)
	}
	if len(dst) == start {
		return append(dst, folded...)
	}
	return dst
}

// nameTitle is the comparison of what things are called, as against what is
// called so beside them.
const nameTitle = "title:name"

// title compares two names of organisations, places, units or services, or two
// job titles: by which words they share, weighed by how rare these are, and by
// whether each has words that the other has not.
func (c *comparer) title(index int, a, b uint32) (int, float32) {
	if a == 0 || b == 0 {
		return unstated, 0
	}
	if a == b {
		return titleSame, c.f.texts[index][a]
	}
	m := &c.textMemos[index]
	at, key, level, ok := m.find(a, b)
	if !ok {
		level = m.put(at, key, c.titleLevel(index, a, b))
	}
	if level >= titleSome && level != titleAcronym {
		return level, c.rarestShared(index, a, b)
	}
	return level, 0
}

// rarestShared is the rarity of the rarest word that names two titles both.
func (c *comparer) rarestShared(index int, a, b uint32) float32 {
	col := &c.t.texts[index]
	rare, found := float32(0), false
	for _, w := range col.titles[a].core {
		if slices.Contains(col.titles[b].core, w) {
			if bits := c.f.textWords[index][w]; !found || bits > rare {
				rare, found = bits, true
			}
		}
	}
	return rare
}

func (c *comparer) titleLevel(index int, a, b uint32) int {
	col := &c.t.texts[index]
	if col.name == designation {
		return c.designationLevel(index, a, b)
	}
	if col.text(a) > col.text(b) {
		a, b = b, a
	}
	x, y := col.text(a), col.text(b)
	if sameJoined(x, y) {
		return titleNearly
	}
	s, u := &col.titles[a], &col.titles[b]
	shared, restA, restB := c.sharedWords(index, s.core, u.core)
	acronym := isAcronym(x, y) || isAcronym(y, x)
	switch {
	case shared > 0 && s.speaksAgainst(u):
		return titleNumber
	case acronym && shared <= restA+restB:
		return titleAcronym
	case shared == 0:
		return different
	}
	inA, inB := restA < 0.1*shared, restB < 0.1*shared
	share := shared / (shared + math.Max(restA, restB))
	switch {
	case len(s.ways) > 0 && len(u.ways) > 0 && !overlap(s.ways, u.ways):
		return titleSome
	case inA && inB && (len(s.sorts) == 0) == (len(u.sorts) == 0) && len(s.marks) == len(u.marks):
		return titleNearly
	case inA || inB:
		// One is the other with words left out; how much is left out matters.
		if share >= 0.35 {
			return titleInside
		}
		return titleSome
	case share >= 0.6:
		return titleMost
	case share >= 0.3:
		return titleSome
	}
	return titleFew
}

// speaksAgainst tells whether what two names say beside the words they share
// makes them two things: another number or quarter, another sort of thing, another
// thing to do.
func (t *title) speaksAgainst(u *title) bool {
	return !sameNumbers(t.numbers, u.numbers) || !slices.Equal(t.acts, u.acts) || !compatible(t.sorts, u.sorts) || !compatible(t.marks, u.marks)
}

// compatible tells whether one of two lists has all of the other.
func compatible(a, b []uint32) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, w := range a {
		if !slices.Contains(b, w) {
			return false
		}
	}
	return true
}

// overlap tells whether two lists have something in common.
func overlap(a, b []uint32) bool {
	return slices.ContainsFunc(a, func(w uint32) bool { return slices.Contains(b, w) })
}

// sharedWords is the weight of the words that two lists share, and of those
// that each has alone.
func (c *comparer) sharedWords(index int, la, lb []uint32) (shared, restA, restB float64) {
	col := &c.t.texts[index]
	idf := c.f.idf[index]
	var used [64]bool
	for _, w := range la {
		best, at := 0.0, -1
		for j, v := range lb {
			if j < len(used) && used[j] {
				continue
			}
			like := 0.0
			if w == v {
				like = 1
			} else {
				like = c.likeWords(col, w, v)
			}
			if like > best {
				best, at = like, j
			}
		}
		if at >= 0 && at < len(used) {
			used[at] = true
			weight := float64(min(idf[w], idf[lb[at]]))
			shared += best * weight
			restA += (1 - best) * weight / 2
			restB += (1 - best) * weight / 2
		} else {
			restA += float64(idf[w])
		}
	}
	for j, v := range lb {
		if j >= len(used) || !used[j] {
			restB += float64(idf[v])
		}
	}
	return shared, restA, restB
}

// likeWords is how far two different words may be one: by a slip, shortened, or
// with another ending.
func (c *comparer) likeWords(col *textColumn, a, b uint32) float64 {
	x, y := col.words.text(a), col.words.text(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) < 3 || isDigit(x[0]) || isDigit(y[0]) || bits.OnesCount32(lettersOf(x)^lettersOf(y)) > 12 {
		return 0
	}
	switch {
	case strings.HasPrefix(y, x):
		switch {
		case len(y)-len(x) <= 3:
			return 0.95
		case col.lexicon.knows(x):
			return 0.4 // a compound of a whole word, not a word cut short
		}
		return 0.8
	case len(x) >= 5 && edits(x, y, 2) <= 1, len(x) >= 8 && edits(x, y, 2) <= 2:
		return 0.9
	}
	// Ansökan and ansöka, anmälan and anmäl: one stem of five letters or more.
	stem := 0
	for stem < len(x) && x[stem] == y[stem] {
		stem++
	}
	switch {
	case stem >= 5 && stem >= len(y)-3:
		return 0.85
	case stem >= 6:
		return 0.3 // two compounds that begin alike
	}
	return 0
}

// sameNumbers tells whether what numbers two things does not speak against their
// being one: area 1 is not area 2, and north is not south, but the area may be
// either.
func sameNumbers(na, nb []string) bool {
	if len(na) > len(nb) {
		na, nb = nb, na
	}
	for _, x := range na {
		if !slices.Contains(nb, x) {
			return false
		}
	}
	return true
}

// compass are the words for the quarters, by which things of one sort are told
// apart as by numbers.
var compass = map[string]string{
	"norr": "n", "norra": "n", "nord": "n", "soder": "s", "sodra": "s", "syd": "s", "oster": "o", "ostra": "o", "ost": "o",
	"vaster": "v", "vastra": "v", "vast": "v", "nordost": "no", "nordvast": "nv", "sydost": "so", "sydvast": "sv", "centrum": "c", "centrala": "c",
}

// isAcronym tells whether a word is made of the beginnings of the words, or of
// the parts of the compound, of a text.
func isAcronym(short, long string) bool {
	first, rest, _ := strings.Cut(short, " ")
	for w := range strings.FieldsSeq(rest) {
		if !strings.Contains(long, w) {
			return false // PRO Älvsala, but not PRO Tyresö
		}
	}
	if len(first) < 2 || len(first) > 6 || isDigit(first[0]) || len(long) < 3*len(first) || first[0] != long[0] {
		return false
	}
	for _, v := range "aeiouy" {
		// A word that can be said is seldom an acronym of a single compound.
		if len(first) > 4 && strings.ContainsRune(first, v) {
			return false
		}
	}
	at := 0
	for i := range len(first) {
		j := strings.IndexByte(long[at:], first[i])
		if j < 0 {
			return false
		}
		at += j + 1
	}
	return true
}
