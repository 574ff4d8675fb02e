package formats

import (
	"fmt"
	"strings"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/ingest/paxml"
	"github.com/karna-registry/karna/ingest/ss12000"
)

// all is in the order of the names.
var all = []ingest.Format{
	csv.Format{},
	paxml.Format{},
	ss12000.Format{},
}

// ByName is the format that configuration calls name.
func ByName(name string) (ingest.Format, error) {
	for _, f := range all {
		if f.Name() == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("format %q: want one of %s", name, strings.Join(Names(), ", "))
}

// Names lists the formats in alphabetical order.
func Names() []string {
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Name()
	}
	return names
}
