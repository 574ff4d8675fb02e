package synth

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// municipal reads the word list of organisations, roles and places, once.
var municipal = sync.OnceValue(func() map[string]*list { return lists("municipal") })

// orgNumbers gives out organisationsnummer of series that no register uses
// (third digit 2 to 5), each once: of the group 5 companies, 8 associations, 9
// partnerships, 2 authorities.
type orgNumbers struct{ used map[byte]int }

func (o *orgNumbers) next(group byte) string {
	if o.used == nil {
		o.used = map[byte]int{}
	}
	n := o.used[group]
	o.used[group]++
	const of, stride = 4_000_000, 2_718_281 // coprime: all come before one comes again
	n = int((int64(n)*stride+1_234_567)%of) + 2_000_000
	return withCheckDigit(fmt.Sprintf("%c%c%07d", group, second[group], n))
}

// second is the second digit of each group's numbers.
var second = map[byte]byte{'5': '5', '8': '1', '9': '6', '2': '1'}

// site is an address of an organisation or a place.
func (g *generation) site(r *rng) address {
	s := &swedishSet{generation: g, words: swedish()}
	a := s.addressOf(r)
	a.flat = ""
	return a
}

func upperFirst(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(c)) + s[n:]
}

func lowerFirst(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) { // an acronym
		return s
	}
	return string(unicode.ToLower(c)) + s[n:]
}

// initials are the first letters of the words.
func initials(s string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == '-' }) {
		if c, _ := utf8.DecodeRuneInString(w); w != "och" && w != "i" && w != "&" {
			b.WriteRune(unicode.ToUpper(c))
		}
	}
	return b.String()
}

// cluster draws how many records tell of one thing.
func (r *rng) cluster() int { return 1 + r.weighted(30, 32, 20, 11, 5, 2) }
