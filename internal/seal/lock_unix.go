//go:build unix && !solaris && !illumos && !aix

package seal

import (
	"os"
	"syscall"
)

// openAlone opens a file for this process alone, made if it is not there, until it is
// closed or the process ends; false if another has it.
func openAlone(path string) (*os.File, bool, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, false, nil //nolint:nilerr // another has it
	}
	// Another may have had it, and given it another name, before it was locked.
	mine, err := f.Stat()
	if err == nil {
		var named os.FileInfo
		if named, err = os.Stat(path); err == nil && os.SameFile(mine, named) {
			return f, true, nil
		}
	}
	_ = f.Close()
	return nil, false, nil //nolint:nilerr // another had it
}
