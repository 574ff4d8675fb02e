package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/server"
	"github.com/karna-registry/karna/model"
)

// dumped is what is in a folder of dumps.
func dumped(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// withOffice is a town in whose dump a person's name is, for the office is public.
func withOffice(t *testing.T) (town *gqltest.Town, bo model.EntityID) {
	t.Helper()
	town = gqltest.New(t)
	role := town.ID(t, "hr", model.Role, "bo-employment")
	period := model.Period{From: model.DateOf(town.Clock.Now())}
	if _, err := town.Registry.OpenOffice(t.Context(), "Åsa", role, "KS 2026 § 1", period, "chef"); err != nil {
		t.Fatal(err)
	}
	return town, town.ID(t, "hr", model.Person, "bo")
}

// following is a server that looks for what is new all the time, and its dumps.
func following(t *testing.T, town *gqltest.Town) (s *running, dir string) {
	t.Helper()
	dir = t.TempDir()
	return serveWith(t, town, "127.0.0.1:0", func(c *server.Config) {
		c.DumpDir, c.Limits = dir, gql.Limits{Poll: time.Millisecond}
	}), dir
}

// untilEmpty waits until a folder has nothing of a dump. That takes a moment, and a
// minute is for ever.
func untilEmpty(t *testing.T, dir string) {
	t.Helper()
	again, end := time.NewTicker(time.Millisecond), time.NewTimer(time.Minute)
	defer again.Stop()
	defer end.Stop()
	for len(dumped(t, dir)) > 0 {
		select {
		case <-again.C:
		case <-end.C:
			t.Fatalf("%v are left", dumped(t, dir))
		}
	}
}

// TestAWithdrawalTakesTheDumpFromDisk: once a flag has risen, or somebody was erased,
// what was dumped before is gone from the folder, without anybody asking for it.
func TestAWithdrawalTakesTheDumpFromDisk(t *testing.T) {
	for name, withdraw := range map[string]func(t *testing.T, town *gqltest.Town, bo model.EntityID) error{
		"flag": func(t *testing.T, town *gqltest.Town, bo model.EntityID) error {
			_, err := town.Registry.RaiseProtection(t.Context(), "Åsa", bo, model.ProtectionSecrecyMarking, "samtal")
			return err
		},
		"erasure": func(t *testing.T, town *gqltest.Town, bo model.EntityID) error {
			_, err := town.Registry.Erase(t.Context(), registry.EraseRequest{ID: bo, Decision: "KS 1", Actor: "Åsa"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			town, bo := withOffice(t)
			s, dir := following(t, town)
			if _, all := s.do(t, http.MethodGet, "/dumps/all.nq", ""); !strings.Contains(all, "Bo Alm") {
				t.Fatal("the dump does not name whoever holds the public office")
			}
			mine := filepath.Join(dir, "readme.txt") // somebody's own file
			if names := dumped(t, dir); !slices.Contains(names, "all.nq") || !slices.Contains(names, export.ManifestName) {
				t.Fatalf("in the folder are %v", names)
			}
			if err := withdraw(t, town, bo); err != nil {
				t.Fatal(err)
			}
			untilEmpty(t, dir)
			if err := os.WriteFile(mine, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, all := s.do(t, http.MethodGet, "/dumps/all.nq", ""); strings.Contains(all, "Bo Alm") || all == "" {
				t.Error("the dump after it names the person, or nothing")
			}
			if names := dumped(t, dir); !slices.Contains(names, "readme.txt") {
				t.Errorf("in the folder are %v", names)
			}
		})
	}
}

// TestWhatWasWithdrawnIsGoneBeforeTheServerListens: what a server that has ended left
// in the folder is served by none that starts, and is gone before it can be asked.
func TestWhatWasWithdrawnIsGoneBeforeTheServerListens(t *testing.T) {
	town, bo := withOffice(t)
	dir := t.TempDir()
	of := func(base string) *server.Server {
		t.Helper()
		s, err := server.New(server.Config{Access: town.Access, CloseEnded: town.Registry.CloseEndedOffices, BaseIRI: base, DumpDir: dir, Clock: town.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	begun := func(base string) {
		t.Helper()
		if err := of(base).Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	dump := func() {
		t.Helper()
		at, err := town.View(steward).Revision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = export.Dump(t.Context(), town.View(access.Rights{}).Quads(), dir, []export.Format{export.NQuads}, export.Meta{Base: gqltest.Base, Revision: at, Cursor: access.AfterRevision(at)})
		if err != nil {
			t.Fatal(err)
		}
	}
	begun(gqltest.Base) // nothing is there
	dump()
	begun(gqltest.Base)
	if names := dumped(t, dir); !slices.Contains(names, "all.nq") {
		t.Errorf("a dump of the latest revision is taken away; left are %v", names)
	}
	begun("https://annan.exempel.se")
	if names := dumped(t, dir); len(names) > 0 {
		t.Errorf("of a dump of other addresses %v are left", names)
	}
	dump()
	if _, err := town.Registry.RaiseProtection(t.Context(), "Åsa", bo, model.ProtectionSecrecyMarking, "samtal"); err != nil {
		t.Fatal(err)
	}
	// Of a dump that was cut off there is no manifest yet, and of another half.
	if err := os.WriteFile(filepath.Join(dir, "role.jsonld"), []byte("Bo Alm"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".dump-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	begun(gqltest.Base)
	if names := dumped(t, dir); len(names) > 0 {
		t.Errorf("of a dump from before the flag %v are left", names)
	}
	// Where nothing has changed but that an office's period is over, that is seen to.
	town = gqltest.New(t)
	now := town.Clock.Now()
	period := model.Period{From: model.DateOf(now), To: model.DateOf(now.AddDate(0, 0, 1))}
	if _, err := town.Registry.OpenOffice(t.Context(), "Åsa", town.ID(t, "hr", model.Role, "bo-employment"), "KS 2026 § 1", period, "chef"); err != nil {
		t.Fatal(err)
	}
	dump()
	town.Clock.Advance(48 * time.Hour)
	begun(gqltest.Base)
	if names := dumped(t, dir); len(names) > 0 {
		t.Errorf("of a dump with an office that is over %v are left", names)
	}
	dump()
	if err := os.WriteFile(filepath.Join(dir, export.ManifestName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	begun(gqltest.Base)
	if names := dumped(t, dir); len(names) > 0 {
		t.Errorf("of a dump that says nothing of itself %v are left", names)
	}
}

// enlarge makes a dump's file larger than what lies in buffers on the way, and has the
// manifest say so.
func enlarge(t *testing.T, dir string) (size int64) {
	t.Helper()
	large := bytes.Repeat([]byte("0123456789abcde\n"), 4<<20)
	if err := os.WriteFile(filepath.Join(dir, "all.nq"), large, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := export.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Files {
		if f := &m.Files[i]; f.Name == "all.nq" {
			f.Size, f.SHA256 = int64(len(large)), fmt.Sprintf("%x", sha256.Sum256(large))
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, export.ManifestName), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return int64(len(large))
}

// TestADownloadThatBeganBeforeTheFirstLookEndsWithAWithdrawal: what a server has begun
// to send between its start and the first time that it looks for what is new is cut.
func TestADownloadThatBeganBeforeTheFirstLookEndsWithAWithdrawal(t *testing.T) {
	town, bo := withOffice(t)
	dir := t.TempDir()
	s, err := server.New(server.Config{Access: town.Access, CloseEnded: town.Registry.CloseEndedOffices, BaseIRI: gqltest.Base, DumpDir: dir, Clock: town.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	serving := httptest.NewServer(s)
	defer serving.Close()
	get := func(name string) *http.Response {
		t.Helper()
		resp, err := serving.Client().Get(serving.URL + "/dumps/" + name)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp, err)
		}
		return resp
	}
	_ = get("").Body.Close()
	size := enlarge(t, dir)
	resp := get("all.nq")
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.CopyN(io.Discard, resp.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	if _, err := town.Registry.RaiseProtection(t.Context(), "Åsa", bo, model.ProtectionSecrecyMarking, "samtal"); err != nil {
		t.Fatal(err)
	}
	if err := server.Look(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err == nil || n >= size-1<<20 {
		t.Errorf("it is sent to its end: %d bytes more (%v)", n, err)
	}
}

// stuck is a client that takes nothing of the answer.
type stuck struct {
	http.ResponseWriter
	asked func()
	gone  chan struct{}
}

func (c stuck) Write([]byte) (int, error) {
	c.asked()
	<-c.gone
	return 0, io.ErrClosedPipe
}

// TestAClientThatTakesNothingHoldsNobodyUp: whoever does not take the page of dumps
// keeps others from nothing.
func TestAClientThatTakesNothingHoldsNobodyUp(t *testing.T) {
	town := gqltest.New(t)
	s, err := server.New(server.Config{Access: town.Access, BaseIRI: gqltest.Base, DumpDir: t.TempDir(), Clock: town.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	client := stuck{httptest.NewRecorder(), sync.OnceFunc(func() { close(asked) }), make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ServeHTTP(client, httptest.NewRequest(http.MethodGet, "/dumps/", nil))
	}()
	<-asked
	// The turn is free, or this ends with the minute, which is for ever.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Begin(ctx); err != nil {
		t.Error("while a client takes nothing of the page:", err)
	}
	close(client.gone)
	<-done
}

// TestADumpThatIsBeingSentEndsWithAWithdrawal: whoever is being sent a dump does not
// get the rest of it once something in it may have been withdrawn, and does
// when something else has changed.
func TestADumpThatIsBeingSentEndsWithAWithdrawal(t *testing.T) {
	for name, withdrawn := range map[string]bool{"withdrawn": true, "changed": false} {
		t.Run(name, func(t *testing.T) {
			town, bo := withOffice(t)
			s, dir := following(t, town)
			s.do(t, http.MethodGet, "/dumps/", "")
			size := enlarge(t, dir)
			resp, err := s.http.Get(s.url + "/dumps/all.nq")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			if _, err := io.CopyN(io.Discard, resp.Body, 1<<20); err != nil {
				t.Fatal(err)
			}
			if withdrawn {
				_, err = town.Registry.RaiseProtection(t.Context(), "Åsa", bo, model.ProtectionSecrecyMarking, "samtal")
			} else {
				town.DeliverUnit(t, "Arkivet")
			}
			if err != nil {
				t.Fatal(err)
			}
			untilEmpty(t, dir)
			n, err := io.Copy(io.Discard, resp.Body)
			if got := err != nil || n < size-1<<20; got != withdrawn {
				t.Errorf("it is cut off: %t, after %d bytes more (%v)", got, n, err)
			}
			if withdrawn && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("whoever is sent it cannot tell that it is not whole: %v", err)
			}
		})
	}
}

// TestADumpGoesWhenTheRegistryWasRestored: of what came after the backup nobody knows
// what it was.
func TestADumpGoesWhenTheRegistryWasRestored(t *testing.T) {
	town, _ := withOffice(t)
	dir := t.TempDir()
	s, err := server.New(server.Config{Access: town.Access, CloseEnded: town.Registry.CloseEndedOffices, BaseIRI: gqltest.Base, DumpDir: dir, Clock: town.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	serving := httptest.NewServer(s)
	defer serving.Close()
	resp, err := serving.Client().Get(serving.URL + "/dumps/")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	m, err := export.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Revision += 3
	written, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, export.ManifestName), written, 0o600); err != nil {
		t.Fatal(err)
	}
	server.Saw(s, m.Revision)
	for range 2 { // it has seen the present then
		if err := server.Look(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if names := dumped(t, dir); len(names) > 0 {
		t.Errorf("a dump of a revision that is yet to come is left: %v", names)
	}
}
