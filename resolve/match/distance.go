package match

// maxWord is how much of a text the distances look at.
const maxWord = 64

// edits is the number of insertions, deletions, substitutions and exchanges of
// neighbours (each letter touched once) that make one text the other, or limit+1
// if it is more than limit.
func edits(a, b string, limit int) int {
	a, b = a[:min(len(a), maxWord)], b[:min(len(b), maxWord)]
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > limit {
		return limit + 1
	}
	if len(a) == 0 {
		return len(b)
	}
	var rows [3][maxWord + 1]uint8
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		last[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		now[0] = uint8(i)
		least := now[0]
		for j := 1; j <= len(b); j++ {
			d := last[j-1]
			if a[i-1] != b[j-1] {
				d++
			}
			d = min(d, last[j]+1, now[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			now[j] = d
			least = min(least, d)
		}
		if int(least) > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	return min(int(last[len(b)]), limit+1)
}

// likeness is the Jaro-Winkler similarity of two texts, 0 to 1 (Winkler 1990).
func likeness(a, b string) float64 {
	a, b = a[:min(len(a), maxWord)], b[:min(len(b), maxWord)]
	if a == b {
		return 1
	}
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	reach := max(len(a), len(b))/2 - 1
	var seenA, seenB [maxWord]bool
	common := 0
	for i := range len(a) {
		for j := max(0, i-reach); j <= min(len(b)-1, i+reach); j++ {
			if !seenB[j] && a[i] == b[j] {
				seenA[i], seenB[j] = true, true
				common++
				break
			}
		}
	}
	if common == 0 {
		return 0
	}
	exchanged, j := 0, 0
	for i := range len(a) {
		if !seenA[i] {
			continue
		}
		for !seenB[j] {
			j++
		}
		if a[i] != b[j] {
			exchanged++
		}
		j++
	}
	m := float64(common)
	jaro := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(exchanged)/2)/m) / 3
	prefix := 0
	for prefix < min(4, len(a), len(b)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}
