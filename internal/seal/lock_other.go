//go:build !unix || solaris || illumos || aix

package seal

import (
	"errors"
	"io/fs"
	"os"
)

// openAlone makes a file for this process alone; false if it is there.
func openAlone(path string) (*os.File, bool, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, false, nil
	}
	return f, err == nil, err
}
