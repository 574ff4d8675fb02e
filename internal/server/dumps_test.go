package server_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/server"
	"github.com/karna-registry/karna/model"
)

func TestDumpsAreOfTheLatestRevisionAndCanBeReadInPart(t *testing.T) {
	town := gqltest.New(t)
	// The rights named at start do not widen what is dumped.
	s := serve(t, town, "127.0.0.1:0", steward)
	resp, page := s.do(t, http.MethodGet, "/dumps/", "", "Accept", "text/html")
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, `href="/dumps/all.nq"`) {
		t.Fatalf("the list is %s: %s", resp.Status, page)
	}
	var manifest struct {
		Revision int
		Files    []struct{ Name, SHA256 string }
	}
	_, text := s.do(t, http.MethodGet, "/dumps/", "", "Accept", "application/json")
	if err := json.Unmarshal([]byte(text), &manifest); err != nil || manifest.Revision != 3 {
		t.Fatalf("the manifest is %s: %v", text, err)
	}
	resp, all := s.do(t, http.MethodGet, "/dumps/all.nq", "")
	tag := resp.Header.Get("Etag")
	if i := slices.IndexFunc(manifest.Files, func(f struct{ Name, SHA256 string }) bool { return f.Name == "all.nq" }); i < 0 || tag != `"`+manifest.Files[i].SHA256+`"` {
		t.Errorf("the file's tag is %s; want its checksum of %+v", tag, manifest.Files)
	}
	if !strings.Contains(all, `"Biblioteket"@sv`) || strings.Contains(all, "Ek\"") || strings.Contains(all, "/id/person/") || strings.Contains(all, "Dold") {
		t.Error("the dump is not the open view")
	}
	if resp, part := s.do(t, http.MethodGet, "/dumps/all.nq", "", "Range", "bytes=5-14"); resp.StatusCode != http.StatusPartialContent || part != all[5:15] {
		t.Errorf("a part is %s %q, want %q", resp.Status, part, all[5:15])
	}
	if resp, _ := s.do(t, http.MethodGet, "/dumps/all.nq", "", "If-None-Match", tag); resp.StatusCode != http.StatusNotModified {
		t.Errorf("an unchanged file is answered with %s", resp.Status)
	}
	if resp, _ := s.do(t, http.MethodGet, "/dumps/..%2fserver.go", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a file that is not of the dump is answered with %s", resp.Status)
	}

	town.Clock.Advance(time.Hour)
	town.Retract(t, "web", model.Service, "loan")
	resp, all = s.do(t, http.MethodGet, "/dumps/all.nq", "", "If-None-Match", tag)
	if resp.StatusCode != http.StatusOK || strings.Contains(all, "Låna böcker") {
		t.Errorf("after a withdrawal the dump is %s and still has it: %t", resp.Status, strings.Contains(all, "Låna böcker"))
	}
	if resp, _ := s.do(t, http.MethodGet, "/dumps/service.nq", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a file of the earlier dump is answered with %s", resp.Status)
	}
}

// TestTheChangeFeedGoesOnFromADump: whoever has a dump reads what has changed since by
// the cursor in its manifest, and nothing twice.
func TestTheChangeFeedGoesOnFromADump(t *testing.T) {
	town := gqltest.New(t)
	s := serve(t, town, "127.0.0.1:0", access.Rights{})
	manifest := func() (m export.Manifest) {
		t.Helper()
		_, text := s.do(t, http.MethodGet, "/dumps/manifest.json", "")
		if err := json.Unmarshal([]byte(text), &m); err != nil || m.Cursor == "" {
			t.Fatalf("the manifest is %s: %v", text, err)
		}
		return m
	}
	since := func(m export.Manifest) string {
		t.Helper()
		_, got := s.query(t, `{ changes(after: "`+m.Cursor+`") { nodes { revision what kind } } }`)
		return got
	}
	const none = `{"data":{"changes":{"nodes":[]}}}`
	first := manifest()
	if _, page := s.do(t, http.MethodGet, "/dumps/", ""); !strings.Contains(page, `changes(after: "`+first.Cursor+`")`) {
		t.Errorf("the page does not say where the feed goes on:\n%s", page)
	}
	if got := since(first); got != none {
		t.Errorf("since a dump of the latest revision there is %s", got)
	}
	town.Clock.Advance(time.Hour)
	town.Retract(t, "web", model.Service, "loan")
	if got := since(first); got != `{"data":{"changes":{"nodes":[{"revision":4,"what":"ENDED","kind":"SERVICE"}]}}}` {
		t.Errorf("since a dump of revision 3 there is %s", got)
	}
	if got := since(manifest()); got != none {
		t.Errorf("since the next dump there is %s", got)
	}
}

