package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/karna-registry/karna/ingest/yamltext"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// FileName is the name of the configuration file in a data directory.
const FileName = "karna.yaml"

// Config is karna.yaml.
type Config struct {
	Tenant       Tenant              `yaml:"tenant"`
	Store        string              `yaml:"store"` // sqlite:PATH or a postgres:// DSN
	Keys         string              `yaml:"keys"`  // path of the keyring
	Listen       string              `yaml:"listen"`
	Dumps        string              `yaml:"dumps"` // directory of the served dumps
	Sources      []Source            `yaml:"sources"`
	Survivorship map[string][]string `yaml:"survivorship"` // "person.address": [master, trust, recency, support]
	Match        string              `yaml:"match"`        // MatchAtOnce or MatchLater
	GraphQL      GraphQL             `yaml:"graphql"`
	Login        *Login              `yaml:"login"`
	Sharing      []Sharing           `yaml:"sharing"`
	TLS          *TLS                `yaml:"tls"`
	// Introspection is the least role that may ask for the schema over GraphQL and
	// is told what a misspelt field was perhaps meant to be; "" is public.
	Introspection string `yaml:"introspection"`

	dir string
}

// When what a delivery changes is matched by evidence, of kinds that were resolved
// before.
const (
	MatchAtOnce = "at-once" // the default: when the delivery is in
	MatchLater  = "later"   // by karna resolve
)

// Tenant is the municipality.
type Tenant struct {
	Code         string `yaml:"code"`
	Name         string `yaml:"name"`
	Jurisdiction string `yaml:"jurisdiction"`
	BaseIRI      string `yaml:"baseIRI"`
}

// Source declares a system that delivers records.
type Source struct {
	Name            string   `yaml:"name"`
	Authority       string   `yaml:"authority"`
	Owner           string   `yaml:"owner"`
	Purpose         string   `yaml:"purpose"`
	LegalBasis      string   `yaml:"legalBasis"`
	Retention       string   `yaml:"retention"`
	Retain          *Retain  `yaml:"retain"`  // when karna retain removes records; nil: never
	Archive         *Archive `yaml:"archive"` // what may not be erased
	Format          string   `yaml:"format"`
	Type            string   `yaml:"type"`
	Mapping         string   `yaml:"mapping"`
	Delivers        string   `yaml:"delivers"` // full or delta
	Trust           int      `yaml:"trust"`
	MasterFor       []string `yaml:"masterFor"` // "person.address"
	KnowsProtection bool     `yaml:"knowsProtection"`
	DuplicateFree   bool     `yaml:"duplicateFree"`
	Disclosure      string   `yaml:"disclosure"`
	MaxRetract      *float64 `yaml:"maxRetract"` // share of a part, 0.1 is 10 %; nil is the default
	Files           []File   `yaml:"files"`      // what karna ingest reads when no file is named
}

// Retain is how long records are kept once their source no longer has them.
type Retain struct {
	After string `yaml:"after"` // an ISO 8601 duration of years, months, weeks and days: P2Y, P18M
	From  string `yaml:"from"`  // RetainFromRetraction, the default, or RetainFromEnd
}

// What a retention counts from.
const (
	RetainFromRetraction = "retraction" // when the source no longer had it
	RetainFromEnd        = "end"        // when the thing itself ended, if its source said so
)

// Archive is what the archive law keeps from erasure.
type Archive struct {
	Hold  string   `yaml:"hold"`  // the legal reason
	Kinds []string `yaml:"kinds"` // of records; every kind when left out
}

// File is a delivery's file or pattern of files; Type overrides the source's.
type File struct {
	Path string `yaml:"path"`
	Type string `yaml:"type"`
}

// Environment variables that override the file; flags override both.
const (
	EnvStore  = "KARNA_STORE"
	EnvListen = "KARNA_LISTEN"
	EnvKeys   = "KARNA_KEYS_FILE"
)

// Error is a fault in karna.yaml, with its place and remedy.
type Error struct {
	Path string
	Text string
}

// Error is "path: text".
func (e *Error) Error() string { return e.Path + ": " + e.Text }

// Load reads karna.yaml at path, or in the directory path.
func Load(path string) (*Config, error) {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		path = filepath.Join(path, FileName)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &Error{path, "there is no such file: make one with karna init, or name it with --config"}
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(data, path)
}

// Parse reads karna.yaml's text. Relative paths in it are relative to it.
func Parse(data []byte, path string) (*Config, error) {
	c := &Config{dir: filepath.Dir(path)}
	var changed *yamltext.Changed
	if err := yamltext.Check(data, c); errors.As(err, &changed) {
		return nil, &Error{fmt.Sprintf("%s:%d", path, changed.Line), err.Error()}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := dec.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return nil, &Error{path, strings.TrimSpace(yaml.FormatError(err, false, true))}
	}
	for env, field := range map[string]*string{EnvStore: &c.Store, EnvListen: &c.Listen, EnvKeys: &c.Keys} {
		if v := os.Getenv(env); v != "" {
			*field = v
		}
	}
	c.defaults()
	if err := c.check(); err != nil {
		at := ""
		var of *sourceError
		switch {
		case errors.As(err, &of):
			at = fmt.Sprintf("$.sources[%d]", of.index)
		case errors.Is(err, errCode):
			at = "$.tenant.code"
		}
		if at != "" {
			if line := lineOf(data, at); line > 0 {
				path = fmt.Sprintf("%s:%d", path, line)
			}
		}
		return nil, &Error{path, err.Error()}
	}
	return c, nil
}

