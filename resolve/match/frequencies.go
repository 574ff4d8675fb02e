package match

import "math"

// maxRarity bounds what term frequency may add or take, in bits.
const maxRarity = 8

// frequencies are the bits by which each interned value is rarer than values
// that agree on average; negative for common ones.
type frequencies struct {
	givens, families          []float32
	givenWords, familyWords   []float32
	givenUses, familyUses     []float32 // by word: records that have it
	emails, phones            []float32
	streets, postcodes, towns []float32
	ids, texts, idf           [][]float32
	textWords                 [][]float32      // by text and word
	births                    map[date]float32 // of dates that stand out
	slipGiven, slipFamily     slips
	cross                     float64 // the chance that a given name and a family name are one word
}

// slips is what is known of strangers whose names are nearly the same.
type slips struct {
	Rarer float64     `json:"rarer"`  // how often the rarer of the two words stands, on average
	Level [10]float64 `json:"levels"` // how often each level comes up
	Total float64     `json:"total"`  // records that have the name
}

// slipRate is about how often a record's name has a slip of the pen. It only
// bounds what a slip can prove.
const slipRate = 0.1

// Frequency is how often the values of one column stand: the common ones by
// name, the others by their average.
type Frequency struct {
	Total float64 `json:"total"` // records that say something
	Mean  float64 `json:"mean"`  // the chance that two of them say the same
	// Common are the records that say a value. A value that few say is not kept,
	// so that a model names nobody.
	Common map[string]float64 `json:"common,omitempty"`
	Rest   float64            `json:"rest"` // records that say a value which is not among them, on average
	// Distinct is how many values there are; 0 if the model does not say.
	Distinct int `json:"distinct,omitempty"`
}

// commonAtLeast is how many records have to say a value before a model keeps it
// by name, and commonAtMost how many values of a column it keeps.
const (
	commonAtLeast = 10
	commonAtMost  = 20_000
)

// tally is the frequency of interned values.
func tally(counts []uint32) Frequency {
	f := Frequency{Rest: 1}
	same := 0.0
	for _, c := range counts[1:] {
		f.Total += float64(c)
		same += float64(c) * float64(c-min(c, 1))
	}
	if f.Total >= 2 {
		f.Mean = same / (f.Total * (f.Total - 1))
	}
	return f
}

// bits is how much rarer than the average a value is that so many records say.
// Without both only common values are told apart: where hardly any two share a
// value, how often it stands is how often one thing was recorded.
func (f *Frequency) bits(count float64, both bool) float32 {
	if f.Mean <= 0 || f.Total <= 0 || count <= 0 {
		return 0
	}
	b := bounded(f.Mean * f.Total / count)
	if !both {
		return min(b, 0)
	}
	return b
}

// bounded is the logarithm of a ratio, within what rarity may say.
func bounded(ratio float64) float32 {
	return float32(max(min(math.Log2(ratio), maxRarity), -maxRarity))
}

// counter says how often a value of a column stands, in the table itself or in
// what a model has frozen.
type counter interface {
	column(name string, counts []uint32) Frequency
	count(f *Frequency, text string, own uint32) float64
}

// owned are the table's own counts.
type owned struct{}

func (owned) column(_ string, counts []uint32) Frequency       { return tally(counts) }
func (owned) count(_ *Frequency, _ string, own uint32) float64 { return float64(own) }

// frozen are those of a model.
type frozen struct{ f *Frequencies }

func (z frozen) column(name string, _ []uint32) Frequency { return z.f.Columns[name] }

func (z frozen) count(f *Frequency, text string, _ uint32) float64 {
	if n, ok := f.Common[text]; ok {
		return n
	}
	return max(f.Rest, 1)
}

// frequencies takes term frequencies from the table.
func (t *Table) frequencies() *frequencies {
	f := t.frequenciesBy(owned{})
	f.cross = t.crossRate()
	births := t.birthTally()
	for d, n := range t.births {
		if b := births.bits(float64(n), false); n >= 8 && b < 0 {
			f.births[date(d)] = b
		}
	}
	return f
}

