package match

import (
	"strings"

	"github.com/karna-registry/karna/model"
)

// texts are folded values compared as they are or by their words.
type texts struct {
	foldedDict
	words   *dict
	lists   [][]uint32 // words of each value, each once
	letters []uint32   // which letters each value has
	uses    []uint32   // by word: values of records that have it
}

func newTexts() *texts {
	return &texts{foldedDict: newFoldedDict(), words: newDict(), lists: [][]uint32{nil}, letters: []uint32{0}}
}

func (t *texts) put(s string) uint32 { return t.fold(s, t.putFolded) }

func (t *texts) putFolded(folded []byte) uint32 {
	id := t.id(folded)
	if int(id) < len(t.lists) {
		return id
	}
	var list []uint32
	for w := range strings.FieldsSeq(t.text(id)) {
		word := t.words.id([]byte(w))
		known := false
		for _, x := range list {
			known = known || x == word
		}
		if !known {
			list = append(list, word)
		}
	}
	t.lists = append(t.lists, list)
	t.letters = append(t.letters, lettersOf(t.text(id)))
	return id
}

// putColumn interns a value of a text column.
func (c *textColumn) putColumn(s string) uint32 {
	if !c.titled {
		return c.put(s)
	}
	return c.fold(s, c.putTitle)
}

// putTitle interns a value that is compared by its words.
func (c *textColumn) putTitle(folded []byte) uint32 {
	var buf [256]byte
	id := c.id(titleText(buf[:0], string(folded)))
	if int(id) == len(c.titles) {
		read := c.readTitle(c.text(id))
		if c.name == designation {
			read = c.readDesignation(c.text(id))
		}
		c.titles = append(c.titles, read)
		c.lists = append(c.lists, read.words())
		c.letters = append(c.letters, lettersOf(c.text(id)))
	}
	return id
}

// appendPhone appends a number's digits without country and trunk prefix, so
// that +46 70 123 and 070-123 are the same.
func appendPhone(dst []byte, s string) []byte {
	start := len(dst)
	s = strings.TrimSpace(s)
	international := strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00")
	dst = appendDigits(dst, s)
	digits := dst[start:]
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	if international {
		for _, code := range [...]string{"46", "358", "49", "44"} {
			if len(digits) > 8 && strings.HasPrefix(string(digits[:3]), code) {
				digits = digits[len(code):]
				break
			}
		}
		for len(digits) > 0 && digits[0] == '0' { // +46 (0)70
			digits = digits[1:]
		}
	}
	if len(digits) < 4 {
		return dst[:start]
	}
	n := copy(dst[start:], digits)
	return dst[:start+n]
}

// appendEmail appends an address in small letters without white space.
func appendEmail(dst []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' || c == '\t':
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// splitStreet parts a folded street line into the street and its number with
// what follows it.
func splitStreet(folded []byte) (street, number []byte) {
	for i := 1; i < len(folded); i++ {
		if folded[i-1] == ' ' && isDigit(folded[i]) && i > 1 {
			return folded[:i-1], compactNumber(folded[i:])
		}
	}
	return folded, nil
}

// compactNumber joins a number with its letter ("12 b" is "12b") and leaves out
// the flat and the floor after it.
func compactNumber(s []byte) []byte {
	i := 0
	for i < len(s) && s[i] != ' ' {
		i++
	}
	if i+1 < len(s) && (i+2 == len(s) || s[i+2] == ' ') && s[i+1] >= 'a' && s[i+1] <= 'z' && isDigit(s[i-1]) {
		return append(s[:i:i], s[i+1])
	}
	return s[:i]
}

// parseSex is 1 for a man, 2 for a woman and 0 for what is not understood.
func parseSex(s string) uint32 {
	var buf [32]byte
	switch string(appendFolded(buf[:0], s)) {
	case "m", "man", "male", "mies", "h", "herr", "mann", "1", "pojke":
		return 1
	case "k", "f", "w", "kvinna", "female", "woman", "nainen", "n", "frau", "2", "flicka":
		return 2
	}
	return 0
}

// identifierValue is an identifier as matching compares it, and whether it
// passed its scheme's rule. Personal numbers are compared without their century,
// so that those with ten digits meet those with twelve.
func identifierValue(dst []byte, scheme model.Scheme, s string) (value []byte, valid bool, born date) {
	s = strings.TrimSpace(s)
	if s == "" {
		return dst, false, 0
	}
	switch scheme.Base() {
	case model.Personnummer, model.Samordningsnummer, model.Hetu, model.TFNummer:
		// Ten digits are read against the last day there is a century for: it decides
		// no more than whether the rule is kept, since they are compared as ten.
		id, err := model.ParsePersonalNumber(s, model.Date{Year: 2099, Month: 12, Day: 31})
		valid = err == nil
		if valid {
			if len(s) >= 12 {
				if b, ok := model.BirthDate(id.Scheme, id.Value); ok {
					born = packDate(int(b.Year), int(b.Month), int(b.Day))
				}
			}
			s = id.Value
			if id.Scheme.Base() == model.Hetu || id.Scheme.Base() == model.TFNummer {
				return append(dst, s...), true, born // their letters and signs tell people apart
			}
		}
		start := len(dst)
		dst = appendDigits(dst, s)
		if n := len(dst) - start; n == 12 {
			dst = append(dst[:start], dst[start+2:]...)
		} else if n < 8 {
			dst = appendFolded(dst[:start], s)
		}
		return dst, valid, born
	}
	id, err := model.ParseIdentifier(scheme, s, model.Date{})
	if err == nil {
		s = id.Value
	}
	start := len(dst)
	dst = appendFolded(dst, s)
	out := dst[start:start]
	for _, c := range dst[start:] {
		if c != ' ' {
			out = append(out, c)
		}
	}
	return dst[:start+len(out)], err == nil, 0
}
