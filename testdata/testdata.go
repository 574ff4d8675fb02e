// Package testdata embeds the sample: the delivery files of an invented
// municipality in the formats that real systems write, with the karna.yaml and
// mappings that bring them in. karna demo and the tests read it. Every personal
// number in it is one of Skatteverket's published test numbers.
package testdata

import (
	"embed"
	"io/fs"
)

//go:embed municipality
var files embed.FS

// Municipality is the sample's data directory: karna.yaml, mappings and deliveries.
var Municipality = sub("municipality")

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the directory is embedded: its name is right or nothing compiles
	}
	return f
}
