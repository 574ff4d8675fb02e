package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/karna-registry/karna/internal/testkit/synth"
)

// unitMapping reads what writeUnits writes: what is open of an organisation.
const unitMapping = `name: units
delimiter: ";"
language: sv
records:
  - kind: organisation
    key: id
    fields:
      - {column: namn, property: name}
      - {column: kort, property: altName}
      - {property: type, constant: unit}
      - {column: id, property: identifier, scheme: local-id}
      - {column: moder, property: parent, link: {key: "{moder}", role: line}}
      - {property: address, address: {use: visit, street: gata, streetNumber: nummer, postalCode: postnr, locality: ort}}
      - {column: epost, property: contact, contact: {medium: email, use: function}}
      - {column: telefon, property: contact, contact: {medium: phone, use: function}}
      - {column: webb, property: homepage}
`

func writeUnits(w io.Writer, n int) error {
	b := bufio.NewWriterSize(w, 1<<20)
	fmt.Fprint(b, "id;namn;kort;moder;gata;nummer;postnr;ort;epost;telefon;webb\r\n")
	for i := range n {
		parent := ""
		if i > 0 {
			parent = fmt.Sprintf("U%d", (i-1)/8)
		}
		fmt.Fprintf(b, "U%d;Enheten för ärende %d;Ä%d;%s;Storgatan;%d;%d;Haninge;enhet%d@kommun.example;08%07d;https://kommun.example/enhet/%d\r\n",
			i, i, i, parent, i%120+1, 13600+i%300, i, 6_000_000+i%1_000_000, i)
	}
	return b.Flush()
}

// delivery is the path of a file that write fills unless an earlier run in the
// same folder has; it has its name only when it is whole.
func (b *bench) delivery(name string, write func(io.Writer) error) (path string, err error) {
	path = filepath.Join(b.dir, name)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	f, err := os.CreateTemp(b.dir, name+".*")
	if err != nil {
		return "", fmt.Errorf("make delivery %s: %w", name, err)
	}
	err = errors.Join(write(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("write delivery %s: %w", name, err), os.Remove(f.Name()))
	}
	return path, nil
}

// synthFile is the delivery of all records, with their size in its name so that
// a folder used again does not mix sizes.
func (b *bench) synthFile(shuffled bool) (string, error) {
	name := fmt.Sprintf("synth-%d.csv", b.records)
	if shuffled {
		name = fmt.Sprintf("shuffled-%d.csv", b.records)
	}
	return b.delivery(name, func(w io.Writer) error {
		return synth.Write(w, synth.Options{Records: b.records, Shuffled: shuffled})
	})
}

func (b *bench) unitFile(n int) (string, error) {
	return b.delivery(fmt.Sprintf("units-%d.csv", n), func(w io.Writer) error { return writeUnits(w, n) })
}

// changedFile is a header and n rows of persons from all over the delivery, each
// with another e-mail address than delivered first.
func (b *bench) changedFile(n int) (string, error) {
	return b.delivery(fmt.Sprintf("changed-%d-%d.csv", b.records, n), func(w io.Writer) error {
		return writeChanged(w, b.records, n)
	})
}

func writeChanged(w io.Writer, records, n int) error {
	r, pw := io.Pipe()
	go func() { pw.CloseWithError(synth.Write(pw, synth.Options{Records: records, Change: 1})) }()
	defer r.Close() // it ends the writer, which has no more to say
	if _, err := io.WriteString(w, synth.Header); err != nil {
		return err
	}
	lines := bufio.NewScanner(r)
	// Somewhat under half of the records are persons.
	every := max(records/2-records/100, 1) / n
	seen, written := 0, 0
	for written < n && lines.Scan() {
		if line := lines.Text(); line[0] == 'P' {
			if seen++; seen%every == 0 {
				written++
				if _, err := fmt.Fprintf(w, "%s\r\n", line); err != nil {
					return err
				}
			}
		}
	}
	if written < n {
		return fmt.Errorf("found %d of %d persons to change among %d records: %w", written, n, records, lines.Err())
	}
	return nil
}
