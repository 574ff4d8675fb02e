package ontology

import "io/fs"

// CheckCodeLists reads code lists as the embedded ones are read.
func CheckCodeLists(files fs.FS) error {
	_, err := readCodeLists(files)
	return err
}
