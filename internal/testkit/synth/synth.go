package synth

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
)

// Mapping is the CSV mapping that reads what Write writes.
const Mapping = mapping

// Options say what to write.
type Options struct {
	Records int
	// Shuffled writes the rows in an order unrelated to their references, so
	// that about half of them refer to what comes later.
	Shuffled bool
	// Change gives every n-th person another e-mail address; 0 for none.
	Change int
	Seed   uint64
}

// A two-hundredth of the records are organisations, the rest persons and
// employments, one each.
const perOrganisation = 200

// Header is the first line.
const Header = "typ;id;personnummer;fornamn;efternamn;gata;nummer;postnr;ort;epost;telefon;person;enhet;titel;omfattning;fran;namn;moder\r\n"

// Write writes the delivery; memory does not grow with its size.
func Write(w io.Writer, o Options) error {
	b := bufio.NewWriterSize(w, 1<<20)
	if _, err := b.WriteString(Header); err != nil {
		return fmt.Errorf("write the delivery: %w", err)
	}
	n := uint64(o.Records)
	buf := make([]byte, 0, 512)
	for i := range n {
		at := i
		if o.Shuffled {
			at = shuffle(i, n)
		}
		buf = appendRow(buf[:0], o, at, n)
		if _, err := b.Write(buf); err != nil {
			return fmt.Errorf("write the delivery: %w", err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the delivery: %w", err)
	}
	return nil
}

// shuffle is a permutation of [0, n): a Feistel network over the smallest even
// number of bits, walked until it falls inside.
func shuffle(i, n uint64) uint64 {
	half := 1
	for uint64(1)<<(2*half) < n {
		half++
	}
	mask := uint64(1)<<half - 1
	for {
		l, r := i>>half, i&mask
		for round := range uint64(4) {
			l, r = r, l^(((r+round*0x9E37)*0x9E3779B97F4A7C15>>29)&mask)
		}
		if i = l<<half | r; i < n {
			return i
		}
	}
}

func appendRow(b []byte, o Options, i, n uint64) []byte {
	orgs := max(n/perOrganisation, 1)
	if i < orgs {
		return appendOrganisation(b, i)
	}
	k := i - orgs
	rng := rand.New(rand.NewPCG(o.Seed, k/2)) //nolint:gosec // sample data, not secrets
	if k%2 == 0 {
		return appendPerson(b, o, k/2, rng)
	}
	return appendEmployment(b, k/2, orgs, rng)
}

func appendOrganisation(b []byte, i uint64) []byte {
	b = append(b, "O;E"...)
	b = strconv.AppendUint(b, i, 10)
	b = append(b, ";;;;;;;;;;;;;;;"...)
	b = append(b, units[i%uint64(len(units))]...)
	b = append(b, ' ')
	b = strconv.AppendUint(b, i, 10)
	b = append(b, ';')
	if i > 0 {
		b = append(b, 'E')
		b = strconv.AppendUint(b, (i-1)/8, 10)
	}
	return append(b, "\r\n"...)
}

func appendPerson(b []byte, o Options, k uint64, rng *rand.Rand) []byte {
	given, family := pick(rng, givenNames), pick(rng, familyNames)
	b = append(b, "P;P"...)
	b = strconv.AppendUint(b, k, 10)
	b = append(b, ';')
	b = appendPersonnummer(b, k)
	b = append(b, ';')
	b = append(b, given...)
	b = append(b, ';')
	b = append(b, family...)
	b = append(b, ';')
	b = append(b, pick(rng, streets)...)
	b = append(b, ';')
	b = strconv.AppendInt(b, int64(rng.IntN(120)+1), 10)
	b = append(b, ';')
	b = strconv.AppendInt(b, int64(13600+rng.IntN(300)), 10)
	b = append(b, ";Haninge;p"...)
	b = strconv.AppendUint(b, k, 10)
	if o.Change > 0 && k%uint64(o.Change) == 0 {
		b = append(b, ".ny"...)
	}
	b = append(b, "@kommun.example;070"...)
	b = strconv.AppendInt(b, int64(1000000+rng.IntN(8999999)), 10)
	return append(b, ";;;;;;;\r\n"...)
}

func appendEmployment(b []byte, k, orgs uint64, rng *rand.Rand) []byte {
	b = append(b, "R;A"...)
	b = strconv.AppendUint(b, k, 10)
	b = append(b, ";;;;;;;;;;P"...)
	b = strconv.AppendUint(b, k, 10)
	b = append(b, ";E"...)
	b = strconv.AppendUint(b, rng.Uint64N(orgs), 10)
	b = append(b, ';')
	b = append(b, pick(rng, titles)...)
	b = append(b, ';')
	b = strconv.AppendInt(b, int64(rng.IntN(11))*5+50, 10)
	b = append(b, ';')
	b = fmt.Appendf(b, "%d-%02d-01", 1990+rng.IntN(36), rng.IntN(12)+1)
	return append(b, ";;\r\n"...)
}

// appendPersonnummer writes the k-th of 36,000,000 different numbers with birth
// years 1800–1899 and a right check digit (Luhn over the last ten).
func appendPersonnummer(b []byte, k uint64) []byte {
	birth := k%999 + 1
	day := k / 999 % 28
	month := k / 999 / 28 % 12
	year := k / 999 / 28 / 12 % 100
	at := len(b)
	b = fmt.Appendf(b, "18%02d%02d%02d%03d", year, month+1, day+1, birth)
	sum := 0
	for i, c := range b[at+2:] {
		d := int(c - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return append(b, byte('0'+(10-sum%10)%10))
}

func pick(rng *rand.Rand, from []string) string {
	// The square makes the first names common and the last rare.
	f := rng.Float64()
	return from[int(f*f*float64(len(from)))]
}
