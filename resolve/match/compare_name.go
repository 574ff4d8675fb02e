package match

import (
	"math/bits"
	"slices"
	"strings"
)

// name compares two given names or two family names: sets of words, of which
// one in common may be what somebody goes by.
func (c *comparer) name(n *names, wordBits, bits []float32, a, b uint32) (int, float32) {
	if a == 0 || b == 0 {
		return unstated, 0
	}
	if a == b {
		return nameSame, bits[a]
	}
	la, lb := n.lists[a], n.lists[b]
	if len(la) == 1 && len(lb) == 1 {
		if la[0] == lb[0] {
			return nameSame, bits[a]
		}
		level := c.word(la[0], lb[0])
		return level, c.slip(n, level, la[0], lb[0])
	}
	shared, rare := 0, float32(-maxRarity)
	for _, x := range la {
		for _, y := range lb {
			if x == y {
				shared++
				rare = max(rare, wordBits[x])
			}
		}
	}
	switch {
	case shared > 0 && shared == len(la) && shared == len(lb):
		return nameSame, max(bits[a], bits[b])
	case shared > 0:
		return namePart, rare
	}
	if sameJoined(n.text(a), n.text(b)) {
		return nameSound, 0
	}
	best, bx, by := different, uint32(0), uint32(0)
	for _, x := range la {
		for _, y := range lb {
			if l := c.word(x, y); l > best {
				best, bx, by = l, x, y
			}
		}
	}
	best = min(best, nameNear) // the other words have no match
	return best, c.slip(n, best, bx, by)
}

// slip is the rarity of two words that are nearly the same. A slip of the pen
// makes a word that hardly anyone is called; two names that many have are two
// names, however alike.
func (c *comparer) slip(n *names, level int, a, b uint32) float32 {
	if level != nameSound && level != nameNear {
		return 0
	}
	known, uses := &c.f.slipGiven, c.f.givenUses
	if n == c.t.families {
		known, uses = &c.f.slipFamily, c.f.familyUses
	}
	if known.Rarer <= 0 {
		return 0
	}
	x, y := max(1, float64(uses[a])), max(1, float64(uses[b]))
	// A stranger who bears the commoner name may have slipped as well, so a slip
	// never proves more than the name it is of.
	most := known.Level[level] / (slipRate * max(x, y) / known.Total)
	return bounded(min(known.Rarer/min(x, y), most))
}

// sameJoined tells whether two texts are the same without their spaces.
func sameJoined(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && a[i] == ' ' {
			i++
		}
		for j < len(b) && b[j] == ' ' {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i] != b[j] {
			return false
		}
		i, j = i+1, j+1
	}
}

// word compares two words of names.
func (c *comparer) word(a, b uint32) int {
	if a == b {
		return nameSame
	}
	w := c.t.names
	if bits.OnesCount32(w.letters[a]^w.letters[b]) > maxStray && w.sounds[a] != w.sounds[b] {
		return wordStart(w.text(a), w.text(b))
	}
	at, key, level, ok := c.words.find(a, b)
	if ok {
		return level
	}
	x, y := inOrder(w.text(a), w.text(b))
	return c.words.put(at, key, wordLevel(x, y, w.sounds[a] == w.sounds[b]))
}

// wordStart is the level of two words of which at most the beginning agrees: one
// is the other's initial or short form, or they are different.
func wordStart(a, b string) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	switch {
	case len(a) >= 3 && strings.HasPrefix(b, a):
		return nameNear
	case len(a) == 1 && strings.HasPrefix(b, a):
		return nameInitial
	}
	return different
}

// wordLevel is how alike two different words are.
func wordLevel(a, b string, sameSound bool) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return different
	}
	if len(a) == 1 {
		if a[0] == b[0] {
			return nameInitial
		}
		return different
	}
	d := edits(a, b, 2)
	like := likeness(a, b)
	switch {
	case d == 1 && len(a) >= 3, sameSound && like >= 0.8:
		return nameSound
	case len(a) >= 3 && b[:len(a)] == a, d == 2 && len(a) >= 5, like >= 0.9, d == 1:
		return nameNear
	case like >= 0.8, sameSound:
		return nameAlike
	}
	return different
}

// mayBeSwapped tells whether names agree so little as they stand that it is worth
// looking across.
func mayBeSwapped(given, family int) bool {
	return given <= nameAlike && family <= namePart || family <= nameAlike && given <= namePart
}

// swapped looks across: the given name of one as the family name of the other. That
// strangers agree in both is so rare that both may have slipped as well.
func (c *comparer) swapped(x, y []uint32, p pattern, total float32, each []float32) (pattern, float32) {
	t := c.t
	gx, fx, gy, fy := x[t.given], x[t.family], y[t.given], y[t.family]
	one, oneWord := c.across(gx, fy)
	two, twoWord := c.across(gy, fx)
	level, rare := 0, float32(0)
	switch {
	case one >= nameNear && two >= nameNear:
		level = nameSwapped
		if one == nameSame && two == nameSame {
			rare = c.f.swapped(oneWord, twoWord)
		}
	case one >= nameSame && (gy == 0 || fx == 0):
		level, rare = nameCrossed, c.f.givenWords[oneWord]
	case two >= nameSame && (gx == 0 || fy == 0):
		level, rare = nameCrossed, c.f.givenWords[twoWord]
	default:
		return p, total
	}
	if each == nil {
		// What the names weighed as they stood is taken back.
		_, g := c.name(t.givens, c.f.givenWords, c.f.givens, gx, gy)
		_, f := c.name(t.families, c.f.familyWords, c.f.families, fx, fy)
		return p.with(c.givenAt, level).with(c.familyAt, unstated), total - g - f + rare
	}
	total -= each[c.givenAt] + each[c.familyAt]
	each[c.givenAt], each[c.familyAt] = rare, 0
	return p.with(c.givenAt, level).with(c.familyAt, unstated), total + rare
}

// across compares a given name with a family name; both may be unstated.
func (c *comparer) across(given, family uint32) (int, uint32) {
	best, word := 0, uint32(0)
	for _, g := range c.t.givens.lists[given] {
		for _, f := range c.t.families.lists[family] {
			if l := c.word(g, f); l > best {
				best, word = l, g
			}
		}
	}
	return best, word
}

// otherNames looks for a name that does not agree among all the names that the
// other record has: a maiden name, a title's, or one that stands elsewhere.
func (c *comparer) otherNames(x, y []uint32, p pattern, total float32, each []float32) (pattern, float32) {
	t := c.t
	for _, at := range [...]int{c.givenAt, c.familyAt} {
		if at < 0 || p.level(at) == unstated || p.level(at) > nameAlike {
			continue
		}
		n, s, rarity := t.families, t.family, c.f.familyWords
		if at == c.givenAt {
			n, s, rarity = t.givens, t.given, c.f.givenWords
		}
		word := c.among(n.lists[x[s]], t.wholes.lists[y[t.whole]])
		if word == 0 {
			word = c.among(n.lists[y[s]], t.wholes.lists[x[t.whole]])
		}
		if word == 0 {
			continue
		}
		p = p.with(at, namePart)
		total += rarity[word]
		if each != nil {
			each[at] = rarity[word]
		}
	}
	return p, total
}

// among is a word of some that stands among others, or 0. Initials are none.
func (c *comparer) among(words, others []uint32) uint32 {
	for _, w := range words {
		if slices.Contains(others, w) && len(c.t.names.text(w)) > 2 {
			return w
		}
	}
	return 0
}
