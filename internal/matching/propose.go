package matching

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// Mapping is what every column of a table means.
type Mapping struct {
	Kind    model.Kind
	Columns []Mapped
}

// Mapped is one column's meaning and where it comes from.
type Mapped struct {
	Header string
	match.Column
	Why string // "configured", "by its name", "by its values", …
}

// SampleRows is how many rows a proposal looks at.
const SampleRows = 500

// FromConfig is the mapping that match.yaml says.
func FromConfig(c *Config, header []string) (*Mapping, error) {
	kind, err := ParseKind(c.Kind)
	if err != nil {
		return nil, &Error{Text: err.Error()}
	}
	m := &Mapping{Kind: kind}
	left := map[string]bool{}
	for _, n := range c.names() {
		left[n] = true
	}
	for _, h := range header {
		t, ok := c.Columns[h]
		if !ok {
			m.Columns = append(m.Columns, Mapped{h, match.Column{Attr: match.Ignored}, "not configured"})
			continue
		}
		delete(left, h)
		col, err := t.column(h)
		if err != nil {
			return nil, err
		}
		why := "configured"
		if col.Attr == match.Text && t.Property != "text" {
			why = "configured; matching knows no such property, so it is compared as text"
		}
		m.Columns = append(m.Columns, Mapped{h, col, why})
	}
	for _, n := range c.names() {
		if left[n] {
			return nil, wrong("the table has no column %s; it has %s", n, strings.Join(header, ", "))
		}
	}
	return m, nil
}

// Propose suggests what columns mean by their names, and where those say
// nothing, by a sample of their values. leave names columns to leave out; kind
// may be unknown.
func Propose(header []string, sample [][]string, kind model.Kind, leave ...string) *Mapping {
	m := &Mapping{Kind: kind}
	if kind == model.KindUnknown {
		m.Kind = proposeKind(header, sample)
	}
	out := map[string]bool{}
	for _, l := range leave {
		out[l] = true
	}
	have := map[match.Attr]bool{}
	for i, h := range header {
		col := Mapped{Header: h, Why: "by its name"}
		known, ok := headers[plain(h)]
		switch {
		case out[h]:
			col.Attr, col.Why = match.Ignored, "left out"
		case ok && personalByName(known):
			// Whether it is a personal number, another number or a key, values tell.
			col.Column = known
			switch values := column(sample, i); {
			case share(values, isPersonal) > 0.5:
				col.Scheme = model.Personnummer
			case plain(h) == "personid":
				col.Column, col.Why = match.Column{Attr: match.Ignored}, "a key"
			case known.Scheme == model.Personnummer && share(values, isPersonal) < 0.05 && len(values) >= 20:
				col.Scheme, col.Why = "number", "by its name; no Swedish personal numbers"
			}
		case ok:
			col.Column = known
		default:
			col.Attr, col.Why = match.Text, ""
		}
		if col.Why == "" {
			col.Column, col.Why = byValues(column(sample, i), m.Kind, have)
			if p := plain(h); col.Attr == match.PostalCode && (strings.HasSuffix(p, "kod") || strings.HasSuffix(p, "code") || strings.HasSuffix(p, "nr")) {
				col.Column, col.Why = match.Column{Attr: match.Text}, "compared as text"
			}
		}
		col.Name = h
		have[col.Attr] = true
		m.Columns = append(m.Columns, col)
	}
	m.settle(have)
	return m
}

// personalByName tells whether a column may hold personal numbers, by its name.
func personalByName(c match.Column) bool {
	return c.Attr == match.Identifier && (c.Scheme == model.Personnummer || c.Scheme == "ssid")
}

