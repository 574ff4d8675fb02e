package graph

// ReadRest answers in the order of keys: with what there is already, and for the
// rest with what is read of it at once.
func ReadRest[K, V any](keys []K, have func(K) (V, bool), read func(rest []K) ([]V, error)) ([]V, error) {
	out := make([]V, len(keys))
	var rest []K
	var at []int
	for i, k := range keys {
		v, ok := have(k)
		if out[i] = v; !ok {
			rest, at = append(rest, k), append(at, i)
		}
	}
	if len(rest) == 0 {
		return out, nil
	}
	found, err := read(rest)
	if err != nil {
		return nil, err
	}
	for i, v := range found {
		out[at[i]] = v
	}
	return out, nil
}
