package yamltext_test

import (
	"errors"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/karna-registry/karna/ingest/yamltext"
)

// shape has a field of each form that is looked at.
type shape struct {
	Code   string `yaml:"code"`
	Within struct {
		N string `yaml:"n"`
	} `yaml:"within"`
	List  []string          `yaml:"list"`
	Map   map[string]string `yaml:"map"`
	Own   *own[string]      `yaml:"own"`
	Trust int               `yaml:"trust"`
	Share float64           `yaml:"share"`
	Flag  bool              `yaml:"flag"`
}

// own reads its node itself.
type own[T any] struct {
	spec T
	line int
}

func (o *own[T]) UnmarshalYAML(n ast.Node) error {
	o.line = n.GetToken().Position.Line
	return yaml.NodeToValue(n, &o.spec)
}

func TestATextIsWhatIsWritten(t *testing.T) {
	for document, want := range map[string]string{
		"code: 0136":                   `code is 0136 without quotes, which YAML reads as 94: write "0136"`,
		"code: 0x1F":                   `code is 0x1F without quotes, which YAML reads as 31: write "0x1F"`,
		"code: 1_000":                  `code is 1_000 without quotes, which YAML reads as 1000: write "1_000"`,
		"code: 1.10":                   `code is 1.10 without quotes, which YAML reads as 1.1: write "1.10"`,
		"code: +46":                    `code is +46 without quotes, which YAML reads as 46: write "+46"`,
		"code: True":                   `code is True without quotes, which YAML reads as true: write "True"`,
		"code: .inf":                   `code is .inf without quotes, which YAML reads as +Inf: write ".inf"`,
		"code: !!str 0136":             `code is 0136 without quotes, which YAML reads as 94: write "0136"`,
		"code: &a 0136":                `code is 0136 without quotes, which YAML reads as 94: write "0136"`,
		"trust: &a 9\ncode: *a":        "",
		"flag: &a TRUE\ncode: *a":      `code is TRUE without quotes, which YAML reads as true: write "TRUE"`,
		"within: {n: 01}":              `within.n is 01 without quotes, which YAML reads as 1: write "01"`,
		"list: [a, 01]":                `list[1] is 01 without quotes, which YAML reads as 1: write "01"`,
		"map: {a: 01}":                 `map.a is 01 without quotes, which YAML reads as 1: write "01"`,
		"map: {01: a}":                 `map is 01 without quotes, which YAML reads as 1: write "01"`,
		"map:\n  <<: {a: 01}":          `map.a is 01 without quotes, which YAML reads as 1: write "01"`,
		"own: 01":                      `own is 01 without quotes, which YAML reads as 1: write "01"`,
		"trust: 050":                   `trust is 050, which YAML reads as 40: write the number without the zero before it`,
		"share: 010":                   `share is 010, which YAML reads as 8: write the number without the zero before it`,
		`code: "0136"`:                 "",
		"code: '0136'":                 "",
		"code: |\n  0136":              "",
		"code: 1234":                   "",
		"code: 212000-0142":            "",
		"code: 2027-12-31":             "",
		"code: no":                     "",
		"code: true":                   "",
		"code:":                        "",
		"share: 0.10":                  "",
		"trust: 0":                     "",
		"flag: True":                   "",
		"other: 0136":                  "", // the decoder's
		"map: [":                       "",
		"":                             "",
		"list: &a [*a, *a]":            "",
		"within: &w {n: a}\ncode: *w":  "",
		"map: &m\n  a: *m\ncode: 1234": "",
	} {
		err := yamltext.Check([]byte(document), new(shape))
		if got := said(err); got != want {
			t.Errorf("%q: %s\nwant %s", document, got, want)
		}
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestItsLineIsKnown(t *testing.T) {
	err := yamltext.Check([]byte("# first\nlist:\n  - a\n  - 007\n"), new(shape))
	var changed *yamltext.Changed
	if !errors.As(err, &changed) || changed.Line != 4 || changed.Read != "7" {
		t.Errorf("%+v", err)
	}
}
