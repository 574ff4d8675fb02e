package window

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// sample is how much of a stream tells which encoding it is in, in bytes from the
// first place that has more than ASCII.
const sample = 64 << 10

// NotUTF8 is the index of the first byte of a text that is no part of UTF-8, or -1.
func NotUTF8(text []byte) int {
	i := 0
	for {
		i += ascii(text[i:])
		if i == len(text) {
			return -1
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
}

// IsASCII tells whether a text is the same in every encoding that is read.
func IsASCII(text []byte) bool { return ascii(text) == len(text) }

// ascii is how many bytes of ASCII a text begins with. Most of every file is ASCII, so
// it takes several at a time.
func ascii(text []byte) int {
	const beyond = 0x8080808080808080 // the bits of eight bytes that no ASCII has
	i := 0
	for ; i+32 <= len(text); i += 32 {
		b := text[i : i+32 : i+32]
		if (binary.LittleEndian.Uint64(b)|binary.LittleEndian.Uint64(b[8:])|binary.LittleEndian.Uint64(b[16:])|binary.LittleEndian.Uint64(b[24:]))&beyond != 0 {
			break
		}
	}
	for ; i+8 <= len(text); i += 8 {
		if above := binary.LittleEndian.Uint64(text[i:]) & beyond; above != 0 {
			return i + bits.TrailingZeros64(above)/8
		}
	}
	for ; i < len(text) && text[i] < utf8.RuneSelf; i++ {
	}
	return i
}

// SaysUTF8 tells whether a text that is said to be in an encoding of one byte a letter is
// UTF-8: it has letters beyond ASCII, and each is a whole sequence of UTF-8. In Swedish
// or Finnish of such an encoding, none is.
func SaysUTF8(text []byte) bool { return !IsASCII(text) && utf8.Valid(text) }

// SaysUTF8 is the same of what comes first in the window, which it makes longer for
// that.
func (w *Window) SaysUTF8() bool {
	for len(w.Bytes()) < sample && w.More() {
	}
	b := w.Bytes()
	if len(b) > sample {
		b = b[:sample]
		for n := 1; n < utf8.UTFMax; n++ { // a sequence that the sample cuts
			if c := b[len(b)-n]; utf8.RuneStart(c) {
				if !utf8.FullRune(b[len(b)-n:]) {
					b = b[:len(b)-n]
				}
				break
			}
		}
	}
	return SaysUTF8(b)
}
