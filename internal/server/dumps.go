package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// dumps serves the open dump of the latest revision. A dump that is in the
// folder is served as long as it is of that revision; else a new one is made
// when it is asked for, so that what was withdrawn is never handed out again. What
// is in the folder and is of an earlier revision is removed at the start, and by
// whoever follows the revision.
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
	// seen is the revision that was looked at last, at the start or by follow: what
	// is sent since is of none before it, or cut.
	seen model.Revision
	// known are the files that are as the manifest says, by name: whoever has the turn
	// reads a file once to know it, and none that was made here.
	known map[string]knownFile
	// cut is the revision of the last withdrawal: what was opened of an earlier one
	// is sent no further.
	cut atomic.Int64
}

// dumpFormats are the formats offered.
var dumpFormats = []export.Format{export.NQuads, export.JSONLD}

// How long making a dump may take, and sending one.
const (
	dumpTime     = 30 * time.Minute
	downloadTime = time.Hour
	dumpAttempts = 2
	// followEvery is how often the revision is looked at, unless subscriptions look
	// otherwise.
	followEvery = time.Second
)

// errWithdrawn says that something was withdrawn while a dump was made or sent.
var errWithdrawn = errors.New("something was withdrawn meanwhile")

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
	release, err := d.takeSettled(ctx)
	if err != nil {
		return err
	}
	defer release()
	m, err := d.withdraw(ctx)
	if err != nil {
		return err
	}
	if m != nil {
		if flaw := d.flaw(m); flaw != nil {
			d.log.WarnContext(ctx, "server: the folder's dump is not one of ours, or not whole, and is made anew", "dir", d.dir, "reason", flaw)
			if err := export.Remove(d.dir); err != nil {
				return err
			}
			m = nil
		}
	}
	if m == nil {
		// The next request is glad of it even if this one goes away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dumpTime)
		defer cancel()
		if m, err = d.make(ctx); err != nil {
			return err
		}
	}
	return use(m)
}

