package relational

import (
	"fmt"
	"io/fs"
	"regexp"
)

// PutOff names the indexes that a first load writes and does not read, which an
// engine may take away before it and build after it in one go: the ways to live
// golden records in order, and the change feed.
var PutOff = []string{"golden_revision", "golden_kind", "golden_sort"}

// IndexDefinition is the statement that creates an index, as the last of the
// migrations that does so has it.
func IndexDefinition(migrations fs.FS, index string) (string, error) {
	files, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return "", err
	}
	create := regexp.MustCompile(`(?s)CREATE INDEX ` + regexp.QuoteMeta(index) + ` ON [^;]*`)
	definition := ""
	for _, f := range files { // in the order of their numbers
		text, err := fs.ReadFile(migrations, f)
		if err != nil {
			return "", err
		}
		if d := create.Find(text); d != nil {
			definition = string(d)
		}
	}
	if definition == "" {
		return "", fmt.Errorf("no migration creates index %s", index)
	}
	return definition, nil
}
