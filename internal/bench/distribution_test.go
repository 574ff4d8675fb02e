package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestComparedSamplesOfOneDistributionTellNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	inside, trials := 0, 200
	for range trials {
		a, b := make([]float64, 400), make([]float64, 300)
		for _, s := range [][]float64{a, b} {
			for i := range s {
				s[i] = math.Exp(rng.NormFloat64() / 4)
			}
		}
		c := compare(a, b, rng)
		if c.AUC.Low <= 0.5 && c.AUC.High >= 0.5 && c.Difference.Low <= 0 && c.Difference.High >= 0 && c.KS <= c.KSByChance && math.Abs(c.T) < 4.5 {
			inside++
		}
	}
	if share := float64(inside) / float64(trials); share < 0.85 || share > 0.99 {
		t.Errorf("%.2f of the comparisons say that nothing is told", share)
	}
}

func TestAComparisonFindsWhatIsLonger(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	a, b := make([]float64, 2000), make([]float64, 2000)
	for i := range a {
		a[i], b[i] = 11+rng.NormFloat64(), 10+rng.NormFloat64()
	}
	c := compare(a, b, rng)
	// One standard deviation between two normal distributions: the normal distribution
	// at 1/√2, and twice that at a half, less one.
	for name, f := range map[string]struct{ got, want, by float64 }{
		"median": {c.Median, 11, 0.1}, "other": {c.Other, 10, 0.1}, "difference": {c.Difference.Estimate, 1, 0.15}, "AUC": {c.AUC.Estimate, 0.7602, 0.02}, "KS": {c.KS, 0.3829, 0.04},
		"half of the difference's interval": {(c.Difference.High - c.Difference.Low) / 2, 0.078, 0.02}, "half of AUC's": {(c.AUC.High - c.AUC.Low) / 2, 0.0147, 0.002},
	} {
		if math.Abs(f.got-f.want) > f.by {
			t.Errorf("%s: %v, want %v", name, f.got, f.want)
		}
	}
	if c.T < 20 || c.Requests != 2000 {
		t.Errorf("t is %v of %d", c.T, c.Requests)
	}
}

// TestComparedAgainstAllPairs holds the ways through sorted samples against counting.
func TestComparedAgainstAllPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		a, b := make([]float64, 1+rng.IntN(9)), make([]float64, 1+rng.IntN(9))
		for _, s := range [][]float64{a, b} {
			for i := range s {
				s[i] = float64(rng.IntN(6)) // with ties
			}
			slices.Sort(s)
		}
		longer, most := 0.0, 0.0
		for _, x := range a {
			for _, y := range b {
				switch {
				case x > y:
					longer++
				case x == y:
					longer += 0.5
				}
			}
		}
		for x := range 6 {
			upTo := func(s []float64) (share float64) {
				for _, y := range s {
					if y <= float64(x) {
						share += 1 / float64(len(s))
					}
				}
				return share
			}
			most = max(most, math.Abs(upTo(a)-upTo(b)))
		}
		if got, want := auc(a, b).Estimate, longer/float64(len(a)*len(b)); math.Abs(got-want) > 1e-9 {
			t.Fatalf("AUC of %v and %v: %v, want %v", a, b, got, want)
		}
		if got := ks(a, b); math.Abs(got-most) > 1e-9 {
			t.Fatalf("KS of %v and %v: %v, want %v", a, b, got, most)
		}
	}
}

func TestWhatTheSystemDoesBesideIsCropped(t *testing.T) {
	a, b := make([]float64, 1000), make([]float64, 1000)
	for i := range a {
		a[i], b[i] = float64(10+i%7), float64(10+i%7)
		if i%20 == 0 {
			a[i] = 1e6 // once in a while, over the one town
		}
	}
	if c := compare(a, b, rand.New(rand.NewPCG(1, 1))); math.Abs(c.T) > 4.5 || c.Difference.Estimate != 0 {
		t.Errorf("t is %v, the difference %v", c.T, c.Difference)
	}
}
