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

// ErrOrder is the answer to a source that does not give a kind's golden records
// in id order, each once, so that its dump would not be canonical.
var ErrOrder = errors.New("the source is not in subject order")

// Meta is what a dump's manifest says of it. Nothing else goes into the files,
// so that the same revision gives the same bytes.
type Meta struct {
	Base     string // base IRI: what kind a subject is follows from it
	Revision model.Revision
	Date     time.Time // when the revision was committed
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
	d := &dumper{meta: meta, dir: tmp, parts: map[string]*part{}}
	defer d.close()
	for _, f := range formats {
		if slices.Contains(d.formats, f) {
			continue
		}
		enc, err := newEncoder(f, Options{ContextIRI: meta.ContextIRI})
		if err != nil {
			return nil, fmt.Errorf("dump: %w", err)
		}
		d.formats, d.encoders = append(d.formats, f), append(d.encoders, enc)
	}
	if err := groups(ctx, src, quads.Pattern{}, d.entity); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	if files, err = d.finish(ctx); err != nil {
		return nil, fmt.Errorf("dump: %w", err)
	}
	if err := publish(tmp, dir, &Manifest{Revision: meta.Revision, Date: meta.Date.UTC(), Base: meta.Base, Files: files}); err != nil {
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

// dumper writes the bodies of every kind in one pass; headers, footers and the
// files of everything are put together from them.
type dumper struct {
	meta     Meta
	dir      string
	formats  []Format
	encoders []encoder
	parts    map[string]*part
}

// part is the bodies of one kind, in the order of the formats.
type part struct {
	name   string
	last   string // the last subject
	stats  Stats
	bodies []*body
}

// body is what a part has in one format, without header and footer.
type body struct {
	file *os.File
	buf  []byte
}

func (b *body) flush() error {
	_, err := b.file.Write(b.buf)
	b.buf = b.buf[:0]
	return err
}

func (d *dumper) close() {
	for _, p := range d.parts {
		for _, b := range p.bodies {
			_ = b.file.Close() // already read back, or the dump has failed
		}
	}
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

func (d *dumper) entity(group []quads.Quad) error {
	name, err := d.partOf(&group[0])
	if err != nil {
		return err
	}
	p := d.parts[name]
	if p == nil {
		if p, err = d.open(name); err != nil {
			return err
		}
	}
	owner := ownerOf(group[0].Subject)
	if name != partRecord && owner <= p.last {
		return fmt.Errorf("%w: %s, entity %d", ErrOrder, name, p.stats.Entities+1)
	}
	p.last = owner
	for i, enc := range d.encoders {
		b := p.bodies[i]
		if p.stats.Entities > 0 {
			b.buf = append(b.buf, enc.separator()...)
		}
		if b.buf, err = enc.entity(b.buf, group); err != nil {
			return fmt.Errorf("write %s, %s %d: %w", d.formats[i], name, p.stats.Entities+1, err)
		}
		if len(b.buf) >= bufferSize {
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
	p.stats.Entities++
	p.stats.Quads += int64(len(group))
	return nil
}

func (d *dumper) open(name string) (*part, error) {
	p := &part{name: name}
	d.parts[name] = p
	for _, f := range d.formats {
		file, err := os.Create(filepath.Join(d.dir, name+"."+f.Extension()+".body"))
		if err != nil {
			return nil, err
		}
		p.bodies = append(p.bodies, &body{file: file})
	}
	return p, nil
}

// ordered are the parts in the order of their subjects: the kinds by name, then
// records.
func (d *dumper) ordered() []*part {
	var out []*part
	for _, p := range d.parts {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *part) int {
		if r, s := a.name == partRecord, b.name == partRecord; r != s {
			if r {
				return 1
			}
			return -1
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

// finish makes the files out of the bodies.
func (d *dumper) finish(ctx context.Context) ([]File, error) {
	parts := d.ordered()
	for _, p := range parts {
		for _, b := range p.bodies {
			if err := b.flush(); err != nil {
				return nil, err
			}
		}
	}
	var files []File
	for i := range d.formats {
		for _, p := range parts {
			f, err := d.assemble(ctx, i, p.name, []*part{p})
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		f, err := d.assemble(ctx, i, partAll, parts)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