// take waits for the turn.
func (d *dumps) take(ctx context.Context) (release func(), err error) {
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// takeSettled waits for the turn, and closes the offices whose last day has passed.
func (d *dumps) takeSettled(ctx context.Context) (release func(), err error) {
	if release, err = d.take(ctx); err != nil || d.closeEnded == nil {
		return release, err
	}
	if _, err = d.closeEnded(ctx); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// withdraw removes what is in the folder unless it is of the latest revision, whose
// manifest it gives. Who calls it has the turn.
func (d *dumps) withdraw(ctx context.Context) (*export.Manifest, error) {
	revision, err := d.view.Revision(ctx)
	if err != nil {
		return nil, err
	}
	m, err := export.ReadManifest(d.dir)
	if err == nil && m.Revision == revision && m.Base == d.base && m.Cursor == access.AfterRevision(revision) {
		return m, nil
	}
	// Also where nothing says that there is one: making it may have been cut off.
	return nil, export.Remove(d.dir)
}

// begin removes what was withdrawn while nobody served.
func (d *dumps) begin(ctx context.Context) error {
	release, err := d.takeSettled(ctx)
	if err != nil {
		return err
	}
	defer release()
	if d.seen, err = d.view.Revision(ctx); err != nil {
		return err
	}
	_, err = d.withdraw(ctx)
	return err
}

// follow removes a dump when the registry has moved on, until the context ends.
func (d *dumps) follow(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := d.look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil: // and it is tried again
			d.log.ErrorContext(ctx, "server: could not withdraw the open dump", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look withdraws what is of a revision before the latest, if that is another than was
// seen last.
func (d *dumps) look(ctx context.Context) error {
	now, err := d.view.Revision(ctx)
	if err != nil || now == d.seen {
		return err
	}
	// First what is being sent: whoever makes a dump may have the turn for long.
	left, err := d.left(ctx, d.seen)
	if err != nil {
		return err
	}
	if left {
		d.cut.Store(int64(now))
	}
	release, err := d.take(ctx)
	if err != nil {
		return err
	}
	defer release()
	if _, err = d.withdraw(ctx); err == nil {
		d.seen = now
	}
	return err
}

// left tells whether something has left the open view since a revision. Of a role
// every change counts: its holder's name may have. When the registry was restored from
// a backup of before the revision, something may have.
func (d *dumps) left(ctx context.Context, since model.Revision) (bool, error) {
	for cursor := access.AfterRevision(since); ; {
		page, err := d.view.Changes(ctx, cursor, leftPage)
		if errors.Is(err, access.ErrNoSuchPlace) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		for _, c := range page.Items {
			if c.What != access.Changed || c.Kind == model.Role {
				return true, nil
			}
		}
		if cursor = page.Cursor; !page.HasNext {
			return false, nil
		}
	}
}

// leftPage is how many entries of the feed are looked at together.
const leftPage = 100

// knownFile is a file that was found to have the checksum, as it was then.
type knownFile struct {
	info os.FileInfo
	sum  string
}

// flaw is why a folder's dump of the latest revision cannot be offered: it is of
// other formats, or its files are not what its manifest says.
func (d *dumps) flaw(m *export.Manifest) error {
	if err := m.In(dumpFormats); err != nil {
		return err
	}
	for i := range m.Files {
		f := &m.Files[i]
		info, err := os.Stat(filepath.Join(d.dir, f.Name))
		if err != nil {
			return err
		}
		if k := d.known[f.Name]; k.sum == f.SHA256 && info.Size() == f.Size && sameFile(k.info, info) {
			continue
		}
		if err := f.Check(d.dir); err != nil {
			return err
		}
		d.know(f, info)
	}
	return nil
}

// sameFile tells whether nobody has written to a file, or put another in its place.
func sameFile(before, now os.FileInfo) bool {
	return os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
}

func (d *dumps) know(f *export.File, info os.FileInfo) {
	if d.known == nil {
		d.known = map[string]knownFile{}
	}
	d.known[f.Name] = knownFile{info, f.SHA256}
}

// made is the manifest of the dump that was just made, whose files are known.
func (d *dumps) made() (*export.Manifest, error) {
	m, err := export.ReadManifest(d.dir)
	if err != nil {
		return nil, err
	}
	for i := range m.Files {
		info, err := os.Stat(filepath.Join(d.dir, m.Files[i].Name))
		if err != nil {
			return nil, fmt.Errorf("look at the dump that was made: %w", err)
		}
		d.know(&m.Files[i], info)
	}
	return m, nil
}

// make writes the dump, of one committed state. When the registry moved on meanwhile
// it is made again, but for the last time. What was withdrawn meanwhile may be in it
// all the same, and then it is handed to nobody.
func (d *dumps) make(ctx context.Context) (*export.Manifest, error) {
	for attempt := 1; ; attempt++ {
		of, err := d.write(ctx)
		if err != nil {
			return nil, err
		}
		after, err := d.view.Revision(ctx)
		if err != nil {
			return nil, err
		}
		if of == after {
			return d.made()
		}
		last := attempt > dumpAttempts
		left, err := d.left(ctx, of)
		if err != nil || left || !last {
			if err := errors.Join(err, export.Remove(d.dir)); err != nil {
				return nil, err
			}
		}
		switch {
		case !last:
		case left:
			return nil, errWithdrawn
		default:
			return d.made()
		}
	}
}

// write dumps the latest revision, which it gives. It is read as the present: a View
// of the past would lack the offices that are public by a decision.
func (d *dumps) write(ctx context.Context) (model.Revision, error) {
	view, release, err := d.view.Snapshot(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	of, err := view.Revision(ctx)
	if err != nil {
		return 0, err
	}
	date, err := view.CommittedAt(ctx, of)
	if err != nil {
		return 0, err
	}
	_, err = export.Dump(ctx, view.Quads(), d.dir, dumpFormats, export.Meta{
		Base: d.base, Revision: of, Date: date.Truncate(time.Second), Cursor: access.AfterRevision(of), ContextIRI: d.base + "/context.jsonld",
	})
	return of, err
}

func (d *dumps) failed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if errors.Is(err, errWithdrawn) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "The registry has changed while the dump was made: ask again.", http.StatusServiceUnavailable)
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
	w.Header().Set("Vary", "Accept")
	if ranges := accepted(r); quality(ranges, "application/json") > quality(ranges, "text/html") {
		d.manifest(w, r)
		return
	}
	var page bytes.Buffer
	err := d.current(r.Context(), func(m *export.Manifest) error { return d.page.Execute(&page, m) })
	if err != nil {
		d.failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(page.Bytes()) // to a client that may have gone away
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
	var of model.Revision
	err := d.current(r.Context(), func(m *export.Manifest) (err error) {
		date, of = m.Date, m.Revision
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
	http.ServeContent(w, r, "", date, &sending{open, d, of})
}

// sending is a file of a dump, which cannot be read on when something was withdrawn
// after its revision: the connection is closed before the answer's end then.
type sending struct {
	io.ReadSeeker
	dumps *dumps
	of    model.Revision
}

// Read reads the file.
func (s *sending) Read(p []byte) (int, error) {
	if s.dumps.cut.Load() > int64(s.of) {
		return 0, errWithdrawn
	}
	return s.ReadSeeker.Read(p)
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
