package registry

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/karna-registry/karna/graph"
)

// hashSet remembers any number of hashes in bounded memory: up to hashesInMemory
// as they are, more in temporary files by their first byte.
type hashSet struct {
	memory []graph.Hash
	files  []*os.File
	out    []*bufio.Writer
	n      int64
}

const (
	hashesInMemory = 1 << 20 // 16 MiB
	hashFiles      = 64      // by the top six bits: 5,000,000 hashes are 1.25 MiB a file
)

func newHashSet() *hashSet { return &hashSet{} }

func (s *hashSet) len() int64 { return s.n }

func (s *hashSet) add(hashes []graph.Hash) error {
	s.n += int64(len(hashes))
	if s.files == nil {
		s.memory = append(s.memory, hashes...)
		if len(s.memory) <= hashesInMemory {
			return nil
		}
		hashes = s.memory
		s.memory = nil
		for range hashFiles {
			f, err := os.CreateTemp("", "karna-seen-*")
			if err != nil {
				return fmt.Errorf("spill the delivery's item hashes: %w", err)
			}
			s.files = append(s.files, f)
			s.out = append(s.out, bufio.NewWriterSize(f, 1<<14))
		}
	}
	for i := range hashes {
		if _, err := s.out[hashes[i][0]>>2].Write(hashes[i][:]); err != nil {
			return fmt.Errorf("spill the delivery's item hashes: %w", err)
		}
	}
	return nil
}

// passes calls f once for each part of the set that fits in memory. covers tells
// whether a hash belongs to the part, has whether it is in the set.
func (s *hashSet) passes(f func(covers, has func(graph.Hash) bool) error) error {
	if s.files == nil {
		return f(func(graph.Hash) bool { return true }, membership(s.memory))
	}
	const filesAPass = 16
	for from := 0; from < hashFiles; from += filesAPass {
		var part []graph.Hash
		for i := from; i < from+filesAPass; i++ {
			hashes, err := s.read(i)
			if err != nil {
				return err
			}
			part = append(part, hashes...)
		}
		covers := func(h graph.Hash) bool { i := int(h[0] >> 2); return i >= from && i < from+filesAPass }
		if err := f(covers, membership(part)); err != nil {
			return err
		}
	}
	return nil
}

// find says of each of a few hashes whether it is in the set.
func (s *hashSet) find(few map[graph.Hash]bool) error {
	if len(few) == 0 {
		return nil
	}
	in := func(hashes []graph.Hash) {
		for _, h := range hashes {
			if _, asked := few[h]; asked {
				few[h] = true
			}
		}
	}
	in(s.memory)
	for i := range s.files {
		hashes, err := s.read(i)
		if err != nil {
			return err
		}
		in(hashes)
	}
	return nil
}

func (s *hashSet) read(i int) ([]graph.Hash, error) {
	if err := s.out[i].Flush(); err != nil {
		return nil, fmt.Errorf("spill the delivery's item hashes: %w", err)
	}
	if _, err := s.files[i].Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the spilled item hashes: %w", err)
	}
	data, err := io.ReadAll(s.files[i])
	if err != nil {
		return nil, fmt.Errorf("read the spilled item hashes: %w", err)
	}
	out := make([]graph.Hash, len(data)/16)
	for j := range out {
		copy(out[j][:], data[j*16:])
	}
	return out, nil
}

// membership sorts the hashes and answers by binary search.
func membership(hashes []graph.Hash) func(graph.Hash) bool {
	compare := func(a, b graph.Hash) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(hashes, compare)
	return func(h graph.Hash) bool {
		_, ok := slices.BinarySearchFunc(hashes, h, compare)
		return ok
	}
}

func (s *hashSet) close() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close(), os.Remove(f.Name()))
	}
	return errors.Join(errs...)
}
