package match

// count counts who says what, for term frequencies.
func (t *Table) count() {
	by := make([][]uint32, t.stride)
	tally := func(s slot, counts []uint32) {
		if s == none {
			return
		}
		by[s] = counts
		for i := int(s); i < len(t.cells); i += t.stride {
			counts[t.cells[i]]++
		}
		counts[0] = 0
	}
	tally(t.given, t.givens.counts)
	tally(t.family, t.families.counts)
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
		tally(t.texts[i].slot, t.texts[i].counts)
	}
	if t.birth != none {
		for i := int(t.birth); i < len(t.cells); i += t.stride {
			if d := t.cells[i]; d != 0 {
				t.births[d]++
			}
		}
	}
	t.eachOther(func(_ int, s slot, cell uint32) {
		switch {
		case s == t.birth:
			t.births[cell]++
		case by[s] != nil:
			by[s][cell]++
		}
	})
	for i := range t.texts {
		c := &t.texts[i]
		c.uses = usesOf(c.lists, c.counts, len(c.words.texts))
	}
	for _, n := range [...]*names{t.givens, t.families} {
		n.wordUses = usesOf(n.lists, n.counts, len(t.names.texts))
	}
}

// usesOf is by word how many records say a value with it.
func usesOf(lists [][]uint32, counts []uint32, words int) []uint32 {
	uses := make([]uint32, words)
	for id, list := range lists {
		for _, w := range list {
			uses[w] += counts[id]
		}
	}
	return uses
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
	mix(t.second, t.streets.texts)
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
	t.eachOther(func(i int, s slot, cell uint32) {
		said := uint64(cell) << 8
		if t.hashOf[s] != nil {
			said = t.hashOf[s][cell]
		}
		t.hashes[i] = mixHash(t.hashes[i] ^ said + uint64(s))
	})
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
