package match

import (
	"embed"
	"slices"
	"strings"

	"github.com/karna-registry/karna/model"
)

// lexicon is what is known of the words of a domain: which say the same, which
// say what sort of thing something is or what one does, and which say nothing.
// It is data: lexicon/*.txt, where the sections are described.
type lexicon struct {
	entries map[string]entry    // by stems, a space between words
	long    map[string][]string // stems of long single words by their first two letters
	longest int                 // words of the longest entry
}

// class is what a word does in a name.
type class uint8

const (
	core     class = iota // names the thing
	sortWord              // says what sort of thing it is
	act                   // says what one does
	way                   // says how one begins: apply, notify, book
	mark                  // tells things apart when both names have one
	generic               // says nothing that tells things apart
)

type entry struct {
	class class
	words []string // what is read instead; none: it says nothing
}

// title is a name read by a lexicon. Its words are numbers of the column's.
type title struct {
	core, sorts, tails, acts, ways, marks []uint32
	unit                                  string   // of a designation
	numbers                               []string // by which things of one sort are told apart
}

//go:embed lexicon/*.txt
var lexicons embed.FS

var (
	serviceWords = parseLexicon("services")
	unitWords    = parseLexicon("units")
	titleWords   = parseLexicon("titles")
)

// lexiconOf is the lexicon that a column's values are read by.
func lexiconOf(k model.Kind, column string) *lexicon {
	switch {
	case k == model.Service && column == "name":
		return serviceWords
	case postColumns[Fold(column)]:
		return titleWords
	}
	return unitWords
}

// postColumns are what columns are called that name a post.
var postColumns = map[string]bool{"titel": true, "title": true, "befattning": true, "yrke": true, "jobtitle": true, "job title": true, "uppdrag": true, "tjanst": true}

var classNames = map[string]class{"term": core, "short": core, "sort": sortWord, "act": act, "way": way, "mark": mark, "generic": generic}

// parseLexicon reads a file that is shipped: a line is a word and, after an equals
// sign, what is read as it; without one it is words of the section's class.
func parseLexicon(name string) *lexicon {
	b, err := lexicons.ReadFile("lexicon/" + name + ".txt")
	if err != nil {
		panic(err)
	}
	l := &lexicon{entries: map[string]entry{}, long: map[string][]string{}}
	section := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[':
			section = strings.Trim(line, "[]")
			continue
		}
		left, variants, found := strings.Cut(line, "=")
		if !found {
			for v := range strings.SplitSeq(line, ",") {
				if section == "generic" {
					l.define(v, entry{class: generic})
				} else {
					l.define(v, entry{classNames[section], []string{joined(v)}})
				}
			}
			continue
		}
		e := entry{classNames[section], []string{joined(left)}}
		switch {
		case strings.TrimSpace(left) == "-":
			e = entry{class: generic}
		case section == "short":
			e.words = strings.Fields(Fold(left))
		default:
			l.define(left, e)
		}
		for v := range strings.SplitSeq(variants, ",") {
			l.define(v, e)
		}
	}
	return l
}

// joined is a term as one word.
func joined(s string) string { return strings.ReplaceAll(string(titleText(nil, Fold(s))), " ", "") }

// define makes an entry of a phrase; what was defined first holds.
func (l *lexicon) define(phrase string, e entry) {
	folded := Fold(phrase)
	words := strings.Fields(string(titleText(nil, folded)))
	if len(words) == 0 {
		return
	}
	key := stems(words)
	if _, ok := l.entries[key]; ok {
		return
	}
	l.entries[key] = e
	if len(words) == 1 && len(key) >= leastLong {
		l.long[key[:2]] = append(l.long[key[:2]], key)
	}
	l.longest = max(l.longest, len(words))
}

func stems(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(stem(w))
	}
	return b.String()
}

// endings are those of Swedish nouns, adjectives and verbs, the longest first, in
// folded form.
var endings = []string{"arnas", "ernas", "ornas", "arna", "erna", "orna", "ande", "ens", "ets", "ade", "are", "ast", "en", "et", "er", "ar", "or", "na", "as", "es", "a", "e", "n", "s", "t"}

// stem is a folded word without its ending. Short words are left as they are.
func stem(w string) string {
	for _, e := range endings {
		if len(w)-len(e) >= 4 && strings.HasSuffix(w, e) {
			return w[:len(w)-len(e)]
		}
	}
	return w
}

// piece is a word as it was read.
type piece struct {
	class class
	word  string
	tail  bool // the end of a compound: Lindskolan is a school
}

