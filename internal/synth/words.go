package synth

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed words/*.txt
var wordFiles embed.FS

// list is words with their frequencies.
type list struct {
	words []string
	upTo  []int // cumulated weights
}

func (l *list) add(weight int, words ...string) {
	for _, w := range words {
		last := 0
		if len(l.upTo) > 0 {
			last = l.upTo[len(l.upTo)-1]
		}
		l.words = append(l.words, strings.ReplaceAll(w, "_", " "))
		l.upTo = append(l.upTo, last+weight)
	}
}

func (l *list) pick(r *rng) string {
	at := r.intn(l.upTo[len(l.upTo)-1])
	i, found := slices.BinarySearch(l.upTo, at)
	if found {
		i++ // upTo[i] is the first draw of the next
	}
	return l.words[i]
}

// lines are a word file's lines in fields, comments left out.
func lines(name string) [][]string {
	text, err := wordFiles.ReadFile("words/" + name + ".txt")
	if err != nil {
		panic(err) // embedded: its name is right or nothing works
	}
	var out [][]string
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 0 && f[0] != "#" {
			out = append(out, f)
		}
	}
	return out
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("word list: %q is no number", s))
	}
	return n
}

// swedishWords are the word lists of Swedish names and places.
type swedishWords struct {
	surnames    list
	first, last []string // parts of two-part surnames
	foreign     []foreign
	given       [2][3]list // by sex (0 male) and generation
	nicknames   map[string]string
	stems, ends list
	localities  []string
}

// foreign is surname parts of one origin.
type foreign struct{ stems, ends []string }

// swedish reads the Swedish lists, once.
var swedish = sync.OnceValue(func() *swedishWords {
	w := &swedishWords{nicknames: map[string]string{}}
	for _, f := range lines("surnames") {
		w.surnames.add(number(f[0]), f[1:]...)
	}
	for _, f := range lines("surname_parts") {
		if f[0] == "first" {
			w.first = unique(f[1:])
		} else {
			w.last = unique(f[1:])
		}
	}
	at := map[string]int{}
	for _, f := range lines("surname_foreign") {
		origin, part, _ := strings.Cut(f[0], ".")
		i, ok := at[origin]
		if !ok {
			i = len(w.foreign)
			at[origin] = i
			w.foreign = append(w.foreign, foreign{})
		}
		if part == "stem" {
			w.foreign[i].stems = unique(f[1:])
		} else {
			w.foreign[i].ends = unique(f[1:])
		}
	}
	for _, f := range lines("given") {
		sex := 0
		if f[0] == "f" {
			sex = 1
		}
		w.given[sex][number(f[1])-1].add(number(f[2]), f[3:]...)
	}
	for _, f := range lines("nicknames") {
		w.nicknames[f[0]] = f[1]
	}
	for _, f := range lines("streets") {
		if f[0] == "stem" {
			w.stems.add(number(f[1]), f[2:]...)
		} else {
			w.ends.add(number(f[1]), f[2:]...)
		}
	}
	for _, f := range lines("localities") {
		for _, name := range f {
			w.localities = append(w.localities, strings.ReplaceAll(name, "_", " "))
		}
	}
	return w
})

// lists reads a word file whose lines say which list they are of, a weight (1
// if left out) and words.
func lists(name string) map[string]*list {
	out := map[string]*list{}
	for _, f := range lines(name) {
		l := out[f[0]]
		if l == nil {
			l = &list{}
			out[f[0]] = l
		}
		if weight, err := strconv.Atoi(f[1]); err == nil {
			l.add(weight, f[2:]...)
		} else {
			l.add(1, f[1:]...)
		}
	}
	return out
}

// The other word files.
var (
	english     = sync.OnceValue(func() map[string]*list { return lists("english") })
	germanWords = sync.OnceValue(func() map[string]*list { return lists("german") })
	febrlWords  = sync.OnceValue(func() map[string]*list { return lists("febrl") })
)

// nicknamed reads a list of pairs as a map.
func nicknamed(pairs *list) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs.words); i += 2 {
		out[pairs.words[i]] = pairs.words[i+1]
	}
	return out
}

func unique(words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
