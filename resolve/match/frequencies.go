package match

import "math"

// frequencies are the bits by which each value is rarer than values that agree
// on average; negative for common ones.
type frequencies struct {
	givens, families        []float32
	givenWords, familyWords []float32
	anyWord                 []float32 // log2 of how often a word stands in any name
	emails, phones          []float32
	streets, postcodes      []float32
	localities              []float32
	ids, texts, idf         [][]float32
	births                  map[uint32]uint32
	birthTotal, birthMean   float64
}

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
	uses := make([]uint32, len(t.names.texts))
	for i := range uses {
		uses[i] = t.givens.wordUses[i] + t.families.wordUses[i]
	}
	f.anyWord = rarity(uses, sum(t.givens.counts)+sum(t.families.counts), true)
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
