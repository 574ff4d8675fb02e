package csv

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/yamltext"
)

// mapping is the mapping file as written; plan.go says what it means.
type mapping struct {
	Name      string                    `yaml:"name"`
	Encoding  string                    `yaml:"encoding"`
	Delimiter string                    `yaml:"delimiter"`
	Quote     string                    `yaml:"quote"`
	Header    *bool                     `yaml:"header"`
	Columns   []string                  `yaml:"columns"`
	Decimal   string                    `yaml:"decimal"`
	Dates     list[string]              `yaml:"dates"`
	Language  string                    `yaml:"language"`
	Schemes   map[string]at[schemeSpec] `yaml:"schemes"`
	Records   []at[recordSpec]          `yaml:"records"`

	bound atomic.Pointer[plan] // to the columns of the last file
}

// schemeSpec is what a scheme of the tenant's own proves.
type schemeSpec struct {
	Kinds     list[string] `yaml:"kinds"`
	Unique    bool         `yaml:"unique"`
	Exclusive string       `yaml:"exclusive"`
	Sealed    bool         `yaml:"sealed"`
}

type recordSpec struct {
	Kind       string          `yaml:"kind"`
	Key        string          `yaml:"key"`
	When       list[at[when]]  `yaml:"when"`
	Disclosure string          `yaml:"disclosure"`
	Stamp      *at[stampSpec]  `yaml:"stamp"`
	Delete     *at[deleteSpec] `yaml:"delete"`
	Period     *at[periodSpec] `yaml:"period"`
	Fields     []at[fieldSpec] `yaml:"fields"`
}

type fieldSpec struct {
	Replaced bool   `yaml:"replaced"`
	Property string `yaml:"property"`
	Column   string `yaml:"column"`
	// Protection is how the column spells that a person is protected.
	Protection string            `yaml:"protection"`
	Template   string            `yaml:"template"`
	Constant   string            `yaml:"constant"`
	When       list[at[when]]    `yaml:"when"`
	Scheme     string            `yaml:"scheme"`
	CodeList   string            `yaml:"codeList"`
	Values     map[string]string `yaml:"values"`
	Split      string            `yaml:"split"`
	Lang       string            `yaml:"lang"`
	Format     list[string]      `yaml:"format"`
	Contact    *at[contactSpec]  `yaml:"contact"`
	Link       *at[linkSpec]     `yaml:"link"`
	Address    *at[addressSpec]  `yaml:"address"`
	Geometry   *at[geometrySpec] `yaml:"geometry"`
	Period     *at[periodSpec]   `yaml:"period"`
}

// when is a condition on one column: it holds when everything in it does.
type when struct {
	Column string       `yaml:"column"`
	Equals list[string] `yaml:"equals"`
	Not    list[string] `yaml:"not"`
	Empty  *bool        `yaml:"empty"`
}

type stampSpec struct {
	Column string       `yaml:"column"`
	Format list[string] `yaml:"format"`
}

type deleteSpec struct {
	Column string       `yaml:"column"`
	Values list[string] `yaml:"values"`
}

type periodSpec struct {
	From      string       `yaml:"from"`
	To        string       `yaml:"to"`
	Inclusive *bool        `yaml:"inclusive"`
	Format    list[string] `yaml:"format"`
}

type contactSpec struct {
	Medium string `yaml:"medium"`
	Use    string `yaml:"use"`
}

// flagSpec is a column that says that whom a link leads to is protected.
type flagSpec struct {
	Column   string `yaml:"column"`
	Spelling string `yaml:"spelling"`
}

type linkSpec struct {
	Protection *at[flagSpec] `yaml:"protection"`

	Kind   string `yaml:"kind"`
	Source string `yaml:"source"`
	Key    string `yaml:"key"`
	Scheme string `yaml:"scheme"`
	Role   string `yaml:"role"`
}

type addressSpec struct {
	Use          string `yaml:"use"`
	CareOf       string `yaml:"careOf"`
	Street       string `yaml:"street"`
	StreetNumber string `yaml:"streetNumber"`
	Entrance     string `yaml:"entrance"`
	Unit         string `yaml:"unit"`
	PostalCode   string `yaml:"postalCode"`
	Locality     string `yaml:"locality"`
	Municipality string `yaml:"municipality"`
	County       string `yaml:"county"`
	Property     string `yaml:"property"`
	Country      string `yaml:"country"`
	Full         string `yaml:"full"`
}

type geometrySpec struct {
	East  string `yaml:"east"`
	North string `yaml:"north"`
	CRS   string `yaml:"crs"`
}

// line is where in the mapping something stands; 0 if nobody knows.
type line int

// at is a part of the mapping and its line.
type at[T any] struct {
	spec T
	line line
}

// UnmarshalYAML reads the part as strictly as the whole.
func (a *at[T]) UnmarshalYAML(n ast.Node) error {
	if t := n.GetToken(); t != nil && t.Position != nil {
		a.line = line(t.Position.Line)
	}
	return yaml.NodeToValue(n, &a.spec, yaml.Strict())
}

// list is a list, or a single value that stands for a list of one.
type list[T any] []T

// UnmarshalYAML reads either.
func (l *list[T]) UnmarshalYAML(n ast.Node) error {
	if n.Type() == ast.SequenceType {
		return yaml.NodeToValue(n, (*[]T)(l), yaml.Strict())
	}
	var one T
	if err := yaml.NodeToValue(n, &one, yaml.Strict()); err != nil {
		return err
	}
	*l = list[T]{one}
	return nil
}

// parsed keeps the mappings read last: a source's mapping is read again for each
// of its deliveries, and most are small.
var parsed struct {
	sync.Mutex
	by map[string]*mapping
}

// maxParsed is how many mappings are kept.
const maxParsed = 256

// parseMapping reads a mapping's text. The answer is shared: read only.
func parseMapping(text []byte) (*mapping, error) {
	parsed.Lock()
	defer parsed.Unlock()
	if m := parsed.by[string(text)]; m != nil {
		return m, nil
	}
	m, err := decodeMapping(text)
	if err != nil {
		return nil, err
	}
	if parsed.by == nil || len(parsed.by) >= maxParsed {
		parsed.by = map[string]*mapping{}
	}
	parsed.by[string(text)] = m
	return m, nil
}

func decodeMapping(text []byte) (*mapping, error) {
	m := new(mapping)
	var changed *yamltext.Changed
	if err := yamltext.Check(text, m); errors.As(err, &changed) {
		return nil, wrong(line(changed.Line), "%v", err)
	}
	if err := yaml.UnmarshalWithOptions(text, m, yaml.Strict()); err != nil {
		var bad yaml.Error
		if errors.As(err, &bad) && bad.GetToken() != nil && bad.GetToken().Position != nil {
			return nil, wrong(line(bad.GetToken().Position.Line), "%s", bad.GetMessage())
		}
		return nil, ingest.Misconfigured("mapping", "", "cannot be read: %v", err)
	}
	return m, nil
}

// wrong is an error in the mapping.
func wrong(l line, format string, args ...any) error {
	place := "mapping"
	if l > 0 {
		place += " line " + strconv.Itoa(int(l))
	}
	return ingest.Misconfigured(place, "correct the mapping file", "%s", fmt.Sprintf(format, args...))
}
