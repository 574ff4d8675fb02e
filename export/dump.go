package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
)

// ManifestName is the file that lists a dump's files.
const ManifestName = "manifest.json"

// The parts of a dump that are no kind.
const (
	partAll    = "all"
	partRecord = "record" // records as named graphs
)

// ErrOrder is the answer to a source that does not give golden records in
// subject order, each once, so that its dump would not be canonical.
var ErrOrder = errors.New("the source is not in subject order")

// Meta is what a dump's manifest says of it. Nothing else goes into the files,
// so that the same quads give the same bytes.
type Meta struct {
	Base     string // base IRI: what kind a subject is follows from it
	Revision model.Revision
	Date     time.Time // when the revision was committed
	Cursor   string    // the change feed's, after the revision; "" where there is no feed
	// ContextIRI is where readers find the JSON-LD context.
	ContextIRI string
	// Gzip compresses every file, deterministically.
	Gzip bool
}

// File is one file of a dump.
type File struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"` // a kind's name, "record" or "all"
	Format    string `json:"format"`
	MediaType string `json:"mediaType"`
	Encoding  string `json:"encoding,omitempty"` // gzip
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
	Quads     int64  `json:"quads"`
	Entities  int64  `json:"entities"`
}

// Manifest lists a dump.
type Manifest struct {
	Revision model.Revision `json:"revision"`
	Date     time.Time      `json:"date"`
	Cursor   string         `json:"cursor,omitempty"`
	Base     string         `json:"base"`
	Files    []File         `json:"files"`
}

// ReadManifest reads the manifest of a dump's folder.
func ReadManifest(dir string) (*Manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, ManifestName))
	if err != nil {
		return nil, fmt.Errorf("read the dump's manifest: %w", err)
	}
	m := &Manifest{}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("read the dump's manifest %s: %w", filepath.Join(dir, ManifestName), err)
	}
	return m, nil
}

// Dump writes all that a source holds into a folder: for each format one file
// a kind and one with everything, and a manifest with their checksums. A file
// appears whole or not at all, and a file of an earlier dump that this one does
// not have is removed, since what was withdrawn must not stay. The files of
// everything have the kinds in name order, so that the lines of N-Quads are
// sorted throughout. When it fails the earlier dump is untouched, unless the
// failure is of renaming at the end. One dump at a time may use a folder.
func Dump(ctx context.Context, src quads.QuadSource, dir string, formats []Format, meta Meta) (files []File, err error) {
	if len(formats) == 0 {
		return nil, errors.New("dump: no format is named")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	if err := clean(dir); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	tmp, err := os.MkdirTemp(dir, unfinished+"*")
	if err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	defer func() {
		if e := os.RemoveAll(tmp); err == nil && e != nil {
			err = fmt.Errorf("dump: %w", e)
		}
	}()
	d := &dumper{meta: meta, dir: tmp}
	defer d.close()
	if err := d.begin(formats); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	if err := groups(ctx, src, quads.Pattern{}, d.entity); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	if files, err = d.finish(); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	if err := publish(tmp, dir, &Manifest{Revision: meta.Revision, Date: meta.Date.UTC(), Cursor: meta.Cursor, Base: meta.Base, Files: files}); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	return files, nil
}

// unfinished starts the name of the folder in which a dump is made.
const unfinished = ".dump-"

// clean removes what a dump that was killed left behind: it may hold what has
// been withdrawn since.
func clean(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, unfinished+"*"))
	if err != nil {
		return err
	}
	for _, l := range left {
		if err := os.RemoveAll(l); err != nil {
			return err
		}
	}
	return nil
}

// dumper writes every file in one pass. The bytes of an entity go to the file of
// its kind and to the one with everything.
type dumper struct {
	meta    Meta
	dir     string
	streams []*stream // one a format
	kind    string    // under way; "" before the first
	last    string    // the last subject
	stats   Stats     // of the kind
	all     Stats
}

// stream is a dump in one format.
type stream struct {
	format Format
	enc    encoder
	block  *block // for the kind under way and for everything
	all    *output
	kinds  []*output // the last one is under way
}

func (d *dumper) begin(formats []Format) error {
	for _, f := range formats {
		if slices.ContainsFunc(d.streams, func(s *stream) bool { return s.format == f }) {
			continue
		}
		enc, err := newEncoder(f, Options{ContextIRI: d.meta.ContextIRI})
		if err != nil {
			return err
		}
		s := &stream{format: f, enc: enc, block: newBlock()}
		if s.all, err = d.create(s, partAll); err != nil {
			return err
		}
		d.streams = append(d.streams, s)
	}
	return nil
}

