package ontology

import "encoding/json"

// TableBytes is the property table in a stable form, to be stored by content
// hash beside the golden records that it shaped. Labels and descriptions are left
// out: they shape nothing.
func TableBytes() []byte {
	rows := make([]Property, len(table))
	for i, p := range table {
		p.LabelSV, p.Description, p.DescriptionSV = "", "", ""
		rows[i] = p
	}
	body, err := json.Marshal(struct {
		Properties []Property
		Kinds      []KindRow
	}{rows, kinds})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return body
}
