package match

import "github.com/karna-registry/karna/model/sound"

// names are the values of the given-name or the family-name column: each is an
// ordered list of words.
type names struct {
	foldedDict
	words    *words
	lists    [][]uint32
	wordUses []uint32 // by word: records that have it here
}

// words are the words of all names, given and family names alike, so that
// swapped names meet.
type words struct {
	*dict
	sounds    []uint32
	letters   []uint32 // which letters each word has
	soundDict *dict
}

func newWords() *words {
	return &words{dict: newDict(), sounds: []uint32{0}, letters: []uint32{0}, soundDict: newDict()}
}

func (w *words) add(s []byte) uint32 {
	id := w.id(s)
	for len(w.sounds) <= int(id) {
		var buf [16]byte
		w.letters = append(w.letters, lettersOf(w.text(uint32(len(w.letters)))))
		w.sounds = append(w.sounds, w.soundDict.id(sound.Append(buf[:0], w.text(uint32(len(w.sounds))))))
	}
	return id
}

// lettersOf is a bit for every letter and digit that a text has.
func lettersOf(s string) uint32 {
	bits := uint32(0)
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
			bits |= 1 << (c - 'a')
		case isDigit(c):
			bits |= 1 << (26 + (c-'0')%6)
		}
	}
	return bits
}

// maxStray is how many letters two words may have that the other has not and
// still be worth a closer look: two slips of the pen bring in four.
const maxStray = 6

func newNames(w *words) *names {
	return &names{foldedDict: newFoldedDict(), words: w, lists: [][]uint32{nil}}
}

// particles stand in many family names and tell none of them apart.
var particles = map[string]bool{
	"af": true, "av": true, "da": true, "de": true, "del": true, "den": true, "der": true, "di": true,
	"du": true, "la": true, "le": true, "van": true, "von": true, "zu": true, "of": true, "the": true,
	"mr": true, "mrs": true, "ms": true, "dr": true, "miss": true, "sir": true, "herr": true, "fru": true,
}

// put interns a name.
func (n *names) put(s string) uint32 { return n.fold(s, n.putFolded) }

func (n *names) putFolded(folded []byte) uint32 {
	id := n.id(folded)
	if int(id) < len(n.lists) {
		return id
	}
	list := n.split(folded, true)
	if len(list) == 0 {
		list = n.split(folded, false)
	}
	n.lists = append(n.lists, list)
	return id
}

func (n *names) split(folded []byte, dropParticles bool) []uint32 {
	var list []uint32
	for lo := 0; lo < len(folded); {
		hi := lo
		for hi < len(folded) && folded[hi] != ' ' {
			hi++
		}
		if w := folded[lo:hi]; hi > lo && !(dropParticles && particles[string(w)]) {
			list = append(list, n.words.add(w))
		}
		lo = hi + 1
	}
	return list
}

// first is the first word of a name, or 0.
func (n *names) first(id uint32) uint32 {
	if l := n.lists[id]; len(l) > 0 {
		return l[0]
	}
	return 0
}

// last is the last word of a name, or 0.
func (n *names) last(id uint32) uint32 {
	if l := n.lists[id]; len(l) > 0 {
		return l[len(l)-1]
	}
	return 0
}