// settle decides what depends on the other columns.
func (m *Mapping) settle(have map[match.Attr]bool) {
	for i := range m.Columns {
		c := &m.Columns[i]
		switch p := plain(c.Header); {
		case c.Attr == match.Name && m.Kind == model.Person && have[match.GivenName] && have[match.FamilyName]:
			if m.Kind == model.Person {
				c.Why = "beside its parts: other names"
			}
		case c.Attr == match.Text && (p == plain("birthplace") || p == "fodelseort" || p == "fodelseplats" || p == plain("placeofbirth")) && !have[match.Locality] && m.Kind == model.Person:
			c.Attr, c.Why = match.Locality, "the only place there is"
			have[match.Locality] = true
		case c.Attr == match.Name && m.Kind == model.Role:
			c.Attr = match.Title // where, or what: compared, but it does not name the role
		case c.Attr == match.BirthDate && m.Kind == model.Role && c.Why == "by its values":
			c.Attr = match.StartDate
		case c.Attr == match.Text && m.Kind != model.Person && isTitle(p):
			c.Attr, c.Why = match.Title, "by its name"
		}
	}
}

// titles are what columns are called that name a thing's parts or surroundings.
var titles = folded(map[string]bool{
	"titel": true, "title": true, "jobtitle": true, "befattning": true, "yrke": true, "enhet": true, "unit": true, "department": true, "avdelning": true,
	"forvaltning": true, "overordnad": true, "parent": true, "provider": true, "utforare": true, "arbetsplats": true, "workplace": true, "utovare": true,
})

func isTitle(header string) bool { return titles[header] }

// plain is a header without signs, in small letters without marks.
func plain(h string) string { return strings.ReplaceAll(match.Fold(h), " ", "") }

func proposeKind(header []string, sample [][]string) model.Kind {
	votes := map[model.Kind]int{}
	for i, h := range header {
		p := plain(h)
		if k, ok := kindWords[p]; ok {
			votes[k]++
		}
		switch c := headers[p]; {
		case c.Attr >= match.GivenName && c.Attr <= match.BirthName, c.Attr >= match.BirthDate && c.Attr <= match.Sex:
			votes[model.Person] += 2
		case c.Scheme == model.Personnummer || c.Scheme == model.Hetu || c.Scheme == model.Samordningsnummer || c.Scheme == "ssid":
			votes[model.Person] += 2
		}
		if share(column(sample, i), isPersonal) > 0.7 {
			votes[model.Person] += 2
		}
	}
	best, most := model.Organisation, 0
	for _, k := range []model.Kind{model.Person, model.Organisation, model.Service, model.Geography, model.Role} {
		if votes[k] > most {
			best, most = k, votes[k]
		}
	}
	// What somebody does where, and from when, is a role, whoever it is.
	if best == model.Person && votes[model.Role] >= 3 {
		return model.Role
	}
	return best
}

func column(sample [][]string, i int) []string {
	var out []string
	for _, row := range sample {
		if i < len(row) && row[i] != "" {
			out = append(out, row[i])
		}
	}
	return out
}

func share(values []string, is func(string) bool) float64 {
	if len(values) == 0 {
		return 0
	}
	n := 0
	for _, v := range values {
		if is(v) {
			n++
		}
	}
	return float64(n) / float64(len(values))
}

// byValues says what a column holds that its name does not tell.
func byValues(values []string, kind model.Kind, have map[match.Attr]bool) (match.Column, string) {
	const seen = "by its values"
	distinct := map[string]bool{}
	for _, v := range values {
		distinct[v] = true
	}
	person := kind == model.Person
	switch {
	case len(values) == 0:
		return match.Column{Attr: match.Ignored}, "it is empty"
	case len(distinct) == 1:
		return match.Column{Attr: match.Ignored}, "it says the same of all"
	case share(values, isEmail) > 0.7:
		return match.Column{Attr: match.Email}, seen
	case share(values, isPersonal) > 0.7:
		return match.Column{Attr: match.Identifier, Scheme: model.Personnummer}, seen
	case person && !have[match.BirthDate] && share(values, isDate) > 0.9:
		return match.Column{Attr: match.BirthDate}, seen
	case person && !have[match.Sex] && len(distinct) <= 4 && share(values, isSex) > 0.9:
		return match.Column{Attr: match.Sex}, seen
	case !have[match.Phone] && share(values, isPhone) > 0.8:
		return match.Column{Attr: match.Phone}, seen
	case !have[match.PostalCode] && share(values, isPostcode) > 0.9:
		return match.Column{Attr: match.PostalCode}, seen
	case len(values) >= 20 && len(distinct)*100 >= len(values)*98 && share(values, isToken) > 0.95:
		return match.Column{Attr: match.Ignored}, "it seems to number the rows"
	}
	return match.Column{Attr: match.Text}, "compared as text"
}