// sourceError is what is wrong with one of the sources.
type sourceError struct {
	index int
	err   error
}

func (e *sourceError) Error() string { return fmt.Sprintf("sources[%d]: %v", e.index, e.err) }

// Unwrap is what is wrong.
func (e *sourceError) Unwrap() error { return e.err }

// lineOf is the line on which what a path leads to begins; 0 when there is none.
func lineOf(data []byte, path string) int {
	p, err := yaml.PathString(path)
	if err != nil {
		return 0
	}
	node, err := p.ReadNode(bytes.NewReader(data))
	if err != nil {
		return 0
	}
	line := node.GetToken().Position.Line
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		line = min(line, m.Values[0].Key.GetToken().Position.Line)
	}
	return line
}

func (c *Config) defaults() {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&c.Tenant.Jurisdiction, "SE")
	set(&c.Store, "sqlite:karna.db")
	set(&c.Keys, "keys.json")
	set(&c.Listen, "127.0.0.1:8480")
	set(&c.Dumps, "dumps")
}

func (c *Config) check() error {
	if c.Tenant.Code == "" {
		return errors.New("tenant.code is missing: give the municipality code, such as \"0136\"")
	}
	if c.Tenant.Jurisdiction != "SE" && c.Tenant.Jurisdiction != "AX" {
		return fmt.Errorf("tenant.jurisdiction is %q: want SE or AX", c.Tenant.Jurisdiction)
	}
	if form := codeForms[c.Tenant.Jurisdiction]; !form.pattern.MatchString(c.Tenant.Code) {
		return fmt.Errorf("%w is %q: want %s", errCode, c.Tenant.Code, form.want)
	}
	base, err := url.Parse(c.Tenant.BaseIRI)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return fmt.Errorf("tenant.baseIRI is %q: want an http or https address without query or fragment, such as https://data.example.se", c.Tenant.BaseIRI)
	}
	if strings.Trim(base.Path, "/") != "" {
		return fmt.Errorf("tenant.baseIRI is %q: its path %s would be in every address, and karna serve answers at the root of a host only; give a host of its own, such as https://data.example.se", c.Tenant.BaseIRI, base.Path)
	}
	c.Tenant.BaseIRI = strings.TrimRight(c.Tenant.BaseIRI, "/")
	if err := CheckStore(c.Store); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	names := map[string]bool{}
	for i := range c.Sources {
		if err := c.Sources[i].check(names); err != nil {
			return &sourceError{i, err}
		}
	}
	if c.Match != "" && c.Match != MatchAtOnce && c.Match != MatchLater {
		return fmt.Errorf("match is %q: want at-once or later", c.Match)
	}
	if err := c.GraphQL.check(); err != nil {
		return fmt.Errorf("graphql: %w", err)
	}
	for name, rules := range c.Survivorship {
		if _, err := ParseProperty(name); err != nil {
			return fmt.Errorf("survivorship: %w", err)
		}
		if _, err := ParseRules(rules); err != nil {
			return fmt.Errorf("survivorship.%s: %w", name, err)
		}
	}
	return c.checkLogin()
}

// errCode says that what is wrong is the municipality's code.
var errCode = errors.New("tenant.code")

// codeForms are the forms of municipality codes by jurisdiction.
var codeForms = map[string]struct {
	pattern *regexp.Regexp
	want    string
}{
	"SE": {regexp.MustCompile(`^[0-9]{4}$`), `the four digits of SCB's municipality code, such as "0136"`},
	"AX": {regexp.MustCompile(`^[0-9]{3}$`), `the three digits of Åland's municipality code, such as "478"`},
}

// CheckStore tells what is wrong with the name of a store. The error does not hold the
// name: a password may be in it.
func CheckStore(store string) error {
	for _, scheme := range []string{"sqlite:", "postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(store, scheme); ok && rest != "" {
			return nil
		}
	}
	return errors.New("want sqlite:PATH or postgres://…")
}

