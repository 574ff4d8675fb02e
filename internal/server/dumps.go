package server

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// dumps serves the open dump of the latest revision. A dump that is in the
// folder is served as long as it is of that revision; else a new one is made
// when it is asked for, so that what was withdrawn is never handed out again.
type dumps struct {
	dir  string
	base string
	view *access.View // the public's
	// closeEnded takes out what is public no more though nothing else has changed.
	closeEnded func(context.Context) (int, error)
	log        *slog.Logger
	page       *template.Template
	// turn is held by the one request that looks at the folder or makes a dump.
	turn chan struct{}
}

// dumpFormats are the formats offered.
var dumpFormats = []export.Format{export.NQuads, export.JSONLD}

// How long making a dump may take, and sending one.
const (
	dumpTime     = 30 * time.Minute
	downloadTime = time.Hour
	dumpAttempts = 2
)

func newDumps(c Config, public *access.View) (*dumps, error) {
	page, err := template.ParseFS(pageFiles, "pages/dumps.html")
	if err != nil {
		return nil, fmt.Errorf("read the page of dumps: %w", err)
	}
	return &dumps{dir: c.DumpDir, base: c.BaseIRI, view: public, closeEnded: c.CloseEnded, log: c.Log, page: page, turn: make(chan struct{}, 1)}, nil
}

// current is the manifest of the latest revision's dump, made first if it is
// not there, while use runs: nothing is replaced until it returns.
func (d *dumps) current(ctx context.Context, use func(*export.Manifest) error) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if d.closeEnded != nil {
		if _, err := d.closeEnded(ctx); err != nil {
			return err
		}
	}
	revision, err := d.view.Revision(ctx)
	if err != nil {
		return err
	}
	m, err := export.ReadManifest(d.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if m == nil || m.Revision != revision || m.Base != d.base {
		// The next request is glad of it even if this one goes away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dumpTime)
		defer cancel()
		if m, err = d.make(ctx); err != nil {
			return err
		}
	}
	return use(m)
}

// make writes the dump. A dump reads one state of the store, but not one that
// can be named beforehand: when the registry moved on meanwhile it is made again,
// and at last from the past, which takes longer and stands still.
func (d *dumps) make(ctx context.Context) (*export.Manifest, error) {
	view := d.view
	for attempt := 1; ; attempt++ {
		before, err := d.view.Revision(ctx)
		if err != nil {
			return nil, err
		}
		last := attempt > dumpAttempts
		if last {
			if view, err = d.view.At(ctx, before); err != nil {
				return nil, err
			}
		}
		if err := d.write(ctx, view, before); err != nil {
			return nil, err
		}
		after, err := d.view.Revision(ctx)
		if err != nil {
			return nil, err
		}
		if before == after || last {
			return export.ReadManifest(d.dir)
		}
	}
}

func (d *dumps) write(ctx context.Context, view *access.View, revision model.Revision) error {
	date, err := d.view.CommittedAt(ctx, revision)
	if err != nil {
		return err
	}
	_, err = export.Dump(ctx, view.Quads(), d.dir, dumpFormats, export.Meta{
		Base: d.base, Revision: revision, Date: date.Truncate(time.Second), ContextIRI: d.base + "/context.jsonld",
	})
	return err
}

func (d *dumps) failed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	d.log.ErrorContext(r.Context(), "server: could not offer the open dump", "error", err)
	http.Error(w, "The dump could not be made.", http.StatusInternalServerError)
}

// patience gives a request that makes or sends a dump the time that takes.
func patience(w http.ResponseWriter) {
	// Where the connection has no deadline there is none to put off.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadTime))
}

// list is the page that lists the files, or the manifest for a program that
// likes JSON better.
func (d *dumps) list(w http.ResponseWriter, r *http.Request) {
	patience(w)
	accept := r.Header.Get("Accept")
	if quality(accept, "application/json") > quality(accept, "text/html") {
		d.manifest(w, r)
		return
	}
	err := d.current(r.Context(), func(m *export.Manifest) error {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Vary", "Accept")
		return d.page.Execute(w, m)
	})
	if err != nil {
		d.failed(w, r, err)
	}
}

// file sends one file, whole or in part.
func (d *dumps) file(w http.ResponseWriter, r *http.Request) {
	patience(w)
	name := r.PathValue("name")
	if name == export.ManifestName {
		d.manifest(w, r)
		return
	}
	var found *export.File
	var date time.Time
	var open *os.File
	err := d.current(r.Context(), func(m *export.Manifest) (err error) {
		date = m.Date
		for i := range m.Files {
			if m.Files[i].Name == name {
				found = &m.Files[i]
				// Once it is open it stays what it is, whatever takes its name.
				open, err = os.Open(filepath.Join(d.dir, found.Name))
			}
		}
		return err
	})
	switch {
	case err != nil:
		d.failed(w, r, err)
		return
	case found == nil:
		http.NotFound(w, r)
		return
	}
	defer func() { _ = open.Close() }() // only read from
	h := w.Header()
	h.Set("Content-Type", found.MediaType)
	h.Set("Content-Disposition", `attachment; filename="`+found.Name+`"`)
	h.Set("Cache-Control", "no-cache")
	h.Set("Etag", `"`+found.SHA256+`"`)
	if sum, err := hex.DecodeString(found.SHA256); err == nil {
		h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":")
	}
	http.ServeContent(w, r, "", date, open)
}

// manifest sends the list of files for programs.
func (d *dumps) manifest(w http.ResponseWriter, r *http.Request) {
	var text []byte
	err := d.current(r.Context(), func(*export.Manifest) (err error) {
		text, err = os.ReadFile(filepath.Join(d.dir, export.ManifestName))
		return err
	})
	if err != nil {
		d.failed(w, r, err)
		return
	}
	sendText(w, r, "application/json", text)
}
