package match

import "math"

// Quality is how well an answer agrees with the truth.
type Quality struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

func quality(right, said, true_ float64) Quality {
	q := Quality{Precision: 1, Recall: 1}
	if said > 0 {
		q.Precision = right / said
	}
	if true_ > 0 {
		q.Recall = right / true_
	}
	if q.Precision+q.Recall > 0 {
		q.F1 = 2 * q.Precision * q.Recall / (q.Precision + q.Recall)
	}
	return q
}

// Clustered compares all pairs inside clusters with all true pairs.
func Clustered(cluster, truth []uint32) Quality {
	type both struct{ c, t uint32 }
	inC, inT, inBoth := map[uint32]float64{}, map[uint32]float64{}, map[both]float64{}
	for i := range cluster {
		inC[cluster[i]]++
		inT[truth[i]]++
		inBoth[both{cluster[i], truth[i]}]++
	}
	pairs := func(n float64) float64 { return n * (n - 1) / 2 }
	said, is, right := 0.0, 0.0, 0.0
	for _, n := range inC {
		said += pairs(n)
	}
	for _, n := range inT {
		is += pairs(n)
	}
	for _, n := range inBoth {
		right += pairs(n)
	}
	return quality(right, said, is)
}

// BCubed is the mean over records of how much of a record's cluster is its
// thing's, and how much of its thing is in the cluster (Bagga & Baldwin 1998).
func BCubed(cluster, truth []uint32) Quality {
	type both struct{ c, t uint32 }
	inC, inT, inBoth := map[uint32]float64{}, map[uint32]float64{}, map[both]float64{}
	for i := range cluster {
		inC[cluster[i]]++
		inT[truth[i]]++
		inBoth[both{cluster[i], truth[i]}]++
	}
	p, r := 0.0, 0.0
	for i := range cluster {
		n := inBoth[both{cluster[i], truth[i]}]
		p += n / inC[cluster[i]]
		r += n / inT[truth[i]]
	}
	n := float64(len(cluster))
	q := Quality{Precision: p / n, Recall: r / n}
	q.F1 = 2 * q.Precision * q.Recall / (q.Precision + q.Recall)
	return q
}

// Pairwise compares the pairs at or above a weight with all true pairs, and
// finds the weight at which that is best.
func (r *Result) Pairwise(truth []uint32) (atDefault, best Quality, bestAt float64) {
	is := 0.0
	count := map[uint32]float64{}
	across := r.engine.t.sources > 1
	type part struct {
		t uint32
		s uint8
	}
	bySource := map[part]float64{}
	for i, t := range truth {
		count[t]++
		bySource[part{t, r.engine.t.source[i]}]++
	}
	for _, n := range count {
		is += n * (n - 1) / 2
	}
	if across {
		for _, n := range bySource {
			is -= n * (n - 1) / 2
		}
	}
	said, right := 0.0, 0.0
	link := float32(r.Model.Bands.Link)
	done := false
	for i, e := range r.Edges {
		if e.Weight < link && !done {
			atDefault = quality(right, said, is)
			done = true
		}
		said++
		if truth[e.A] == truth[e.B] {
			right++
		}
		if i+1 < len(r.Edges) && r.Edges[i+1].Weight == e.Weight {
			continue
		}
		if q := quality(right, said, is); q.F1 > best.F1 {
			best, bestAt = q, float64(e.Weight)
		}
	}
	if !done {
		atDefault = quality(right, said, is)
	}
	if math.IsNaN(bestAt) {
		bestAt = 0
	}
	return atDefault, best, bestAt
}
