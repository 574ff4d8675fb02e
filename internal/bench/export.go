package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// openShare is one unit for so many records: enough open records to export, as
// persons and employments are not.
const openShare = 4

// exportOpen is the open dump of the loaded store, after units were delivered to
// it. Quads are counted once, though they are written twice: to the file of
// their kind and to the one with everything.
func exportOpen(ctx context.Context, b *bench) ([]result, error) {
	s, err := b.loaded(ctx)
	if err != nil {
		return nil, err
	}
	n := max(b.records/openShare, fewUnits)
	file, err := b.unitFile(n)
	if err != nil {
		return nil, err
	}
	_, d, err := s.ingest(ctx, unitSource, file)
	if err != nil {
		return nil, err
	}
	if d.Counts.Added != int64(n) || d.Counts.Issues != 0 {
		return nil, fmt.Errorf("deliver units: want %d added, got %+v", n, d)
	}
	if _, err := s.settle(ctx); err != nil {
		return nil, err
	}
	dir := filepath.Join(s.dir, "exported")
	u, out, err := measure(b.engine, command(ctx, b.karna, "-c", s.dir, "--json", "export", "--format", "nquads", "--out", dir))
	if err != nil {
		return nil, err
	}
	all, err := everything(out)
	if err != nil {
		return nil, err
	}
	if all.Entities < int64(n) {
		return nil, fmt.Errorf("export: %d golden records, want the %d units at least", all.Entities, n)
	}
	r := newResult(fmt.Sprintf("export of %d open golden records as N-Quads", all.Entities), "quad", int(all.Quads), u)
	found := []result{r}
	if serdi, ok, err := b.serdi(ctx, filepath.Join(dir, all.Name), int(all.Quads)); err != nil {
		return nil, err
	} else if ok {
		b.yard.quads = serdi.PerSecond
		found = append(found, serdi)
	}
	found[0].beside("serdi", r.PerSecond, b.yard.quads)
	found[0].atLeast(1_000_000)
	return found, nil
}

// dumped is what karna export --json says of a file.
type dumped struct {
	Name, Kind      string
	Quads, Entities int64
}

// everything finds the file with all kinds in what karna export answered.
func everything(answer []byte) (dumped, error) {
	var files []dumped
	if err := json.Unmarshal(answer, &files); err != nil {
		return dumped{}, fmt.Errorf("read what karna export answered: %w", err)
	}
	for _, f := range files {
		if f.Kind == "all" {
			return f, nil
		}
	}
	return dumped{}, fmt.Errorf("karna export wrote no file of all kinds, only %+v", files)
}

// serdi reads and writes the same quads with Debian's serdi, where it is
// installed.
func (b *bench) serdi(ctx context.Context, file string, quads int) (r result, ok bool, err error) {
	path, err := exec.LookPath("serdi")
	if err != nil {
		b.say("serdi is not installed: the export has nothing beside it")
		return r, false, nil
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return r, false, fmt.Errorf("open %s: %w", os.DevNull, err)
	}
	defer null.Close()
	cmd := command(ctx, path, "-i", "nquads", "-o", "nquads", file)
	cmd.Stdout = null
	u, _, err := measure(sqliteEngine{}, cmd)
	if err != nil {
		return r, false, err
	}
	return newResult("serdi, the same quads in and out", "quad", quads, u), true, nil
}
