package archtest

import (
	"slices"
	"strings"
	"testing"
)

// row says what one package may import.
type row struct {
	ours  string // packages of this module, blank-separated
	other string // packages of other modules, with everything below them
	test  string // more of either, for its tests; testkit, rapid, go-cmp and graphtest need no mention
}

// The reusable parts of the rows.
const (
	words  = "model model/sound ontology"
	parts  = "graph graph/document graph/quads resolve ingest"
	middle = "internal/registry internal/access internal/audit internal/seal internal/config internal/login"

	// Tests above the port run on an engine, since that is how it is used.
	engines = "graph/sqlite graph/postgres"
	formats = "ingest/csv ingest/paxml ingest/ss12000"
)

// layers is who imports whom (docs/architecture.md). resolve, ingest and graph
// never meet below internal/registry; nothing reads the store but through
// internal/access, but for the engines' own folder; a third-party module has one
// home.
var layers = map[string]row{
	"model/sound": {},
	"model":       {other: "github.com/google/uuid"},
	"ontology":    {ours: "model", test: "github.com/goccy/go-yaml github.com/knakk/rdf github.com/piprate/json-gold"},
	"resolve":     {ours: words},
	// Texts are compared in NFC, however a file composed its letters.
	"resolve/match": {ours: words + " resolve", other: "golang.org/x/text/unicode/norm"},

	"ingest":           {ours: words},
	"ingest/normalise": {ours: "model", other: "golang.org/x/text github.com/wroge/wgs84"},
	"ingest/window":    {},
	"ingest/yamltext":  {other: "github.com/goccy/go-yaml"},
	"ingest/draft":     {ours: words + " ingest/normalise"},
	"ingest/ss12000":   {ours: words + " ingest ingest/draft ingest/normalise ingest/window"},
	"ingest/paxml":     {ours: words + " ingest ingest/draft ingest/normalise ingest/window"},
	"ingest/csv": {ours: words + " ingest ingest/draft ingest/normalise ingest/window ingest/yamltext",
		other: "golang.org/x/text github.com/goccy/go-yaml github.com/wroge/wgs84"},
	"ingest/ingesttest": {ours: words + " ingest", other: "github.com/google/go-cmp"},
	"ingest/formats":    {ours: "ingest " + formats},

	"graph":                       {ours: "model"},
	"graph/document":              {ours: words + " graph", other: "google.golang.org/protobuf/encoding/protowire golang.org/x/text"},
	"graph/document/documenttest": {ours: words, other: "pgregory.net/rapid"},
	"graph/quads":                 {ours: words, test: "github.com/knakk/rdf github.com/piprate/json-gold"},
	"graph/walk":                  {ours: "graph/quads"},
	"graph/pathexpr":              {ours: words},
	"graph/cayley":                {ours: words + " graph/pathexpr graph/quads graph/walk", other: "github.com/cayleygraph/cayley/graph github.com/cayleygraph/quad"},
	"graph/relational":            {ours: "model graph", test: engines},
	"graph/sqlite":                {ours: "model graph graph/relational", other: "modernc.org/sqlite modernc.org/libc github.com/pressly/goose/v3"},
	"graph/postgres":              {ours: "model graph graph/relational", other: "github.com/jackc/pgx/v5 github.com/pressly/goose/v3"},
	"graph/graphtest":             {ours: "model graph internal/testkit", other: "pgregory.net/rapid github.com/google/go-cmp"},
	"graph/gql": {ours: words + " graph graph/cayley graph/pathexpr graph/quads graph/walk internal/access internal/audit internal/registry internal/subject",
		other: "github.com/99designs/gqlgen github.com/vektah/gqlparser/v2", test: "graph/gql/gqltest graph/relational"},
	"graph/gql/bindgen":        {ours: words, other: "github.com/vektah/gqlparser/v2"},
	"graph/gql/gqltest":        {ours: words + " ingest resolve graph graph/gql graph/relational internal/testkit " + engines + " " + middle, other: "github.com/vektah/gqlparser/v2"},
	"graph/gql/gqltest/client": {other: "github.com/Khan/genqlient/graphql"},
	"export":                   {ours: words + " graph/quads", test: "github.com/knakk/rdf github.com/piprate/json-gold testdata"},

	"internal/seal": {ours: "model graph"},
	"internal/login": {ours: "model graph internal/access internal/audit internal/seal", other: "github.com/coreos/go-oidc/v3 golang.org/x/oauth2 github.com/google/uuid",
		test: "github.com/go-jose/go-jose/v4 " + engines},
	"internal/login/logintest": {other: "github.com/zitadel/oidc/v3 github.com/go-jose/go-jose/v4"},
	"internal/audit":           {ours: "model graph internal/seal", test: engines},
	"internal/subject":         {ours: words + " graph internal/audit", test: "github.com/piprate/json-gold"},
	"internal/config":          {ours: words + " ingest resolve ingest/yamltext", other: "github.com/goccy/go-yaml"},
	"internal/access":          {ours: words + " graph graph/document graph/quads internal/audit internal/seal internal/subject", test: "resolve internal/login graph/cayley graph/pathexpr graph/walk " + engines},
	"internal/registry":        {ours: words + " " + parts + " resolve/match internal/audit internal/seal internal/subject internal/access internal/config", other: "github.com/google/uuid", test: formats + " " + engines + " internal/synth"},
	"internal/tabular":         {ours: "model ingest ingest/window", other: "golang.org/x/text/encoding/charmap"},
	"internal/matching":        {ours: words + " ingest internal/tabular ingest/yamltext resolve/match", other: "github.com/goccy/go-yaml", test: "internal/synth"},
	"internal/server":          {ours: words + " graph graph/gql graph/quads export " + middle, test: "graph/gql/gqltest ingest/csv internal/testkit/synth github.com/Khan/genqlient/graphql github.com/vektah/gqlparser/v2 " + engines},

	"internal/synth":            {test: "model"},
	"internal/testkit":          {ours: "model internal/testkit/proc", test: "github.com/google/uuid"},
	"internal/testkit/proc":     {},
	"internal/testkit/searched": {ours: "internal/testkit"},
	"internal/testkit/synth":    {ours: "model"},
	"internal/bench":            {ours: "model graph graph/sqlite graph/postgres graph/gql ingest/csv internal/registry internal/seal internal/config internal/access internal/server internal/testkit/proc internal/testkit/synth", test: "graph/relational internal/audit"},
	"internal/archtest":         {},
	"cmd/karna":                 {ours: "*", other: "github.com/spf13/cobra github.com/vbauerster/mpb/v8 golang.org/x/term", test: "github.com/rogpeppe/go-internal"},
}

