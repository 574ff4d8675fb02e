package synth

import "math/bits"

// rng is SplitMix64 (Steele, Lea & Flood 2014). It is our own, and draws by
// integers alone, so that a seed means the same bytes with any version of Go on
// any machine.
type rng struct{ state uint64 }

func newRNG(seed, stream uint64) *rng {
	r := &rng{state: seed*0x9E3779B97F4A7C15 ^ stream*0xD1B54A32D192ED03}
	r.next()
	return r
}

func (r *rng) next() uint64 {
	r.state += 0x9E3779B97F4A7C15
	z := r.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// intn draws from [0, n).
func (r *rng) intn(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n)) //nolint:gosec // n is a length or a bound of this package
	return int(hi)                           //nolint:gosec // below n
}

// between draws from [lo, hi].
func (r *rng) between(lo, hi int) int { return lo + r.intn(hi-lo+1) }

// chance is true with probability p. Scaling by a power of two is exact, so no
// machine rounds otherwise.
func (r *rng) chance(p float64) bool { return float64(r.next()>>11) < p*(1<<53) }

// skewed draws from [0, n) with the low ones far commoner than the high: the
// least of two draws, twice.
func (r *rng) skewed(n int) int {
	return r.intn(r.intn(r.intn(n)+1) + 1)
}

func pick[T any](r *rng, from []T) T { return from[r.intn(len(from))] }

// weighted draws an index by integer weights.
func (r *rng) weighted(weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	at := r.intn(total)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}
