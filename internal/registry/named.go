package registry

import (
	"bytes"
	"slices"
	"strings"

	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
)

// words are the texts that the records say, long enough to mean somebody: names,
// numbers, addresses, as values and as delivered, and their local ids.
func words(records []subject.Record) [][]byte {
	seen := map[string]bool{}
	add := func(texts ...string) {
		for _, t := range texts {
			if t = strings.TrimSpace(t); len(t) >= shortestWord {
				seen[t] = true
			}
		}
	}
	for i := range records {
		add(records[i].Head.Key.LocalID)
		for _, v := range records[i].Versions {
			if v.Record == nil {
				continue
			}
			for _, issue := range v.Record.Issues {
				add(issue.Original)
			}
			for _, st := range v.Record.Statements {
				add(st.Original)
				switch x := st.Value.(type) {
				case model.Text:
					add(x.Text)
				case model.Identifier:
					add(spellings(x.Value)...)
				case model.Contact:
					add(x.Value)
				case model.Address:
					add(x.CareOf, x.FullAddress, strings.TrimSpace(x.Street+" "+x.StreetNumber))
				case model.Link:
					if x.Ref.ByIdentifier() {
						add(spellings(x.Ref.Value)...)
					}
				}
			}
		}
	}
	out := make([][]byte, 0, len(seen))
	for w := range seen {
		out = append(out, []byte(w))
	}
	slices.SortFunc(out, bytes.Compare)
	return out
}

// shortestWord is how many bytes a text has that is looked for: shorter ones are
// part of everything.
const shortestWord = 5

// spellings are the ways to write a personal number of twelve digits, and any
// other value as it is.
func spellings(value string) []string {
	if len(value) != 12 || strings.ContainsFunc(value, func(c rune) bool { return c < '0' || c > '9' }) {
		return []string{value}
	}
	return []string{value, value[:8] + "-" + value[8:], value[2:], value[2:8] + "-" + value[8:], value[2:8] + "+" + value[8:]}
}

// naming is what a raw item names somebody by.
type naming struct {
	anywhere []string
	local    map[model.Source][]string
}

func namingOf(records []subject.Record) *naming {
	m := &naming{local: map[model.Source][]string{}}
	for i := range records {
		h := &records[i].Head
		m.local[h.Key.Source] = append(m.local[h.Key.Source], h.Key.LocalID)
		if h.Key.Kind == model.Role {
			continue // its contact may be a function's
		}
		for _, v := range records[i].Versions {
			if v.Record == nil {
				continue
			}
			for _, st := range v.Record.Statements {
				switch x := st.Value.(type) {
				case model.Identifier:
					m.anywhere = append(m.anywhere, spellings(x.Value)...)
				case model.Contact:
					m.anywhere = append(m.anywhere, x.Value)
				}
			}
		}
	}
	slices.Sort(m.anywhere)
	m.anywhere = slices.DeleteFunc(slices.Compact(m.anywhere), func(s string) bool { return len(s) < shortestWord })
	return m
}

func (m *naming) in(source model.Source, raw []byte) bool {
	return slices.ContainsFunc(m.anywhere, func(s string) bool { return bytes.Contains(raw, []byte(s)) }) ||
		slices.ContainsFunc(m.local[source], func(s string) bool { return holdsWord(raw, s) })
}

// holdsWord tells whether a text holds a word that no letter or digit goes on with.
func holdsWord(text []byte, word string) bool {
	inWord := func(c byte) bool {
		return c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	for at := 0; word != ""; {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(word)
		if (from == 0 || !inWord(text[from-1])) && (to == len(text) || !inWord(text[to])) {
			return true
		}
		at = from + 1
	}
	return false
}