// forTests may be imported by the tests of any package, and by no program.
var forTests = []string{
	module + "/internal/testkit", module + "/ingest/ingesttest", module + "/graph/graphtest", module + "/graph/document/documenttest", module + "/graph/gql/gqltest",
	module + "/graph/gql/gqltest/client",
	module + "/internal/login/logintest", module + "/testdata",
	"pgregory.net/rapid", "github.com/google/go-cmp",
}

func TestEveryPackageImportsOnlyWhatItsLayerMay(t *testing.T) {
	for _, p := range packages(t) {
		r, ok := layers[p.rel()]
		if !ok {
			t.Errorf("%s has no row in the table of layers: give it one, with the least it needs", p.rel())
			continue
		}
		for _, path := range p.Imports {
			if !isStandard(path) && !r.allows(path) {
				t.Errorf("%s may not import %s", p.rel(), relative(path))
			}
		}
		for _, path := range p.testImports() {
			if isStandard(path) || path == p.ImportPath || r.allows(path) || r.allowsTest(path) {
				continue
			}
			t.Errorf("the tests of %s may not import %s", p.rel(), relative(path))
		}
	}
}

// TestEveryRowOfTheTableIsAPackage keeps the table true as packages move.
func TestEveryRowOfTheTableIsAPackage(t *testing.T) {
	have := map[string]bool{}
	for _, p := range packages(t) {
		have[p.rel()] = true
	}
	for rel := range layers {
		if !have[rel] {
			t.Errorf("the table of layers has a row for %s, which is no package", rel)
		}
	}
}

// TestPartsNeverReachEachOther holds what no row may loosen, through any
// number of steps.
func TestPartsNeverReachEachOther(t *testing.T) {
	all, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []struct {
		from, to []string
		why      string
	}{
		{[]string{"resolve"}, []string{"ingest", "graph"}, "resolution is pure: it knows no formats and no storage"},
		{[]string{"ingest"}, []string{"resolve", "graph"}, "a mapper says what a source says, and nothing of what becomes of it"},
		{[]string{"graph"}, []string{"resolve", "ingest"}, "the store keeps what it is given and decides nothing"},
		{[]string{"model"}, []string{"ontology", "resolve", "ingest", "graph", "export", "internal"}, "the model is a leaf"},
		{[]string{"ontology"}, []string{"resolve", "ingest", "graph", "export", "internal"}, "the table drives the others and knows none of them"},
		{[]string{"export"}, []string{"internal/registry", "internal/server", "graph/gql", "graph/sqlite", "graph/postgres"}, "an export reads a QuadSource, whoever serves it"},
		{[]string{"internal/access", "internal/registry", "internal/server", "graph/gql"}, []string{"graph/sqlite", "graph/postgres", "graph/relational"}, "what is above the port does not know the engine"},
	} {
		for _, from := range rule.from {
			p := all[module+"/"+from]
			if p == nil {
				t.Errorf("no package %s: the rule holds nothing", from)
				continue
			}
			for _, dep := range p.Deps {
				for _, to := range rule.to {
					if isOurs(dep) && within(relative(dep), to) {
						t.Errorf("%s reaches %s: %s", from, relative(dep), rule.why)
					}
				}
			}
		}
	}
}

// TestProgramsDoNotHoldTheirTests: what is only for tests never gets into a binary.
func TestProgramsDoNotHoldTheirTests(t *testing.T) {
	programs, err := list("-deps", "./cmd/...")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		if p.rel() == "testdata" {
			continue // karna demo delivers the sample municipality
		}
		if matchesAny(p.ImportPath, forTests) {
			t.Errorf("a program depends on %s, which is for tests", relative(p.ImportPath))
		}
	}
}

func (r row) allows(path string) bool {
	if isOurs(path) {
		return r.ours == "*" || slices.Contains(strings.Fields(r.ours), relative(path))
	}
	return matchesAny(path, strings.Fields(r.other))
}

func (r row) allowsTest(path string) bool {
	if matchesAny(path, forTests) {
		return true
	}
	if isOurs(path) {
		return slices.Contains(strings.Fields(r.test), relative(path))
	}
	return matchesAny(path, strings.Fields(r.test))
}

func matchesAny(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return within(path, prefix) })
}

// within tells whether path is prefix or below it.
func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