func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && strings.Contains(s[at:], ".") && !strings.Contains(s, " ")
}

func isPersonal(s string) bool {
	if len(s) < 10 {
		return false
	}
	_, err := model.ParsePersonalNumber(s, model.Date{Year: 2099, Month: 12, Day: 31})
	return err == nil
}

func isDate(s string) bool {
	if len(s) < 8 || len(s) > 10 {
		return false
	}
	return match.IsDate(s)
}

func isSex(s string) bool {
	switch match.Fold(s) {
	case "m", "man", "male", "k", "f", "kvinna", "female", "mann", "frau", "mies", "nainen":
		return true
	}
	return false
}

func digitsOf(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

func isPhone(s string) bool {
	return (s[0] == '+' || s[0] == '0') && digitsOf(s) >= 7 && digitsOf(s) <= 15 && strings.Trim(s, "+0123456789-() ./") == ""
}

func isPostcode(s string) bool {
	return (len(s) == 5 || len(s) == 6 && s[3] == ' ') && digitsOf(s) == 5
}

func isToken(s string) bool { return !strings.Contains(s, " ") && digitsOf(s) > 0 }

// Schema is the mapping as matching has it, with what the configuration says of
// schemes.
func (m *Mapping) Schema(c *Config) match.Schema {
	s := match.Schema{Kind: m.Kind, Proof: c.proof(m.Kind)}
	for _, col := range m.Columns {
		s.Columns = append(s.Columns, col.Column)
	}
	return s
}

// Write prints the mapping, a line a column.
func (m *Mapping) Write(w interface{ WriteString(string) (int, error) }) error {
	width := 0
	headers := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		headers[i] = yamlKey(c.Header)
		width = max(width, len([]rune(headers[i])))
	}
	if _, err := w.WriteString(fmt.Sprintf("kind: %s\ncolumns:\n", m.Kind)); err != nil {
		return err
	}
	for i, c := range m.Columns {
		pad := strings.Repeat(" ", width-len([]rune(headers[i])))
		if _, err := w.WriteString(fmt.Sprintf("  %s:%s %s  # %s\n", headers[i], pad, c.yaml(), c.Why)); err != nil {
			return err
		}
	}
	return nil
}

// yamlKey is a header as match.yaml writes it: what could be read as anything but a
// text is quoted.
func yamlKey(header string) string {
	for i, r := range header {
		if !unicode.IsLetter(r) && r != '_' && (i == 0 || !unicode.IsDigit(r) && r != '-' && r != ' ') {
			return strconv.Quote(header)
		}
	}
	switch strings.ToLower(header) {
	case "", "true", "false", "null":
		return strconv.Quote(header)
	}
	if strings.HasSuffix(header, " ") {
		return strconv.Quote(header)
	}
	return header
}

// yaml is the meaning as match.yaml writes it.
func (m Mapped) yaml() string {
	switch {
	case m.Attr == match.Identifier:
		return "{identifier: " + string(m.Scheme) + "}"
	case m.Attr >= match.Street && m.Attr <= match.Region:
		return "{address: " + m.Attr.String() + "}"
	case m.Attr == match.BirthDate && m.Layout != "":
		return fmt.Sprintf("{property: birthDate, format: %q}", m.Layout)
	case m.Attr == match.Text && m.Name != m.Header:
		return m.Name
	}
	return m.Attr.String()
}