// read takes the words of a name apart.
func (l *lexicon) read(dst []piece, words []string) []piece {
	for i := 0; i < len(words); {
		n := min(l.longest, len(words)-i)
		for ; n > 0; n-- {
			if e, ok := l.entries[stems(words[i:i+n])]; ok {
				dst = l.put(dst, e, false)
				break
			}
		}
		if n == 0 {
			n = 1
			if e, ok := l.apart(words[i:]); ok {
				dst = l.put(dst, e, false)
				n = 2
			} else {
				dst = l.compound(dst, words[i])
			}
		}
		i += n
	}
	return dst
}

// apart is the entry of a compound that was written as two words.
func (l *lexicon) apart(words []string) (entry, bool) {
	if len(words) < 2 {
		return entry{}, false
	}
	e, ok := l.entries[stem(words[0]+words[1])]
	return e, ok
}

// knows tells whether a word is a whole one.
func (l *lexicon) knows(w string) bool {
	_, ok := l.entries[stem(w)]
	return ok
}

// leastLong is how long a word has to be to be seen with a slip of the pen in it.
const leastLong = 7

// misspelt is the entry of a long word that has one slip, if there is only one
// such.
func (l *lexicon) misspelt(w string) (entry, bool) {
	w = stem(w)
	if len(w) < leastLong {
		return entry{}, false
	}
	found := ""
	for _, key := range l.long[w[:2]] {
		if edits(w, key, 1) == 1 {
			if found != "" {
				return entry{}, false
			}
			found = key
		}
	}
	return l.entries[found], found != ""
}

// put appends what is read instead of a phrase. What was written out is read
// once more, word by word.
func (l *lexicon) put(dst []piece, e entry, tail bool) []piece {
	for _, w := range e.words {
		own := e
		if len(e.words) > 1 || e.class == core {
			if found, ok := l.entries[stem(w)]; ok && len(found.words) == 1 {
				own, w = found, found.words[0]
			}
		}
		dst = append(dst, piece{own.class, w, tail})
	}
	return dst
}

// leastTail is how long the end of a compound has to be to be seen.
const leastTail = 4

// compound reads a word that is not in the lexicon: as a compound whose end is a
// word that says what sort of thing it is, or what one does, else as it stands.
func (l *lexicon) compound(dst []piece, w string) []piece {
	for i := 3; i+leastTail <= len(w); i++ {
		e, ok := l.entries[stem(w[i:])]
		if !ok || e.class == core || e.class == mark || w[i] >= 0x80 {
			continue
		}
		head := w[:i]
		for _, h := range [...]string{head, strings.TrimSuffix(head, "s")} {
			if found, ok := l.entries[stem(h)]; ok {
				return l.put(l.put(dst, found, false), e, true)
			}
		}
		if len(head) > 4 {
			head = strings.TrimSuffix(head, "s")
		}
		return l.put(append(dst, piece{core, head, false}), e, true)
	}
	if e, ok := l.misspelt(w); ok {
		return l.put(dst, e, false)
	}
	return append(dst, piece{core, w, false})
}

// readTitle reads a value of the column.
func (c *textColumn) readTitle(text string) title {
	var t title
	var buf [16]piece
	pieces := c.lexicon.read(buf[:0], strings.Fields(text))
	add := func(list *[]uint32, w string) {
		if id := c.words.id([]byte(w)); !slices.Contains(*list, id) {
			*list = append(*list, id)
		}
	}
	for i, p := range pieces {
		switch {
		case p.class == sortWord && p.tail:
			add(&t.tails, p.word)
		case p.class == sortWord:
			add(&t.sorts, p.word)
		case p.class == act:
			add(&t.acts, p.word)
		case p.class == way:
			add(&t.ways, p.word)
		case p.class == mark:
			add(&t.marks, p.word)
		case p.class == core:
			add(&t.core, p.word)
			switch quarter := compass[p.word]; {
			case quarter != "":
				t.numbers = append(t.numbers, quarter)
			case isDigit(p.word[0]) || i > 0 && len(p.word) == 1:
				t.numbers = append(t.numbers, p.word)
			}
		}
	}
	if len(t.sorts) == 0 {
		t.sorts, t.tails = t.tails, nil
	}
	if len(t.core) == 0 {
		// Nothing but sorts, or what one does: that is its name then.
		t.core = append(t.core, t.sorts...)
		if len(t.core) == 0 {
			t.core, t.acts = slices.Concat(t.acts, t.ways), nil
		}
		if len(t.core) == 0 {
			for w := range strings.FieldsSeq(text) {
				add(&t.core, w)
			}
		}
	}
	slices.Sort(t.acts)
	slices.Sort(t.sorts)
	slices.Sort(t.marks)
	return t
}

// words are the words by which a title is found.
func (t *title) words() []uint32 {
	out := slices.Clone(t.core)
	for _, list := range [...][]uint32{t.sorts, t.tails, t.marks, t.acts} {
		for _, w := range list {
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}
