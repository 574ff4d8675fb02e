package match

// KeyRecall is how many of the true pairs meet under a key.
type KeyRecall struct {
	Key    string  `json:"key"`
	Recall float64 `json:"recall"`
	Only   float64 `json:"only"` // that meet under no other
	Pairs  int64   `json:"pairs"`
}

// BlockRecall is how many of the true pairs become candidates, by key and in
// all. Pairs within one source are not looked for when there are several.
func (r *Result) BlockRecall(truth []uint32) (byKey []KeyRecall, all float64) {
	t, b := r.engine.t, r.engine.blocks
	things := map[uint32][]uint32{}
	for i, x := range truth {
		things[x] = append(things[x], uint32(i))
	}
	n := len(b.keys)
	found, only := make([]float64, n), make([]float64, n)
	total, met := 0.0, 0.0
	for _, list := range things {
		for i, x := range list {
			for _, y := range list[i+1:] {
				if t.sources > 1 && t.source[x] == t.source[y] {
					continue
				}
				total++
				keys, last := 0, 0
				for k := range n {
					if v := b.of[int(x)*n+k]; v != 0 && v == b.of[int(y)*n+k] {
						found[k]++
						keys++
						last = k
					}
				}
				if keys > 0 {
					met++
				}
				if keys == 1 {
					only[last]++
				}
			}
		}
	}
	for k := range n {
		byKey = append(byKey, KeyRecall{Key: b.keys[k].Name, Recall: found[k] / max(total, 1), Only: only[k] / max(total, 1), Pairs: b.report[k].Pairs})
	}
	if total == 0 {
		return byKey, 1
	}
	return byKey, met / total
}
