package csv

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/karna-registry/karna/model"
)

var encodings = map[string]*charmap.Charmap{
	"": nil, "utf-8": nil, "windows-1252": charmap.Windows1252, "iso-8859-1": charmap.ISO8859_1,
}

// single reads an option of one ASCII character, with words for those that are
// awkward to write.
func (b *binder) single(option, s string, otherwise byte, words map[string]byte) byte {
	if s == "" {
		return otherwise
	}
	if c, ok := words[s]; ok {
		return c
	}
	if len(s) != 1 || s[0] >= utf8.RuneSelf || s[0] == '\n' || s[0] == '\r' {
		b.wrong(0, "%s %q: want one ASCII character", option, s)
		return otherwise
	}
	return s[0]
}

// dialectOf reads what has to be known before the file's first row.
func dialectOf(m *mapping, source model.Source) (*plan, error) {
	b := &binder{plan: &plan{name: m.Name, language: m.Language, source: source}}
	b.delimiter = b.single("delimiter", m.Delimiter, ',', map[string]byte{"tab": '\t', `\t`: '\t'})
	b.quote = b.single("quote", m.Quote, '"', map[string]byte{"none": noQuote})
	if b.delimiter == b.quote {
		b.wrong(0, "delimiter and quote are the same character")
	}
	charset, ok := encodings[strings.ToLower(m.Encoding)]
	if !ok {
		b.wrong(0, "encoding %q: want utf-8, windows-1252 or iso-8859-1", m.Encoding)
	}
	b.charset = charset
	switch m.Decimal {
	case "", "point":
		b.decimal = '.'
	case "comma":
		b.decimal = ','
	default:
		b.wrong(0, "decimal %q: want point or comma", m.Decimal)
	}
	if header(m) && len(m.Columns) > 0 {
		b.wrong(0, "columns are named by the file's first row; set header: false if it has none")
	}
	if !header(m) && len(m.Columns) == 0 {
		b.wrong(0, "without a header row the columns must be named")
	}
	if len(m.Records) == 0 {
		b.wrong(0, "no records: nothing would be read")
	}
	b.dates = b.layouts(0, m.Dates, nil)
	b.declare(m)
	return b.plan, b.err
}

func header(m *mapping) bool { return m.Header == nil || *m.Header }

// declare reads the schemes of the tenant's own.
func (b *binder) declare(m *mapping) {
	b.schemes = map[model.Scheme]model.Proof{}
	for name, s := range m.Schemes {
		proof := model.Proof{Unique: s.spec.Unique, Exclusive: s.spec.Exclusive, Sealed: s.spec.Sealed}
		if slices.Contains(model.Schemes(), model.Scheme(name)) {
			b.wrong(s.line, "scheme %q is one that Kärna knows: what it proves is not a mapping's to say", name)
		}
		if len(s.spec.Kinds) == 0 && (s.spec.Unique || s.spec.Exclusive != "") {
			b.wrong(s.line, "scheme %q: name the kinds that it identifies", name)
		}
		for _, k := range s.spec.Kinds {
			kind, err := model.ParseKind(k)
			if err != nil {
				b.wrong(s.line, "%v", err)
			}
			proof.Kinds = append(proof.Kinds, kind)
		}
		b.schemes[model.Scheme(name)] = proof
	}
	for _, r := range m.Records {
		b.hasPersons = b.hasPersons || r.spec.Kind == model.Person.String()
		for _, f := range r.spec.Fields {
			l := f.spec.Link
			if l == nil || l.spec.Protection == nil {
				continue
			}
			b.flags = true
			if l.spec.Scheme == "" {
				b.flagsByKey = true
				b.schemes[b.keyScheme()] = model.Proof{Kinds: []model.Kind{model.Person}, Unique: true}
			}
		}
	}
}
