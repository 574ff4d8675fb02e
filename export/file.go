package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

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