// birthTally is the frequency of birth dates.
func (t *Table) birthTally() *Frequency {
	f := Frequency{Rest: 1}
	same := 0.0
	for _, n := range t.births {
		f.Total += float64(n)
		same += float64(n) * float64(n-1)
	}
	if f.Total > 1 {
		f.Mean = same / (f.Total * (f.Total - 1))
	}
	return &f
}

func (t *Table) frequenciesBy(c counter) *frequencies {
	of := func(name string, texts []string, counts []uint32, both bool) []float32 {
		f := c.column(name, counts)
		out := make([]float32, len(texts))
		for i := 1; i < len(texts); i++ {
			out[i] = f.bits(c.count(&f, texts[i], counts[i]), both)
		}
		return out
	}
	uses := func(name string, n *names) (words, uses []float32) {
		f := c.column(name, n.wordUses)
		whole := c.column(name[:len(name)-len(" word")], n.counts)
		f.Total = whole.Total // words of records, not of all words
		words, uses = make([]float32, len(n.wordUses)), make([]float32, len(n.wordUses))
		for w := 1; w < len(n.wordUses); w++ {
			k := c.count(&f, t.names.text(uint32(w)), n.wordUses[w])
			words[w], uses[w] = f.bits(k, true), float32(k)
		}
		return words, uses
	}
	f := &frequencies{
		givens: of("given", t.givens.texts, t.givens.counts, true), families: of("family", t.families.texts, t.families.counts, true),
		emails: of("email", t.emails.texts, t.emails.counts, false), phones: of("phone", t.phones.texts, t.phones.counts, false),
		streets: of("street", t.streets.texts, t.streets.counts, true), postcodes: of("postcode", t.postcodes.texts, t.postcodes.counts, true),
		towns: of("locality", t.localities.texts, t.localities.counts, true), births: map[date]float32{},
	}
	f.givenWords, f.givenUses = uses("given word", t.givens)
	f.familyWords, f.familyUses = uses("family word", t.families)
	for i := range t.ids {
		f.ids = append(f.ids, of("identifier:"+string(t.ids[i].scheme), t.ids[i].texts, t.ids[i].counts, false))
	}
	for i := range t.texts {
		col := &t.texts[i]
		f.texts = append(f.texts, of("text:"+col.name, col.dict.texts, col.counts, true))
		whole, words := c.column("text:"+col.name, col.counts), c.column("word:"+col.name, col.uses)
		idf, rarity := make([]float32, len(col.uses)), make([]float32, len(col.uses))
		for w := 1; w < len(col.uses); w++ {
			n := c.count(&words, col.words.text(uint32(w)), col.uses[w])
			idf[w] = float32(math.Log2(1+max(whole.Total, 1)/max(n, 1))) + 0.1
			rarity[w] = words.bits(n, true)
		}
		f.idf, f.textWords = append(f.idf, idf), append(f.textWords, rarity)
	}
	return f
}

// crossRate is the chance that one's given name is another's family name.
func (t *Table) crossRate() float64 {
	givens, families := sum(t.givens.counts), sum(t.families.counts)
	if givens == 0 || families == 0 {
		return 0
	}
	cross := 0.0
	for w := range t.givens.wordUses {
		cross += float64(t.givens.wordUses[w]) / givens * float64(t.families.wordUses[w]) / families
	}
	return max(cross, 1/(givens*families))
}

// swapped is the rarity of two words of which one is the given name and the
// other the family name, whichever: as the likelier of both ways has it.
func (f *frequencies) swapped(a, b uint32) float32 {
	return min(f.givenWords[a]+f.familyWords[b], f.givenWords[b]+f.familyWords[a])
}

func sum(counts []uint32) float64 {
	n := 0.0
	for _, c := range counts {
		n += float64(c)
	}
	return n
}
