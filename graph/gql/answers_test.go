package gql_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
)

var update = flag.Bool("update", false, "write the answers that were given to testdata")

// TestAnswers asks every query of testdata/answers of the small town, as its
// first line says ("# as steward restricted:read"), and compares the answer. In
// a query «source/kind/local id» is the record's id, and in an answer every id is
// written as its record's key.
func TestAnswers(t *testing.T) { answers(t, gqltest.New(t), "testdata/answers/*") }

// TestAnswersAboutTime asks the queries of testdata/later of the town after it
// has changed.
func TestAnswersAboutTime(t *testing.T) {
	town := gqltest.New(t)
	town.ChangeTwice(t)
	answers(t, town, "testdata/later/*")
}

// TestEveryEngineFindsTheSame asks what is found by filters, codes and words, now
// and in the past, on both engines.
func TestEveryEngineFindsTheSame(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		answers(t, town, "testdata/answers/filters*", "testdata/answers/search", "testdata/answers/code*", "testdata/answers/pages")
		town.ChangeTwice(t)
		answers(t, town, "testdata/later/*as_of*")
	})
}

func answers(t *testing.T, town *gqltest.Town, patterns ...string) {
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern + ".graphql")
		if err != nil || len(found) == 0 {
			t.Fatalf("%d queries found: %v", len(found), err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".graphql"), func(t *testing.T) {
			query, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := answer(t, town, rightsOf(t, string(query)), town.IDs(t, string(query)))
			golden := strings.TrimSuffix(file, ".graphql") + ".json"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the answer differs (-want +got):\n%s", diff)
			}
		})
	}
}

func rightsOf(t *testing.T, query string) access.Rights {
	t.Helper()
	line, _, _ := strings.Cut(query, "\n")
	words := strings.Fields(strings.TrimPrefix(line, "# as "))
	if !strings.HasPrefix(line, "# as ") || len(words) == 0 {
		t.Fatalf("the first line is %q; want # as ROLE SCOPE…", line)
	}
	role, err := access.ParseRole(words[0])
	if err != nil {
		t.Fatal(err)
	}
	r := access.Rights{Role: role, Actor: "test", Standing: "test"}
	for _, w := range words[1:] {
		scope, err := access.ParseScope(w)
		if err != nil {
			t.Fatal(err)
		}
		r.Scopes = append(r.Scopes, scope)
	}
	return r
}

func executor(town *gqltest.Town) *gql.Executor {
	return gql.New(gql.Options{Stewardship: town.Registry, Clock: town.Clock.Now, Log: town.Log})
}

// answer is the answer as indented JSON with names for ids.
func answer(t testing.TB, town *gqltest.Town, rights access.Rights, query string) []byte {
	t.Helper()
	resp := executor(town).Execute(t.Context(), town.View(rights), gql.Request{Query: query})
	text, err := json.Marshal(resp)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, town.Names(t, text), "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}
