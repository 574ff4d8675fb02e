package sound

// maxLength is how much of a word its sound keeps.
const maxLength = 8

// Append appends the sound of a folded word (lower case, without diacritics) by
// Swedish spelling: letters that are said alike become one, doubled ones single,
// and vowels fall away but for a mark where the word begins with one. It serves
// German names as well, and is coarse on purpose: it finds candidates, for others
// to weigh. The sound of a long word is cut.
func Append(dst []byte, w string) []byte {
	start := len(dst)
	put := func(c byte) {
		if n := len(dst); n > start && dst[n-1] == c || n-start >= maxLength {
			return
		}
		dst = append(dst, c)
	}
	at := func(i int) byte {
		if i < len(w) {
			return w[i]
		}
		return 0
	}
	for i := 0; i < len(w); i++ {
		c, next := w[i], at(i+1)
		first := i == 0
		soft := next == 'e' || next == 'i' || next == 'y'
		switch c {
		case 'a', 'e', 'i', 'o', 'u', 'y':
			if first {
				dst = append(dst, 'a')
			}
		case 'c':
			switch {
			case next == 'h' && first && at(i+2) != 'r' && at(i+2) != 'l':
				put('x')
				i++
			case next == 'h' || next == 'k':
				put('k')
				i++
			case soft:
				put('s')
			default:
				put('k')
			}
		case 'q':
			put('k')
		case 'k':
			if first && next == 'j' {
				put('x')
				i++
			} else {
				put('k')
			}
		case 's':
			switch {
			case next == 'j', next == 'h':
				put('x')
				i++
			case next == 'c' && at(i+2) == 'h', (next == 'k' || next == 't') && at(i+2) == 'j':
				put('x')
				i += 2
			default:
				put('s')
			}
		case 't':
			switch {
			case first && next == 'j':
				put('x')
				i++
			case next == 'h':
				put('t')
				i++
			case next == 'z':
				put('s')
				i++
			default:
				put('t')
			}
		case 'd':
			switch {
			case next == 't':
				put('t')
				i++
			case first && next == 'j':
				put('j')
				i++
			default:
				put('d')
			}
		case 'x':
			put('k')
			put('s')
		case 'z':
			put('s')
		case 'w':
			put('v')
		case 'p':
			if next == 'h' {
				put('f')
				i++
			} else {
				put('p')
			}
		case 'h':
			switch {
			case first && (next == 'j' || next == 'v'):
				put(next)
				i++
			case first:
				put('h')
			}
		case 'g':
			switch {
			case first && next == 'j':
				put('j')
				i++
			case first && soft:
				put('j')
			case next == 'h':
				put('g')
				i++
			default:
				put('g')
			}
		case 'l':
			if first && next == 'j' {
				put('j')
				i++
			} else {
				put('l')
			}
		case 'j':
			if first {
				put('j')
			}
		case ' ':
		default:
			put(c)
		}
	}
	return dst
}
