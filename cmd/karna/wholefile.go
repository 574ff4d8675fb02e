package main

import (
	"errors"
	"os"
	"path/filepath"
)

// wholeFile is a file that appears under its name when all of it has been written;
// until then what was there before stays. What is no regular file, such as a pipe,
// is written as it is.
type wholeFile struct {
	*os.File
	path string
	temp bool
}

func createWhole(path string) (*wholeFile, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &wholeFile{f, path, false}, err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	return &wholeFile{f, path, true}, nil
}

// end puts the file under its name, unless err says that it is not whole, and is
// err or what went wrong.
func (f *wholeFile) end(err error) error {
	if !f.temp {
		return errors.Join(err, f.Close())
	}
	if err == nil {
		mode := os.FileMode(0o644)
		if info, statErr := os.Stat(f.path); statErr == nil {
			mode = info.Mode().Perm()
		}
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