// A public office is in the dump until its period is over, though nothing else
// changes, or its holder is protected; and what is on disk is then not served.
func TestADumpHoldsAPublicOfficeAsLongAsItIs(t *testing.T) {
	town := gqltest.New(t)
	s := serve(t, town, "127.0.0.1:0", steward)
	role, bo := town.ID(t, "hr", model.Role, "bo-employment"), town.ID(t, "hr", model.Person, "bo")
	today := model.DateOf(town.Clock.Now())
	end := model.DateOf(town.Clock.Now().AddDate(0, 0, 2))
	open := func(to model.Date) {
		t.Helper()
		if _, err := town.Registry.OpenOffice(t.Context(), "Åsa", role, "KS 2026 § 1", model.Period{From: today, To: to}, "chef"); err != nil {
			t.Fatal(err)
		}
	}
	tag := ""
	holds := func(what string, want bool) {
		t.Helper()
		resp, all := s.do(t, http.MethodGet, "/dumps/all.nq", "", "If-None-Match", tag)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: the dump is %s", what, resp.Status)
		}
		tag = resp.Header.Get("Etag")
		if got := strings.Contains(all, "Bo Alm") && strings.Contains(all, role.String()); got != want {
			t.Errorf("%s: the dump has the office: %t", what, got)
		}
		if strings.Contains(all, bo.String()) || strings.Contains(all, "/id/person/") {
			t.Errorf("%s: the dump names the person's record", what)
		}
		if resp, _ := s.do(t, http.MethodGet, "/id/role/"+role.String(), "", "Host", "data.exempel.se"); (resp.StatusCode == http.StatusOK) != want && resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: the office's address answers %s", what, resp.Status)
		}
	}
	holds("at first", false)
	open(end)
	holds("open", true)
	town.Clock.Advance(48 * time.Hour)
	holds("over", false)
	open(model.Date{})
	holds("open again", true)
	if _, err := town.Registry.RaiseProtection(t.Context(), "Åsa", bo, model.ProtectionSecrecyMarking, "samtal"); err != nil {
		t.Fatal(err)
	}
	holds("its holder is protected", false)
}

// TestOnlyAWholeDumpOfOurFormatsIsTakenOver: what lies in the folder is served if it is what
// this server would have made, and made anew otherwise, at the start and later.
func TestOnlyAWholeDumpOfOurFormatsIsTakenOver(t *testing.T) {
	town := gqltest.New(t)
	put := func(gzip bool, formats ...export.Format) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			at, err := town.View(steward).Revision(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			meta := export.Meta{Base: gqltest.Base, Revision: at, Cursor: access.AfterRevision(at), Gzip: gzip}
			if _, err := export.Dump(t.Context(), town.View(access.Rights{}).Quads(), dir, formats, meta); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole := put(false, export.NQuads, export.JSONLD)
	// spoilt is a whole dump of which something else became.
	spoilt := func(spoil func(name string) error) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			whole(t, dir)
			if err := spoil(filepath.Join(dir, "all.nq")); err != nil {
				t.Fatal(err)
			}
		}
	}
	const mark = "spoilt"
	for name, c := range map[string]struct {
		put  func(*testing.T, string)
		kept bool
	}{
		"whole":           {whole, true},
		"another format":  {put(false, export.Turtle), false},
		"one format less": {put(false, export.NQuads), false},
		"one more":        {put(false, export.NQuads, export.JSONLD, export.Turtle), false},
		"compressed":      {put(true, export.NQuads, export.JSONLD), false},
		"a file is gone":  {spoilt(os.Remove), false},
		"a file is cut":   {spoilt(func(name string) error { return os.Truncate(name, 10) }), false},
		"other bytes": {spoilt(func(name string) error {
			text, err := os.ReadFile(name)
			copy(text, mark)
			return errors.Join(err, os.WriteFile(name, text, 0o600))
		}), false},
	} {
		for when, before := range map[string]bool{"before the start": true, "while it serves": false} {
			t.Run(name+" "+when, func(t *testing.T) {
				dir := t.TempDir()
				if before {
					c.put(t, dir)
				}
				s := serveWith(t, town, "127.0.0.1:0", func(c *server.Config) { c.DumpDir = dir })
				if !before {
					s.do(t, http.MethodGet, "/dumps/", "")
					c.put(t, dir)
				}
				// A file that is written anew may have the number of one that is gone, but not its time.
				long := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
				if err := os.Chtimes(filepath.Join(dir, "all.jsonl"), long, long); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
				resp, all := s.do(t, http.MethodGet, "/dumps/all.nq", "")
				if resp.StatusCode != http.StatusOK || !strings.Contains(all, `"Biblioteket"@sv`) || strings.Contains(all, mark) {
					t.Errorf("the dump is %s: %.40s", resp.Status, all)
				}
				if resp, _ := s.do(t, http.MethodGet, "/dumps/all.jsonl", ""); resp.StatusCode != http.StatusOK {
					t.Errorf("the other format is %s", resp.Status)
				}
				for _, file := range dumped(t, dir) {
					if strings.HasSuffix(file, ".ttl") || strings.HasSuffix(file, ".gz") {
						t.Errorf("%s is left", file)
					}
				}
				is, err := os.Stat(filepath.Join(dir, "all.jsonl"))
				if err != nil {
					t.Fatal(err)
				}
				if kept := is.ModTime().Equal(long); kept != c.kept {
					t.Errorf("the folder's dump is kept: %t", kept)
				}
			})
		}
	}
}
