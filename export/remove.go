package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/karna-registry/karna/model"
)

// Remove takes the dump out of a folder: every file that Dump may have put there,
// whether or not one that was cut off has come to list it. The manifest goes last,
// and other files stay. A folder that is not there has no dump.
func Remove(dir string) error {
	if err := clean(dir); err != nil {
		return fmt.Errorf("remove the dump: %w", err)
	}
	parts := []string{partAll, partRecord}
	for _, kind := range model.Kinds {
		parts = append(parts, kind.String())
	}
	var names []string
	for _, part := range parts {
		for _, f := range Formats() {
			name := part + "." + f.Extension()
			names = append(names, name, name+".gz")
		}
	}
	removed := false
	for _, name := range append(names, ManifestName) {
		switch err := os.Remove(filepath.Join(dir, name)); {
		case err == nil:
			removed = true
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("remove the dump: %w", err)
		}
	}
	if !removed {
		return nil
	}
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("remove the dump: %w", err)
	}
	return nil
}
