package match

// dict interns texts. Number 0 is the empty text: nothing is said.
type dict struct {
	index  map[string]uint32
	texts  []string
	counts []uint32 // how many records say it
}

func newDict() *dict {
	return &dict{index: map[string]uint32{}, texts: []string{""}, counts: []uint32{0}}
}

// id is the number of a text.
func (d *dict) id(s []byte) uint32 {
	if len(s) == 0 {
		return 0
	}
	if id, ok := d.index[string(s)]; ok {
		return id
	}
	id := uint32(len(d.texts))
	text := string(s)
	d.index[text] = id
	d.texts = append(d.texts, text)
	d.counts = append(d.counts, 0)
	return id
}

func (d *dict) text(id uint32) string { return d.texts[id] }

// agreement is the chance that two records that say something say the same.
func agreement(counts []uint32) float64 { return tally(counts).Mean }