// create begins a file with its header.
func (d *dumper) create(s *stream, kind string) (*output, error) {
	f := File{Name: kind + "." + s.format.Extension(), Kind: kind, Format: s.format.String(), MediaType: s.format.MediaType()}
	if d.meta.Gzip {
		f.Name, f.Encoding = f.Name+".gz", "gzip"
	}
	o, err := create(d.dir, f, d.meta.Gzip)
	if err != nil {
		return nil, err
	}
	sendText(s.enc.header, o)
	return o, nil
}

func sendText(write func([]byte) []byte, to *output) {
	b := newBlock()
	b.bytes = write(b.bytes)
	b.send(to)
}

// partOf is the kind that an entity's quads belong to.
func (d *dumper) partOf(q *quads.Quad) (string, error) {
	if q.Graph == "" {
		if kind, _, _, ok := quads.ParseNodeIRI(d.meta.Base, q.Subject); ok {
			return kind.String(), nil
		}
	}
	if strings.HasPrefix(q.Subject, d.meta.Base+"/record/") || strings.HasPrefix(q.Graph, d.meta.Base+"/record/") {
		return partRecord, nil
	}
	return "", fmt.Errorf("a subject is not an address under %s", d.meta.Base)
}

// after tells whether a part comes after another: the kinds by name, then records.
func after(name, other string) bool {
	if r, s := name == partRecord, other == partRecord; r != s {
		return r
	}
	return name > other
}

func (d *dumper) entity(group []quads.Quad) error {
	name, err := d.partOf(&group[0])
	if err != nil {
		return err
	}
	if name != d.kind {
		if err := d.next(name); err != nil {
			return err
		}
	}
	owner := ownerOf(group[0].Subject)
	if name != partRecord && owner <= d.last {
		return fmt.Errorf("%w: %s, entity %d", ErrOrder, name, d.stats.Entities+1)
	}
	d.last = owner
	for _, s := range d.streams {
		b := s.block
		if d.stats.Entities > 0 {
			b.bytes = append(b.bytes, s.enc.separator()...)
		}
		if b.bytes, err = s.enc.entity(b.bytes, group); err != nil {
			return fmt.Errorf("write %s, %s %d: %w", s.format, name, d.stats.Entities+1, err)
		}
		if len(b.bytes) >= blockSize {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	d.stats.Entities++
	d.stats.Quads += int64(len(group))
	return nil
}

// next ends the kind under way and begins another.
func (d *dumper) next(name string) error {
	if d.kind != "" && !after(name, d.kind) {
		return fmt.Errorf("%w: %s after %s", ErrOrder, name, d.kind)
	}
	if err := d.endKind(); err != nil {
		return err
	}
	for _, s := range d.streams {
		o, err := d.create(s, name)
		if err != nil {
			return err
		}
		if len(s.kinds) > 0 {
			sendText(func(b []byte) []byte { return append(b, s.enc.separator()...) }, s.all)
		}
		s.kinds = append(s.kinds, o)
	}
	d.kind, d.last, d.stats = name, "", Stats{}
	return nil
}

// endKind ends the kind under way, if there is one.
func (d *dumper) endKind() error {
	if d.kind == "" {
		return nil
	}
	for _, s := range d.streams {
		if err := s.flush(); err != nil {
			return err
		}
		s.kinds[len(s.kinds)-1].end(s.enc, d.stats)
	}
	d.all.Quads += d.stats.Quads
	d.all.Entities += d.stats.Entities
	return nil
}

// flush sends what has been gathered, or says why it cannot be written.
func (s *stream) flush() error {
	kind := s.kinds[len(s.kinds)-1]
	for _, o := range []*output{kind, s.all} {
		if o.failed.Load() {
			_, err := o.wait()
			return err
		}
	}
	s.block.send(kind, s.all)
	s.block = newBlock()
	return nil
}

// finish waits for the files: for each format the kinds and then everything.
func (d *dumper) finish() (files []File, err error) {
	if err := d.endKind(); err != nil {
		return nil, err
	}
	for _, s := range d.streams {
		s.all.end(s.enc, d.all)
	}
	for _, s := range d.streams {
		for _, o := range append(s.kinds, s.all) {
			f, err := o.wait()
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	return files, nil
}

// close gives up what has not been finished.
func (d *dumper) close() {
	for _, s := range d.streams {
		for _, o := range append(s.kinds, s.all) {
			o.failed.Store(true)
			_, _ = o.wait()
		}
	}
}
