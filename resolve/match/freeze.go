package match

import (
	"slices"

	"github.com/karna-registry/karna/model"
)

// Frequencies are term frequencies as a model keeps them, so that a pair weighs
// the same whatever else there is. Values that few records say are not kept by
// name.
type Frequencies struct {
	Records int                  `json:"records"`
	Columns map[string]Frequency `json:"columns"`
	Given   slips                `json:"givenSlips"`
	Family  slips                `json:"familySlips"`
	Cross   float64              `json:"cross"` // the chance that a given name and a family name are one word
}

// freeze keeps the table's term frequencies.
func (t *Table) freeze(f *frequencies) *Frequencies {
	z := &Frequencies{Records: t.Len(), Columns: map[string]Frequency{}, Given: f.slipGiven, Family: f.slipFamily, Cross: f.cross}
	keep := func(name string, texts []string, counts []uint32) {
		col := tally(counts)
		if col.Total == 0 {
			return
		}
		col.Distinct = len(texts) - 1
		col.keep(func(yield func(string, uint32)) {
			for i := 1; i < len(texts); i++ {
				yield(texts[i], counts[i])
			}
		})
		z.Columns[name] = col
	}
	keep("given", t.givens.texts, t.givens.counts)
	keep("family", t.families.texts, t.families.counts)
	keep("given word", t.names.texts, t.givens.wordUses)
	keep("family word", t.names.texts, t.families.wordUses)
	keep("email", t.emails.texts, t.emails.counts)
	keep("phone", t.phones.texts, t.phones.counts)
	keep("street", t.streets.texts, t.streets.counts)
	keep("postcode", t.postcodes.texts, t.postcodes.counts)
	keep("locality", t.localities.texts, t.localities.counts)
	for i := range t.ids {
		keep("identifier:"+string(t.ids[i].scheme), t.ids[i].texts, t.ids[i].counts)
	}
	for i := range t.texts {
		keep("text:"+t.texts[i].name, t.texts[i].dict.texts, t.texts[i].counts)
		keep("word:"+t.texts[i].name, t.texts[i].words.texts, t.texts[i].uses)
	}
	if births := t.birthTally(); births.Total > 0 {
		births.keep(func(yield func(string, uint32)) {
			for d, n := range t.births {
				if births.bits(float64(n), false) < 0 {
					yield(date(d).text(), n)
				}
			}
		})
		z.Columns["birth"] = *births
	}
	return z
}

// keep keeps the common values by name and the others by their average.
func (f *Frequency) keep(each func(func(string, uint32))) {
	type value struct {
		text string
		n    uint32
	}
	var common []value
	rest, restValues := 0.0, 0.0
	each(func(text string, n uint32) {
		switch {
		case n >= commonAtLeast:
			common = append(common, value{text, n})
		case n > 0:
			rest += float64(n)
			restValues++
		}
	})
	slices.SortFunc(common, func(a, b value) int {
		if a.n != b.n {
			return int(b.n) - int(a.n)
		}
		return compareTexts(a.text, b.text)
	})
	for i, v := range common {
		if i >= commonAtMost {
			rest += float64(v.n)
			restValues++
			continue
		}
		if f.Common == nil {
			f.Common = map[string]float64{}
		}
		f.Common[v.text] = float64(v.n)
	}
	f.Rest = 1
	if restValues > 0 {
		f.Rest = rest / restValues
	}
}

// thaw gives the frozen frequencies to the values of a table.
func (z *Frequencies) thaw(t *Table) *frequencies {
	f := t.frequenciesBy(frozen{z})
	f.slipGiven, f.slipFamily, f.cross = z.Given, z.Family, z.Cross
	births := z.Columns["birth"]
	for text, n := range births.Common {
		if d := parseDate(text, ""); d != 0 {
			f.births[d] = births.bits(n, false)
		}
	}
	return f
}

// text is the date as 2006-01-02, or less where less is known.
func (d date) text() string {
	return model.Date{Year: int16(d.year()), Month: uint8(d.month()), Day: uint8(d.day())}.String() //nolint:gosec // four, two and two digits
}
