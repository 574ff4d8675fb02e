package export

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// assemble writes one file of parts that are already encoded.
func (d *dumper) assemble(ctx context.Context, format int, kind string, parts []*part) (File, error) {
	f, enc := d.formats[format], d.encoders[format]
	out := File{Name: kind + "." + f.Extension(), Kind: kind, Format: f.String(), MediaType: f.MediaType()}
	if d.meta.Gzip {
		out.Name, out.Encoding = out.Name+".gz", "gzip"
	}
	file, err := os.Create(filepath.Join(d.dir, out.Name))
	if err != nil {
		return out, err
	}
	sink := &counter{file: file, hash: sha256.New()}
	err = writeParts(ctx, sink, d.meta.Gzip, enc, parts, format)
	// On disk before it gets its name: a name must never lead to half a file.
	err = errors.Join(err, file.Sync(), file.Close())
	for _, p := range parts {
		out.Quads += p.stats.Quads
		out.Entities += p.stats.Entities
	}
	out.Size, out.SHA256 = sink.size, hex.EncodeToString(sink.hash.Sum(nil))
	return out, err
}

func writeParts(ctx context.Context, sink io.Writer, compress bool, enc encoder, parts []*part, format int) error {
	if compress {
		// Without name and time in its header, gzip depends on its input only.
		zip := gzip.NewWriter(sink)
		if err := writeParts(ctx, zip, false, enc, parts, format); err != nil {
			return err
		}
		return zip.Close()
	}
	buffered := bufio.NewWriterSize(sink, bufferSize)
	if _, err := buffered.Write(enc.header(nil)); err != nil {
		return err
	}
	for i, p := range parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i > 0 {
			if _, err := buffered.WriteString(enc.separator()); err != nil {
				return err
			}
		}
		b := p.bodies[format].file
		if _, err := b.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(buffered, b); err != nil {
			return err
		}
	}
	if _, err := buffered.Write(enc.footer(nil)); err != nil {
		return err
	}
	return buffered.Flush()
}

// counter writes a file and knows its size and digest.
type counter struct {
	file *os.File
	hash hash.Hash
	size int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.file.Write(b)
	c.size += int64(n)
	c.hash.Write(b[:n])
	return n, err
}

// publish moves the finished files to their names and removes what an earlier
// dump had and this one has not. The manifest comes last: until then the
// earlier one still says what has to be removed, should this be cut off.
func publish(tmp, dir string, m *Manifest) error {
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(tmp, ManifestName), append(body, '\n')); err != nil {
		return err
	}
	earlier, err := ReadManifest(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: remove it, and the files beside it that are no longer wanted", err)
	}
	current := map[string]bool{}
	for _, f := range m.Files {
		current[f.Name] = true
		if err := os.Rename(filepath.Join(tmp, f.Name), filepath.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	if earlier != nil {
		for _, f := range earlier.Files {
			if current[f.Name] || f.Name != filepath.Base(f.Name) {
				continue
			}
			if err := os.Remove(filepath.Join(dir, f.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(tmp, ManifestName), filepath.Join(dir, ManifestName)); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeSynced(name string, b []byte) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDir puts the renames themselves on disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
