package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// writeFile writes to a file, which is there when it is whole, or to standard output
// without one, unless skip.
func writeFile(path string, std io.Writer, skip bool, write func(io.Writer) error) error {
	if path == "" {
		if skip {
			return nil
		}
		w := bufio.NewWriterSize(std, 1<<16)
		return errors.Join(write(w), w.Flush())
	}
	f, err := createWhole(path)
	if err != nil {
		return &exitError{exitUsage, fmt.Errorf("write %s: %w", path, err)}
	}
	w := bufio.NewWriterSize(f, 1<<16)
	return f.end(errors.Join(write(w), w.Flush()))
}

// cell is a text of somebody else's as a spreadsheet shall take it: one that it
// would take for a formula, and that is no number, gets an apostrophe before it
// (OWASP, "CSV injection").
func cell(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// writeClusters writes a row a record, in the order of the input.
func (m *matched) writeClusters(w io.Writer) error {
	out := csv.NewWriter(w)
	head := []string{"key", "cluster_id", "weight"}
	if m.files > 1 {
		head = append([]string{"file"}, head...)
	}
	if err := out.Write(head); err != nil {
		return err
	}
	row := make([]string, len(head))
	for i, c := range m.result.Cluster {
		at := 0
		id := m.Key(int(c))
		if m.files > 1 {
			row[0] = strconv.Itoa(m.Table.Source(i) + 1)
			at = 1
			id = strconv.Itoa(m.Table.Source(int(c))+1) + ":" + id
		}
		row[at], row[at+1], row[at+2] = cell(m.Key(i)), cell(id), ""
		if h := float64(m.result.Holds[i]); !math.IsNaN(h) {
			row[at+2] = strconv.FormatFloat(h, 'f', 2, 64)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writePairs writes every scored pair, the heaviest first: its weight, its band,
// whether its records are in one cluster, and what each comparison adds.
func (m *matched) writePairs(ctx context.Context, w io.Writer, steps *steps) error {
	defer steps.done()
	out := csv.NewWriter(w)
	head := []string{"key_a", "key_b", "weight", "band", "together", "prior"}
	if m.files > 1 {
		head = append([]string{"file_a", "file_b"}, head...)
	}
	first := true
	for i, e := range m.result.Edges {
		if i%4096 == 0 {
			if steps.show("write", int64(i), int64(len(m.result.Edges))); ctx.Err() != nil {
				return fmt.Errorf("write the pairs: %w", ctx.Err())
			}
		}
		x := m.result.Explain(int(e.A), int(e.B))
		if first {
			for _, s := range x.Steps {
				head = append(head, s.Comparison)
			}
			if err := out.Write(append(head, "near")); err != nil {
				return err
			}
			first = false
		}
		var row []string
		if m.files > 1 {
			row = append(row, strconv.Itoa(m.Table.Source(int(e.A))+1), strconv.Itoa(m.Table.Source(int(e.B))+1))
		}
		together := m.result.Cluster[e.A] == m.result.Cluster[e.B]
		row = append(row, cell(m.Key(int(e.A))), cell(m.Key(int(e.B))), bits(float64(e.Weight)), x.Band, strconv.FormatBool(together), bits(float64(x.Prior)))
		for _, s := range x.Steps {
			row = append(row, bits(float64(s.Bits)))
		}
		if err := out.Write(append(row, bits(float64(x.Near)))); err != nil {
			return err
		}
	}
	if first {
		if err := out.Write(append(head, "near")); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func bits(w float64) string { return strconv.FormatFloat(w, 'f', 2, 64) }
