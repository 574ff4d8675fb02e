package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const graphqlBase = "tenant: {code: \"9899\", baseIRI: https://data.example.se}\n"

func TestGraphQLIsConfigured(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "queries"), 0o700); err != nil {
		t.Fatal(err)
	}
	const text = "query Revision { status { revision } }\n"
	if err := os.WriteFile(filepath.Join(dir, "queries", "revision.graphql"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse([]byte(graphqlBase+`graphql: {cost: 1000, time: 2s, concurrent: -1, persisted: queries, persistedOnly: true, streams: {most: 3, patience: 5s}}`), filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	g := c.GraphQL
	if g.Cost != 1000 || g.Time != 2*time.Second || g.Concurrent != -1 || g.Streams.Most != 3 || g.Streams.Patience != 5*time.Second {
		t.Errorf("read as %+v", g)
	}
	// Byte for byte: the hash is of the file.
	if documents, err := c.Documents(); err != nil || len(documents) != 1 || documents[0] != text {
		t.Errorf("the documents are %q, %v", documents, err)
	}
	c.GraphQL.Persisted = "nowhere"
	if _, err := c.Documents(); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a folder without documents: %v", err)
	}
}

func TestGraphQLIsCheckedWithARemedy(t *testing.T) {
	for text, want := range map[string]string{
		"{cost: -1}":             "cost is less than nothing",
		"{streams: {poll: -1s}}": "streams.poll is less than nothing",
		"{persistedOnly: true}":  "persistedOnly needs persisted",
		"{costs: 1}":             "costs",
	} {
		if _, err := Parse([]byte(graphqlBase+"graphql: "+text), FileName); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}
