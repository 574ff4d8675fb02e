package csv_test

import (
	"strings"
	"testing"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/csv"
)

// Files with other columns, or of another source, are read by their own header,
// whichever came before.
func TestAHeaderIsReadForEachFile(t *testing.T) {
	mapping := []byte("name: staff\ndelimiter: \";\"\nrecords:\n  - kind: person\n    key: \"{id}\"\n    fields:\n      - {column: namn, property: givenName}\n")
	for _, text := range []string{"id;namn\n7;Anna\n", "namn;id\nAnna;7\n", "id;namn\n7;Anna\n", "ort;namn;id\nX;Anna;7\n", "id;namn\n7;Anna\n"} {
		d, err := csv.Format{}.Open(strings.NewReader(text), ingest.Options{Source: "a", Mapping: mapping})
		if err != nil {
			t.Fatal(err)
		}
		for item, err := range d.Items() {
			if err != nil {
				t.Fatal(err)
			}
			res, err := d.Map(item)
			if err != nil || len(res.Records) != 1 || res.Records[0].Key.LocalID != "7" {
				t.Errorf("%q gave %+v, %v", text, res, err)
			}
			if want := strings.Count(text, "ort"); len(res.Dropped) != want {
				t.Errorf("%q dropped %v", text, res.Dropped)
			}
		}
	}
	if _, err := (csv.Format{}).Open(strings.NewReader("id\n7\n"), ingest.Options{Source: "a", Mapping: mapping}); err == nil {
		t.Error("a file without the column was read")
	}
}
