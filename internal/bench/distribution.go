package main

import (
	"math"
	"math/rand/v2"
	"slices"
)

// comparison is how two samples of times differ. What each figure
// is good for:
//
//   - The difference of the medians, with an interval by the bootstrap (percentiles
//     of what samples drawn again with replacement give; Efron 1979, Efron and
//     Tibshirani 1993, chapter 13), is how large the channel is.
//   - AUC is the probability that a time of the one is longer than a time of the
//     other, ties halved: Mann and Whitney's U divided by the number of pairs (Mann and
//     Whitney 1947; Bamber 1975). It is what the best threshold on one request may
//     rest on; 0.5 tells nothing. Its interval is DeLong, DeLong and Clarke-Pearson's (1988).
//   - KS is the greatest distance between the two cumulative distributions (Kolmogorov
//     1933, Smirnov 1948), which also sees a difference in shape: who guesses from one
//     request by any threshold is right in at most (1 + KS)/2 of the cases.
//   - T is Welch's (1947), of the times that are not above the 90th percentile of all,
//     as Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?" (2017), crop
//     them: what is above is the system's doing more than the program's. They take more
//     than 10 for proof and 4.5 for a warning. It grows with the number of requests, so
//     it says that there is a channel and not that it matters.
type comparison struct {
	Requests   int      `json:"requests"`    // of each
	Median     float64  `json:"median"`      // µs, of the first
	Other      float64  `json:"otherMedian"` // µs, of the second
	Difference interval `json:"difference"`  // µs, of the medians: the first less the second
	AUC        interval `json:"auc"`         // that a time of the first is the longer
	KS         float64  `json:"ks"`          //
	KSByChance float64  `json:"ksByChance"`  // what KS exceeds once in twenty times of samples of one distribution
	T          float64  `json:"t"`           //
}

// interval is an estimate and where it lies with 95 % confidence.
type interval struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

const (
	z95       = 1.959964 // of the normal distribution
	resamples = 400
	cropped   = 0.9 // of all times are looked at by T
	ksByOne   = 1.358102
)

// compare compares times in µs. Both samples are sorted.
func compare(a, b []float64, rng *rand.Rand) comparison {
	slices.Sort(a)
	slices.Sort(b)
	c := comparison{Requests: min(len(a), len(b)), Median: median(a), Other: median(b), AUC: auc(a, b), KS: ks(a, b), T: welch(crop(a, b))}
	c.KSByChance = ksByOne * math.Sqrt(float64(len(a)+len(b))/float64(len(a)*len(b)))
	differences := make([]float64, resamples)
	counts := make([]int, max(len(a), len(b)))
	for i := range differences {
		differences[i] = medianAgain(a, counts, rng) - medianAgain(b, counts, rng)
	}
	slices.Sort(differences)
	c.Difference = interval{c.Median - c.Other, differences[resamples*25/1000], differences[resamples*975/1000-1]}
	return c
}

// median is of a sorted sample.
func median(a []float64) float64 {
	n := len(a)
	return (a[(n-1)/2] + a[n/2]) / 2
}

// medianAgain is the median of as many as there are, drawn with replacement from a
// sorted sample.
func medianAgain(a []float64, counts []int, rng *rand.Rand) float64 {
	clear(counts)
	for range a {
		counts[rng.IntN(len(a))]++
	}
	seen, low := 0, -1
	for i := range a {
		seen += counts[i]
		if low < 0 && seen > (len(a)-1)/2 {
			low = i
		}
		if seen > len(a)/2 {
			return (a[low] + a[i]) / 2
		}
	}
	return a[len(a)-1]
}

// auc is of two sorted samples.
func auc(a, b []float64) interval {
	one, other := placements(a, b), placements(b, a)
	mean, spread := moments(one)
	_, otherSpread := moments(other)
	half := z95 * math.Sqrt(spread/float64(len(a))+otherSpread/float64(len(b)))
	return interval{mean, max(mean-half, 0), min(mean+half, 1)}
}

// placements are, for each of a, the share of b that is below, ties halved.
func placements(a, b []float64) []float64 {
	out := make([]float64, len(a))
	below, upTo := 0, 0
	for i, x := range a {
		for below < len(b) && b[below] < x {
			below++
		}
		for upTo < len(b) && b[upTo] <= x {
			upTo++
		}
		out[i] = float64(below+upTo) / 2 / float64(len(b))
	}
	return out
}

// moments are the mean, and the variance as estimated from a sample.
func moments(a []float64) (mean, variance float64) {
	for _, x := range a {
		mean += x
	}
	mean /= float64(len(a))
	for _, x := range a {
		variance += (x - mean) * (x - mean)
	}
	return mean, variance / float64(len(a)-1)
}

// ks is of two sorted samples.
func ks(a, b []float64) (most float64) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		x := min(a[i], b[j])
		for i < len(a) && a[i] == x {
			i++
		}
		for j < len(b) && b[j] == x {
			j++
		}
		most = max(most, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return most
}

// crop is what of two sorted samples is not above a percentile of both together.
func crop(a, b []float64) (x, y []float64) {
	all := slices.Concat(a, b)
	slices.Sort(all)
	limit := all[int(cropped*float64(len(all)-1))]
	upTo := func(s []float64) []float64 {
		n := 0
		for n < len(s) && s[n] <= limit {
			n++
		}
		return s[:n]
	}
	return upTo(a), upTo(b)
}

// welch is Welch's t; 0 where a sample has too few to say, or no spread.
func welch(a, b []float64) float64 {
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	mean, variance := moments(a)
	otherMean, otherVariance := moments(b)
	spread := math.Sqrt(variance/float64(len(a)) + otherVariance/float64(len(b)))
	if spread == 0 {
		return 0
	}
	return (mean - otherMean) / spread
}
