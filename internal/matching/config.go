package matching

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/karna-registry/karna/ingest/yamltext"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// Config is match.yaml: what a table's columns mean.
type Config struct {
	Kind      string            `yaml:"kind"`      // person, organisation, geography, service or role
	Key       string            `yaml:"key"`       // the column that names a record; the row number if empty
	Delimiter string            `yaml:"delimiter"` // one character; recognised if empty
	Encoding  string            `yaml:"encoding"`  // utf-8 or latin-1; recognised if empty
	Columns   map[string]Target `yaml:"columns"`   // columns not named are left out
}

// Target is what one column means: a property's name, or one of the forms
// {property, format}, {identifier, unique, exclusive} and {address}.
type Target struct {
	Property   string `yaml:"property"`
	Format     string `yaml:"format"` // of a date, as Go writes layouts
	Identifier string `yaml:"identifier"`
	Unique     bool   `yaml:"unique"`    // two records with one value are the same thing
	Exclusive  bool   `yaml:"exclusive"` // two valid values that differ are two things
	Address    string `yaml:"address"`
}

// UnmarshalYAML reads either form.
func (t *Target) UnmarshalYAML(b []byte) error {
	var name string
	if err := yaml.Unmarshal(b, &name); err == nil {
		t.Property = name
		return nil
	}
	type plain Target
	return yaml.UnmarshalWithOptions(b, (*plain)(t), yaml.Strict())
}

// Error is a mistake in match.yaml, with what to do.
type Error struct {
	Text string
	From string // what it is wrong in; match.yaml if empty
}

// Error is the text.
func (e *Error) Error() string { return cmp.Or(e.From, "match.yaml") + ": " + e.Text }

func wrong(format string, args ...any) error { return &Error{Text: fmt.Sprintf(format, args...)} }

// addressParts are the parts of an address by name.
var addressParts = map[string]match.Attr{
	"street": match.Street, "streetNumber": match.StreetNumber, "careOf": match.CareOf, "postalCode": match.PostalCode,
	"locality": match.Locality, "region": match.Region,
}

// ParseConfig reads match.yaml.
func ParseConfig(b []byte) (*Config, error) {
	c := &Config{}
	var changed *yamltext.Changed
	if err := yamltext.Check(b, c); errors.As(err, &changed) {
		return nil, wrong("line %d: %v", changed.Line, err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict())
	if err := dec.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return nil, &Error{Text: strings.TrimSpace(yaml.FormatError(err, false, true))}
	}
	if len(c.Delimiter) > 1 && c.Delimiter != `\t` && c.Delimiter != "tab" {
		return nil, wrong("delimiter %q: want one character, or tab", c.Delimiter)
	}
	if c.Kind != "" {
		if _, err := ParseKind(c.Kind); err != nil {
			return nil, &Error{Text: err.Error()}
		}
	}
	for name, t := range c.Columns {
		if _, err := t.column(name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Sign is the delimiter's byte, or 0.
func (c *Config) Sign() byte {
	switch {
	case c == nil || c.Delimiter == "":
		return 0
	case len(c.Delimiter) > 1:
		return '\t'
	}
	return c.Delimiter[0]
}

// column is the target as matching has it.
func (t Target) column(name string) (match.Column, error) {
	set := 0
	for _, s := range []string{t.Property, t.Identifier, t.Address} {
		if s != "" {
			set++
		}
	}
	if set != 1 {
		return match.Column{}, wrong("column %s: want one of property, identifier and address", name)
	}
	switch {
	case t.Identifier != "":
		return match.Column{Attr: match.Identifier, Scheme: model.Scheme(t.Identifier), Name: name}, nil
	case t.Address != "":
		part, ok := addressParts[t.Address]
		if !ok {
			return match.Column{}, wrong("column %s: address %q: want street, streetNumber, careOf, postalCode, locality or region", name, t.Address)
		}
		return match.Column{Attr: part, Name: name}, nil
	}
	attr := match.ParseAttr(t.Property)
	if attr == match.Identifier {
		return match.Column{}, wrong("column %s: say which: {identifier: SCHEME}", name)
	}
	if t.Format != "" && attr != match.BirthDate {
		return match.Column{}, wrong("column %s: format is for birthDate", name)
	}
	called := name
	if attr == match.Text && t.Property != "text" {
		called = t.Property
	}
	return match.Column{Attr: attr, Name: called, Layout: t.Format}, nil
}

// proof is what the configured schemes prove.
func (c *Config) proof(kind model.Kind) func(model.Scheme) model.Proof {
	own := map[model.Scheme]model.Proof{}
	if c != nil {
		for _, t := range c.Columns {
			if t.Identifier == "" || !t.Unique && !t.Exclusive {
				continue
			}
			p := model.Proof{Kinds: []model.Kind{kind}, Unique: t.Unique}
			if t.Exclusive {
				p.Exclusive = t.Identifier
			}
			own[model.Scheme(t.Identifier)] = p
		}
	}
	return func(s model.Scheme) model.Proof {
		if p, ok := own[s]; ok {
			return p
		}
		return model.ProofOf(s)
	}
}

// names are the configured columns, sorted.
func (c *Config) names() []string {
	var out []string
	for n := range c.Columns {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// ParseKind reads a kind of what is matched.
func ParseKind(s string) (model.Kind, error) {
	k, err := model.ParseKind(s)
	if err != nil || k == model.Concept {
		return model.KindUnknown, fmt.Errorf("kind %q: want one of person, organisation, geography, service, role", s)
	}
	return k, nil
}
