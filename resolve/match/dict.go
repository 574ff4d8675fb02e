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

// foldedDict interns texts in folded form, and remembers how they were written: most are
// written alike again and again.
type foldedDict struct {
	*dict
	raw map[string]uint32
}

func newFoldedDict() foldedDict { return foldedDict{newDict(), map[string]uint32{}} }

// fold is the number of a text, which intern gives for its folded form.
func (d *foldedDict) fold(s string, intern func(folded []byte) uint32) uint32 {
	if s == "" {
		return 0
	}
	if id, ok := d.raw[s]; ok {
		return id
	}
	var buf [256]byte
	id := intern(appendFolded(buf[:0], s))
	d.raw[s] = id
	return id
}
