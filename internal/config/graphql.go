package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// GraphQL is what GraphQL operations may ask for, and how. A zero value is the
// server's default.
type GraphQL struct {
	Body       int64         `yaml:"body"` // bytes of a request
	Tokens     int           `yaml:"tokens"`
	Depth      int           `yaml:"depth"`
	Cost       int           `yaml:"cost"` // fields of the largest answer
	Aliases    int           `yaml:"aliases"`
	Directives int           `yaml:"directives"`
	Time       time.Duration `yaml:"time"`
	Concurrent int           `yaml:"concurrent"` // requests of one caller at once; -1: any number
	Batch      int           `yaml:"batch"`      // operations of one request; 0: a single one only
	// Persisted is a directory of *.graphql files, each a document that may be asked
	// by the SHA-256 of its text; PersistedOnly answers no others.
	Persisted     string  `yaml:"persisted"`
	PersistedOnly bool    `yaml:"persistedOnly"`
	Streams       Streams `yaml:"streams"`
}

// Streams are what subscribers may take.
type Streams struct {
	Most     int           `yaml:"most"`     // at once
	Each     int           `yaml:"each"`     // of one caller; -1: any number
	Poll     time.Duration `yaml:"poll"`     // how often one looks for what is new
	Patience time.Duration `yaml:"patience"` // how long one may take to take an entry
}

func (g *GraphQL) check() error {
	for name, n := range map[string]int64{
		"body": g.Body, "tokens": int64(g.Tokens), "depth": int64(g.Depth), "cost": int64(g.Cost), "aliases": int64(g.Aliases),
		"directives": int64(g.Directives), "time": int64(g.Time), "batch": int64(g.Batch), "streams.most": int64(g.Streams.Most),
		"streams.poll": int64(g.Streams.Poll), "streams.patience": int64(g.Streams.Patience),
	} {
		if n < 0 {
			return fmt.Errorf("%s is less than nothing", name)
		}
	}
	if g.PersistedOnly && g.Persisted == "" {
		return errors.New("persistedOnly needs persisted: the directory of the documents")
	}
	return nil
}

// Documents are the texts of the persisted documents, byte for byte as they are
// in their files.
func (c *Config) Documents() ([]string, error) {
	if c.GraphQL.Persisted == "" {
		return nil, nil
	}
	dir := c.Path(c.GraphQL.Persisted)
	names, err := filepath.Glob(filepath.Join(dir, "*.graphql"))
	if err != nil {
		return nil, fmt.Errorf("graphql.persisted: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("graphql.persisted: there is no *.graphql file in %s", dir)
	}
	var out []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read a persisted document: %w", err)
		}
		if strings.TrimSpace(string(text)) == "" {
			return nil, fmt.Errorf("%s: the document is empty", name)
		}
		out = append(out, string(text))
	}
	return out, nil
}
