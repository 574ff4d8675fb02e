package export

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// In tells whether a manifest is of a dump in just these formats, none compressed:
// for each kind that it has, and for everything, a file in each under the name that
// Dump gives it. The error says what is otherwise.
func (m *Manifest) In(formats []Format) error {
	has := map[string]bool{}
	kinds := []string{partAll}
	for _, f := range m.Files {
		i := slices.IndexFunc(formats, func(format Format) bool { return format.String() == f.Format })
		if i < 0 || f.Encoding != "" {
			return fmt.Errorf("%s is in the format %s %s", f.Name, f.Format, f.Encoding)
		}
		if f.Name != f.Kind+"."+formats[i].Extension() || f.Name != filepath.Base(f.Name) {
			return fmt.Errorf("%s is the name of no file of %s", f.Name, f.Kind)
		}
		has[f.Name] = true
		kinds = append(kinds, f.Kind)
	}
	for _, kind := range kinds {
		for _, format := range formats {
			if name := kind + "." + format.Extension(); !has[name] {
				return fmt.Errorf("there is no %s", name)
			}
		}
	}
	return nil
}

// Check reads a dump's file in a folder. The error says that it is not there, or not
// of the size and checksum that the manifest states.
func (f *File) Check(dir string) (err error) {
	file, err := os.Open(filepath.Join(dir, f.Name))
	if err != nil {
		return fmt.Errorf("check a file of the dump: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	switch {
	case err != nil:
		return fmt.Errorf("check a file of the dump: %w", err)
	case size != f.Size:
		return fmt.Errorf("%s has %d bytes, and the manifest says %d", f.Name, size, f.Size)
	case hex.EncodeToString(sum.Sum(nil)) != f.SHA256:
		return fmt.Errorf("%s has not the checksum that the manifest states", f.Name)
	}
	return nil
}
