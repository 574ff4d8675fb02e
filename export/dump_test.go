package export_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/knakk/rdf"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var meta = export.Meta{Base: base, Revision: 7, Date: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Cursor: "after-7", ContextIRI: contextIRI}

// municipality holds a few things of several kinds in subject order.
func municipality() source {
	var s source
	named := func(k model.Kind, n byte, p model.PropertyID, name string) {
		s = quads.AppendGolden(s, base, &model.Golden{ID: model.EntityID{n}, Kind: k, Values: []model.GoldenValue{
			{Property: p, Value: model.Text{Text: name, Lang: "sv"}, Period: model.Period{From: model.Date{Year: 2000 + int16(n)}}}}})
	}
	named(model.Concept, 9, ontology.ConceptLabel, "Kommun")
	named(model.Geography, 1, ontology.GeoName, "Haninge")
	named(model.Organisation, 1, ontology.OrgName, "Haninge kommun")
	named(model.Organisation, 2, ontology.OrgName, "Vikingaskolan")
	named(model.Role, 3, ontology.RoleTitle, "Rektor")
	return s
}

func dump(t *testing.T, dir string, s quads.QuadSource, m export.Meta, formats ...export.Format) []export.File {
	t.Helper()
	files, err := export.Dump(context.Background(), s, dir, formats, m)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// folder is every file of a folder by name.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(b)
	}
	return out
}

func TestSameRevisionDumpsTheSameBytes(t *testing.T) {
	for _, zip := range []bool{false, true} {
		m := meta
		m.Gzip = zip
		a, b := t.TempDir(), t.TempDir()
		dump(t, a, municipality(), m, export.Formats()...)
		dump(t, b, municipality(), m, export.Formats()...)
		dump(t, b, municipality(), m, export.Formats()...)
		if d := gocmp.Diff(folder(t, a), folder(t, b)); d != "" {
			t.Errorf("gzip %v: %s", zip, d)
		}
	}
}

func TestDumpHasAFileForEachKindAndOneForAll(t *testing.T) {
	dir := t.TempDir()
	files := dump(t, dir, municipality(), meta, export.NQuads)
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	if want := []string{"concept.nq", "geography.nq", "organisation.nq", "role.nq", "all.nq"}; !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
	all := folder(t, dir)["all.nq"]
	lines := strings.SplitAfter(all, "\n")
	if !slices.IsSorted(lines[:len(lines)-1]) {
		t.Error("the lines of everything are not sorted")
	}
	sameQuads(t, "all.nq", municipality(), readKnakk(t, all, rdf.NQuads))
}

func TestEveryFormatOfADumpReadsBack(t *testing.T) {
	dir := t.TempDir()
	dump(t, dir, municipality(), meta, export.Formats()...)
	files := folder(t, dir)
	sameQuads(t, "all.nt", municipality(), readKnakk(t, files["all.nt"], rdf.NTriples))
	sameQuads(t, "all.ttl", municipality(), readKnakk(t, files["all.ttl"], rdf.Turtle))
	sameQuads(t, "all.jsonl", municipality(), readGold(t, files["all.jsonl"]))
	sameQuads(t, "all.jsonld", municipality(), readGold(t, files["all.jsonld"]))
}

func TestManifestTellsSizesAndChecksums(t *testing.T) {
	dir := t.TempDir()
	m := meta
	m.Gzip = true
	files := dump(t, dir, municipality(), m, export.NQuads, export.JSONLDFramed)
	got, err := export.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(&export.Manifest{Revision: 7, Date: meta.Date, Cursor: "after-7", Base: base, Files: files}, got); d != "" {
		t.Fatal(d)
	}
	on := folder(t, dir)
	if len(on) != len(files)+1 {
		t.Errorf("%d files for %d in the manifest", len(on), len(files))
	}
	for _, f := range files {
		sum := sha256.Sum256([]byte(on[f.Name]))
		if int64(len(on[f.Name])) != f.Size || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%s: size or checksum is wrong", f.Name)
		}
		zip, err := gzip.NewReader(strings.NewReader(on[f.Name]))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(zip)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(body, []byte("\n")); f.Format == "nquads" && int64(lines) != f.Quads {
			t.Errorf("%s: %d lines, %d quads", f.Name, lines, f.Quads)
		}
		if f.Kind == "organisation" && f.Entities != 2 {
			t.Errorf("%s: %d entities", f.Name, f.Entities)
		}
	}
}

func TestWhatIsWithdrawnLeavesTheFolder(t *testing.T) {
	dir := t.TempDir()
	dump(t, dir, municipality(), meta, export.NQuads, export.Turtle)
	if err := os.WriteFile(filepath.Join(dir, "README"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".dump-killed"), 0o755); err != nil {
		t.Fatal(err)
	}
	var open source
	for _, q := range municipality() {
		if !strings.Contains(q.Subject, "/id/role/") {
			open = append(open, q)
		}
	}
	dump(t, dir, open, meta, export.NQuads)
	files := folder(t, dir)
	var names []string
	for name, body := range files {
		names = append(names, name)
		if strings.Contains(body, "Rektor") {
			t.Errorf("%s still holds what was withdrawn", name)
		}
	}
	slices.Sort(names)
	if want := []string{"README", "all.nq", "concept.nq", "geography.nq", "manifest.json", "organisation.nq"}; !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
}

// failing gives some quads and then an error.
type failing struct {
	source
	err error
}

func (f failing) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	return func(yield func(quads.Quad, error) bool) {
		for q := range f.source.Match(ctx, p) {
			if !yield(q, nil) {
				return
			}
		}
		yield(quads.Quad{}, f.err)
	}
}

func TestFailedDumpLeavesTheEarlierOne(t *testing.T) {
	dir := t.TempDir()
	dump(t, dir, municipality(), meta, export.NQuads)
	before := folder(t, dir)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := municipality()
	broken := errors.New("disk")
	disordered := append(slices.Clone(s), s[0])
	kinds := append(slices.Clone(s), quads.AppendGolden(nil, base, &model.Golden{ID: model.EntityID{8}, Kind: model.Geography})...)
	foreign := append(slices.Clone(s), quads.Quad{Subject: "https://elsewhere.example/1", Predicate: base, Object: quads.Term{Kind: quads.Literal}})
	bad := append(slices.Clone(s), quads.Quad{Subject: base + "/id/service/" + model.EntityID{1}.String(), Predicate: "not an IRI", Object: quads.Term{Kind: quads.Literal}})
	for name, c := range map[string]struct {
		ctx  context.Context
		src  quads.QuadSource
		want error
	}{
		"the source fails":   {context.Background(), failing{s, broken}, broken},
		"cancelled":          {ctx, s, context.Canceled},
		"out of order":       {context.Background(), source(disordered), export.ErrOrder},
		"kinds out of order": {context.Background(), source(kinds), export.ErrOrder},
		"not an address":     {context.Background(), source(foreign), nil},
		"not a legal format": {context.Background(), source(bad), export.ErrInvalidIRI},
	} {
		if _, err := export.Dump(c.ctx, c.src, dir, []export.Format{export.NQuads}, meta); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if d := gocmp.Diff(before, folder(t, dir)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