func (s *Source) check(names map[string]bool) error {
	switch {
	case s.Name == "":
		return errors.New("name is missing")
	case strings.ContainsAny(s.Name, "/ \t"):
		return fmt.Errorf("name %q: use letters, digits and hyphens", s.Name)
	case names[s.Name]:
		return fmt.Errorf("name %q is used twice", s.Name)
	}
	for _, stated := range []struct{ key, value, remedy string }{
		{"authority", s.Authority, "name the board or company that answers for the data"},
		{"purpose", s.Purpose, "say what the data is for (GDPR art. 5.1 b)"},
		{"legalBasis", s.LegalBasis, "say on what ground it is held (GDPR art. 6)"},
		{"retention", s.Retention, "say how long it is kept, and by which decision"},
	} {
		if strings.TrimSpace(stated.value) == "" {
			return fmt.Errorf("%s: %s is missing: %s", s.Name, stated.key, stated.remedy)
		}
	}
	switch {
	case s.Format == "":
		return fmt.Errorf("%s: format is missing", s.Name)
	case s.Delivers != "full" && s.Delivers != "delta":
		return fmt.Errorf("%s: delivers is %q: want full or delta", s.Name, s.Delivers)
	case s.MaxRetract != nil && !(*s.MaxRetract >= 0 && *s.MaxRetract <= 1): // not a number is neither
		return fmt.Errorf("%s: maxRetract is a share from 0 to 1", s.Name)
	}
	names[s.Name] = true
	if s.Disclosure != "" {
		if _, err := model.ParseDisclosure(s.Disclosure); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	if r := s.Retain; r != nil {
		if _, _, _, err := ParseDuration(r.After); err != nil {
			return fmt.Errorf("%s: retain.after: %w", s.Name, err)
		}
		if r.From != "" && r.From != RetainFromRetraction && r.From != RetainFromEnd {
			return fmt.Errorf("%s: retain.from is %q: want %s or %s", s.Name, r.From, RetainFromRetraction, RetainFromEnd)
		}
	}
	if a := s.Archive; a != nil {
		if strings.TrimSpace(a.Hold) == "" {
			return fmt.Errorf("%s: archive.hold is missing: give the legal reason why the records are kept", s.Name)
		}
		for _, k := range a.Kinds {
			if _, err := model.ParseKind(k); err != nil {
				return fmt.Errorf("%s: archive.kinds: %w", s.Name, err)
			}
		}
	}
	for _, p := range s.MasterFor {
		if _, err := ParseProperty(p); err != nil {
			return fmt.Errorf("%s: masterFor: %w", s.Name, err)
		}
	}
	return nil
}

var durationPattern = regexp.MustCompile(`^P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$`)

// ParseDuration reads an ISO 8601 duration of years, months, weeks and days.
func ParseDuration(s string) (years, months, days int, err error) {
	m := durationPattern.FindStringSubmatch(s)
	if m == nil {
		return 0, 0, 0, fmt.Errorf("duration %q: want years, months, weeks and days as ISO 8601 has them, such as P2Y or P18M", s)
	}
	number := func(s string) int {
		n, _ := strconv.Atoi(s) // digits, or nothing
		return n
	}
	years, months, days = number(m[1]), number(m[2]), 7*number(m[3])+number(m[4])
	if years+months+days == 0 {
		return 0, 0, 0, fmt.Errorf("duration %q is no time at all", s)
	}
	return years, months, days, nil
}

// ParseProperty reads "person.address".
func ParseProperty(s string) (model.PropertyID, error) {
	kind, name, ok := strings.Cut(s, ".")
	if !ok {
		return 0, fmt.Errorf("property %q: want kind.property, such as person.address", s)
	}
	k, err := model.ParseKind(kind)
	if err != nil {
		return 0, fmt.Errorf("property %q: %w", s, err)
	}
	row := ontology.ByName(k, name)
	if row == nil {
		return 0, fmt.Errorf("property %q: a %s has none of that name (see docs/model.md)", s, k)
	}
	return row.ID, nil
}

// ParseRules reads the names of survivorship rules in the order to try them.
func ParseRules(names []string) ([]model.Rule, error) {
	var out []model.Rule
next:
	for _, n := range names {
		for _, r := range []model.Rule{model.RuleMaster, model.RuleTrust, model.RuleRecency, model.RuleSupport} {
			if r.String() == n {
				out = append(out, r)
				continue next
			}
		}
		return nil, fmt.Errorf("rule %q: want master, trust, recency or support", n)
	}
	return out, nil
}

// Path is a path of the configuration: relative ones are relative to karna.yaml.
func (c *Config) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.dir, p)
}

// SQLitePath is the store's file, when it is one.
func (c *Config) SQLitePath() (string, bool) {
	p, ok := strings.CutPrefix(c.Store, "sqlite:")
	return c.Path(p), ok
}

// StoreName is the store for people and logs, without a password.
func (c *Config) StoreName() string {
	if p, ok := c.SQLitePath(); ok {
		return "sqlite:" + p
	}
	u, err := url.Parse(c.Store)
	if err != nil {
		return "postgres"
	}
	return u.Redacted()
}

// Loopback tells whether the listen address is on this machine only.
func (c *Config) Loopback() bool {
	ap, err := netip.ParseAddrPort(c.Listen)
	if err != nil {
		host, _, found := strings.Cut(c.Listen, ":")
		return found && host == "localhost"
	}
	return ap.Addr().IsLoopback()
}
