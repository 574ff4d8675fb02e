package match

import "math"

// frequencies are the bits by which each value is rarer than values that agree
// on average; negative for common ones.
type frequencies struct {
	givens, families        []float32
	givenWords, familyWords []float32
	slipGiven, slipFamily   slips
	cross                   float64 // the chance that a given name and a family name are one word
	emails, phones          []float32
	streets, postcodes      []float32
	localities              []float32
	ids, texts, idf         [][]float32
	births                  map[uint32]uint32
	birthTotal, birthMean   float64
}

// slips is what is known of strangers whose names are nearly the same.
type slips struct {
	rarer float64     // how often the rarer of the two words stands, on average
	level [10]float64 // how often each level comes up
	total float64     // records that have the name
}

// slipRate is about how often a record's name has a slip of the pen. It only
// bounds what a slip can prove.
const slipRate = 0.1

func sqrt(x float64) float64 { return math.Sqrt(x) }

// frequencies takes term frequencies from the table.
func (t *Table) frequencies() *frequencies {
	f := &frequencies{
		givens: rarity(t.givens.counts, sum(t.givens.counts), true), families: rarity(t.families.counts, sum(t.families.counts), true),
		emails: rarity(t.emails.counts, sum(t.emails.counts), false), phones: rarity(t.phones.counts, sum(t.phones.counts), false),
		streets:    rarity(t.streets.counts, sum(t.streets.counts), true),
		postcodes:  rarity(t.postcodes.counts, sum(t.postcodes.counts), true),
		localities: rarity(t.localities.counts, sum(t.localities.counts), true),
	}
	f.givenWords = rarity(t.givens.wordUses, sum(t.givens.counts), true)
	f.familyWords = rarity(t.families.wordUses, sum(t.families.counts), true)
	givens, families := sum(t.givens.counts), sum(t.families.counts)
	if givens > 0 && families > 0 {
		for w := range t.givens.wordUses {
			f.cross += float64(t.givens.wordUses[w]) / givens * float64(t.families.wordUses[w]) / families
		}
		f.cross = max(f.cross, 1/(givens*families))
	}
	for i := range t.ids {
		f.ids = append(f.ids, rarity(t.ids[i].counts, sum(t.ids[i].counts), false))
	}
	for i := range t.texts {
		c := &t.texts[i]
		total := sum(c.counts)
		f.texts = append(f.texts, rarity(c.counts, total, true))
		idf := make([]float32, len(c.uses))
		for w, n := range c.uses {
			idf[w] = float32(math.Log2(1+total/float64(max(n, 1)))) + 0.1
		}
		f.idf = append(f.idf, idf)
	}
	f.births = t.births
	same := 0.0
	for _, n := range t.births {
		f.birthTotal += float64(n)
		same += float64(n) * float64(n-1)
	}
	if f.birthTotal > 1 {
		f.birthMean = same / (f.birthTotal * (f.birthTotal - 1))
	}
	return f
}

// birth is the rarity of a date: only dates that stand far more often than they
// should, such as stand-ins, are told apart.
func (f *frequencies) birth(d date) float32 {
	n := float64(f.births[uint32(d)])
	if n < 8 || f.birthMean <= 0 {
		return 0
	}
	return float32(max(min(math.Log2(f.birthMean*f.birthTotal/n), 0), -maxRarity))
}

// swapped is the rarity of two words of which one is the given name and the
// other the family name, whichever: as the likelier of both ways has it.
func (f *frequencies) swapped(a, b uint32) float32 {
	return min(f.givenWords[a]+f.familyWords[b], f.givenWords[b]+f.familyWords[a])
}

// bounded is the logarithm of a ratio, within what rarity may say.
func bounded(ratio float64) float32 {
	return float32(max(min(math.Log2(ratio), maxRarity), -maxRarity))
}
