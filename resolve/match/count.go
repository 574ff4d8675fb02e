package match

// count counts who says what, for term frequencies.
func (t *Table) count() {
	tally := func(s slot, counts []uint32) []uint32 {
		if s == none {
			return counts
		}
		for i := int(s); i < len(t.cells); i += t.stride {
			counts[t.cells[i]]++
		}
		counts[0] = 0
		return counts
	}
	tally(t.email, t.emails.counts)
	tally(t.phone, t.phones.counts)
	tally(t.street, t.streets.counts)
	tally(t.number, t.numbers.counts)
	tally(t.postcode, t.postcodes.counts)
	tally(t.locality, t.localities.counts)
	tally(t.region, t.regions.counts)
	for i := range t.ids {
		tally(t.ids[i].slot, t.ids[i].counts)
	}
	for i := range t.texts {
		c := &t.texts[i]
		tally(c.slot, c.counts)
		c.uses = make([]uint32, len(c.words.texts))
		for id, list := range c.lists {
			for _, w := range list {
				c.uses[w] += c.counts[id]
			}
		}
	}
	for _, n := range [...]struct {
		*names
		slot
	}{{t.givens, t.given}, {t.families, t.family}} {
		tally(n.slot, n.counts)
		n.wordUses = make([]uint32, len(t.names.texts))
		for id, list := range n.lists {
			for _, w := range list {
				n.wordUses[w] += n.counts[id]
			}
		}
	}
	if t.birth != none {
		for i := int(t.birth); i < len(t.cells); i += t.stride {
			if d := t.cells[i]; d != 0 {
				t.births[d]++
			}
		}
	}
}

// hash gives every record a hash of what it says, by which whatever needs an
// order is ordered: interned numbers depend on who came first, this does not.
func (t *Table) hash() {
	t.hashes = make([]uint64, t.Len())
	t.hashOf = make([][]uint64, t.stride)
	mix := func(s slot, texts []string) {
		if s == none {
			return
		}
		of := make([]uint64, len(texts))
		for i, text := range texts[1:] {
			of[i+1] = hashText(0, text)
		}
		t.hashOf[s] = of
		for i := range t.hashes {
			if v := t.cells[i*t.stride+int(s)]; v != 0 {
				t.hashes[i] = mixHash(t.hashes[i] ^ of[v] + uint64(s))
			}
		}
	}
	number := func(s slot) {
		if s == none {
			return
		}
		for i := range t.hashes {
			t.hashes[i] = mixHash(t.hashes[i] ^ uint64(t.cells[i*t.stride+int(s)])<<8 ^ uint64(s))
		}
	}
	mix(t.given, t.givens.texts)
	mix(t.family, t.families.texts)
	number(t.birth)
	number(t.end)
	number(t.sex)
	mix(t.email, t.emails.texts)
	mix(t.phone, t.phones.texts)
	mix(t.street, t.streets.texts)
	mix(t.number, t.numbers.texts)
	mix(t.postcode, t.postcodes.texts)
	mix(t.locality, t.localities.texts)
	mix(t.region, t.regions.texts)
	mix(t.whole, t.wholes.texts)
	number(t.north)
	number(t.east)
	for i := range t.ids {
		mix(t.ids[i].slot, t.ids[i].texts)
	}
	for i := range t.texts {
		mix(t.texts[i].slot, t.texts[i].dict.texts)
	}
	for i := range t.hashes {
		t.hashes[i] = mixHash(t.hashes[i] ^ uint64(t.source[i])<<32)
	}
	t.hashWords()
}

// hashWords hashes the words of names, their sounds and their beginnings.
func (t *Table) hashWords() {
	w := t.names
	sounds := make([]uint64, len(w.soundDict.texts))
	for i, text := range w.soundDict.texts[1:] {
		sounds[i+1] = hashText(1, text)
	}
	t.wordHash = make([]uint64, len(w.texts))
	t.soundHash = make([]uint64, len(w.texts))
	t.startHash = make([]uint64, len(w.texts))
	for i, text := range w.texts[1:] {
		t.wordHash[i+1] = hashText(0, text)
		t.soundHash[i+1] = sounds[w.sounds[i+1]]
		t.startHash[i+1] = hashText(2, text[:min(len(text), 3)])
	}
}

// hashText is a 64-bit hash of a text (FNV-1a with a finaliser).
func hashText(seed uint64, s string) uint64 {
	h := uint64(14695981039346656037) ^ seed*0x9e3779b97f4a7c15
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mixHash(h)
}

// mixHash spreads a hash's bits (the finaliser of SplitMix64).
func mixHash(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
